"""The tutorial runs as it stands. Its cells run here in one namespace, as a kernel would, without one."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

NOTEBOOK = Path(__file__).parent.parent / "docs" / "tutorial.ipynb"


def cells() -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    found: list[dict[str, Any]] = notebook["cells"]
    return found


def run(source: str, names: dict[str, Any]) -> Any:
    """Runs a cell; the value of its last expression, which a notebook shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names) if last else None  # type: ignore[attr-defined]


def test_it_is_a_notebook_without_stale_outputs() -> None:
    assert len({cell["id"] for cell in cells()}) == len(cells())
    assert all(cell["outputs"] == [] for cell in cells() if cell["cell_type"] == "code")


@pytest.mark.slow
def test_the_tutorial_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NOTEBOOK.parent)
    names: dict[str, Any] = {}
    shown = {}
    for cell in cells():
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            shown[source] = run(source, names)
    assert list(names["corpus"].pairs["target"]) == ["001_d945e63c1141dd87.txt"]
    assert len(names["doubtful"]) > 0
    assert names["alignment"]._repr_html_().count("<tr>") == 21
    frames = [value for value in shown.values() if isinstance(value, pd.DataFrame)]
    assert len(frames) >= 5
    assert not any(frame.empty for frame in frames)
