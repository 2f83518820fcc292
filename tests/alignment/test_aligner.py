"""The whole aligner on real articles and on hostile input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from align.alignment import Alignment, align_texts, align_versions
from align.document import Level
from align.errors import UsageError
from align.text.languages import canonical

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


@pytest.fixture(scope="module")
def seeds() -> Alignment:
    english, chinese = (
        next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8") for number in ("000", "001")
    )
    return align_texts(english, chinese)


def positions(alignment: Alignment) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    return {
        (
            tuple(alignment.source[i].position for i in bead.source),
            tuple(alignment.target[j].position for j in bead.target),
        )
        for bead in alignment.beads
    }


def complete(alignment: Alignment) -> bool:
    source = sorted(i for bead in alignment.beads for i in bead.source)
    target = sorted(j for bead in alignment.beads for j in bead.target)
    return source == list(range(len(alignment.source))) and target == list(range(len(alignment.target)))


def test_the_seed_articles_paragraph_by_paragraph(seeds: Alignment) -> None:
    """As a person reads them: three English headings and the Chinese page's header and footer have no partner."""
    assert seeds.paragraphs is not None
    expected = {((), (f"p{j}",)) for j in (0, 1, *range(37, 49))} | {((f"p{i}",), ()) for i in (3, 15, 28)}
    expected |= {((f"p{i}",), (f"p{i + 2}",)) for i in (0, 1, 2)}
    expected |= {((f"p{i}",), (f"p{i + 1}",)) for i in range(4, 15)}
    expected |= {((f"p{i}",), (f"p{i}",)) for i in range(16, 28)}
    expected |= {((f"p{i}",), (f"p{i - 1}",)) for i in range(29, 38)}
    assert positions(seeds.paragraphs) == expected


@pytest.mark.bytes
def test_the_threads_of_blas_change_nothing() -> None:
    source, target = (
        next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8")[:2500] for number in ("000", "001")
    )
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            found.append(align_texts(source, target).beads)
    assert found[0] == found[1]


def test_sentences_of_the_seed_articles_stay_inside_their_paragraphs(seeds: Alignment) -> None:
    assert seeds.paragraphs is not None
    allowed = positions(seeds.paragraphs)
    for source, target in positions(seeds):
        if source and target:
            paragraphs = tuple(tuple(sorted({p.split("s")[0] for p in side})) for side in (source, target))
            assert paragraphs in allowed
    assert complete(seeds)
    assert seeds.coverage.source > 0.9
    assert seeds.reordered == ()


def test_words_that_answer_each_other(seeds: Alignment) -> None:
    bead = next(b for b in seeds.beads if "Baidu, Ali" in seeds.texts(b)[0])
    links = {(link.source_word.lower(), link.target_word) for link in seeds.explain(bead)}
    assert ("ali", "阿里") in links
    for link in seeds.explain(bead):
        unit, start, end = link.source
        assert seeds.source[unit].text[start:end] == link.source_word


def test_texts_that_are_no_translations_are_not_trusted(seeds: Alignment) -> None:
    other = next(SEEDS.glob("003_*.txt")).read_text(encoding="utf-8")
    english = next(SEEDS.glob("000_*.txt")).read_text(encoding="utf-8")
    found = align_texts(english, other)
    assert found.coverage.source < 0.35


@pytest.mark.parametrize("level", ["paragraph", "sentence"])
def test_two_short_texts_on_one_subject_are_told_from_a_translation(level: Level) -> None:
    english = ["The water in the harbour is cold today.", "The ships wait for the tide."]
    translation = ["Das Wasser im Hafen ist heute kalt.", "Die Schiffe warten auf die Flut."]
    other = ["Im Hafen gibt es ein neues Museum.", "Es zeigt, wie man früher gefischt hat."]
    right, wrong = (
        align_texts(english, german, level=level, source_language="en", target_language="de")
        for german in (translation, other)
    )
    assert right.coverage.source > 0.9
    assert wrong.coverage.source < 0.1


def test_ready_made_units_and_a_written_file(tmp_path: Path) -> None:
    found = align_texts(
        ["The cat sleeps.", "It is raining today.", "We bought three books."],
        ["Die Katze schläft.", "Heute regnet es.", "Wir haben drei Bücher gekauft."],
        source_language="en",
        target_language="de",
    )
    assert [(b.source, b.target) for b in found.beads] == [((0,), (0,)), ((1,), (1,)), ((2,), (2,))]
    assert found.write(tmp_path / "x.tsv") == 3
    assert "Die Katze" in (tmp_path / "x.tsv").read_text(encoding="utf-8")


