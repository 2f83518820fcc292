"""The sets of weights that are learned, and what each is learned from: documents, and whose vectors of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from align.alignment.features.basic import BASIC
from align.alignment.features.rich import GROUPS, names_of
from align.alignment.features.signs import SIGN_BASIC
from align.encoders import Encoder, get_encoder
from align.encoders.use.encoder import SERVED
from align.training.blind import BlindEncoder
from align.training.damaged import DamagedEncoder
from align.training.held_out import foreign_languages
from align.training.learning import FeatureSet
from align.training.variants import TrainingDocument

_NOISE = (0.0, 0.6, 1.2, 2.0)
_CONES = (0.0, 0.0, 2.0)
_ENCODERS = ("use", "e5")
_ALL = FeatureSet((*BASIC, *SIGN_BASIC), names_of(GROUPS))
_BLIND = FeatureSet(
    SIGN_BASIC,
    ("quotes.differ", "shape", "gap.edge",
     *names_of(("surroundings", "signs", "marks", "lengths", "lexicon", "slots"))),
)  # fmt: skip
_FEATURES = {
    "use": FeatureSet(rich=names_of(("vectors", "words", "surface", "surroundings", "slots"))),
    "e5": _ALL,
    "use+e5": FeatureSet(rich=names_of(("vectors", "words", "surface", "surroundings", "slots", "lengths"))),
}


@dataclass(frozen=True, slots=True)
class WeightSet:
    """One set of weights for both levels.

    Attributes:
        name: as in the names of the files, ``sentence.use.json``.
        takes: which documents teach it something.
        encoder_of: whose vectors a document has.
        features: which the weights are for.
    """

    name: str
    takes: Callable[[TrainingDocument], bool]
    encoder_of: Callable[[TrainingDocument], Encoder]
    features: FeatureSet

    def chosen(self, documents: Sequence[TrainingDocument]) -> list[TrainingDocument]:
        """The documents that it is learned from."""
        return [document for document in documents if self.takes(document)]


def get_weight_set(name: str) -> WeightSet:
    """The set of that name: ``use``, ``e5``, ``use+e5``, ``other`` or ``blind`` (vectors that say nothing)."""
    if name == "blind":
        return WeightSet(name, lambda _: True, lambda _: BlindEncoder(), _BLIND)
    if name == "other":
        return WeightSet(name, lambda _: True, _any_encoder, _ALL)
    known = _known_to_use if "use" in name else lambda _: True
    return WeightSet(name, known, lambda _: get_encoder(name), _FEATURES[name])


def _known_to_use(document: TrainingDocument) -> bool:
    return foreign_languages(document) <= SERVED


def _any_encoder(document: TrainingDocument) -> Encoder:
    """An encoder drawn for a document: one that does not know its languages, or knows them less well, or nothing."""
    draw = random.Random(f"{document.name} {document.kind} {len(document.source)} {len(document.target)}")
    encoder = get_encoder(draw.choice(_ENCODERS))
    noise, cone = draw.choice(_NOISE), draw.choice(_CONES)
    return DamagedEncoder(encoder, noise, cone) if noise or cone else encoder
