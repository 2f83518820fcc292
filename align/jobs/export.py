"""A finished run as one corpus: which of its beads go out, and why the others do not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from align._internal.files import clear_parts, refuse_existing
from align._internal.progress import Progress, silent
from align._internal.wording import counted
from align.checks import Checker, UsualLengths, checked_names, log_ratio
from align.corpus.folder import CorpusFolder, PairEntry
from align.document import Level
from align.errors import InputError, UsageError
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Written, turned
from align.formats.registry import (
    WITH_CHECKS,
    WITHOUT_GAPS,
    check_spreadsheet_safe,
    files_written,
    format_of,
    write_bitexts,
)
from align.review.calibration import Calibration
from align.review.results import present_beads
from align.text.clean import fold
from align.text.languages import is_turned, output_tag, parse, within


@dataclass(frozen=True, slots=True)
class Selection:
    """Which beads of a run go out. What a reviewer rejected never does.

    Attributes:
        level: paragraphs or sentences.
        min_confidence: lowest confidence, as recalibrated where the run has a calibration; a bead that a reviewer
            accepted passes whatever its confidence.
        types: bead types such as 1-1; empty for all.
        languages: source and target; other pairs of languages stay, pairs that run the other way are turned.
            ``pt`` takes ``pt-BR`` and ``pt-PT``, too.
        source_language: the source of all pairs that have it, which are turned where they run the other way; other
            pairs stay as they are.
        max_length_ratio: how many times longer than usual one side may be, given the other; usual is the
            median ratio of characters of this pair of languages in the run. None for any.
        skip_identical: leave out beads with the same text on both sides (case and width aside).
        unique: leave out beads whose two texts came before, in whichever document.
        reviewed_only: only beads that a reviewer accepted.
        checks: say of each bead which checks it fails (TSV, JSONL, Parquet), beside all beads of the run.
        skip_checks: names of checks that are not made.
    """

    level: Level = "sentence"
    min_confidence: float = 0.0
    types: frozenset[str] = frozenset()
    languages: tuple[str, str] | None = None
    source_language: str | None = None
    max_length_ratio: float | None = None
    skip_identical: bool = False
    unique: bool = False
    reviewed_only: bool = False
    checks: bool = False
    skip_checks: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        checked_names(self.skip_checks)
        if self.skip_checks and not self.checks:
            raise UsageError("skip_checks says which checks are not made; it goes with checks")
        if self.languages is not None:
            source, target = map(parse, self.languages)
            object.__setattr__(self, "languages", (source, target))
        if self.source_language is not None:
            if self.languages is not None:
                raise UsageError(
                    "languages and source_language both say which side is the source; give one of them"
                )
            object.__setattr__(self, "source_language", parse(self.source_language))


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        pairs: of the run that it went through.
        left_out: beads that stayed behind, by reason.
        missing: pairs of the run without beads.
        calibration: what was done to the confidences, None where they are the aligner's.
    """

    written: Written
    pairs: int
    left_out: dict[str, int]
    missing: tuple[PairEntry, ...]
    calibration: str | None = None

    def __repr__(self) -> str:
        files = ", ".join(map(repr, self.written.files)) or "nothing written"
        return (
            f"Exported({files}: {self.written.beads:,} beads of {counted(self.pairs, 'pair')}, "
            f"{sum(self.left_out.values()):,} left out)"
        )


