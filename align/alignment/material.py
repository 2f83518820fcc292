"""What the weights are learned from: gold documents, and what can be made of them.

Gold is scarce and of few kinds, so every gold document is also used in altered forms whose right answer follows
from the original's: passages missing on one side, foreign passages put in, units joined and split. Gold that is only
known roughly (verses; paragraphs cut into sentences) is used as loose stretches.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from align.alignment.evaluate import Block, GoldDocument
from align.alignment.training import Stretch, stretches
from align.text.sentences import split_sentences

_CLAUSE = re.compile(r"(?<=[，,;；:：—])\s*")
_BURSTS = (1, 1, 2, 3, 5, 8)
_INSERTS = (1, 1, 2, 3, 4, 6, 10, 15)
_MOST = 4  # units on a side beyond which no more are made


@dataclass(frozen=True, slots=True)
class Material:
    """One document to learn from.

    Attributes:
        name: the gold document it was made from; all its forms are left out together in cross-validation.
        group: the gold set, ``sentences/mac-dev.zh-en``.
        kind: "gold", "noise" (an altered form), "loose" (known only roughly) or "apart" (no translations at all).
        beads: the gold beads of a "gold" document, for scoring.
    """

    name: str
    group: str
    kind: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    beads: frozenset[Block] = frozenset()


@dataclass(frozen=True, slots=True)
class Noise:
    """How often what happens to a bead.

    Attributes:
        drop: one of its sides is lost, where it has one unit.
        burst: a passage of 1 to 8 beads begins that is lost on one side.
        insert: a foreign passage of 1 to 15 units follows on one side.
        split: a unit is split at a comma.
        join_inside: two units on one side are joined.
        join_across: it becomes one with the bead before it, by joining their units on one side.
    """

    drop: float = 0.03
    burst: float = 0.012
    insert: float = 0.01
    split: float = 0.08
    join_inside: float = 0.3
    join_across: float = 0.03


@dataclass(slots=True)
class _Part:
    """A bead as texts."""

    source: list[str]
    target: list[str]
    loose: bool = False

    @property
    def two(self) -> bool:
        return bool(self.source and self.target)


def from_gold(gold: GoldDocument) -> Material:
    """A gold document as it is."""
    found = stretches(gold.beads, len(gold.source), len(gold.target))
    return Material(gold.name, gold.set_name, "gold", gold.source, gold.target, tuple(found), gold.beads)


def noisy(
    material: Material,
    donors: tuple[Sequence[str], Sequence[str]],
    seed: str,
    noise: Noise = Noise(),
) -> Material:
    """An altered form; `donors` are units of the two languages that have nothing to do with the document."""
    chance = random.Random(seed)
    parts = _with_losses(_parts(material), donors, chance, noise)
    return _assemble(material, "noise", _resegmented(parts, chance, noise))


def apart(one: Material, other: Material, most: int = 150) -> Material:
    """The source of one document with the target of another: nothing answers anything."""
    source, target = one.source[:most], other.target[:most]
    gaps = [Stretch(k, k + 1, 0, 0) for k in range(len(source))]
    gaps += [Stretch(len(source), len(source), k, k + 1) for k in range(len(target))]
    return replace(one, kind="apart", source=source, target=target, stretches=tuple(gaps), beads=frozenset())


def excerpts(material: Material, size: int, step: int) -> list[Material]:
    """Passages of `size` stretches, every `step`, each as a document; stretches of 2-1 and more become loose."""
    parts = _parts(material)
    for part in parts:
        part.loose = part.two and len(part.source) + len(part.target) > 3
    return [
        replace(_assemble(material, "loose", parts[k : k + size]), name=f"{material.name}#{k}")
        for k in range(0, len(parts) - size, step)
    ]


def sentences_of(material: Material, languages: tuple[str, str]) -> Material:
    """A paragraph gold document cut into sentences: which sentences answer which is known only by paragraph."""
    parts = []
    for part in _parts(material):
        source, target = _cut(part.source, languages[0]), _cut(part.target, languages[1])
        parts.append(_Part(source, target, bool(source and target) and len(source) + len(target) > 2))
    return _assemble(material, "loose", parts)


def _cut(paragraphs: Sequence[str], language: str) -> list[str]:
    return [text[a:b] for text in paragraphs for a, b in split_sentences(text, language)]


def _parts(material: Material) -> list[_Part]:
    return [
        _Part(list(material.source[s.a : s.b]), list(material.target[s.c : s.d]), s.loose)
        for s in material.stretches
    ]


def _assemble(material: Material, kind: str, parts: Iterable[_Part]) -> Material:
    source: list[str] = []
    target: list[str] = []
    found: list[Stretch] = []
    for part in parts:
        i, j = len(source), len(target)
        source += part.source
        target += part.target
        if part.two:
            found.append(Stretch(i, len(source), j, len(target), part.loose))
        else:
            found += [Stretch(k, k + 1, j, j) for k in range(i, len(source))]
            found += [Stretch(i, i, k, k + 1) for k in range(j, len(target))]
    return replace(
        material,
        kind=kind,
        source=tuple(source),
        target=tuple(target),
        stretches=tuple(found),
        beads=frozenset(),
    )


def _with_losses(
    parts: list[_Part], donors: tuple[Sequence[str], Sequence[str]], chance: random.Random, noise: Noise
) -> list[_Part]:
    """Units and passages lost on one side, foreign passages put in."""
    out: list[_Part] = []
    lost = [0, 0]
    for part in parts:
        sides = [part.source, part.target]
        for k in (0, 1):
            if lost[k]:
                sides[k], lost[k] = [], lost[k] - 1
            elif chance.random() < noise.burst:
                lost[k] = chance.choice(_BURSTS)
            if not part.loose and len(sides[k]) == 1 and chance.random() < noise.drop:
                sides[k] = []
        if sides[0] or sides[1]:
            out.append(_Part(sides[0], sides[1], part.loose))
        if chance.random() < noise.insert:
            out.append(_foreign(donors, chance))
    return out


def _foreign(donors: tuple[Sequence[str], Sequence[str]], chance: random.Random) -> _Part:
    side = chance.randrange(2)
    size = chance.choice(_INSERTS)
    first = chance.randrange(max(1, len(donors[side]) - size))
    units = list(donors[side][first : first + size])
    return _Part(units, []) if side == 0 else _Part([], units)


def _resegmented(parts: list[_Part], chance: random.Random, noise: Noise) -> list[_Part]:
    """Units joined and split, inside beads and across two of them."""
    out: list[_Part] = []
    for part in parts:
        if part.two and not part.loose:
            for side in (part.source, part.target):
                _join(side, chance, noise)
                _split(side, chance, noise)
            if out and out[-1].two and not out[-1].loose and chance.random() < noise.join_across:
                joined = _merged(out[-1], part, chance)
                if max(len(joined.source), len(joined.target)) <= _MOST:
                    out[-1] = joined
                    continue
        out.append(part)
    return out


def _join(side: list[str], chance: random.Random, noise: Noise) -> None:
    if len(side) > 1 and chance.random() < noise.join_inside:
        k = chance.randrange(len(side) - 1)
        side[k : k + 2] = [f"{side[k]} {side[k + 1]}"]


def _split(side: list[str], chance: random.Random, noise: Noise) -> None:
    if len(side) >= _MOST or chance.random() >= noise.split:
        return
    k = max(range(len(side)), key=lambda index: len(side[index]))
    cuts = [m.end() for m in _CLAUSE.finditer(side[k]) if 0 < m.end() < len(side[k])]
    if cuts:
        at = chance.choice(cuts)
        side[k : k + 1] = [side[k][:at].strip(), side[k][at:].strip()]


def _merged(one: _Part, two: _Part, chance: random.Random) -> _Part:
    """Two beads as one, joined by a unit that now spans both."""
    if chance.random() < 0.5:
        joined = [*one.source[:-1], f"{one.source[-1]} {two.source[0]}", *two.source[1:]]
        return _Part(joined, one.target + two.target)
    joined = [*one.target[:-1], f"{one.target[-1]} {two.target[0]}", *two.target[1:]]
    return _Part(one.source + two.source, joined)
