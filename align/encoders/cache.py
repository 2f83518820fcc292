"""Vectors on disk, shared by runs and processes: a sentence is encoded once by a slow encoder.

One SQLite file in the cache folder: readers and writers of several processes do not disturb each other, and a process
killed at any moment leaves it as before or after a batch. A cache is only ever a help: where it cannot be used
(read-only or full disk, a damaged file) work goes on without it, and a warning is logged once.

Measured per vector of 1,024 numbers: 12 µs to write, 5 µs to read; append-only segments read through a memory map took
1.5 and 11 µs, and would need locking, eviction and repair of their own.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from align.encoders.base import Encoder, EncoderProxy, Vectors, for_language
from align.encoders.folders import cache_folder
from align.encoders.progress import batches
from align.errors import EncoderError

DEFAULT_LIMIT = 2 << 30
"""Bytes: 470,000 vectors of 1,024 numbers."""

_LAYOUT = 1  # in the file's name: caches of other layouts are left alone
_DAY = 86_400
_AT_ONCE = 500  # keys in one query
_DROPPED = 2_000  # vectors dropped at once, so that the log stays small
_LOG = 16 << 20  # bytes of the log that is kept beside the file
_TRIES = 200  # ten milliseconds each
_SAMPLE = "."  # a text whose vector tells the length of all
_log = logging.getLogger("align")


class VectorCache:
    """Vectors by encoder signature and text, in one file of about `limit` bytes at most; the longest unused go first.

    Args:
        folder: where the file lies; made when something is written.
        limit: bytes, the log that SQLite keeps beside the file (up to 16 MB or so) apart. Beyond it a tenth is dropped.
    """

    def __init__(self, folder: Path | None = None, *, limit: int = DEFAULT_LIMIT) -> None:
        self.path = (folder or cache_folder()) / f"vectors-{_LAYOUT}.sqlite"
        self.limit = limit
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._lock = threading.Lock()
        self._usable = True

    def get(self, signature: str, texts: Sequence[str], dimension: int | None = None) -> dict[str, Vectors]:
        """The vectors that are there, by text; entries of another length than asked for are as good as absent."""
        keys = {_key(signature, text): text for text in texts}
        found: dict[str, Vectors] = {}
        with self._guarded() as database:
            if database is None:
                return found
            today = int(time.time()) // _DAY
            stale: list[tuple[int, bytes]] = []
            for some in _portions(list(keys)):
                marks = ",".join("?" * len(some))
                rows = database.execute(f"SELECT key, used, vector FROM vectors WHERE key IN ({marks})", some)
                for key, used, data in rows:
                    if dimension is None or len(data) == 4 * dimension:
                        found[keys[key]] = np.frombuffer(data, np.float32)
                    if used != today:
                        stale.append((today, key))
            if stale:
                with database:
                    database.executemany("UPDATE vectors SET used = ? WHERE key = ?", stale)
        return found

    def put(self, signature: str, vectors: Iterable[tuple[str, Vectors]]) -> None:
        """Keep these vectors; all of them or, when killed, none."""
        today = int(time.time()) // _DAY
        rows = [(_key(signature, text), today, vector.tobytes()) for text, vector in vectors]
        with self._guarded() as database:
            if database is None:
                return
            with database:
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
            self._shrink(database)

    def close(self) -> None:
        """Close the file (it is opened again when needed)."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            self.close()

    def _shrink(self, database: sqlite3.Connection) -> None:
        self._empty_log(database)
        if self._size(database) <= self.limit:
            return
        (count,) = database.execute("SELECT count(*) FROM vectors").fetchone()
        share = min(_DROPPED, max(1, count // 20))
        while self._size(database) > 0.9 * self.limit and count > 0:
            with database:
                database.execute(
                    "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors ORDER BY used, rowid LIMIT ?)",
                    (share,),
                )
            count -= share
            self._empty_log(database)

    def _empty_log(self, database: sqlite3.Connection) -> None:
        """Several busy writers never leave SQLite the moment it needs to begin its log anew: so they wait for one."""
        log = self.path.with_name(self.path.name + "-wal")
        for _ in range(_TRIES):
            if not log.exists() or log.stat().st_size <= _LOG:
                return
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            time.sleep(0.01)

    @staticmethod
    def _size(database: sqlite3.Connection) -> int:
        """Bytes in use; freed pages are filled again before the file grows."""
        pages, free, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection | None]:
        """The database, or None where it cannot be used; a failure while using it ends its use, not the work."""
        with self._lock:
            database = None
            try:
                database = self._open() if self._usable else None
            except (sqlite3.Error, OSError) as error:
                self._give_up(error)
            try:
                yield database
            except sqlite3.Error as error:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._usable = False
        _log.warning("the embedding cache %s is not used: %s; delete it if this stays", self.path, error)

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._owner == os.getpid():
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._owner = os.getpid()  # a connection must not cross a fork
        self._connection = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._connection as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, used INTEGER NOT NULL, vector BLOB NOT NULL)"
            )
            database.execute("CREATE INDEX IF NOT EXISTS oldest ON vectors (used)")
        return self._connection


