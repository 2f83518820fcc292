"""Taking over an output folder: new, continued, or emptied where the user said so; never two processes at once."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from align import __version__
from align._internal.files import atomic, unwritable
from align.corpus.folder import FORMAT, RunFolder
from align.corpus.warnings import WARNED
from align.errors import OutputError, SignatureError

# What a run writes, and so what --overwrite removes; a reviewer's decisions are not among it.
_FILES = (
    "run.json",
    "documents.tsv",
    "documents.parquet",
    "duplicates.tsv",
    "clusters.tsv",
    "repeats.tsv",
    "pairs.tsv",
    WARNED,
)
_FOLDERS = ("aligned", "report")
_REVIEW = ("review.sqlite", "calibration.json")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Makes the folder and holds it against a second process; the lock dies with this one.

    Raises:
        OutputError: the folder cannot be written, or another process holds it.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file, and a run writes several; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise unwritable(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OutputError(
                f"{folder}: another process is writing into it; wait, or choose another -o"
            ) from None
        yield


def take_over(folder: Path, signature: Mapping[str, Any], *, overwrite: bool) -> bool:
    """Whether the folder holds a run with this very signature, to be continued; empties it where told to.

    Raises:
        SignatureError: it holds another run; says which part of the signature differs, with both values.
        OutputError: it holds something else.
    """
    if overwrite:
        _refuse_foreign(folder)
        _empty(folder)
        return False
    if (folder / "run.json").exists():
        old = RunFolder(folder).info
        if _is_of_nothing(old) and old.get("signature") != signature:
            _empty(folder)
            return False
        _compare(folder, old.get("signature", {}), signature)
        return True
    others = sorted(p.name for p in folder.iterdir() if not p.name.startswith((".", *_REVIEW)))
    if others:
        raise OutputError(
            f"{folder}: holds other files ({others[0]}); choose another -o, or --overwrite what is a run's"
        )
    return False


def write_info(folder: Path, **changes: Any) -> None:
    """Writes ``run.json``, keeping what it held before and is not changed."""
    file = folder / "run.json"
    old = json.loads(file.read_text("utf-8")) if file.exists() else {}
    with atomic(file) as stream:
        json.dump(
            {"format": FORMAT, "version": __version__, "finished": False} | old | changes,
            stream,
            ensure_ascii=False,
            indent=1,
        )
        stream.write("\n")


def _is_of_nothing(info: Mapping[str, Any]) -> bool:
    """Whether a run found no document it could use, as after a mistyped path: nothing is lost with it."""
    summary = info.get("summary")
    return bool(info.get("finished")) and summary is not None and summary["documents"] == summary["failed"]


def _compare(folder: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for name in [*new, *(set(old) - set(new))]:
        if old.get(name) != new.get(name):
            raise SignatureError(
                f"{folder}: holds a run with {name} {_short(old.get(name))}, asked for is {_short(new.get(name))}; "
                "choose another -o, or --overwrite"
            )


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _refuse_foreign(folder: Path) -> None:
    """--overwrite is for runs: a folder called report/ that somebody else filled must not go with it."""
    if (folder / "run.json").exists():
        return
    for name in (*_FILES, *_FOLDERS):
        if (folder / name).exists():
            raise OutputError(
                f"{folder}: holds {name} but no run (no run.json), so it is not overwritten; choose another -o"
            )


def _empty(folder: Path) -> None:
    if not (folder / "run.json").exists():
        return
    # What a kill leaves behind must be known as a run's, and not look like one that can be continued.
    with atomic(folder / "run.json") as stream:
        json.dump({"format": FORMAT, "version": __version__, "finished": False, "signature": {}}, stream)
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (*_FILES[1:], _FILES[0]):  # run.json goes last
        (folder / name).unlink(missing_ok=True)
