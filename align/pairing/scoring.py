"""Comparing candidate pairs: the quick alignment of each, their rivals, a closer look at some, and their log-odds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from align._internal.arrays import Floats
from align._internal.parallel import one_blas_thread
from align.encoders.base import Vectors
from align.pairing.chance import chance_level
from align.pairing.classifier import Weights, close_features, default_weights, features, most
from align.pairing.distinctive import Words
from align.pairing.evidence import Rarity
from align.pairing.grouping import Judged, same_part
from align.pairing.options import PairOptions
from align.pairing.profiles import Profile, telling_names
from align.pairing.quick import NOTHING, Checked, bound, check, excess
from align.pairing.verify import Look

Edge = tuple[int, int]
_COPY = 0.8  # share of the paragraphs of the shorter document that make two documents copies of one text
_COMMON = 0.05  # share from which they have something in common that was not translated
_NAMES = 2.0  # what it adds to the log-odds that two ids differ in nothing but the language they name
_OPEN, _SURE = -4.6, 9.2  # log-odds between which a pair is worth a closer look: .01 and .9999
_NEAREST = -7.6  # the same for two documents that are each other's nearest: .0005
_RIVALS = 3  # partners of a document in each variant of a language that are worth one
_NEARLY_ALL = 0.9  # share of the telling words from which two documents are near-duplicates, and no rivals
_HOPELESS = 0.05  # a mean score that cannot reach this is no translation: not worth putting in order


@dataclass(frozen=True, slots=True)
class Rival:
    """The next best partner of one side of a pair."""

    score: float
    document: int


class Comparison:
    """All that was found out by comparing documents of a batch; pairs are numbers, the lower first."""

    def __init__(
        self, known: Sequence[Profile], options: PairOptions, weights: Weights | None = None
    ) -> None:
        name = options.encoder if isinstance(options.encoder, str) else options.encoder.name
        self.known = known
        self.weights = weights or default_weights()
        self._chance = chance_level(name, known)
        self._rarity = Rarity([profile.keys for profile in known])
        self._names = telling_names(known) if options.names else [frozenset()] * len(known)
        self._checked: dict[Edge, Checked] = {}
        self._partners: defaultdict[int, dict[str, list[tuple[float, int]]]] = defaultdict(dict)
        self._judged: dict[Edge, Judged] = {}
        self._looks: dict[Edge, Look] = {}
        self._looked: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
        self._common: set[Edge] = set()
        self._shared: dict[Edge, float] = {}
        self.copies: dict[int, int] = {}
        self.single_language = len({profile.language for profile in known if profile.language}) < 2

    def compare(self, pairs: Sequence[Edge], progress: Callable[[int], None]) -> None:
        """Aligns these candidate pairs quickly and ranks the partners of each document."""
        last, vectors = -1, np.zeros((0, 0), np.float32)
        with one_blas_thread():  # the products are small: more threads would only wait for each other
            for done, (a, b) in enumerate(pairs, 1):
                if a != last:
                    last, vectors = a, self.known[a].encoded
                self._add((a, b), self._check(a, b, vectors))
                if not done % 256:
                    progress(done)
        progress(len(pairs))
        for by_variant in self._partners.values():
            for partners in by_variant.values():
                partners.sort(key=lambda entry: (-entry[0], entry[1]))

    @property
    def edges(self) -> list[Edge]:
        """The compared pairs, the one with the most to say for it first."""
        return sorted(self._checked, key=lambda edge: (-self.judge(*edge).rank, edge))

    def checked(self, a: int, b: int) -> Checked:
        edge = (a, b) if a < b else (b, a)
        if edge not in self._checked:
            with one_blas_thread():
                self._checked[edge] = self._check(*edge, self.known[edge[0]].encoded)
        return self._checked[edge]

    def judge(self, a: int, b: int) -> Judged:
        """Log-odds that two documents are translations of each other, and where they match."""
        edge = (a, b) if a < b else (b, a)
        if edge not in self._judged:
            self._judged[edge] = self._judge(edge, self.checked(*edge))
        return self._judged[edge]

    def doubtful(self) -> list[Edge]:
        """The pairs that the quick comparison leaves open, and those that would be sure if they had no rivals.

        And those that share paragraphs as they are, for these are no evidence of a translation.
        """
        near: defaultdict[tuple[int, str], list[Edge]] = defaultdict(list)
        found = set()
        for a, b in self.edges:
            if (logit := self.judge(a, b).rank) < _NEAREST:
                break
            groups = near[a, self.known[b].variant], near[b, self.known[a].variant]
            if logit < _OPEN and any(groups):
                continue  # below that, only two that are each other's nearest
            if min(map(len, groups)) < _RIVALS:
                found.add((a, b))
            for group in groups:
                group.append((a, b))
        rivals = {edge for group in near.values() if len(group) > 1 for edge in group}
        return sorted(
            edge
            for edge in found
            if edge in rivals or edge in self._common or self.judge(*edge).logit < _SURE
        )

    def add_look(self, edge: Edge, look: Look) -> None:
        """What the alignment of the sentences of a pair found."""
        a, b = edge
        self._looks[edge] = look
        self._looked[a, self.known[b].variant].append(b)
        self._looked[b, self.known[a].variant].append(a)
        self._judged.clear()  # of its rivals, too

    def look(self, a: int, b: int) -> Look | None:
        """The closer look at two documents, the lower number first, if one was taken."""
        return self._looks.get((a, b) if a < b else (b, a))

    def same_names(self, a: int, b: int) -> bool:
        """Whether their ids or addresses differ in nothing but the language they name."""
        return not self._names[a].isdisjoint(self._names[b])

    def rival(self, a: int, b: int, skip: frozenset[int] = frozenset()) -> Rival | None:
        """The best partner of `a` in the variant of `b` other than `b` and those in `skip`."""
        for score, other in self._partners[a].get(self.known[b].variant, ()):
            if other != b and other not in skip:
                return Rival(score, other)
        return None

    def nearest(self, a: int) -> int | None:
        """The most probable partner of a document, whether accepted or not."""
        best = [other for partners in self._partners[a].values() for _, other in partners[:1]]
        return max(best, key=lambda other: (self.judge(a, other).rank, -other), default=None)

    def _add(self, edge: Edge, checked: Checked) -> None:
        a, b = edge
        self._checked[edge] = checked
        self._partners[a].setdefault(self.known[b].variant, []).append((checked.mean, b))
        self._partners[b].setdefault(self.known[a].variant, []).append((checked.mean, a))

    def _check(self, a: int, b: int, vectors: Vectors) -> Checked:
        source, target = self.known[a], self.known[b]
        if not len(source.mass) or not len(target.mass) or self._is_copy(a, b):
            return NOTHING
        if not source.mass.any() or not target.mass.any():
            return NOTHING
        similar = excess(vectors, target.encoded, self._chance)
        mass = source.mass, target.mass
        return NOTHING if sum(bound(similar, mass)) < 2 * _HOPELESS else check(similar, mass)

    def _is_copy(self, a: int, b: int) -> bool:
        """Whether two documents are the same text, taken for two languages: not a translation."""
        first, second = self.known[a].prints, self.known[b].prints
        least = min(len(first), len(second))
        share = len(np.intersect1d(first, second, assume_unique=True)) / least if least else 0.0
        if share > _COPY:
            self.copies.setdefault(a, b)
            self.copies.setdefault(b, a)
        elif share > _COMMON:
            self._common.add((a, b))
        return share > _COPY

    def features(self, a: int, b: int) -> Floats:
        """What the quick decision goes by (`align.pairing.classifier.FEATURES`)."""
        forth, back = self.rival(a, b), self.rival(b, a)
        shared = self._rarity.shared(self.known[a].keys, self.known[b].keys)
        rivals = forth.score if forth else 0.0, back.score if back else 0.0
        return features(self.checked(a, b), shared, rivals)

    def close_features(self, a: int, b: int, quick: float) -> Floats:
        """What the decision after a closer look goes by (`align.pairing.classifier.CLOSE`)."""
        return close_features(quick, self._looks[a, b], (self._rivalled(a, b), self._rivalled(b, a)))

    def _rivalled(self, a: int, b: int) -> float:
        """The most that another document answers of the same part of `a`, in the variant of `b`; no copy of `b`."""
        own = self._span(a, b)
        others = (other for other in self._looked[a, self.known[b].variant] if other != b)
        looks = (
            self.look(a, other)
            for other in others
            if same_part(own, self._span(a, other)) and not self._nearly_same(b, other)
        )
        return max((look.answered for look in looks if look), default=0.0)

    def _nearly_same(self, b: int, other: int) -> bool:
        """Whether two documents of one language have nearly all words in common that few others have."""
        pair = (b, other) if b < other else (other, b)
        if pair not in self._shared:
            self._shared[pair] = self._words.shared(self.known[b], self.known[other])
        return self._shared[pair] > _NEARLY_ALL

    @cached_property
    def _words(self) -> Words:
        return Words(self.known)

    def _span(self, a: int, b: int) -> tuple[float, float]:
        """Where `a` is matched by `b`."""
        return self.checked(a, b).span[0 if a < b else 1]

    def _judge(self, edge: Edge, checked: Checked) -> Judged:
        """Little text holds the log-odds down, but says nothing against a pair beside its rivals: not its rank."""
        a, b = edge
        logit = float(self.features(a, b) @ self.weights.quick)
        if edge in self._looks:
            logit = float(self.close_features(a, b, logit) @ self.weights.close)
        named = _NAMES if self.same_names(a, b) and checked.mean > _HOPELESS else 0.0
        return Judged(min(logit, most(checked)) + named, checked.span, logit + named)
