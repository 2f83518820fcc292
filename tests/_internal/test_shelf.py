"""What is put aside comes back as it was, from memory and from disk; a disk that fails is an error of ours."""

from __future__ import annotations

import errno
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align._internal import shelf as module
from align._internal.shelf import Pickles, Shelf, Shelved
from align.document import Document
from align.errors import OutputError


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=40), st.sampled_from([0, 50, 10_000]))
def test_what_was_put_comes_back(parts: list[bytes], room: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ROOM", room)
        shelf = Shelf()
        places = []
        for part in parts:
            places.append(shelf.put(part))
            assert shelf.get(places[0], len(parts[0])) == parts[0]
        assert [shelf.get(at, len(part)) for at, part in zip(places, parts, strict=True)] == parts


@pytest.mark.parametrize("room", [0, 1 << 20])
@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (7,), (6, 2, 5)])
def test_arrays_are_read_whole_and_by_rows(
    shape: tuple[int, ...], room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROOM", room)
    array = np.arange(np.prod(shape), dtype=np.float16).reshape(shape)
    held = Shelved(Shelf(), np.asfortranarray(array))
    assert held.read().dtype == np.float16
    np.testing.assert_array_equal(held.read(), array)
    np.testing.assert_array_equal(held.read(2, 5), array[2:5])
    np.testing.assert_array_equal(held.read(len(array) + 1), array[:0])


def test_many_threads_read_what_one_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 1000)
    shelf = Shelf()
    held = [Shelved(shelf, np.full((50, 8), k)) for k in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda k: (held[k].read() == k).all(), [*range(200)] * 5))


def test_documents_lie_in_a_file_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 100)
    documents = Pickles[Document](Shelf(tmp_path))
    made = [Document.from_text(str(k), f"Text {k}.\n\nMore of it.", language="en") for k in range(20)]
    for document in made:
        documents.put(document.id, document)
    assert list(documents.values()) == made
    assert list(tmp_path.iterdir()) == []  # nothing stays of a process that is killed
    assert len(documents) == 20
    assert "7" in documents
    assert "20" not in documents


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_ROOM", 10)
    monkeypatch.setattr(module.tempfile, "TemporaryFile", lambda **_: Full())
    shelf = Shelf(tmp_path)
    shelf.put(b"small")
    with pytest.raises(OutputError, match=f"temporary files in {tmp_path}: cannot be written .*; make room"):
        shelf.put(b"more than fits")


def test_what_a_full_disk_took_of_it_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes on in a notebook once there is room again reads what was put, not what lies somewhere else."""
    room = [30]

    class Small(io.BytesIO):
        def write(self, data: Any) -> int:
            if self.tell() >= room[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data[: room[0] - self.tell()])

    monkeypatch.setattr(module, "_ROOM", 10)
    monkeypatch.setattr(module.tempfile, "TemporaryFile", lambda **_: Small())
    shelf = Shelf()
    shelf.put(b"a" * 20)
    with pytest.raises(OutputError) as kept:  # with its traceback, as a notebook keeps it
        shelf.put(b"b" * 20)
    room[0] = 1000
    place = shelf.put(b"c" * 20)
    assert shelf.get(place, 20) == b"c" * 20
    assert shelf.get(0, 20) == b"a" * 20
    assert kept.value.__traceback__


def test_a_file_that_was_cut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 0)
    shelf = Shelf()
    place = shelf.put(b"0123456789")
    assert shelf._file is not None
    shelf._file.truncate(4)
    with pytest.raises(OutputError, match="temporary files in"):
        shelf.get(place, 10)
