"""``review.sqlite``: a log of actions that only grows, and the decisions that follow from it.

Every action is one transaction, on disk (write-ahead log, synchronous=FULL) before anybody is told that it is
done. Two processes on one run are fine: each reads the other's actions from the log before it adds its own.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from align._internal.files import unwritable
from align.corpus.folder import REVIEW
from align.errors import InputError, OutputError
from align.review.bead import ReviewBead, from_json, to_json
from align.review.patch import Patch

VERSION = 1
_APPLICATION = 0x616C6772  # "algr": what the file says it is
# Seconds that a decision waits for those of others: SQLite lets nobody queue, and twenty reviewers at once on a busy
# machine have kept one waiting for more than ten.
_PATIENCE = 30

_SCHEMA = """
CREATE TABLE actions (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    time     TEXT NOT NULL,     -- UTC
    reviewer TEXT NOT NULL,
    first    TEXT NOT NULL,     -- the two documents, sorted by id
    second   TEXT NOT NULL,
    level    TEXT NOT NULL,
    kind     TEXT NOT NULL,     -- accept, reject, merge, ... undo, redo
    reverses INTEGER,           -- the action that an undo takes back or a redo does again
    nonce    TEXT UNIQUE,       -- the page's name for it: asked twice, done once
    patch    TEXT NOT NULL      -- JSON, align.review.patch
);
CREATE INDEX actions_of_pair ON actions (first, second, level, number);
CREATE TABLE decisions (
    first TEXT NOT NULL, second TEXT NOT NULL, level TEXT NOT NULL,
    key       TEXT NOT NULL,    -- hash of the units' positions and texts
    status    TEXT NOT NULL,
    by_hand   INTEGER NOT NULL,
    edited    INTEGER NOT NULL,
    dismissed INTEGER NOT NULL DEFAULT 0,
    bead      TEXT NOT NULL,    -- JSON, align.review.bead: with its texts, so that it outlives them
    PRIMARY KEY (first, second, level, key)
) WITHOUT ROWID;
"""


_OF_ACTION = "number, time, reviewer, first, second, level, kind, reverses, patch"
# What SQLite says of a file that somebody or a crash has changed.
_DAMAGE = (
    "malformed",
    "not a database",
    "no such table",
    "no such column",
    "decode to UTF-8",
)
# What JSON raises that is not as we write it.
NOT_OURS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which beads: two documents in the order of their ids, and the level."""

    first: str
    second: str
    level: str

    @classmethod
    def of(cls, source: str, target: str, level: str) -> Place:
        return cls(min(source, target), max(source, target), level)


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the log."""

    number: int
    time: str
    reviewer: str
    place: Place
    kind: str
    reverses: int | None
    patch: Patch


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision as it is kept."""

    key: str
    bead: ReviewBead
    dismissed: bool