def test_the_same_text_on_both_sides() -> None:
    text = next(SEEDS.glob("002_*.txt")).read_text(encoding="utf-8")
    found = align_texts(text, text, level="paragraph")
    assert all(b.source == b.target for b in found.beads)
    assert found.coverage.source > 0.9


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ([], []),
        ([], ["a"]),
        (["one sentence"], []),
        (["Hello world."], [f"Sentence number {k} about nothing." for k in range(200)]),
        (["1 2 3", "4,5", "66"], ["1 2 3", "4.5", "66"]),
        (["مرحبا بالعالم", "كيف حالك؟"], ["Hello, world", "How are you?"]),
        (["word " * 20_000], ["Wort " * 20_000, "x"]),
        (["", " ", "\u0000"], ["", "?"]),
        (["a\ud800b"], ["a"]),
    ],
)
def test_hostile_units(source: list[str], target: list[str]) -> None:
    found = align_texts(source, target)
    assert complete(found)
    assert all(0 <= b.confidence <= 1 for b in found.beads)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.text(max_size=30), max_size=6))
def test_every_unit_is_in_exactly_one_bead(source: list[str], target: list[str]) -> None:
    assert complete(align_texts(source, target))


def test_a_language_the_encoder_does_not_know_is_said() -> None:
    found = align_texts(
        ["Habari za asubuhi."], ["Good morning."], source_language="sw", target_language="en", encoder="use"
    )
    assert "'sw'" in found.warnings[0]


def test_usage_errors() -> None:
    with pytest.raises(UsageError, match="same form"):
        align_texts(["a"], "b")
    with pytest.raises(UsageError, match="max_size"):
        align_texts(["a"], ["b"], max_size=0)


def test_several_versions_of_one_text() -> None:
    source = ["The cat sleeps on the warm roof.", "It rains in the city today."]
    versions = align_versions(
        source, {"zh": ["猫在温暖的屋顶上睡觉。", "今天城里下雨。"], "de": ["Heute regnet es in der Stadt."]}
    )
    assert list(versions) == ["zh", "de"]
    assert [(bead.source, bead.target) for bead in versions["zh"].beads] == [((0,), (0,)), ((1,), (1,))]
    assert ((1,), (0,)) in [(bead.source, bead.target) for bead in versions["de"].beads]


def test_blank_units_are_gaps_and_disturb_nothing() -> None:
    english = ["", "The cat sleeps on the warm roof.", "", "It rains in the city today.", " "]
    chinese = ["猫在温暖的屋顶上睡觉。", "", "", "今天城里下雨。"]
    found = align_texts(english, chinese)
    assert complete(found)
    assert [(bead.source, bead.target) for bead in found.beads if not bead.is_gap] == [
        ((1,), (0,)),
        ((3,), (3,)),
    ]
    assert [bead.source[0] for bead in found.beads if bead.source] == [0, 1, 2, 3, 4]
    assert [bead.target[0] for bead in found.beads if bead.target] == [0, 1, 2, 3]
    assert complete(align_texts(["", ""], ["", "x"]))


def test_sentences_are_aligned_where_one_version_has_lost_its_paragraphs(seeds: Alignment) -> None:
    assert seeds.paragraphs is not None
    english, chinese = ([p.text for p in side] for side in (seeds.paragraphs.source, seeds.paragraphs.target))
    joined = align_texts(" ".join(english), "\n".join(chinese))
    assert joined.paragraphs is not None
    assert joined.paragraphs.coverage.source < 0.5
    assert joined.coverage.source > 0.9 * seeds.coverage.source


SHORT = "Vgl. Abb. 3 und Tab. 4. Öffnung evtl. später. Tel. Nr. 12 bzw. 13. Sitzung am 3. Mai."
BRIEF = "See Fig. 3 and Table 4. Opening possibly later. Phone no. 12 or 13. Meeting on 3 May."


@pytest.mark.parametrize(("german", "english"), [("de-DE", "en-US"), ("de_at", "eng"), ("German", "en-GB")])
def test_tags_change_nothing_but_what_is_told(german: str, english: str) -> None:
    plain = align_texts(SHORT, BRIEF, source_language="de", target_language="en")
    tagged = align_texts(SHORT, BRIEF, source_language=german, target_language=english)
    assert [len(plain.source), len(plain.target)] == [4, 4]
    assert (tagged.beads, tagged.source, tagged.target) == (plain.beads, plain.source, plain.target)
    assert tagged.warnings == plain.warnings == ()
    assert tagged.signature["source_language"] == canonical(german)
    assert tagged.signature["target_language"] == canonical(english)


def test_a_tag_is_known_to_an_encoder_that_knows_the_language() -> None:
    german = ["Guten Morgen."]
    told = [
        align_texts(german, ["x"], source_language=tag, encoder="use").warnings
        for tag in ("de-CH", "sv-FI", "swe")
    ]
    assert [any("was not trained for 'sv'" in line for line in lines) for lines in told] == [
        False,
        True,
        True,
    ]


def test_what_is_no_language_is_refused() -> None:
    for sides in (("a", "b"), (["a"], ["b"])):
        with pytest.raises(UsageError, match=r"'germn' is no language code; .* did you mean german\?"):
            align_texts(*sides, target_language="germn")
