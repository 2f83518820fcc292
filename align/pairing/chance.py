"""What two unrelated units have in common by chance, for encoders whose vectors lie closer together than others'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align._internal.parallel import one_blas_thread
from align.pairing.profiles import Profile

_KNOWN = {"use": 0.3}  # measured on the gold sets; what the weights were learned with
_SPREADS = 1.85  # chance lies this many spreads above the median, as it does for the default encoder
_SAMPLE = 600  # units of each language that are looked at
_DEFAULT = 0.3


def chance_level(encoder: str, known: Sequence[Profile]) -> float:
    """Cosine that a match must exceed; for other encoders than the default from the units of the batch itself.

    The median and the upper 16 % point are those of unrelated units as long as far fewer than one in ten of all pairs
    of units are translations, which holds from about a dozen units on.
    """
    if encoder in _KNOWN:
        return _KNOWN[encoder]
    by_language: dict[str, list[Profile]] = {}
    for profile in known:
        if profile.units is not None and len(profile.units) and profile.language:
            by_language.setdefault(profile.language, []).append(profile)
    samples = [_sample(profiles) for _, profiles in sorted(by_language.items())]
    with one_blas_thread():
        cosines = [(a @ b.T).ravel() for i, a in enumerate(samples) for b in samples[i + 1 :]]
    if not cosines or sum(map(len, cosines)) < 150:
        return _DEFAULT
    middle, upper = np.quantile(np.concatenate(cosines), [0.5, 0.84])
    return float(np.clip(middle + _SPREADS * (upper - middle), 0.0, 0.95))


def _sample(profiles: Sequence[Profile]) -> np.ndarray:
    each = max(1, _SAMPLE // len(profiles))
    units = [profile.encoded[:: max(1, len(profile.mass) // each)] for profile in profiles[:_SAMPLE]]
    return np.concatenate(units)[:_SAMPLE]
