"""Disks that are too small, in two ways: a file system of so many kilobytes, and a limit on the size of every file."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .commands import Command
from .damage import in_child


def limited(work: Callable[[], Any], size: int) -> Callable[[], Any]:
    """The work where no file may grow beyond `size` bytes, as SQLite's and Arrow's may not either."""

    def limited_work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        work()

    return limited_work


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Callable[[], None]]:
    """A file system of `size` bytes at `place`; what is yielded makes it large. Only where one may be mounted.

    Raises:
        OSError, subprocess.SubprocessError: it may not.
    """
    place.mkdir(parents=True)
    _said("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place))
    try:
        yield lambda: _said("mount", "-o", "remount,size=200m", str(place))
    finally:
        _said("umount", "-l", str(place))


def _said(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def too_small(command: Command, folder: Path, size: int, *, mounted: bool) -> str:
    """Does a command's work where there is no room for it, then where there is; what is wrong, "" for nothing."""
    base, whole = command.base(folder), folder / "whole"
    if base:
        shutil.copytree(base, whole)
    assert in_child(lambda: command.work(whole)) == 0
    if not mounted:
        out = folder / "out"
        if base:
            shutil.copytree(base, out)
        return _judged(command, out, whole, in_child(limited(lambda: command.work(out), size)))
    room = sum(len(data) for data in command.contents(base).values()) if base else 0
    with small_disk(folder / "disk", 2 * room + size) as enlarge:
        out = folder / "disk" / "out"
        if base:
            try:
                shutil.copytree(base, out)
            except (OSError, shutil.Error):  # not even what was there fits
                return ""
        broken = in_child(lambda: command.work(out))
        enlarge()
        return _judged(command, out, whole, broken)


def _judged(command: Command, out: Path, whole: Path, broken: int) -> str:
    again = in_child(lambda: command.work(out))
    if again or broken not in (0, 1):
        return f"exit status {broken}, then {again}"
    wanted, found = command.contents(whole), command.contents(out)
    return ", ".join(
        sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    )
