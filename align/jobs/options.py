"""What the jobs can be told: composed of the options of the rooms that they call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from align._internal.options import check_kinds
from align.alignment.options import AlignOptions
from align.dedup.options import Cut, DedupOptions
from align.document import ParagraphMode
from align.encoders.base import Encoder
from align.engines.spark.options import SparkOptions
from align.errors import UsageError
from align.pairing.options import PairOptions
from align.reading.options import ReadOptions

# Options that stand in a signature only where they are given.
UNLESS_GIVEN = ("spare", "normalize", "passages")
NO_CONTAINMENT = (
    "containment: the longer of two documents stays, and an earlier one that is inside a new one is kept already; "
    "leave it out where batches are added, or look for it in all of them at once"
)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the main job can be told.

    Raises:
        UsageError: options that do not go together.
    """

    reading: ReadOptions = field(default_factory=ReadOptions)
    dedup: DedupOptions = field(default_factory=DedupOptions)  # its `paragraphs` hold for all stages
    pairing: PairOptions = field(default_factory=PairOptions)
    alignment: AlignOptions = field(default_factory=AlignOptions)
    cut: Cut = "repeats"  # what is left out of pairing and alignment
    encoder: str | Encoder | None = None  # for pairing and alignment; None: as their options say
    workers: int = 1  # processes that align pairs
    overwrite: bool = False  # replace a run made with other inputs or options
    append: bool = False  # add the batch to the corpus that is there

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.encoder is not None:
            object.__setattr__(self, "pairing", replace(self.pairing, encoder=self.encoder))
            object.__setattr__(self, "alignment", replace(self.alignment, encoder=self.encoder))
            object.__setattr__(self, "encoder", None)
        self.dedup.check_cut(self.cut)
        if self.append and self.overwrite:
            raise UsageError("append adds to what is there, overwrite replaces it; choose one")
        if self.append and self.dedup.containment is not None:
            raise UsageError(NO_CONTAINMENT)
        if self.pairing.index:
            raise UsageError("a run pairs the documents of its own batch; leave the index of pairing out")
        if self.alignment.level != "sentence":
            raise UsageError("a run aligns paragraphs and sentences; leave the level of alignment out")

    @property
    def paragraphs(self) -> ParagraphMode:
        """What parts paragraphs, in all stages."""
        return self.dedup.paragraphs

    @property
    def stages(self) -> dict[str, Any]:
        """What decides the bytes of the output, by name, beside the inputs, the encoders and the models."""
        pairing, alignment = _plain(self.pairing), _plain(self.alignment)
        for name in ("encoder", "index", "keep"):
            pairing.pop(name)
        if pairing["source_language"] is None:
            pairing.pop("source_language")  # not given, as where it could not be given
        for name in ("encoder", "level"):
            alignment.pop(name)
        return {**_dedup_stages(self.dedup), "cut": self.cut, **pairing, **alignment}

    def as_json(self) -> dict[str, Any]:
        """The options as ``run.json`` has them, but for those that decide how the folder is made, not what is in it."""
        rooms = {name: _plain(getattr(self, name)) for name in ("reading", "dedup", "pairing", "alignment")}
        return {**rooms, "cut": self.cut}


@dataclass(frozen=True, slots=True)
class DedupJobOptions:
    """How a deduplication job reads, decides and writes.

    Raises:
        UsageError: options that do not go together.
    """

    reading: ReadOptions = field(default_factory=ReadOptions)
    dedup: DedupOptions = field(default_factory=DedupOptions)
    cut: Cut = "none"  # what is cut from kept texts
    index: str | None = None  # folder of the index to compare with and to add to
    overwrite: bool = False  # replace what an earlier job left in the folder
    spark: SparkOptions | None = None  # who does the work, with the same outcome; None: this machine
    append: bool = False  # add the batch to what earlier ones left in the folder

    def __post_init__(self) -> None:
        check_kinds(self)
        self.dedup.check_cut(self.cut)
        if self.append:
            self._check_append()

    def _check_append(self) -> None:
        if self.overwrite:
            raise UsageError("append adds to what is there, overwrite replaces it; choose one")
        if self.index:
            raise UsageError(
                "append compares with what is in the folder, index with what is elsewhere; choose one"
            )
        if self.dedup.containment is not None:
            raise UsageError(NO_CONTAINMENT)
        if self.dedup.on_known_id == "update":
            raise UsageError(
                "on_known_id 'update': what earlier batches removed for the sake of the text that is replaced would "
                "have no kept document; leave the option out, or say 'rename', 'skip' or 'fail'"
            )

    @property
    def stages(self) -> dict[str, Any]:
        """What decides the bytes of the output, by name, beside the inputs; reading decides what is kept of a row."""
        reading = {f"read_{name}": value for name, value in _plain(self.reading).items()}
        reading.pop("read_exclude")  # says where the output lies, not what is in it
        return {"cut": self.cut, "index": self.index, **_dedup_stages(self.dedup), **reading}

    def as_json(self) -> dict[str, Any]:
        """The options as ``run.json`` has them."""
        rooms = {name: _plain(getattr(self, name)) for name in ("reading", "dedup")}
        return {**rooms, "cut": self.cut, "index": self.index}


@dataclass(frozen=True, slots=True)
class PairJobOptions:
    """How a pairing job reads, decides and writes."""

    reading: ReadOptions = field(default_factory=ReadOptions)
    paragraphs: ParagraphMode = "auto"  # what parts paragraphs
    pairing: PairOptions = field(default_factory=PairOptions)
    documents: Path | None = None  # where to write what became of each document
    overwrite: bool = False  # replace files that are there
    append: bool = False  # add the batch to the tables that are there, with partners in earlier batches
    dry_run: bool = False  # write nothing, and leave an index as it is

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.append and self.overwrite:
            raise UsageError("append adds to what is there, overwrite replaces it; choose one")
        if self.append and self.pairing.index:
            raise UsageError("append keeps its store beside the table, index names another; choose one")
        if self.append and self.dry_run:
            raise UsageError("append adds to what is there, a dry run writes nothing; choose one")


def options_of(made: Mapping[str, Any]) -> RunOptions:
    """Options of a corpus that grows, from what `RunOptions.as_json` says but for how inputs are read.

    Raises:
        AlignError, TypeError, ValueError: these are none, or an encoder was no name.
    """
    rooms: dict[str, Any] = {"dedup": DedupOptions, "pairing": PairOptions, "alignment": AlignOptions}
    known = {
        name: room(**{key: _frozen(v) for key, v in made[name].items() if key in room.__dataclass_fields__})
        for name, room in rooms.items()
    }
    return RunOptions(**known, cut=made["cut"], append=True)


def _frozen(value: Any) -> Any:
    """A value as options have it: lists are tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def less(reading: ReadOptions, *folders: str | Path | None) -> ReadOptions:
    """The options with what a job writes left out of what it reads, should it lie inside an input folder."""
    return replace(reading, exclude=(*reading.exclude, *(str(folder) for folder in folders if folder)))


def _dedup_stages(options: DedupOptions) -> dict[str, Any]:
    """The options of deduplication; those that say nothing unless they are given only where they are."""
    plain = _plain(options)
    return {name: value for name, value in plain.items() if value or name not in UNLESS_GIVEN}


def _plain(options: Any) -> dict[str, Any]:
    """Options as JSON has them; an encoder by its name."""
    values = {name: getattr(options, name) for name in options.__dataclass_fields__}
    plain: dict[str, Any] = json.loads(
        json.dumps(values, default=lambda value: getattr(value, "name", str(value)))
    )
    return plain
