"""What all tests share: the sample articles, the gold folder where there is one, sentences with their translations."""

from __future__ import annotations

import multiprocessing.process
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from align.encoders import auto, get_encoder
from tests.several_encoders import Broad

FAST = os.environ.get("ALIGN_TEST_FAST") == "1"
# A machine that is busy with something else is slow, and that is no fault of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("patient"), max_examples=15)
settings.load_profile("fast" if FAST else "patient")

ROOT = Path(__file__).parent.parent
CHROMIUM = Path("/usr/bin/chromium")


# What takes longest starts first, so that no worker is left alone with it in the end.
_LONG = ("spark", "gold", "browser", "slow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first (`--no-loadscope-reorder` leaves them there); each keeps the order of its tests."""
    first: dict[Path, int] = {}
    for item in items:
        rank = next((n for n, mark in enumerate(_LONG) if item.get_closest_marker(mark)), len(_LONG))
        first[item.path] = min(first.get(item.path, rank), rank)
    items.sort(key=lambda item: first[item.path])


@pytest.fixture(scope="session", autouse=FAST)
def no_process_is_started() -> Iterator[None]:
    """In the fast lane: a test that starts a process belongs to the slow ones, and is told so."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("this test starts a process: mark it slow", pytrace=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", refuse)
        patch.setattr(multiprocessing.process.BaseProcess, "start", refuse)
        yield


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser to open pages in, one for each file of tests."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed: apt install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gold() -> Path:
    folder = os.environ.get("ALIGN_GOLD")
    if not folder or not Path(folder).is_dir():
        pytest.skip("the gold sets are not here: set ALIGN_GOLD to their folder")
    return Path(folder)


_SUBJECTS = [
    ("The old fisherman", "Der alte Fischer"), ("My younger sister", "Meine jüngere Schwester"),
    ("The mayor of the town", "Der Bürgermeister der Stadt"), ("A tired soldier", "Ein müder Soldat"),
    ("The new teacher", "Die neue Lehrerin"), ("Our neighbour's dog", "Der Hund unseres Nachbarn"),
    ("The whole orchestra", "Das ganze Orchester"), ("The young doctor", "Die junge Ärztin"),
]  # fmt: skip
_EVENTS = [
    ("bought a red bicycle at the market.", "kaufte auf dem Markt ein rotes Fahrrad."),
    ("waited for the last train until midnight.", "wartete bis Mitternacht auf den letzten Zug."),
    ("refused to answer the journalists.", "weigerte sich, den Journalisten zu antworten."),
    ("crossed the frozen river in winter.", "überquerte im Winter den zugefrorenen Fluss."),
    ("wrote a long letter to the minister.", "schrieb einen langen Brief an den Minister."),
    ("slept under an apple tree.", "schlief unter einem Apfelbaum."),
    ("lost the key of the library.", "verlor den Schlüssel der Bibliothek."),
    ("found gold in the mountains.", "fand Gold in den Bergen."),
    ("opened all the windows because of the heat.", "öffnete wegen der Hitze alle Fenster."),
    ("paid 350 francs for the ticket.", "bezahlte 350 Franken für die Fahrkarte."),
]


@pytest.fixture(scope="session")
def english_german() -> tuple[list[str], list[str]]:
    """Eighty sentences and their translations, each different from the others."""
    pairs = [
        (f"{s[0]} {e[0]}", f"{s[1]} {e[1]}") for k, e in enumerate(_EVENTS * 8) for s in [_SUBJECTS[k // 10]]
    ]
    return [p[0] for p in pairs], [p[1] for p in pairs]


@pytest.fixture
def broad(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broad]:
    """An encoder of many languages that `auto` can choose."""
    encoder = Broad()
    yield from _with_broad(encoder, monkeypatch)


@pytest.fixture
def no_broad(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`auto` has nothing but `use` to choose from."""
    yield from _with_broad(None, monkeypatch)


def _with_broad(encoder: Broad | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(auto, "broad_encoder", lambda: encoder)
    get_encoder.cache_clear()
    yield encoder
    get_encoder.cache_clear()
