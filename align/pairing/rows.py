"""Profiles as rows of a table, as an index and the stages keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from align.pairing.profiles import Profile
from align.pairing.vectors import DIMENSION

ARRAYS = {
    "vectors": np.float16,
    "block_weights": np.float32,
    "keys": np.uint32,
    "fingerprints": np.uint64,
    "pieces": np.int32,
    "quantised": np.int8,
    "packed_texts": np.uint8,
}
COLUMNS = [
    *((name, pa.string()) for name in ("id", "language", "digest")),
    *((name, pa.large_binary()) for name in ARRAYS),
    ("names", pa.list_(pa.string())),
]
"""Name and type of each column; arrays are their bytes."""


def row_of(profile: Profile) -> dict[str, Any]:
    """An encoded profile as a row; what other encoders see of it is left out."""
    arrays = {name: np.ascontiguousarray(getattr(profile, name), kind).data for name, kind in ARRAYS.items()}
    return {
        "id": profile.id,
        "language": profile.tag,
        "digest": profile.digest,
        "names": list(profile.names),
        **{name: bytes(data) for name, data in arrays.items()},
    }


def profile_of(row: Mapping[str, Any], dimension: int) -> Profile:
    """The profile of a row, whose arrays are bytes or buffers; `dimension` is that of the encoder.

    Raises:
        ValueError: an array has another length than it must have.
    """
    arrays = {name: np.frombuffer(row[name], kind) for name, kind in ARRAYS.items()}
    return Profile(
        row["id"],
        row["language"],
        arrays["vectors"].reshape(-1, DIMENSION),
        arrays["block_weights"],
        arrays["keys"],
        arrays["fingerprints"],
        arrays["pieces"],
        row["digest"],
        tuple(row["names"]),
        arrays["packed_texts"],
        arrays["quantised"].reshape(len(arrays["block_weights"]), dimension),
    )
