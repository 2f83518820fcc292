"""Files beside the documents of a data set that are none: marks of success, checksums, descriptions, cards."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection

_MARKS = re.compile(r"_SUCCESS|_(?:started|committed)_\d+|_(?:common_)?metadata|.*\.crc", re.DOTALL)
_DESCRIPTIONS = ("dataset_info.json", "dataset_infos.json", "dataset_dict.json")
_SAVED = (
    "state.json",
    "dataset_info.json",
)  # what `save_to_disk` of Hugging Face's datasets writes beside the data
_FENCE = re.compile(rb"(?:\xef\xbb\xbf)?---\s*")
_OF_CARDS = re.compile(
    rb"(?:license|licence|languages?|tags|configs|dataset_info|task_categories|task_ids|pretty_name|size_categories"
    rb"|annotations_creators|language_creators|source_datasets|viewer|library_name|datasets)\s*:"
)
_LONGEST = 65_536  # bytes of a line, or of a file, that are looked at


def passed_over(path: str, beside: Collection[str]) -> str | None:
    """Why a file that nobody named is no document, in a folder with the files `beside`; None where it is one."""
    name = os.path.basename(path)
    if _MARKS.fullmatch(name):
        return "a mark of the program that wrote the data"
    if (name in _DESCRIPTIONS and not _is_rows(path)) or (name == _SAVED[0] and _SAVED[1] in beside):
        return "describes a data set"
    if name.startswith("cache-") and name.endswith(".arrow") and _SAVED[0] in beside:
        return "a cache of what was computed from the data set"
    if name.lower() == "readme.md" and _is_card(path):
        return "the card of a data set"
    return None


def _is_rows(path: str) -> bool:
    """Whether a file is JSON lines or an array: somebody's articles, whatever it is called."""
    try:
        with open(path, "rb") as stream:
            first, second = stream.readline(_LONGEST).strip(), stream.readline(_LONGEST).strip()
    except OSError:
        return False
    return first.startswith(b"[") or (bool(second) and _is_object(first))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_card(path: str) -> bool:
    """Whether a Markdown file begins, between lines of dashes, with what the cards of data sets and models say."""
    try:
        with open(path, "rb") as stream:
            first, *lines = stream.read(_LONGEST).split(b"\n")
    except OSError:
        return False
    if not _FENCE.fullmatch(first):
        return False
    end = next((number for number, line in enumerate(lines) if line.rstrip() == b"---"), None)
    return end is not None and any(_OF_CARDS.match(line) for line in lines[:end])
