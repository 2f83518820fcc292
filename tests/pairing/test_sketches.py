"""Sketches of earlier documents are made once, however many batches come behind them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from align.errors import IndexFileError
from align.pairing import PairOptions, find_pairs, views
from align.pairing.index import compact_segments
from tests.several_encoders import CHINESE, ENGLISH, ICELANDIC, INDONESIAN, Broad

TEXTS = {"en": ENGLISH, "zh": CHINESE, "is": ICELANDIC, "id": INDONESIAN}


def add(batch: str, index: Path) -> list[tuple[str, str]]:
    documents = [{"id": code, "text": TEXTS[code], "language": code} for code in batch.split()]
    found = find_pairs(documents, options=PairOptions(index=index))
    return [(pair.source, pair.target) for pair in found]


@pytest.fixture
def sketched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first lines of the documents of which sketches are made."""
    found: list[str] = []
    texts_of = views.sketch_texts

    def listening(texts: list[str]) -> list[str]:
        found.append(texts[0])
        return texts_of(texts)

    monkeypatch.setattr(views, "sketch_texts", listening)
    return found


def first_lines(codes: str) -> list[str]:
    return sorted(TEXTS[code].split("\n")[0] for code in codes.split())


@pytest.mark.usefixtures("broad")
def test_each_is_made_once(tmp_path: Path, sketched: list[str]) -> None:
    add("en zh", tmp_path / "index")
    assert sketched == []  # no pair of the two needs another encoder
    add("is", tmp_path / "index")
    assert sorted(sketched) == first_lines("en zh is")
    sketched.clear()
    add("id", tmp_path / "index")
    assert sorted(sketched) == first_lines("id")


@pytest.mark.usefixtures("broad")
def test_what_is_kept_finds_what_is_made_anew(tmp_path: Path) -> None:
    for name in ("kept", "lost"):
        for batch in ("en zh", "is"):
            add(batch, tmp_path / name)
    for path in (tmp_path / "lost" / "sketches").iterdir():
        path.unlink()
    found = [add("id", tmp_path / name) for name in ("kept", "lost")]
    assert found[0] == found[1]
    files = [sorted((tmp_path / name).glob("*.arrow")) for name in ("kept", "lost")]
    assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]


def test_another_encoder_has_sketches_of_its_own(tmp_path: Path, sketched: list[str], broad: Broad) -> None:
    add("en", tmp_path / "index")
    add("is", tmp_path / "index")
    sketched.clear()
    broad.signature = "broad-2"
    add("id", tmp_path / "index")
    assert sorted(sketched) == first_lines("en is id")


@pytest.mark.usefixtures("broad")
def test_of_documents_that_are_taken_out_none_is_left(tmp_path: Path, sketched: list[str]) -> None:
    index = tmp_path / "index"
    for batch in ("en", "is", "id"):
        add(batch, index)
    assert len(list((index / "sketches").iterdir())) == 2
    compact_segments(index, ["is"])
    (file,) = (index / "sketches").iterdir()
    with pa.memory_map(str(file)) as source:
        assert pa.ipc.open_file(source.read_buffer(source.size() - 12)).read_all().num_rows == 2
    sketched.clear()
    add("is zh", index)
    assert sorted(sketched) == first_lines("is zh")


@pytest.mark.usefixtures("broad")
def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    for batch in ("en", "is"):
        add(batch, tmp_path / "index")
    (file,) = (tmp_path / "index" / "sketches").iterdir()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    file.write_bytes(data)
    with pytest.raises(IndexFileError, match=f"{file}: damaged"):
        add("id", tmp_path / "index")
