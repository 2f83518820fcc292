"""JSON lines in the shape that Hugging Face's ``datasets`` calls ``translation``; gaps kept, with null on one side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from align._internal.files import output
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Written


def write_jsonl(path: str | Path, bitexts: Sequence[Bitext]) -> Written:
    """One object a bead: ``{"translation": {"en": ..., "zh": ...}, ...}`` and where it comes from."""
    count = 0
    with output(path) as stream:
        for bitext in bitexts:
            for row in bitext.rows:
                stream.write(json.dumps(_record(row, bitext), ensure_ascii=False) + "\n")
                count += 1
    return Written(count, 0, (str(path),))


def translation_keys(bitext: Bitext) -> tuple[str, str]:
    """The languages as keys; within one language the target is a private variant (``en-x-target``)."""
    source, target = bitext.source_language, bitext.target_language
    return source, f"{target}-x-target" if target == source else target


def _record(row: BeadRow, bitext: Bitext) -> dict[str, Any]:
    source, target = translation_keys(bitext)
    return {
        "translation": {
            source: row.source if row.source_positions else None,
            target: row.target if row.target_positions else None,
        },
        "source_document": bitext.source_document,
        "target_document": bitext.target_document,
        "bead": row.bead,
        "type": row.type,
        "source_positions": row.source_positions,
        "target_positions": row.target_positions,
        "confidence": round(row.confidence, 4),
        "review": row.review,
        "reviewer": row.reviewer,
        "reviewed": row.reviewed,
        "reordered": row.reordered,
        **({"checks": row.checks} if bitext.checked else {}),
    }
