"""Options as they are given: of the right kind, and holding values that they can hold."""

from __future__ import annotations

from dataclasses import MISSING, fields
from numbers import Integral, Real
from typing import Any, TypeVar

from align.errors import UsageError

Options = TypeVar("Options")

_KINDS: dict[str, tuple[type, str]] = {
    "int": (Integral, "a whole number (int)"),
    "float": (Real, "a number (float)"),
    "str": (str, "a str"),
}


def chosen(options: Options | None, kind: type[Options]) -> Options:
    """The options that were given, or the usual ones.

    Raises:
        UsageError: they are no object of `kind`: a dict, or the options of something else.
    """
    if options is None:
        return kind()
    if not isinstance(options, kind):
        name = kind.__name__
        raise UsageError(f"options: of type {type(options).__name__}; give align.{name}(...)")
    return options


def check_kinds(options: Any) -> None:
    """Raises UsageError for a number, a text or options in a dataclass of options that are something else."""
    for field in fields(options):
        value = getattr(options, field.name)
        name, _, none = str(field.type).partition(" | ")
        kind, what = _KINDS.get(name, (object, ""))
        if isinstance(field.default_factory, type) and field.default_factory is not MISSING:
            kind, what = field.default_factory, f"align.{name}(...)"
        if none == "None" and value is None:
            continue
        if not none.startswith(("int", "float", "str", "Path", "Encoder")) and (
            not isinstance(value, kind) or (isinstance(value, bool) and name in _KINDS)
        ):
            raise UsageError(f"{field.name} is {value!r} ({type(value).__name__}); give {what}")
