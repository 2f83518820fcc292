"""From what two documents have in common to the probability that they are translations of each other.

Twice: from the quick alignment of their blocks, and, where that leaves it open, from its verification by sentences.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from align._internal.arrays import Floats
from align.pairing.quick import QuickAlignment
from align.pairing.verify import Verification

VERIFICATION_FEATURES = ("bias", "quick", "low", "high", "sentences", "lead_low", "lead_high")
QUICK_FEATURES = ("bias", "low", "high", "order", "matched", "shared", "lead_low", "lead_high")
_UNRELATED_SCORE = 0.08  # a rival's score counts as at least this: two unrelated texts reach it
_SHARED = 0.2  # shared numbers and names count up to this: two reports of one event have them in common too
_HALF_WEIGHT = 100  # matched weight that is half of enough
# Matched weight, about that of so many words, that leaves it open whether two texts are translations.
_FEW = 3
_LEAD = 0.15  # a lead over the rivals of this much or more is all the same
_QUICK = (-7.0, 9.0)  # log-odds of the quick comparison that count in a verification
_SENTENCES = 5  # trusted sentences that are half of enough
_SMALL = 0.03  # word coverage that unrelated texts may reach


@dataclass(frozen=True, slots=True)
class Weights:
    """Two logistic regressions, over the quick and the verification features, and what they were learned from."""

    quick: tuple[float, ...]
    verified: tuple[float, ...]
    signature: str


def quick_features(alignment: QuickAlignment, shared: float, rivals: tuple[float, float]) -> Floats:
    """The numbers that decide, in the order of `QUICK_FEATURES`.

    `low` and `high` are the scores of the side that is less and more accounted for (they differ where one is a part
    of the other); `matched` grows with the matched weight, from 0 to 1, since long texts need no high scores to be
    sure and short ones reach them by accident; `shared` are the numbers and names on both sides; `rivals` the mean
    scores of the next best partner of the source in the target's language, and of the target in the source's: how far
    the pair leads before them says more than any level. All are bounded, so that no document is beyond what was
    learned from.
    """
    low, high = sorted(alignment.score)
    matched = alignment.matched / (alignment.matched + _HALF_WEIGHT)
    leads = sorted(alignment.mean - max(rival, _UNRELATED_SCORE) for rival in rivals)
    return np.array(
        [1.0, low, high, alignment.order, matched, min(shared, _SHARED), *np.clip(leads, -_LEAD, _LEAD)]
    )


def verification_features(quick: float, verification: Verification, rivals: tuple[float, float]) -> Floats:
    """The numbers that decide after verification, in the order of `VERIFICATION_FEATURES`.

    `quick` is the log-odds of the quick comparison; `low` and `high` the coverage of the side that is less and more
    covered; `sentences` grows with the trusted sentences, from 0 to 1; `rivals` the word coverage of the best other
    partner of the source in the target's language, and of the target in the source's: the leads are those of what
    tells pages of one template apart.
    """
    sentences = verification.sentences / (verification.sentences + _SENTENCES)
    leads = sorted(_lead(verification.word_coverage, rival) for rival in rivals)
    return np.array([1.0, np.clip(quick, *_QUICK), *sorted(verification.coverage), sentences, *leads])


def _lead(own: float, rival: float) -> float:
    """By which share of the better of the two a pair leads, -1 to 1; what is small leads nothing."""
    return (own - rival) / (max(own, rival) + _SMALL)


def max_logit(alignment: QuickAlignment) -> float:
    """The highest log-odds that so much matched text can give: one word that matches another proves little."""
    return 2 * math.log((1 + alignment.matched) / _FEW)


def probability_of(logit: float) -> float:
    """The logistic function, safe for any argument."""
    return 1 / (1 + math.exp(-max(min(logit, 500.0), -500.0)))


@lru_cache(maxsize=1)
def default_weights() -> Weights:
    """The weights that come with `align`, made by ``scripts/train_pairs``."""
    found = json.loads(resources.files("align.pairing").joinpath("weights.json").read_text("utf-8"))
    quick, verified = found["quick"], found["close"]
    return Weights(
        tuple(quick[name] for name in QUICK_FEATURES),
        tuple(verified[name] for name in VERIFICATION_FEATURES),
        found["signature"],
    )
