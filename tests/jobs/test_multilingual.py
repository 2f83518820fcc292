"""More than two languages in one corpus: what answers each other through the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lxml import etree

from align._internal.tables import read_table
from align.corpus.folder import CorpusFolder
from align.errors import OutputError, UsageError
from align.formats.beads import BeadRow
from align.jobs.export import Selection
from align.jobs.multilingual import export_multilingual

from ..run_builder import Pair, make_run

LANGUAGES = ("en", "zh", "id")


def beads(*given: tuple[Sequence[int], Sequence[int], str, str, float]) -> list[BeadRow]:
    rows = []
    for number, (source, target, left, right, confidence) in enumerate(given):
        places = tuple(tuple(f"p{n}s0" for n in side) for side in (source, target))
        rows.append(BeadRow(number, f"{len(source)}-{len(target)}", *places, confidence, left, right))
    return rows


@pytest.fixture
def corpus(tmp_path: Path) -> CorpusFolder:
    """The Indonesian version joins the first two sentences, the Chinese one lacks the last."""
    chinese = beads(
        ([0], [0], "一。", "One.", 0.9), ([1], [1], "二。", "Two.", 0.8), ([2], [2], "三。", "Three.", 0.95),
        ([], [3], "", "Four.", 0.9), ([3], [], "多余。", "", 0.9),
    )  # fmt: skip
    indonesian = beads(
        ([0, 1], [0], "One. Two.", "Satu, dua.", 0.7), ([2], [1, 2], "Three.", "Tiga. Ya.", 0.6),
        ([3], [3], "Four.", "Empat.", 0.5),
    )  # fmt: skip
    documents = {"b.en": ("en", "x"), "a.zh": ("zh", "x"), "c.id": ("id", "x")}
    pairs = [Pair("a.zh", "b.en", {"sentence": chinese}), Pair("b.en", "c.id", {"sentence": indonesian})]
    return make_run(tmp_path / "run", documents, pairs)


def rows(path: Path) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in (*LANGUAGES, "confidence")) for row in read_table(path)]


def test_a_row_for_what_answers_each_other(corpus: CorpusFolder, tmp_path: Path) -> None:
    done = export_multilingual(corpus, tmp_path / "x.tsv", LANGUAGES)
    assert rows(tmp_path / "x.tsv") == [
        ("One. Two.", "一。二。", "Satu, dua.", "0.7000"),
        ("Three.", "三。", "Tiga. Ya.", "0.6000"),
        ("Four.", "", "Empat.", "0.5000"),
    ]
    (first, *_) = read_table(tmp_path / "x.tsv")
    assert (first["en_positions"], first["zh_positions"], first["id_document"]) == (
        "p0s0 p1s0",
        "p0s0 p1s0",
        "c.id",
    )
    assert (done.written.beads, done.pairs) == (3, 2)
    with pytest.raises(OutputError, match="exists already"):
        export_multilingual(corpus, tmp_path / "x.tsv", LANGUAGES)


def test_a_language_of_which_a_bead_stays_behind_is_empty(corpus: CorpusFolder, tmp_path: Path) -> None:
    done = export_multilingual(corpus, tmp_path / "x.tsv", LANGUAGES, Selection(min_confidence=0.85))
    assert rows(tmp_path / "x.tsv") == [("Three.", "三。", "", "0.9500")]
    assert done.left_out == {"below confidence 0.85": 4}


def test_parquet_tmx_and_moses(corpus: CorpusFolder, tmp_path: Path) -> None:
    for name in ("x.parquet", "x.tmx"):
        export_multilingual(corpus, tmp_path / name, LANGUAGES)
    table = pq.read_table(tmp_path / "x.parquet").to_pylist()
    assert [row["zh"] for row in table] == ["一。二。", "三。", None]
    assert table[0]["en_positions"] == ["p0s0", "p1s0"]
    units = etree.parse(tmp_path / "x.tmx").findall(".//tu")
    assert [[seg.text for seg in unit.iter("seg")] for unit in units][2] == ["Four.", "Empat."]
    dtd = etree.DTD(str(Path(__file__).parents[1] / "formats/tmx14.dtd"))
    assert dtd.validate(etree.parse(tmp_path / "x.tmx")), dtd.error_log
    done = export_multilingual(corpus, tmp_path / "c", LANGUAGES, format="moses")
    assert done.written.gaps == 1
    texts = [(tmp_path / f"c.en-zh-id.{language}").read_text().splitlines() for language in LANGUAGES]
    assert texts == [["One. Two.", "Three."], ["一。二。", "三。"], ["Satu, dua.", "Tiga. Ya."]]


def test_a_sentence_that_is_not_cut_alike_in_all_pairs_goes_out_once(tmp_path: Path) -> None:
    def bead(number: int, source: str, target: str, left: str, right: str) -> BeadRow:
        return BeadRow(number, "1-1", (source,), (target,), 0.9, left, right)

    chinese = [
        bead(0, "p0s0:0-4", "p0s0", "one…", "一。"), bead(1, "p0s0:4-8", "p0s1", "two,", "二。"),
        bead(2, "p0s0:9-14", "p0s2", "three", "三。"), bead(3, "p0s0:15-19", "p0s3", "four", "四。"),
        bead(4, "p1s0", "p1s0", "Five.", "五。"),
    ]  # fmt: skip
    indonesian = [
        bead(0, "p0s0:0-8", "p0s0", "one…two,", "Satu dua."), bead(1, "p0s0:9-19", "p0s1", "three four", "Tiga empat."),
        bead(2, "p1s0", "p1s0", "Five.", "Lima."),
    ]  # fmt: skip
    javanese = [
        bead(0, "p0s0", "p0s0", "one…two, three four", "siji"),
        bead(1, "p1s0", "p1s0", "Five.", "Lima."),
    ]
    documents = {"a.en": ("en", "x"), "b.zh": ("zh", "x"), "c.id": ("id", "x"), "d.jv": ("jv", "x")}
    sides = {"b.zh": chinese, "c.id": indonesian, "d.jv": javanese}
    pairs = [Pair("a.en", id, {"sentence": rows}) for id, rows in sides.items()]
    run = make_run(tmp_path / "run", documents, pairs)
    export_multilingual(run, tmp_path / "x.tsv", LANGUAGES)
    assert rows(tmp_path / "x.tsv") == [
        ("one…two,", "一。二。", "Satu dua.", "0.9000"),
        ("three four", "三。四。", "Tiga empat.", "0.9000"),
        ("Five.", "五。", "Lima.", "0.9000"),
    ]
    export_multilingual(run, tmp_path / "y.tsv", (*LANGUAGES, "jv"))
    first, second = read_table(tmp_path / "y.tsv")
    assert (first["en"], first["en_positions"], first["jv"]) == ("one…two, three four", "p0s0", "siji")
    assert second["jv_positions"] == "p1s0"
    export_multilingual(run, tmp_path / "z.tsv", ("en", "zh", "jv"))
    assert [row["en"] for row in read_table(tmp_path / "z.tsv")] == ["one…two, three four", "Five."]


@pytest.mark.parametrize(("languages", "format"), [(("en", "zh", "en"), "tsv"), (LANGUAGES, "xliff")])
def test_what_does_not_go_together(
    corpus: CorpusFolder, tmp_path: Path, languages: Sequence[str], format: str
) -> None:
    with pytest.raises(UsageError):
        export_multilingual(corpus, tmp_path / "x", languages, format=format)
