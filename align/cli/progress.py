"""Progress on stderr: documents, rate and time left; one line that is rewritten on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path


class Progress:
    """Called with documents and bytes read so far; says nothing before there is something to wait for."""

    def __init__(self, total: int | None, *, quiet: bool = False) -> None:
        self._total = total  # bytes, where they are known
        self._terminal = sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._quiet = quiet
        self._shown = False

    def __call__(self, documents: int, position: int) -> None:
        now = time.monotonic()
        if self._quiet or now - self._last < (0.2 if self._terminal else 10):
            return
        self._last, self._shown = now, True
        seconds = now - self._start
        rate = f"{documents / seconds:,.0f}/s, {position / seconds / 1e6:,.1f} MB/s"
        line = f"{documents:,} documents, {rate}{self._left(position, now)}"
        sys.stderr.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Clears the line on a terminal."""
        if self._terminal and self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _left(self, position: int, now: float) -> str:
        if not self._total or position <= 0:
            return ""
        done = min(1.0, position / self._total)
        return f", {done:.0%}, {_time((now - self._start) * (1 - done) / done)} left"


def total_size(inputs: Sequence[str | Path]) -> int | None:
    """The bytes of all files below the inputs, or None where standard input is one of them."""
    from align.reading.inputs import find_inputs

    if "-" in map(str, inputs):
        return None
    return sum(_size(item.path) for item in find_inputs(inputs) if not item.problem)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:  # a link to nowhere, or gone meanwhile: the reader will say so
        return 0


def _time(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    )
