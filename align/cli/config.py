"""Options from a file: ``align.toml``, or ``[tool.align]`` of a ``pyproject.toml``.

Keys are the long names of options, without the dashes. Those at the top hold for every command that has such an
option, those in a table of a command's name (``[run]``, ``[index.merge]``) for that one, and win. The command line
wins over both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from align.errors import UsageError

FILE = "align.toml"
PROJECT = "pyproject.toml"
NONE = "none"  # --config none: no file at all
_NOT_SET = frozenset({"config", "help", "version"})  # options that a file cannot give

Table = dict[str, Any]


def find_config(folder: Path) -> tuple[Path, Table] | None:
    """The nearest file with options, in `folder` or above it; beside each other ``align.toml`` wins.

    A ``pyproject.toml`` without ``[tool.align]`` is passed over.

    Raises:
        UsageError: a file cannot be read, or is no TOML.
    """
    for place in (folder, *folder.parents):
        for name in (FILE, PROJECT):
            if (place / name).is_file() and (table := read_config(place / name)) is not None:
                return place / name, table
    return None


def read_config(file: Path) -> Table | None:
    """The table with options of a file; None where a ``pyproject.toml`` has none.

    Raises:
        UsageError: the file cannot be read, or is no TOML.
    """
    try:
        found = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # TOMLDecodeError, and bytes that are no UTF-8
        raise UsageError(f"{file}: is no TOML: {error}") from None
    ours = found.get("tool", {}).get("align") if isinstance(found.get("tool"), dict) else None
    if ours is None:
        return None if file.name == PROJECT else found
    if not isinstance(ours, dict):
        raise UsageError(f"{file}: tool.align is no table; write [tool.align] above its keys")
    return ours


def defaults_of(context: click.Context, file: Path, table: Table) -> dict[str, Any]:
    """What a file says of the options of the command of `context`, by the names of its parameters.

    Raises:
        UsageError: a key is no option, or its value is none for it.
    """
    path, root = _path(context)
    here = _options(context.command)
    known = {name for name, _ in _every_option(root)}
    found: dict[str, Any] = {}
    for where, level, command in _levels(file, table, root, path):
        own = _options(command) if command is not None and command is context.command else None
        for key, value in level.items():
            name = key.replace("_", "-")
            if isinstance(value, dict):
                _check_table(where, name, command or root)
            elif name not in (own if own is not None else known):
                raise UsageError(_unknown(where, key, own if own is not None else known))
            elif option := here.get(name):
                found[option.name or name] = _value(context, option, value, f"{where}: {key}")
    return found


def _path(context: click.Context) -> tuple[list[str], click.Group]:
    """The names that lead from the group at the root to the command, and that group."""
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    root = context.command
    assert isinstance(root, click.Group)
    return names, root


def _levels(
    file: Path, table: Table, root: click.Group, path: list[str]
) -> Iterator[tuple[str, Table, click.Command | None]]:
    """The table at the top, then those of the names that lead to the command, with the command of each."""
    yield str(file), table, None
    where: click.Command = root
    for name in path:
        table = table.get(name, {})
        assert isinstance(where, click.Group)
        found = where.get_command(click.Context(where), name)
        if not isinstance(table, dict) or found is None:
            return
        where = found
        yield f"{file}: [{name}]", table, where


def _check_table(where: str, name: str, within: click.Command) -> None:
    names = within.list_commands(click.Context(within)) if isinstance(within, click.Group) else []
    if name not in names:
        raise UsageError(
            f"{where}: [{name}] is no command{_meant(name, names)}; tables hold the options of a command"
        )


def _unknown(where: str, key: str, known: Mapping[str, Any] | set[str]) -> str:
    meant = _meant(key.replace("_", "-"), known)
    return f"{where}: {key} is no option that a file can give{meant} (--config none reads no file)"


def _meant(name: str, known: Any) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _options(command: click.Command) -> dict[str, click.Option]:
    """The options of a command by their long names, the first of those that say the opposite."""
    return {
        name: option
        for option in command.params
        if isinstance(option, click.Option)
        for name in (long[2:] for long in option.opts if long.startswith("--"))
        if name not in _NOT_SET
    }


def _every_option(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """The options of a command and of all below it."""
    yield from _options(command).items()
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _every_option(below)


def _value(context: click.Context, option: click.Option, value: Any, where: str) -> Any:
    """A value of a file as the command line would give it.

    Raises:
        UsageError: it is none for this option.
    """
    several = option.multiple or option.nargs != 1
    values = value if isinstance(value, list) else [value]
    wrong = (isinstance(value, list) and not several) or any(
        not isinstance(one, str | int | float) or isinstance(one, bool) != option.is_flag for one in values
    )
    if wrong:
        wanted = "true or false" if option.is_flag else "a list of texts" if several else "a text or a number"
        raise UsageError(f"{where} = {value!r:.60}: give {wanted}")
    given = value if option.is_flag else [str(one) for one in values] if several else str(value)
    try:
        option.process_value(context, given)
    except click.ClickException as error:
        raise UsageError(f"{where}: {error.message}") from None
    return given
