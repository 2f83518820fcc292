"""Many document pairs aligned and written, one after the other or by several processes, with the same bytes."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from align._internal.files import told_when_unwritable
from align._internal.unions import Unions
from align.document import Document
from align.errors import AlignError

if TYPE_CHECKING:
    from align.alignment.associations import WordAssociations
    from align.alignment.options import AlignOptions
    from align.alignment.prepared import Preparer
    from align.corpus.warnings import WarningLog

_WORTH_A_PROCESS = 8  # pairs a process must have to do before it is worth its start
_TOGETHER = 8  # pairs of one set, at most, that go to a process together
_AHEAD = 4  # of these, for each process, that wait for it or to be read by the caller


_DEAD = "the process that did it died, also with nothing else to do: for want of memory, or by a fault"


class _NoProcessError(AlignError):
    """No worker process can be started."""


class OfTwo(Protocol):
    """A pair of documents, known by their ids."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...


P = TypeVar("P", bound=OfTwo)


@dataclass(frozen=True, slots=True)
class Task:
    """A pair to align, and where what comes of it goes."""

    name: str  # of the pair among those of the run
    source: Document
    target: Document
    files: tuple[Path, Path]  # for the beads of the paragraphs and of the sentences
    log: WarningLog
    known: WordAssociations | None = None  # what other texts tell of the two languages' words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: why it failed, if it did."""

    source: str
    target: str
    problem: str | None = None


