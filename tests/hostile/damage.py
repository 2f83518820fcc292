"""Small runs, what kills and damage do to them, and how it is judged. `scripts/attack` goes on with the same."""

from __future__ import annotations

import ctypes
import errno
import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from align.errors import AlignError

TEXTS = {
    f"{number}.txt": f"Number {number} tells of {what}.\n\nIt has a second paragraph about {what}, too, and an end.\n"
    for number, what in enumerate(["a harbour", "the harvest", "old bridges", "a lighthouse"])
}
TEXTS["copy.txt"] = TEXTS["1.txt"]
KILLS = ("replace", "fsync", "unlink", "mkdir")  # of `os`; writes are in faults.c
FAULTS = {"kill": 1, "broken disk": 2, "full disk": 3}  # numbers of faults.c
NEVER = 10**9


def write_inputs(folder: Path) -> Path:
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the locks by its name, temporary ones included; as if the folder were called OUT."""
    found = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name not in (".lock", "lock")
    )
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().replace(str(folder).encode(), b"OUT")
        for path in found
    }


def in_child(work: Callable[[], Any], *, fault: tuple[str, int] | None = None) -> int:
    """Does the work in a process of its own, where the disk fails at a change (`FAULTS`, how many go well before it).

    Returns its status: 0 done, 1 an error on purpose, 70 any other, -9 killed.
    """
    return os.waitstatus_to_exitcode(os.waitpid(begun_in_child(work, fault=fault), 0)[1])


def begun_in_child(work: Callable[[], Any], *, fault: tuple[str, int] | None = None) -> int:
    """Begins the work in a process of its own; returns its number."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        if fault:
            _arm(*fault)
        work()
        status = 0
    except AlignError:
        status = 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _arm(kind: str, number: int) -> None:
    """Lets the disk fail: through the library of faults.c where it is loaded, else what Python itself asks of `os`."""
    library = ctypes.CDLL(None)
    if hasattr(library, "fault_arm"):
        library.fault_arm(ctypes.c_long(number), FAULTS[kind])
        return
    left = number

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == -1:
                if kind == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return change(*given, **named)

        return changed

    for name in KILLS:
        setattr(os, name, counted(getattr(os, name)))
    globals()["_changes"] = lambda: number - left


def _changes() -> int:
    """How many changes of the disk there were since `_arm`."""
    return int(ctypes.CDLL(None).fault_count())


def killed_everywhere(
    work: Callable[[Path], Any],
    folder: Path,
    *,
    kind: str = "kill",
    numbers: Callable[[int], Iterable[int]] = range,
    base: Path | None = None,
    contents_of: Callable[[Path], dict[str, bytes]] = contents,
) -> Iterator[tuple[int, str]]:
    """Lets the disk fail at changes, does the work again, and compares with what is unbroken.

    Yields the number of each change and what is wrong with what came of it, "" for nothing. `work` writes into the
    folder it is given, a copy of `base` where there is one; `numbers` picks from the changes that there are.
    """
    whole = _copied(base, folder / "whole")
    assert in_child(lambda: _noted(work, whole, folder), fault=("kill", NEVER)) == 0
    count, *modules = (folder / "noted").read_text().split()
    for name in modules:  # once, here, and not in every child
        with suppress(ImportError):
            import_module(name)
    wanted = contents_of(whole)
    for number in numbers(int(count)):
        out = _copied(base, folder / f"{kind}-{number}")
        broken = in_child(lambda at=out: work(at), fault=(kind, number))  # type: ignore[misc]
        again = in_child(lambda at=out: work(at))  # type: ignore[misc]
        found = contents_of(out)
        other = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        wrong = ", ".join(other)
        if again or broken == 70:
            wrong = f"exit status {broken}, then {again}; {wrong}"
        yield number, wrong
        shutil.rmtree(out, ignore_errors=True)


def _copied(base: Path | None, out: Path) -> Path:
    if base:
        shutil.copytree(base, out)
    return out


def _noted(work: Callable[[Path], Any], out: Path, folder: Path) -> None:
    """Does the work and notes how many changes of the disk it makes and which modules it needs."""
    work(out)
    changes = _changes()
    (folder / "noted").write_text(f"{changes} {' '.join(sys.modules)}")


def mutations(data: bytes, random_: random.Random) -> Iterator[bytes]:
    """A file as crashes, disks and people change it, without end."""
    yield from (
        b"",
        data[: len(data) // 2],
        data[:-1],
        b"[" * 100_000,
        b"\xff" + data,
        b"\x00" * len(data),
        b"{}",
        b"[]",
    )
    values = [
        b"1e400",
        b"-1",
        b"null",
        b"[]",
        b"{}",
        b'"\\ud800"',
        b"../../x",
        b"9" * 400,
        b"\t",
        b"\n",
        b"\xff",
        b"",
    ]
    while True:
        changed = bytearray(data)
        for _ in range(random_.randint(1, 4)):
            at = random_.randrange(len(changed) + 1)
            if random_.random() < 0.5:
                changed[at : at + 1] = bytes([random_.randrange(256)])
            else:
                changed[at : at + random_.randint(0, 8)] = random_.choice(values)
        yield bytes(changed)


def attempt(work: Callable[[], Any]) -> str:
    """Does the work; what fell, "" where it was done or refused with a message."""
    try:
        work()
    except AlignError as error:
        return "" if str(error) and "\n" not in str(error) else f"message {error!r}"
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {where.filename}:{where.lineno}: {error!s:.100}"
    return ""
