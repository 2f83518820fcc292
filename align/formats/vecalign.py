"""Vecalign's alignment lines, ``[0]:[0, 1]:0.9531``: indices only, so units are lines or paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from align._internal.files import output
from align.document import parse_position
from align.errors import UsageError
from align.formats.bitext import Bitext, Written


def write_vecalign(path: str | Path, bitexts: Sequence[Bitext]) -> Written:
    """One line a bead, gaps included. The last field is our confidence where Vecalign writes its cost.

    Raises:
        UsageError: a position is that of a sentence in its paragraph, or the lines would mix several pairs.
    """
    if len(bitexts) > 1:
        raise UsageError(f"--format beads names no documents and there are {len(bitexts)} pairs; use tsv")
    count = 0
    with output(path) as stream:
        for bitext in bitexts:
            for row in bitext.rows:
                source, target = _indices(row.source_positions), _indices(row.target_positions)
                stream.write(f"{source}:{target}:{row.confidence:.4f}\n")
                count += 1
    return Written(count, 0, (str(path),))


def _indices(positions: Sequence[str]) -> list[int]:
    try:
        return [number for (number,) in map(parse_position, positions)]
    except ValueError:
        raise UsageError(
            f"--format beads needs lines or paragraphs as units, not positions such as {positions[0]}; use tsv"
        ) from None
