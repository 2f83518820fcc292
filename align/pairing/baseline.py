"""The similarity of unrelated texts, for encoders whose vectors lie closer together than others'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align._internal.parallel import one_blas_thread
from align._internal.products import product
from align.pairing.profiles import Profile

MEASURED = {"use": 0.3, "e5": 0.3}  # on the gold sets; what the weights were learned with
_SPREADS = 1.85  # the baseline lies this many spreads above the median, as it does for the default encoder
_SAMPLE = 600  # blocks of each language that are compared
_FEWEST = 150  # cosines from which a batch says something
_DEFAULT = 0.3


def baseline_similarity(encoder: str, profiles: Sequence[Profile], view: str | None = None) -> float:
    """Cosine that a match must exceed; for other encoders than the default from the blocks of the batch itself.

    The median and the upper 16 % point are those of unrelated blocks as long as far fewer than one in ten of all pairs
    of blocks are translations, which holds from about a dozen blocks on.
    """
    if encoder in MEASURED:
        return MEASURED[encoder]
    by_language: dict[str, list[Profile]] = {}
    for profile in profiles:
        if profile.language and len(profile.block_weights) and profile.seen_by(view):
            by_language.setdefault(profile.language, []).append(profile)
    samples = [_sample(members, view) for _, members in sorted(by_language.items())]
    with one_blas_thread():
        cosines = [product(a, b.T).ravel() for i, a in enumerate(samples) for b in samples[i + 1 :]]
    if not cosines or sum(map(len, cosines)) < _FEWEST:
        return _DEFAULT
    middle, upper = np.quantile(np.concatenate(cosines), [0.5, 0.84])
    return float(np.clip(middle + _SPREADS * (upper - middle), 0.0, 0.95))


def _sample(profiles: Sequence[Profile], view: str | None) -> np.ndarray:
    each = max(1, _SAMPLE // len(profiles))
    vectors = [
        profile.vectors_by(view)[:: max(1, len(profile.block_weights) // each)]
        for profile in profiles[:_SAMPLE]
    ]
    return np.concatenate(vectors)[:_SAMPLE]
