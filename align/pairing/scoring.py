"""Comparing candidate pairs: the quick alignment of each, their rivals, verification of some, and their log-odds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from align._internal.arrays import Floats
from align._internal.parallel import one_blas_thread
from align._internal.progress import Advance
from align.encoders import Vectors, as_encoder
from align.encoders.lexicon import get_lexicon
from align.pairing.choice import Choice
from align.pairing.classifier import (
    Kind,
    Shown,
    Weights,
    default_weights,
    evidence_features,
    max_logit,
    quick_features,
    verification_features,
)
from align.pairing.compared import Judgements, Partners, QuickAlignments
from align.pairing.edges import edges_of
from align.pairing.grouping import Edge, Judgement, same_part
from align.pairing.options import PairOptions
from align.pairing.profiles import Profile
from align.pairing.quick import NO_MATCH, QuickAlignment, align_quickly, excess_similarity, upper_bounds
from align.pairing.shown import SIBLINGS, Evidence
from align.pairing.verify import Verification
from align.pairing.whole import Whole, WholeBatch

_COPY = 0.8  # share of the paragraphs of the shorter document that make two documents copies of one text
_COMMON = 0.05  # share from which they have something in common that was not translated
_RANK_DIGITS = 4  # of what is ranked: equal texts are equal candidates, whichever side they stand on
_NAMES = 2.0  # what it adds to the log-odds that two ids differ in nothing but the language they name
_OPEN, _SURE = -4.6, 9.2  # log-odds between which a pair is worth verifying: .01 and .9999
NEAREST = -7.6  # the same for two documents that are each other's nearest: .0005
_RIVALS = 3  # partners of a document in each variant of a language that are verified
# Share of the distinctive words from which two documents are near-duplicates, and no rivals.
_NEARLY_ALL = 0.9
_NO_HOPE = -7.0  # log-odds below which nothing else that speaks for a pair is looked for
# Weight of the longer document, about that of so many words, below which the alignment proves little: no article is so
# short, nor a part of one that is worth finding, and the weights were learned from pages of this size.
_SHORT = 200.0
_HOPELESS = 0.05  # a mean score that cannot reach this is no translation: not worth aligning in order


@dataclass(frozen=True, slots=True)
class Rival:
    """The next best partner of one side of a pair."""

    score: float
    document: int


class Comparison:
    """The documents of a batch compared with each other; pairs are numbers, the lower first.

    `whole` is what all of the batch says, where the profiles are not all of it; what was found elsewhere is taken over
    (`take`).
    """

    def __init__(
        self,
        profiles: Sequence[Profile],
        options: PairOptions,
        weights: Mapping[Kind, Weights] | None = None,
        whole: Whole | None = None,
    ) -> None:
        self.profiles = profiles
        self.weights = weights or default_weights()
        self.whole = whole or WholeBatch(profiles, options.names)
        self._choice = Choice(as_encoder(options.encoder), profiles)
        self._quick = QuickAlignments()
        self._partners = Partners()
        self._judgements = Judgements(self._quick)
        self._verifications: dict[Edge, Verification] = {}
        self._verified: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
        self._common: set[Edge] = set()
        self._shared: dict[Edge, float] = {}
        self._evidence = Evidence(profiles, self.whole)
        self._shown: dict[Edge, Shown] = {}
        self._told_apart: set[Edge] = set()
        self._copied: set[Edge] = set()
        self.copies: dict[int, int] = {}  # of a document the first one with the same text

    def compare(self, pairs: Collection[Edge], progress: Advance) -> None:
        """Aligns these candidate pairs quickly, in their order, and ranks the partners of each document."""
        last: tuple[int, str | None] = (-1, None)
        vectors = np.zeros((0, 0), np.float32)
        with one_blas_thread():  # the products are small: more threads would only wait for each other
            for done, (a, b) in enumerate(pairs, 1):
                if last != (a, view := self._choice.view(a, b)):
                    last, vectors = (a, view), self.profiles[a].vectors_by(view)
                self._add((a, b), self._align(a, b, vectors), self._variants((a, b)))
                if not done % 256:
                    progress(done)
        progress(len(pairs))
        self.rank_partners()

    def rank_partners(self) -> None:
        """Sorts the partners of each document, once all are there."""
        self._partners.rank()

    def take(
        self,
        edge: Edge,
        quick: QuickAlignment,
        judgement: Judgement | None = None,
        verification: Verification | None = None,
        *,
        variants: tuple[str, str],
        common: bool = False,
        shown: bool = False,
    ) -> None:
        """Takes over what was found of a pair of documents in these variants.

        `common` and `shown` are what `has_common` and `has_shown` say of it.
        """
        self._add(edge, quick, variants)
        if judgement:
            self._judgements[edge] = judgement
        if verification:
            self._note(edge, verification, variants)
        if common:
            self._common.add(edge)
        if shown:
            self._told_apart.add(edge)

    @property
    def edges(self) -> Iterator[Edge]:
        """The compared pairs, the one with the most to say for it first."""
        codes = self._quick.codes
        ranks = np.fromiter((self.judge(*edge).rank for edge in edges_of(codes)), float, len(codes))
        return edges_of(codes[np.lexsort((codes, -ranks))])

    def quick(self, a: int, b: int) -> QuickAlignment:
        """The quick alignment of two documents, the lower number first."""
        edge = (a, b) if a < b else (b, a)
        if (found := self._quick.get(edge)) is None:
            with one_blas_thread():
                self._choice.see(*edge)
                vectors = self.profiles[edge[0]].vectors_by(self._choice.view(*edge))
                self._quick[edge] = found = self._align(*edge, vectors)
        return found

    def judge(self, a: int, b: int) -> Judgement:
        """Log-odds that two documents are translations of each other, and where they match."""
        edge = (a, b) if a < b else (b, a)
        if (found := self._judgements.get(edge)) is None:
            found = self._judge(edge, self.quick(*edge))
            self._judgements[edge] = found
        return found

    def to_verify(self) -> list[Edge]:
        """The pairs that the quick comparison leaves open, and those that would be sure if they had no rivals.

        And those that share paragraphs as they are, for these are no evidence of a translation.
        """
        near: defaultdict[tuple[int, str], list[Edge]] = defaultdict(list)
        found = set()
        for a, b in self.edges:
            if (logit := self.judge(a, b).rank) < NEAREST:
                break
            groups = near[a, self.profiles[b].variant], near[b, self.profiles[a].variant]
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

    def forget(self) -> None:
        """Pairs are judged again: the weights have changed."""
        self._judgements.clear()

    def add_verification(self, edge: Edge, verification: Verification) -> None:
        """What the alignment of the sentences of a pair found: it counts for the pair and for its verified rivals."""
        a, b = edge
        variants = self._variants(edge)
        self._note(edge, verification, variants)
        sides = (
            ((a, other) for other in self._verified[a, variants[1]]),
            ((b, other) for other in self._verified[b, variants[0]]),
        )
        self._judgements.drop((min(pair), max(pair)) for pair in chain(*sides))

    def weigh(self, edges: Iterable[Edge] | None = None) -> None:
        """Looks at all else that speaks for the pairs that may be translations and need more than their alignment."""
        some = self.edges if edges is None else edges
        found = sorted(
            edge
            for edge in some
            if edge not in self._shown
            and needs_more(self.quick(*edge), self.judge(*edge).rank)
            and self.is_little(*edge)
        )
        self._shown |= self.show({(a, b): (self.siblings(b, a), self.siblings(a, b)) for a, b in found})
        self._judgements.drop(found)

    def show(self, siblings: Mapping[Edge, tuple[Sequence[int], Sequence[int]]]) -> dict[Edge, Shown]:
        """What speaks for each of these pairs; with the `siblings` of its first and of its second document."""
        found = {}
        for encoder, own in self._choice.by_encoder(siblings):
            self._evidence.encode_titles({i for edge in own for i in edge}, encoder)
            for edge in own:
                with one_blas_thread():
                    found[edge] = self._evidence.shown(edge, siblings[edge], self._choice)
        return found

    def is_little(self, a: int, b: int) -> bool:
        """Whether the texts of two documents, or what their encoder knows, are too little to decide by alone."""
        if self._choice.kind(a, b) != "use":
            return True
        return max(float(self.profiles[i].block_weights.sum()) for i in (a, b)) < _SHORT

    def siblings(self, a: int, b: int) -> list[int]:
        """The nearest candidates for `a` in the variant of `b` that are not nearly the same as `b`."""
        found = self._partners.of(a, self.profiles[b].variant)
        others = (k for score, k in found if k != b and score > _HOPELESS and not self._nearly_same(b, k))
        return list(islice(others, SIBLINGS))

    def evidence_features(self, a: int, b: int, before: float) -> Floats:
        """The features of the last decision (`align.pairing.classifier.EVIDENCE_FEATURES`)."""
        return evidence_features(before, self._shown[a, b])

    def kind(self, a: int, b: int) -> Kind:
        """Which set of weights decides on a pair."""
        return self._choice.kind(a, b)

    def has_shown(self, a: int, b: int) -> bool:
        """Whether it was looked at what speaks for a pair besides its alignment."""
        edge = (a, b) if a < b else (b, a)
        return edge in self._shown or edge in self._told_apart

    def verification(self, a: int, b: int) -> Verification | None:
        """The verification of two documents, the lower number first, if it was made."""
        return self._verifications.get((a, b) if a < b else (b, a))

    def same_names(self, a: int, b: int) -> bool:
        """Whether their ids or addresses differ in nothing but the language they name."""
        return self.whole.same_names(a, b)

    def rival(self, a: int, b: int, skip: frozenset[int] = frozenset()) -> Rival | None:
        """The best partner of `a` in the variant of `b` other than `b` and those in `skip`."""
        for score, other in self._partners.of(a, self.profiles[b].variant):
            if other != b and other not in skip:
                return Rival(score, other)
        return None

    def nearest(self, a: int) -> int | None:
        """The most probable partner of a document, whether accepted or not."""
        return max(
            self._partners.best(a), key=lambda other: (self.judge(a, other).rank, -other), default=None
        )

    def _variants(self, edge: Edge) -> tuple[str, str]:
        return self.profiles[edge[0]].variant, self.profiles[edge[1]].variant

    def _add(self, edge: Edge, quick: QuickAlignment, variants: tuple[str, str]) -> None:
        a, b = edge
        self._quick[edge] = quick
        self._partners.add(a, variants[1], b, quick.mean)
        self._partners.add(b, variants[0], a, quick.mean)

    def _note(self, edge: Edge, verification: Verification, variants: tuple[str, str]) -> None:
        a, b = edge
        self._verifications[edge] = verification
        self._verified[a, variants[1]].append(b)
        self._verified[b, variants[0]].append(a)

    def _align(self, a: int, b: int, vectors: Vectors) -> QuickAlignment:
        source, target = self.profiles[a], self.profiles[b]
        if not len(source.block_weights) or not len(target.block_weights) or self._note_shared(a, b) > _COPY:
            return NO_MATCH
        if not source.block_weights.any() or not target.block_weights.any():
            return NO_MATCH
        others = target.vectors_by(self._choice.view(a, b))
        similar = excess_similarity(vectors, others, self._choice.baseline(a, b))
        weights = source.block_weights, target.block_weights
        return (
            NO_MATCH
            if sum(upper_bounds(similar, weights)) < 2 * _HOPELESS
            else align_quickly(similar, weights)
        )

    def _note_shared(self, a: int, b: int) -> float:
        """The share of paragraphs in common; most of them make the same text, taken for two languages: a copy."""
        share = shared_paragraphs(self.profiles[a], self.profiles[b])
        if share > _COPY:
            self.note_copy(a, b)
        elif share > _COMMON:
            self._common.add((a, b))
        return share

    def note_copy(self, a: int, b: int) -> None:
        """Two documents are the same text, taken for two languages: not a translation."""
        self._copied.add((a, b))
        self.copies.setdefault(a, b)
        self.copies.setdefault(b, a)

    def is_copy(self, a: int, b: int) -> bool:
        """Whether two compared documents, the lower number first, are the same text."""
        return (a, b) in self._copied

    def has_common(self, a: int, b: int) -> bool:
        """Whether two documents, the lower number first, have paragraphs in common that were not translated."""
        return (a, b) in self._common

    def shared_keys(self, a: int, b: int) -> float:
        """How many of their distinctive numbers and names two documents share, 0 to 1."""
        return self.whole.keys.shared(self.profiles[a].keys, self.profiles[b].keys)

    def quick_features(self, a: int, b: int) -> Floats:
        """The features of the quick decision (`align.pairing.classifier.QUICK_FEATURES`)."""
        forth, back = self.rival(a, b), self.rival(b, a)
        rivals = forth.score if forth else 0.0, back.score if back else 0.0
        return quick_features(self.quick(a, b), self.shared_keys(a, b), rivals)

    def verification_features(self, a: int, b: int, quick: float) -> Floats:
        """The features of the decision after verification (`align.pairing.classifier.VERIFICATION_FEATURES`)."""
        return verification_features(
            quick, self._verifications[a, b], (self.rival_coverage(a, b), self.rival_coverage(b, a))
        )

    def rival_coverage(self, a: int, b: int) -> float:
        """The best word coverage of another partner of the same part of `a`, in the variant of `b`; no copy of `b`."""
        own = self._span(a, b)
        others = (other for other in self._verified[a, self.profiles[b].variant] if other != b)
        found = (
            self.verification(a, other)
            for other in others
            if same_part(own, self._span(a, other)) and not self._nearly_same(b, other)
        )
        return max((v.word_coverage for v in found if v), default=0.0)

    def _nearly_same(self, b: int, other: int) -> bool:
        """Whether two documents of one language have nearly all words in common that few others have."""
        pair = (b, other) if b < other else (other, b)
        if pair not in self._shared:
            first, second = self.profiles[b], self.profiles[other]
            known = first.language in get_lexicon().languages
            self._shared[pair] = (
                self.whole.vocabulary.shared(first, second) if known else shared_paragraphs(first, second)
            )
        return self._shared[pair] > _NEARLY_ALL

    def _span(self, a: int, b: int) -> tuple[float, float]:
        """Where `a` is matched by `b`."""
        return self.quick(a, b).spans[0 if a < b else 1]

    def _judge(self, edge: Edge, quick: QuickAlignment) -> Judgement:
        a, b = edge
        weights = self.weights[self._choice.kind(a, b)]
        logit = float(self.quick_features(a, b) @ weights.quick)
        if edge in self._verifications:
            logit = float(self.verification_features(a, b, logit) @ weights.verified)
        if edge in self._shown:
            logit = float(self.evidence_features(a, b, logit) @ weights.evidence)
        return judgement_of(quick, logit, self.same_names(a, b))


def judgement_of(quick: QuickAlignment, logit: float, named: bool) -> Judgement:
    """What is held of a pair with these log-odds by its texts; `named`: its ids speak for it, too.

    Little text holds the log-odds down, but says nothing against a pair beside its rivals: not its rank.
    """
    more = _NAMES if named and quick.mean > _HOPELESS else 0.0
    return Judgement(min(logit, max_logit(quick)) + more, quick.spans, round(logit + more, _RANK_DIGITS))


def needs_more(quick: QuickAlignment, rank: float) -> bool:
    """Whether a pair may be a translation at all, so that else it is to be looked at where the texts are little."""
    return quick.mean > _HOPELESS and rank >= _NO_HOPE


def shared_paragraphs(first: Profile, second: Profile) -> float:
    """Share of the paragraphs of the document with less of them that the other has, too."""
    least = min(len(first.fingerprints), len(second.fingerprints))
    both = np.intersect1d(first.fingerprints, second.fingerprints, assume_unique=True)
    return len(both) / least if least else 0.0
