"""Each format gives back all it can carry, whatever the texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from align._internal.tables import read_table
from align.document import Document
from align.errors import InputError, OutputError, UsageError
from align.formats.beads import BeadRow, read_tsv
from align.formats.bitext import Bitext
from align.formats.registry import FORMATS, format_of, write_beads, write_bitexts
from align.formats.tsv import CORPUS_COLUMNS
from align.text.clean import clean

from .hostile import HOSTILE, rows

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DTD = Path(__file__).with_name("tmx14.dtd")
XLIFF = Path(__file__).with_name("xliff20.rng")
each_time = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def as_cleaned(beads: Sequence[BeadRow]) -> list[BeadRow]:
    return [replace(row, source=clean(row.source), target=clean(row.target)) for row in beads]


def both_sides(beads: Sequence[BeadRow]) -> list[BeadRow]:
    return [row for row in as_cleaned(beads) if not row.is_gap]


@pytest.mark.slow
@given(rows())
@each_time
def test_tsv_gives_every_bead_back(tmp_path: Path, beads: list[BeadRow]) -> None:
    written = write_beads(tmp_path / "x.tsv", beads)
    assert (written.beads, written.gaps) == (len(beads), 0)
    assert list(read_tsv(tmp_path / "x.tsv")) == as_cleaned(beads)


@pytest.mark.slow
@given(rows())
@each_time
def test_a_corpus_tsv_names_the_documents(tmp_path: Path, beads: list[BeadRow]) -> None:
    write_beads(tmp_path / "x.tsv", beads, source_document="a\tb", target_document="c", source_language="en")
    found = list(read_table(tmp_path / "x.tsv"))
    assert list(read_tsv(tmp_path / "x.tsv")) == as_cleaned(beads)
    assert all(row["source_document"] == "a\tb" and row["target_language"] == "und" for row in found)


def test_the_columns_are_laid_down() -> None:
    """A new column may be appended; these keep their names, places and meaning."""
    assert CORPUS_COLUMNS[:15] == (
        "source_document", "target_document", "source_language", "target_language",
        "bead", "type", "source_positions", "target_positions", "confidence", "source", "target",
        "review", "reviewer", "reviewed", "reordered",
    )  # fmt: skip


def test_reordered_goes_with_every_format_that_can_say_so(tmp_path: Path) -> None:
    beads = [BeadRow(0, "1-1", ("p0",), ("p1",), 1.0, "a", "b", reordered=True)]
    beads += [BeadRow(1, "1-1", ("p1",), ("p0",), 1.0, "c", "d")]
    languages = {"source_language": "en", "target_language": "zh"}
    for format in ("tsv", "jsonl", "parquet", "tmx", "xliff"):
        write_beads(tmp_path / f"x.{format}", beads, source_document="s", format=format, **languages)
    assert [row["reordered"] for row in read_table(tmp_path / "x.tsv")] == ["yes", "no"]
    lines = (tmp_path / "x.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["reordered"] for line in lines] == [True, False]
    assert pq.read_table(tmp_path / "x.parquet")["reordered"].to_pylist() == [True, False]
    units = etree.parse(tmp_path / "x.tmx").iterfind(".//tu")
    assert [unit.findtext("prop[@type='x-reordered']") for unit in units] == ["yes", None]
    notes = etree.parse(tmp_path / "x.xliff").iterfind(".//{*}notes")
    assert [unit.findtext("{*}note[@category='reordered']") for unit in notes] == ["yes", None]


@pytest.mark.slow
@given(rows())
@each_time
def test_tmx_is_valid_and_gives_every_bead_back(tmp_path: Path, beads: list[BeadRow]) -> None:
    written = write_beads(
        tmp_path / "x.tmx", beads, source_language="en", target_language="zh_hans", source_document="s&<"
    )
    assert written.gaps == len(beads) - written.beads
    tree = etree.parse(tmp_path / "x.tmx")
    dtd = etree.DTD(str(DTD))
    assert dtd.validate(tree), dtd.error_log
    assert list(tmx_rows(tree)) == both_sides(beads)
    assert tree.docinfo.system_url == "tmx14.dtd"
    assert all(p.text == "s&<" for p in tree.iterfind(".//prop[@type='x-source-document']"))


def tmx_rows(tree: etree._ElementTree) -> Iterator[BeadRow]:
    for unit in tree.iterfind(".//tu"):
        prop = {str(p.get("type")): p.text or "" for p in unit.iterfind("prop")}
        text = {str(v.get(LANG)): v.findtext("seg") or "" for v in unit.iterfind("tuv")}
        yield BeadRow(
            int(prop["x-bead"]),
            prop["x-type"],
            tuple(prop["x-source-positions"].split()),
            tuple(prop["x-target-positions"].split()),
            float(prop["x-confidence"]),
            text["en"],
            text["zh-Hans"],
            prop.get("x-reordered") == "yes",
        )


@pytest.mark.slow
@given(rows())
@each_time
def test_translate_toolkit_reads_the_same_from_tmx(tmp_path: Path, beads: list[BeadRow]) -> None:
    tmx = pytest.importorskip("translate.storage.tmx", reason="pip install translate-toolkit")
    write_beads(tmp_path / "x.tmx", beads, source_language="en", target_language="zh")
    with open(tmp_path / "x.tmx", "rb") as stream:
        store = tmx.tmxfile(stream, "en", "zh")
    found = [(unit.source or "", unit.target or "") for unit in store.units]
    assert found == [(row.source, row.target) for row in both_sides(beads)]


@pytest.mark.slow
@given(rows())
@each_time
def test_jsonl_gives_every_bead_back(tmp_path: Path, beads: list[BeadRow]) -> None:
    write_beads(tmp_path / "x.jsonl", beads, source_language="en", target_language="ar")
    lines = (tmp_path / "x.jsonl").read_text("utf-8").split("\n")
    found = [json.loads(line) for line in lines[:-1]]
    assert [
        BeadRow(
            r["bead"],
            r["type"],
            tuple(r["source_positions"]),
            tuple(r["target_positions"]),
            r["confidence"],
            r["translation"]["en"] or "",
            r["translation"]["ar"] or "",
            r["reordered"],
        )
        for r in found
    ] == as_cleaned(beads)
    assert all((r["translation"]["en"] is None) == (not r["source_positions"]) for r in found)


def test_jsonl_keeps_two_texts_of_one_language_apart(tmp_path: Path) -> None:
    bead = BeadRow(0, "1-1", ("0",), ("0",), 1.0, "colour", "color")
    write_beads(tmp_path / "x.jsonl", [bead], source_language="en", target_language="en")
    record = json.loads((tmp_path / "x.jsonl").read_text("utf-8"))
    assert record["translation"] == {"en": "colour", "en-x-target": "color"}


@pytest.mark.slow
@given(rows())
@each_time
def test_parquet_gives_every_bead_back(tmp_path: Path, beads: list[BeadRow]) -> None:
    write_beads(tmp_path / "x.parquet", beads, source_language="en", target_document="t")
    found = pq.read_table(tmp_path / "x.parquet").to_pylist()
    names = ("source_positions", "target_positions")
    keys = ("bead", "type", "confidence", "source", "target", "reordered")
    assert [
        BeadRow(**{k: r[k] for k in keys}, **{k: tuple(r[k]) for k in names}) for r in found
    ] == as_cleaned(beads)
    assert all((r["source_language"], r["target_document"]) == ("en", "t") for r in found)


@pytest.mark.slow
@given(rows())
@each_time
def test_moses_files_are_line_aligned(tmp_path: Path, beads: list[BeadRow]) -> None:
    written = write_beads(tmp_path / "x", beads, format="moses", source_language="zh", target_language="en")
    assert written.files == (f"{tmp_path}/x.en-zh.en", f"{tmp_path}/x.en-zh.zh")
    english, chinese = (Path(name).read_text("utf-8").splitlines() for name in written.files)
    kept = both_sides(beads)
    flat = re.compile("[\t ]*\n+[\t ]*")
    assert chinese == [flat.sub(" ", row.source) for row in kept]
    assert english == [flat.sub(" ", row.target) for row in kept]
    assert (written.beads, written.gaps) == (len(kept), len(beads) - len(kept))


def test_moses_folds_both_directions_into_one_corpus(tmp_path: Path) -> None:
    bead = BeadRow(0, "1-1", ("0",), ("0",), 1.0, "one", "eins")
    back = BeadRow(0, "1-1", ("0",), ("0",), 1.0, "zwei", "two")
    texts = [Bitext([bead], "en", "de"), Bitext([back], "de", "en"), Bitext([bead], "en", "en")]
    written = write_bitexts(tmp_path / "c.moses", texts)
    assert {Path(name).name: Path(name).read_text() for name in written.files} == {
        "c.de-en.de": "eins\nzwei\n",
        "c.de-en.en": "one\ntwo\n",
        "c.en-en.source": "one\n",
        "c.en-en.target": "eins\n",
    }
    with pytest.raises(UsageError, match="cannot go to standard output"):
        write_bitexts("-", texts, format="moses")


def is_unique(ids: list[str]) -> bool:
    return len(ids) == len(set(ids))


@given(rows())
@each_time
def test_translate_toolkit_reads_the_same_from_xliff(tmp_path: Path, beads: list[BeadRow]) -> None:
    xliff = pytest.importorskip("translate.storage.xliff2", reason="pip install translate-toolkit")
    if not both_sides(beads):
        return
    write_beads(tmp_path / "x.xlf", beads, source_language="en", target_language="zh")
    store = xliff.Xliff2File.parsestring((tmp_path / "x.xlf").read_bytes())
    found = [(unit.source or "", unit.target or "") for unit in store.units]
    assert found == [(row.source, row.target) for row in both_sides(beads)]


@pytest.mark.slow
@given(rows().filter(lambda beads: any(not row.is_gap for row in beads)))
@each_time
def test_xliff_gives_every_bead_back(tmp_path: Path, beads: list[BeadRow]) -> None:
    written = write_beads(
        tmp_path / "x.xlf", beads, source_language="en", target_language="zh", source_document="d"
    )
    name = {"x": "urn:oasis:names:tc:xliff:document:2.0"}
    tree = etree.parse(tmp_path / "x.xlf")
    schema = etree.RelaxNG(etree.parse(str(XLIFF)))
    assert schema.validate(tree), schema.error_log
    assert is_unique([str(unit.get("id")) for unit in tree.iterfind(".//x:unit", name)])
    root = tree.getroot()
    assert (root.get("version"), root.get("srcLang"), root.get("trgLang")) == ("2.0", "en", "zh")
    found = [
        (
            unit.findtext("x:segment/x:source", namespaces=name) or "",
            unit.findtext("x:segment/x:target", namespaces=name) or "",
            unit.findtext("x:notes/x:note[@category='source-positions']", namespaces=name),
            unit.findtext("x:notes/x:note[@category='confidence']", namespaces=name),
        )
        for unit in tree.iterfind(".//x:unit", name)
    ]
    assert found == [
        (r.source, r.target, " ".join(r.source_positions), f"{r.confidence:.4f}") for r in both_sides(beads)
    ]
    assert written.beads == len(found)


def test_several_pairs_in_one_xliff_are_valid(tmp_path: Path) -> None:
    bead = BeadRow(
        0,
        "1-1",
        ("0",),
        ("0",),
        0.5,
        "a",
        "b",
        review="accepted",
        reviewer="me",
        reviewed="2026-01-01T00:00:00Z",
    )
    gap = BeadRow(1, "1-0", ("1",), (), 0.5, "a", "")
    texts = [
        Bitext([bead, gap], "en", "zh-Hant"),
        Bitext([gap], "en", "zh-Hant"),
        Bitext([bead], "en", "zh-Hant"),
    ]
    written = write_bitexts(tmp_path / "x.xlf", texts)
    assert (written.beads, written.gaps) == (2, 2)
    schema, tree = etree.RelaxNG(etree.parse(str(XLIFF))), etree.parse(tmp_path / "x.xlf")
    assert schema.validate(tree), schema.error_log
    files = [str(e.get("id")) for e in tree.iterfind("{*}file")]
    assert len(files) == 2
    assert is_unique(files)
    assert [e.get("state") for e in tree.iterfind(".//{*}segment")] == ["reviewed", "reviewed"]


def test_xliff_holds_one_pair_of_languages(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="en-de, en-zh; choose with --languages"):
        write_bitexts(tmp_path / "x.xlf", [Bitext([], "en", "zh"), Bitext([], "en", "de")])
    with pytest.raises(InputError, match="no bead with both sides"):
        write_bitexts(tmp_path / "x.xlf", [Bitext([], "en", "zh")])
    assert list(tmp_path.iterdir()) == []


def test_vecalign_lines(tmp_path: Path) -> None:
    beads = [
        BeadRow(0, "1-2", ("3",), ("4", "5"), 0.95312, "a", "b c"),
        BeadRow(1, "1-0", ("4",), (), 0.5, "d", ""),
    ]
    write_beads(tmp_path / "x.beads", beads)
    assert (tmp_path / "x.beads").read_text() == "[3]:[4, 5]:0.9531\n[4]:[]:0.5000\n"
    with pytest.raises(UsageError, match=r"lines or paragraphs as units, not positions such as p7s2"):
        write_beads(tmp_path / "y.beads", [BeadRow(0, "1-1", ("p7s2",), ("p0s1",), 1.0, "a", "b")])
    assert not (tmp_path / "y.beads").exists()
    write_beads(tmp_path / "z.beads", [BeadRow(0, "1-2", ("p7",), ("p0", "p1"), 1.0, "a", "b")])
    assert (tmp_path / "z.beads").read_text() == "[7]:[0, 1]:1.0000\n"


@pytest.mark.parametrize("format", FORMATS)
def test_a_real_article_streams_and_is_deterministic(tmp_path: Path, seeds: Path, format: str) -> None:
    document = Document.from_text("d", (seeds / "002_0a687ad9dad331a4.txt").read_text("utf-8"))

    def stream() -> Iterator[BeadRow]:
        for number, paragraph in enumerate(document.paragraphs):
            position = (f"p{number}",)
            yield BeadRow(number, "1-1", position, position, 0.5, paragraph.text, "译")

    first, again = (
        write_beads(tmp_path / name, stream(), format=format, source_language="en", target_language="zh")
        for name in ("one", "two")
    )
    assert first.beads == len(document.paragraphs) > 100
    assert [Path(f).read_bytes() for f in first.files] == [Path(f).read_bytes() for f in again.files]
    size = sum(len(Path(f).read_bytes()) for f in first.files)
    assert size > len(document.text.encode()) or format in ("parquet", "beads")


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_left_of_an_interrupted_export(tmp_path: Path, format: str) -> None:
    def broken() -> Iterator[BeadRow]:
        yield BeadRow(0, "1-1", ("0",), ("0",), 1.0, "a", "b")
        raise OutputError("the disk is full")

    with pytest.raises(OutputError, match="the disk is full"):
        write_beads(tmp_path / "x", broken(), format=format)
    assert list(tmp_path.iterdir()) == []


def test_the_first_position_tells_sentences_from_paragraphs(tmp_path: Path) -> None:
    for position, expected in (("p7s2", "sentence"), ("p7", "paragraph"), ("7", "paragraph")):
        write_beads(tmp_path / "x.tmx", [BeadRow(0, "0-1", (), (position,), 1.0, "", "b")])
        assert etree.parse(tmp_path / "x.tmx").find("header").get("segtype") == expected
    languages = [Bitext([], "en", "zh"), Bitext([], "id", "zh")]
    write_bitexts(tmp_path / "x.tmx", languages)
    assert etree.parse(tmp_path / "x.tmx").find("header").get("srclang") == "*all*"


@pytest.mark.parametrize(("code", "tag"), [(None, "und"), ("", "und"), ("und", "und"), ("pt_br", "pt-BR")])
def test_languages_are_told_as_bcp_47(code: str | None, tag: str, tmp_path: Path) -> None:
    write_beads(tmp_path / "x.tmx", [BeadRow(0, "1-1", ("0",), ("0",), 1.0, "a", "b")], source_language=code)
    assert etree.parse(tmp_path / "x.tmx").find("header").get("srclang") == tag


def test_what_is_no_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no language code"):
        write_beads(
            tmp_path / "x.tmx", [BeadRow(0, "1-1", ("0",), ("0",), 1.0, "a", "b")], source_language="../x"
        )


def test_endings() -> None:
    assert format_of("a.b/x.TMX") == "tmx"
    assert format_of("-") == "tsv"
    with pytest.raises(UsageError, match=r"x\.docx: the ending \.docx stands for no format"):
        format_of("x.docx")
    with pytest.raises(UsageError, match="unknown format 'csv'"):
        write_beads("x", [], format="csv")


def test_the_hostile_texts_are_hostile() -> None:
    assert any(clean(text) != text for text in HOSTILE)
