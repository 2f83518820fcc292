"""A run in more than two languages: the beads that answer each other through the first one, as one unit.

The beads of a document of the first language with its version in each other language share its paragraphs or sentences.
Beads that have one of these in common, or a part of one, belong together, so that a unit is as small as all
languages allow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from pathlib import Path

from align._internal.files import refuse_existing
from align._internal.progress import Progress, silent
from align._internal.unions import Unions
from align.corpus.folder import CorpusFolder, PairEntry
from align.document import join_texts, parse_position, unit_position
from align.errors import InputError, UsageError
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Written, turned
from align.formats.multilingual import (
    MultilingualUnit,
    Version,
    multilingual_files,
    write_multilingual,
)
from align.formats.registry import format_of
from align.jobs.export import Exported, Selection, Sieve, as_bitext
from align.review.calibration import Calibration
from align.text.languages import parse, within

_EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class _Answer:
    """A bead in one language, turned so that the first language is its source; whether it may go out."""

    language: str
    document: str
    row: BeadRow
    goes_out: bool


def export_multilingual(
    run: CorpusFolder,
    path: str | Path,
    languages: Sequence[str],
    selection: Selection = _EVERYTHING,
    *,
    format: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Exported:
    """Writes what answers each other in these languages, through the first of them; see `align.formats.multilingual`.

    Of several documents in one language the most probable partner is taken. A language without a bead that may go out
    is left empty; so is one of which a bead in the unit stays behind.

    Raises:
        InputError: the run stopped before it had pairs, or a bead file was altered.
        OutputError: a file exists already, or cannot be written.
        UsageError: a language is named twice, or a format that has no place for several.
    """
    tags = _checked(run, languages, selection)
    format = format or format_of(path)
    partners, second = _partners(run, tags)
    missing = [
        pair
        for found in partners.values()
        for _, pair in found
        if not run.bead_file(pair, selection.level).exists()
    ]
    sieve = Sieve(selection)
    sieve.left_out.update(second)
    units = (
        unit
        for document in _watched(sorted(partners), progress)
        for unit in _units(run, document, partners[document], tags[0], sieve)
    )
    if dry_run:
        written = Written(sum(1 for _ in units), 0, ())
    else:
        if not overwrite:
            refuse_existing(*multilingual_files(path, tags, format))
        written = write_multilingual(path, units, tags, format=format)
    curve, pairs = Calibration.of_run(run), sum(map(len, partners.values()))
    return Exported(
        written, pairs, dict(sieve.left_out), tuple(missing), curve.description if curve else None
    )


def _watched(documents: Sequence[str], progress: Progress) -> Iterator[str]:
    for number, document in enumerate(documents, 1):
        yield document
        progress("exporting documents", number, len(documents))


def _checked(run: CorpusFolder, languages: Sequence[str], selection: Selection) -> list[str]:
    """The tags of the languages, where all that was asked for goes together."""
    tags = [parse(language) for language in languages]
    if len(set(tags)) < len(tags):
        raise UsageError(f"languages {','.join(languages)}: name each once")
    if selection.max_length_ratio or selection.unique:
        raise UsageError("a longest ratio of lengths and unique beads are of two languages; leave them out")
    if not run.paired:
        raise InputError(f"{run.path}: this run stopped before it looked for pairs; run it again to go on")
    return tags


def _partners(
    run: CorpusFolder, languages: Sequence[str]
) -> tuple[dict[str, list[tuple[str, PairEntry]]], Counter[str]]:
    """For each document of the first language its pair in each other language; how many pairs were passed over."""
    best: defaultdict[str, dict[str, PairEntry]] = defaultdict(dict)
    passed: Counter[str] = Counter()
    for pair in run.pairs:
        for document, own, other in (
            (pair.source, pair.source_language, pair.target_language),
            (pair.target, pair.target_language, pair.source_language),
        ):
            wanted = next((tag for tag in languages[1:] if within(other, tag)), None)
            if wanted is None or not within(own, languages[0]):
                continue
            before = best[document].setdefault(wanted, pair)
            if before is not pair:
                passed["pairs with a second document in one language"] += 1
                if float(pair.row["probability"]) > float(before.row["probability"]):
                    best[document][wanted] = pair
    ordered = {id: [(tag, found[tag]) for tag in languages[1:] if tag in found] for id, found in best.items()}
    return ordered, passed


def _units(
    run: CorpusFolder, document: str, partners: Sequence[tuple[str, PairEntry]], language: str, sieve: Sieve
) -> Iterator[MultilingualUnit]:
    """What a document and its versions have that answers each other, in the order of the document."""
    answers = [answer for tag, pair in partners for answer in _answers(run, document, tag, pair, sieve)]
    unions: Unions[str] = Unions()
    for answer in answers:
        for position in answer.row.source_positions[1:]:
            unions.join(answer.row.source_positions[0], position)
    for one, other in _overlapping(answers):
        unions.join(one, other)
    together: defaultdict[str, list[_Answer]] = defaultdict(list)
    for answer in answers:
        if answer.row.source_positions:
            together[unions.leading(answer.row.source_positions[0])].append(answer)
    units = [unit for members in together.values() if (unit := _unit(document, language, members))]
    yield from sorted(units, key=lambda unit: parse_position(unit.versions[language].positions[0]))


def _overlapping(answers: Sequence[_Answer]) -> Iterator[tuple[str, str]]:
    """Positions of parts that have characters of a sentence in common: it is not cut alike in all pairs."""
    sentences: defaultdict[str, set[tuple[float, float, str]]] = defaultdict(set)
    for position in chain.from_iterable(answer.row.source_positions for answer in answers):
        first, last = _characters(position)
        sentences[unit_position(position)].add((first, last, position))
    for parts in sentences.values():
        (_, end, before), *others = sorted(parts)
        for first, last, position in others:
            if first < end:
                yield before, position
            end, before = max((end, before), (last, position))


def _characters(position: str) -> tuple[float, float]:
    """From and to which character of its unit a position goes."""
    numbers = parse_position(position)
    return (numbers[-2], numbers[-1]) if ":" in position else (0, inf)


def _answers(
    run: CorpusFolder, document: str, language: str, pair: PairEntry, sieve: Sieve
) -> Iterator[_Answer]:
    if not run.bead_file(pair, sieve.selection.level).exists():
        return
    bitext: Bitext = as_bitext(run, pair, sieve.selection.level)
    bitext = bitext if pair.source == document else turned(bitext)
    for row in bitext.rows:
        yield _Answer(language, bitext.target_document, row, sieve.lets_through(row, bitext))


def _unit(document: str, language: str, members: Sequence[_Answer]) -> MultilingualUnit | None:
    """The beads that belong together as one unit; None where no other language has an answer."""
    by_language: defaultdict[str, list[_Answer]] = defaultdict(list)
    for member in members:
        by_language[member.language].append(member)
    versions: dict[str, Version] = {}
    confidences: list[float] = []
    for tag, found in by_language.items():
        said = [answer for answer in found if answer.row.target_positions]
        if said and all(answer.goes_out for answer in said):
            said.sort(key=lambda answer: parse_position(answer.row.target_positions[0]))
            versions[tag] = _version([(a.row.target, a.row.target_positions) for a in said], said[0].document)
            confidences += [answer.row.confidence for answer in said]
    if not versions:
        return None
    # Every language has all of these units of the first one, in its beads or its gaps; some have them in fewer parts.
    fewest = min(by_language.values(), key=lambda found: sum(len(a.row.source_positions) for a in found))
    whole = sorted(fewest, key=lambda a: parse_position(a.row.source_positions[0]))
    own = _version([(answer.row.source, answer.row.source_positions) for answer in whole], document)
    return MultilingualUnit(min(confidences), {language: own, **versions})


def _version(parts: Sequence[tuple[str, tuple[str, ...]]], document: str) -> Version:
    positions = tuple(position for _, some in parts for position in some)
    text, last = "", ""
    for more, some in parts:
        text = text + more if last and _goes_on(last, some[0]) else join_texts((text, more))
        last = some[-1]
    return Version(text, document, positions)


def _goes_on(last: str, position: str) -> bool:
    """Whether a part begins with the character behind another part of its unit."""
    return unit_position(last) == unit_position(position) and _characters(last)[1] == _characters(position)[0]
