"""An index of earlier documents: new batches are compared with everything that came before.

A folder with a manifest (``index.json``), immutable segments, and a lock. A segment is written and brought to disk
before the manifest names it, and the manifest is replaced in one step, so that a process that is killed leaves the
index as it was before or as it is after. One process writes at a time; readers need no lock.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Some
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from align._internal.arrays import Array, Bools, Ints, UInts64
from align._internal.arrow import as_numpy, strings
from align._internal.files import reason_of
from align._internal.locks import held
from align._internal.progress import Waiting
from align.dedup.batch import Collection
from align.dedup.index.manifest import LOCK, IndexSettings, Manifest, read_manifest
from align.dedup.index.segment import Contents, Segment, blocks, open_segment, write_segment
from align.dedup.kernel import KERNEL
from align.dedup.options import DedupOptions
from align.dedup.result import IDENTICAL, NEAR, VERSION, Matches, PairTable
from align.dedup.sketches import text_buffers
from align.dedup.versions import Known, Versions
from align.errors import IndexFileError, InputError
from align.text.tokens import token_table

MERGE_AT = 8  # segments; with more, the smaller ones are merged when something is added
SILENT = 2  # of a document, in a segment: it was removed, and nothing is compared with it
_NO_KEY = np.uint64(2**64 - 1)  # in all bands of such a document
_PAIRS = 4_000_000  # candidates looked at together


class Index:
    """An open index. `match`, `known` and `batch_number` make it an `Earlier` of `align.dedup.find`.

    Attributes:
        batch: key of the batch that is compared and added; documents that the index has from it are this batch's own.
        damaged: segments that cannot be used, and why.
        listed: gives the names of the documents of a folder that the index belongs to, also those that it lacks.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self.batch: str | None = None
        self.listed: Callable[[], Some[str]] = tuple
        self.segments: dict[str, Segment] = {}
        self.damaged: dict[str, str] = {}
        self._checked: set[Path] = set()  # segments whose band keys are good
        for entry in manifest.segments:
            try:
                segment = open_segment(self._file(entry["name"]))
                if segment.documents != entry["documents"]:
                    raise IndexFileError(f"{segment.path}: is damaged ({segment.documents} documents inside)")
                self.segments[entry["name"]] = segment
            except IndexFileError as error:
                self.damaged[entry["name"]] = str(error)

    # ---- asking ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return sum(entry["documents"] - len(entry["removed"]) for entry in self.manifest.segments)

    @property
    def batch_number(self) -> int:
        """The number of the batch, from 1: that of the first time, where it is compared again."""
        return self.manifest.number_of(self.batch)

    def known(self, collection: Collection) -> list[Known]:
        """The documents of a batch whose id is in the index."""
        ids: list[str] = collection.column("id").to_pylist()
        usable = as_numpy(collection.column("problem").combine_chunks().is_null())
        hashes = _id_hashes(ids)
        found = []
        for entry in self._usable():
            segment = self.segments[entry["name"]]
            for number, place in zip(*(part.tolist() for part in segment.find(hashes)), strict=True):
                if not usable[number] or place in entry["removed"] or segment.names([place]) != [ids[number]]:
                    continue
                same = bool((segment.fingerprints[place] == collection.fingerprints[number]).all())
                key = self.manifest.batch_of(int(segment.arrays["sequence"][place]))
                own = same and self.batch is not None and key == self.batch
                found.append(Known(number, entry["name"], place, same, own))
        return sorted(found)

    def match(self, collection: Collection, documents: Ints, versions: Versions | None = None) -> Matches:
        """Verified pairs of these documents with documents of the index, in order of arrival; those of versions.

        Documents that the index knows from this very batch (a run that was killed before it could say so) are left
        out, and those that are replaced.
        """
        versions = versions or Versions()
        gone: dict[str, list[int]] = {}
        for known in (*versions.own, *versions.replaced):
            gone.setdefault(known.segment, []).append(known.place)
        found = self._matched(collection, documents, gone)
        passed, others = self._passed(collection, versions.passed, len(collection) + len(found.names))
        return replace(found, passed=passed, names=[*found.names, *others])

    def batch_of(self, known: Known) -> int:
        """The number of the batch that a document came with."""
        sequence = self.segments[known.segment].arrays["sequence"][known.place]
        return self.manifest.number_of(self.manifest.batch_of(int(sequence)))

    def versions(self, collection: Collection, known: Sequence[Known]) -> tuple[PairTable, list[str]]:
        """Documents of a batch with those of the index that have their ids, as pairs; the ids of these."""
        return self._passed(collection, known, len(collection))

    def _passed(
        self, collection: Collection, passed: Sequence[Known], start: int
    ) -> tuple[PairTable, list[str]]:
        """Versions that documents of the index supersede, as pairs; these are numbered from `start`."""
        counts, hashes, offsets = collection.numbers("counts"), collection.hashes, collection.offsets
        rows, names = [], []
        for number, known in enumerate(passed, start):
            segment = self.segments[known.segment]
            if damage := segment.damage_of([known.place]):
                raise IndexFileError(
                    f"{segment.path}: is damaged ({damage}); see: align index verify {self.path}"
                )
            first, place = np.array([known.number], np.int64), np.array([known.place], np.int64)
            packed = KERNEL.shared(first, place, hashes, offsets, segment.hashes, segment.offsets)
            shared = int(np.frombuffer(packed, "<i8")[0])
            union = int(counts[known.number] + np.diff(segment.offsets)[known.place] - shared)
            rows.append((known.number, number, shared, union))
            names += segment.names([known.place])
        first, second, common, size = np.array(rows, np.int64).reshape(-1, 4).T
        return PairTable(first, second, common, size, np.full(len(rows), VERSION, np.uint8)), names

    def _matched(
        self, collection: Collection, documents: Ints, leave_out: Mapping[str, Sequence[int]]
    ) -> Matches:
        """Verified pairs of these documents with the others of the index, as `match` gives them."""
        found: list[tuple[int, int, int, int, int]] = []  # sequence, document, segment, place, shared
        segments = [(entry, self.segments[entry["name"]]) for entry in self._usable()]
        texts: dict[tuple[int, int], str] = {}
        for number, (entry, segment) in enumerate(segments):
            gone = np.array([*entry["removed"], *leave_out.get(entry["name"], ())], np.int64)
            rows: list[tuple[int, int, int, int, int]] = []
            try:
                self._check(segment, "keys", "places")
                for first, place, shared in _pairs(collection, documents, segment, gone):
                    arrived = segment.arrays["sequence"][place].tolist()
                    numbers = [number] * len(arrived)
                    rows += zip(
                        arrived, first.tolist(), numbers, place.tolist(), shared.tolist(), strict=True
                    )
                texts |= {
                    (number, row[3]): text for row in rows if (text := _text(segment, row[3])) is not None
                }
            except IndexFileError as error:
                self._set_aside(entry["name"], error)
                continue
            found += rows
        found.sort()
        order = {arrived: n for n, arrived in enumerate(dict.fromkeys(row[0] for row in found))}
        names = {row[0]: segments[row[2]][1].names([row[3]])[0] for row in found}
        first, shared = (np.array([row[n] for row in found], np.int64) for n in (1, 4))
        second = np.array([len(collection) + order[row[0]] for row in found], np.int64)
        old = [np.diff(segments[row[2]][1].offsets[row[3] : row[3] + 2])[0] for row in found]
        union = collection.numbers("counts")[first] + np.array(old, np.int64) - shared
        prints = [segments[row[2]][1].fingerprints[row[3]] for row in found]
        same = (collection.fingerprints[first] == np.array(prints, np.uint64).reshape(-1, 2)).all(axis=1)
        kind = np.where(same & (shared == union), IDENTICAL, NEAR).astype(np.uint8)
        kept = [_kept(entry, segment) for entry, segment in segments]
        settled = {n for row, n in zip(found, second.tolist(), strict=True) if not kept[row[2]][row[3]]}
        table = PairTable(first, second, shared, union, kind)
        places = {n: (row[2], row[3]) for n, row in zip(second.tolist(), found, strict=True)}
        named = [names[arrived] for arrived in order]
        known = {n: texts[place] for n, place in places.items() if place in texts}
        return Matches(table, PairTable.empty(), named, frozenset(settled), known)

    def info(self) -> dict[str, Any]:
        """Settings, documents, segments and bytes."""
        sizes = [self._file(entry["name"]) for entry in self.manifest.segments]
        return {
            "documents": len(self),
            "removed": sum(len(entry["removed"]) for entry in self.manifest.segments),
            "segments": len(self.manifest.segments),
            "damaged": len(self.damaged),
            "bytes": sum(path.stat().st_size for path in sizes if path.exists()),
            **asdict(self.manifest.settings),
        }

    def verify(self) -> dict[str, str | None]:
        """For each segment what is wrong with it, or None; reads everything."""
        return {
            entry["name"]: self.damaged.get(entry["name"]) or self.segments[entry["name"]].damage()
            for entry in self.manifest.segments
        }

    # ---- changing (under the lock) -----------------------------------------------------------------------------

    def add(
        self,
        collection: Collection,
        documents: Ints,
        replaced: Iterable[Known] = (),
        kept: Iterable[int] | None = None,
        silent: Iterable[int] = (),
    ) -> int:
        """Adds these documents of a collection, those that are in the index already aside; returns how many.

        What they replace is taken out in the same step. `kept` are those that stay, where not all do: the others are
        compared with later documents, too, and none is removed for their sake. With those that are `silent` nothing is
        compared: copies of a text beyond the second, of which no more than the ids need be known.
        """
        known = {known.number for known in self.known(collection) if known.same}
        fresh = np.array([number for number in documents.tolist() if number not in known], np.int64)
        for old in replaced:
            self._take_out(old.segment, [old.place])
        if not len(fresh):
            self.manifest.enter(self.batch, 0)
            self.manifest.save(self.path)
            return 0
        offsets = collection.offsets
        manifest = self.manifest
        ids = collection.names(fresh)
        mute = np.isin(fresh, np.array(list(silent), np.int64))
        contents = Contents(
            ids,
            _id_hashes(ids),
            collection.fingerprints[fresh],
            np.arange(manifest.sequence, manifest.sequence + len(fresh)),
            collection.numbers("counts")[fresh],
            np.where(mute[:, None], _NO_KEY, collection.keys[fresh]),
            lambda: blocks(collection.hashes, offsets, fresh),
            None if kept is None else _fates(fresh, kept, mute),
            self._packed_texts(collection, fresh),
        )
        self._append(contents, [])
        manifest.enter(self.batch, len(fresh))
        self.manifest.save(self.path)
        if len(manifest.segments) > MERGE_AT:
            self.merge(sorted(self._usable(), key=lambda entry: entry["documents"])[:MERGE_AT])
        return len(fresh)

    def merge(self, entries: Sequence[dict[str, Any]] | None = None) -> None:
        """Makes one segment of several (of all that are not damaged), without the documents removed."""
        entries = list(self._usable() if entries is None else entries)
        for entry in entries:
            if damage := self.segments[entry["name"]].damage():
                self._set_aside(entry["name"], f"{self._file(entry['name'])}: is damaged ({damage})")
        entries = [entry for entry in entries if entry["name"] in self.segments]
        if len(entries) < 2 and not any(entry["removed"] for entry in entries):
            return
        parts = [(self.segments[entry["name"]], _left(entry)) for entry in entries]
        kept = [_kept(entry, self.segments[entry["name"]]) for entry in entries]
        self._append(_joined(parts, kept), [entry["name"] for entry in entries])
        self.manifest.save(self.path)
        self._sweep()

    def remove(self, ids: Iterable[str]) -> list[str]:
        """Takes documents out by id; returns the ids that were not there."""
        names = list(dict.fromkeys(ids))
        missing = set(names)
        hashes = _id_hashes(names)
        for entry in self._usable():
            segment = self.segments[entry["name"]]
            for number, place in zip(*(part.tolist() for part in segment.find(hashes)), strict=True):
                if segment.names([place]) == [names[number]] and place not in entry["removed"]:
                    entry["removed"] = sorted([*entry["removed"], place])
                    missing.discard(names[number])
        if len(missing) < len(names):
            self.manifest.save(self.path)
        return [name for name in names if name in missing]

    def supersede(self, ids: Iterable[str]) -> None:
        """Takes out what has these ids and did not come with the present batch."""
        for entry, place, sequence in list(self._named(ids)):
            if self.manifest.batch_of(sequence) != self.batch:
                self._take_out(entry["name"], [place])
        self.manifest.save(self.path)

    def take_back(self, ids: Iterable[str]) -> list[str]:
        """Counts documents as kept that were removed when they came; returns the ids that are to be added anew.

        What later batches bring may be removed for their sake.
        """
        missing = dict.fromkeys(ids)
        for entry, place, _ in list(self._named(missing)):
            if self.segments[entry["name"]].kept[place] == SILENT:
                self._take_out(entry["name"], [place])  # to be added anew, with its keys
                continue
            entry["back"] = sorted({*entry.get("back", ()), place})
            missing.pop(self.segments[entry["name"]].names([place])[0], None)
        self.manifest.save(self.path)
        return list(missing)

    def _named(self, ids: Iterable[str]) -> Iterator[tuple[dict[str, Any], int, int]]:
        """Where documents with these ids are, and when they arrived."""
        names = sorted(set(ids))
        hashes = _id_hashes(names)
        for entry in self._usable() if names else ():
            segment = self.segments[entry["name"]]
            for number, place in zip(*(part.tolist() for part in segment.find(hashes)), strict=True):
                if segment.names([place]) == [names[number]] and place not in entry["removed"]:
                    yield entry, place, int(segment.arrays["sequence"][place])

    def keep_batches(self, keys: Some[str]) -> None:
        """Takes out the documents of all other batches: of jobs that were killed and are not gone on with."""
        gone = [batch for batch in self.manifest.batches if batch["key"] not in keys]
        if not gone:
            return
        for entry in self._usable():
            sequence = self.segments[entry["name"]].arrays["sequence"]
            for batch in gone:
                inside = np.flatnonzero((sequence >= batch["start"]) & (sequence < batch["end"]))
                self._take_out(entry["name"], inside.tolist())
        self.manifest.batches = [batch for batch in self.manifest.batches if batch not in gone]
        self.manifest.save(self.path)

    def drop(self, names: Iterable[str]) -> int:
        """Takes whole segments out, damaged ones for instance; returns how many documents they held."""
        gone = set(names)
        unknown = gone - {entry["name"] for entry in self.manifest.segments}
        if unknown:
            raise InputError(f"{self.path}: has no segment {min(unknown)!r}; see: align index verify")
        lost = sum(entry["documents"] for entry in self.manifest.segments if entry["name"] in gone)
        self.manifest.segments = [entry for entry in self.manifest.segments if entry["name"] not in gone]
        self.manifest.save(self.path)
        self._sweep()
        return int(lost)

    def _packed_texts(self, collection: Collection, documents: Ints) -> list[bytes] | None:
        """The texts of these documents, compressed, where the index holds texts."""
        texts = collection.texts
        if texts is None or not self.manifest.settings.texts:
            return None
        return [zlib.compress(texts.text(n).encode("utf-8", "replace"), 1) for n in documents.tolist()]

    # ---- inside ------------------------------------------------------------------------------------------------

    def _check(self, segment: Segment, *names: str) -> None:
        """Raises IndexFileError where these arrays of a segment are damaged; looks at them once."""
        if segment.path not in self._checked:
            if damage := segment.damage(names):
                raise IndexFileError(f"{segment.path}: is damaged ({damage})")
            self._checked.add(segment.path)

    def _set_aside(self, name: str, damage: object) -> None:
        """Uses a segment no more; what is wrong with it is told."""
        self.damaged[name] = str(damage)
        del self.segments[name]

    def _usable(self) -> list[dict[str, Any]]:
        return [entry for entry in self.manifest.segments if entry["name"] in self.segments]

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.seg"

    def _take_out(self, name: str, places: Iterable[int]) -> None:
        """Marks documents of a segment as removed; the manifest is still to be saved."""
        entry = next(entry for entry in self.manifest.segments if entry["name"] == name)
        entry["removed"] = sorted({*entry["removed"], *places})

    def _append(self, contents: Contents, replaced: list[str]) -> None:
        name = f"{self.manifest.next:08}"
        write_segment(self._file(name), contents)
        self.segments[name] = open_segment(self._file(name))
        stay = [entry for entry in self.manifest.segments if entry["name"] not in replaced]
        self.manifest.segments = [*stay, {"name": name, "documents": len(contents.ids), "removed": []}]
        self.manifest.next += 1

    def _sweep(self) -> None:
        """Deletes segments that the manifest does not name: merged, dropped, or left by a process that was killed."""
        named = {f"{entry['name']}.seg" for entry in self.manifest.segments}
        for path in self.path.iterdir():
            if path.suffix in (".seg", ".part") and path.name not in named:
                path.unlink(missing_ok=True)


