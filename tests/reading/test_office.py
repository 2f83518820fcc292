"""DOCX, ODT and EPUB, as word processors write them."""

# ruff: noqa: E501

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from align.errors import InputError
from align.reading import ReadOptions, read_batch, read_one
from align.reading.office import paragraphs_of

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
WORD = f"""<?xml version="1.0"?><w:document {W} {MC}><w:body>
<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>First </w:t></w:r><w:r><w:t>paragraph</w:t><w:tab/><w:t>here.</w:t></w:r></w:p>
<w:p><w:ins><w:r><w:t>Added,</w:t></w:r></w:ins><w:del><w:r><w:delText>gone,</w:delText></w:r></w:del><w:r><w:t xml:space="preserve"> kept.</w:t></w:r></w:p>
<w:p/>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Cell one</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Cell two</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p><w:r><w:t>Beside a box.</w:t><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent></mc:Choice>
<mc:Fallback><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:r></w:p>
</w:body></w:document>"""
OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
OPEN = f"""<?xml version="1.0"?><office:document-content {OFFICE}><office:body><office:text>
<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>
<text:h>A heading</text:h>
<text:p>Two<text:s text:c="2"/>spaces, <text:span>a span</text:span> and<text:line-break/>a new line.<office:annotation><text:p>Said of it.</text:p></office:annotation></text:p>
<text:list><text:list-item><text:p>An item</text:p></text:list-item></text:list>
</office:text></office:body></office:document-content>"""
CHAPTER = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>No</title>
<style>p {{}}</style></head><body><h1>{}</h1><p>One&nbsp;line
of <i>text</i>.<br/>Another.</p><script>no()</script><div>In a <b>div</b><p>and a p</p>behind</div></body></html>"""


def archive(parts: dict[str, str], first: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        if first:
            file.writestr("mimetype", first, zipfile.ZIP_STORED)
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


DOCX = archive({"[Content_Types].xml": "<Types/>", "_rels/.rels": "<R/>", "word/document.xml": WORD})
ODT = archive({"content.xml": OPEN, "meta.xml": "<m/>"}, "application/vnd.oasis.opendocument.text")
EPUB = archive(
    {
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/x.opf"/></rootfiles></container>',
        "OEBPS/x.opf": """<package><manifest><item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="b" href="b%20.xhtml" media-type="application/xhtml+xml"/><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>
<item id="p" href="p.png" media-type="image/png"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="p"/><itemref idref="b"/><itemref idref="missing"/></spine></package>""",
        "OEBPS/nav.xhtml": "<html><body><p>Contents</p></body></html>",
        "OEBPS/a.xhtml": CHAPTER.format("Größe"),
        "OEBPS/b .xhtml": CHAPTER.format("二"),
    },
    "application/epub+zip",
)
IN_CHAPTER = ["One line of text.", "Another.", "In a div", "and a p", "behind"]
EXPECTED = {
    "x.docx": [
        "First paragraph\there.",
        "Added, kept.",
        "Cell one",
        "Cell two",
        "Beside a box.",
        "In the box.",
    ],
    "x.odt": ["A heading", "Two  spaces, a span and", "a new line.", "An item"],
    "x.epub": ["Größe", *IN_CHAPTER, "二", *IN_CHAPTER],
}
DATA = {"x.docx": DOCX, "x.odt": ODT, "x.epub": EPUB}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("named", [True, False])
def test_documents_of_word_processors(tmp_path: Path, name: str, named: bool) -> None:
    path = tmp_path / (name if named else "x.bin")
    path.write_bytes(DATA[name])
    assert read_one(path).split("\n") == EXPECTED[name]


def test_what_is_no_document(tmp_path: Path) -> None:
    for data in (DOCX[:200], archive({"a.txt": "x"}), archive({"word/document.xml": "<w:document"})):
        with pytest.raises(InputError):
            paragraphs_of(data, 1 << 20)
    (tmp_path / "x.docx").write_bytes(b"no archive")
    (tmp_path / "z.zip").write_bytes(archive({"a.txt": "x", "password/b.txt": "y", "word/c.txt": "z"}))
    (tmp_path / "y.xlsx").write_bytes(archive({"[Content_Types].xml": "<T/>", "xl/workbook.xml": "<w/>"}))
    first, second, third = (row for batch in read_batch(tmp_path) for row in batch.to_pylist())
    assert "cannot be unpacked" in first["problem"]
    assert "is a binary file" in second["problem"]
    assert "unpack it first" in third["problem"]


def test_archives_that_unfold(tmp_path: Path) -> None:
    large = archive({"word/document.xml": WORD.replace("First", "word " * 2_000_000)})
    assert len(large) < 100_000
    (tmp_path / "x.docx").write_bytes(large)
    (row,) = (r for b in read_batch(tmp_path, options=ReadOptions(max_bytes=1 << 20)) for r in b.to_pylist())
    assert row["problem"] == "holds more than 1 MB; split it, or raise --max-document"


def test_entities_are_not_unfolded() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "x"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = WORD.replace("<w:document", bomb + "<w:document", 1).replace("First", "&a;&f;")
    assert "root:" not in paragraphs_of(archive({"word/document.xml": text}), 1 << 20)
