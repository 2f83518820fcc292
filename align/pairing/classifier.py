"""From what two documents have in common to the probability that they are translations of each other.

Twice: from the quick alignment of their units, and, where that leaves it open, from the alignment of their sentences.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from align._internal.arrays import Floats
from align.pairing.quick import Checked
from align.pairing.verify import Look

CLOSE = ("bias", "quick", "low", "high", "sentences", "lead_low", "lead_high")
FEATURES = ("bias", "low", "high", "order", "matched", "shared", "lead_low", "lead_high")
_CHANCE_SCORE = 0.08  # a rival's score counts as at least this: two unrelated texts reach it
_SHARED = 0.2  # shared numbers and names count up to this: two reports of one event have them in common too
_MASS = 100  # matched mass that is half of enough
_FEW = 3  # matched mass, about that of so many words, that leaves it open whether two texts are translations
_LEAD = 0.15  # a lead over the rivals of this much or more is all the same
_QUICK = (-7.0, 9.0)  # log-odds of the quick comparison that count for the last word
_SENTENCES = 5  # trusted sentences that are half of enough
_SMALL = 0.03  # answers that unrelated texts may give


@dataclass(frozen=True, slots=True)
class Weights:
    """Two logistic regressions, over `FEATURES` and over `CLOSE`, and what they were learned from."""

    quick: tuple[float, ...]
    close: tuple[float, ...]
    signature: str


def features(checked: Checked, shared: float, rivals: tuple[float, float]) -> Floats:
    """The numbers that decide, in the order of `FEATURES`.

    `low` and `high` are the scores of the side that is less and more accounted for (they differ where one is a part
    of the other); `matched` grows with the matched mass, from 0 to 1, since long texts need no high scores to be sure
    and short ones reach them by chance; `shared` are the numbers and names on both sides; `rivals` the mean scores of
    the next best partner of the source in the target's language, and of the target in the source's: how far the pair
    leads before them tells more than any level. All are bounded, so that no document is beyond what was learned from.
    """
    low, high = sorted(checked.score)
    matched = checked.matched / (checked.matched + _MASS)
    leads = sorted(checked.mean - max(rival, _CHANCE_SCORE) for rival in rivals)
    return np.array(
        [1.0, low, high, checked.order, matched, min(shared, _SHARED), *np.clip(leads, -_LEAD, _LEAD)]
    )


def close_features(quick: float, look: Look, rivals: tuple[float, float]) -> Floats:
    """The numbers that decide after a closer look, in the order of `CLOSE`.

    `quick` is the log-odds of the quick comparison; `low` and `high` the coverage of the side that is less and more
    covered; `sentences` grows with the trusted sentences, from 0 to 1; `rivals` the answers of the best other partner
    of the source in the target's language, and of the target in the source's: the leads are those of what tells pages
    of one mould apart.
    """
    sentences = look.sentences / (look.sentences + _SENTENCES)
    leads = sorted(_lead(look.answered, rival) for rival in rivals)
    return np.array([1.0, np.clip(quick, *_QUICK), *sorted(look.coverage), sentences, *leads])


def _lead(own: float, rival: float) -> float:
    """By which share of the better of the two a pair leads, -1 to 1; what is small leads nothing."""
    return (own - rival) / (max(own, rival) + _SMALL)


def most(checked: Checked) -> float:
    """The highest log-odds that so much matched text can give: one word that answers another proves little."""
    return 2 * math.log((1 + checked.matched) / _FEW)


def probability(logit: float) -> float:
    """The logistic function, safe for any argument."""
    return 1 / (1 + math.exp(-max(min(logit, 500.0), -500.0)))


@lru_cache(maxsize=1)
def default_weights() -> Weights:
    """The weights that come with `align`, made by ``scripts/train_pairs``."""
    found = json.loads(resources.files("align.pairing").joinpath("weights.json").read_text("utf-8"))
    quick, close = found["quick"], found["close"]
    return Weights(
        tuple(quick[name] for name in FEATURES), tuple(close[name] for name in CLOSE), found["signature"]
    )
