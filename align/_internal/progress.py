"""What long work tells of itself."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Step, how much of it is done, and of how much (0 where nobody knows)."""

Advance = Callable[[int], None]
"""How much of one step is done, where whoever called knows the step and of how much."""

Waiting = Callable[[str], None]
"""What another process is doing in the same place, and that it is waited for."""

MEGABYTE = 1_000_000
"""Where bytes are counted the step says so: ``reading, MB``."""


def silent(step: str, done: int, total: int) -> None:
    """The progress of work that nobody watches."""