# ---- opening ---------------------------------------------------------------------------------------------------


def open_index(path: str | Path, options: DedupOptions | None = None) -> Index:
    """An index for asking; a folder that is not there is an empty index where options are given.

    Raises:
        IndexFileError: the folder is no index, or its manifest is damaged.
        SignatureError: it was made with other settings.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    if manifest is None:
        if options is None:
            raise IndexFileError(f"{folder}: is no index; align dedup INPUT --index {folder} makes one")
        manifest = Manifest(IndexSettings.of(options))
    elif options:
        manifest.settings.check(IndexSettings.of(options), folder)
    return Index(folder, manifest)


@contextlib.contextmanager
def writing_index(
    path: str | Path, options: DedupOptions | None = None, waiting: Waiting | None = None
) -> Iterator[Index]:
    """An index for changing: other writers wait until this one is done. Made where it is not there.

    Raises:
        IndexFileError, SignatureError: as `open_index`.
    """
    folder = Path(path)
    if options is None and read_manifest(folder) is None:
        raise IndexFileError(f"{folder}: is no index; align dedup INPUT --index {folder} makes one")
    with _locked(folder, waiting):
        index = open_index(folder, options)
        if read_manifest(folder) is None:
            index.manifest.save(folder)
        index._sweep()
        yield index


@contextlib.contextmanager
def _locked(folder: Path, waiting: Waiting | None) -> Iterator[None]:
    def busy(process: str) -> None:
        if waiting:
            waiting(f"{folder} is in use by process {process}; waiting")

    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(folder / LOCK, busy))
        except OSError as error:
            raise IndexFileError(
                f"{folder}: cannot be written ({reason_of(error)}); name another --index"
            ) from error
        yield


# ---- comparing -------------------------------------------------------------------------------------------------


def _pairs(
    collection: Collection, documents: Ints, segment: Segment, gone: Ints
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Verified pairs (document, place in the segment, common shingles), a block of documents at a time."""
    counts, keys = collection.numbers("counts"), collection.keys
    documents = documents[counts[documents] > 0]
    hashes, offsets, threshold = collection.hashes, collection.offsets, collection.options.threshold
    sizes = np.diff(segment.offsets)
    for codes in _candidates(keys, documents, segment):
        first, place = codes // max(1, segment.documents), codes % max(1, segment.documents)
        small, large = np.minimum(counts[first], sizes[place]), np.maximum(counts[first], sizes[place])
        likely = (small >= threshold * large) & ~np.isin(place, gone)
        first, place = first[likely], place[likely]
        if damage := segment.damage_of(np.unique(place).tolist()):
            raise IndexFileError(f"{segment.path}: is damaged ({damage})")
        packed = KERNEL.shared(first, place, hashes, offsets, segment.hashes, segment.offsets)
        shared = np.frombuffer(packed, "<i8")
        good = shared / np.maximum(counts[first] + sizes[place] - shared, 1) >= threshold
        yield first[good], place[good], shared[good]


