"""The rooms of the house import downwards only; what a function imports when it is called may look further."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "align"
# From the bottom up; a room may import from its own floor and from those below.
FLOORS = (
    {"_version", "compiled", "errors", "files", "document", "text"},
    {"reading", "dedup", "encoders"},
    {"alignment"},
    {"pairing"},
    {"writing"},
    {"review"},
    {"corpus", "report", "workers"},
    {"deduplicate", "pipeline"},
    {"cli"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
OUTSIDE = {"__init__", "__main__"}


def imported(tree: ast.Module) -> Iterator[str]:
    """Rooms that a module imports from when it is itself imported."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("align."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("align."))


def test_rooms_import_downwards() -> None:
    modules = {
        path: path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in sorted(PACKAGE.rglob("*.py"))
    }
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {other}"
        for path, room in modules.items()
        if room not in OUTSIDE
        for other in imported(ast.parse(path.read_text(encoding="utf-8")))
        if FLOOR[other] > FLOOR[room]
    ]
    assert wrong == []


def test_functions_fit_a_screen() -> None:
    """No body over 60 lines, docstring and all."""
    long = [
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.body[0].lineno >= 60
    ]
    assert long == []
