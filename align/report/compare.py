"""Writes the pages of two runs of the same texts: ``report/compare/index.html`` and one for each pair that differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from align.corpus.folder import REPORT, CorpusFolder
from align.report.comparison import Comparison, compare_runs
from align.report.files import sweep, write_page
from align.report.pages.comparison import comparison_page, difference_page

_FOLDER = "compare"


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """What was written, and what it says."""

    index: Path
    comparison: Comparison


def write_comparison(here: CorpusFolder, there: CorpusFolder) -> ComparedRuns:
    """Writes the pages beside the run `here`; those of an earlier comparison go.

    Raises:
        OutputError: the folder cannot be written.
        UsageError: the runs are of different texts.
    """
    comparison = compare_runs(here, there)
    folder = here.path / REPORT / _FOLDER
    names = _names(here, there)
    pages = {
        (found.pair.source, found.pair.target): f"{found.pair.file}.html"
        for found in comparison.pairs
        if found.differences or found.only_here or found.only_there
    }
    for found in comparison.pairs:
        if page := pages.get((found.pair.source, found.pair.target)):
            write_page(folder / page, difference_page(names, found))
    write_page(
        folder / "index.html",
        comparison_page(names, comparison, pages, list(_settings(here, there)), home=here.has_report),
    )
    sweep(folder, {"index.html", *pages.values()})
    return ComparedRuns(folder / "index.html", comparison)


def _names(here: CorpusFolder, there: CorpusFolder) -> tuple[str, str]:
    """The names of the folders; the whole paths where they are the same."""
    first, second = here.path.resolve(), there.path.resolve()
    return (first.name, second.name) if first.name != second.name else (str(first), str(second))


def _settings(here: CorpusFolder, there: CorpusFolder) -> Iterator[tuple[str, Any, Any]]:
    """What the runs were made with, where it is not the same."""
    one, other = (run.info.get("signature", {}) for run in (here, there))
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield name, _told(one.get(name)), _told(other.get(name))


def _told(value: object) -> str:
    return "not set" if value is None else str(value)
