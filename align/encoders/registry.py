"""From the name a user types to an encoder."""

from __future__ import annotations

import os
from difflib import get_close_matches
from functools import lru_cache
from typing import cast

from align.encoders.base import Encoder
from align.encoders.cache import DEFAULT_LIMIT, CachedEncoder, VectorCache, cached
from align.errors import EncoderError, UnknownEncoderError, UsageError

LIMIT_VARIABLE = "ALIGN_CACHE_LIMIT"
"""Megabytes the cache of slow encoders may take; 0 does without."""

_PARTS = ("name", "signature", "dimension", "languages", "encode")
FORMS = "auto, use, e5, use+e5, laser, laser:LANGUAGE, st:MODEL, python:MODULE:FUNCTION, file:TEXTS"

_USE_AND_E5 = (0.7, 0.3)  # their shares in the cosine


def as_encoder(encoder: str | Encoder) -> Encoder:
    """The encoder of that name, or the caller's own, where it has all that an `Encoder` has; its vectors are checked.

    The caller's own works in this process alone (`shared_name`), and nothing of it is kept in the cache.

    Raises:
        UnknownEncoderError: when there is no encoder of that name.
        EncoderError: the object is no encoder; says what it lacks.
    """
    if isinstance(encoder, str):
        return get_encoder(encoder)
    from align.encoders.embedder import EmbedderEncoder
    from align.encoders.given import GivenEncoder

    _refuse_others(encoder)
    ours = isinstance(encoder, EmbedderEncoder | CachedEncoder | GivenEncoder)
    return encoder if ours or hasattr(encoder, "overlaps") else cast(Encoder, GivenEncoder(encoder))


def _refuse_others(encoder: object) -> None:
    """EncoderError for what is no `Encoder`."""
    kind = type(encoder)
    if isinstance(encoder, type):
        raise EncoderError(
            f"encoder {encoder.__name__} is a class; give an object of it: {encoder.__name__}()"
        )
    # Not isinstance: it would ask for the dimension, and load the model. One that hands on what it does not have
    # itself is asked for what costs nothing.
    if hasattr(kind, "__getattr__"):
        missing = [part for part in ("name", "encode") if not hasattr(encoder, part)]
    else:
        own = getattr(encoder, "__dict__", {})
        missing = [part for part in _PARTS if not hasattr(kind, part) and part not in own]
    if missing:
        raise EncoderError(
            f"encoder of type {kind.__name__} has no {', '.join(missing)}; give a name ({FORMS}), or an object with "
            f"{', '.join(_PARTS)} (align.Encoder says what they are)"
        )


def shared_name(encoder: str | Encoder) -> str | None:
    """The name under which another process finds the same encoder; None for an object that only the caller has."""
    if isinstance(encoder, str):
        return encoder
    try:
        return encoder.name if get_encoder(encoder.name) is encoder else None
    except EncoderError:
        return None


@lru_cache(maxsize=16)
def get_encoder(name: str = "use") -> Encoder:
    """The encoder of that name, the same object for the whole process; no model is loaded before its first use.

    "auto" is the one that chooses among others by the languages of each pair.

    Raises:
        UnknownEncoderError: when there is no such encoder; the nearest names are offered.
        EncoderError: at its first use, when it is not installed or its files are not there.
    """
    if not isinstance(name, str):
        raise UsageError(
            f"encoder: of type {type(name).__name__}, no name; an object is given to encoder= as it is"
        )
    kind, _, rest = name.partition(":")
    if name == "auto":
        from align.encoders.auto import AutoEncoder

        return AutoEncoder()
    if name == "use":
        from align.encoders.use.encoder import UseEncoder

        return UseEncoder()
    if name == "e5":
        from align.encoders.e5.encoder import E5Encoder

        return E5Encoder()
    if name == "use+e5":
        from align.encoders.side_by_side import SideBySideEncoder

        return SideBySideEncoder([get_encoder("use"), get_encoder("e5")], _USE_AND_E5)
    if kind == "laser" and (rest or name == "laser"):
        return _laser(rest)
    if not rest or kind not in ("st", "python", "file"):
        raise UnknownEncoderError(_unknown(name))
    from align.encoders.embedder import EmbedderEncoder

    if kind == "st":
        from align.encoders.sentence_transformer import SentenceTransformerEmbedder

        return cached(EmbedderEncoder(SentenceTransformerEmbedder(rest)), default_cache())
    if kind == "python":
        from align.encoders.python_function import PythonEmbedder

        function = PythonEmbedder(rest)
        return cached(EmbedderEncoder(function), default_cache() if function.cacheable else None)
    from align.encoders.precomputed import PrecomputedEmbedder

    return EmbedderEncoder(PrecomputedEmbedder(rest))


@lru_cache(maxsize=1)
def default_cache() -> VectorCache | None:
    """The cache of slow encoders; None where ``ALIGN_CACHE_LIMIT`` is 0."""
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        limit = int(text) << 20 if text else DEFAULT_LIMIT
    except ValueError:
        raise UsageError(
            f"{LIMIT_VARIABLE} is '{text}'; expected a number of megabytes, 0 for no cache"
        ) from None
    return VectorCache(limit=limit) if limit > 0 else None


def _laser(language: str) -> Encoder:
    from align.encoders.embedder import EmbedderEncoder
    from align.encoders.laser.encoder import LaserEmbedder, laser3_code
    from align.encoders.laser.languages import LASER2, LASER3, LASER3_CODES

    code = laser3_code(language) if language else None
    if language in LASER2 and code is None:
        raise UnknownEncoderError(
            f"encoder 'laser:{language}': no LASER3 encoder of that language, but LASER2 was trained for it: laser"
        )
    if language and code is None:
        names = {code.partition("_")[0] for code in LASER3_CODES} | LASER3_CODES | set(LASER3)
        near = get_close_matches(language, sorted(names), 3, 0.5)
        hint = f"; did you mean {' or '.join(f'laser:{one}' for one in near)}?" if near else ""
        raise UnknownEncoderError(f"encoder 'laser:{language}': no LASER3 encoder of that language{hint}")
    return cached(EmbedderEncoder(LaserEmbedder(code)), default_cache())


def _unknown(name: str) -> str:
    from align.encoders.sentence_transformer import model_names, nearest_names

    near = nearest_names(name, {one: one for one in ("auto", "use", "e5", "use+e5", "laser")} | model_names())
    return f"unknown encoder '{name}'{near and f'; {near}'} (there are: {FORMS})"
