from __future__ import annotations

from dataclasses import fields

import click
import pytest

from align.cli import cli, options
from align.dedup.options import KEEP, NORMALIZE, ON_KNOWN_ID, SPARE, DedupOptions
from align.formats.registry import FORMATS
from align.reading.options import INPUT_FORMATS
from align.terms import TERM_FORMATS


def test_the_commands_offer_what_the_rooms_know() -> None:
    assert options.INPUT_FORMATS == INPUT_FORMATS
    assert options.FORMATS == FORMATS
    assert options.TERM_FORMATS == TERM_FORMATS
    assert options.KEEP == KEEP
    assert options.SPARE == SPARE
    assert options.NORMALIZE == NORMALIZE
    assert options.ON_KNOWN_ID == ON_KNOWN_ID


@pytest.mark.parametrize("command", ["run", "dedup"])
def test_what_holds_without_an_option_is_what_holds_in_python(command: str) -> None:
    context = click.Context(cli)
    found = cli.get_command(context, command)
    assert found is not None
    given = {option.name: option.get_default(context) for option in found.params}
    plain = DedupOptions()
    shared = [field.name for field in fields(plain) if field.name in given and field.name != "boilerplate"]
    assert len(shared) > 8
    for name in shared:
        default, holds = given[name], getattr(plain, name)
        said = isinstance(default, str | int | float)
        assert default == holds if said else holds in (None, ()), name
