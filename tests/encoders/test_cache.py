from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import time
from pathlib import Path

import numpy as np
import pytest

from align.encoders import Encoder, get_encoder, overlaps
from align.encoders import cache as cache_module
from align.encoders.cache import CachedEncoder, VectorCache, cached
from align.encoders.embedder import EmbedderEncoder
from align.errors import EncoderError

RNG = np.random.default_rng(5)


def vectors(count: int, dimension: int = 8) -> list[tuple[str, np.ndarray]]:
    return [(f"text {i}", RNG.standard_normal(dimension).astype(np.float32)) for i in range(count)]


def test_what_was_put_is_found_by_another_process_object(tmp_path: Path) -> None:
    some = vectors(700)
    VectorCache(tmp_path).put("encoder 1", some)
    found = VectorCache(tmp_path).get("encoder 1", [text for text, _ in some] + ["other"], 8)
    assert found.keys() == {text for text, _ in some}
    assert all(found[text].tobytes() == vector.tobytes() for text, vector in some)


def test_encoders_and_lengths_are_kept_apart(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    cache.put("encoder 1", vectors(3))
    assert not cache.get("encoder 2", ["text 1"], 8)
    assert not cache.get("encoder 1", ["text 1"], 9)
    assert cache.get("encoder 1", ["text 1"], 8)


def test_it_stays_below_its_limit_and_keeps_what_was_used_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = VectorCache(tmp_path, limit=1 << 20)
    cache.put("e", vectors(100, 1024))
    monkeypatch.setattr(time, "time", lambda: 2e9)
    cache.get("e", ["text 3"], 1024)
    cache.put("e", [(f"new {text}", vector) for text, vector in vectors(150, 1024)])
    assert cache.get("e", ["text 3"], 1024)
    assert not cache.get("e", ["text 4"], 1024)
    assert cache.get("e", ["new text 149"], 1024)
    for start in range(10):
        cache.put("e", [(f"{start} {text}", vector) for text, vector in vectors(100, 1024)])
    cache.close()
    assert (tmp_path / "vectors-1.sqlite").stat().st_size < 2 << 20


def _put_forever(folder: Path, ready: multiprocessing.synchronize.Event) -> None:
    cache = VectorCache(folder)
    for number in range(100_000):
        cache.put("e", [(f"{number}/{i}", np.full(64, number, np.float32)) for i in range(50)])
        if number == 3:
            ready.set()


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_batches(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=_put_forever, args=(tmp_path, ready))
    writer.start()
    assert ready.wait(30)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    cache = VectorCache(tmp_path)
    for number in range(4):
        found = cache.get("e", [f"{number}/{i}" for i in range(50)], 64)
        assert len(found) == 50
        assert all((vector == number).all() for vector in found.values())
    with sqlite3.connect(cache.path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) % 50 FROM vectors").fetchone() == (0,)
    database.close()


def test_a_damaged_file_is_told_and_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "vectors-1.sqlite").write_bytes(b"not a database" * 500)
    cache = VectorCache(tmp_path)
    assert cache.get("e", ["a"], 8) == {}
    cache.put("e", vectors(2))
    assert [record.getMessage().partition(" is not used")[0] for record in caplog.records] == [
        f"the embedding cache {cache.path}"
    ]


def test_a_file_of_another_layout_is_told_and_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(tmp_path / "vectors-1.sqlite") as database:
        database.execute("CREATE TABLE vectors (id INTEGER, data TEXT)")
        database.execute("INSERT INTO vectors VALUES (1, 'mine')")
    database.close()
    cache = VectorCache(tmp_path)
    cache.put("e", vectors(2))
    assert cache.get("e", ["text 1"], 8) == {}
    assert len(caplog.records) == 1
    with sqlite3.connect(tmp_path / "vectors-1.sqlite") as database:
        assert database.execute("SELECT * FROM vectors").fetchall() == [(1, "mine")]
    database.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert VectorCache(tmp_path / "below").get("e", ["a"], 8) == {}


