"""Pairs in columns: the same as the dicts and lists of which they take the place."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.pairing import compared as module
from align.pairing.compared import Judgements, Partners, QuickAlignments
from align.pairing.edges import Edges
from align.pairing.grouping import Edge, Judgement
from align.pairing.quick import NO_MATCH, QuickAlignment

_DOCUMENTS = 9
_VARIANTS = ["en", "zh", "pt-BR", "pt-PT"]
_PAIRS = st.tuples(st.integers(0, _DOCUMENTS - 2), st.integers(1, _DOCUMENTS - 1)).filter(
    lambda e: e[0] < e[1]
)
_SHARES = st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 1.0])
_FOUND = st.one_of(
    st.just(NO_MATCH),
    st.builds(
        QuickAlignment,
        st.tuples(_SHARES, _SHARES),
        st.tuples(_SHARES, _SHARES),
        _SHARES,
        st.floats(0, 1e6),
        st.tuples(st.tuples(_SHARES, _SHARES), st.tuples(_SHARES, _SHARES)),
    ),
)


@settings(deadline=None)
@given(st.sets(_PAIRS), st.sets(_PAIRS), st.sets(_PAIRS))
def test_edges_are_a_set(some: set[Edge], others: set[Edge], more: set[Edge]) -> None:
    edges = Edges._from_iterable(some)
    assert edges == some
    assert list(edges) == sorted(some)
    assert edges.united(others, Edges._from_iterable(more)) == some | others | more
    assert edges.without(others) == some - others
    assert edges & others == some & others
    assert edges.documents == sorted({i for edge in some for i in edge})
    assert [edge in edges for edge in sorted(others)] == [edge in some for edge in sorted(others)]


@settings(deadline=None)
@given(st.dictionaries(_PAIRS, _FOUND), st.dictionaries(_PAIRS, _FOUND))
def test_what_was_compared_comes_back(
    first: dict[Edge, QuickAlignment], later: dict[Edge, QuickAlignment]
) -> None:
    quick = QuickAlignments()
    expected = {edge: first[edge] for edge in sorted(first)}
    expected |= {edge: found for edge, found in later.items() if edge not in first}
    for edge, found in expected.items():
        assert edge not in quick
        quick[edge] = found
    assert {edge: astuple(found) for edge, found in quick.items()} == {
        edge: astuple(found) for edge, found in expected.items()
    }
    assert len(quick) == len(expected)


@settings(deadline=None)
@given(
    st.lists(_PAIRS, unique=True),
    st.lists(st.tuples(_PAIRS, st.floats(-9, 9) | st.sampled_from(["drop", None]))),
)
def test_judgements_are_kept_until_they_are_forgotten(
    compared: list[Edge], said: list[tuple[Edge, float | str | None]]
) -> None:
    quick = QuickAlignments()
    span = ((0.0, 1.0), (0.25, 1.0))
    for edge in sorted(compared)[::2] + sorted(compared)[1::2]:  # half of them out of their order
        quick[edge] = QuickAlignment((0.5, 0.5), (1.0, 1.0), 1.0, 3.0, span)
    judgements, expected = Judgements(quick), dict[Edge, Judgement]()
    for edge, logit in said:
        if logit is None:
            judgements.clear()
            expected.clear()
        elif isinstance(logit, str):
            judgements.drop([edge])
            expected.pop(edge, None)
        elif edge in quick:
            expected[edge] = Judgement(logit, span, round(logit, 2))
            judgements[edge] = expected[edge]
        assert {e: found for e in quick if (found := judgements.get(e))} == expected


@settings(deadline=None)
@given(
    st.dictionaries(_PAIRS, _SHARES),
    st.lists(st.sampled_from(_VARIANTS), min_size=_DOCUMENTS, max_size=_DOCUMENTS),
)
def test_partners_are_ranked(scores: dict[Edge, float], variants: list[str]) -> None:
    partners = Partners()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", 3)
        partners._most = 3
        for (a, b), score in scores.items():
            partners.add(a, variants[b], b, score)
            partners.add(b, variants[a], a, score)
    partners.rank()
    best = []
    for document in range(_DOCUMENTS):
        for variant in _VARIANTS:
            own = [
                (score, edge[0] + edge[1] - document)
                for edge, score in scores.items()
                if document in edge and variants[edge[0] + edge[1] - document] == variant
            ]
            ranked = sorted(own, key=lambda entry: (-entry[0], entry[1]))
            expected = [entry for entry in ranked if entry[0] > 0] or ranked[:1]
            assert list(partners.of(document, variant)) == expected
            best += [(document, other) for _, other in ranked[:1]]
    assert sorted((i, other) for i in range(_DOCUMENTS) for other in partners.best(i)) == sorted(best)
