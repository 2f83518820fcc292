"""One door to every format: `write_beads` for one pair of texts, `write_bitexts` for a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from align.errors import UsageError
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Segments, Written, cleaned, segments_of
from align.text.clean import clean
from align.text.languages import output_tag

# format -> (module, function): imported when asked for, since lxml and pyarrow take their time.
_WRITERS = {
    "tsv": ("tsv", "write_bitexts_tsv"),
    "tmx": ("tmx", "write_tmx"),
    "jsonl": ("jsonl", "write_jsonl"),
    "parquet": ("parquet", "write_parquet"),
    "moses": ("moses", "write_moses"),
    "xliff": ("xliff", "write_xliff"),
    "beads": ("vecalign", "write_vecalign"),
}
FORMATS = tuple(_WRITERS)
WITHOUT_GAPS = frozenset({"tmx", "moses", "xliff"})  # a gap has no second side, and these need two
WITH_CHECKS = frozenset({"tsv", "jsonl", "parquet"})  # formats with a column for what a bead fails

_EXTENSIONS = {
    ".tsv": "tsv", ".tmx": "tmx", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
    ".moses": "moses", ".xlf": "xliff", ".xliff": "xliff", ".beads": "beads",
}  # fmt: skip


def write_beads(
    path: str | Path,
    rows: Iterable[BeadRow],
    *,
    format: str | None = None,
    source_language: str | None = None,
    target_language: str | None = None,
    source_document: str = "",
    target_document: str = "",
    segments: Segments | None = None,
) -> Written:
    """Writes the beads of one pair of texts as they come; `rows` is never held.

    `path` is a file, or ``-`` for standard output (not for Moses, which writes ``path.SOURCE-TARGET.LANGUAGE``).
    `format` is one of `FORMATS`; without it the ending of `path` decides, and ``-`` is TSV. Languages that nobody
    gave are ``und`` (undetermined). With document ids TSV has the columns of a corpus. `segments` says what one
    unit is; without it the first position tells (``p7s2`` is a sentence).

    Returns:
        how many beads were written, how many gaps the format cannot carry, and the files.

    Raises:
        UsageError: an unknown format, a format the beads do not fit, or something that is no language.
        OutputError: the file cannot be written. Files are there whole or not at all.
    """
    found, rows = segments_of(rows)
    bitext = Bitext(
        rows,
        output_tag(source_language),
        output_tag(target_language),
        source_document,
        target_document,
        segments or found,
    )
    return write_bitexts(path, [bitext], format=format)


def write_bitexts(
    path: str | Path,
    bitexts: Sequence[Bitext],
    *,
    format: str | None = None,
    spreadsheet_safe: bool = False,
) -> Written:
    """Writes many bitexts into one file (Moses: two for each pair of languages), their rows as they come.

    `spreadsheet_safe` (TSV): a text that a spreadsheet would take for a formula is behind an apostrophe.

    Raises:
        UsageError, OutputError: as `write_beads`.
    """
    format = format or format_of(path)
    safe = {"spreadsheet_safe": True} if spreadsheet_safe else {}
    if safe:
        check_spreadsheet_safe(format)
    return _writer(format)(path, [_clean(bitext) for bitext in bitexts], **safe)


def check_spreadsheet_safe(format: str) -> None:
    """Raises UsageError where a format is none that a spreadsheet opens."""
    if format != "tsv":
        raise UsageError(f"--spreadsheet-safe goes with TSV; {format} is not read by spreadsheets as a table")


def files_written(path: str | Path, bitexts: Sequence[Bitext], format: str) -> tuple[str, ...]:
    """The files that `write_bitexts` would write."""
    if format != "moses":
        return (str(path),)
    from align.formats.moses import moses_files

    return moses_files(path, bitexts)


def format_of(path: str | Path) -> str:
    """The format that the ending of a path stands for; ``-`` is TSV.

    Raises:
        UsageError: the ending says nothing.
    """
    if str(path) == "-":
        return "tsv"
    ending = Path(path).suffix.lower()
    if ending not in _EXTENSIONS:
        raise UsageError(
            f"{path}: the ending {ending or '(none)'} stands for no format; give --format {'|'.join(FORMATS)}"
        )
    return _EXTENSIONS[ending]


def _writer(format: str) -> Callable[..., Written]:
    if format not in _WRITERS:
        raise UsageError(f"unknown format {format!r}; choose one of {', '.join(FORMATS)}")
    module, function = _WRITERS[format]
    writer: Callable[..., Written] = getattr(import_module(f"align.formats.{module}"), function)
    return writer


def _clean(bitext: Bitext) -> Bitext:
    return replace(
        bitext,
        rows=cleaned(bitext.rows),
        source_document=clean(bitext.source_document),
        target_document=clean(bitext.target_document),
    )
