"""The drawn samples of a review and what each reviewer says of their beads, as ``review.sqlite`` keeps them.

The tables are made when a sample is first drawn; a version of `align` that knows no samples reads the rest as before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from align.document import Level
from align.review.bead import STATUSES, ReviewStatus
from align.review.sample import Sample
from align.review.store import NOT_OURS, Place, Store

BeadKey = tuple[Place, str]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (
    level    TEXT PRIMARY KEY,
    time     TEXT NOT NULL,     -- UTC
    reviewer TEXT NOT NULL,     -- who drew it
    sample   TEXT NOT NULL      -- JSON, align.review.sample
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,     -- below zero: taken back
    time     TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    first TEXT NOT NULL, second TEXT NOT NULL, level TEXT NOT NULL,
    bead     TEXT NOT NULL,     -- positions of both sides, in the order of first and second
    status   TEXT NOT NULL,     -- open: none, or reopened
    comment  TEXT NOT NULL,
    settles  INTEGER NOT NULL   -- given to settle a disagreement, knowing what the others said
);
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reviewer says of one bead of a sample, for themselves; the last one counts.

    Attributes:
        bead: positions of both sides, in the order of the place.
        status: ``open`` where the bead was reopened, or has a comment alone.
        settles: it settles a disagreement, knowing what the others said.
    """

    time: str
    reviewer: str
    place: Place
    bead: str
    status: ReviewStatus
    comment: str = ""
    settles: bool = False


def keep_sample(store: Store, sample: Sample, *, time: str, reviewer: str) -> None:
    """Puts a sample in the place of the one before of its level; verdicts stay.

    Raises:
        OutputError: it could not be written.
    """
    with store.transaction():
        for statement in filter(None, map(str.strip, _SCHEMA.split(";\n"))):
            store.connection.execute(statement)
        store.connection.execute(
            "INSERT OR REPLACE INTO samples (level, time, reviewer, sample) VALUES (?, ?, ?, ?)",
            (sample.level, time, reviewer, json.dumps(sample.to_json(), ensure_ascii=False)),
        )


def kept_sample(store: Store, level: Level) -> Sample | None:
    """The sample of a level, None where none was drawn.

    Raises:
        InputError: the review is damaged.
    """
    if not _there(store):
        return None
    rows = store.rows("SELECT sample FROM samples WHERE level=?", (level,))
    try:
        return Sample.from_json(level, json.loads(rows[0][0])) if rows else None
    except NOT_OURS as error:
        raise store.damaged(f"sample of {level}s: {error!r:.100}") from None


def add_verdict(store: Store, verdict: Verdict) -> None:
    """What a reviewer says of a bead of the sample; inside a transaction."""
    place = verdict.place
    store.connection.execute(
        "INSERT INTO verdicts (time, reviewer, first, second, level, bead, status, comment, settles) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(verdict.time, verdict.reviewer, place.first, place.second, place.level),
            *(verdict.bead, verdict.status, verdict.comment, verdict.settles),
        ),
    )


def verdicts(store: Store, level: Level, bead: tuple[Place, str] | None = None) -> list[Verdict]:
    """The last word of each reviewer on each bead of a level, or on one bead; oldest first.

    Raises:
        InputError: the review is damaged.
    """
    if not _there(store):
        return []
    where = "number > 0 AND level=?"
    values: list[str] = [level]
    if bead:
        where += " AND first=? AND second=? AND bead=?"
        values += [bead[0].first, bead[0].second, bead[1]]
    rows = store.rows(
        "SELECT time, reviewer, first, second, level, bead, status, comment, settles FROM verdicts WHERE number IN "
        f"(SELECT max(number) FROM verdicts WHERE {where} GROUP BY reviewer, first, second, bead) ORDER BY number",
        values,
    )
    return [_verdict(store, *row) for row in rows]


def last_verdicts(
    store: Store, level: Level, reviewer: str, *, settles: bool
) -> Iterator[tuple[int, BeadKey]]:
    """What a reviewer said of the beads of a level, the newest first, comments and reopening too: number and bead."""
    if not _there(store):
        return
    for number, first, second, bead in store.rows(
        "SELECT number, first, second, bead FROM verdicts WHERE number > 0 AND level=? AND reviewer=? AND settles=? "
        "ORDER BY number DESC",
        (level, reviewer, int(settles)),
    ):
        yield int(number), (Place(str(first), str(second), level), str(bead))


def drop_verdict(store: Store, number: int) -> None:
    """Takes a verdict back: what the reviewer said of its bead before counts again; inside a transaction."""
    store.connection.execute("UPDATE verdicts SET number=-number WHERE number=?", (number,))


def have_judged(store: Store, bead: BeadKey) -> set[str]:
    """Who has ever said something of a bead of the sample, also what was taken back."""
    place, id = bead
    rows = store.rows(
        "SELECT DISTINCT reviewer FROM verdicts WHERE first=? AND second=? AND level=? AND bead=?",
        (place.first, place.second, place.level, id),
    )
    return {str(row[0]) for row in rows}


def judges(store: Store) -> list[str]:
    """Who has given verdicts."""
    rows = store.rows("SELECT DISTINCT reviewer FROM verdicts ORDER BY reviewer") if _there(store) else []
    return [str(row[0]) for row in rows]


def _verdict(store: Store, *row: object) -> Verdict:
    time, reviewer, first, second, level, bead, status, comment, settles = row
    known = next((known for known in STATUSES if known == status), None)
    if known is None:
        raise store.damaged(f"{status!r:.40} is no verdict")
    place = Place(str(first), str(second), str(level))
    return Verdict(str(time), str(reviewer), place, str(bead), known, str(comment), bool(settles))


def _there(store: Store) -> bool:
    return bool(store.rows("SELECT 1 FROM sqlite_master WHERE name='verdicts'"))
