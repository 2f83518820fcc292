"""Options as they are given: of the right kind, and holding values that they can hold."""

from __future__ import annotations

import sys
from dataclasses import is_dataclass
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import TypeVar, get_args, get_type_hints

from align.errors import UsageError

Options = TypeVar("Options")

_KINDS: dict[type, tuple[type, str]] = {
    int: (Integral, "a whole number (int)"),
    float: (Real, "a number (float)"),
    str: (str, "a str"),
}

_FLOATS = sys.float_info.max


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


def check_kinds(options: object) -> None:
    """Raises UsageError for a number, a text or options in a dataclass of options that are something else."""
    for name, (kind, what, optional) in _checked(type(options)).items():  # type: ignore[arg-type] # a class can be hashed
        value = getattr(options, name)
        if optional and value is None:
            continue
        if not isinstance(value, kind) or isinstance(value, bool):
            raise UsageError(f"{name} is {value!r} ({type(value).__name__}); give {what}")
        if kind is Real and isinstance(value, int) and abs(value) > _FLOATS:
            raise UsageError(f"{name} is beyond all numbers that a float can hold; give {what}")


@cache
def _checked(options: type) -> dict[str, tuple[type, str, bool]]:
    """By field what it holds, what to give, and whether None will do; only of fields that hold one kind of thing."""
    found = {}
    for name, hint in get_type_hints(options).items():
        held = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        kinds = [kind for kind in held if kind is not NoneType]
        if len(kinds) == 1 and (kinds[0] in _KINDS or is_dataclass(kinds[0])):
            kind, what = _KINDS.get(kinds[0], (kinds[0], f"align.{kinds[0].__name__}(...)"))
            found[name] = kind, what, len(held) > 1
    return found
