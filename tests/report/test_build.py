from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree
from lxml import html as lxml_html

from align.corpus.folder import CorpusFolder
from align.errors import EncoderError, InputError, OutputError
from align.formats.beads import write_tsv
from align.report import ReportOptions, write_report
from align.review import reviewed_rows

from ..run_builder import Pair, bead, make_run


def pages(run: CorpusFolder) -> list[Path]:
    return sorted((run.path / "report").rglob("*.html"))


def tree(path: Path) -> etree._Element:
    return lxml_html.document_fromstring(path.read_text("utf-8"))


def test_every_document_and_bead_is_there(run: CorpusFolder) -> None:
    report = write_report(run)
    assert (report.pairs, report.duplicates, report.not_aligned, report.notes) == (1, 1, (), ())
    index = tree(report.index)
    listed = index.xpath("//*[@id='list-documents']/*/*")
    assert len(listed) == len(run.documents) == 6
    text = index.text_content()
    for document in run.documents:
        assert document.document in text
    for word in ("not a text", "copy of/000.txt", "110–114", "2 clusters", "removed as duplicate", "cut"):
        assert word in text
    (pair,) = run.pairs
    page = tree(run.path / "report" / "pairs" / f"{pair.file}.html")
    for level in ("sentence", "paragraph"):
        rows = page.xpath(f"//*[@data-panel='{level}']//*[@class='list']/*/*[@role='row']")
        beads = list(run.beads(pair, level))
        assert len(rows) == len(beads)
        for row, expected in zip(rows, beads, strict=True):
            cells = [cell.xpath("string(p)") for cell in row.xpath("*[@role='cell']")]
            assert cells == [expected.source, expected.target]
            assert expected.type in row.text_content()


def test_what_the_aligner_calls_reordered_is_so_everywhere(tmp_path: Path) -> None:
    """Two halves that changed places can be seen either way; the file, the report and the review say the same."""
    order = [4, 5, 6, 7, 0, 1, 2, 3]
    rows = [
        replace(bead(i, f"s{i}", f"t{i}"), target_positions=(f"p{j}s0",), reordered=i >= 4)
        for i, j in enumerate(order)
    ]
    texts = {
        "a": ("en", "\n".join(f"s{i}" for i in range(8))),
        "b": ("zh", "\n".join(f"t{i}" for i in range(8))),
    }
    run = make_run(tmp_path, texts, [Pair("a", "b", {"sentence": rows})])
    write_report(run)
    (pair,) = run.pairs
    page = tree(run.path / "report" / "pairs" / f"{pair.file}.html")
    marked = page.xpath("//*[@role='row'][.//*[@class='reordered']]/@id")
    assert marked == ["s4", "s5", "s6", "s7"]
    reviewed = [f"s{r.row.bead}" for r in reviewed_rows(run, pair, "sentence") if r.row.reordered]
    assert reviewed == marked


def test_the_worst_beads_come_first_and_are_linked(tmp_path: Path) -> None:
    """Gaps are doubtful like beads, a reviewer's word settles it, and no pair fills the whole list."""
    bad = [bead(i, f"s{i}", "" if i % 2 else f"t{i}", 0.2 + i / 100) for i in range(9)]
    good = [
        bead(0, "s0", "t0", 0.99),
        bead(1, "", "t1", 0.1),
        bead(2, "s2", "t2", 0.69),
        bead(3, "s3", "t3", 0.7),
    ]
    texts = {id: ("en" if id < "c" else "zh", "x") for id in "abcd"}
    run = make_run(tmp_path, texts, [Pair("a", "c", {"sentence": bad}), Pair("b", "d", {"sentence": good})])
    write_report(run)
    rows = tree(run.path / "report" / "index.html").xpath("//*[@id='list-looks']//*[@role='row']")
    first, second = (pair.file for pair in run.pairs)
    links = [row.xpath(".//a/@href")[0] for row in rows]
    worst = [f"pairs/{second}.html#s1", *(f"pairs/{first}.html#s{i}" for i in range(5))]
    assert links == [*worst, f"pairs/{second}.html#s2"]
    assert "no counterpart" in rows[0].text_content()


def test_links_lead_somewhere(run: CorpusFolder, evil_run: CorpusFolder) -> None:
    for folder in (run, evil_run):
        write_report(folder)
        for path in pages(folder):
            page = tree(path)
            for link in page.xpath("//a/@href"):
                target, _, fragment = str(link).partition("#")
                file = (path.parent / unquote(target)) if target else path
                assert file.resolve().is_file(), f"{path.name}: {link}"
                if fragment:
                    assert tree(file).xpath("//*[@id=$id]", id=fragment), f"{path.name}: {link}"


