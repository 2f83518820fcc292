"""The command line: each command lives in a module of its own, imported only when it is asked for."""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from align import __version__
from align._internal.files import hold_standard_streams
from align.cli import console
from align.cli.shared import Group
from align.errors import AlignError

_COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "The whole job: duplicates, translations, alignment, report."),
    "dedup": ("dedup", "Find near-duplicates, repeated passages and boilerplate."),
    "pairs": ("pairs", "Find which documents are translations of each other."),
    "texts": ("texts", "Align two texts that you know to be translations."),
    "corpus": ("corpus", "Look after a corpus that grows: info, remove, compact."),
    "index": ("index", "Look after an index of earlier documents."),
    "score": ("score", "Score beads against gold: strict, lax, by type, and calibration."),
    "export": ("export", "Write a finished run as TSV, TMX, JSONL, Parquet, Moses or XLIFF."),
    "terms": ("terms", "Write the terms of a run with their translations, as TSV or TBX."),
    "report": ("report", "Write a run as HTML pages: the batch, every pair, every near-duplicate."),
    "review": ("review", "Go through the beads of a run in the browser; apply or export decisions."),
    "models": ("models", "List, fetch and find the models of the optional encoders."),
}


class _LazyGroup(Group):
    """A group that knows its commands' names and first lines without importing them, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def find_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(f"align.cli.{module}"), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "--version", prog_name="align")
def cli() -> None:
    """Find duplicates, find translations, align them, review them."""


def main() -> NoReturn:
    """Run the command line; errors raised on purpose become one line on stderr and their exit code."""
    _listen()
    hold_standard_streams()
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except AlignError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _OF_OUTPUT:
            _let_go()
        console.say(f"align: {error}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        console.record(error.format_message(), logging.ERROR)
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        console.say(f"align: interrupted{_how_to_go_on(sys.argv[1:])}")
        sys.exit(130)
    except MemoryError as error:
        _say_too_little("memory", error)
    except ImportError as error:
        if not any(sign in str(error) for sign in _UNMAPPED):
            raise
        _say_too_little("memory", error)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.errno in _TOO_LITTLE:
            _say_too_little(_TOO_LITTLE[error.errno], error)
        if isinstance(error, FileNotFoundError) and _has_no_temporary_folder():
            console.say("align: no folder for temporary files can be written; name one in TMPDIR")
            sys.exit(1)
        if error.filename is not None or error.errno not in _OF_OUTPUT:
            raise
        _say_unwritable(error)
    sys.exit(code if isinstance(code, int) else 0)


# What a library says that is imported only when it is needed and does not fit any more.
_UNMAPPED = ("failed to map segment", "cannot map", "annot allocate memory")
_TOO_LITTLE = {errno.ENOMEM: "memory", errno.EMFILE: "file handles", errno.ENFILE: "file handles"}
_REMEDIES = {
    "memory": "give the process more, or the texts in smaller batches",
    "file handles": "let the process open more files (ulimit -n)",
}


def _say_too_little(what: str, error: Exception) -> NoReturn:
    """Ends where the machine does not give the process enough of something."""
    said = " ".join(str(error).split()) or "no more can be had"
    console.say(f"align: not enough {what} ({said}); {_REMEDIES[what]}{_how_to_go_on(sys.argv[1:])}")
    sys.exit(1)


def _has_no_temporary_folder() -> bool:
    """Whether nothing can be put aside, by this program or the libraries it calls: a container that is read only."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return True
    return False


def _how_to_go_on(arguments: Sequence[str]) -> str:
    """What to say of work that is not lost; --overwrite a second time would lose it."""
    if arguments[:1] != ["run"]:
        return ""
    without = " without --overwrite" if "--overwrite" in arguments else ""
    return f"; align run goes on where it stopped when it is given again{without}"


# What goes wrong where something is written: of standard output, since errors of files are explained where they happen.
_OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)


def _say_unwritable(error: OSError) -> NoReturn:
    """Ends where standard output cannot be written; what is left to be written to it is let go."""
    from align._internal.files import unwritable

    with suppress(OSError):
        click.echo(f"align: {unwritable('standard output', error)}", err=True)
    _let_go()
    sys.exit(1)


def _let_go() -> None:
    """Lets what could not be written to standard output go, which Python would try again at its end."""
    with suppress(OSError):
        sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _listen() -> None:
    """What is told on the logger "align" becomes a line on stderr: warnings and, unless --quiet, how far work is."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                click.echo(f"align: warning: {record.getMessage()}", err=True)
            elif console.is_set(console.VERBOSE) or (
                record.levelno >= logging.INFO and not console.is_set(console.QUIET)
            ):
                click.echo(f"align: {record.getMessage()}", err=True)

    log = logging.getLogger("align")
    log.addHandler(Listener())
    log.setLevel(logging.DEBUG)
