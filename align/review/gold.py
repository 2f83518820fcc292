"""Reviewed beads as something to learn from: labels for the confidence, gold files for the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from align._internal.files import atomic
from align._internal.tables import write_table
from align.corpus.folder import CorpusFolder, PairEntry
from align.document import LEVELS, Level
from align.errors import OutputError
from align.review.bead import ReviewBead, position_key
from align.review.results import open_view
from align.review.view import View
from align.text.languages import UNDETERMINED, base

FEWEST_BEADS = 5  # a shorter stretch of accepted beads teaches little about where beads end
ENOUGH_TO_TRAIN = 300  # accepted beads from which training the weights anew is worth a try

INDEX = ("file", "source", "target", "beads", "source_positions", "target_positions")


def labels(view: View) -> Iterator[tuple[float, bool]]:
    """The machine's confidence in each bead that reviewers settled, and whether they took its units as they were."""
    for id, machine in view.machine.items():
        if machine.confidence is not None and (good := label(view, id)) is not None:
            yield machine.confidence, good


def label(view: View, id: str) -> bool | None:
    """Whether reviewers took a bead of the machine as it was; None where nobody has settled it, or it is none.

    A rejected bead, and one whose units are accepted in other beads, was wrong; edited texts do not count.
    """
    if id not in view.machine:
        return None
    bead = view.peek(id)
    if bead is None:
        return False if any(holder.status == "accepted" for holder in view.around([id])) else None
    return None if bead.status == "open" else bead.status == "accepted"


def run_labels(run: CorpusFolder) -> list[tuple[float, bool]]:
    """`labels` of all pairs and both levels of a run."""
    views = (open_view(run, pair, level) for pair in run.pairs for level in LEVELS)
    return list(chain.from_iterable(map(labels, views)))


@dataclass(frozen=True, slots=True)
class Gold:
    """What `export_gold` wrote: a folder of one level and two languages, its accepted beads and its files."""

    level: Level
    folder: Path
    beads: int
    files: int


def export_gold(run: CorpusFolder, folder: str | Path) -> list[Gold]:
    """Writes the reviewed beads of a run as gold: ``sentences/review.en-zh/`` and the like, below `folder`.

    Every unbroken stretch of accepted beads becomes ``NNN.src.txt``, ``NNN.tgt.txt`` (one unit a line) and
    ``NNN.gold`` (``[source lines]:[target lines]``, 0-based); ``index.tsv`` says where each comes from. Texts are
    those before editing: what was aligned.

    Raises:
        OutputError: the folder cannot be written, or holds an earlier export.
    """
    root = Path(folder)
    if any(root.glob("*/review.*/index.tsv")):
        raise OutputError(f"{root}: holds gold of a review already; remove it, or choose another folder")
    return [gold for level in LEVELS for gold in _export_level(run, root / f"{level}s", level)]


def _export_level(run: CorpusFolder, folder: Path, level: Level) -> Iterator[Gold]:
    indices: dict[Path, list[tuple[object, ...]]] = {}
    for pair in run.pairs:
        tags = pair.source_language, pair.target_language
        languages = "-".join(base(tag) or UNDETERMINED for tag in tags)
        target = folder / f"review.{languages}"
        for stretch in stretches(open_view(run, pair, level).beads):
            index = indices.setdefault(target, [])
            name = f"{len(index):03}"
            _write(target, name, stretch)
            index.append(_line(name, pair, stretch))
    for target, index in indices.items():
        write_table(target / "index.tsv", INDEX, index)
        yield Gold(level, target, sum(int(str(line[3])) for line in index), len(index))


def stretches(beads: Sequence[ReviewBead]) -> Iterator[list[ReviewBead]]:
    """Runs of accepted beads without an undecided or reordered one between, long enough to learn from."""
    run: list[ReviewBead] = []
    ends: list[tuple[int, ...]] = [(), ()]
    for bead in [*beads, ReviewBead((), ())]:
        sides = (bead.source, bead.target)
        starts = [position_key(units[0].position) if units else None for units in sides]
        follows = all(start is None or start > end for start, end in zip(starts, ends, strict=True))
        one_by_one = all(" " not in unit.position for unit in chain(*sides))
        usable = bead.status == "accepted" and not bead.reordered and one_by_one
        if run and not (usable and follows):
            if len(run) >= FEWEST_BEADS and any(b.source and b.target for b in run):
                yield run
            run, ends = [], [(), ()]
        if usable:
            run.append(bead)
            ends = [position_key(u[-1].position) if u else end for u, end in zip(sides, ends, strict=True)]


def _write(folder: Path, name: str, beads: Sequence[ReviewBead]) -> None:
    i = j = 0
    with (
        atomic(folder / f"{name}.src.txt") as source,
        atomic(folder / f"{name}.tgt.txt") as target,
        atomic(folder / f"{name}.gold") as gold,
    ):
        for bead in beads:
            source.writelines(" ".join(unit.text.split("\n")) + "\n" for unit in bead.source)
            target.writelines(" ".join(unit.text.split("\n")) + "\n" for unit in bead.target)
            m, n = len(bead.source), len(bead.target)
            gold.write(f"{list(range(i, i + m))}:{list(range(j, j + n))}\n")
            i, j = i + m, j + n


def _line(name: str, pair: PairEntry, beads: Sequence[ReviewBead]) -> tuple[object, ...]:
    ends = []
    for side in ("source", "target"):
        units = [unit.position for bead in beads for unit in getattr(bead, side)]
        ends.append(f"{units[0]} {units[-1]}" if units else "")
    return (name, pair.source, pair.target, len(beads), *ends)
