"""Scores of an alignment against gold: strict and lax precision, recall, F1, by bead type, and calibration.

Strict: exactly the same source and target units. Lax: a two-sided bead counts when it overlaps a bead of the other
side on source and target (Vecalign's definition). A block with an empty side is split into its single units first.
"""

from __future__ import annotations

import ast
import gzip
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from align.errors import InputError

Block = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and what follows from them.

    Attributes:
        gold, found: numbers of beads.
        right: found beads that are right; recalled: gold beads that were found (differs from `right` when lax).
    """

    gold: int = 0
    found: int = 0
    right: int = 0
    recalled: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.recalled / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.gold + other.gold,
            self.found + other.found,
            self.right + other.right,
            self.recalled + other.recalled,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores over all beads and over two-sided beads, strict and lax, and strict ones by bead type."""

    strict: Score = Score()
    lax: Score = Score()
    two_strict: Score = Score()
    two_lax: Score = Score()
    types: dict[str, Score] = field(default_factory=dict)

    def __add__(self, other: Scores) -> Scores:
        types = {
            name: self.types.get(name, Score()) + other.types.get(name, Score())
            for name in sorted({*self.types, *other.types})
        }
        return Scores(
            self.strict + other.strict,
            self.lax + other.lax,
            self.two_strict + other.two_strict,
            self.two_lax + other.two_lax,
            types,
        )


def blocks(beads: Iterable[tuple[Sequence[int], Sequence[int]]]) -> set[Block]:
    """Beads as a set, sides sorted, blocks with an empty side split into single units."""
    found: set[Block] = set()
    for source, target in beads:
        if source and target:
            found.add((tuple(sorted(set(source))), tuple(sorted(set(target)))))
        else:
            found |= {((i,), ()) for i in source} | {((), (j,)) for j in target}
    return found


def score(gold: set[Block], found: set[Block]) -> Scores:
    """Compares two sets of beads."""
    two_gold, two_found = _two_sided(gold), _two_sided(found)
    return Scores(
        strict=_strict(gold, found),
        lax=_lax(gold, found),
        two_strict=_strict(two_gold, two_found),
        two_lax=_lax(two_gold, two_found),
        types=_by_type(gold, found),
    )


def _two_sided(beads: set[Block]) -> set[Block]:
    return {bead for bead in beads if bead[0] and bead[1]}


def _strict(gold: set[Block], found: set[Block]) -> Score:
    right = len(gold & found)
    return Score(len(gold), len(found), right, right)


def _lax(gold: set[Block], found: set[Block]) -> Score:
    return Score(len(gold), len(found), _touched(found, gold), _touched(gold, found))


def _touched(beads: set[Block], others: set[Block]) -> int:
    """How many beads overlap one of the others on both sides; one-sided ones must be equal."""
    answers: dict[int, set[int]] = defaultdict(set)
    for source, target in others:
        for i in source:
            answers[i].update(target)
    count = 0
    for bead in beads:
        source, target = bead
        if source and target:
            count += any(not answers[i].isdisjoint(target) for i in source if i in answers)
        else:
            count += bead in others
    return count


