"""What is kept of earlier batches, so that a translation that arrives later finds its partner.

A folder of segments, one for each batch, each an Arrow file that is written whole or not at all and never changed. A
document that comes again replaces its earlier self. Two processes may add to one index at the same time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from align._internal.files import atomic
from align.errors import IndexFileError, SignatureError
from align.pairing.profiles import Profile
from align.pairing.vectors import DIMENSION
from align.pairing.verify import Look

_FORMAT = 3
_ARRAYS = {
    "vectors": np.float16,
    "mass": np.float32,
    "keys": np.uint32,
    "prints": np.uint64,
    "pieces": np.int32,
    "units": np.int8,
    "packed": np.uint8,
}
_LOOK = ("other", "coverage", "other_coverage", "answers", "other_answers", "sentences")
_LOOKED_BY = b"looked_by"
_SCHEMA = pa.schema(
    [("id", pa.string()), ("language", pa.string()), ("digest", pa.string())]
    + [(name, pa.large_binary()) for name in _ARRAYS]
    + [("names", pa.list_(pa.string())), ("partners", pa.list_(pa.string()))]
    + [("looks", pa.list_(pa.struct([(n, pa.float64() if k else pa.string()) for k, n in enumerate(_LOOK)])))]
)


class PairIndex:
    """The profiles and accepted pairs of earlier batches, in a folder.

    Raises:
        SignatureError: the folder was made with another encoder or another version of the format.
        IndexFileError: a file of it is damaged.
    """

    def __init__(self, folder: str | Path, encoder: str, dimension: int) -> None:
        self.folder = Path(folder)
        self._dimension = dimension
        self._digests: dict[str, str] = {}
        self._pairs: set[tuple[str, str]] = set()
        self._looks: dict[tuple[str, str], Look] = {}
        self._new: dict[str, list[str]] = {}
        self._mark = {"format": _FORMAT, "encoder": encoder}
        file = self.folder / "index.json"
        if not file.exists():
            with atomic(file) as stream:
                json.dump(self._mark, stream)
        found = _json(file)
        for key, value in self._mark.items():
            if found.get(key) != value:
                raise SignatureError(
                    f"{self.folder}: was made with {key} {found.get(key)!r}, this run has {value!r}; "
                    "name another --index"
                )

    def load(self) -> tuple[list[Profile], list[tuple[str, str]]]:
        """The latest profile of each document, sorted by id, and the pairs that were accepted among them."""
        profiles: dict[str, Profile] = {}
        pairs = self._pairs
        for path in sorted(self.folder.glob("*.arrow"), key=lambda path: path.name):
            for row in _rows(path):
                profiles[row["id"]] = profile = self._profile(row, path)
                for look in row["looks"] or ():
                    other, *covered, answers, back, sentences = (look[name] for name in _LOOK)
                    self._looks[profile.digest, other] = Look(
                        (covered[0], covered[1]), (answers, back), sentences
                    )
                pairs |= {(min(row["id"], other), max(row["id"], other)) for other in row["partners"]}
        known = sorted(profiles)
        self._digests = {id: profile.digest for id, profile in profiles.items()}
        return [profiles[id] for id in known], sorted(
            p for p in pairs if p[0] in profiles and p[1] in profiles
        )

    def look(self, source: Profile, target: Profile) -> Look | None:
        """What a closer look at these two texts found, if one was taken with the weights of today.

        How much their words say is what they said in the batch of that day.
        """
        if found := self._looks.get((source.digest, target.digest)):
            return found
        back = self._looks.get((target.digest, source.digest))
        return back.turned if back else None

    def remember(self, source: Profile, target: Profile, look: Look) -> None:
        """Keeps what a closer look found, to be written by `add` with the source."""
        self._looks[source.digest, target.digest] = look
        self._new.setdefault(source.digest, []).append(target.digest)

    def add(self, profiles: Sequence[Profile], pairs: Iterable[tuple[str, str]]) -> None:
        """Adds what is new of a batch, of the pairs that were found for it and of the looks taken, as one segment."""
        partners: dict[str, list[str]] = {}
        for a, b in set(pairs) - self._pairs:
            partners.setdefault(a, []).append(b)
            partners.setdefault(b, []).append(a)
        rows = [
            self._row(profile, partners.get(profile.id, []))
            for profile in profiles
            if profile.id in partners
            or profile.digest in self._new
            or self._digests.get(profile.id) != profile.digest
        ]
        if not rows:
            return
        # After the latest segment, whatever was removed in between.
        numbers = [path.name.partition("-")[0] for path in self.folder.glob("*.arrow")]
        number = 1 + max((int(n) for n in numbers if n.isdigit()), default=-1)
        mark = blake2b(repr([(r["id"], r["digest"]) for r in rows]).encode(), digest_size=8).hexdigest()
        schema = _SCHEMA.with_metadata({_LOOKED_BY: looked_by()})
        table = pa.Table.from_pylist(rows, schema=schema)
        with (
            atomic(self.folder / f"{number:06}-{mark}.arrow", binary=True) as stream,
            pa.ipc.new_file(stream, schema) as writer,
        ):
            writer.write_table(table, max_chunksize=1024)

    def _row(self, profile: Profile, partners: list[str]) -> dict[str, Any]:
        arrays = {
            name: np.ascontiguousarray(getattr(profile, name), kind).data for name, kind in _ARRAYS.items()
        }
        looks = {other: self._looks[profile.digest, other] for other in self._new.get(profile.digest, ())}
        return {
            "id": profile.id,
            "language": profile.tag,
            "digest": profile.digest,
            "names": list(profile.names),
            "partners": sorted(partners),
            "looks": [
                dict(zip(_LOOK, (other, *look.coverage, *look.answers, look.sentences), strict=True))
                for other, look in sorted(looks.items())
            ],
            **{name: bytes(data) for name, data in arrays.items()},
        }

    def _profile(self, row: dict[str, Any], path: Path) -> Profile:
        try:
            arrays = {name: np.frombuffer(row[name], kind) for name, kind in _ARRAYS.items()}
            return Profile(
                row["id"],
                row["language"],
                arrays["vectors"].reshape(-1, DIMENSION),
                arrays["mass"],
                arrays["keys"],
                arrays["prints"],
                arrays["pieces"],
                row["digest"],
                tuple(row["names"]),
                arrays["packed"],
                arrays["units"].reshape(len(arrays["mass"]), self._dimension),
            )
        except ValueError as error:
            raise _damaged(path, error) from error


def looked_by() -> str:
    """What closer looks go by: those taken with other weights are not remembered."""
    from align.alignment.model import load_model

    said = json.dumps(load_model("sentence").signature, sort_keys=True)
    return blake2b(said.encode(), digest_size=8).hexdigest()


def recurring_in(profiles: Iterable[Profile]) -> Counter[tuple[str, int]]:
    """On how many of these documents each paragraph stands, by variant of a language."""
    return Counter((profile.variant, int(mark)) for profile in profiles for mark in profile.prints)


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    """The rows of a segment; the arrays are views of the file, which stays mapped."""
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        if table.schema != _SCHEMA:
            raise _damaged(path, "other columns")
        fresh = (table.schema.metadata or {}).get(_LOOKED_BY) == looked_by().encode()
        for batch in table.to_batches():
            columns = {name: batch.column(name) for name in batch.schema.names}
            for i in range(batch.num_rows):
                row = {
                    name: column[i].as_buffer() if name in _ARRAYS else column[i].as_py()
                    for name, column in columns.items()
                }
                yield row if fresh else {**row, "looks": ()}
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return found if isinstance(found, dict) else {}


def _damaged(path: Path, error: object) -> IndexFileError:
    return IndexFileError(
        f"{path}: damaged ({error}); remove the file, its documents then count as never seen"
    )
