"""From compared pairs to what is told the user: accepted pairs, sets of versions, and reasons for the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from align.pairing.classifier import probability
from align.pairing.evidence import numbers_differ
from align.pairing.grouping import Edge, Grouping, group
from align.pairing.options import PairOptions
from align.pairing.profiles import Profile
from align.pairing.result import DocumentPair, Pairs
from align.pairing.scoring import Comparison, Rival
from align.text.detection import clear_language
from align.text.languages import detected_as

_EQUAL = 0.02  # a margin below this leaves open which of two documents is the partner
_EQUAL_ANSWERS = 0.75  # the same for a rival that answers this share of what the partner answers, or more


def outcome(
    comparison: Comparison,
    given: set[Edge],
    excluded: set[Edge],
    options: PairOptions,
    warnings: tuple[str, ...],
    signature: dict[str, object],
    fresh: int,
) -> Pairs:
    """Groups what was compared into sets of versions and tells every pair of a set; the first `fresh` are the batch."""
    known = comparison.known
    grouping = group(
        [e for e in comparison.edges if probability(comparison.judge(*e).logit) >= options.min_probability],
        comparison.judge,
        lambda i: known[i].language,
        lambda i: known[i].variant,
        given=sorted(given),
        excluded=frozenset(excluded),
    )
    sets = _numbered(grouping, comparison)
    pairs = [
        pair
        for number, members in enumerate(sets)
        for at, a in enumerate(members)
        for b in members[at + 1 :]
        if min(a, b) < fresh
        and (
            pair := _pair(comparison, (min(a, b), max(a, b)), set(members), number, given, excluded, options)
        )
    ]
    pairs.sort(key=lambda pair: (pair.source, pair.target))
    paired = {id for pair in pairs for id in (pair.source, pair.target)}
    return Pairs(
        tuple(pairs),
        {
            p.id: _reason(comparison, i, grouping, options)
            for i, p in enumerate(known[:fresh])
            if p.id not in paired
        },
        tuple(tuple(known[i].id for i in members) for members in sets),
        warnings,
        signature,
    )


def _numbered(grouping: Grouping, comparison: Comparison) -> list[list[int]]:
    """The sets, each sorted by id, in the order of their first ids."""
    sets = {id(members): members for members in grouping.members.values()}
    ordered = [sorted(members, key=lambda i: comparison.known[i].id) for members in sets.values()]
    return sorted(ordered, key=lambda members: comparison.known[members[0]].id)


def _pair(
    comparison: Comparison,
    edge: Edge,
    members: set[int],
    number: int,
    given: set[Edge],
    excluded: set[Edge],
    options: PairOptions,
) -> DocumentPair | None:
    """The pair as it is told, or None where two members of a set do not answer each other."""
    a, b = edge
    known = comparison.known
    if edge in excluded or (known[a].language == known[b].language and edge not in given):
        return None
    chance, evidence = _chance(comparison, edge, members, given)
    if chance < options.min_probability:
        return None
    checked = comparison.checked(a, b)
    side = (0, 1) if known[a].id < known[b].id else (1, 0)
    source, target = (edge[side[0]], edge[side[1]])
    rival = _runner_up(comparison, edge, members)
    margin = checked.mean - rival.score if rival else None
    return DocumentPair(
        source=known[source].id,
        target=known[target].id,
        source_language=known[source].tag,
        target_language=known[target].tag,
        probability=chance,
        source_coverage=checked.coverage[side[0]],
        target_coverage=checked.coverage[side[1]],
        runner_up=known[rival.document].id if rival else "",
        margin=margin,
        set=number,
        evidence=evidence,
        warning=_warning(comparison, edge, rival, margin, given),
    )


def _chance(comparison: Comparison, edge: Edge, members: set[int], given: set[Edge]) -> tuple[float, str]:
    """Probability of a pair of a set, and what speaks for it; half of what a third version vouches for is added."""
    if edge in given:
        return 1.0, "given"
    a, b = edge
    own = comparison.judge(a, b).logit
    others = [
        min(comparison.judge(a, c).logit, comparison.judge(b, c).logit)
        for c in members - {a, b}
        if len({comparison.known[i].language for i in (a, b, c)}) == 3
    ]
    support = max(0.0, max(others, default=0.0)) / 2
    evidence = ["text"]
    if comparison.look(a, b):
        evidence.append("sentences")
    if comparison.same_names(a, b):
        evidence.append("names")
    if support > 0:
        evidence.append("set")
    return probability(own + support), "+".join(evidence)


def _runner_up(comparison: Comparison, edge: Edge, members: set[int]) -> Rival | None:
    """The best partner of either side that is not in the set."""
    a, b = edge
    rivals = [comparison.rival(a, b, frozenset(members)), comparison.rival(b, a, frozenset(members))]
    found = [rival for rival in rivals if rival and rival.score > 0]
    return max(found, key=lambda rival: (rival.score, -rival.document), default=None)


def _warning(
    comparison: Comparison, edge: Edge, rival: Rival | None, margin: float | None, given: set[Edge]
) -> str:
    known = comparison.known
    if edge in given and known[edge[0]].variant == known[edge[1]].variant:
        return f"given, but both are in one language ({known[edge[0]].tag or 'unknown'})"
    if edge in given and comparison.checked(*edge).mean < 0.05:
        return "given, but the texts do not answer each other"
    warnings = []
    if rival and margin is not None and _as_well(comparison, edge, rival.document, margin):
        warnings.append(f"{known[rival.document].id} fits as well")
    spans = comparison.checked(*edge).span
    texts = (known[i].texts_within(span) for i, span in zip(edge, spans, strict=True))
    if differ := numbers_differ(*texts):
        warnings.append(differ)
    return "; ".join(warnings)


def _as_well(comparison: Comparison, edge: Edge, rival: int, margin: float) -> bool:
    """Whether the rival might as well be the partner: by closer looks at both if they were taken.

    Where those prefer what the quick comparison of the whole texts found to be worse, it is for a person to say.
    """
    language = comparison.known[rival].language
    side = next((i for i in edge if comparison.known[i].language != language), edge[0])
    own, other = comparison.look(*edge), comparison.look(side, rival)
    if own and other:
        return other.answered >= _EQUAL_ANSWERS * own.answered or margin < -_EQUAL
    return margin < _EQUAL


def _reason(comparison: Comparison, i: int, grouping: Grouping, options: PairOptions) -> str:
    """Why a document has no partner."""
    known = comparison.known
    if not known[i].language:
        return "no language was found in it (numbers, code, too short); give --language"
    reads = clear_language(known[i].texts)
    if reads not in (None, detected_as(known[i].language)):
        doubt = f"; its language is given as {known[i].tag}, but it reads like {reads}"
    else:
        doubt = ""
    return _unanswered(comparison, i, grouping, options) + doubt


def _unanswered(comparison: Comparison, i: int, grouping: Grouping, options: PairOptions) -> str:
    """What came of comparing a document with others."""
    known = comparison.known
    if comparison.single_language:
        return f"all documents are in one language ({known[i].language})"
    if i in comparison.copies:
        other = known[comparison.copies[i]]
        return f"the same text as {other.id}, there taken for language {other.tag}; give --language"
    nearest = comparison.nearest(i)
    chance = 0.0 if nearest is None else probability(comparison.judge(i, nearest).logit)
    if nearest is None or chance < 0.001:
        return "nothing like it in another language"
    edge = (min(i, nearest), max(i, nearest))
    if edge in grouping.refused:
        return _refused(known, i, nearest, grouping.refused[edge])
    said = math.floor(chance * 1000) / 1000  # rounded up it might not look as if it were below
    return f"best match {known[nearest].id} has probability {said:.3f}, below {options.min_probability:g}"


def _refused(known: Sequence[Profile], i: int, nearest: int, rival: int) -> str:
    """Why a document may not have its best match: another has it, or another version of that speaks against it."""
    if known[rival].variant == known[i].variant:
        return (
            f"its best match {known[nearest].id} is taken by {known[rival].id}, which fits as well or better"
        )
    return f"its best match {known[nearest].id} is a version of {known[rival].id}, which speaks against it"
