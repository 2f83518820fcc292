from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from align.encoders import encode_overlaps
from align.encoders.embedder import EmbedderEncoder
from align.encoders.precomputed import PrecomputedEmbedder
from align.errors import EncoderError

TEXTS = {"overlaps.de": ["eins", "zwei", "eins zwei", "PAD"], "overlaps.en": ["one", "two", "one two"]}


@pytest.fixture
def files(tmp_path: Path) -> str:
    """Two pairs of files as Vecalign's overlap.py and embed.py write them."""
    rng = np.random.default_rng(1)
    for name, lines in TEXTS.items():
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        rng.standard_normal((len(lines), 6)).astype(np.float32).tofile(tmp_path / f"{name}.emb")
    return ",".join(str(tmp_path / name) for name in TEXTS)


def test_vectors_are_those_of_the_file(files: str, tmp_path: Path) -> None:
    encoder = EmbedderEncoder(PrecomputedEmbedder(files))
    german, english = encode_overlaps(encoder, [["eins", "zwei"], ["one", "two"]], 2)
    raw = np.fromfile(tmp_path / "overlaps.de.emb", np.float32).reshape(-1, 6)
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    np.testing.assert_allclose(german[0], unit[:2], rtol=1e-5)
    np.testing.assert_allclose(german[1, 1], unit[2], rtol=1e-5)
    assert english.shape == (2, 2, 6)
    assert not english[1, 0].any()


def test_npy_files_are_read_too(files: str, tmp_path: Path) -> None:
    first = files.partition(",")[0]
    raw = np.fromfile(f"{first}.emb", np.float32).reshape(-1, 6)
    Path(f"{first}.emb").unlink()
    np.save(f"{first}.npy", raw)
    assert EmbedderEncoder(PrecomputedEmbedder(first)).encode(["zwei"]).shape == (1, 6)


def test_the_signature_follows_the_files(files: str, tmp_path: Path) -> None:
    before = PrecomputedEmbedder(files).signature
    np.ones((3, 6), np.float32).tofile(tmp_path / "overlaps.en.emb")
    assert PrecomputedEmbedder(files).signature != before


def test_what_is_not_there_is_told(files: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no vector for 'three'; .*--max-size"):
        EmbedderEncoder(PrecomputedEmbedder(files)).encode(["one", "three"])
    with pytest.raises(EncoderError, match=r"cannot read .*nothing \(No such file"):
        _ = PrecomputedEmbedder(str(tmp_path / "nothing")).dimension
    (tmp_path / "nothing").touch()
    with pytest.raises(EncoderError, match=r"neither .*nothing\.emb nor nothing\.npy is there"):
        _ = PrecomputedEmbedder(str(tmp_path / "nothing")).dimension


def test_lines_are_found_as_vecalign_writes_them(tmp_path: Path) -> None:
    """It strips lines, joins them by a space and cuts the run at 10,000 characters."""
    lines = ["one \n", "  two\n", "x" * 9_999 + "\n"]
    runs = ["one", "two", "one two", "x" * 9_999, ("two " + "x" * 9_999)[:10_000]]
    (tmp_path / "overlaps").write_text("".join(f"{run}\n" for run in runs), encoding="utf-8")
    np.eye(5, dtype=np.float32).tofile(tmp_path / "overlaps.emb")
    encoder = EmbedderEncoder(PrecomputedEmbedder(str(tmp_path / "overlaps")))
    (found,) = encode_overlaps(encoder, [lines[:2]], 2)
    np.testing.assert_array_equal(found[1, 1], np.eye(5)[2])
    (found,) = encode_overlaps(encoder, [lines[1:]], 2)
    np.testing.assert_array_equal(found[1, 1], np.eye(5)[4])


@pytest.mark.parametrize("size", [0, 71, 4 * 6 * 3 + 4])
def test_a_file_cut_off_is_told(size: int, files: str, tmp_path: Path) -> None:
    (tmp_path / "overlaps.en.emb").write_bytes(b"\0" * size)
    with pytest.raises(
        EncoderError, match=rf"overlaps\.en\.emb \({size} bytes\) does not hold float32 vectors"
    ):
        EmbedderEncoder(PrecomputedEmbedder(files)).encode(["one"])


@pytest.mark.parametrize("keep", [0, 5, 40, 127])
def test_a_damaged_npy_file_is_told(keep: int, files: str, tmp_path: Path) -> None:
    """Numpy reads its header as Python: what it makes of a part of one is not only a ValueError."""
    (tmp_path / "overlaps.en.emb").unlink()
    np.save(tmp_path / "overlaps.en.npy", np.ones((3, 6), np.float32))
    data = (tmp_path / "overlaps.en.npy").read_bytes()
    (tmp_path / "overlaps.en.npy").write_bytes(
        data[:keep] + b"\n" * (127 - keep if keep else 0) + data[128:] * bool(keep)
    )
    with pytest.raises(EncoderError, match=r"overlaps\.en\.npy .* does not hold float32 vectors"):
        EmbedderEncoder(PrecomputedEmbedder(files)).encode(["one"])


def test_vectors_are_numbers(files: str, tmp_path: Path) -> None:
    (tmp_path / "overlaps.en.emb").unlink()
    np.save(tmp_path / "overlaps.en.npy", np.full((3, 6), "one"))
    with pytest.raises(EncoderError, match=r"overlaps\.en\.npy holds <U3, which are no numbers"):
        EmbedderEncoder(PrecomputedEmbedder(files)).encode(["one"])


def test_lengths_must_agree(files: str, tmp_path: Path) -> None:
    np.ones((3, 5), np.float32).tofile(tmp_path / "overlaps.en.emb")
    with pytest.raises(EncoderError, match=r"different lengths: \[5, 6\]"):
        EmbedderEncoder(PrecomputedEmbedder(files)).encode(["one"])
    np.save(tmp_path / "overlaps.de.npy", np.ones((2, 6), np.float32))
    (tmp_path / "overlaps.de.emb").unlink()
    with pytest.raises(EncoderError, match=r"has shape \(2, 6\), overlaps\.de has 4 lines"):
        EmbedderEncoder(PrecomputedEmbedder(files)).encode(["one"])
