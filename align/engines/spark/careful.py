"""Sketches of documents one of which may kill the process that works on it.

The first attempt of a task goes straight on. Where that process died, the next attempt hands its batches to a child;
where a child dies, the batch is halved until the document is found that killed it, and that one is listed as failed.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import strings
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
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((batch, numbers, list(files), options)),
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
        yield sketch_documents(_failed(batch, _KILLED.format(f"signal {signal}")), numbers, files, options)
    else:
        middle = batch.num_rows // 2
        for part in (slice(0, middle), slice(middle, batch.num_rows)):
            rows = batch.slice(part.start, part.stop - part.start)
            yield from sketch_in_children(rows, numbers[part], files[part], options)


def _failed(batch: pa.RecordBatch, problem: str) -> pa.RecordBatch:
    for name, value in (("text", ""), ("problem", problem)):
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(
            place, batch.schema.field(place), strings([value], batch.schema.field(place).type)
        )
    return batch


def main() -> None:
    """Sketches the batch that comes on standard input."""
    batch, numbers, files, options = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(sketch_documents(batch, numbers, files, options)))


if __name__ == "__main__":
    main()
