"""Which encoder compares two documents of a batch, what it takes for unrelated, and which weights decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from align.encoders.base import Encoder, encoder_for, for_profiles, serves
from align.pairing.baseline import baseline_similarity
from align.pairing.classifier import Kind
from align.pairing.grouping import Edge
from align.pairing.profiles import Profile
from align.pairing.views import add_views


class Choice:
    """The encoder of each pair of documents of a batch."""

    def __init__(self, model: Encoder, profiles: Sequence[Profile]) -> None:
        self._model = model
        self._profiles = profiles
        self._alone = for_profiles(model)
        self._of_languages = lru_cache(maxsize=None)(self._choose)
        self._baselines: dict[str, float] = {}

    def encoder(self, a: int, b: int) -> Encoder:
        """The encoder by which two documents are compared."""
        return self._of_languages(self._profiles[a].language, self._profiles[b].language)[0]

    def view(self, a: int, b: int) -> str | None:
        """The view of both documents that their encoder has; None for that of the profiles."""
        return self.view_of(self.encoder(a, b))

    def view_of(self, encoder: Encoder) -> str | None:
        """The view that an encoder has of documents; None for that of the profiles."""
        return None if encoder is self._alone else encoder.name

    def baseline(self, a: int, b: int) -> float:
        """The similarity that unrelated blocks of these two documents reach."""
        encoder = self.encoder(a, b)
        if encoder.name not in self._baselines:
            view = self.view_of(encoder)
            self._baselines[encoder.name] = baseline_similarity(encoder.name, self._profiles, view)
        return self._baselines[encoder.name]

    def see(self, a: int, b: int) -> None:
        """Makes what the encoder of two documents has not seen of them yet."""
        if self.view(a, b):
            add_views([self._profiles[i] for i in (a, b)], self.encoder(a, b), lambda done: None)

    def kind(self, a: int, b: int) -> Kind:
        """The set of weights that decides on two documents."""
        return self._of_languages(self._profiles[a].language, self._profiles[b].language)[1]

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
