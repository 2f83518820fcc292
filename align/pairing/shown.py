"""What speaks for a pair besides its alignment: titles, what is written alike in all languages, and siblings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from align.encoders.base import Encoder, Vectors
from align.pairing.choice import Choice
from align.pairing.classifier import Shown
from align.pairing.grouping import Edge
from align.pairing.profiles import Profile, encode_documents
from align.pairing.siblings import Side, distinction
from align.pairing.titles import title_of
from align.pairing.whole import Whole

_AT_HAND = 64  # documents whose vectors are kept
SIBLINGS = 3  # on either side that a pair is held against
_BETWEEN_STRANGERS = 0.2  # similarity of two titles that have nothing to do with each other


class Evidence:
    """What speaks for the pairs of a batch; what it needs of a document is made when first asked for, and kept."""

    def __init__(self, profiles: Sequence[Profile], whole: Whole) -> None:
        self._profiles = profiles
        self._whole = whole
        self._titles: dict[tuple[str, int], Vectors] = {}
        self._vectors = lru_cache(_AT_HAND)(self._read)  # siblings come again with the next pairs

    def encode_titles(self, documents: Iterable[int], encoder: Encoder) -> None:
        """Encodes the titles of these documents, all at once."""
        new = [i for i in sorted(set(documents)) if (encoder.name, i) not in self._titles]
        some = [self._profiles[i] for i in new]
        encoded = encode_documents(encoder, [[title_of(p.texts)] for p in some], [p.language for p in some])
        self._titles |= {(encoder.name, i): vectors[0] for i, vectors in zip(new, encoded, strict=True)}

    def shown(self, edge: Edge, siblings: tuple[Sequence[int], Sequence[int]], choice: Choice) -> Shown:
        """What speaks for a pair; `siblings` are those of its first and of its second document, the nearest first."""
        a, b = edge
        encoder, view = choice.encoder(a, b), choice.view(a, b)
        own, others = siblings
        self.encode_titles([a, b, *own, *others], encoder)
        title = self._title(a, b, encoder.name)
        marks, keys = self._marks(a, b), self._keys(a, b)
        rivals = [(a, k) for k in others] + [(k, b) for k in own]
        return Shown(
            title,
            title - max((self._title(*r, encoder.name) for r in rivals), default=_BETWEEN_STRANGERS),
            marks,
            marks - max((self._marks(*r) for r in rivals), default=0.0),
            keys - max((self._keys(*r) for r in rivals), default=0.0),
            distinction(self._side(a, own, view), self._side(b, others, view), choice.baseline(a, b)),
            self._shape(a, b),
        )

    def _side(self, i: int, siblings: Sequence[int], view: str | None) -> Side:
        return Side(
            self._vectors(i, view),
            self._profiles[i].block_weights,
            [self._vectors(k, view) for k in siblings if self._profiles[k].seen_by(view)],
        )

    def _read(self, i: int, view: str | None) -> Vectors:
        return self._profiles[i].vectors_by(view)

    def _title(self, a: int, b: int, encoder: str) -> float:
        return float(np.einsum("i,i->", self._titles[encoder, a], self._titles[encoder, b]))

    def _keys(self, a: int, b: int) -> float:
        return self._whole.keys.shared(self._profiles[a].keys, self._profiles[b].keys)

    def _marks(self, a: int, b: int) -> float:
        return self._whole.marks.shared(self._whole.marks_of(a), self._whole.marks_of(b))

    def _shape(self, a: int, b: int) -> float:
        numbers = [1 + np.count_nonzero(self._profiles[i].block_weights) for i in (a, b)]
        return float(min(numbers) / max(numbers))
