"""What all tests share: the sample articles and the gold folder, where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def gold() -> Path:
    folder = os.environ.get("ALIGN_GOLD")
    if not folder or not Path(folder).is_dir():
        pytest.skip("the gold sets are not here: set ALIGN_GOLD to their folder")
    return Path(folder)
