"""A deduplication that grows batch by batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from align._internal.tables import read_table
from align.corpus import addition
from align.corpus.folder import DOCUMENTS, DUPLICATES, KEPT
from align.dedup import DedupOptions
from align.errors import InputError, OutputError, SignatureError, UsageError
from align.jobs import growing
from align.jobs.corpus import compact, corpus_info, remove_documents
from align.jobs.dedup import DedupJobOptions, DedupResult, compare_only, deduplicate, summarise
from align.reading import ReadOptions

from ..dedup.test_find import near_copies

GROWING = DedupJobOptions(append=True)
Documents = list[tuple[str, str]]


def written(path: Path, documents: Documents) -> Path:
    path.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in documents))
    return path


def batches(folder: Path, count: int = 3) -> list[Path]:
    documents = near_copies(60)
    return [written(folder / f"{n}.jsonl", documents[n::count]) for n in range(count)]


def grown(inputs: list[Path], out: Path, options: DedupJobOptions = GROWING) -> DedupResult:
    return [deduplicate([path], out, options) for path in inputs][-1]


def everything(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "lock" not in path.name)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_three_batches_find_what_one_deduplication_finds(tmp_path: Path) -> None:
    inputs = batches(tmp_path)
    grown(inputs, tmp_path / "grown")
    deduplicate(inputs, tmp_path / "whole", DedupJobOptions())
    pairs = [
        {
            frozenset((row["id1"], row["id2"])): row["similarity"]
            for row in read_table(tmp_path / name / DUPLICATES)
        }
        for name in ("grown", "whole")
    ]
    assert pairs[0] == pairs[1]
    assert len(pairs[0]) > 10
    rows = list(read_table(tmp_path / "grown" / DOCUMENTS))
    assert [row["batch"] for row in rows] == ["1"] * 30 + ["2"] * 30 + ["3"] * 30
    kept = [row["document"] for row in rows if row["status"] == "kept"]
    texts = "".join(path.read_text() for path in sorted((tmp_path / "grown" / KEPT).iterdir()))
    assert [json.loads(line)["id"] for line in texts.splitlines()] == kept


def test_a_batch_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    inputs = batches(tmp_path)
    grown(inputs, tmp_path / "out")
    before = everything(tmp_path / "out")
    for path in inputs:
        result = deduplicate([path], tmp_path / "out", GROWING)
        assert result.duplicates is None
        assert result.summary["documents"] == 30
    assert everything(tmp_path / "out") == before


def test_files_of_one_name_in_two_batches_are_both_kept(tmp_path: Path) -> None:
    for day, text in (
        ("monday", "the first article of the week"),
        ("tuesday", "quite another text, about something else"),
    ):
        (tmp_path / day).mkdir()
        (tmp_path / day / "001.txt").write_text(text)
    grown([tmp_path / "monday", tmp_path / "tuesday"], tmp_path / "out")
    kept = tmp_path / "out" / KEPT
    assert sorted(path.name for path in kept.iterdir()) == ["001.2.txt", "001.txt"]
    assert len(list(read_table(tmp_path / "out" / DOCUMENTS))) == 2


@pytest.mark.parametrize("place", ["commit", "put_in_place", "keep_texts", "complete"])
@pytest.mark.parametrize("batch", [1, 2])
def test_killed_anywhere_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, batch: int
) -> None:
    inputs = batches(tmp_path)
    grown(inputs, tmp_path / "whole")
    out = tmp_path / "out"
    for path in inputs[:batch]:
        deduplicate([path], out, GROWING)
    room = addition if place in ("commit", "complete") else growing

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, place, killed)
        with pytest.raises(KeyboardInterrupt):
            deduplicate([inputs[batch]], out, GROWING)
    for path in inputs[batch:]:
        deduplicate([path], out, GROWING)
    there, whole = everything(out), everything(tmp_path / "whole")
    for name in (DOCUMENTS, DUPLICATES, *(name for name in whole if name.startswith(KEPT))):
        assert there[name] == whole[name]
    assert json.loads(there["run.json"])["finished"]


def test_a_first_batch_that_was_killed_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = batches(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(growing, "write_found", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deduplicate([inputs[0]], tmp_path / "out", GROWING)
    grown(inputs, tmp_path / "out")
    assert len(list(read_table(tmp_path / "out" / DOCUMENTS))) == 90


def test_another_folder_or_other_options_are_refused(tmp_path: Path) -> None:
    inputs = batches(tmp_path)
    deduplicate([inputs[0]], tmp_path / "plain", DedupJobOptions())
    with pytest.raises(OutputError, match="was made without --append"):
        deduplicate([inputs[1]], tmp_path / "plain", GROWING)
    deduplicate([inputs[0]], tmp_path / "out", GROWING)
    with pytest.raises(SignatureError, match="threshold"):
        deduplicate(
            [inputs[1]], tmp_path / "out", DedupJobOptions(append=True, dedup=DedupOptions(threshold=0.8))
        )
    with pytest.raises(SignatureError, match="normalize"):
        deduplicate(
            [inputs[1]],
            tmp_path / "out",
            DedupJobOptions(append=True, dedup=DedupOptions(normalize=("han",))),
        )
    with pytest.raises(UsageError, match="choose one"):
        DedupJobOptions(append=True, index="x")
    with pytest.raises(UsageError, match="on_known_id 'update'"):
        DedupJobOptions(append=True, dedup=DedupOptions(on_known_id="update"))


def test_a_table_that_a_spreadsheet_has_saved_is_still_added_to(tmp_path: Path) -> None:
    inputs = batches(tmp_path)
    grown(inputs, tmp_path / "whole")
    grown(inputs[:2], tmp_path / "out")
    for name in (DOCUMENTS, DUPLICATES):
        path = tmp_path / "out" / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    deduplicate([inputs[2]], tmp_path / "out", GROWING)
    for name in (DOCUMENTS, DUPLICATES):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_was_refused_is_added_once_it_is_said_what_becomes_of_it(tmp_path: Path) -> None:
    documents = near_copies(4)
    first, second = (
        written(tmp_path / f"{name}.jsonl", [("a", documents[n][1])]) for name, n in (("1", 0), ("2", 2))
    )
    assert grown([first, second], tmp_path / "out").summary["failed"] == 1
    renaming = DedupJobOptions(append=True, dedup=DedupOptions(on_known_id="rename"))
    assert grown([second], tmp_path / "out", renaming).summary["failed"] == 0
    assert [row["document"] for row in read_table(tmp_path / "out" / DOCUMENTS)] == ["a", "a", "a@3"]
    assert grown([second], tmp_path / "out", renaming).duplicates is None


def test_a_dry_run_compares_with_what_is_in_the_folder(tmp_path: Path) -> None:
    first, second, _ = batches(tmp_path)
    grown([first], tmp_path / "out")
    before = everything(tmp_path / "out")
    told = summarise(compare_only([second], GROWING, tmp_path / "out"))
    assert everything(tmp_path / "out") == before
    assert told == grown([second], tmp_path / "out").summary
    assert told != summarise(compare_only([second], DedupJobOptions()))
    with pytest.raises(UsageError, match="-o"):
        compare_only([second], GROWING)


def test_a_folder_is_not_begun_for_an_index_of_other_settings(tmp_path: Path) -> None:
    """The next call with the settings of the index was refused for the folder of the first one."""
    first, second, _ = batches(tmp_path)
    index = str(tmp_path / "index")
    deduplicate([first], tmp_path / "one", DedupJobOptions(index=index))
    with pytest.raises(SignatureError):
        deduplicate([second], tmp_path / "two", DedupJobOptions(dedup=DedupOptions(0.8), index=index))
    assert deduplicate([second], tmp_path / "two", DedupJobOptions(index=index)).duplicates


def test_who_is_refused_is_not_told_to_throw_all_batches_away(tmp_path: Path) -> None:
    first, second, _ = batches(tmp_path)
    grown([first], tmp_path / "out")
    with pytest.raises(SignatureError, match=r"add to it with --append, .* alone .it has 1 batch"):
        deduplicate([second], tmp_path / "out", DedupJobOptions())
    fields = DedupJobOptions(append=True, reading=ReadOptions(id_field="number"))
    with pytest.raises(
        SignatureError, match=r"with id_field none, asked for is number; say the same as for its first"
    ):
        deduplicate([second], tmp_path / "out", fields)


def test_a_first_batch_that_was_not_finished_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = batches(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(growing, "write_found", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            grown([first], tmp_path / "out")
    with pytest.raises(SignatureError, match=r"finish it with .*, choose another -o"):
        grown([second], tmp_path / "out")


def test_its_batches_are_told_and_its_store_is_made_small(tmp_path: Path) -> None:
    inputs, out = batches(tmp_path), tmp_path / "out"
    results = [deduplicate([path], out, GROWING) for path in inputs]
    found = corpus_info(out)
    assert [batch.inputs for batch in found] == [(str(path),) for path in inputs]
    assert [list(batch.statuses) for batch in found] == [["kept", "duplicate", "failed"]] * 3
    assert [batch.statuses["kept"] for batch in found] == [result.summary["kept"] for result in results]
    assert [sum(batch.statuses.values()) for batch in found] == [30] * 3
    pieces = out / "store" / "documents"
    before = len(list(pieces.iterdir()))
    compact(out)
    assert len(list(pieces.iterdir())) < before
    assert deduplicate([inputs[1]], out, GROWING).unchanged
    again = written(tmp_path / "again.jsonl", [("x", near_copies(60)[0][1])])
    assert deduplicate([again], out, GROWING).summary["identical"] == 1


def test_what_cannot_be_taken_out_is_said(tmp_path: Path) -> None:
    (file, *_), out = batches(tmp_path), tmp_path / "out"
    deduplicate([file], out, GROWING)
    with pytest.raises(InputError, match=r"align dedup wrote, with texts in kept/; make it again without"):
        remove_documents(out, ["x"])
    deduplicate([file], tmp_path / "once", DedupJobOptions())
    with pytest.raises(InputError, match=r"align dedup NEW\.\.\. -o .*once --append makes"):
        compact(tmp_path / "once")
    with pytest.raises(InputError, match="is no folder; a table of pairs is made again"):
        compact(file)
