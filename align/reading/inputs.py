"""What the user named, as a list of files to read, each with the id its document gets."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read, or the reason why there is none."""

    path: str  # as the user named it; "-" for standard input
    id: str  # of the document, where the file is one; for a file of rows the prefix of unnamed ones
    problem: str | None = None


def find_inputs(named: Sequence[str | Path], exclude: Sequence[str] = ()) -> Iterator[Input]:
    """The files below what was named: files, folders (recursively, hidden files left out), globs, ``-``.

    The id of a file in a folder is its path inside the folder, with the folder's name before it where several
    folders are read; the id of a file named by itself is its name.
    """
    folders = sum(os.path.isdir(item) for item in named)
    for item in map(str, named):
        if item == "-":
            yield Input("-", "stdin")
        elif os.path.isdir(item):
            prefix = Path(item).resolve().name + "/" if folders > 1 else ""
            yield from _folder(item, prefix, {os.path.realpath(folder) for folder in exclude})
        elif os.path.exists(item):
            yield Input(item, os.path.basename(item))
        elif glob.has_magic(item):
            yield from _glob(item)
        else:
            yield Input(item, item, "does not exist; check the path")


_OUTCOME = "holds what an earlier align wrote, not articles; move it elsewhere, or name a folder inside it to read that"


def _is_outcome(files: Sequence[str]) -> bool:
    """Whether a folder with these files was written by align run or align dedup."""
    return {"run.json", "documents.parquet"} <= set(files) or {"dedup.json", "documents.tsv"} <= set(files)


def _folder(folder: str, prefix: str, exclude: set[str]) -> Iterator[Input]:
    found = False
    errors: list[OSError] = []
    for parent, names, files in os.walk(folder, onerror=errors.append):
        if parent != folder and _is_outcome(files):
            found = True
            names.clear()
            yield Input(parent, prefix + Path(parent).relative_to(folder).as_posix(), _OUTCOME)
            continue
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and os.path.realpath(os.path.join(parent, name)) not in exclude
        )
        for name in sorted(files):
            if not name.startswith("."):
                found = True
                path = os.path.join(parent, name)
                yield Input(path, prefix + Path(path).relative_to(folder).as_posix())
    for error in errors:
        found = True
        yield Input(
            str(error.filename),
            str(error.filename),
            f"cannot be listed: {error.strerror}; check its permissions",
        )
    if not found:
        yield Input(folder, folder, "holds no files; name a folder with articles in it")


def _glob(pattern: str) -> Iterator[Input]:
    matches = sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path))
    if not matches:
        yield Input(pattern, pattern, "matches no file; quote the pattern and check it")
    # Several files of one name in different folders: the part of the path that tells them apart becomes the id.
    names = [os.path.basename(path) for path in matches]
    base = os.path.commonpath([os.path.dirname(path) or "." for path in matches]) if matches else ""
    for path, name in zip(matches, names, strict=True):
        yield Input(path, name if names.count(name) == 1 else Path(path).relative_to(base or ".").as_posix())