def align_all(
    pairs: Sequence[P],
    task: Callable[[P], Task],
    options: AlignOptions,
    workers: int = 1,
    *,
    under_way: Path | None = None,
) -> Iterator[Outcome]:
    """Aligns every pair and writes its beads; pairs that share documents come one after the other.

    `task` makes the task of a pair when its turn comes: no more texts are in memory than are worked on. `under_way` is
    a file that names the pair that this process itself aligns. What a process that died has left in it is aligned in
    another process, and what kills that one, too, has failed.

    Raises:
        AlignError: no worker process can be started.
    """
    from align.encoders import as_encoder, shared_name

    name = shared_name(options.encoder)
    if name is None or not getattr(as_encoder(name), "light", False):
        # An object of the caller's, or a model of gigabytes in every process or in the one memory of a graphics
        # processor.
        workers = 1
    workers = min(workers, len(pairs) // _WORTH_A_PROCESS)
    sets = in_sets(pairs)
    if workers <= 1 or name is None:
        ordered = [pair for together in sets for pair in together]
        shared = replace(options, encoder=name) if name else None
        yield from _in_this_process(ordered, task, options, shared, under_way)
        return
    parts = (together[k : k + _TOGETHER] for together in sets for k in range(0, len(together), _TOGETHER))
    tasks = ([task(pair) for pair in part] for part in parts)
    yield from _by_processes(tasks, replace(options, encoder=name), workers)
    _note(under_way, [])


def _in_this_process(
    pairs: Sequence[P],
    task: Callable[[P], Task],
    options: AlignOptions,
    shared: AlignOptions | None,
    under_way: Path | None,
) -> Iterator[Outcome]:
    """Aligns the pairs one after the other; first, by the `shared` options, those that processes died of."""
    from align.alignment.prepared import Preparer

    suspects = _named_in(under_way) if under_way and shared else []
    suspected, done = [task(pair) for pair in pairs if _ids(pair) in suspects], set()
    if shared and suspected:
        with suppress(_NoProcessError):
            for outcome in _carefully(suspected, shared):
                done.add((outcome.source, outcome.target))
                yield outcome
    preparer = Preparer(options)
    try:
        for pair in pairs:
            if _ids(pair) in done:
                continue
            _note(under_way, [*suspects, _ids(pair)])
            yield align_one(task(pair), preparer)
        suspects = []
    finally:
        _note(under_way, suspects)


def _ids(pair: OfTwo) -> tuple[str, str]:
    return pair.source, pair.target


def _note(under_way: Path | None, pairs: Sequence[tuple[str, str]]) -> None:
    """Names these pairs in the file; where there are none, it goes."""
    if under_way is None:
        return
    with told_when_unwritable(under_way):
        if pairs:
            under_way.write_text(json.dumps(pairs), "utf-8")
        else:
            under_way.unlink(missing_ok=True)


def _named_in(under_way: Path) -> list[tuple[str, str]]:
    """The pairs that processes died of; nothing where the file is not whole."""
    with suppress(OSError, ValueError, TypeError):
        return [(source, target) for source, target in json.loads(under_way.read_bytes())]
    return []


def _by_processes(parts: Iterable[list[Task]], options: AlignOptions, workers: int) -> Iterator[Outcome]:
    """Aligns what goes together in one of several processes; of what kills its process that is the outcome."""
    parts, broken = iter(parts), True
    while broken:
        under_way: deque[tuple[list[Task], Future[list[Outcome]] | None]] = deque()
        try:
            with _pool(workers) as pool:
                for part in parts:
                    under_way.append((part, None))  # for a pool that is broken takes nothing
                    under_way[-1] = part, pool.submit(align_together, part, options)
                    while len(under_way) >= workers * _AHEAD:
                        yield from _first(under_way)
                while under_way:
                    yield from _first(under_way)
            broken = False
        except BrokenProcessPool:
            yield from _carefully([task for part, _ in under_way for task in part], options)


def _first(under_way: deque[tuple[list[Task], Future[list[Outcome]] | None]]) -> list[Outcome]:
    """What came of the first part, which is under way no more."""
    future = under_way[0][1]
    assert future is not None
    found = future.result()
    under_way.popleft()
    return found


def _carefully(tasks: Iterable[Task], options: AlignOptions) -> Iterator[Outcome]:
    """Aligns pairs one after the other, each in a process that no other pair can have killed."""
    tasks, broken = deque(tasks), True
    while broken:
        ready = False
        try:
            with _pool(1) as pool:
                ready = pool.submit(_is_ready).result()
                while tasks:
                    yield from pool.submit(align_together, [tasks[0]], options).result()
                    tasks.popleft()
            broken = False
        except BrokenProcessPool:
            if not ready:
                raise _NoProcessError("no worker process can be started; go on with --workers 1") from None
            dead = tasks.popleft()
            yield Outcome(dead.source.id, dead.target.id, problem=_DEAD)


def _is_ready() -> bool:
    return True


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes, until what they have begun is done."""
    # A fresh interpreter for each: a fork of a process whose BLAS has threads may hang.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_settle)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def in_sets(pairs: Sequence[P]) -> list[list[P]]:
    """The pairs by what hangs together, in the order of the first of each: documents of a set have several pairs."""
    unions: Unions[str] = Unions()
    for pair in pairs:
        unions.join(pair.source, pair.target)
    sets: dict[str, list[P]] = {}
    for pair in pairs:
        sets.setdefault(unions.leading(pair.source), []).append(pair)
    return list(sets.values())


def align_together(tasks: Sequence[Task], options: AlignOptions) -> list[Outcome]:
    """Aligns pairs that share documents; what is known of each document is made once."""
    from align.alignment.prepared import Preparer

    preparer = Preparer(options)
    return [align_one(task, preparer) for task in tasks]


def align_one(task: Task, preparer: Preparer) -> Outcome:
    """Aligns one pair and writes its warnings and then its two files: where those are, nothing is missing."""
    from align.alignment.aligner import align_documents
    from align.alignment.result import bead_rows
    from align.formats.beads import write_tsv

    try:
        source, target = preparer(task.source), preparer(task.target)
        sentences = align_documents(source, target, options=preparer.options, known=task.known)
    except AlignError as error:
        return Outcome(task.source.id, task.target.id, problem=str(error))
    assert sentences.paragraphs is not None
    if sentences.warnings:
        task.log.add(task.name, sentences.warnings)
    for file, alignment in zip(task.files, (sentences.paragraphs, sentences), strict=True):
        write_tsv(file, bead_rows(alignment.beads, alignment.source, alignment.target))
    return Outcome(task.source.id, task.target.id)


def _settle() -> None:
    """In a new worker: an interrupt is the parent's to handle, and nobody works for a parent that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
