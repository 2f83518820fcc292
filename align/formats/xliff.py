"""XLIFF 2.0: one ``file`` for each pair of documents, one ``unit`` for each bead, its origin as notes.

Source: XLIFF Version 2.0, OASIS Standard, 2014. A file has one source and one target
language; gaps are left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from align._internal.files import output
from align.errors import InputError, UsageError
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Written
from align.text.languages import UNDETERMINED

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def write_xliff(path: str | Path, bitexts: Sequence[Bitext]) -> Written:
    """Writes the beads that have both sides.

    Raises:
        UsageError: the bitexts have several pairs of languages.
        InputError: they have not one bead with both sides.
    """
    from lxml import etree

    source, target = _languages(bitexts)
    count = gaps = 0
    with output(path, binary=True) as stream, etree.xmlfile(stream, encoding="utf-8", close=False) as xml:
        xml.write_declaration()
        attributes = {"version": "2.0", "srcLang": source, "trgLang": target}
        with xml.element("xliff", attributes, nsmap={None: NAMESPACE}):
            for number, bitext in enumerate(bitexts):
                with ExitStack() as file:  # opened by its first unit: a file without one is not valid
                    empty = True
                    for row in bitext.rows:
                        if row.is_gap:
                            gaps += 1
                            continue
                        if empty:
                            file.enter_context(xml.element("file", _file(bitext, number)))
                            empty = False
                        xml.write("\n")
                        xml.write(_unit(etree, row, bitext))
                        count += 1
            xml.write("\n")
        if not count:
            raise InputError(f"{path}: no bead with both sides is left to write, and XLIFF cannot be empty")
    return Written(count, gaps, (str(path),))


def _languages(bitexts: Sequence[Bitext]) -> tuple[str, str]:
    pairs = sorted({(bitext.source_language, bitext.target_language) for bitext in bitexts})
    if len(pairs) > 1:
        found = ", ".join("-".join(pair) for pair in pairs)
        raise UsageError(f"XLIFF holds one pair of languages and there are {found}; choose with --languages")
    return pairs[0] if pairs else (UNDETERMINED, UNDETERMINED)


def _file(bitext: Bitext, number: int) -> dict[str, str]:
    name = {"original": bitext.source_document} if bitext.source_document else {}
    return {"id": f"f{number}", **name}


def _unit(etree: Any, row: BeadRow, bitext: Bitext) -> Any:
    unit = etree.Element("unit", id=f"u{row.bead}")
    notes = etree.SubElement(unit, "notes")
    for category, value in (
        ("target-document", bitext.target_document),
        ("source-positions", " ".join(row.source_positions)),
        ("target-positions", " ".join(row.target_positions)),
        ("type", row.type),
        ("confidence", f"{row.confidence:.4f}"),
        ("reordered", "yes" if row.reordered else ""),
    ):
        if value:
            etree.SubElement(notes, "note", category=category).text = value
    segment = etree.SubElement(
        unit, "segment", state="reviewed" if row.review == "accepted" else "translated"
    )
    for name, text in (("source", row.source), ("target", row.target)):
        etree.SubElement(segment, name, {_SPACE: "preserve"}).text = text
    return unit
