"""Writes the report of a run: ``report/index.html``, ``report/pairs/*.html``, ``report/duplicates/*.html``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from align._internal.files import clear_parts
from align._internal.progress import Progress, silent
from align._internal.wording import counted
from align.checks import CheckCounter
from align.corpus.folder import (
    CLUSTERS,
    DOCUMENTS,
    DUPLICATES,
    REPEATS,
    REPORT,
    REPORT_INDEX,
    CorpusFolder,
    PairEntry,
    file_names,
)
from align.corpus.texts import texts_of
from align.corpus.warnings import about_pair, warnings_by_pair
from align.document import LEVELS, Level
from align.errors import EncoderError, InputError, OutputError
from align.formats.beads import BeadRow
from align.pairing.assemble import candidate_of
from align.report.attention import Nearly, long_gaps, nearly_duplicates, titles, warnings_of
from align.report.files import sweep, write_page
from align.report.markup import href
from align.report.pages.duplicate import DuplicateEntry, duplicate_page
from align.report.pages.index import Batch, LanguageTerms, PairLine, TermLine, WorstBead, index_page
from align.report.pages.looks import readings_key
from align.report.pages.pair import Neighbours, bead_id, pair_page
from align.report.pages.reading import Side, reading_page
from align.report.published import counted_pair
from align.report.statistics import Figures, figures, total, worst
from align.review.calibration import Calibration
from align.review.checking import languages_of
from align.review.precision import qualities
from align.review.results import present_beads
from align.review.terms import TermCounter
from align.terms import by_source

_READINGS = "unpaired"  # the folder of pages to read documents beside what they might have been paired with
_MOST_READINGS = 1000
_MOST_NEARLY = 50
_MOST_TERMS = 300  # of two languages that are listed
_MOST_GAPS = 5  # long gaps of one pair that the first page may list
_LONGEST = 4_000_000  # characters of two near-duplicates that are shown side by side

_OF_DOCUMENTS = ("document", "language", "status", "reason", "related", "warning", "score", "batch")
_OF_DUPLICATES = ("id1", "id2", "similarity", "kind")
_OF_CLUSTERS = ("kept", "document", "kind", "similarity")
_OF_REPEATS = (
    "document", "first_start_line", "first_end_line", "second_start_line", "second_end_line", "paragraphs",
    "similarity", "action",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How much a report holds.

    Attributes:
        words: which word answers which, and the similarity behind the picture of the path.
        max_duplicates: most pages of near-duplicates, the least similar first: those are the ones to doubt.
    """

    words: bool = True
    max_duplicates: int = 1000


@dataclass(frozen=True, slots=True)
class Report:
    """What was written.

    Attributes:
        not_aligned: pairs without beads.
        incomplete: pairs with beads of one level only, and the level that is not there.
        notes: what else the reader should know.
        figures: the beads of all pairs.
    """

    index: Path
    pairs: int
    duplicates: int
    not_aligned: tuple[PairEntry, ...]
    incomplete: tuple[tuple[PairEntry, Level], ...]
    notes: tuple[str, ...]
    figures: Figures

    def __repr__(self) -> str:
        without = f", {counted(len(self.not_aligned), 'pair')} without beads" if self.not_aligned else ""
        return (
            f"Report({str(self.index)!r}: {counted(self.pairs, 'pair of translations')}, "
            f"{counted(self.duplicates, 'pair of near-duplicates')}{without})"
        )


