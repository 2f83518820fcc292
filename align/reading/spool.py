"""What can be read only once (standard input, pipes) as files, for jobs that read their inputs a second time."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from align.errors import InputError
from align.reading.compression import open_bytes
from align.reading.options import Format, ReadOptions
from align.reading.sniff import input_format

_ENDINGS: dict[Format, str] = {
    "jsonl": ".jsonl",
    "csv": ".csv",
    "parquet": ".parquet",
    "arrow": ".arrow",
    "html": ".html",
}


@contextlib.contextmanager
def spooled(inputs: Sequence[str], options: ReadOptions) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The inputs with a file in the place of each that is none; and by such a file what the user called it."""
    once = [item for item in dict.fromkeys(inputs) if item == "-" or _is_pipe(item)]
    if not once:
        yield list(inputs), {}
        return
    with tempfile.TemporaryDirectory(prefix="align-") as folder:
        copies = {item: _copy(item, Path(folder) / str(number), options) for number, item in enumerate(once)}
        yield [copies.get(item, item) for item in inputs], {copies[item]: item for item in once}


def _is_pipe(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _copy(item: str, folder: Path, options: ReadOptions) -> str:
    """A copy in a folder of its own, which keeps the name, with the ending of its format where it has none."""
    folder.mkdir()
    path = folder / ("stdin" if item == "-" else os.path.basename(item.rstrip("/")))
    with path.open("wb") as copy:
        if item == "-":
            shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)
        else:
            with open(item, "rb") as source:
                shutil.copyfileobj(source, copy, 1 << 20)
    if path.suffix:
        return str(path)
    with contextlib.suppress(InputError, OSError, EOFError), open_bytes(str(path)) as stream:
        return str(
            path.rename(
                path.with_name(path.name + _ENDINGS.get(input_format(str(path), stream, options), ""))
            )
        )
    return str(path)
