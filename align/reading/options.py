"""What can be asked of the readers, and the shape of what they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

from align._internal.options import check_kinds
from align.errors import UsageError
from align.reading.inputs import Selection, paths_of
from align.reading.labels import known_encoding
from align.text.languages import parse

SCHEMA = pa.schema(
    [
        ("id", pa.string()),  # unique among the usable documents of a batch
        ("source", pa.string()),  # the file it was read from, as the user named it; "-" for standard input
        ("line", pa.int64()),  # 0-based row inside the source; null where the whole file is one document
        ("language", pa.string()),  # tag (BCP 47) that the user or the source gives; null until detected
        ("text", pa.large_string()),  # cleaned, lines as they were; "" where there is a problem
        ("warning", pa.string()),  # what was repaired on reading, or null
        ("problem", pa.string()),  # why the document cannot be used and what to do, or null
        ("prefer", pa.string()),  # the field that `ReadOptions.prefer` names, or null
        ("about", pa.string()),  # its address and the names of its images, a line each, or null
        ("same_id", pa.string()),  # the id it came with, where an earlier document has that one, or null
    ]
)

Format = Literal[
    "auto", "text", "jsonl", "csv", "parquet", "arrow", "html", "warc", "subtitles", "docx", "odt", "epub"
]
INPUT_FORMATS: tuple[Format, ...] = get_args(Format)
Repeated = Literal["refuse", "name"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a batch is read.

    Raises:
        UsageError: an option is out of its range.
    """

    format: Format = "auto"  # auto: by what a file begins with, then by its name
    encoding: str | None = (
        None  # of all text files, where the user knows it; None: UTF-8, else as the bytes tell
    )
    # Field of a row that is its id; None: "id" where there is one, else FILE:LINE.
    id_field: str | None = None
    text_field: str = (
        "text"  # field of a row that is its text; "data.text" is the field text of the field data
    )
    language_field: str | None = None  # field of a row that is its language
    url_field: str = "url"  # field of a row that is its address
    language: str | None = None  # language of all documents, where the user knows it: a code or tag (BCP 47)
    prefer: str | None = None  # field of a row that is kept for choosing among duplicates
    max_bytes: int = (
        32 << 20
    )  # size of the largest document that is read; a larger one is a problem, not a wait
    repeated: Repeated = "refuse"  # a row whose id came before; "name": read, under a name of its own
    exclude: tuple[str, ...] = ()  # folders that are not entered, such as the one written to
    include: tuple[str, ...] = ()  # patterns of names, or of paths inside a folder: only such files are read
    exclude_files: tuple[str, ...] = ()  # patterns of files that are not read

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.language is not None:
            object.__setattr__(self, "language", parse(self.language))
        if self.format not in INPUT_FORMATS:
            raise UsageError(f"format {self.format!r}: choose one of {', '.join(INPUT_FORMATS)}")
        if self.repeated not in get_args(Repeated):
            raise UsageError(f"repeated {self.repeated!r}: choose refuse or name")
        if self.max_bytes < 1:
            raise UsageError(f"max_bytes {self.max_bytes}: give at least 1")
        for name in ("exclude", "include", "exclude_files"):
            object.__setattr__(self, name, paths_of(getattr(self, name), name))
        if self.encoding is not None:
            object.__setattr__(self, "encoding", known_encoding(self.encoding))

    @property
    def selection(self) -> Selection:
        """Which files of folders and globs are read."""
        return Selection(self.exclude, self.include, self.exclude_files)
