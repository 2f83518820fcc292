"""Small runs, what kills and damage do to them, and how it is judged. `scripts/attack` goes on with the same."""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
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
KILLS = (
    "replace",
    "fsync",
    "unlink",
    "mkdir",
)  # of `os`: between two of these a kill finds the disk as it was


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


def in_child(work: Callable[[], Any], *, kill_at: int | None = None) -> int:
    """Does the work in a process of its own, killed before its `kill_at`-th change; returns its status.

    0 done, 1 an error on purpose, 70 any other, -9 killed.
    """
    child = os.fork()
    if not child:
        status = 70
        try:
            if kill_at is not None:
                _kill_at(kill_at)
            work()
            status = 0
        except AlignError:
            status = 1
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _kill_at(number: int) -> None:
    left = number

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*given: Any, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return change(*given, **named)

        return changed

    for name in KILLS:
        setattr(os, name, counted(getattr(os, name)))


def killed_everywhere(
    work: Callable[[Path], Any], folder: Path, *, step: int = 1, most: int = 10_000
) -> Iterator[tuple[int, str]]:
    """Kills the work at every `step`-th change of the disk, does it again, and compares with what is unbroken.

    Yields the number of each kill and what is wrong with what came of it, "" for nothing. `work` writes into the
    folder it is given.
    """
    whole = folder / "whole"
    assert in_child(lambda: _noting_modules(work, whole, folder / "modules")) == 0
    for name in (folder / "modules").read_text().split():  # once, here, and not in every child
        with suppress(ImportError):
            import_module(name)
    wanted = contents(whole)
    for number in range(0, most, step):
        out = folder / f"killed-{number}"
        status = in_child(lambda at=out: work(at), kill_at=number)  # type: ignore[misc]
        if status == 0:
            return
        again = in_child(lambda at=out: work(at))  # type: ignore[misc]
        found = contents(out)
        other = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        yield number, f"exit status {again}" if again else ", ".join(other)


def _noting_modules(work: Callable[[Path], Any], out: Path, modules: Path) -> None:
    work(out)
    modules.write_text(" ".join(sys.modules))


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
