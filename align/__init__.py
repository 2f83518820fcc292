"""Turn a messy batch of articles into a clean parallel corpus that a person can trust."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from align._version import __version__ as __version__

if TYPE_CHECKING:
    from align.alignment.bead import Bead as Bead
    from align.document import Document as Document
    from align.errors import AlignError as AlignError

_HOME = {
    "AlignError": "align.errors",
    "Bead": "align.alignment.bead",
    "Document": "align.document",
}
__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'align' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
