"""How to install what is missing, in words that work where they are read: in a checkout, or with the package."""

from __future__ import annotations

import shlex
from pathlib import Path

_PACKAGE = "align-bitext"


def install_extra(extra: str) -> str:
    """The command that installs an extra of this package."""
    if root := _checkout():
        return f"pip install --editable {shlex.quote(f'{root}[{extra}]')}"
    return f"pip install '{_PACKAGE}[{extra}]'"


def install_again() -> str:
    """The command that builds and installs this package once more, and nothing else."""
    if root := _checkout():
        return f"pip install --no-deps --editable {shlex.quote(str(root))}"
    return f"pip install --force-reinstall --no-deps {_PACKAGE}"


def _checkout() -> Path | None:
    """The folder of the sources, where the package is read from them: pip need not find it by name."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() else None