class Counting:
    """An embedder that notes what it was asked."""

    name, languages, max_characters, signature, dimension = "counting", None, 100, "counting 1", 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[len(text), 1, 2, 3] for text in texts])


def test_each_text_is_encoded_once(tmp_path: Path) -> None:
    texts = ["one", "two", "one", "", " two ", "x" * 300, "x" * 200, "\ud800"]
    first, second = Counting(), Counting()
    made = CachedEncoder(EmbedderEncoder(first), VectorCache(tmp_path)).encode(texts)
    assert first.asked == [".", "one", "two", "x" * 100, "\ufffd"]
    found = CachedEncoder(EmbedderEncoder(second), VectorCache(tmp_path)).encode(texts)
    assert second.asked == []
    assert made.tobytes() == found.tobytes() == EmbedderEncoder(Counting()).encode(texts).tobytes()
    assert not made[3].any()
    np.testing.assert_allclose(np.linalg.norm(np.delete(made, 3, 0), axis=1), 1, rtol=1e-6)


class Unloadable(Counting):
    """An embedder whose model must not be loaded: what it takes for that is gone."""

    @property
    def dimension(self) -> int:  # type: ignore[override]
        raise AssertionError("loaded")


def test_what_is_cached_needs_no_model(tmp_path: Path) -> None:
    texts = ["one", "two"]
    made = CachedEncoder(EmbedderEncoder(Counting()), VectorCache(tmp_path)).encode(texts)
    encoder = CachedEncoder(EmbedderEncoder(Unloadable()), VectorCache(tmp_path))
    assert encoder.dimension == 4
    assert encoder.encode(texts).tobytes() == made.tobytes()


class Changed(Counting):
    """The same signature, but other vectors."""

    dimension = 5

    def embed(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 5))


def test_an_encoder_that_changed_but_not_its_signature_is_told(tmp_path: Path) -> None:
    CachedEncoder(EmbedderEncoder(Counting()), VectorCache(tmp_path)).encode(["one"])
    with pytest.raises(
        EncoderError, match=r"'counting' gives vectors of length 5, those kept .* have 4: .*vectors-1"
    ):
        CachedEncoder(EmbedderEncoder(Changed()), VectorCache(tmp_path)).encode(["one", "two"])


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_cache_cut_off_changes_no_vector(
    share: float, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [f"text {i}" for i in range(3000)]
    cache = VectorCache(tmp_path)
    made = CachedEncoder(EmbedderEncoder(Counting()), cache).encode(texts)
    cache.close()
    data = cache.path.read_bytes()
    cache.path.write_bytes(data[: int(len(data) * share)])
    again = CachedEncoder(EmbedderEncoder(Counting()), VectorCache(tmp_path)).encode(texts)
    assert again.tobytes() == made.tobytes()
    assert len(caplog.records) == 1  # told once, not for every batch


def _fill(folder: Path, name: str) -> int:
    """Puts 40 MB into a cache of 4 MB; the most bytes that were there meanwhile."""
    cache_module._LOG = 2 << 20
    cache, most = VectorCache(folder, limit=4 << 20), 0
    for number in range(100):
        cache.put("e", [(f"{name} {number} {i}", np.ones(1024, np.float32)) for i in range(100)])
        most = max(most, sum(path.stat().st_size for path in folder.iterdir() if path.exists()))
    return most


@pytest.mark.slow
def test_busy_writers_stay_below_the_limit_together(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        most = max(pool.starmap(_fill, [(tmp_path, name) for name in "abc"]))
    assert most < 14 << 20  # 4 MB, twice the log, and what each writer adds before it looks


def test_the_default_encoder_can_be_cached_and_keeps_its_overlaps(tmp_path: Path) -> None:
    use = get_encoder("use")
    kept = cached(use, VectorCache(tmp_path))
    texts = ["One sentence.", "Another.", "", "One sentence."]
    assert kept.encode(texts).tobytes() == kept.encode(texts).tobytes() == use.encode(texts).tobytes()
    assert isinstance(kept, Encoder)
    assert len(overlaps(kept, [texts], 2)[0]) == 4
    assert cached(use, None) is use
