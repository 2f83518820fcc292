"""From compared pairs to the result: accepted pairs, sets of versions, and reasons for the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence, Set
from typing import NamedTuple

from align.pairing.classifier import probability_of
from align.pairing.evidence import numbers_differ
from align.pairing.grouping import Edge, Grouping, group, same_part
from align.pairing.options import PairOptions
from align.pairing.profiles import Profile
from align.pairing.result import DocumentPair, Pairs
from align.pairing.scoring import Comparison, Rival
from align.text.languages import is_turned

_EQUAL = 0.02  # a margin below this leaves open which of two documents is the partner
# Probability from which two documents of one language are both taken for versions of one article; and the same where
# pages of one template had to be told apart.
_VERSIONS, _SURE_VERSIONS = 0.5, 0.9
_EQUAL_COVERAGE = 0.75  # the same for a rival with this share of the partner's word coverage, or more


def assemble_pairs(
    comparison: Comparison,
    given: set[Edge],
    excluded: set[Edge],
    options: PairOptions,
    warnings: tuple[str, ...],
    signature: dict[str, object],
    documents: Collection[int],
    settled: Set[Edge] = frozenset(),
) -> Pairs:
    """Groups what was compared into sets of versions and makes every pair of a set; `documents` are the batch.

    `settled` are pairs of earlier batches, which stay.
    """
    profiles = comparison.profiles
    grouping = group(
        _probable(comparison, options.min_probability),
        comparison.judge,
        lambda i: profiles[i].language,
        lambda i: profiles[i].variant,
        given=sorted(given | settled),
        excluded=frozenset(excluded),
    )
    sets = _numbered(grouping, comparison)
    pairs = [
        pair
        for number, members in enumerate(sets)
        for at, a in enumerate(members)
        for b in members[at + 1 :]
        if (a in documents or b in documents)
        and (
            pair := _pair(comparison, (min(a, b), max(a, b)), set(members), number, given, excluded, options)
        )
    ]
    pairs.sort(key=lambda pair: (pair.source, pair.target))
    paired = {id for pair in pairs for id in (pair.source, pair.target)}
    return Pairs(
        tuple(pairs),
        {
            profiles[i].id: _reason(comparison, i, grouping, options)
            for i in documents
            if profiles[i].id not in paired
        },
        tuple(tuple(profiles[i].id for i in members) for members in sets),
        warnings,
        signature,
        _new_rivals(comparison, grouping, settled, documents),
    )


def _new_rivals(
    comparison: Comparison, grouping: Grouping, settled: Set[Edge], documents: Collection[int]
) -> dict[tuple[str, str], tuple[str, float]]:
    """The pairs of earlier batches whose runner-up is a document of the batch now, with it and the margin."""
    profiles, found = comparison.profiles, {}
    for edge in sorted(settled):
        rival = _runner_up(comparison, edge, grouping.of(edge[0]) | set(edge))
        if rival and rival.document in documents:
            a, b = sorted(profiles[i].id for i in edge)
            found[a, b] = profiles[rival.document].id, comparison.quick(*edge).mean - rival.score
    return found


def _probable(comparison: Comparison, least: float) -> list[Edge]:
    """The compared pairs of at least this probability, the best first.

    Where two versions of one article are both probable translations of a third document, the log-odds say little
    about which of them it was made from: the one that is covered better goes first.
    """
    edges = [edge for edge in comparison.edges if probability_of(comparison.judge(*edge).logit) >= least]
    order = {edge: (place, 0) for place, edge in enumerate(edges)}
    for rivals in _rivals(comparison, edges).values():
        first = min(rivals, key=order.__getitem__)
        better = [edge for edge in rivals if _covers_better(comparison, edge, first)]
        if better:
            best = max(better, key=lambda edge: (comparison.quick(*edge).mean, -order[edge][0]))
            order[best] = (order[first][0], -1)
    return sorted(edges, key=order.__getitem__)


def _rivals(comparison: Comparison, edges: Sequence[Edge]) -> dict[tuple[int, str], list[Edge]]:
    """The pairs of each document with those of one variant, where there are several; pages of a template aside."""
    found: dict[tuple[int, str], list[Edge]] = {}
    for edge in edges:
        if probability_of(comparison.judge(*edge).logit) >= _VERSIONS and not comparison.has_shown(*edge):
            for document, other in (edge, edge[::-1]):
                found.setdefault((document, comparison.profiles[other].variant), []).append(edge)
    return {key: rivals for key, rivals in found.items() if len(rivals) > 1}


def _covers_better(comparison: Comparison, edge: Edge, other: Edge) -> bool:
    """Whether a pair covers its texts better than another one, and its sentences speak for it about as well."""
    margin = comparison.quick(*edge).mean - comparison.quick(*other).mean
    own, theirs = comparison.verification(*edge), comparison.verification(*other)
    if own and theirs and own.word_coverage < _EQUAL_COVERAGE * theirs.word_coverage:
        return False
    return margin > _EQUAL


def _numbered(grouping: Grouping, comparison: Comparison) -> list[list[int]]:
    """The sets, each sorted by id, in the order of their first ids."""
    sets = {id(members): members for members in grouping.members.values()}
    ordered = [sorted(members, key=lambda i: comparison.profiles[i].id) for members in sets.values()]
    return sorted(ordered, key=lambda members: comparison.profiles[members[0]].id)


def _pair(
    comparison: Comparison,
    edge: Edge,
    members: set[int],
    number: int,
    given: set[Edge],
    excluded: set[Edge],
    options: PairOptions,
) -> DocumentPair | None:
    """The pair of two members of a set, or None where they are no translations of each other."""
    a, b = edge
    profiles = comparison.profiles
    if edge in excluded or (profiles[a].language == profiles[b].language and edge not in given):
        return None
    probability, evidence = _probability(comparison, edge, members, given)
    if probability < options.min_probability:
        return None
    quick = comparison.quick(a, b)
    side = _direction(profiles[a], profiles[b], options.source_language)
    source, target = (edge[side[0]], edge[side[1]])
    rival = _runner_up(comparison, edge, members)
    margin = quick.mean - rival.score if rival else None
    return DocumentPair(
        source=profiles[source].id,
        target=profiles[target].id,
        source_language=profiles[source].tag,
        target_language=profiles[target].tag,
        probability=probability,
        source_coverage=quick.coverage[side[0]],
        target_coverage=quick.coverage[side[1]],
        runner_up=profiles[rival.document].id if rival else "",
        margin=margin,
        set=number,
        evidence=evidence,
        warning=_warning(comparison, edge, rival, margin, given),
    )


def _direction(a: Profile, b: Profile, source_language: str | None) -> tuple[int, int]:
    """Which of two documents is the source: the one in the language asked for, else the one whose id sorts first."""
    first, second = (0, 1) if a.id < b.id else (1, 0)
    tags = a.tag, b.tag
    turned = source_language is not None and is_turned(tags[first], tags[second], source_language)
    return (second, first) if turned else (first, second)


def _probability(
    comparison: Comparison, edge: Edge, members: set[int], given: set[Edge]
) -> tuple[float, str]:
    """Probability of a pair of a set, and what speaks for it; half of the support of a third version is added."""
    if edge in given:
        return 1.0, "given"
    a, b = edge
    own = comparison.judge(a, b).logit
    others = [
        min(comparison.judge(a, c).logit, comparison.judge(b, c).logit)
        for c in members - {a, b}
        if len({comparison.profiles[i].language for i in (a, b, c)}) == 3
    ]
    support = max(0.0, max(others, default=0.0)) / 2
    evidence = ["text"]
    if comparison.verification(a, b):
        evidence.append("sentences")
    if comparison.same_names(a, b):
        evidence.append("names")
    if support > 0:
        evidence.append("set")
    return probability_of(own + support), "+".join(evidence)


def _runner_up(comparison: Comparison, edge: Edge, members: set[int]) -> Rival | None:
    """The best partner of either side that is not in the set."""
    a, b = edge
    rivals = [comparison.rival(a, b, frozenset(members)), comparison.rival(b, a, frozenset(members))]
    found = [rival for rival in rivals if rival and rival.score > 0]
    return max(found, key=lambda rival: (rival.score, -rival.document), default=None)


def _warning(
    comparison: Comparison, edge: Edge, rival: Rival | None, margin: float | None, given: set[Edge]
) -> str:
    profiles = comparison.profiles
    if edge in given and profiles[edge[0]].variant == profiles[edge[1]].variant:
        return f"given, but both are in one language ({profiles[edge[0]].tag or 'unknown'})"
    if edge in given and comparison.quick(*edge).mean < 0.05:
        return "given, but the texts do not answer each other"
    warnings = []
    if rival and margin is not None:
        versions = (
            "; probably versions of one article" if _is_version(comparison, edge, rival.document) else ""
        )
        if _as_well(comparison, edge, rival.document, margin):
            warnings.append(f"{profiles[rival.document].id} fits as well{versions}")
        elif margin < 0:
            warnings.append(
                f"{profiles[rival.document].id} fits better on the whole ({margin:.2f}){versions}"
            )
    spans = comparison.quick(*edge).spans
    texts = (profiles[i].texts_within(span) for i, span in zip(edge, spans, strict=True))
    if differ := numbers_differ(*texts):
        warnings.append(differ)
    return "; ".join(warnings)


def _is_version(comparison: Comparison, edge: Edge, rival: int) -> bool:
    """Whether the rival of a pair, beside the one of its language, is probably a translation of the other as well."""
    variant = comparison.profiles[rival].variant
    side = next((i for i in edge if comparison.profiles[i].variant != variant), edge[0])
    return _same_article(comparison, side, rival, edge[0] + edge[1] - side)


def _same_article(comparison: Comparison, document: int, first: int, second: int) -> bool:
    """Whether two documents of one language both probably are translations of the same part of a third one."""
    judged = comparison.judge(document, first), comparison.judge(document, second)
    spans = (
        judged[0].spans[0 if document < first else 1],
        judged[1].spans[0 if document < second else 1],
    )
    told_apart = any(comparison.has_shown(document, other) for other in (first, second))
    least = _SURE_VERSIONS if told_apart else _VERSIONS
    return same_part(*spans) and all(probability_of(found.logit) >= least for found in judged)


def _as_well(comparison: Comparison, edge: Edge, rival: int, margin: float) -> bool:
    """Whether the rival might as well be the partner: by verification if both were verified.

    Where those prefer what the quick comparison of the whole texts found to be worse, it is for a person to say.
    """
    language = comparison.profiles[rival].language
    side = next((i for i in edge if comparison.profiles[i].language != language), edge[0])
    own, other = comparison.verification(*edge), comparison.verification(side, rival)
    if own and other:
        return other.word_coverage >= _EQUAL_COVERAGE * own.word_coverage or margin < -_EQUAL
    return margin < _EQUAL


def _reason(comparison: Comparison, i: int, grouping: Grouping, options: PairOptions) -> str:
    """Why a document has no partner."""
    profiles = comparison.profiles
    if not profiles[i].language:
        return "no language was found in it (numbers, code, too short); give --language"
    if comparison.whole.single_language:
        return f"all documents are in one language ({profiles[i].language})"
    if i in comparison.copies:
        other = profiles[comparison.copies[i]]
        return f"the same text as {other.id}, there taken for language {other.tag}; give --language"
    nearest = comparison.nearest(i)
    best = 0.0 if nearest is None else probability_of(comparison.judge(i, nearest).logit)
    if nearest is None or best < 0.001:
        return "nothing like it in another language"
    edge = (min(i, nearest), max(i, nearest))
    if edge in grouping.refused:
        return _refused(comparison, i, nearest, grouping.refused[edge])
    rounded = math.floor(best * 1000) / 1000  # rounded up it might not look as if it were below
    return (
        f"best match {profiles[nearest].id} has probability {rounded:.3f}, below {options.min_probability:g}"
    )


class Candidate(NamedTuple):
    """The nearest candidate of a document without a partner; its probability, where that decided."""

    document: str
    probability: float | None


# What `_reason` and `_refused` say.
_CANDIDATE = re.compile(
    r"(?:its )?best match (.+) (?:has probability ([\d.]+), below|is taken by |is a version of )"
)


def candidate_of(reason: str) -> Candidate | None:
    """The nearest candidate that the reason of an unpaired document names."""
    found = _CANDIDATE.match(reason)
    return Candidate(found[1], float(found[2]) if found[2] else None) if found else None


def _refused(comparison: Comparison, i: int, nearest: int, rival: int) -> str:
    """Why a document may not have its best match: another has it, or another version of that speaks against it."""
    profiles = comparison.profiles
    if profiles[rival].variant == profiles[i].variant:
        versions = (
            "; probably versions of one article" if _same_article(comparison, nearest, i, rival) else ""
        )
        return (
            f"its best match {profiles[nearest].id} is taken by {profiles[rival].id}, which fits as well or "
            f"better{versions}"
        )
    return (
        f"its best match {profiles[nearest].id} is a version of {profiles[rival].id}, which speaks against it"
    )