def write_report(
    run: CorpusFolder, options: ReportOptions | None = None, *, progress: Progress | None = None
) -> Report:
    """Writes all pages beside the run and removes those of an earlier report that have no counterpart any more.

    A run that is not finished, or a pair that was not aligned, is said on the first page. The same run gives the
    same bytes.

    Raises:
        InputError: a table or bead file of the run was altered.
        OutputError: the folder cannot be written.
    """
    options = options or ReportOptions()
    folder = run.path / REPORT if run.batch is None else run.path / REPORT / f"batch-{run.batch}"
    tell = progress or silent
    words, notes = _words(options)
    clear_parts(folder, deep=True)
    seen = _Seen(CheckCounter(), TermCounter() if words else None)
    lines = list(_pair_pages(run, folder / "pairs", words=words, tell=tell, seen=seen))
    duplicates = list(_duplicate_pages(run, folder / "duplicates", options.max_duplicates, tell))
    batch = _batch(run, folder, lines, duplicates, seen, tell)
    index = folder / Path(REPORT_INDEX).name
    write_page(index, index_page(batch))
    sweep(folder / "pairs", {line.page for line in lines})
    sweep(folder / "duplicates", {entry.page for entry in duplicates})
    sweep(folder / _READINGS, {unquote(page.partition("/")[2]) for page in batch.readings.values()})
    return Report(
        index=index,
        pairs=sum(line.page is not None for line in lines),
        duplicates=sum(entry.page is not None for entry in duplicates),
        not_aligned=tuple(line.pair for line in lines if line.page is None),
        incomplete=tuple(_incomplete(run)),
        notes=notes,
        figures=total(line.figures for line in lines if line.figures),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is counted in the sentence beads while the pages of the pairs are written; `terms` where words are shown."""

    checks: CheckCounter
    terms: TermCounter | None

    def add(self, pair: PairEntry, rows: Iterable[BeadRow]) -> None:
        for place, row in enumerate(rows):
            if not row.is_gap and row.review != "rejected":
                self.checks.add(row.source, row.target, languages_of(pair))
                if self.terms:
                    self.terms.add(pair, row, place)


def _terms(counter: TermCounter, lines: Sequence[PairLine]) -> Iterator[LanguageTerms]:
    """The terms of the first page, each with a link to a bead that holds it."""
    pages = {(line.pair.source, line.pair.target): line.page for line in lines}
    for languages, terms in counter.terms().items():
        found = []
        for source, translations in islice(by_source(terms).items(), _MOST_TERMS):
            pair, place = counter.example(languages, translations[0])
            page = f"pairs/{href(pages[pair.source, pair.target] or '')}#{bead_id('sentence', place)}"
            found.append(TermLine(source, translations[0].source_count, translations, page))
        yield LanguageTerms(languages, len({term.source for term in terms}), found)


def _batch(
    run: CorpusFolder,
    folder: Path,
    lines: Sequence[PairLine],
    duplicates: Sequence[DuplicateEntry],
    seen: _Seen,
    tell: Progress,
) -> Batch:
    """What the first page tells, with the pages to read that it leads to written."""
    documents = list(_documents(run))
    kept = frozenset(row["document"] for row in documents if row["status"] in ("paired", "unpaired"))
    nearly = nearly_duplicates(run, kept)[:_MOST_NEARLY]
    readings = dict(_reading_pages(run, folder / _READINGS, documents, nearly, tell))
    return Batch(
        name=run.path.resolve().name,
        finished=run.finished,
        version=str(run.info.get("version", "")),
        signature=_signature(run),
        documents=documents,
        pairs=lines,
        duplicates=duplicates,
        clusters=list(run.table(CLUSTERS, _OF_CLUSTERS)),
        repeats=list(run.table(REPEATS, _OF_REPEATS)),
        review=_review(run),
        samples=qualities(run),
        checks=seen.checks.counts(),
        terms=list(_terms(seen.terms, lines)) if seen.terms else [],
        titles=titles(run),
        warnings=warnings_of(run),
        nearly=nearly,
        readings=readings,
        threshold=_threshold(run),
    )


def _documents(run: CorpusFolder) -> Iterator[dict[str, str]]:
    for row in run.table(DOCUMENTS, _OF_DOCUMENTS):
        if not (row.get("batch") or "1").isdecimal():
            raise OutputError(
                f"{run.path / DOCUMENTS}: the line of {row['document']!r} was altered: batch {row['batch']!r} is no "
                "number; put the table back as it was"
            )
        yield row


def figures_of(run: CorpusFolder) -> Figures:
    """The beads of all pairs in figures, as a report has them, without writing one."""
    return total(
        figures(list(present_beads(run, pair, levels[0])))
        for pair in run.pairs
        if (levels := _levels(run, pair))
    )


def _signature(run: CorpusFolder) -> dict[str, Any]:
    """What decided the figures: the run's signature, and the calibration where there is one."""
    curve = Calibration.of_run(run)
    return (run.info.get("signature") or {}) | ({"confidence": curve.description} if curve else {})


def _words(options: ReportOptions) -> tuple[bool, tuple[str, ...]]:
    """Whether words can be shown: without the default encoder's table the report does without, and says so."""
    if not options.words:
        return False, ()
    from align.encoders.lexicon import get_lexicon

    try:
        get_lexicon().ids(["loaded"])
    except (EncoderError, ImportError) as error:
        return False, (f"no word evidence: {error}",)
    return True, ()


def _pair_pages(
    run: CorpusFolder, folder: Path, *, words: bool, tell: Progress, seen: _Seen
) -> Iterator[PairLine]:
    from align._internal.parallel import one_blas_thread

    pairs = run.pairs
    levels = [_levels(run, pair) for pair in pairs]
    pages = [f"{pair.file}.html" if there else None for pair, there in zip(pairs, levels, strict=True)]
    linked = [page for page in pages if page]
    place = {page: i for i, page in enumerate(linked)}
    warnings = warnings_by_pair(run.info)
    with one_blas_thread():
        for number, (pair, there, page) in enumerate(zip(pairs, levels, pages, strict=True), 1):
            line = PairLine(pair, None, None)
            if page is not None:
                tell("writing the report: pairs", number, len(pairs))
                beads = {level: list(present_beads(run, pair, level)) for level in there}
                first = there[0]
                around = _neighbours(linked, place[page])
                said = warnings.get(about_pair(pair), ())
                write_page(
                    folder / page, pair_page(pair, beads, neighbours=around, warnings=said, words=words)
                )
                line = _line(pair, page, first, beads[first])
                seen.add(pair, beads.get("sentence", ()))
            yield line


def _line(pair: PairEntry, page: str, level: Level, rows: list[BeadRow]) -> PairLine:
    """What the first page says of a pair."""
    return PairLine(
        pair,
        figures(rows),
        page,
        worst=[WorstBead(bead_id(level, place), row) for place, row in worst(rows)],
        gaps=[(bead_id(level, gap.bead), gap) for gap in long_gaps(rows)[:_MOST_GAPS]],
        published=counted_pair((pair.source_language, pair.target_language), rows),
    )


def _levels(run: CorpusFolder, pair: PairEntry) -> list[Level]:
    """Sentences first: the paragraphs are then a click away."""
    wanted: tuple[Level, ...] = ("sentence", "paragraph")
    return [level for level in wanted if run.bead_file(pair, level).exists()]


def _incomplete(run: CorpusFolder) -> Iterator[tuple[PairEntry, Level]]:
    for pair in run.pairs:
        there = _levels(run, pair)
        yield from ((pair, level) for level in LEVELS if there and level not in there)


def _neighbours(pages: Sequence[str], at: int) -> Neighbours:
    return Neighbours(pages[at - 1] if at else None, pages[at + 1] if at + 1 < len(pages) else None)


def _duplicate_pages(run: CorpusFolder, folder: Path, most: int, tell: Progress) -> Iterator[DuplicateEntry]:
    """All verified pairs as the table has them; those whose texts differ have a page."""
    entries = [
        DuplicateEntry(row["id1"], row["id2"], row["similarity"], row["kind"])
        for row in run.table(DUPLICATES, _OF_DUPLICATES)
    ]
    differ = [entry for entry in entries if entry.kind != "identical"]
    chosen = sorted(differ, key=lambda e: (_similarity(e), e.first, e.second))[: max(most, 0)]
    pages = dict(zip(chosen, file_names((e.first, e.second) for e in chosen), strict=True))
    texts = texts_of(run.path, {id for entry in chosen for id in (entry.first, entry.second)})
    written = 0
    for entry in entries:
        left, right = texts.get(entry.first), texts.get(entry.second)
        # A document of an earlier batch, known to an index only, has no text here; nobody reads a novel's differences.
        if entry not in pages or not left or not right or len(left[0]) + len(right[0]) > _LONGEST:
            yield entry
            continue
        tell("writing the report: near-duplicates", written := written + 1, len(pages))
        with_page = replace(entry, page=f"{pages[entry]}.html")
        write_page(folder / f"{pages[entry]}.html", duplicate_page(with_page, (left[0], right[0]), left[1]))
        yield with_page


def _reading_pages(
    run: CorpusFolder,
    folder: Path,
    documents: Sequence[dict[str, str]],
    nearly: Sequence[Nearly],
    tell: Progress,
) -> Iterator[tuple[str, str]]:
    """Pages to read what is no pair beside what it might have been one with; the link of each, from the first page."""
    wanted = [
        (row["document"], row["document"], found.document, [row["reason"]])
        for row in documents
        if row["status"] == "unpaired" and (found := candidate_of(row["reason"]))
    ]
    for near in nearly:
        facts = [f"similarity {near.similarity:.3f}, below the threshold: both were kept"]
        wanted.append((readings_key(near), near.first, near.second, facts))
    del wanted[_MOST_READINGS:]
    texts = texts_of(run.path, {id for _, *pair, _ in wanted for id in pair})
    names = file_names((first, second) for _, first, second, _ in wanted)
    for number, ((key, first, second, facts), name) in enumerate(zip(wanted, names, strict=True), 1):
        if first in texts and second in texts:
            tell("writing the report: without a partner", number, len(wanted))
            sides = (Side(first, *texts[first]), Side(second, *texts[second]))
            if sum(len(side.text) for side in sides) <= _LONGEST:
                write_page(folder / f"{name}.html", reading_page(sides, facts))
                yield key, f"{_READINGS}/{href(f'{name}.html')}"


def _threshold(run: CorpusFolder) -> float:
    """Least similarity of duplicates, as the run was told."""
    found: float = run.info.get("options", {}).get("dedup", {}).get("threshold", 0.7)
    return found


def _similarity(entry: DuplicateEntry) -> float:
    try:
        return float(entry.similarity)
    except ValueError:
        raise InputError(
            f"{DUPLICATES}: {entry.similarity!r} is no similarity; run again with --overwrite"
        ) from None


def _review(run: CorpusFolder) -> dict[str, Any]:
    """How far a review of the run is; empty where there is none."""
    if not run.reviewed:
        return {}
    from align.review import progress

    return progress(run)
