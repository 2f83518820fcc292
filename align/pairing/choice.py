"""Which encoder compares two documents of a batch, what it takes for unrelated, and which weights decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from align.encoders.base import Encoder, encoder_for, for_profiles, serves
from align.pairing.baseline import baseline_similarity
from align.pairing.classifier import Kind
from align.pairing.grouping import Edge
from align.pairing.profiles import Profile


class Choice:
    """The encoder of each pair of documents of a batch."""

    def __init__(self, model: Encoder, profiles: Sequence[Profile]) -> None:
        self._model = model
        self._languages = [profile.language for profile in profiles]
        self._profiles = profiles
        self._alone = for_profiles(model)
        self._of_languages = lru_cache(maxsize=None)(self._choose)
        self.baseline = lru_cache(maxsize=None)(self._baseline)

    def encoder(self, a: int, b: int) -> Encoder:
        """The encoder by which two documents are compared."""
        return self._of_languages(self._languages[a], self._languages[b])[0]

    def kind(self, a: int, b: int) -> Kind:
        """The set of weights that decides on two documents."""
        return self._of_languages(self._languages[a], self._languages[b])[1]

    def by_encoder(self, edges: Iterable[Edge]) -> Iterator[tuple[Encoder, list[Edge]]]:
        """These pairs by their encoders."""
        found: dict[str, tuple[Encoder, list[Edge]]] = {}
        for edge in edges:
            encoder = self.encoder(*edge)
            found.setdefault(encoder.name, (encoder, []))[1].append(edge)
        yield from found.values()

    def _choose(self, first: str, second: str) -> tuple[Encoder, Kind]:
        encoder = encoder_for(self._model, first, second)
        if not (serves(encoder, first) and serves(encoder, second)):
            return encoder, "unknown"
        return encoder, "e5" if encoder.name == "e5" else "use"

    def _baseline(self, encoder: str) -> float:
        """The similarity that unrelated blocks reach, by the encoder of that name."""
        return baseline_similarity(encoder, self._profiles)
