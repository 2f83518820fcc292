"""What long work tells of itself."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Step, how much of it is done, and of how much (0 where nobody knows)."""

MEGABYTE = 1_000_000
"""Where bytes are counted the step says so: ``reading, MB``."""
