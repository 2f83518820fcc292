"""What the user named, as a list of files to read, each with the id its document gets."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import stat
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from align.errors import InputError, UsageError
from align.reading.companions import passed_over
from align.reading.remote import is_url, list_url


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read, or the reason why there is none.

    Attributes:
        path: as the user named it; "-" for standard input.
        id: of the document, where the file is one; for a file of rows the prefix of unnamed ones.
        problem: why it cannot be read.
        passed_over: why it is no document and not read, though nothing is wrong with it.
        source: the path as tables and messages can show it; as the id, a line of valid UTF-8.
    """

    path: str
    id: str
    problem: str | None = None
    passed_over: str | None = None
    source: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", shown(self.id))
        object.__setattr__(self, "source", shown(self.path))

    def opened_as(self, path: str) -> Input:
        """The same input by another path; tables and messages go on calling it as the user did."""
        other = replace(self, path=path)
        object.__setattr__(other, "source", self.source)
        return other


def shown(path: str) -> str:
    """A path with what is no UTF-8, and control characters, as escapes: names may hold any byte."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", _escaped, path)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte of a name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode()


Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""One path or several."""


def paths_of(paths: Paths, name: str = "inputs") -> tuple[str, ...]:
    """One path or several, as several.

    Raises:
        UsageError: something else is among them; `name` says in the message what they are.
    """
    if isinstance(paths, str | os.PathLike):
        paths = (paths,)
    # A dict would be read as its keys, a data frame as the names of its columns.
    if isinstance(paths, Mapping) or hasattr(paths, "__arrow_c_stream__"):
        kind = type(paths).__name__
        raise UsageError(f"{name}: of type {kind}, no path; give a str or Path (texts are not read)")
    if isinstance(paths, bytes) or not isinstance(paths, Iterable):
        raise UsageError(f"{name}: {paths!r} is no path; give a str or Path, or several in a list")
    found = []
    for number, path in enumerate(paths):
        text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
        if not isinstance(text, str):
            kind = type(path).__name__
            raise UsageError(
                f"{name}[{number}]: of type {kind}, no path; give a str or Path (texts are not read)"
            )
        found.append(text)
    return tuple(found)