def test_pages_load_nothing_and_run_only_their_own_script(run: CorpusFolder) -> None:
    write_report(run)
    for path in pages(run):
        source = path.read_text("utf-8")
        policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', source)[1])  # type: ignore[index]
        assert policy.startswith("default-src 'none'; ")
        for tag, directive in (("script", "script-src"), ("style", "style-src")):
            (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{directive} 'sha256-{digest}'" in policy
        page = tree(path)
        assert not page.xpath("//*[@src or @style or @onclick]")
        assert all(str(href).startswith("data:") for href in page.xpath("//link/@href"))
        values = [str(value) for value in page.xpath("//@*")] + page.xpath("//style/text() | //script/text()")
        assert not any(re.search(r"https?:|url\(|@import", value) for value in values)


def test_text_is_text(evil_run: CorpusFolder) -> None:
    """What tries to be markup stays text: no element comes from a document, and every text is there in full."""
    report = write_report(evil_run)
    assert report.duplicates == 1
    for path in pages(evil_run):
        page = tree(path)
        assert not page.xpath(
            "//img | //i[not(ancestor::*[@role='rowheader'])] | //b[not(ancestor::*[@role='rowheader'])]"
        )
        scripts = page.xpath("//script[not(@type)]")
        assert len(scripts) == 1
        for block in page.xpath("//script[@type='application/json']"):
            json.loads(block.text)
    page = tree(evil_run.path / "report" / "pairs" / f"{evil_run.pairs[0].file}.html")
    (row, *_) = evil_run.beads(evil_run.pairs[0], "sentence")
    assert page.xpath("string(//*[@id='s0']//*[@role='cell'][1]/p)") == row.source


def test_the_same_run_gives_the_same_bytes(run: CorpusFolder) -> None:
    write_report(run)
    first = {path: path.read_bytes() for path in pages(run)}
    write_report(CorpusFolder(run.path))
    assert {path: path.read_bytes() for path in pages(run)} == first


def test_an_unfinished_run_says_so(tmp_path: Path) -> None:
    rows = {"sentence": [bead(0, "a", "b")], "paragraph": [bead(0, "a", "b")]}
    documents = dict.fromkeys("abcd", ("en", "a"))
    run = make_run(tmp_path, documents, [Pair("a", "b", rows), Pair("c", "d", {})], finished=False)
    report = write_report(run)
    assert [pair.source for pair in report.not_aligned] == ["c"]
    text = tree(report.index).text_content()
    assert "This run is not finished" in text
    assert "not aligned" in text
    for name in ("pairs.tsv", "duplicates.tsv", "clusters.tsv", "repeats.tsv", "documents.tsv"):
        (tmp_path / name).unlink()
    report = write_report(CorpusFolder(tmp_path))
    assert report.pairs == 0
    assert list((tmp_path / "report" / "pairs").iterdir()) == []  # what was there is no longer so


def test_a_pair_without_a_single_bead_has_a_page(tmp_path: Path) -> None:
    run = make_run(tmp_path, {"a": ("", ""), "b": ("zz-??", "")}, [Pair("a", "b", {"sentence": []})])
    assert write_report(run).pairs == 1


def test_the_least_alike_duplicates_come_first(tmp_path: Path) -> None:
    documents = {f"d{i}": ("en", f"text number {i}") for i in range(6)}
    near = [("d0", f"d{i}", 0.7 + i / 20, "near") for i in range(1, 6)]
    run = make_run(tmp_path, documents, duplicates=near)
    report = write_report(run, ReportOptions(max_duplicates=2))
    assert report.duplicates == 2
    names = [path.name for path in (tmp_path / "report" / "duplicates").iterdir()]
    assert sorted(names) == ["d0--d1.html", "d0--d2.html"]


def test_without_words(run: CorpusFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report(run, ReportOptions(words=False))
    page = tree(run.path / "report" / "pairs" / f"{run.pairs[0].file}.html")
    assert json.loads(page.xpath("string(//*[@id='data-sentence'])"))["words"] is None
    assert not page.xpath("//*[local-name()='image']")

    def gone(_: object, texts: object) -> None:
        raise EncoderError("the table is gone")

    monkeypatch.setattr("align.encoders.lexicon.Lexicon.ids", gone)
    assert write_report(run).notes == ("no word evidence: the table is gone",)


def test_altered_files_are_named(run: CorpusFolder) -> None:
    file = run.bead_file(run.pairs[0], "sentence")
    kept = file.read_text("utf-8")
    file.write_text(kept + "nonsense\n", "utf-8")
    with pytest.raises(InputError, match="1 cells where the header has 8"):
        write_report(run)
    file.write_text(kept, "utf-8")
    (run.path / "documents.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match=r"documents\.parquet: cannot be read"):
        write_report(run)


def test_a_file_in_the_way_is_an_error(run: CorpusFolder) -> None:
    (run.path / "report").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(run)


def test_positions_that_were_altered_are_named(tmp_path: Path) -> None:
    run = make_run(
        tmp_path, {"a": ("en", "a"), "b": ("zh", "b")}, [Pair("a", "b", {"sentence": [bead(0, "a", "b")]})]
    )
    rows = [bead(0, "x", "y"), bead(1, "x", "y")]
    write_tsv(run.bead_file(run.pairs[0], "sentence"), rows)
    file = run.bead_file(run.pairs[0], "sentence")
    file.write_text(file.read_text().replace("\tp1s0\t", "\t¼.x\t"))
    with pytest.raises(InputError, match=r"sentences\.tsv, line 3: not a bead \('¼\.x' is no position"):
        write_report(run)