def export_run(
    run: CorpusFolder,
    path: str | Path,
    selection: Selection = Selection(),
    *,
    format: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    spreadsheet_safe: bool = False,
    progress: Progress = silent,
) -> Exported:
    """Writes the selected beads of a run as one corpus, as they stand after review, pair by pair.

    Nothing is held in memory but, with `unique`, 16 bytes a bead. With `dry_run` everything is counted and nothing
    written. Where no bead is selected no file is made, and one that is there stays. `spreadsheet_safe` (TSV): a text
    that a spreadsheet would take for a formula is behind an apostrophe. `progress` is told how many pairs are done.

    Raises:
        InputError: the run has no beads of this level, or a bead file was altered.
        OutputError: a file exists already, or cannot be written.
        UsageError: an unknown format, or one the beads do not fit.
    """
    format = format or format_of(path)
    if spreadsheet_safe:
        check_spreadsheet_safe(format)
    if selection.checks and format not in WITH_CHECKS:
        raise UsageError(
            f"--checks goes with {', '.join(sorted(WITH_CHECKS))}; {format} has no place for a column"
        )
    if not run.paired:
        raise InputError(f"{run.path}: this run stopped before it looked for pairs; run it again to go on")
    pairs = [pair for pair in run.pairs if _wanted(pair, selection)]
    there = [pair for pair in pairs if run.bead_file(pair, selection.level).exists()]
    if pairs and not there:
        raise InputError(f"{run.path}: no {selection.level} beads in this run; choose the other --level")
    usual = _usual_lengths(run, there, selection)
    sieve = Sieve(selection, usual)
    every = enumerate(_checked(run, there, selection), 1)
    bitexts = [sieve.through(_watched(bitext, number, len(there), progress)) for number, bitext in every]
    if not (dry_run or overwrite):
        refuse_existing(*files_written(path, bitexts, format))
    if dry_run or not _any(_bitexts(run, there, selection), Sieve(selection, usual), format):
        written = _count(bitexts, format)
    else:
        if str(path) != "-":
            clear_parts(Path(path).parent, [Path(name).name for name in files_written(path, bitexts, format)])
        written = write_bitexts(path, bitexts, format=format, spreadsheet_safe=spreadsheet_safe)
    missing = tuple(pair for pair in pairs if pair not in there)
    curve = Calibration.of_run(run)
    return Exported(written, len(there), dict(sieve.left_out), missing, curve.description if curve else None)


def selected(run: CorpusFolder, selection: Selection) -> Iterator[Bitext]:
    """The pairs of a run with those of their beads that go out, to be read once more."""
    there = [
        pair
        for pair in run.pairs
        if _wanted(pair, selection) and run.bead_file(pair, selection.level).exists()
    ]
    sieve = Sieve(selection, _usual_lengths(run, there, selection))
    return (sieve.through(bitext) for bitext in _bitexts(run, there, selection))


def _watched(bitext: Bitext, number: int, pairs: int, progress: Progress) -> Bitext:
    """A pair that says, when its beads are asked for, which one it is."""

    def rows() -> Iterator[BeadRow]:
        progress("exporting pairs", number - 1, pairs)
        yield from bitext.rows
        progress("exporting pairs", number, pairs)

    return replace(bitext, rows=rows())


def _wanted(pair: PairEntry, selection: Selection) -> bool:
    if selection.languages is None:
        return True
    found = pair.source_language, pair.target_language
    return _are(found, selection.languages) or _are(found[::-1], selection.languages)


def _are(found: tuple[str, str], wanted: tuple[str, str]) -> bool:
    return all(map(within, found, wanted))


def _bitexts(run: CorpusFolder, pairs: Sequence[PairEntry], selection: Selection) -> Iterator[Bitext]:
    for pair in pairs:
        bitext = as_bitext(run, pair, selection.level)
        yield turned(bitext) if _against(pair, selection) else bitext


def _checked(run: CorpusFolder, pairs: Sequence[PairEntry], selection: Selection) -> Iterator[Bitext]:
    """The bitexts, with the checks that each bead fails where that is wanted."""
    if not selection.checks:
        yield from _bitexts(run, pairs, selection)
        return
    checker = Checker(selection.skip_checks)
    for bitext in _bitexts(run, pairs, selection):
        for row in bitext.rows:
            if row.review != "rejected":
                checker.add(row.source, row.target, (bitext.source_language, bitext.target_language))
    for bitext in _bitexts(run, pairs, selection):
        yield replace(bitext, rows=_with_checks(bitext, checker), checked=True)


def _with_checks(bitext: Bitext, checker: Checker) -> Iterator[BeadRow]:
    languages = bitext.source_language, bitext.target_language
    for row in bitext.rows:
        yield replace(row, checks=checker.failed(row.source, row.target, languages))


