"""Long texts: one window after the other, so that time and memory grow in step with the text.

A window ends at an anchor, a pair of units that are surely each other's nearest. Its path is kept up to some way
before that end, and the next window starts where the kept part stops: no bead is decided at an edge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Ints
from align.alignment.associations import WordAssociations
from align.alignment.candidates import Candidates, Corridor
from align.alignment.corridor import Anchors, corridor, guide, neighbour_cosines
from align.alignment.features.distances import Pair, usual_distance
from align.alignment.features.units import Text
from align.alignment.model import Model, Weights
from align.alignment.search import Prior, Solution, solve
from align.alignment.signs import SharedSigns
from align.encoders import Encoder, for_language, serves
from align.encoders.lexicon import Lexicon

WINDOW = 1_000  # units of both sides in a window, at least
_TELLING = 60  # units of both sides from which on vectors that say something meet more often than by chance
_FEW_VECTORS = 0.5  # share of a text's units
_OVERLAP = 80  # units before the end of a window that are left to the next one


@dataclass(frozen=True, slots=True, eq=False)
class TextPair:
    """Two texts and all that is needed to align any stretch of them; `usual`, `signs`, `known` as in `Pair`.

    `path` is where it probably runs by anchors and lengths, where signs count (`corridor.guide`). `by_chance` says that
    their vectors meet no more often than by chance.
    """

    source: Text
    target: Text
    anchors: Anchors
    usual: float
    max_size: int
    lexicon: Lexicon
    signs: SharedSigns
    prior: Prior | None = None
    known: WordAssociations | None = None
    path: Ints | None = None
    by_chance: bool = False

    @classmethod
    def of(
        cls,
        source: Text,
        target: Text,
        max_size: int,
        lexicon: Lexicon,
        prior: Prior | None = None,
        *,
        by_signs: bool = False,
        known: WordAssociations | None = None,
    ) -> TextPair:
        """Both texts, with what is found in the whole of them before their stretches are aligned.

        `by_signs` looks for anchors in what the units share, too, and in their vectors only where these say anything.
        """
        anchors = Anchors.find(source.singles, target.singles)
        usual = usual_distance(source, target, anchors)
        by_chance = anchors.by_chance(len(source), len(target))
        signs = SharedSigns(source.signs, target.signs)
        path = None
        if by_signs:
            anchors = anchors.with_signs(*signs.meetings(), len(source), len(target))
            path = guide(
                len(source), len(target), anchors, (source.signs.characters, target.signs.characters)
            )
        return cls(source, target, anchors, usual, max_size, lexicon, signs, prior, known, path, by_chance)

    def window(self, start: tuple[int, int], end: tuple[int, int]) -> tuple[Pair, Corridor]:
        """The stretch between two nodes as a pair of its own, and the corridor through it."""
        (i, j), (k, m) = start, end
        anchors = self.anchors.between(start, end)
        source, target = self.source.units(i, k, self.max_size), self.target.units(j, m, self.max_size)
        forth, back = neighbour_cosines(source.vectors[0], target.vectors[0])
        pair = Pair(
            source=source,
            target=target,
            forth=forth,
            back=back,
            ratio=self.target.length.sum() / self.source.length.sum(),
            source_mean=self.source.mean,
            target_mean=self.target.mean,
            source_total=len(self.source),
            target_total=len(self.target),
            usual=self.usual,
            signs=self.signs.window(start, end),
            anchors=anchors,
            known=self.known,
        )
        path = None if self.path is None else np.clip(self.path[i : k + 1] - j, 0, m - j)
        return pair, corridor(k - i, m - j, anchors, path=path)


def solve_long(texts: TextPair, model: Model) -> Solution:
    """The beads of the whole texts; a text that fits into one window is solved at once."""
    start = (0, 0)
    last = (len(texts.source), len(texts.target))
    parts: list[Solution] = []
    while start != last:
        end = texts.anchors.next_after(start, WINDOW, last, texts.path)
        pair, open_ = texts.window(start, end)
        prior = _shifted(texts.prior, start)
        found = solve(pair, open_, model, texts.max_size, texts.lexicon, prior).shift(*start)
        if end != last:
            found = found.until(sum(end) - _OVERLAP)
        parts.append(found)
        start = found.end
    return Solution.joined(parts)


def _shifted(prior: Prior | None, start: tuple[int, int]) -> Prior | None:
    if prior is None:
        return None
    return lambda c: prior(Candidates(c.i + start[0], c.j + start[1], c.m, c.n, c.cosine))


def whole(texts: TextPair) -> tuple[Pair, Corridor]:
    """Both texts as one window, for learning."""
    return texts.window((0, 0), (len(texts.source), len(texts.target)))


def settled_weights(
    weights: Weights, texts: TextPair, encoder: Encoder, languages: Iterable[str | None]
) -> Weights:
    """The weights for two texts: those of vectors that say nothing, where they meet no more often than by chance.

    Where no set was learned for the encoder and the languages, that is; in short texts any vectors meet by chance, and
    there an encoder is believed unless it says itself that it does not know a language. Units of which an encoder makes
    nothing (emoji, letters that it never saw) have no vectors: where that is half of a text, none is believed.
    """
    if min(_with_vectors(text) for text in (texts.source, texts.target)) <= _FEW_VECTORS:
        return "blind"
    unknown = not all(serves(for_language(encoder, language), language) for language in languages)
    long = len(texts.source) + len(texts.target) >= _TELLING
    return "blind" if weights == "other" and texts.by_chance and (unknown or long) else weights


def _with_vectors(text: Text) -> float:
    """The share of its units of which the encoder makes anything."""
    return float(text.singles.any(axis=1).mean())