def path_of(path: str | os.PathLike[str], name: str) -> Path:
    """One path.

    Raises:
        UsageError: it is none, or there are several.
    """
    found = paths_of(path, name)
    if len(found) != 1 or not isinstance(path, str | os.PathLike):
        raise UsageError(f"{name}: {path!r} is not one path; give a str or Path")
    return Path(found[0])


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the files below folders and globs are read; what is named by itself always is.

    Attributes:
        folders: that are not entered.
        include, exclude: patterns of names, or of paths inside the folder: only the first, none of the second.
    """

    folders: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, inside: str) -> bool:
        """Whether a file with this path inside its folder is read."""
        wanted = not self.include or any(_matches_pattern(inside, pattern) for pattern in self.include)
        return wanted and not any(_matches_pattern(inside, pattern) for pattern in self.exclude)


def _matches_pattern(inside: str, pattern: str) -> bool:
    pattern = pattern + "*" if pattern.endswith("/") else pattern
    return fnmatch.fnmatchcase(inside, pattern) or fnmatch.fnmatchcase(inside.rpartition("/")[2], pattern)


_ALL = Selection()


def find_inputs(named: Paths, selection: Selection = _ALL) -> Iterator[Input]:
    """The files below what was named: files, folders (recursively, hidden files left out), globs, URLs, ``-``.

    The id of a file in a folder is its path inside the folder, with the folder's name before it where several
    folders are read; the id of a file named by itself is its name. Files, or folders, of one name have the parts
    of their paths that tell them apart before it. What is named twice is read once. What is passed over is left out.
    """
    return (found for found in _find_once(named, selection) if not found.passed_over)


def find_passed_over(named: Paths, selection: Selection = _ALL) -> Iterator[Input]:
    """The files below what was named that stand beside documents and are none."""
    return (found for found in _find_once(named, selection) if found.passed_over)


def _find_once(named: Paths, selection: Selection) -> Iterator[Input]:
    read: set[str] = set()
    for found in _find(list(dict.fromkeys(paths_of(named))), selection):
        place = found.path if found.path == "-" or is_url(found.path) else os.path.abspath(found.path)
        if place not in read:
            read.add(place)
            yield found


def refuse_missing(named: Sequence[str]) -> None:
    """Refuses what was named and is not there, before anything is done: it is nearly always a slip of the pen.

    Raises:
        UsageError: names the paths, and the globs without a file.
    """
    missing = [
        item
        for item in named
        if item != "-"
        and not is_url(item)
        and not os.path.lexists(item)
        and not glob.glob(item, recursive=True)
    ]
    if missing:
        names = ", ".join(f"{shown(item)}{_meant(item)}" for item in missing)
        globs = "; quote a pattern and check it" if any(map(glob.has_magic, missing)) else ""
        be = "does" if len(missing) == 1 else "do"
        raise UsageError(f"{names}: {be} not exist; check the path{globs}. Nothing was read or written")


def _meant(missing: str) -> str:
    """The name in the same folder that was probably meant, in brackets."""
    head, name = os.path.split(missing.rstrip("/"))
    try:
        near = get_close_matches(name, sorted(os.listdir(head or ".")), 1)
    except OSError:
        return ""
    return f" (did you mean {shown(os.path.join(head, near[0]))}?)" if near else ""


def total_size(inputs: Paths, selection: Selection = _ALL) -> int:
    """The bytes of all files below what was named; 0 where standard input is among them: nobody knows."""
    named = paths_of(inputs)
    if "-" in named or any(map(is_url, named)):
        return 0
    return sum(_size(item.path) for item in find_inputs(named, selection) if not item.problem)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:  # a link to nowhere, or gone meanwhile: the reader will say so
        return 0


def _find(items: Sequence[str], selection: Selection) -> Iterator[Input]:
    """What each item comes to; a file comes once for each item that it is in."""
    matches = {item: _matches(item, selection) for item in items}
    labels = _told_apart([path for item in items for path in matches[item]])
    folders = list({os.path.realpath(item): item for item in reversed(items) if os.path.isdir(item)}.values())
    prefixes = _told_apart(folders) if len(folders) > 1 else {}
    for item in items:
        if item == "-":
            yield Input("-", "stdin")
        elif is_url(item):
            yield from _remote(item, selection)
        elif os.path.isdir(item):
            if item in folders:
                yield from _folder(item, prefixes[item] + "/" if prefixes else "", selection)
        elif matches[item]:
            yield from (Input(path, labels[path]) for path in matches[item])
        elif glob.has_magic(item):
            yield Input(item, item, "matches no file; quote the pattern and check it")
        else:
            yield Input(item, item, "does not exist; check the path")


def _matches(item: str, selection: Selection) -> list[str]:
    """The files that are named by themselves or by a glob."""
    if item == "-" or is_url(item) or os.path.isdir(item):
        return []
    if os.path.lexists(item):
        return [item]
    found = sorted(path for path in glob.glob(item, recursive=True) if os.path.isfile(path))
    return [path for path in found if selection.takes(path)]


def _remote(url: str, selection: Selection) -> Iterator[Input]:
    """The files behind a URL: one, or those of a folder or glob, with their paths inside it as ids."""
    try:
        found = list_url(url)
    except InputError as error:
        yield Input(url, url, str(error))
        return
    if found is None:
        yield Input(url, url.partition("?")[0].rstrip("/").rpartition("/")[2] or url)
        return
    visible = [
        (path, inside) for path, inside in found if not any(p.startswith(".") for p in inside.split("/"))
    ]
    names = {inside.rpartition("/")[2] for _, inside in visible}
    taken = [(path, inside) for path, inside in visible if selection.takes(inside)]
    for path, inside in taken:
        yield Input(path, inside, passed_over=passed_over(inside, names))
    if not taken:
        yield Input(url, url, "holds no files; check the address")


def _told_apart(paths: Sequence[str]) -> dict[str, str]:
    """The name of each path, with as many of the folders before it as tell it from the others of that name."""
    whole = {path: os.path.realpath(path) if os.path.isdir(path) else os.path.abspath(path) for path in paths}
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for path in whole.values():
        by_name[os.path.basename(path)].add(path)
    bases = {
        name: os.path.commonpath(map(os.path.dirname, same))
        for name, same in by_name.items()
        if len(same) > 1
    }
    labels = {}
    for path, place in whole.items():
        name = os.path.basename(place)
        labels[path] = Path(place).relative_to(bases[name]).as_posix() if name in bases else name
    return labels


RECORD = "run.json"  # what a job writes first of all into its folder, see `align.corpus.folder`
_OUR_RECORD = re.compile(rb'\{\s*"format": \d+,')
_OUTCOME = "holds what an earlier align wrote, not articles; move it elsewhere, or name a folder inside it to read that"


def _is_outcome(folder: str, files: Sequence[str]) -> bool:
    """Whether a folder with these files was written by align run or align dedup."""
    if RECORD not in files:
        return False
    try:
        with open(os.path.join(folder, RECORD), "rb") as stream:
            return bool(_OUR_RECORD.match(stream.read(100)))
    except OSError:
        return False


def _unreadable(path: str) -> str | None:
    """What stands against reading a file that nobody named: a pipe would be waited for without end."""
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        why = "links to nothing" if os.path.islink(path) else f"cannot be read: {error.strerror}"
        return f"{why}; mend it, or take it out of the folder"
    return None if regular else "is a pipe, socket or device, not a file; name it by itself to read it"


def _walk(folder: str, errors: list[OSError]) -> Iterator[tuple[str, list[str], list[str]]]:
    """`os.walk` from the top that follows links to folders elsewhere, and goes through each folder once.

    What is linked comes behind what lies below the top, so that a folder has its own name rather than a link's.
    """
    top, seen, left = os.path.realpath(folder), set(), deque([folder])
    while left:
        for parent, names, files in os.walk(left.popleft(), onerror=errors.append):
            place = os.path.realpath(parent)
            if place in seen:
                names.clear()
                continue
            seen.add(place)
            yield parent, names, files
            for path in (os.path.join(parent, name) for name in names):
                if os.path.islink(path):
                    target = os.path.realpath(path)
                    if not (_holds(top, target) or _holds(target, top)):
                        left.append(path)


def _holds(folder: str, path: str) -> bool:
    return os.path.commonpath([folder, path]) == folder


def _folder(folder: str, prefix: str, selection: Selection) -> Iterator[Input]:
    found = False
    errors: list[OSError] = []
    closed = {os.path.realpath(path) for path in selection.folders}
    for parent, names, files in _walk(folder, errors):
        if _is_outcome(parent, files):
            found = True
            names.clear()
            inside = Path(parent).relative_to(folder).as_posix()
            yield Input(parent, parent if parent == folder else prefix + inside, _OUTCOME)
            continue
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and (not closed or os.path.realpath(os.path.join(parent, name)) not in closed)
        )
        for item in _files(parent, folder, prefix, files, selection):
            found = True
            yield item
    for error in errors:
        found = True
        yield Input(
            str(error.filename),
            str(error.filename),
            f"cannot be listed: {error.strerror}; check its permissions",
        )
    if not found:
        wanted = " that --include and --exclude-files leave" if selection.include or selection.exclude else ""
        yield Input(folder, folder, f"holds no files{wanted}; name a folder with articles in it")


def _files(
    parent: str, folder: str, prefix: str, files: Sequence[str], selection: Selection
) -> Iterator[Input]:
    """The files of one folder below the one that was named."""
    above = Path(parent).relative_to(folder).as_posix()
    for name in sorted(files):
        inside = name if above == "." else f"{above}/{name}"
        if not name.startswith(".") and selection.takes(inside):
            path = os.path.join(parent, name)
            problem = _unreadable(path)
            yield Input(path, prefix + inside, problem, None if problem else passed_over(path, files))
