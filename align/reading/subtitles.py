"""SubRip and WebVTT: what is said, a cue a line, without numbers and times."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from align.reading.compression import Stream
from align.reading.encoding import decode
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rows import Row
from align.reading.text import whole_file

_TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}.*")
_STYLES = re.compile(r"</?(?:[biusv]|font|ruby|rt|lang|c|\d{2})(?:[\s.:][^>]*)?>|\{\\[^}]*\}", re.IGNORECASE)
_RUNNING = re.compile(
    r"<(?:\d+:)?\d{2}:\d{2}\.\d{3}>"
)  # times of single words, as recognisers of speech write them
_NO_CUE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")


def read_subtitles(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The one document of a file of subtitles; lines are cues, or the turns of those who speak in one."""
    yield whole_file(stream, item, options, lambda data: spoken(data, options.encoding, options.language))


def spoken(data: bytes, encoding: str | None = None, language: str | None = None) -> tuple[str, str | None]:
    """What is said, and a warning about the encoding.

    Raises:
        InputError: the bytes are not text.
    """
    text, warning = decode(data, encoding, language)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    said = [line for cue in _cues(lines) for line in _turns(cue)]
    if _RUNNING.search(text):  # each cue repeats the last line of the one before
        said = [line for number, line in enumerate(said) if number == 0 or line != said[number - 1]]
    return "\n".join(said), warning


def _cues(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each cue, less its number and times."""
    starts = [number for number, line in enumerate(lines) if _TIMES.fullmatch(line)]
    for start, after in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        cue = lines[start + 1 : after]
        if after <= len(lines):  # what stands before the next times is that cue's number or name
            cue = _without_name(cue)
        yield _until_note(cue)


def _without_name(cue: list[str]) -> list[str]:
    """The lines of a cue less the number, or the name, of the next one, which stands behind an empty line."""
    named = bool(cue) and bool(cue[-1].strip())
    if named and ((len(cue) > 1 and not cue[-2].strip()) or cue[-1].strip().isdecimal()):
        return cue[:-1]
    return cue


def _until_note(cue: list[str]) -> list[str]:
    """The lines up to a comment or a style, which stand behind an empty line."""
    for number in range(1, len(cue)):
        if not cue[number - 1].strip() and _NO_CUE.match(cue[number]):
            return cue[:number]
    return cue


def _turns(cue: list[str]) -> Iterator[str]:
    """The cue as one line, or as one for each who speaks, where dashes tell them apart."""
    lines = [html.unescape(_STYLES.sub("", _RUNNING.sub("", line))).strip() for line in cue]
    lines = [line for line in lines if line]
    if len(lines) > 1 and all(line[0] in "-–—‐" for line in lines):
        yield from lines
    elif lines:
        yield " ".join(lines)
