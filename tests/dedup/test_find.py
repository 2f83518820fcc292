"""Near-duplicates: every pair that is one, nothing that is none, and stars around what is kept."""

from __future__ import annotations

import itertools
import random
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.dedup import DedupOptions, find_duplicates
from align.dedup.lsh import RECALL, choose_banding
from align.document import Document
from align.errors import UsageError
from align.text.tokens import tokens

from .conftest import article, edited

small_texts = st.lists(st.lists(st.sampled_from("abcd"), max_size=9).map(" ".join), max_size=12)


def shingles(text: str, ngram: int = 5) -> set[tuple[str, ...]]:
    found = tokens(text)
    return {tuple(found[i : i + ngram]) for i in range(max(1, len(found) - ngram + 1))} if found else set()


@cache
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(shingles(text))


def jaccard(a: str, b: str) -> float:
    x, y = _shingles(a), _shingles(b)
    return len(x & y) / len(x | y) if x and y else 0.0


def near_copies(count: int) -> list[tuple[str, str]]:
    """Articles, some of them edited copies of others, shuffled."""
    rng = random.Random(7)
    texts = [article(seed) for seed in range(count)]
    texts += [edited(texts[n], rng.choice((0.01, 0.02, 0.05, 0.1)), n) for n in range(0, count, 2)]
    rng.shuffle(texts)
    return [(f"d{n:04}", text) for n, text in enumerate(texts)]


@pytest.mark.slow
def test_every_pair_is_found_with_its_exact_similarity() -> None:
    documents = near_copies(200)
    found = {(pair.first, pair.second): pair.similarity for pair in find_duplicates(documents).pairs}
    truth = {
        (a[0], b[0]): jaccard(a[1], b[1])
        for a, b in itertools.combinations(documents, 2)
        if jaccard(a[1], b[1]) >= 0.7
    }
    assert found == pytest.approx(truth)
    assert len(truth) > 40


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(small_texts, st.sampled_from([0.5, 0.7, 0.9]))
def test_short_texts_and_stars(texts: list[str], threshold: float) -> None:
    """Nothing is lost, no removed document without a verified pair with its kept one, kept ones far apart."""
    documents = [(f"d{n}", text) for n, text in enumerate(texts)]
    result = find_duplicates(documents, threshold=threshold)
    by_id = dict(documents)
    assert sorted([*result.kept, *result.removed]) == sorted(by_id)
    for removal in result.removed.values():
        assert removal.kept in result.kept
        assert removal.similarity == pytest.approx(jaccard(by_id[removal.document], by_id[removal.kept]))
        assert removal.similarity >= threshold
    for a, b in itertools.combinations(result.kept, 2):
        assert jaccard(by_id[a], by_id[b]) < threshold


def test_order_of_input_does_not_matter() -> None:
    documents = near_copies(60)
    result = find_duplicates(documents)
    shuffled = find_duplicates(random.Random(3).sample(documents, len(documents)))
    assert shuffled.pairs == result.pairs
    assert sorted(shuffled.kept) == sorted(result.kept)
    assert shuffled.removed == result.removed


def test_no_chains() -> None:
    """A ~ B ~ C without A ~ C: the middle goes or stays, but nothing is removed for what it is not like."""
    base = article(1, 200).split()
    a, b, c = (
        base,
        [*base[20:], *article(2, 20).split()],
        [*base[40:], *article(2, 20).split(), *article(3, 20).split()],
    )
    texts = {name: " ".join(words) for name, words in zip("abc", (a, b, c), strict=True)}
    assert (
        jaccard(texts["a"], texts["c"])
        < 0.7
        <= min(jaccard(texts["a"], texts["b"]), jaccard(texts["b"], texts["c"]))
    )
    result = find_duplicates(texts.items(), options=DedupOptions(keep="first"))
    assert result.kept == ("a", "c")
    assert result.removed["b"].kept in ("a", "c")


def test_identical_texts_are_listed_once_against_the_one_kept() -> None:
    text, near = article(1), edited(article(1), 0.01)
    documents = [*((f"copy{n:05}", text) for n in range(10_000)), ("near", near)]
    result = find_duplicates(documents, options=DedupOptions(keep="first"))
    assert result.kept == ("copy00000",)
    assert len(result.removed) == 10_000
    assert len(result.pairs) == 9_999 + 2  # the near one with the first copy and with the second
    assert {pair.first for pair in result.pairs if pair.kind == "identical"} == {"copy00000"}


def test_copies_of_a_removed_text_go_with_it() -> None:
    text = article(1)
    longer = edited(text, 0.01) + " and a little more"
    result = find_duplicates([("a", text), ("b", text), ("c", longer)])
    assert result.kept == ("c",)
    assert result.removed["b"].kept == "c"
    assert result.removed["b"].similarity == pytest.approx(jaccard(text, longer))


def test_documents_without_words_equal_nothing() -> None:
    result = find_duplicates([("a", "!!! ???"), ("b", "!!! ???"), ("c", ""), ("d", "")])
    assert result.kept == ("a", "b", "c", "d")
    assert not result.pairs
    assert "no words" in result.notes["a"]