def _candidates(keys: UInts64, documents: Ints, segment: Segment) -> Iterator[Ints]:
    """Document * documents of the segment + place, for all that share the key of a band; each once."""
    starts, stops = [], []
    for band in range(keys.shape[1]):
        wanted = keys[documents, band]
        order = np.argsort(wanted, kind="stable")
        start, stop = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        start[order] = np.searchsorted(segment.keys(band)[0], wanted[order])
        stop[order] = np.searchsorted(segment.keys(band)[0], wanted[order], side="right")
        starts.append(start)
        stops.append(stop)
    lengths = np.array(stops) - np.array(starts)
    for block in _shares(lengths.sum(axis=0)):
        codes = []
        for band in range(keys.shape[1]):
            rows = block[lengths[band, block] > 0]
            repeats = lengths[band, rows]
            at = np.repeat(starts[band][rows] - (np.cumsum(repeats) - repeats), repeats) + np.arange(
                repeats.sum()
            )
            places = segment.keys(band)[1][at].astype(np.int64)
            codes.append(np.repeat(documents[rows], repeats) * segment.documents + places)
        yield np.unique(np.concatenate(codes))


def _text(segment: Segment, place: int) -> str | None:
    """The text of a document; None where the segment has none."""
    packed = segment.packed_text(place)
    try:
        return None if packed is None else zlib.decompress(packed).decode("utf-8", "replace")
    except zlib.error as error:
        raise IndexFileError(f"{segment.path}: is damaged (text of document {place}: {error})") from error


