"""Moses: plain text files of which line N is the translation of line N, named as OPUS names them (``x.en-zh.en``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from align._internal.files import atomic
from align.errors import UsageError
from align.formats.bitext import Bitext, Written

# What Python's splitlines, editors or scripts take for the end of a line: a file that has one too many is misaligned.
_BREAKS = re.compile("[\t ]*[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+[\t ]*")


def write_moses(path: str | Path, bitexts: Sequence[Bitext]) -> Written:
    """Writes two files for each pair of languages; gaps are left out and counted.

    The two languages stand in alphabetical order, so that a batch whose pairs run both ways fills one corpus.
    Line breaks inside a segment become a space.

    Raises:
        UsageError: two files cannot go to standard output.
    """
    if str(path) == "-":
        raise UsageError("--format moses writes two files and cannot go to standard output; give -o NAME")
    names = moses_files(path, bitexts)
    count = gaps = 0
    with ExitStack() as files:
        open_files: dict[str, IO[Any]] = {name: files.enter_context(atomic(name)) for name in names}
        for bitext in bitexts:
            source, target = (open_files[name] for name in _file_names(path, bitext))
            for row in bitext.rows:
                if row.is_gap:
                    gaps += 1
                    continue
                source.write(one_line(row.source) + "\n")
                target.write(one_line(row.target) + "\n")
                count += 1
    return Written(count, gaps, names)


def one_line(text: str) -> str:
    """A text in which nothing is taken for the end of a line."""
    return _BREAKS.sub(" ", text)


def moses_files(path: str | Path, bitexts: Sequence[Bitext]) -> tuple[str, ...]:
    """The files that `write_moses` writes for these bitexts."""
    return tuple(sorted({name for bitext in bitexts for name in _file_names(path, bitext)}))


def _file_names(path: str | Path, bitext: Bitext) -> tuple[str, str]:
    """The files of the source and of the target."""
    stem = Path(path).with_suffix("") if Path(path).suffix == ".moses" else Path(path)
    source, target = bitext.source_language, bitext.target_language
    languages = "-".join(sorted((source, target)))
    if source == target:
        return f"{stem}.{languages}.source", f"{stem}.{languages}.target"
    return f"{stem}.{languages}.{source}", f"{stem}.{languages}.{target}"