def _by_type(gold: set[Block], found: set[Block]) -> dict[str, Score]:
    def group(beads: set[Block]) -> dict[str, set[Block]]:
        by_type: dict[str, set[Block]] = defaultdict(set)
        for bead in beads:
            by_type[f"{len(bead[0])}-{len(bead[1])}"].add(bead)
        return by_type

    wanted, given = group(gold), group(found)
    return {
        name: _strict(wanted.get(name, set()), given.get(name, set())) for name in sorted({*wanted, *given})
    }


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far confidences can be taken at their word.

    Attributes:
        beads: how many were judged.
        ece: expected calibration error over equal-mass bins.
        brier: mean squared difference between confidence and being right.
        curve: for each bin (mean confidence, share right, beads).
        errors_removed: share of all errors among the 10 % least confident beads.
    """

    beads: int
    ece: float
    brier: float
    curve: tuple[tuple[float, float, int], ...]
    errors_removed: float


def calibration(judged: Sequence[tuple[float, bool]], bins: int = 15) -> Calibration:
    """Reliability of (confidence, right) pairs (Naeini et al. 2015; bins of equal mass, ties stay together)."""
    ordered = sorted(judged)
    total = len(ordered)
    if not total:
        return Calibration(0, 0.0, 0.0, (), 0.0)
    curve, error, start = [], 0.0, 0
    for number in range(bins):
        stop = round((number + 1) * total / bins)
        if stop <= start:
            continue
        part = ordered[start:stop]
        mean = sum(p for p, _ in part) / len(part)
        share = sum(ok for _, ok in part) / len(part)
        error += abs(mean - share) * len(part) / total
        curve.append((mean, share, len(part)))
        start = stop
    wrong = sum(not ok for _, ok in ordered)
    dropped = sum(not ok for _, ok in ordered[: total // 10])
    brier = sum((p - ok) ** 2 for p, ok in ordered) / total
    return Calibration(total, error, brier, tuple(curve), dropped / wrong if wrong else 1.0)


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """Two lists of units with the beads a person made of them.

    Attributes:
        name: path below the gold folder without ending, ``sentences/mac-dev.zh-en/000``.
        languages: source and target, from the folder's name.
        level: "paragraph" or "sentence", None where no parent folder tells.
    """

    name: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    beads: frozenset[Block]
    languages: tuple[str, str]
    level: str | None

    @property
    def set_name(self) -> str:
        """The folder the document is in."""
        return self.name.rpartition("/")[0]


def find_gold(folder: str | Path) -> list[Path]:
    """The gold files (``NNN.gold``, ``NNN.gold.gz``) in a folder and below, sorted.

    Raises:
        InputError: no such folder, or none in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give one that holds NNN.src.txt, NNN.tgt.txt and NNN.gold")
    found = sorted([*root.rglob("*.gold"), *root.rglob("*.gold.gz")])
    if not found:
        raise InputError(f"{root}: no NNN.gold in it or below; give a folder with gold alignments")
    return found


def read_gold(path: Path, root: Path) -> GoldDocument:
    """A gold file and the two texts beside it.

    Raises:
        InputError: a text is missing, or the folder's name does not say the languages.
    """
    packed = path.name.endswith(".gz")
    stem = path.name.removesuffix(".gz").removesuffix(".gold")
    texts = [
        _lines(path.with_name(f"{stem}.{side}.txt" + (".gz" if packed else ""))) for side in ("src", "tgt")
    ]
    languages = path.parent.resolve().name.rpartition(".")[2].split("-")
    if len(languages) != 2:
        raise InputError(
            f"{path.parent}: the folder's name must end in the two languages, as in en-zh or x.en-zh"
        )
    parents = path.resolve().parent.parts
    level = next(
        (p.removesuffix("s") for p in reversed(parents) if p in ("paragraphs", "sentences", "long")), None
    )
    name = path.relative_to(root).with_name(stem).as_posix()
    if "/" not in name:
        name = f"{path.parent.resolve().name}/{name}"
    return GoldDocument(
        name=name,
        source=tuple(texts[0]),
        target=tuple(texts[1]),
        beads=frozenset(read_blocks(path)),
        languages=(languages[0], languages[1]),
        level="sentence" if level == "long" else level,
    )


def _lines(path: Path) -> list[str]:
    try:
        with _open(path) as stream:
            text: str = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read ({error}); it belongs to the gold file beside it"
        ) from error
    return text.removesuffix("\n").split("\n") if text else []


def _open(path: Path):  # type: ignore[no-untyped-def]
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", newline="\n")
    return path.open(encoding="utf-8", newline="\n")


def read_blocks(path: str | Path) -> set[Block]:
    """The beads of a file in Vecalign's format: ``[0]:[0, 1]`` and, ignored, a third field.

    Raises:
        InputError: a line is of another kind; names it.
    """
    return blocks((source, target) for source, target, _ in read_lines(path))


def read_lines(path: str | Path) -> list[tuple[tuple[int, ...], tuple[int, ...], float | None]]:
    """The beads of a file in Vecalign's format as they stand there, with the third field where there is one."""
    found: list[tuple[tuple[int, ...], tuple[int, ...], float | None]] = []
    with _open(Path(path)) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                source, target, *rest = line.strip().split(":")
                found.append((_indices(source), _indices(target), float(rest[0]) if rest else None))
            except (ValueError, SyntaxError):
                raise InputError(
                    f"{path}, line {number}: not a bead such as [0]:[0, 1]:0.9: {line.strip()[:60]!r}"
                ) from None
    return found


def _indices(text: str) -> tuple[int, ...]:
    value = ast.literal_eval(text.strip())
    if not isinstance(value, list) or not all(type(k) is int and k >= 0 for k in value):
        raise ValueError(text)
    return tuple(value)
