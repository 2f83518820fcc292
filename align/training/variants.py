"""What the weights are learned from: gold documents, and what can be made of them.

Gold is scarce and of few kinds, so every gold document is also used in altered forms whose right answer follows
from the original's: passages missing on one side, foreign passages put in, units joined and split. Gold that is only
known roughly (verses; paragraphs cut into sentences) is used as coarse stretches.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from align.evaluation.gold import GoldDocument
from align.evaluation.metrics import BeadIndices
from align.text.sentences import split_sentences
from align.training.crf import Stretch, gold_stretches

_CLAUSE = re.compile(r"(?<=[，,;；:：—])\s*")
_BURSTS = (1, 1, 2, 3, 5, 8)
_INSERTS = (1, 1, 2, 3, 4, 6, 10, 15)
_MOST = 4  # units on a side beyond which no more are made
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\W\u3040-\u30ff\u3400-\u9fff]+\s*|\W")
_MARK = re.compile(r"[^\w\s]+|\d+")
_SENTENCES = (1, 1, 2, 3, 4, 6)  # beads in a paragraph
_PASSAGES = (2, 3, 5, 8, 15)  # beads
_CUT = 0.08  # of paragraphs that are two on one side
_PHRASE = 4  # words that are lost or put in at once, at most


@dataclass(frozen=True, slots=True)
class TrainingDocument:
    """One document to learn from.

    Attributes:
        name: the gold document it was made from; all its forms are left out together in cross-validation.
        group: the gold set, ``sentences/mac-dev.zh-en``.
        kind: "gold", "noise" (an altered form), "coarse" (known only roughly) or "unrelated" (no translations at all).
        beads: the gold beads of a "gold" document, for scoring.
    """

    name: str
    group: str
    kind: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    beads: frozenset[BeadIndices] = frozenset()

    @property
    def text(self) -> str:
        """The kind of text, as far as the gold set's name tells: ``sentences/mac-dev``, ``paragraphs``."""
        folder, _, last = self.group.rpartition("/")
        named, _, _ = last.rpartition(".")
        return "/".join(part for part in (folder, named) if part)

    @property
    def languages(self) -> tuple[str, str]:
        source, _, target = self.group.rpartition("/")[2].rpartition(".")[2].partition("-")
        return source, target


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
        wear: share of one side's words that are lost, others in their place now and then: a free translation, or a
            language that the encoder knows less well.
        bare: both sides lose their punctuation and digits.
        complete: what has no answer in the gold is left out first.
        size: beads of a passage that is cut from the document; 0 for all of it.
    """

    drop: float = 0.03
    burst: float = 0.012
    insert: float = 0.01
    split: float = 0.08
    join_inside: float = 0.3
    join_across: float = 0.03
    wear: float = 0.0
    bare: bool = False
    complete: bool = False
    size: int = 0

    @classmethod
    def drawn(cls, rng: random.Random) -> Noise:
        """One of many kinds of text: free or close, with nothing missing or much, long or short."""
        loss = rng.choice((0.0, 0.0, 0.3, 1.0, 2.5))
        return cls(
            drop=0.03 * loss,
            burst=0.012 * loss,
            insert=0.01 * loss,
            split=rng.choice((0.0, 0.08, 0.2)),
            join_inside=rng.choice((0.0, 0.3, 0.6)),
            join_across=rng.choice((0.0, 0.03, 0.1)),
            wear=rng.choice((0.0, 0.0, 0.1, 0.2, 0.35)),
            bare=rng.random() < 0.15,
            complete=rng.random() < 0.5,
            size=rng.choice((0, 0, 15, 50)),
        )


@dataclass(slots=True)
class _Part:
    """A bead as texts."""

    source: list[str]
    target: list[str]
    coarse: bool = False

    @property
    def two(self) -> bool:
        return bool(self.source and self.target)


def from_gold(gold: GoldDocument) -> TrainingDocument:
    """A gold document as it is."""
    found = gold_stretches(gold.beads, len(gold.source), len(gold.target))
    return TrainingDocument(
        gold.name, gold.set_name, "gold", gold.source, gold.target, tuple(found), gold.beads
    )


def noisy(
    document: TrainingDocument,
    donors: tuple[Sequence[str], Sequence[str]],
    rng: random.Random,
    noise: Noise = Noise(),
) -> TrainingDocument:
    """An altered form; `donors` are units of the two languages that have nothing to do with the document."""
    parts = _with_losses(_passage(_parts(document), rng, noise), donors, rng, noise)
    parts = _resegmented(parts, rng, noise)
    if noise.wear:
        _wear(parts, rng, noise.wear)
    if noise.bare:
        parts = [_Part(_bared(p.source), _bared(p.target), p.coarse) for p in parts]
    return _assemble(document, "noise", parts)


def unrelated(one: TrainingDocument, other: TrainingDocument, most: int = 150) -> TrainingDocument:
    """The source of one document with the target of another: nothing answers anything."""
    source, target = one.source[:most], other.target[:most]
    gaps = [Stretch(k, k + 1, 0, 0) for k in range(len(source))]
    gaps += [Stretch(len(source), len(source), k, k + 1) for k in range(len(target))]
    return replace(
        one, kind="unrelated", source=source, target=target, stretches=tuple(gaps), beads=frozenset()
    )


def unrelated_passages(document: TrainingDocument, rng: random.Random) -> TrainingDocument:
    """A short passage of the source with another one of the target: one subject, and nothing answers anything."""
    parts = _parts(document)
    half = len(parts) // 2
    sides = rng.sample((parts[:half], parts[half:]), 2)
    size = rng.choice(_PASSAGES)
    firsts = [rng.randrange(max(1, len(side) - size)) for side in sides]
    source = [text for part in sides[0][firsts[0] : firsts[0] + size] for text in part.source]
    target = [text for part in sides[1][firsts[1] : firsts[1] + size] for text in part.target]
    return unrelated(replace(document, source=tuple(source)), replace(document, target=tuple(target)))


def joined(document: TrainingDocument, seed: str) -> TrainingDocument:
    """A gold document of sentences as one of paragraphs: what stands together becomes one, sometimes two."""
    rng = random.Random(seed)
    parts = _parts(document)
    made: list[_Part] = []
    k = 0
    while k < len(parts):
        block = parts[k : k + rng.choice(_SENTENCES)]
        k += len(block)
        source = [text for part in block for text in part.source]
        target = [text for part in block for text in part.target]
        made.append(_Part(_paragraphs(source, rng), _paragraphs(target, rng)))
    out = replace(_assemble(document, "gold", made), group=document.group.replace("sentences/", "joined/"))
    return replace(out, beads=frozenset(stretch_bead(s) for s in out.stretches))


def _paragraphs(sentences: list[str], rng: random.Random) -> list[str]:
    cut = rng.randrange(len(sentences)) if len(sentences) > 1 and rng.random() < _CUT else 0
    return [" ".join(part) for part in (sentences[:cut], sentences[cut:]) if part]


def stretch_bead(s: Stretch) -> BeadIndices:
    """The stretch as one bead."""
    return tuple(range(s.a, s.b)), tuple(range(s.c, s.d))


def excerpts(
    document: TrainingDocument, size: int, step: int, *, coarse: bool = True
) -> list[TrainingDocument]:
    """Passages of `size` stretches, every `step`, as documents; stretches of 2-2 and more become coarse if asked."""
    parts = _parts(document)
    for part in parts:
        part.coarse = part.coarse or (coarse and part.two and len(part.source) + len(part.target) > 3)
    return [
        replace(_assemble(document, "coarse", parts[k : k + size]), name=f"{document.name}#{k}")
        for k in range(0, len(parts) - size, step)
    ]


def sentences_of(document: TrainingDocument) -> TrainingDocument:
    """A paragraph gold document cut into sentences: which sentences answer which is known only by paragraph."""
    parts = []
    for part in _parts(document):
        source, target = (
            _cut(t, lang) for t, lang in zip((part.source, part.target), document.languages, strict=True)
        )
        parts.append(_Part(source, target, bool(source and target) and len(source) + len(target) > 2))
    return _assemble(document, "coarse", parts)


def _cut(paragraphs: Sequence[str], language: str) -> list[str]:
    return [text[a:b] for text in paragraphs for a, b in split_sentences(text, language)]


def _parts(document: TrainingDocument) -> list[_Part]:
    return [
        _Part(list(document.source[s.a : s.b]), list(document.target[s.c : s.d]), s.coarse)
        for s in document.stretches
    ]


def _assemble(document: TrainingDocument, kind: str, parts: Iterable[_Part]) -> TrainingDocument:
    source: list[str] = []
    target: list[str] = []
    found: list[Stretch] = []
    for part in parts:
        i, j = len(source), len(target)
        source += part.source
        target += part.target
        if part.two:
            found.append(Stretch(i, len(source), j, len(target), part.coarse))
        else:
            found += [Stretch(k, k + 1, j, j) for k in range(i, len(source))]
            found += [Stretch(i, i, k, k + 1) for k in range(j, len(target))]
    return replace(
        document,
        kind=kind,
        source=tuple(source),
        target=tuple(target),
        stretches=tuple(found),
        beads=frozenset(),
    )


def _passage(parts: list[_Part], rng: random.Random, noise: Noise) -> list[_Part]:
    if noise.complete:
        parts = [part for part in parts if part.two]
    if noise.size and len(parts) > noise.size:
        first = rng.randrange(len(parts) - noise.size)
        parts = parts[first : first + noise.size]
    return parts


def _wear(parts: list[_Part], rng: random.Random, share: float) -> None:
    """Phrases of one side are lost, or replaced by phrases from elsewhere in it."""
    right = rng.random() < 0.5
    sides = [part.target if right else part.source for part in parts]
    words = [_WORD.findall(text) for side in sides for text in side]
    for side in sides:
        side[:] = [_worn(text, words, rng, share) for text in side]


def _worn(text: str, others: Sequence[Sequence[str]], rng: random.Random, share: float) -> str:
    words = _WORD.findall(text)
    out: list[str] = []
    k = 0
    while k < len(words):
        if k + 1 < len(words) and rng.random() < 2 * share / (_PHRASE + 1):
            k = min(k + rng.randint(1, _PHRASE), len(words) - 1)
            other = rng.choice(others) if rng.random() < 0.6 else []
            first = rng.randrange(len(other)) if other else 0
            out += other[first : first + rng.randint(1, _PHRASE)]
        else:
            out.append(words[k])
            k += 1
    return "".join(out)


def _bared(units: Sequence[str]) -> list[str]:
    return [" ".join(_MARK.sub(" ", text).split()) or text for text in units]


def _with_losses(
    parts: list[_Part], donors: tuple[Sequence[str], Sequence[str]], rng: random.Random, noise: Noise
) -> list[_Part]:
    """Units and passages lost on one side, foreign passages put in."""
    out: list[_Part] = []
    lost = [0, 0]
    for part in parts:
        sides = [part.source, part.target]
        for k in (0, 1):
            if lost[k]:
                sides[k], lost[k] = [], lost[k] - 1
            elif rng.random() < noise.burst:
                lost[k] = rng.choice(_BURSTS)
            if not part.coarse and len(sides[k]) == 1 and rng.random() < noise.drop:
                sides[k] = []
        if sides[0] or sides[1]:
            out.append(_Part(sides[0], sides[1], part.coarse))
        if rng.random() < noise.insert:
            out.append(_foreign(donors, rng))
    return out


def _foreign(donors: tuple[Sequence[str], Sequence[str]], rng: random.Random) -> _Part:
    side = rng.randrange(2)
    size = rng.choice(_INSERTS)
    first = rng.randrange(max(1, len(donors[side]) - size))
    units = list(donors[side][first : first + size])
    return _Part(units, []) if side == 0 else _Part([], units)


def _resegmented(parts: list[_Part], rng: random.Random, noise: Noise) -> list[_Part]:
    """Units joined and split, inside beads and across two of them."""
    out: list[_Part] = []
    for part in parts:
        if part.two and not part.coarse:
            for side in (part.source, part.target):
                _join(side, rng, noise)
                _split(side, rng, noise)
            if out and out[-1].two and not out[-1].coarse and rng.random() < noise.join_across:
                joined = _merged(out[-1], part, rng)
                if max(len(joined.source), len(joined.target)) <= _MOST:
                    out[-1] = joined
                    continue
        out.append(part)
    return out


def _join(side: list[str], rng: random.Random, noise: Noise) -> None:
    if len(side) > 1 and rng.random() < noise.join_inside:
        k = rng.randrange(len(side) - 1)
        side[k : k + 2] = [f"{side[k]} {side[k + 1]}"]


def _split(side: list[str], rng: random.Random, noise: Noise) -> None:
    if len(side) >= _MOST or rng.random() >= noise.split:
        return
    k = max(range(len(side)), key=lambda index: len(side[index]))
    cuts = [m.end() for m in _CLAUSE.finditer(side[k]) if 0 < m.end() < len(side[k])]
    if cuts:
        at = rng.choice(cuts)
        side[k : k + 1] = [side[k][:at].strip(), side[k][at:].strip()]


def _merged(one: _Part, two: _Part, rng: random.Random) -> _Part:
    """Two beads as one, joined by a unit that now spans both."""
    if rng.random() < 0.5:
        joined = [*one.source[:-1], f"{one.source[-1]} {two.source[0]}", *two.source[1:]]
        return _Part(joined, one.target + two.target)
    joined = [*one.target[:-1], f"{one.target[-1]} {two.target[0]}", *two.target[1:]]
    return _Part(one.source + two.source, joined)
