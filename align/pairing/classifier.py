"""From what two documents have in common to the probability that they are translations of each other.

From the quick alignment of their blocks; where that leaves it open, from its verification by sentences; and where the
texts are short, or another encoder than that of the profiles had to decide, from all else that speaks for the pair.
Each encoder has weights of its own.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal, get_args

import numpy as np

from align._internal.arrays import Floats
from align.pairing.quick import QuickAlignment
from align.pairing.siblings import Distinction
from align.pairing.verify import Verification

STAGES = ("quick", "verified", "evidence")
VERIFICATION_FEATURES = ("bias", "quick", "low", "high", "sentences", "lead_low", "lead_high")
EVIDENCE_FEATURES = (
    "bias",
    "before",
    "title",
    "title_lead",
    "marks",
    "marks_lead",
    "keys_lead",
    "distinctive_low",
    "distinctive_high",
    "lead_low",
    "lead_high",
    "shape",
)
QUICK_FEATURES = ("bias", "low", "high", "order", "matched", "shared", "lead_low", "lead_high")
_UNRELATED_SCORE = 0.08  # a rival's score counts as at least this: two unrelated texts reach it
_SHARED = 0.2  # shared numbers and names count up to this: two reports of one event have them in common too
_HALF_WEIGHT = 100  # matched weight that is half of enough
# Matched weight, about that of so many words, that leaves it open whether two texts are translations.
_FEW = 3
_LEAD = 0.15  # a lead over the rivals of this much or more is all the same
_QUICK = (-7.0, 9.0)  # log-odds of the quick comparison that count in a verification
_LEAD_SHOWN = 0.3  # a lead of one piece of evidence of this much or more is all the same
_SENTENCES = 5  # trusted sentences that are half of enough
_SMALL = 0.03  # word coverage that unrelated texts may reach


Kind = Literal["use", "e5", "unknown"]
"""The sets of weights: of the encoder of the profiles (and any that a user names), of that of many languages, and for
languages that the encoder does not know."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Logistic regressions over the quick, the verification and the evidence features, and what they are made of."""

    quick: tuple[float, ...]
    verified: tuple[float, ...]
    evidence: tuple[float, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What speaks for a pair besides its alignment, and by how much it leads over the siblings of either side.

    Attributes:
        title: similarity of the titles, by the encoder of the pair.
        marks: share of the addresses, pieces of code and identifiers in common, rarer ones counting more.
        keys_lead: the lead of the same of numbers, names and images.
        distinction: what the blocks say that those of siblings do not (`align.pairing.siblings`).
        shape: how alike the numbers of paragraphs are, 0 to 1.
    """

    title: float
    title_lead: float
    marks: float
    marks_lead: float
    keys_lead: float
    distinction: Distinction
    shape: float


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


def evidence_features(before: float, shown: Shown) -> Floats:
    """The numbers that decide last, in the order of `EVIDENCE_FEATURES`; `before` are the log-odds until then."""
    leads = np.clip([shown.title_lead, shown.marks_lead, shown.keys_lead], -_LEAD_SHOWN, _LEAD_SHOWN)
    return np.array(
        [
            1.0,
            np.clip(before, *_QUICK),
            shown.title,
            leads[0],
            min(shown.marks, _LEAD_SHOWN),
            *leads[1:],
            *shown.distinction.distinctive,
            *shown.distinction.leads,
            shown.shape,
        ]
    )


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
def default_weights() -> dict[Kind, Weights]:
    """The weights that come with `align`, made by ``scripts/train_pairs``."""
    found = json.loads(resources.files("align.pairing").joinpath("weights.json").read_text("utf-8"))
    return {kind: _weights(found[kind], found["signature"]) for kind in get_args(Kind)}


def weights_signature() -> str:
    """What stands for the weights that come with `align`."""
    return default_weights()["use"].signature


def _weights(found: dict[str, dict[str, float]], signature: str) -> Weights:
    names = QUICK_FEATURES, VERIFICATION_FEATURES, EVIDENCE_FEATURES
    quick, verified, evidence = (
        tuple(found[stage][name] for name in own) for stage, own in zip(STAGES, names, strict=True)
    )
    return Weights(quick, verified, evidence, signature)
