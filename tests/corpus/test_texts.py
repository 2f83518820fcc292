"""The texts that a corpus keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.corpus.folder import TEXTS
from align.corpus.texts import read_texts, rows_of
from align.errors import InputError


@pytest.mark.parametrize(
    "read", [lambda folder: list(read_texts(folder)), lambda folder: rows_of(folder, ["a"])]
)
def test_names_of_columns_that_are_no_utf8_are_damage(read: Callable[[Path], object], tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "text": ["One."], "language": ["en"]})
    pq.write_table(table, tmp_path / TEXTS, store_schema=False)
    data = (tmp_path / TEXTS).read_bytes()
    (tmp_path / TEXTS).write_bytes(data.replace(b"language", b"languag\xeb"))
    with pytest.raises(InputError, match=r"documents\.parquet: cannot be read \(.*; run with --overwrite"):
        read(tmp_path)
