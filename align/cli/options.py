"""Options that several commands share, so that the same words mean the same everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from align.errors import UsageError
from align.text.languages import parse

if TYPE_CHECKING:
    from align.reading.options import ReadOptions

Command = TypeVar("Command", bound=Callable[..., Any])


def language_tag(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The canonical tag of a language (`align.text.languages.parse`)."""
    if value is None:
        return None
    try:
        return parse(value)
    except UsageError as error:
        raise click.BadParameter(str(error), param=option) from None


def no_dash(_: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    """A folder's name; elsewhere - is standard output, and a folder of that name is nobody's wish."""
    if str(value) == "-":
        raise click.BadParameter(
            "several files are written, so standard output will not do; name a folder", param=option
        )
    return value


_READ = (
    click.option(
        "--input-format",
        type=click.Choice(["auto", "text", "jsonl", "csv", "parquet", "html"]),
        default="auto",
        show_default=True,
        help="How to read files; auto goes by the file's name.",
    ),
    click.option("--id-field", metavar="NAME", help="Field of a row that is its id.  [default: id]"),
    click.option(
        "--text-field", metavar="NAME", default="text", show_default=True, help="Field with the text."
    ),
    click.option("--language-field", metavar="NAME", help="Field of a row that is its language."),
    click.option(
        "--language",
        metavar="CODE",
        callback=language_tag,
        help="Language of all documents, such as en or pt-BR, if you know it.",
    ),
    click.option(
        "--max-document",
        type=click.FloatRange(min=0, min_open=True),
        default=32,
        show_default=True,
        metavar="MB",
        help="Largest document that is read; larger ones are listed as failed.",
    ),
)
_READ_NAMES = ("input_format", "id_field", "text_field", "language_field", "language", "max_document")


def read_options(command: Command) -> Command:
    """Adds the options of reading and hands them over as one argument, `reading: ReadOptions`."""

    @functools.wraps(command)
    def with_reading(*args: Any, **given: Any) -> Any:
        picked = {name: given.pop(name) for name in _READ_NAMES}
        return command(*args, reading=_reading(picked), **given)

    wrapped: Any = with_reading
    for option in reversed(_READ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def _reading(picked: dict[str, Any]) -> ReadOptions:
    from align.reading.options import ReadOptions

    return ReadOptions(
        format=picked["input_format"],
        id_field=picked["id_field"],
        text_field=picked["text_field"],
        language_field=picked["language_field"],
        language=picked["language"],
        max_bytes=int(picked["max_document"] * (1 << 20)),
    )


paragraphs_option = click.option(
    "--paragraphs",
    type=click.Choice(["auto", "line", "blank"]),
    default="auto",
    show_default=True,
    help="What parts paragraphs: every line, blank lines, or whichever the text uses.",
)
encoder_option = click.option(
    "--encoder",
    default="use",
    show_default=True,
    metavar="NAME",
    help="Sentence encoder; see: align models list.",
)
overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace what an earlier run left in the output."
)
