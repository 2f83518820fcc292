"""English articles and their German translations, for batches that come one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]
ENGLISH: list[str] = []
GERMAN: list[str] = []


@pytest.fixture(autouse=True)
def texts(english_german: tuple[list[str], list[str]]) -> None:
    """Ten articles of eight sentences and their translations, in the module that imports this."""
    for texts, sentences in zip((ENGLISH, GERMAN), english_german, strict=True):
        texts[:] = ["\n".join(sentences[n::10]) for n in range(10)]


def lines(path: Path, rows: Iterable[Row]) -> Path:
    """A file of JSON lines."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
