"""What a reviewer can take back, and do again."""

from __future__ import annotations

from collections.abc import Sequence


class Steps:
    """What a reviewer can take back and do again, as numbers of actions."""

    def __init__(self, entries: Sequence[tuple[int, str, int | None]] = ()) -> None:
        self.undo: list[int] = []
        self.redo: list[int] = []
        for entry in entries:
            self.add(*entry)

    def add(self, number: int, kind: str, reverses: int | None) -> None:
        if kind == "forgo":  # could not be taken back any more, or done again
            _drop(self.undo, reverses)
            _drop(self.redo, reverses)
        elif kind == "undo":
            _drop(self.undo, reverses)
            self.redo.append(number)
        elif kind == "redo":
            _drop(self.redo, reverses)
            self.undo.append(number)
        else:
            self.undo.append(number)
            self.redo.clear()


def _drop(steps: list[int], number: int | None) -> None:
    if number in steps:
        steps.remove(number)
