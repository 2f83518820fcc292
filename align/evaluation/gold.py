"""Gold alignments: two lists of units and the beads that a person made of them, in Vecalign's format."""

from __future__ import annotations

import ast
import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from align.errors import InputError
from align.evaluation.metrics import BeadIndices, bead_set


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
    beads: frozenset[BeadIndices]
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
        beads=frozenset(read_beads(path)),
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


def read_beads(path: str | Path) -> set[BeadIndices]:
    """The beads of a file in Vecalign's format: ``[0]:[0, 1]`` and, ignored, a third field.

    Raises:
        InputError: a line is of another kind; names it.
    """
    return bead_set((source, target) for source, target, _ in read_bead_lines(path))


def read_bead_lines(path: str | Path) -> list[tuple[tuple[int, ...], tuple[int, ...], float | None]]:
    """The beads of a file in Vecalign's format as they stand there, with the third field where there is one."""
    found: list[tuple[tuple[int, ...], tuple[int, ...], float | None]] = []
    with _open(Path(path)) as stream:
        for number, line in enumerate(_text_of(stream, path), 1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                source, target, *rest = line.strip().split(":")
                found.append((_indices(source), _indices(target), float(rest[0]) if rest else None))
            except (
                ValueError,
                SyntaxError,
                RecursionError,
                MemoryError,
            ):  # the last two: of a thousand brackets
                raise InputError(
                    f"{path}, line {number}: not a bead such as [0]:[0, 1]:0.9: {line.strip()[:60]!r}"
                ) from None
    return found


def _text_of(stream: Iterable[str], path: str | Path) -> Iterator[str]:
    try:
        yield from stream
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is no UTF-8 text ({error.reason}); give beads in Vecalign's format or TSV"
        ) from None


def _indices(text: str) -> tuple[int, ...]:
    value = ast.literal_eval(text.strip())
    if not isinstance(value, list) or not all(type(k) is int and k >= 0 for k in value):
        raise ValueError(text)
    return tuple(value)