def _against(pair: PairEntry, selection: Selection) -> bool:
    """Whether a pair runs the other way than is wanted."""
    found = pair.source_language, pair.target_language
    if selection.languages:
        return not _are(found, selection.languages)
    return selection.source_language is not None and is_turned(*found, selection.source_language)


def as_bitext(run: CorpusFolder, pair: PairEntry, level: Level) -> Bitext:
    """A pair of a run as it stands after review."""
    return Bitext(
        rows=present_beads(run, pair, level),
        source_language=output_tag(pair.source_language),
        target_language=output_tag(pair.target_language),
        source_document=pair.source,
        target_document=pair.target,
        segments=level,
    )


def _usual_lengths(
    run: CorpusFolder, pairs: Sequence[PairEntry], selection: Selection
) -> UsualLengths | None:
    """How long translations usually are, where the selection goes by that."""
    if not selection.max_length_ratio:
        return None
    usual = UsualLengths()
    for bitext in _bitexts(run, pairs, selection):
        for row in bitext.rows:
            if not row.is_gap:
                usual.add(row.source, row.target, (bitext.source_language, bitext.target_language))
    return usual


@dataclass(slots=True)
class Sieve:
    """Lets the selected beads through and counts the others by reason."""

    selection: Selection
    usual: UsualLengths | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)

    def through(self, bitext: Bitext) -> Bitext:
        return replace(bitext, rows=self._rows(bitext))

    def lets_through(self, row: BeadRow, bitext: Bitext) -> bool:
        """Whether a bead goes out; counted where it does not."""
        reason = self._reason(row, bitext)
        if reason:
            self.left_out[reason] += 1
        return reason is None

    def _rows(self, bitext: Bitext) -> Iterator[BeadRow]:
        yield from (row for row in bitext.rows if self.lets_through(row, bitext))

    def _reason(self, row: BeadRow, bitext: Bitext) -> str | None:
        """Why a bead stays behind; the order decides which of several reasons is counted."""
        wanted = self.selection
        if row.review == "rejected":
            return "rejected in the review"
        if wanted.reviewed_only and row.review != "accepted":
            return "not accepted in the review"
        if row.confidence < wanted.min_confidence and row.review != "accepted":
            return f"below confidence {wanted.min_confidence:g}"
        if wanted.types and row.type not in wanted.types:
            return "of other types"
        if row.is_gap:
            return None
        if wanted.max_length_ratio and self._ratio(row, bitext) > wanted.max_length_ratio:
            return f"with one side over {wanted.max_length_ratio:g} times longer than usual"
        if wanted.skip_identical and fold(row.source) == fold(row.target):
            return "identical on both sides"
        return "that came before" if wanted.unique and self._again(row, bitext) else None

    def _ratio(self, row: BeadRow, bitext: Bitext) -> float:
        languages = bitext.source_language, bitext.target_language
        usual = self.usual.of(languages) if self.usual else 0.0
        return math.exp(abs(log_ratio(row.source, row.target) - usual))

    def _again(self, row: BeadRow, bitext: Bitext) -> bool:
        sides = sorted(
            [(bitext.source_language, fold(row.source)), (bitext.target_language, fold(row.target))]
        )
        key = blake2b(repr(sides).encode(), digest_size=16).digest()
        if key in self.seen:
            return True
        self.seen.add(key)
        return False


def _any(bitexts: Iterator[Bitext], sieve: Sieve, format: str) -> bool:
    """Whether there is a bead to write; reads no further than to the first one."""
    rows = (row for bitext in bitexts for row in sieve.through(bitext).rows)
    return any(not (row.is_gap and format in WITHOUT_GAPS) for row in rows)


def _count(bitexts: Sequence[Bitext], format: str) -> Written:
    gaps = beads = 0
    for bitext in bitexts:
        for row in bitext.rows:
            gap = row.is_gap and format in WITHOUT_GAPS
            gaps += gap
            beads += not gap
    return Written(beads, gaps, ())
