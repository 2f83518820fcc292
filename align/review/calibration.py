"""The confidence recalibrated on what reviewers decided: Platt scaling, or isotonic regression once there is enough.

Platt, "Probabilistic outputs for support vector machines" (1999); Zadrozny and Elkan, "Transforming classifier
scores into accurate multiclass probability estimates" (2002).
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from align import __version__
from align._internal.arrays import Floats
from align._internal.files import atomic
from align._internal.logistic import fit_logistic, logistic
from align.corpus.folder import CALIBRATION, CorpusFolder
from align.errors import InputError

FEWEST = 30  # labelled beads, and at least five of each kind, below which nothing is fitted
FEWEST_OF_A_KIND = 5
ISOTONIC_FROM = 1000  # labelled beads from which isotonic regression is better than two parameters
_PENALTY = np.array([1.0, 0.01])  # on slope and shift


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve from the machine's confidence to the share of beads that reviewers accepted as they were.

    Attributes:
        confidence, probability: the curve's points; between them it is straight.
        signature: what it was fitted on, and how well it does on beads left out of the fitting.
    """

    confidence: tuple[float, ...]
    probability: tuple[float, ...]
    signature: dict[str, Any]

    def apply(self, confidence: float) -> float:
        at, share = self.confidence, self.probability
        right = bisect_right(at, confidence)
        if right in (0, len(at)):
            return share[0] if right == 0 else share[-1]
        left = right - 1
        return share[left] + (share[right] - share[left]) * (confidence - at[left]) / (at[right] - at[left])

    def fits(self, run: CorpusFolder) -> bool:
        """Whether the run's confidences are those of the encoder and the weights that it was fitted on."""
        fitted = (self.signature.get("run") or {}).get("signature") or {}
        now = run.info.get("signature") or {}
        return all(fitted[name] == now.get(name) for name in ("encoder", "weights") if name in fitted)

    @property
    def description(self) -> str:
        """What the figures made with it should say."""
        return f"recalibrated on {self.signature.get('beads', 0):,} reviewed beads ({self.signature.get('method')})"

    def write(self, folder: Path) -> Path:
        """Writes ``calibration.json`` into a corpus folder.

        Raises:
            OutputError: the folder cannot be written.
        """
        values = {
            "format": 1,
            "signature": self.signature,
            "confidence": [round(v, 6) for v in self.confidence],
            "probability": [round(v, 6) for v in self.probability],
        }
        with atomic(folder / CALIBRATION) as stream:
            json.dump(values, stream, ensure_ascii=False, indent=2)
            stream.write("\n")
        return folder / CALIBRATION

    @classmethod
    def of_run(cls, run: CorpusFolder) -> Calibration | None:
        """The calibration that goes with the confidences of a run, None where there is none.

        Raises:
            InputError: the file is there and cannot be used.
        """
        found = cls.load(run.path)
        return found if found and found.fits(run) else None

    @classmethod
    def load(cls, folder: Path) -> Calibration | None:
        """The calibration of a corpus folder, None where there is none.

        Raises:
            InputError: the file is there and cannot be used.
        """
        path = folder / CALIBRATION
        try:
            values = json.loads(path.read_text("utf-8"))
            curve = [tuple(map(float, values[name])) for name in ("confidence", "probability")]
            if len(curve[0]) != len(curve[1]) or not curve[0] or list(curve[0]) != sorted(curve[0]):
                raise ValueError("not a curve")
            return cls(curve[0], curve[1], dict(values["signature"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: not a calibration ({error}); delete it or fit it anew") from None


def fit_calibration(labels: Sequence[tuple[float, bool]], *, run: dict[str, Any]) -> Calibration:
    """The curve that the labels call for.

    Args:
        labels: the machine's confidence of a bead, and whether reviewers took it as it was.
        run: what the labels come from; goes into the signature.

    Raises:
        InputError: too few labels, or hardly any of one kind.
    """
    right = sum(good for _, good in labels)
    if len(labels) < FEWEST or min(right, len(labels) - right) < FEWEST_OF_A_KIND:
        raise InputError(
            f"{len(labels)} reviewed beads, {len(labels) - right} of them not as the machine had them: a "
            f"calibration needs {FEWEST}, and {FEWEST_OF_A_KIND} of either kind; review more, doubtful ones first"
        )
    pairs = sorted(labels)
    scores = np.array([score for score, _ in pairs], np.float64)
    good = np.array([good for _, good in pairs], np.float64)
    method = "isotonic" if len(labels) >= ISOTONIC_FROM else "platt"
    curve = _fit(method, scores, good)
    held_out = _held_out(method, scores, good)
    signature = {
        "align": __version__,
        "method": method,
        "beads": len(labels),
        "accepted_as_they_were": int(right),
        "brier_before": round(float(np.mean((scores - good) ** 2)), 4),
        "brier_after_5_fold": round(float(np.mean((held_out - good) ** 2)), 4),
        "run": run,
    }
    return Calibration(tuple(map(float, curve[0])), tuple(map(float, curve[1])), signature)


def _fit(method: str, scores: Floats, good: Floats) -> tuple[Floats, Floats]:
    return _isotonic(scores, good) if method == "isotonic" else _platt(scores, good)


def _held_out(method: str, scores: Floats, good: Floats) -> Floats:
    """What each bead would be given by a curve fitted on the other four fifths."""
    given = np.empty_like(scores)
    fold = np.arange(len(scores)) % 5
    for part in range(5):
        out = fold == part
        given[out] = np.interp(scores[out], *_fit(method, scores[~out], good[~out]))
    return given


def _platt(scores: Floats, good: Floats) -> tuple[Floats, Floats]:
    """``1 / (1 + exp(-(a logit + b)))``, drawn to (1, 0), targets smoothed as Platt does."""
    x = _logit(scores)
    count = good.sum()
    aim = np.where(good > 0, (count + 1) / (count + 2), 1 / (len(good) - count + 2))
    a, b = fit_logistic(
        np.stack([x, np.ones(len(x))], axis=1), aim, penalty=_PENALTY, prior=np.array([1.0, 0.0])
    )
    at = np.linspace(0, 1, 101)
    return at, logistic(np.clip(max(a, 0.0) * _logit(at) + b, -30, 30))


def _logit(scores: Floats) -> Floats:
    inside = np.clip(scores, 1e-3, 1 - 1e-3)
    return np.log(inside / (1 - inside))


def _isotonic(scores: Floats, good: Floats) -> tuple[Floats, Floats]:
    """Pool adjacent violators; each pool counts one accepted and one rejected bead more, so that none is certain."""
    pools: list[tuple[float, float, float]] = []  # sum of scores, accepted, beads
    for score, value in zip(scores, good, strict=True):
        pool = (float(score), float(value), 1.0)
        while pools and pools[-1][1] * pool[2] >= pool[1] * pools[-1][2]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    at = np.array([total / size for total, _, size in pools])
    share = np.array([(accepted + 1) / (size + 2) for _, accepted, size in pools])
    return at, np.maximum.accumulate(share)


def is_better(calibration: Calibration) -> bool:
    """Whether the curve does better than the confidence as it is, on beads left out of its fitting."""
    before, after = (
        calibration.signature.get(name, math.inf) for name in ("brier_before", "brier_after_5_fold")
    )
    return bool(after < before)
