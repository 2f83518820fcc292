"""What is kept of earlier batches, so that a translation that arrives later finds its partner.

A folder of segments (`align.pairing.segments`), one for each batch. A document that comes again replaces its earlier
self. Two processes may add to one index at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa

from align._internal.files import atomic, clear_parts
from align.errors import IndexFileError, SignatureError
from align.pairing.earlier import EarlierDocuments
from align.pairing.profiles import Profile
from align.pairing.rows import ARRAYS, COLUMNS, profile_of, row_of
from align.pairing.segments import damaged, next_number, open_segment, write_segment
from align.pairing.sketches import KeptSketches, compact_sketches
from align.pairing.verify import Verification

_FORMAT = 4
_SKETCHES = "sketches"
_VERIFICATION = ("other", "coverage", "other_coverage", "word_coverage", "other_word_coverage", "sentences")
_VERIFIER = b"verifier_signature"
_BATCH = b"batch"
_SCHEMA = pa.schema(
    [
        *COLUMNS,
        ("partners", pa.list_(pa.string())),
        (
            "verifications",
            pa.list_(
                pa.struct([(n, pa.float64() if k else pa.string()) for k, n in enumerate(_VERIFICATION)])
            ),
        ),
    ]
)


class PairIndex:
    """The profiles and accepted pairs of earlier batches, in a folder.

    Raises:
        SignatureError: the folder was made with another encoder or another version of the format.
        IndexFileError: a file of it is damaged.
    """

    def __init__(self, folder: str | Path, encoder: str, dimension: int) -> None:
        self.folder = Path(folder)
        self.sketches = KeptSketches(self.folder / _SKETCHES)
        self._dimension = dimension
        self._without: frozenset[str] = frozenset()
        self._digests: dict[str, str] = {}  # of the documents that were read
        self._fresh: list[
            bool
        ] = []  # by record batch: whether its verifications were made with today's weights
        self._paths: list[Path] = []  # of each record batch
        self._checked: set[Path] = set()
        self._verifications: dict[tuple[str, str], Verification] = {}
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
                    "name another --index, or remove this one and pair the earlier batches again"
                )

    @cached_property
    def documents(self) -> EarlierDocuments:
        """What earlier batches left.

        Raises:
            IndexFileError: a file is damaged.
        """
        batches = []
        for path in self._segments():
            opened = self._opened(path)
            fresh = (opened[0].schema.metadata or {}).get(_VERIFIER) if opened else None
            self._fresh += [fresh == verifier_signature().encode()] * len(opened)
            self._paths += [path] * len(opened)
            batches += opened
        return EarlierDocuments(batches, self._without)

    def leave_out(self, ids: Iterable[str]) -> None:
        """Passes over these documents from here on; in the folder they stay."""
        self._without = frozenset(ids)
        self._forget()

    def profiles(self, ids: Iterable[str]) -> list[Profile]:
        """The latest profile of each of these documents that are there, sorted by id, with their verifications."""
        documents, found = self.documents, []
        for id in sorted(set(ids) & documents.latest.keys()):
            place = documents.latest[id]
            profile = self._read(place)
            for made in (*documents.superseded.get(id, ()), place):
                self._read_verifications(made)
            self._digests[id] = profile.digest
            found.append(profile)
        return found

    def replaced_by(self, profiles: Iterable[Profile]) -> list[str]:
        """The ids under which these documents bring another text than was there."""
        documents = self.documents
        places = ((profile, documents.latest.get(profile.id)) for profile in profiles)
        rows = ((profile, documents.row(place)) for profile, place in places if place is not None)
        return [
            profile.id for profile, (batch, row) in rows if batch["digest"][row].as_py() != profile.digest
        ]

    def _forget(self) -> None:
        """The files have changed: they are opened anew when they are asked for."""
        self.__dict__.pop("documents", None)
        self._fresh, self._paths = [], []

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("*.arrow"), key=lambda path: path.name)

    def _opened(self, path: Path) -> list[pa.RecordBatch]:
        """The record batches of a segment, which is checked when it is opened for the first time."""
        opened = open_segment(path, _SCHEMA, check=path not in self._checked)
        self._checked.add(path)
        return opened

    def _read(self, place: int) -> Profile:
        batch, row = self.documents.row(place)
        values = {
            name: batch[name][row].as_buffer() if name in ARRAYS else batch[name][row].as_py()
            for name in _SCHEMA.names
            if name not in ("partners", "verifications")
        }
        return self._profile(values, self._paths[self.documents.number(place)])

    def _read_verifications(self, place: int) -> None:
        batch, row = self.documents.row(place)
        if not self._fresh[self.documents.number(place)]:
            return
        for made in batch["verifications"][row].as_py() or ():
            other, *covered, words, other_words, sentences = (made[name] for name in _VERIFICATION)
            self._verifications[batch["digest"][row].as_py(), other] = Verification(
                (covered[0], covered[1]), (words, other_words), sentences
            )

    def verification(self, source: Profile, target: Profile) -> Verification | None:
        """The verification of these two texts, if it was made with the weights of today.

        How much their words weigh is what they weighed in the batch of that day.
        """
        if found := self._verifications.get((source.digest, target.digest)):
            return found
        back = self._verifications.get((target.digest, source.digest))
        return back.swapped if back else None

    def remember(self, source: Profile, target: Profile, verification: Verification) -> None:
        """Keeps a verification, to be written by `add` with the source."""
        self._verifications[source.digest, target.digest] = verification
        self._new.setdefault(source.digest, []).append(target.digest)

    def add(
        self, profiles: Sequence[Profile], pairs: Iterable[tuple[str, str]], batch: str | None = None
    ) -> None:
        """Adds what is new of a batch, of its pairs and of its verifications, as one segment.

        `batch` is by what `keep_batches` knows it.
        """
        clear_parts(self.folder, deep=True)
        self.sketches.write()
        partners: dict[str, list[str]] = {}
        renewed = set(self.replaced_by(profiles))
        known = (
            {pair for pair in self.documents.pairs if renewed.isdisjoint(pair)}
            if renewed
            else self.documents.pairs
        )
        for a, b in set(pairs) - known:
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
        number = next_number(self.folder)
        mark = blake2b(repr([(r["id"], r["digest"]) for r in rows]).encode(), digest_size=8).hexdigest()
        named = {_BATCH: batch} if batch else {}
        schema = _SCHEMA.with_metadata({_VERIFIER: verifier_signature(), **named})
        table = pa.Table.from_pylist(rows, schema=schema)
        write_segment(self.folder / f"{number:06}-{mark}.arrow", schema, table.to_batches(max_chunksize=1024))
        self._forget()

    def batches(self) -> set[str]:
        """By what is known which batches were added."""
        found = (batch.schema.metadata or {} for path in self._segments() for batch in self._opened(path)[:1])
        return {key for metadata in found for key in metadata.get(_BATCH, b"").decode().split()}

    def keep_batches(self, keys: Collection[str]) -> None:
        """Removes what other batches added: jobs that were killed and are not gone on with."""
        clear_parts(self.folder)
        for path in self._segments():
            opened = self._opened(path)
            own = (opened[0].schema.metadata or {}).get(_BATCH, b"") if opened else b""
            if not set(own.decode().split()) <= set(keys):
                path.unlink(missing_ok=True)
        self._forget()

    def _row(self, profile: Profile, partners: list[str]) -> dict[str, Any]:
        made = {
            other: self._verifications[profile.digest, other] for other in self._new.get(profile.digest, ())
        }
        return {
            **row_of(profile),
            "partners": sorted(partners),
            "verifications": [
                dict(
                    zip(
                        _VERIFICATION,
                        (other, *found.coverage, *found.word_coverages, found.sentences),
                        strict=True,
                    )
                )
                for other, found in sorted(made.items())
            ],
        }

    def _profile(self, row: dict[str, Any], path: Path) -> Profile:
        try:
            return profile_of(row, self._dimension)
        except ValueError as error:
            raise damaged(path, error) from error


def documents_of_batches(folder: Path) -> dict[str, set[str]]:
    """The ids that came last with each batch, by what `PairIndex.keep_batches` knows it; no piece holds two batches.

    Raises:
        IndexFileError: a file is damaged.
    """
    latest: dict[str, str] = {}
    for path in sorted(folder.glob("*.arrow"), key=lambda path: path.name):
        for batch in open_segment(path, _SCHEMA):
            key = (batch.schema.metadata or {}).get(_BATCH, b"").decode()
            latest |= dict.fromkeys(batch["id"].to_pylist(), key)
    found: dict[str, set[str]] = {}
    for id, key in latest.items():
        found.setdefault(key, set()).add(id)
    return found


def compact_segments(folder: Path, without: Collection[str] = ()) -> None:
    """Makes one segment of those of an index, less what was superseded and the documents `without`."""
    paths = sorted(folder.glob("*.arrow"), key=lambda path: path.name)
    opened = [batch for path in paths for batch in open_segment(path, _SCHEMA)]
    if not opened or (len(paths) < 2 and not without):
        return
    documents = EarlierDocuments(opened)
    marks = [batch.schema.metadata or {} for batch in opened]
    verifiers = {mark.get(_VERIFIER, b"") for mark in marks}
    keys = " ".join(dict.fromkeys(key for mark in marks for key in mark.get(_BATCH, b"").decode().split()))
    # Verifications of several sets of weights are all made again.
    verifier = verifiers.pop() if len(verifiers) == 1 else b""
    schema = _SCHEMA.with_metadata({_VERIFIER: verifier, **({_BATCH: keys.encode()} if keys else {})})
    target = folder / f"{next_number(folder):06}-merged.arrow"
    left = [documents.left(number, without) for number in range(len(opened))]
    write_segment(
        target,
        schema,
        (batch.replace_schema_metadata(schema.metadata) for batch in left if batch.num_rows),
    )
    for path in paths:
        path.unlink(missing_ok=True)
    compact_sketches(folder / _SKETCHES, {digest for batch in left for digest in batch["digest"].to_pylist()})


def verifier_signature() -> str:
    """What verifications were made with: those of other weights are not used again."""
    from align.alignment.model import Weights, load_model

    models = (load_model("sentence", weights) for weights in get_args(Weights))
    signatures = dict.fromkeys(json.dumps(model.signature, sort_keys=True) for model in models)
    return blake2b("\n".join(signatures).encode(), digest_size=8).hexdigest()


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise IndexFileError(f"{path}: damaged ({error}); remove the file to have it made again") from error
    return found if isinstance(found, dict) else {}
