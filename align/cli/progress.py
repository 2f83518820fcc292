"""How far work is, on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from align._internal.progress import Progress
from align.cli import console
from align.cli.console import on_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as Display
    from rich.progress import ProgressColumn, TaskID

_PAUSE = 10.0  # seconds between two lines of one step, where lines stay
_REDRAWN = 0.05  # seconds between two looks at a bar


@contextmanager
def steps(*, quiet: bool | None = None, after: float = 0.0) -> Iterator[Progress]:
    """Gives a function that tells how far which step is.

    Where lines stay, as in a log, none comes in the first seconds, `after`: a short job says nothing. `quiet` is what
    the user asks for, unless it is given.
    """
    quiet = console.is_set(console.QUIET) if quiet is None else quiet
    durations = _Durations()
    shown: list[Progress] = [durations]
    with contextlib.ExitStack() as stack:
        if not quiet and on_terminal():
            shown.append(_Bar(stack.enter_context(_display())))
        elif not quiet:
            shown.append(_Lines(after, console.tell))
        if console.has_log() and (quiet or on_terminal()):
            shown.append(_Lines(after, console.record))

        def tell(step: str, done: int, total: int) -> None:
            for told in shown:
                told(step, done, total)

        yield tell
        durations.end()


class _Durations:
    """How long each step took, for those who want to know."""

    def __init__(self) -> None:
        self._step, self._begun = "", time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self.end()
            self._step = step

    def end(self) -> None:
        now = time.monotonic()
        if self._step:
            console.note(f"{self._step}: took {now - self._begun:.1f} s")
        self._step, self._begun = "", now


class _Lines:
    """A line when a step begins, then one every few seconds."""

    def __init__(self, after: float, say: Callable[[str], None]) -> None:
        self._say = say
        self._started = self._last = time.monotonic()
        self._begun = (self._started, 0)  # when the step began, and how much was done by then
        self._after = after
        self._step = self._said = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step:
            self._step, self._begun = step, (now, done)
        if now - self._started < self._after or (step == self._said and now - self._last < _PAUSE):
            return
        self._said, self._last = step, now
        line = f"align: {now - self._started:5.1f} s  {step}{self._figures(done, total, now)}"
        with contextlib.suppress(OSError):  # nobody reads them any more: no reason to stop
            self._say(line)

    def _figures(self, done: int, total: int, now: float) -> str:
        counted = _counted(done, total)
        said = [f": {counted}"] if counted else []
        seconds, new = now - self._begun[0], done - self._begun[1]
        if seconds >= 1 and new > 0:
            said.append(_rate(new / seconds))
            if total > done:
                said.append(f"{duration(seconds * (total - done) / new)} left")
        return ", ".join(said)


class _Bar:
    """A bar for the step that is being done; it is gone when the work is."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._step = ""
        self._task: TaskID | None = None
        self._next = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step or self._task is None:
            if self._task is not None:
                self._display.remove_task(self._task)
            self._step, self._task = step, self._display.add_task(step, total=None, counted="")
        elif now < self._next and done != total:
            return
        self._next = now + _REDRAWN
        self._display.update(self._task, completed=done, total=total or None, counted=_counted(done, total))


def _display() -> Display:
    """Step, bar, count, rate and time left. What stderr is told meanwhile stands above it; stdout is let alone."""
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[counted]}", markup=False),
        _rate_column(),
        progress.TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
    )


def _rate_column() -> ProgressColumn:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(_rate(task.speed) if task.speed else "")

    return Rate()


def _counted(done: int, total: int) -> str:
    return f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""


def _rate(each_second: float) -> str:
    return f"{each_second:,.0f}/s" if each_second >= 10 else f"{each_second:.1f}/s"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``1 h 5 min``."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    )
