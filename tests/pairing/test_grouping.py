"""Sets of versions: no two documents of one language for one part, no set that its own pairs speak against."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from align.pairing.grouping import Edge, Judged, group

WHOLE = ((0.0, 1.0), (0.0, 1.0))


def judged(table: dict[Edge, float], spans: dict[Edge, tuple[tuple[float, float], tuple[float, float]]]):
    def judge(a: int, b: int) -> Judged:
        edge = (min(a, b), max(a, b))
        return Judged(table.get(edge, -3.0), spans.get(edge, WHOLE))

    return judge


def run(languages: str, table: dict[Edge, float], spans=None, **more):
    edges = sorted((e for e in table if table[e] > 0), key=lambda e: (-table[e], e))
    codes = languages.split()
    return group(edges, judged(table, spans or {}), lambda i: codes[i], lambda i: codes[i], **more)


def test_versions_in_three_languages_become_one_set() -> None:
    found = run("en zh id", {(0, 1): 5.0, (1, 2): 4.0, (0, 2): 1.0})
    assert found.of(0) == {0, 1, 2}


def test_of_two_documents_of_a_language_the_better_one_is_taken() -> None:
    found = run("en zh zh", {(0, 1): 5.0, (0, 2): 4.0})
    assert found.of(0) == {0, 1}
    assert found.refused == {(0, 2): 1}


def test_two_parts_of_one_article_both_belong_to_it() -> None:
    spans = {(0, 1): ((0.0, 0.5), (0.0, 1.0)), (0, 2): ((0.5, 1.0), (0.0, 1.0))}
    assert run("en zh zh", {(0, 1): 5.0, (0, 2): 4.0}, spans).of(0) == {0, 1, 2}


def test_a_pair_that_the_other_versions_contradict_is_refused() -> None:
    table = {(0, 1): 5.0, (0, 2): 5.0, (1, 2): 5.0, (2, 3): 1.0, (0, 3): -4.0, (1, 3): -4.0}
    found = run("en zh id de", table)
    assert found.of(0) == {0, 1, 2}
    assert (2, 3) in found.refused


def test_given_pairs_come_first_and_excluded_ones_never() -> None:
    found = run("en zh zh", {(0, 1): 5.0, (0, 2): 4.0}, given=[(0, 2)])
    assert found.of(0) == {0, 2}
    found = run("en zh id", {(0, 1): 5.0, (1, 2): 4.0, (0, 2): 4.0}, excluded=frozenset([(0, 2)]))
    assert found.of(0) == {0, 1}


@settings(max_examples=60)
@given(st.data())
def test_sets_are_disjoint_and_hold_one_whole_version_of_a_language(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 8))
    codes = [data.draw(st.sampled_from(["en", "zh", "id", "de"])) for _ in range(count)]
    table = {
        (a, b): data.draw(st.floats(-6, 6))
        for a in range(count)
        for b in range(a + 1, count)
        if codes[a] != codes[b]
    }
    found = run(" ".join(codes), table)
    for document, members in found.members.items():
        assert document in members
        assert all(found.of(other) is members for other in members)
        assert len({codes[i] for i in members}) == len(members)


def test_two_variants_of_a_language_are_versions_each_in_its_own_right() -> None:
    languages, variants = ["fr", "pt", "pt", "pt"], ["fr", "pt", "pt-PT", "pt-PT"]
    table = {(0, 1): 5.0, (0, 2): 4.0, (0, 3): 3.0, (1, 2): -9.0}
    found = group(sorted(table), judged(table, {}), languages.__getitem__, variants.__getitem__)
    assert found.of(0) == {0, 1, 2}  # what the two say of each other does not count
    assert found.refused == {(0, 3): 2}
