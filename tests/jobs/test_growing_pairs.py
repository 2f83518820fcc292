"""Tables of pairs that grow batch by batch."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from align._internal.tables import read_table
from align.errors import InputError, OutputError, UsageError
from align.jobs import growing_pairs
from align.jobs.corpus import corpus_info
from align.jobs.pairs import PairJobOptions, pair
from align.pairing import PairOptions

pytestmark = pytest.mark.slow


@pytest.fixture
def days(seeds: Path, tmp_path: Path) -> list[Path]:
    """The sample articles, each version of an article on another day."""
    folders = [tmp_path / "monday", tmp_path / "tuesday"]
    for number, path in enumerate(sorted(seeds.glob("*.txt"))):
        folders[number % 2].mkdir(exist_ok=True)
        shutil.copy(path, folders[number % 2] / path.name)
    return folders


def options(folder: Path, **more: Any) -> PairJobOptions:
    return PairJobOptions(append=True, documents=folder / "documents.tsv", **more)


def rows(path: Path) -> list[dict[str, str]]:
    return list(read_table(path))


def test_a_partner_that_comes_later_is_found_and_told_of_both(
    days: list[Path], seeds: Path, tmp_path: Path
) -> None:
    out = tmp_path / "pairs.tsv"
    for day in days:
        pair([day], out, options(tmp_path))
    pair([seeds], tmp_path / "whole.tsv", PairJobOptions())
    names = [[(row["source"], row["target"]) for row in rows(path)] for path in (out, tmp_path / "whole.tsv")]
    assert names[0] == names[1]
    assert len(names[0]) > 0
    told = {row["document"]: row for row in rows(tmp_path / "documents.tsv")}
    statuses = [Counter(row["status"] for row in told.values() if row["batch"] == n) for n in ("1", "2")]
    assert [batch.statuses for batch in corpus_info(out)] == [
        {"paired": counts["paired"], "unpaired": counts["unpaired"]} for counts in statuses
    ]
    with pytest.raises(
        InputError, match=r"no table that grows; align pairs NEW\.\.\. -o whole\.tsv --append"
    ):
        corpus_info(tmp_path / "whole.tsv")
    for source, target in names[0]:
        assert told[source]["related"] == target
        assert told[target]["related"] == source
        assert {told[source]["batch"], told[target]["batch"]} <= {"1", "2"}
    before = {path: path.read_bytes() for path in (out, tmp_path / "documents.tsv")}
    assert pair([days[0]], out, options(tmp_path)).unchanged
    assert pair([days[1]], out, options(tmp_path)).unchanged
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.parametrize("place", ["_write_pairs", "_write_documents", "find_with_index"])
@pytest.mark.parametrize("batch", [0, 1])
def test_killed_anywhere_it_goes_on(
    days: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, batch: int
) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    for day in days:
        pair([day], tmp_path / "whole" / "pairs.tsv", options(tmp_path / "whole"))
    out = tmp_path / "killed" / "pairs.tsv"
    real = getattr(growing_pairs, place)

    def killed(*given: Any, **named: Any) -> None:
        real(*given, **named)
        raise KeyboardInterrupt

    for number, day in enumerate(days):
        if number == batch:
            with monkeypatch.context() as patch:
                patch.setattr(growing_pairs, place, killed)
                with pytest.raises(KeyboardInterrupt):
                    pair([day], out, options(out.parent))
        pair([day], out, options(out.parent))
    for name in ("pairs.tsv", "documents.tsv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_cannot_be_added_to_is_refused(days: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    out.write_text("source\ttarget\n")
    with pytest.raises(OutputError, match="exists"):
        pair([days[0]], out, PairJobOptions(append=True))
    with pytest.raises(UsageError, match="name a file"):
        pair([days[0]], "-", PairJobOptions(append=True))
    with pytest.raises(UsageError, match="choose one"):
        PairJobOptions(append=True, pairing=PairOptions(index=tmp_path))
    out.unlink()
    pair([days[0]], out, PairJobOptions(append=True))
    (tmp_path / "pairs.tsv.store" / "batches.json").write_text("{")
    with pytest.raises(InputError, match=r"batches\.json: is damaged"):
        pair([days[1]], out, PairJobOptions(append=True))


def test_another_text_under_a_known_id_is_said_to_replace_it(days: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    pair([days[0]], out, options(tmp_path))
    (tmp_path / "next").mkdir()
    name, same, *_ = sorted(path.name for path in days[0].iterdir())
    shutil.copy(next(days[1].iterdir()), tmp_path / "next" / name)
    shutil.copy(days[0] / same, tmp_path / "next" / same)
    assert pair([tmp_path / "next"], out, options(tmp_path)).replaced == (name,)
    told = {row["document"]: row["warning"] for row in rows(tmp_path / "documents.tsv")}
    assert told[name] == "takes the place of an earlier text with this id, and of its pairs"
    assert not told[same]
