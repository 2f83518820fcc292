"""Encoders: sentences of many languages as vectors that are near each other where they mean the same."""

from align.encoders.base import (
    Encoder,
    OverlapEncoder,
    Overlaps,
    Vectors,
    encode_overlaps,
    encoder_for,
    for_language,
    for_profiles,
    overlaps,
    serves,
    trained_for,
)
from align.encoders.registry import as_encoder, get_encoder, shared_name

__all__ = [
    "Encoder",
    "OverlapEncoder",
    "Overlaps",
    "Vectors",
    "as_encoder",
    "encode_overlaps",
    "encoder_for",
    "for_language",
    "for_profiles",
    "get_encoder",
    "overlaps",
    "serves",
    "shared_name",
    "trained_for",
]