def _shares(sizes: Ints) -> list[Ints]:
    """The places of `sizes` in groups of some millions together."""
    groups = np.cumsum(sizes) // _PAIRS
    return np.split(np.arange(len(sizes)), np.flatnonzero(np.diff(groups)) + 1) if len(sizes) else []


def _joined(parts: list[tuple[Segment, Ints]], kept: list[Array]) -> Contents:
    """The documents left in several segments as one, in order of arrival within each; `kept` is of all of each."""
    keys = [np.zeros((len(left), segment.bands), np.uint64) for segment, left in parts]
    for (segment, left), table in zip(parts, keys, strict=True):
        for band in range(segment.bands):
            values, places = segment.keys(band)
            whole = np.empty(segment.documents, np.uint64)
            whole[places] = values
            table[:, band] = whole[left]
    ids = [name for segment, left in parts for name in segment.names(left.tolist())]
    return Contents(
        ids,
        _id_hashes(ids),
        np.concatenate([segment.fingerprints[left] for segment, left in parts]),
        np.concatenate([segment.arrays["sequence"][left] for segment, left in parts]),
        np.concatenate([np.diff(segment.offsets)[left] for segment, left in parts]),
        np.concatenate(keys),
        lambda: (block for segment, left in parts for block in blocks(segment.hashes, segment.offsets, left)),
        np.concatenate([stays[left] for (_, left), stays in zip(parts, kept, strict=True)]),
        _texts_of(parts),
    )


