"""What each stage made, as a folder of Parquet files: a job that is started again goes on behind the last one.

A folder counts once the manifest names it; the manifest holds the signature of inputs and options, and with another one
nothing of it is used.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from align._internal.files import atomic
from align._internal.progress import Progress
from align.engines.spark.frames import told_by_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_MANIFEST = "manifest.json"
_BESIDE = ".files"
_ROWS = 65_536  # of a stage that are read together, unless they are large
_GLOB = str.maketrans({mark: f"\\{mark}" for mark in "\\{}[]*?"})


class Checkpoints:
    """The stages of a job below a folder that driver and executors share."""

    def __init__(
        self,
        session: SparkSession,
        folder: Path,
        signature: Mapping[str, Any],
        progress: Progress | None = None,
    ) -> None:
        self.session = session
        self.folder = folder.absolute()
        self._progress = progress
        self._signature: Any = json.loads(json.dumps(signature, default=str))
        self._stages: dict[str, str] = self._earlier()
        self.made: list[str] = []  # by this process
        self._schemas: dict[str, StructType] = {}  # of what it made
        self.beside = (
            self.folder
        )  # where the tasks of the stage that is made may put files: its rows name them
        self._clear()

    def stage(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """What `make` makes, from its files; an earlier process may have written them.

        Raises:
            AlignError: a task failed.
        """
        if name not in self._stages:
            if self._progress:
                self._progress(name, len(self._stages), 0)
            part = f"{name}-{uuid.uuid4().hex[:12]}"
            self.beside = self.folder / f"{part}{_BESIDE}"
            with told_by_spark(name):
                frame = make()
                frame.write.parquet(_uri(self.folder / part))
            self._schemas[part] = frame.schema
            self._stages[name] = part
            self.made.append(name)
            self._write()
        part = self._stages[name]
        return parquet_at(self.session, self.folder / part, self._schemas.get(part))

    def batches(
        self, name: str, columns: list[str] | None = None, *, rows: int = _ROWS
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a stage, in the order in which it wrote them, so many of one file at a time."""
        import pyarrow.parquet as pq

        for path in sorted(self.folder_of(name).glob("part-*")):
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(rows, columns=columns)

    def folder_of(self, name: str) -> Path:
        """Where the files of a finished stage are."""
        return self.folder / self._stages[name]

    def scratch(self, name: str) -> Path:
        """A new folder for what this process makes of a stage; another process makes it anew."""
        path = self.folder / f"{self._stages[name]}-{uuid.uuid4().hex[:12]}"
        path.mkdir()
        return path

    def forget(self, name: str) -> None:
        """Has a stage made anew when it is next asked for; nobody may still read it."""
        if part := self._stages.pop(name, None):
            self._write()
            shutil.rmtree(self.folder / part, ignore_errors=True)

    def remove(self) -> None:
        """Removes everything: the job is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _earlier(self) -> dict[str, str]:
        try:
            found = json.loads((self.folder / _MANIFEST).read_bytes())
        except (OSError, ValueError):
            return {}
        same = isinstance(found, dict) and found.get("signature") == self._signature
        return dict(found["stages"]) if same else {}

    def _clear(self) -> None:
        """Removes what the manifest does not name: of other options, or half written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write()
        for path in self.folder.iterdir():
            if path.is_dir() and path.name.removesuffix(_BESIDE) not in self._stages.values():
                shutil.rmtree(path, ignore_errors=True)

    def _write(self) -> None:
        with atomic(self.folder / _MANIFEST) as stream:
            json.dump({"signature": self._signature, "stages": self._stages}, stream, indent=1)


def parquet_at(session: SparkSession, path: Path, schema: StructType | None = None) -> DataFrame:
    """The rows of a file or folder of Parquet that driver and executors share; its schema spares a job of Spark."""
    reader = session.read.schema(schema) if schema else session.read
    return reader.parquet(_uri(path).translate(_GLOB))


def _uri(path: Path) -> str:
    return f"file://{path.absolute()}"