class Store:
    """The decisions on a run.

    Args:
        folder: the corpus folder.
        write: False opens an existing file for reading only, also in a folder that cannot be written.

    Raises:
        OutputError: the folder cannot be written, or another program holds the file.
        InputError: the file is damaged, or a newer version's.
    """

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        self.path = folder / REVIEW
        self._opened = False
        try:
            self.connection = self._open() if write else self._open_for_reading()
            self._check(write)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._explained(error) from error
        self._opened = True

    def _open(self) -> sqlite3.Connection:
        self._make_private()
        connection = sqlite3.connect(
            self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        self.connection = connection  # to be closed, whatever comes of the next lines
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _make_private(self) -> None:
        """Makes the file for its owner alone, where it is not there; SQLite gives its logs the same permissions."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            os.close(os.open(self.path, flags, 0o600))
        except OSError as error:
            if error.errno == errno.ELOOP:  # what cannot be opened otherwise, SQLite explains
                raise unwritable(self.path, error) from error

    def _open_for_reading(self) -> sqlite3.Connection:
        uri = self.path.resolve().as_uri()
        with contextlib.suppress(sqlite3.OperationalError):
            connection = sqlite3.connect(
                f"{uri}?mode=ro", uri=True, timeout=_PATIENCE, check_same_thread=False
            )
            try:
                connection.execute("SELECT count(*) FROM sqlite_master")
            except sqlite3.Error:
                connection.close()
                raise
            return connection
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise OutputError(
                f"{log}: holds decisions that cannot be read in a read-only folder; copy the folder and read the copy"
            )
        # A folder that cannot be written: nobody else writes there either, so no log needs to be shared.
        return sqlite3.connect(f"{uri}?immutable=1", uri=True, check_same_thread=False)

    def _check(self, write: bool) -> None:
        def pragma(name: str) -> int:
            return int(self.connection.execute(f"PRAGMA {name}").fetchone()[0])

        version, application = pragma("user_version"), pragma("application_id")
        if version == 0 and application == 0 and write:
            self._create()
        elif application != _APPLICATION:
            raise InputError(f"{self.path}: not a review of align; move the file away to begin a new review")
        elif version > VERSION:
            raise InputError(
                f"{self.path}: made by a newer align (version {version}, this one reads {VERSION}); install that one"
            )

    def _create(self) -> None:
        with self.transaction():
            if self.connection.execute("PRAGMA user_version").fetchone()[0]:
                return  # another process was quicker
            if self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise InputError(f"{self.path}: not a review of align; move the file away to begin a new one")
            for statement in _SCHEMA.split(";\n"):
                self.connection.execute(statement)
            self.connection.execute(f"PRAGMA application_id={_APPLICATION}")
            self.connection.execute(f"PRAGMA user_version={VERSION}")

    def _explained(self, error: sqlite3.Error | UnicodeDecodeError) -> InputError | OutputError:
        said = str(error)
        if isinstance(error, sqlite3.DataError | sqlite3.IntegrityError | UnicodeDecodeError) or any(
            sign in said for sign in _DAMAGE
        ):
            return self.damaged(said)
        if "locked" in said or "busy" in said:
            return OutputError(
                f"{self.path}: held by another program for {_PATIENCE} seconds; close it and try again"
            )
        if "full" in said:
            return OutputError(
                f"{self.path}: the disk is full; nothing was saved: make room and do the action again"
            )
        return OutputError(
            f"{self.path}: cannot be written ({said}): decisions could not be kept. "
            "Make the folder writable, or copy the corpus folder and review the copy"
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is on disk when it ends, or nothing is.

        Raises:
            OutputError: it could not be written; nothing of it was.
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def append(
        self,
        place: Place,
        *,
        time: str,
        reviewer: str,
        kind: str,
        patch: Patch,
        reverses: int | None = None,
        nonce: str | None = None,
    ) -> Action:
        """One more entry of the log; inside a transaction."""
        cursor = self.connection.execute(
            "INSERT INTO actions (time, reviewer, first, second, level, kind, reverses, nonce, patch) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                time,
                reviewer,
                place.first,
                place.second,
                place.level,
                kind,
                reverses,
                nonce,
                json.dumps(patch.to_json(), ensure_ascii=False),
            ),
        )
        assert cursor.lastrowid is not None
        return Action(cursor.lastrowid, time, reviewer, place, kind, reverses, patch)

    def forget(self, place: Place, keys: Iterable[str]) -> None:
        """Takes decisions back; the log still has them. Inside a transaction."""
        self.connection.executemany(
            "DELETE FROM decisions WHERE first=? AND second=? AND level=? AND key=?",
            ((place.first, place.second, place.level, key) for key in keys),
        )

    def keep(self, place: Place, beads: Iterable[ReviewBead]) -> None:
        """Adds decisions, or replaces those on the same units. Inside a transaction."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO decisions (first, second, level, key, status, by_hand, edited, bead) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    place.first,
                    place.second,
                    place.level,
                    bead.key,
                    bead.status,
                    bead.by_hand,
                    bead.edited,
                    json.dumps(to_json(bead), ensure_ascii=False),
                )
                for bead in beads
            ),
        )

    def dismiss(self, place: Place, keys: Iterable[str], *, restore: bool) -> None:
        """Puts decisions without a place away, or takes that back. Inside a transaction."""
        self.connection.executemany(
            "UPDATE decisions SET dismissed=? WHERE first=? AND second=? AND level=? AND key=?",
            ((not restore, place.first, place.second, place.level, key) for key in keys),
        )

    def decisions(self, place: Place, *, dismissed: bool = False) -> list[Stored]:
        """The decisions of one place, those put away only when asked for."""
        rows = self.rows(
            "SELECT key, bead, dismissed FROM decisions WHERE first=? AND second=? AND level=? AND dismissed<=? "
            "ORDER BY key",
            (place.first, place.second, place.level, dismissed),
        )
        return [self._stored(*row) for row in rows]

    def places(self) -> list[Place]:
        """Everything that somebody decided about."""
        rows = self.rows("SELECT DISTINCT first, second, level FROM decisions ORDER BY first, second, level")
        return [Place(*row) for row in rows]

    def counts(self) -> dict[Place, dict[str, int]]:
        """By place: how many beads are accepted, rejected, by_hand, edited."""
        rows = self.rows(
            "SELECT first, second, level, sum(status='accepted'), sum(status='rejected'), sum(by_hand), "
            "sum(edited) FROM decisions WHERE NOT dismissed GROUP BY first, second, level"
        )
        if not all(isinstance(cell, str) for row in rows for cell in row[:3]) or not all(
            isinstance(cell, int) for row in rows for cell in row[3:]
        ):
            raise self.damaged("a decision has no status or no documents")
        names = ("accepted", "rejected", "by_hand", "edited")
        return {Place(*row[:3]): dict(zip(names, row[3:], strict=True)) for row in rows}

    def reviewers(self) -> list[str]:
        rows = self.rows("SELECT DISTINCT reviewer FROM actions ORDER BY reviewer")
        return [row[0] for row in rows]

    def last_number(self) -> int:
        return int(self.rows("SELECT coalesce(max(number), 0) FROM actions")[0][0])

    def actions(self, *, after: int = 0, place: Place | None = None, last: int | None = None) -> list[Action]:
        """Entries of the log in their order; `last` keeps only so many of the newest."""
        where, values = "number > ?", [after, *((place.first, place.second, place.level) if place else ())]
        if place:
            where += " AND first=? AND second=? AND level=?"
        rows = self.rows(
            f"SELECT {_OF_ACTION} FROM actions WHERE {where} ORDER BY number DESC LIMIT ?",
            (*values, -1 if last is None else last),
        )
        return [self._action(row) for row in reversed(rows)]

    def latest(self) -> dict[Place, int]:
        """The number of the last action in each place."""
        rows = self.connection.execute(
            "SELECT first, second, level, max(number) FROM actions GROUP BY 1, 2, 3"
        )
        return {Place(*row[:3]): row[3] for row in rows}

    def by_nonce(self, nonce: str) -> Action | None:
        """The action that the page already asked for under this name."""
        rows = self.rows(f"SELECT {_OF_ACTION} FROM actions WHERE nonce=?", (nonce,))
        return self._action(rows[0]) if rows else None

    def steps(self, place: Place, reviewer: str) -> list[tuple[int, str, int | None]]:
        """A reviewer's actions in one place: number, kind, and what an undo or redo reverses."""
        return self.rows(
            "SELECT number, kind, reverses FROM actions WHERE first=? AND second=? AND level=? AND reviewer=? "
            "ORDER BY number",
            (place.first, place.second, place.level, reviewer),
        )

    def action(self, number: int) -> Action:
        rows = self.rows(f"SELECT {_OF_ACTION} FROM actions WHERE number=?", (number,))
        if not rows:
            raise self.damaged(f"action {number} is missing")
        return self._action(rows[0])

    def data_version(self) -> int:
        """Another number whenever another process has written."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """What the file answers.

        Raises:
            InputError: it is damaged.
            OutputError: another program holds it.
        """
        try:
            return self.connection.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._explained(error) from error

    def _stored(self, key: str, bead: str, dismissed: int) -> Stored:
        try:
            return Stored(key, from_json(json.loads(bead)), bool(dismissed))
        except NOT_OURS as error:
            raise self.damaged(f"decision {key:.40}: {error!r:.100}") from None

    def _action(self, row: tuple[Any, ...]) -> Action:
        number, time, reviewer, first, second, level, kind, reverses, patch = row
        try:
            changes = Patch.from_json(json.loads(patch))
        except NOT_OURS as error:
            raise self.damaged(f"action {number}: {error!r:.100}") from None
        return Action(number, time, reviewer, Place(first, second, level), kind, reverses, changes)

    def damaged(self, what: str) -> InputError:
        """What to raise where the file says something that we never write."""
        return InputError(
            f"{self.path}: damaged ({what}); nothing was changed: keep a copy and try sqlite3 .recover on it"
        )

    def close(self) -> None:
        self.connection.close()

    def __del__(self) -> None:
        if hasattr(self, "connection"):
            self.connection.close()
