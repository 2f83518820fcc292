"""Profiles of documents, encoded, as columns of files: written part by part, mapped by whoever needs one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.parallel import one_blas_thread
from align._internal.runs import numbers_of
from align.document import Document
from align.encoders import Encoder, as_encoder, for_profiles
from align.errors import UsageError
from align.pairing.baseline import MEASURED
from align.pairing.blocks import Frequencies
from align.pairing.profiles import Profile, View, encode, make_profiles
from align.pairing.rows import COLUMNS, profile_of, row_of
from align.pairing.segments import open_segment
from align.pairing.stages.counts import KEYS, MARKS, PIECES, counted, require_here
from align.pairing.titles import marks_of
from align.pairing.views import Others, add_sketches, add_views, other_encoders

_SKETCH = pa.struct([("encoder", pa.string()), ("vector", pa.binary())])
_VIEW = pa.struct(
    [
        ("encoder", pa.string()),
        ("blocks", pa.large_binary()),
        ("texts", pa.list_(pa.string())),
        ("sentences", pa.large_binary()),
    ]
)
STORED = pa.schema(
    [("number", pa.int64()), *COLUMNS, ("sketches", pa.list_(_SKETCH)), ("views", pa.list_(_VIEW))]
)
_AT_HAND = 16_384  # profiles whose parts are views of files


@dataclass(frozen=True)
class Encoders:
    """The encoders of a batch: that of the profiles, and those that pairs of its languages need besides.

    Raises:
        UsageError: an encoder whose chance level is to be measured on the whole batch.
    """

    name: str
    languages: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [self.alone.name, *self.others]
        if unknown := [name for name in names if name not in MEASURED]:
            raise UsageError(
                f"encoder '{unknown[0]}': how alike unrelated texts are to it is measured on a whole batch; give auto, "
                f"{' or '.join(MEASURED)}, or take the local engine"
            )

    @property
    def alone(self) -> Encoder:
        """That of the profiles."""
        return for_profiles(as_encoder(self.name))

    @property
    def others(self) -> Others:
        """The others by name, each with the pairs of languages that need it."""
        return _others(self.name, self.languages)


@lru_cache(maxsize=4)
def _others(name: str, languages: tuple[str, ...]) -> Others:
    return other_encoders(as_encoder(name), languages)


def encoded_profiles(
    documents: Sequence[Document], frequencies: Frequencies, encoders: Encoders
) -> list[Profile]:
    """The profiles of documents, with all that the encoders see of them."""
    with one_blas_thread():
        profiles = list(make_profiles(documents, frequencies))
    encode(profiles, encoders.alone, _silent)
    for encoder, pairs in encoders.others.values():
        add_sketches(profiles, encoder, _silent)
        needed = {language for pair in pairs for language in pair}
        add_views([profile for profile in profiles if profile.language in needed], encoder, _silent)
    return profiles


def _silent(done: int) -> None:
    pass


def stored(profiles: Sequence[Profile], numbers: Sequence[int]) -> pa.RecordBatch:
    """Profiles and their numbers as rows (`STORED`)."""
    rows = [
        {
            "number": number,
            **row_of(profile),
            "sketches": [{"encoder": k, "vector": v.tobytes()} for k, v in profile.sketches.items()],
            "views": [_row_of_view(name, view) for name, view in profile.views.items()],
        }
        for profile, number in zip(profiles, numbers, strict=True)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=STORED)


def _row_of_view(name: str, view: View) -> dict[str, Any]:
    sentences = view.sentences
    steps = np.array(list(sentences.values()), np.int8)
    return {
        "encoder": name,
        "blocks": view.blocks.tobytes(),
        "texts": list(sentences),
        "sentences": steps.tobytes(),
    }


def count_said(batch: pa.RecordBatch, encoders: Encoders) -> Iterator[pa.RecordBatch]:
    """The numbers and names, marks and words (`COUNTED`) of profiles (`STORED`)."""
    profiles = list(profiles_of(batch, encoders))
    yield counted(KEYS, "", [profile.keys for profile in profiles])
    yield counted(MARKS, "", [marks_of(profile.texts) for profile in profiles])
    by_language: dict[str, list[Profile]] = {}
    for profile in profiles:
        by_language.setdefault(profile.language, []).append(profile)
    for language, own in by_language.items():
        yield counted(PIECES, language, [profile.pieces for profile in own])


def profiles_of(batch: pa.RecordBatch, encoders: Encoders) -> Iterator[Profile]:
    """The profiles of rows (`STORED`)."""
    for row in range(batch.num_rows):
        yield _profile(batch, row, encoders)


def _profile(batch: pa.RecordBatch, row: int, encoders: Encoders) -> Profile:
    arrays = {
        name: batch[name][row].as_buffer() if kind == pa.large_binary() else batch[name][row].as_py()
        for name, kind in COLUMNS
    }
    profile = profile_of(arrays, encoders.alone.dimension)
    for made in batch["sketches"][row].as_py():
        profile.sketches[made["encoder"]] = np.frombuffer(made["vector"], np.float16)
    for made in batch["views"][row].as_py():
        dimension = encoders.others[made["encoder"]][0].dimension
        blocks, sentences = (
            np.frombuffer(made[name], np.int8).reshape(-1, dimension) for name in ("blocks", "sentences")
        )
        profile.add_view(made["encoder"], View(blocks, made["texts"], sentences))
    return profile


@dataclass(frozen=True)
class Segment:
    """A file of profiles (`STORED`), their numbers ascending."""

    path: str
    first: int  # the lowest number
    count: int

    def batches(self) -> list[pa.RecordBatch]:
        """Its rows: views of the file, which stays mapped.

        Raises:
            InputError: this machine does not see it.
        """
        require_here(self.path)
        return open_segment(Path(self.path), STORED, check=False)


class StoredProfiles(Sequence[Profile]):
    """The profiles of a batch by number, each made when it is asked for.

    Raises:
        KeyError: there is none of that number.
    """

    def __init__(self, segments: Iterable[Segment], encoders: Encoders) -> None:
        self._segments = sorted(segments, key=lambda segment: segment.first)
        self._firsts = np.array([segment.first for segment in self._segments], np.int64)
        self._encoders = encoders
        self._open: dict[int, tuple[Ints, Ints, list[pa.RecordBatch]]] = {}
        self._made: OrderedDict[int, Profile] = OrderedDict()

    def __len__(self) -> int:
        return sum(segment.count for segment in self._segments)

    @overload
    def __getitem__(self, number: int) -> Profile: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Profile]: ...

    def __getitem__(self, number: int | slice) -> Profile | Sequence[Profile]:
        if isinstance(number, slice):
            raise TypeError("the numbers of documents are not dense")
        found = self._made.get(number)
        if found is None:
            while len(self._made) >= _AT_HAND:
                self._made.popitem(last=False)
            found = self._made[number] = self._read(number)
        return found

    def _read(self, number: int) -> Profile:
        place = int(np.searchsorted(self._firsts, number, side="right")) - 1
        if place >= 0:
            numbers, starts, batches = self._opened(place)
            row = int(np.searchsorted(numbers, number))
            if row < len(numbers) and numbers[row] == number:
                part = int(np.searchsorted(starts, row, side="right")) - 1
                return _profile(batches[part], row - int(starts[part]), self._encoders)
        raise KeyError(number)

    def _opened(self, place: int) -> tuple[Ints, Ints, list[pa.RecordBatch]]:
        if place not in self._open:
            batches = self._segments[place].batches()
            numbers = np.concatenate([numbers_of(batch, "number") for batch in batches])
            starts = np.cumsum([0, *(batch.num_rows for batch in batches)])[:-1]
            self._open[place] = numbers, starts, batches
        return self._open[place]
