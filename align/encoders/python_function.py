"""The user's own encoder: ``python:module:function``, a function from a list of texts to an array of vectors."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from align.encoders.embedder import as_numbers
from align.errors import EncoderError, UsageError


class PythonEmbedder:
    """A function of a module that can be imported, the working folder included; see `embedder.Embedder`.

    The function takes a list of non-empty texts and returns an array ``(len(texts), dimension)``. Where it has an
    attribute ``signature`` (a text that changes whenever its vectors do), its vectors are cached on disk, and an
    attribute ``languages`` (ISO 639-1 codes) is respected.

    Args:
        target: ``module:function``.
    """

    max_characters = 10_000

    def __init__(self, target: str) -> None:
        self.name = f"python:{target}"
        module, _, function = target.partition(":")
        if not module or not function:
            raise UsageError(f"encoder '{self.name}': expected python:module:function")
        self._module = module
        self._function = _find(self.name, module, function)
        languages = getattr(self._function, "languages", None)
        codes = languages.split() if isinstance(languages, str) else languages
        self.languages: frozenset[str] | None = frozenset(codes) if codes else None

    @property
    def cacheable(self) -> bool:
        """Whether the function says what its vectors depend on."""
        return isinstance(getattr(self._function, "signature", None), str)

    @cached_property
    def signature(self) -> str:
        """The function's own, else a checksum of the file it was named in and of the one that defines it."""
        if self.cacheable:
            return f"{self.name}+{self._function.signature}"  # type: ignore[attr-defined]
        modules = dict.fromkeys([self._module, getattr(self._function, "__module__", None)])
        files = (getattr(sys.modules.get(name or ""), "__file__", None) for name in modules)
        content = b"".join(Path(file).read_bytes() for file in files if file)
        return f"{self.name}+{hashlib.sha256(content).hexdigest()[:16]}"

    @cached_property
    def dimension(self) -> int:
        """Length of the vector of a full stop."""
        return int(self.embed(["."]).shape[1])

    def embed(self, texts: list[str]) -> NDArray[Any]:
        """What the function makes of the texts."""
        try:
            vectors = self._function(texts)
        except Exception as error:
            raise EncoderError(f"encoder '{self.name}' failed: {_one_line(error)}") from error
        return as_numbers(vectors, self.name)


def _find(name: str, module: str, function: str) -> Callable[[list[str]], Any]:
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        found = import_module(module)
    except Exception as error:
        raise EncoderError(
            f"encoder '{name}': cannot import '{module}' ({_one_line(error)}); looked in {here} and installed packages"
        ) from error
    finally:
        sys.path.remove(here)
    attribute = getattr(found, function, None)
    if not callable(attribute):
        near = get_close_matches(function, [key for key in vars(found) if callable(getattr(found, key))], 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise EncoderError(f"encoder '{name}': module '{module}' has no function '{function}'{hint}")
    result: Callable[[list[str]], Any] = attribute
    return result


def _one_line(error: Exception) -> str:
    """What an error says, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
