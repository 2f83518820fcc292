"""TMX 1.4b: the exchange format of translation memories.

Valid against ``tmx14.dtd``. A ``tu`` names its documents, positions, bead type and confidence as ``prop`` elements;
gaps have no second language and are left out and counted. Source: TMX 1.4b Specification, LISA OSCAR, 2005.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from align import __version__
from align._internal.files import output
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Segments, Written
from align.text.clean import clean

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SEGTYPES = {"sentence": "sentence", "paragraph": "paragraph", "line": "block"}


def write_tmx(path: str | Path, bitexts: Sequence[Bitext]) -> Written:
    """Writes the beads that have both sides as translation units, one a line."""
    from lxml import etree

    count = gaps = 0
    with output(path, binary=True) as stream, etree.xmlfile(stream, encoding="utf-8", close=False) as xml:
        xml.write_declaration()
        xml.write_doctype('<!DOCTYPE tmx SYSTEM "tmx14.dtd">')
        with xml.element("tmx", version="1.4"):
            sources = {bitext.source_language for bitext in bitexts}
            xml.write(etree.Element("header", header(sources, {bitext.segments for bitext in bitexts})))
            with xml.element("body"):
                for bitext in bitexts:
                    for row in bitext.rows:
                        if row.is_gap:
                            gaps += 1
                            continue
                        xml.write("\n")
                        xml.write(_unit(etree, row, bitext, count))
                        count += 1
                xml.write("\n")
    return Written(count, gaps, (str(path),))


def header(sources: set[str], units: set[Segments]) -> dict[str, str]:
    """One source language is named; several are ``*all*``, which lets a tool pick either side."""
    segments = {_SEGTYPES[unit] for unit in units}
    return {
        "creationtool": "align",
        "creationtoolversion": __version__,
        "segtype": segments.pop() if len(segments) == 1 else "block",
        "o-tmf": "align",
        "adminlang": "en",
        "srclang": min(sources) if len(sources) == 1 else "*all*",
        "datatype": "plaintext",
    }


def _unit(etree: Any, row: BeadRow, bitext: Bitext, number: int) -> Any:
    unit = etree.Element("tu", _unit_attributes(row, number))
    for kind, value in (
        ("x-source-document", bitext.source_document),
        ("x-target-document", bitext.target_document),
        ("x-source-positions", " ".join(row.source_positions)),
        ("x-target-positions", " ".join(row.target_positions)),
        ("x-bead", str(row.bead)),
        ("x-type", row.type),
        ("x-confidence", f"{row.confidence:.4f}"),
        ("x-reordered", "yes" if row.reordered else ""),
        ("x-review", row.review if row.reviewer else ""),
    ):
        if value:
            etree.SubElement(unit, "prop", type=kind).text = value
    for language, text in ((bitext.source_language, row.source), (bitext.target_language, row.target)):
        variant = etree.SubElement(unit, "tuv", {_LANG: language})
        etree.SubElement(variant, "seg").text = text
    return unit


def _unit_attributes(row: BeadRow, number: int) -> dict[str, str]:
    """The running number, and who changed the unit last and when (``20261121T194005Z``)."""
    attributes = {"tuid": str(number)}
    if row.reviewer:
        attributes["changeid"] = clean(row.reviewer)
    if row.reviewed:
        attributes["changedate"] = row.reviewed.replace("-", "").replace(":", "")
    return attributes
