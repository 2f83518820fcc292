"""What every command has: examples, defaults, and the options ``-v``, ``-q``, ``--log``, ``--json``, ``--config``."""

from __future__ import annotations

import functools
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from align import __version__
from align.cli import console
from align.cli.examples import examples_of

# Those that leave something behind say so as JSON, too; align score has --format json.
WRITES = frozenset({
    "run", "dedup", "pairs", "texts", "export", "report", "corpus remove", "corpus compact", "index remove",
    "index merge", "models fetch", "review", "terms",
})  # fmt: skip


class Group(click.Group):
    """A group whose commands have what every command has, and which tells what a mistyped name may have meant."""

    path = ""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = self.find_command(ctx, cmd_name)
        if found is not None:
            equip(found, f"{self.path} {cmd_name}".strip())
        return found

    def find_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name as it was declared."""
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in names:
            from difflib import get_close_matches

            near = get_close_matches(args[0], names, 1)
            ctx.fail(f"No such command {args[0]!r}.{f' Did you mean {near[0]}?' if near else ''}")
        return super().resolve_command(ctx, args)


def equip(command: click.Command, path: str) -> None:
    """Gives a command its examples and the options that all have; a second time changes nothing."""
    if getattr(command, "equipped", False):
        return
    command.equipped = True  # type: ignore[attr-defined]
    if isinstance(command, Group):
        command.path = path
    else:
        command.params.extend(_options({name for option in command.params for name in option.opts}, path))
    for option in command.params:
        if isinstance(option, click.Option):
            _show_default(option)
    if command.callback is not None and not isinstance(command, Group):
        command.callback = _begun(command.callback)
    if lines := examples_of(path):
        command.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _begun(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, told first what is known only when all of its options are."""

    @functools.wraps(command)
    def begun(*args: Any, **given: Any) -> Any:
        console.note(f"version {__version__}, {' '.join(map(shlex.quote, sys.argv[1:]))}")
        if origin := click.get_current_context().meta.get(console.ORIGIN):
            console.tell(origin)
        return command(*args, **given)

    return begun


def _options(taken: set[str], path: str) -> list[click.Option]:
    """The options that all commands have, but for those that this one has declared itself."""
    every = [
        click.Option(
            ["-q", "--quiet"], is_flag=True, expose_value=False, callback=_quiet,
            help="Say nothing but warnings and errors.",
        ),
        click.Option(
            ["-v", "--verbose"], is_flag=True, expose_value=False, callback=_verbose,
            help="Also say how long each step takes, and where options come from.",
        ),
        click.Option(
            ["--log"], metavar="FILE", expose_value=False, callback=_log,
            help="Append everything that is said, with its time, to FILE.",
        ),
        click.Option(
            ["--config"], metavar="FILE", expose_value=False, callback=_config, is_eager=True,
            help="Options from this TOML file, or none.  [default: the nearest align.toml, or pyproject.toml with "
            "[tool.align], here or above]",
        ),
    ]  # fmt: skip
    if path in WRITES:
        every.append(
            click.Option(
                ["--json"], is_flag=True, expose_value=False, callback=_json,
                help="Print what was done as a line of JSON on standard output.",
            )
        )  # fmt: skip
    return [option for option in every if not taken & set(option.opts)]


def _show_default(option: click.Option) -> None:
    """Every option that takes a value, or is one of two opposites, shows what holds without it."""
    plain = option.is_flag and not option.secondary_opts
    if plain or option.required or "[default:" in (option.help or ""):
        return
    nothing = option.default in (None, (), "") or not isinstance(option.default, str | int | float | bool)
    option.show_default = "none" if nothing else True


def _quiet(context: click.Context, _: click.Parameter, value: bool) -> bool:
    context.meta[console.QUIET] = value
    return value


def _verbose(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[console.VERBOSE] = value


def _json(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[console.JSON] = value


def _log(_: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None:
        console.log_to(Path(value))


def _config(context: click.Context, _: click.Parameter, value: str | None) -> Any:
    from align.cli.config import NONE, defaults_of, find_config, read_config

    if value == NONE or context.resilient_parsing:
        return
    found = find_config(Path.cwd()) if value is None else (Path(value), read_config(Path(value)) or {})
    if found is not None:
        given = defaults_of(context, *found)
        context.default_map = given
        if given:
            names = ", ".join(sorted(name.replace("_", "-") for name in given))
            context.meta[console.ORIGIN] = f"align: options from {found[0]}: {names}"
