"""Work on documents one of which may kill the process that does it.

The first attempt of a task goes straight on. Where that process died, the next attempt hands its batches to a child;
where a child dies, the batch is halved until the document is found that killed it, and that one is listed as failed.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import with_texts
from align.dedup.options import DedupOptions
from align.dedup.stages.documents import sketch_documents
from align.errors import EngineError

_KILLED = "killed the process that worked on it ({}); leave it out"


class Sketcher:
    """`sketch_documents`, in this process or, once a task has failed, in children of it."""

    def __init__(self, options: DedupOptions) -> None:
        self._options = options
        self._careful = attempts() > 0

    def __call__(
        self, batch: pa.RecordBatch, numbers: Ints, files: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        """The sketches of a batch."""
        if self._careful:
            yield from sketch_in_children(batch, numbers, files, self._options)
        else:
            yield sketch_documents(batch, numbers, files, self._options)


def attempts() -> int:
    """How often this task was tried before; 0 outside of Spark."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return int(context.attemptNumber()) if context else 0


def partition() -> int:
    """The number of the partition that this task works on."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return int(context.partitionId()) if context else 0


def sketch_in_children(
    batch: pa.RecordBatch, numbers: Ints, files: Sequence[str], options: DedupOptions
) -> Iterator[pa.RecordBatch]:
    """The sketches of a batch, made by a child; a document that kills it is a row with a problem.

    Raises:
        EngineError: a child failed without being killed.
    """
    yield from in_children(sketch_documents, (batch, numbers, list(files)), (options,), _failed)


def carefully(
    function: Callable[..., pa.RecordBatch],
    batch: pa.RecordBatch,
    args: tuple[Any, ...],
    failed: Callable[[pa.RecordBatch, str], pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """What a function makes of a batch, in this process or, once a task has failed, in children of it.

    `failed` gives what it shall make something of in place of a row that kills it, and of the reason.
    """
    if attempts() > 0:
        yield from in_children(function, (batch,), args, failed)
    else:
        yield function(batch, *args)


def in_children(
    function: Callable[..., pa.RecordBatch],
    parts: tuple[Any, ...],
    args: tuple[Any, ...],
    failed: Callable[[pa.RecordBatch, str], pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """What a function of this program makes of a batch (and of what goes with its rows: `parts`), made by a child.

    Raises:
        EngineError: a child failed without being killed.
    """
    batch, *beside = parts
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((function, parts, args)),
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        yield pickle.loads(done.stdout)
    elif 0 < done.returncode < 128:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EngineError(f"a child process failed: {said[-1] if said else 'without a word'}")
    elif batch.num_rows == 1:
        signal = -done.returncode if done.returncode < 0 else done.returncode - 128
        yield function(failed(batch, _KILLED.format(f"signal {signal}")), *beside, *args)
    else:
        middle = batch.num_rows // 2
        for part in (slice(0, middle), slice(middle, batch.num_rows)):
            rows = batch.slice(part.start, part.stop - part.start)
            yield from in_children(function, (rows, *(values[part] for values in beside)), args, failed)


def _failed(batch: pa.RecordBatch, problem: str) -> pa.RecordBatch:
    return with_texts(batch, text="", problem=problem)


def main() -> None:
    """Does the work that comes on standard input."""
    function, parts, args = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(function(*parts, *args)))


if __name__ == "__main__":
    main()
