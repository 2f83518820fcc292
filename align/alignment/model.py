"""The learned part: what the evidence is worth, a set of weights for each level and kind of encoder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.candidates import type_index
from align.alignment.confidence import Calibrator
from align.alignment.features.rich import GROUPS, names_of, uses_signs
from align.alignment.features.signs import SIGN_BASIC
from align.document import Level
from align.encoders.base import Encoder, for_language, serves

Weights = Literal["use", "e5", "use+e5", "other", "blind"]
"""The sets of weights: one for each encoder whose vectors were learned from, one for all others, and one for texts of
whose languages vectors say nothing."""
OWN_WEIGHTS: dict[str, Weights] = {"use": "use", "e5": "e5", "use+e5": "use+e5"}

TYPES = 100  # numbers of bead types, see `type_index`
CLIP = 6.0  # scaled features beyond this say nothing more


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """Log-linear score of a bead, with a small hidden layer where one was learned.

    ``score = x·linear + bias[type] + tanh(x·inner + inner_bias)·outer``, where `x` are the features divided by `scale`.
    """

    names: tuple[str, ...]
    scale: Floats
    linear: Floats
    bias: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats

    def score(self, features: Floats, m: Ints, n: Ints) -> Floats:
        """Score of each bead; the difference of two paths' sums is the log of how much likelier one is."""
        x = features / self.scale
        np.clip(x, -CLIP, CLIP, out=x)
        score = x @ self.linear + self.bias[type_index(m, n)]
        if len(self.outer):
            score += np.tanh(x @ self.inner + self.inner_bias) @ self.outer
        return score

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Scorer:
        features: dict[str, dict[str, Any]] = data["features"]
        names = tuple(features)
        bias = np.zeros(TYPES)
        for name, value in data["types"].items():
            small, large = map(int, name.split("-"))
            bias[type_index(np.array(small), np.array(large))] = value
        hidden = data.get("hidden", {"bias": [], "weight": []})
        return cls(
            names=names,
            scale=np.array([features[name]["scale"] for name in names]),
            linear=np.array([features[name]["weight"] for name in names]),
            bias=bias,
            inner=np.array([features[name].get("hidden", []) for name in names]).reshape(len(names), -1),
            inner_bias=np.array(hidden["bias"]),
            outer=np.array(hidden["weight"]),
        )

    def to_dict(self) -> dict[str, Any]:
        """A form that reads well as JSON, numbers rounded to five digits."""
        features: dict[str, dict[str, Any]] = {}
        for k, name in enumerate(self.names):
            features[name] = {"scale": _digits(self.scale[k]), "weight": _digits(self.linear[k])}
            if len(self.outer):
                features[name]["hidden"] = [_digits(value) for value in self.inner[k]]
        types = {f"{t // 10}-{t % 10}": _digits(value) for t, value in enumerate(self.bias) if value}
        data: dict[str, Any] = {"features": features, "types": types}
        if len(self.outer):
            data["hidden"] = {
                "bias": [_digits(value) for value in self.inner_bias],
                "weight": [_digits(value) for value in self.outer],
            }
        return data


def _digits(value: float) -> float:
    return float(f"{value:.5g}")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything learned for one level.

    Attributes:
        max_size: default for the most units on one side of a bead.
        basic: cheap scorer that decides which candidates survive.
        rich: scorer of the survivors.
        calibration: from posteriors to confidences.
        signature: what it was learned from.
    """

    level: Level
    max_size: int
    basic: Scorer
    rich: Scorer
    calibration: Calibrator
    signature: dict[str, Any]

    @property
    def by_signs(self) -> bool:
        """Whether the weights know of evidence beyond vectors, so that anchors are looked for in it, too."""
        return uses_signs((*self.basic.names, *self.rich.names))


def weights_of(encoder: Encoder, languages: Iterable[str | None]) -> Weights:
    """The set of weights that was learned for an encoder and texts of these languages.

    An encoder has a set of its own for the languages that it is good at; "other" was learned to do with any other
    encoder, and with languages that an encoder does not know.
    """
    own = OWN_WEIGHTS.get(encoder.name)
    known = all(serves(for_language(encoder, language), language) for language in languages)
    return own if own and known else "other"


@cache
def load_model(level: Level, weights: Weights = "use") -> Model:
    """A set of the weights that come with the package, for a level."""
    data = json.loads((_folder() / f"{level}.{weights}.json").read_text(encoding="utf-8"))
    model = Model(
        level=level,
        max_size=data["max_size"],
        basic=Scorer.from_dict(data["basic"]),
        rich=Scorer.from_dict(data["rich"]),
        calibration=Calibrator(**data["calibration"]),
        signature=data["signature"],
    )
    unknown = {*model.basic.names, *model.rich.names} - {*SIGN_BASIC, *names_of(GROUPS)}
    assert not unknown, f"the weights name features that are not computed: {sorted(unknown)}"
    return model


def weight_files() -> list[Traversable]:
    """The files of all sets of weights, in one order."""
    return sorted(_folder().iterdir(), key=lambda file: file.name)


def _folder() -> Traversable:
    return resources.files("align.alignment") / "data"