def _texts_of(parts: list[tuple[Segment, Ints]]) -> list[bytes] | None:
    """The texts of the documents left in several segments, compressed; None where a segment has none."""
    texts = [segment.packed_text(place) for segment, left in parts for place in left.tolist()]
    found = [text for text in texts if text is not None]
    return found if found and len(found) == len(texts) else None


def _fates(documents: Ints, kept: Iterable[int], mute: Bools) -> Array:
    """What a segment says of each document: whether it stays."""
    stays = np.isin(documents, np.array(list(kept), np.int64))
    found: Array = np.where(mute, SILENT, stays).astype(np.uint8)
    return found


def _kept(entry: dict[str, Any], segment: Segment) -> Array:
    """Whether each document of a segment stays: those that did when they came, and those that came back."""
    found = segment.kept
    if entry.get("back"):
        found = found.copy()
        found[entry["back"]] = 1
    return found


def _left(entry: dict[str, Any]) -> Ints:
    return np.setdiff1d(np.arange(entry["documents"]), np.array(entry["removed"], np.int64))


def _id_hashes(ids: Sequence[str]) -> UInts64:
    """64 bits of each id's fingerprint."""
    data, offsets = text_buffers(strings(ids))
    fingerprints = KERNEL.sketch(data, offsets, token_table().buffers, 1, 1)[3]
    return np.frombuffer(fingerprints, "<u8").reshape(-1, 2)[:, 0].copy()