def test_documents_shorter_than_a_shingle_are_compared_whole() -> None:
    result = find_duplicates([("a", "Two words"), ("b", "two WORDS"), ("c", "two other words")])
    assert [(pair.first, pair.second, pair.similarity) for pair in result.pairs] == [("a", "b", 1.0)]
    assert "shorter" in result.notes["c"] or "no longer" in result.notes["c"]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (DedupOptions(), "long"),
        (DedupOptions(keep="first"), "new"),
        (DedupOptions(keep="newest"), "new"),
        (DedupOptions(keep="prefer", prefer=("mirror*", "press")), "mirrored"),
    ],
)
def test_keep_policies(options: DedupOptions, kept: str) -> None:
    text = article(5)
    dates = (
        ["2024-02-01", "2020-01-01", None]
        if options.keep == "newest"
        else ["press", "blog", "mirror.example"]
    )
    batch = pa.record_batch(
        {
            "id": ["new", "long", "mirrored"],
            "text": pa.array([text, text + " with a tail", text + " x"], pa.large_string()),
            "prefer": pa.array(dates, pa.string()),
        }
    )
    assert find_duplicates([batch], options=options).kept == (kept,)


def test_result_can_be_asked() -> None:
    documents = near_copies(60)
    result, strict = find_duplicates(documents), find_duplicates(documents, threshold=0.85)
    assert result.rethreshold(0.85).pairs == strict.pairs
    assert result.rethreshold(0.85).removed == strict.removed
    worst = result.worst(5)
    assert [pair.similarity for pair in worst] == sorted(pair.similarity for pair in result.pairs)[:5]
    assert sum(len(cluster.removed) for cluster in result.clusters) == len(result.removed)
    with pytest.raises(UsageError, match=r"threshold 0\.6"):
        result.rethreshold(0.6)


def test_documents_and_batches_are_the_same() -> None:
    documents = near_copies(20)
    batch = pa.record_batch({"id": [id for id, _ in documents], "text": [text for _, text in documents]})
    as_pairs = find_duplicates(documents)
    assert find_duplicates([batch.slice(0, 7), batch.slice(7)]).pairs == as_pairs.pairs
    assert find_duplicates(Document.from_text(id, text) for id, text in documents).pairs == as_pairs.pairs
    assert find_duplicates([]).kept == ()


@pytest.mark.slow
def test_a_bucket_that_everything_falls_into() -> None:
    """Documents that share a third of their text, more than a crowded bucket holds: pairs are found all the same."""
    frame = article(0, 60)
    documents = [(f"d{n:05}", f"{frame} {article(n, 60)}") for n in range(1, 5_201)]
    documents += [(f"e{n:05}", edited(documents[n][1], 0.01, n)) for n in range(0, 5_200, 260)]
    result = find_duplicates(documents)
    by_id = dict(documents)
    expected = {(f"d{n + 1:05}", f"e{n:05}") for n in range(0, 5_200, 260)}
    expected = {(a, b) for a, b in expected if jaccard(by_id[a], by_id[b]) >= 0.7}
    assert {(pair.first, pair.second) for pair in result.pairs} == expected


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("slots", [64, 128, 256])
def test_banding_finds_what_is_at_the_threshold(threshold: float, slots: int) -> None:
    banding = choose_banding(threshold, slots)
    assert banding.bands * banding.rows <= slots
    assert banding.recall(threshold) >= min(RECALL, 1 - (1 - threshold) ** slots)


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0.1},
        {"threshold": 1.5},
        {"ngram": 0},
        {"slots": 4},
        {"keep": "best"},
        {"keep": "prefer"},
        {"containment": 2},
        {"containment": 0.9, "keep": "first"},
        {"boilerplate": 1},
        {"backend": "magic"},
        {"paragraphs": "sentence"},
    ],
)
def test_senseless_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong)).split("_")[0]):
        DedupOptions(**wrong)  # type: ignore[arg-type]


def test_thousands_of_near_copies_of_one_text() -> None:
    """Every copy is verified against the one kept; pairs of copies are not listed by the million."""
    text = article(1)
    result = find_duplicates((f"d{n:05}", f"{text} copy {n}") for n in range(6_000))
    assert result.kept == ("d01000",)  # the first of the longest
    assert len(result.pairs) < 7_000
    assert result.sparse > 0


def test_what_stands_twice_in_a_copy_makes_it_no_longer() -> None:
    """Of two copies the one with its body twice is not the longest; one with more text of its own still is."""
    body = "\n".join(
        f"Line {i} says that {i * 7} boats came in before {i * 3} of them left." for i in range(12)
    )
    rows = [{"id": "a-twice", "text": f"{body}\n\n{body}\n"}, {"id": "b-once", "text": body}]
    assert find_duplicates(rows).removed["a-twice"].kept == "b-once"
    assert find_duplicates(rows[::-1]).removed["a-twice"].kept == "b-once"
    longer = {"id": "c-more", "text": f"{body}\nAnd one more line that nobody else has, about the weather."}
    assert {removal.kept for removal in find_duplicates([*rows, longer]).removed.values()} == {"c-more"}
    assert find_duplicates(rows, options=DedupOptions(repeats=False)).removed["b-once"].kept == "a-twice"
