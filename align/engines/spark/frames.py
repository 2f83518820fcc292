"""Between stages and Spark: schemas, functions on record batches as tasks, and what Spark says when one fails."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from align import errors
from align.engines.spark.session import SHUFFLED, quiet_about_pandas, require_program, this_program

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Batches = Iterable[pa.RecordBatch]

_TYPES = {
    pa.int64(): "bigint",
    pa.string(): "string",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "binary",
}
_OF_A_PART = 33  # bits of the numbers that Spark gives to the rows of a part
_RAISED = re.compile(r"align\.errors\.(\w+): (.+)")
_PLACE = re.compile(r"\((\S+) executor (\w+)\)")
_MISSING = re.compile(r"ModuleNotFoundError: No module named '(\w+)")


def ddl(schema: pa.Schema | pa.StructType) -> str:
    """The schema as Spark writes it."""
    return ", ".join(f"`{field.name}` {_ddl(field.type)}" for field in schema)


def _ddl(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_ddl(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'`{field.name}`: {_ddl(field.type)}' for field in kind)}>"
    return _TYPES[kind]


def mapped(frame: DataFrame, function: Callable[..., Any], schema: pa.Schema, *args: Any) -> DataFrame:
    """The rows that a function from record batches to record batches makes of each partition."""
    expected = this_program()

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        require_program(expected)
        yield from function(batches, *args)

    with quiet_about_pandas():
        return frame.mapInArrow(run, ddl(schema))


def together(frame: DataFrame, *keys: str, then: tuple[Any, ...] = ()) -> DataFrame:
    """The rows parted by keys and sorted by them, then by other columns: those of a key come one after the other."""
    return frame.repartition(*keys).sortWithinPartitions(*keys, *then)


def dense(rows: DataFrame, name: str) -> DataFrame:
    """Rows numbered by Spark (``at``: the part in the upper bits) with their numbers from 0, without gaps, as `name`.

    The rows are those of a finished stage, so that they are numbered alike each time. Two such numbers fit into 64
    bits, as kernels and columns of pairs pack them.
    """
    from pyspark.sql import functions as f

    part = f.shiftright("at", _OF_A_PART)
    with told_by_spark("counting rows"):
        sizes = {row.part: row["count"] for row in rows.groupBy(part.alias("part")).count().collect()}
    before, starts = 0, []
    for number in sorted(sizes):
        starts.append((number, before - (number << _OF_A_PART)))
        before += sizes[number]
    begins = f.broadcast(rows.sparkSession.createDataFrame(starts, "part long, begin long"))
    return rows.withColumn("part", part).join(begins, "part").selectExpr("*", f"at + begin as {name}")


def spread(frame: DataFrame, *keys: str) -> DataFrame:
    """The rows parted by the first key and sorted by all, in as many parts as ever, however few: each row is work."""
    return frame.repartition(_parts(frame), keys[0]).sortWithinPartitions(*keys)


def in_order(frame: DataFrame, key: str) -> DataFrame:
    """The rows sorted by a key over all parts, in as many parts as ever."""
    return frame.repartitionByRange(_parts(frame), key).sortWithinPartitions(key)


def _parts(frame: DataFrame) -> int:
    return int(frame.sparkSession.conf.get(SHUFFLED) or 1)


@contextlib.contextmanager
def told_by_spark(doing: str) -> Iterator[None]:
    """What goes wrong in Spark as an error of this program: what a task raised, or what Spark says.

    Raises:
        AlignError: of the kind that was raised, or EngineError.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise _as_ours(error, doing) from error


def _as_ours(error: Exception, doing: str) -> errors.AlignError:
    said = str(error)
    if found := _RAISED.search(said):
        kind: type[errors.AlignError] = getattr(errors, found[1], errors.EngineError)
        return kind(found[2].strip())
    place = _PLACE.search(said)
    where = f" on {place[1]} (executor {place[2]})" if place else ""
    if found := _MISSING.search(said):
        return errors.EngineError(
            f"{found[1]} is not installed{where or ' on an executor'}; install align on all machines, in the "
            "version of the driver, into the Python that PYSPARK_PYTHON names"
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    useful = [
        line for line in lines if not line.startswith(("An error occurred while calling", "at ", "Traceback"))
    ]
    return errors.EngineError(f"Spark failed while {doing}{where}: {' '.join(useful[:2])[:400]}")
