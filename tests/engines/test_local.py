from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, ClassVar

import pytest

from align.alignment import Alignment, aligner
from align.alignment.aligner import align_documents
from align.alignment.associations import WordAssociations
from align.alignment.options import AlignOptions
from align.alignment.prepared import PreparedDocument
from align.corpus.folder import PairEntry
from align.corpus.warnings import WarningLog
from align.document import Document
from align.encoders import get_encoder
from align.encoders.use.encoder import UseEncoder
from align.engines import local as workers
from align.engines.local import Outcome, Task, align_all, align_together
from align.errors import AlignError
from align.text import sentences
from align.text.sentences import segment


def aligned(
    tasks: Sequence[Task], options: AlignOptions, workers: int = 1, under_way: Path | None = None
) -> Iterator[Outcome]:
    """`align_all` of tasks that are there already."""
    pairs = [PairEntry(t.source.id, t.target.id, "", "", str(k), {}) for k, t in enumerate(tasks)]
    return align_all(pairs, lambda pair: tasks[int(pair.file)], options, workers, under_way=under_way)


class StartedError(Exception):
    """A pool of processes was asked for."""


@pytest.mark.parametrize(("encoder", "started"), [("use", True), ("laser", False), ("st:LaBSE", False)])
def test_only_a_light_encoder_is_loaded_by_many_processes(
    encoder: str, started: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of 2 GB in each of 64 workers, or in one graphics processor 64 times, ends the run."""

    def pool(*arguments: object, **options: object) -> None:
        raise StartedError

    monkeypatch.setattr(workers, "ProcessPoolExecutor", pool)
    monkeypatch.setattr(workers, "align_one", lambda task, preparer: task.source.id)
    document = Document.from_text("a", "text")
    task = Task("a", document, document, (tmp_path / "p", tmp_path / "s"), WarningLog(tmp_path / "log"))
    tasks = [task] * 100
    get_encoder.cache_clear()
    try:
        found = list(aligned(tasks, AlignOptions(encoder=encoder), 4))
    except StartedError:
        assert started
    else:
        assert not started
        assert found == ["a"] * 100
    get_encoder.cache_clear()


class Own(UseEncoder):
    """Light, and even called as one that others can load; but only the caller has it."""


@pytest.mark.parametrize("own", [False, True])
def test_an_object_that_only_the_caller_has_stays_in_this_process(
    own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, workers: int, **options: object) -> None:
            super().__init__(workers)

        def submit(self, function: Any, *parts: Any, **options: Any) -> Any:
            sent.append(parts[1].encoder)
            return super().submit(function, *parts, **options)

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(workers, "align_one", lambda task, preparer: task.source.id)
    document = Document.from_text("a", "text")
    task = Task("a", document, document, (tmp_path / "p", tmp_path / "s"), WarningLog(tmp_path / "log"))
    encoder = Own() if own else get_encoder("use")
    assert list(aligned([task] * 100, AlignOptions(encoder=encoder), 4)) == ["a"] * 100
    assert set(sent) == (set() if own else {"use"})


def test_pairs_that_share_documents_go_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def noted(
        source: PreparedDocument, target: PreparedDocument, *, options: AlignOptions, known: None
    ) -> Alignment:
        made.append(source.id + target.id)
        return align_documents(source, target, options=options)

    monkeypatch.setattr(aligner, "align_documents", noted)
    calls: list[str] = []
    monkeypatch.setattr(
        sentences, "segment", lambda p, language: calls.append(p.text) or segment(p, language)
    )
    documents = {id: Document.from_text(id, f"Text {id}. It rains.") for id in "abcdxyz"}
    pairs = ["ab", "xy", "ac", "yz", "cd", "bd"]
    tasks = [
        Task(pair, documents[pair[0]], documents[pair[1]], (tmp_path / pair, tmp_path / f"{pair}s"), log)
        for pair in pairs
        for log in [WarningLog(tmp_path / "log")]
    ]
    found = [outcome.source + outcome.target for outcome in aligned(tasks, AlignOptions())]
    assert found == made == ["ab", "ac", "cd", "bd", "xy", "yz"]
    assert sorted(calls) == [f"Text {id}. It rains." for id in "abcdxyz"]


def test_known_words_go_with_a_pair_into_another_process(
    tmp_path: Path, english_german: tuple[list[str], list[str]]
) -> None:
    texts = [["\n".join(side[n::10]) for n in range(10)] for side in english_german]
    documents = [
        Document.from_text(id, side[0], language=id) for id, side in zip(("sw", "th"), texts, strict=True)
    ]
    known = WordAssociations.counted(
        pair for a, b in zip(*texts, strict=True) for pair in zip(a.split("\n"), b.split("\n"), strict=True)
    )

    def aligned(name: str, known: WordAssociations | None, send: Callable[[Any], Any]) -> list[bytes]:
        files = tmp_path / f"{name}.p", tmp_path / f"{name}.s"
        task = Task(name, documents[0], documents[1], files, WarningLog(tmp_path / "log"), known)
        align_together(send([task]), AlignOptions(encoder="use"))
        return [file.read_bytes() for file in files]

    here = aligned("here", known, lambda tasks: tasks)
    assert aligned("there", known, lambda tasks: pickle.loads(pickle.dumps(tasks))) == here
    assert aligned("without", None, lambda tasks: tasks) != here


class Busy(ThreadPoolExecutor):
    """Says how many tasks it was given that were not asked for yet."""

    most = 0

    def submit(self, function: Any, *parts: Any, **options: Any) -> Any:
        type(self).given += 1
        type(self).most = max(self.most, self.given - len(Busy.read))
        return super().submit(function, *parts, **options)

    given = 0
    read: ClassVar[list[Outcome]] = []


def test_no_more_texts_are_at_hand_than_are_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "ProcessPoolExecutor", lambda count, **_: Busy(count))
    monkeypatch.setattr(workers, "align_one", lambda task, preparer: task.source.id)
    documents = [Document.from_text(str(k), "text") for k in range(200)]
    log = WarningLog(tmp_path / "log")
    tasks = [Task("", one, one, (tmp_path / "p", tmp_path / "s"), log) for one in documents]
    for outcome in aligned(tasks, AlignOptions(encoder="use"), 2):
        Busy.read.append(outcome)
    assert Busy.read == [document.id for document in documents]
    assert Busy.most <= 2 * workers._AHEAD + 1


@pytest.mark.slow
@pytest.mark.parametrize("count", [16, 40])
def test_what_kills_its_process_is_that_pairs_failure(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def align(task: Task, preparer: object) -> Outcome:
        if task.source.text == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome(task.source.id, task.target.id)

    monkeypatch.setattr(workers, "align_one", align)
    monkeypatch.setattr(workers, "get_context", lambda kind: multiprocessing.get_context("fork"))
    log = WarningLog(tmp_path / "log")
    texts = ["deadly" if number in (3, 4, count - 1) else "text" for number in range(count)]
    documents = [Document.from_text(str(number), text) for number, text in enumerate(texts)]
    tasks = [Task("", one, one, (tmp_path / "p", tmp_path / "s"), log) for one in documents]
    found = list(aligned(tasks, AlignOptions(encoder="use"), 2))
    assert [outcome.source for outcome in found] == [str(number) for number in range(count)]
    assert [outcome.source for outcome in found if outcome.problem] == ["3", "4", str(count - 1)]


def _killed_by_deadly_pairs(align: Callable[[], Any]) -> int:
    """How the work ends in a process of its own."""
    child = os.fork()
    if not child:
        code = 1
        try:
            align()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
def test_what_killed_the_only_process_is_that_pairs_failure_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def align(task: Task, preparer: object) -> Outcome:
        if task.source.text == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome(task.source.id, task.target.id)

    def work() -> None:
        found = list(aligned(tasks, AlignOptions(encoder="use"), under_way=tmp_path / "under way"))
        assert sorted(outcome.source for outcome in found) == sorted("abcde")
        assert sorted(outcome.source for outcome in found if outcome.problem) == ["b", "d"]

    monkeypatch.setattr(workers, "align_one", align)
    monkeypatch.setattr(workers, "get_context", lambda kind: multiprocessing.get_context("fork"))
    log = WarningLog(tmp_path / "log")
    documents = [Document.from_text(id, "deadly" if id in "bd" else "text") for id in "abcde"]
    tasks = [Task("", one, one, (tmp_path / "p", tmp_path / "s"), log) for one in documents]
    ends = [_killed_by_deadly_pairs(work) for _ in range(3)]
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert not (tmp_path / "under way").exists()


@pytest.mark.parametrize("torn", [b"", b'[["a", "a', b"[1]", b'[["nobody", "none"]]', b'[["a", "a"]]'])
def test_it_goes_on_whatever_a_killed_process_left(
    torn: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no other process can be started: then what may be deadly is aligned in this one."""

    class Broken(ThreadPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Any:
            raise BrokenProcessPool

    monkeypatch.setattr(workers, "ProcessPoolExecutor", lambda count, **_: Broken(count))
    monkeypatch.setattr(workers, "align_one", lambda task, preparer: Outcome(task.source.id, task.target.id))
    document = Document.from_text("a", "text")
    task = Task("a", document, document, (tmp_path / "p", tmp_path / "s"), WarningLog(tmp_path / "log"))
    (tmp_path / "under way").write_bytes(torn)
    found = list(aligned([task], AlignOptions(encoder="use"), under_way=tmp_path / "under way"))
    assert found == [Outcome("a", "a")]
    assert not (tmp_path / "under way").exists()


def test_workers_that_cannot_start_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Any:
            raise BrokenProcessPool

    monkeypatch.setattr(workers, "ProcessPoolExecutor", lambda count, **_: Broken(count))
    document = Document.from_text("a", "text")
    task = Task("a", document, document, (tmp_path / "p", tmp_path / "s"), WarningLog(tmp_path / "log"))
    with pytest.raises(AlignError, match="no worker process can be started"):
        list(aligned([task] * 100, AlignOptions(encoder="use"), 4))