class CachedEncoder(EncoderProxy):
    """An encoder whose vectors of texts are looked up in a cache first, and kept there.

    Whatever else the encoder can do (`overlaps`, `max_characters`) is left as it is.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder = encoder
        self._cache = cache
        self._others: dict[str, CachedEncoder] = {}

    def __repr__(self) -> str:
        return repr(self._encoder)

    # By name, since from Python 3.12 on `isinstance(..., Encoder)` does not ask `__getattr__`.
    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def signature(self) -> str:
        return self._encoder.signature

    @property
    def languages(self) -> frozenset[str] | None:
        return self._encoder.languages

    def for_language(self, language: str) -> Encoder:
        """As the encoder chooses, with the same cache."""
        other = for_language(self._encoder, language)
        if other is self._encoder:
            return cast(Encoder, self)
        return cast(Encoder, self._others.setdefault(other.name, CachedEncoder(other, self._cache)))

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; a cache that knows the encoder knows it without loading the model."""
        known = self._cache.get(self._encoder.signature, [_SAMPLE])
        if not known:
            known = {_SAMPLE: self._encoder.encode([_SAMPLE])[0]}
            self._cache.put(self._encoder.signature, known.items())
        return len(known[_SAMPLE])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As the encoder does; a killed run loses what it made of the last batch at most."""
        encoder = self._encoder
        distinct = list(dict.fromkeys(texts))
        known = self._cache.get(encoder.signature, distinct, self.dimension) if distinct else {}
        missing = [text for text in distinct if text not in known]
        for some in batches(missing, encoder.name):
            vectors = encoder.encode(some)
            self._check(vectors)
            known.update(zip(some, vectors, strict=True))
            self._cache.put(encoder.signature, zip(some, vectors, strict=True))
        out = np.empty((len(texts), self.dimension), np.float32)
        for index, text in enumerate(texts):
            out[index] = known[text]
        return out

    def _check(self, vectors: Vectors) -> None:
        """An encoder that changed, but not its signature, must not be mixed with what it was."""
        if vectors.shape[1] != self.dimension:
            raise EncoderError(
                f"encoder '{self._encoder.name}' gives vectors of length {vectors.shape[1]}, those kept under the "
                f"same signature have {self.dimension}: give it another signature, or delete {self._cache.path}"
            )


def cached(encoder: Encoder, cache: VectorCache | None) -> Encoder:
    """The encoder with a cache, or as it is where there is none."""
    return encoder if cache is None else cast(Encoder, CachedEncoder(encoder, cache))


def _key(signature: str, text: str) -> bytes:
    data = f"{signature}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).digest()


def _portions(keys: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
