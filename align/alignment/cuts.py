"""Cuts inside a sentence: what answers many sentences as a whole is cut where these end.

A transcript without full stops, a chain of clauses or a Thai paragraph is one sentence to any segmenter. Where its
paragraph is answered by many sentences, it is cut at its clauses, or between its words if it has few, by what runs of
these mean and how long they are. Only cuts that are sure enough are made; elsewhere sentences stay together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from align._internal.arrays import Floats
from align._internal.parallel import one_blas_thread
from align._internal.products import Factor, product
from align.alignment.bead import Bead
from align.alignment.lattice import Lattice
from align.document import Sentence, parse_position
from align.encoders import Encoder, overlaps
from align.text.clauses import clause_ends, word_ends
from align.text.clean import comparable

# Of the score of a run of pieces and the sentences it answers. Chosen on gold sentences, one side of which was made one
# chain: with commas for full stops, of 519 beads 421 come out, 94 % of them exact (confidence off by .03); without any
# mark, cut between words, of 147 beads 64, 89 % of them exact (off by .09, too low).
_LENGTH = 0.1  # cosine that a length e times, or 1/e, of what is usual costs
_TOGETHER = 0.1  # cosine that each further sentence of a run costs
_TEMPERATURE = 0.03
_SENTENCES = 3  # most sentences that one run of pieces answers, before cuts in doubt are left out
_RUNS = 2.5  # most pieces in a run, as often as there are for a sentence on average
_FEWEST_RUNS = 12
_ROOM = 40_000  # runs of pieces whose vectors are made, 80 MB; what has more is cut at clauses only, or not at all
_LIKELY = 0.7  # probability above which a cut stays
_BAND = (0.1, 1.5)  # a cut lies no further from its place by length: a share of the whole, and sentences
_SMOOTHING = 3.0  # characters
_HOPELESS = -1.0  # cosine of what answers the whole without a cut: taken where nothing else leads through

_Part = tuple[tuple[Sentence, ...], tuple[Sentence, ...], float]  # of both texts, and how sure its cuts are


def cut_where_answered(
    beads: Sequence[Bead],
    whole: Collection[Bead],
    source: Sequence[Sentence],
    target: Sequence[Sentence],
    encoder: Encoder,
    languages: tuple[str | None, str | None],
) -> tuple[tuple[Bead, ...], tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The beads and the units of both sides, these beads cut into smaller ones as far as cuts are found.

    Args:
        beads: of all units.
        whole: those among them that were put together because their units have no answer by themselves.
        source: the units of one text.
        target: the units of the other.
        encoder: whose vectors are believed in both languages.
        languages: ISO 639-1.
    """
    rows: list[tuple[_Part, bool]] = []
    for bead in beads:
        left, right = tuple(source[i] for i in bead.source), tuple(target[j] for j in bead.target)
        parts = _cut(left, right, encoder, languages) if bead in whole else [(left, right, 1.0)]
        rows += [((a, b, p * bead.confidence), bead.reordered) for a, b, p in parts]
    units = _in_order(part[0] for part, _ in rows), _in_order(part[1] for part, _ in rows)
    row, column = ({unit: index for index, unit in enumerate(side)} for side in units)
    found = (
        Bead(tuple(row[u] for u in left), tuple(column[u] for u in right), round(p, 4), reordered)
        for (left, right, p), reordered in rows
    )
    return tuple(found), *units


def _in_order(parts: Iterable[tuple[Sentence, ...]]) -> tuple[Sentence, ...]:
    units = list(chain.from_iterable(parts))
    return tuple(sorted(units, key=lambda unit: parse_position(unit.position)))


def _cut(
    left: tuple[Sentence, ...],
    right: tuple[Sentence, ...],
    encoder: Encoder,
    languages: tuple[str | None, str | None],
) -> list[_Part]:
    """A bead cut at the side that has fewer sentences; itself where no cut is found."""
    swapped = len(left) > len(right)
    (few, many), codes = ((right, left), languages[::-1]) if swapped else ((left, right), languages)
    cuts = [(0, 0, 1.0)]
    pieces = _Pieces.of(few, len(many)) if len(few) < len(many) else None
    if pieces is not None:
        cuts += _likely_cuts(pieces, many, encoder, codes)
    cuts.append((len(pieces.spans) if pieces else 0, len(many), 1.0))
    found: list[_Part] = []
    for (a, j, p), (b, k, q) in pairwise(cuts):
        one = pieces.units(a, b) if pieces else few
        found.append((many[j:k], one, p * q) if swapped else (one, many[j:k], p * q))
    return found


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Sentences cut wherever they may be.

    Attributes:
        sentences: what was cut.
        spans: sentence, first character and end of each piece, without the white space between them.
        longest: most pieces in a run.
    """

    sentences: Sequence[Sentence]
    spans: Sequence[tuple[int, int, int]]
    longest: int

    @classmethod
    def of(cls, sentences: Sequence[Sentence], answers: int) -> _Pieces | None:
        """Cut at clauses, and between words where `answers` are more than clauses; None where that is too much."""
        clauses = [clause_ends(sentence.text) for sentence in sentences]
        words = [sorted({*ends, *word_ends(s.text)}) for ends, s in zip(clauses, sentences, strict=True)]
        few = sum(map(len, clauses)) + len(sentences) < answers
        for ends in (words, clauses) if few else (clauses,):
            spans = [span for k, of in enumerate(ends) for span in _spans(k, sentences[k].text, of)]
            longest = min(len(spans), max(_FEWEST_RUNS, int(_RUNS * len(spans) / answers)))
            if len(spans) * longest <= _ROOM:
                return cls(sentences, spans, longest)
        return None

    def units(self, first: int, last: int) -> tuple[Sentence, ...]:
        """What the pieces from `first` to before `last` are of each sentence."""
        spans = self.spans[first:last]
        found = []
        for number in sorted({k for k, _, _ in spans}):
            sentence = self.sentences[number]
            start = min(a for k, a, _ in spans if k == number)
            before = sentence.text[:start]
            end = max(b for k, _, b in spans if k == number)
            found.append(sentence.cut(start, end, before[len(before.rstrip()) :]))
        return tuple(found)


def _spans(number: int, text: str, ends: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    for start, end in pairwise([0, *ends, len(text)]):
        part = text[start:end]
        first = start + len(part) - len(part.lstrip())
        yield number, first, first + len(part.strip())


def _likely_cuts(
    pieces: _Pieces, many: Sequence[Sentence], encoder: Encoder, languages: tuple[str | None, str | None]
) -> list[tuple[int, int, float]]:
    """Pieces and sentences before each cut that is likelier than not, and how likely it is."""
    with one_blas_thread():
        lattice, score = _runs(pieces, many, encoder, languages)
    posterior, _ = lattice.marginals(score)
    at = np.bincount(lattice.end, posterior, minlength=lattice.nodes)
    node = np.zeros((lattice.nodes, 2), np.int64)
    node[lattice.end] = np.column_stack([lattice.i + lattice.m, lattice.j + lattice.n])
    inside = (node[:, 1] > 0) & (node[:, 1] < len(many)) & (at > _LIKELY)
    found = [(int(i), int(j), min(float(p), 1.0)) for (i, j), p in zip(node[inside], at[inside], strict=True)]
    return sorted(found)


def _runs(
    pieces: _Pieces, many: Sequence[Sentence], encoder: Encoder, languages: tuple[str | None, str | None]
) -> tuple[Lattice, Floats]:
    """Which run of pieces may answer which run of sentences, and how well each does; the whole, worse than any."""
    texts = (
        [comparable(pieces.sentences[k].text[a:b]) for k, a, b in pieces.spans],
        [comparable(sentence.text) for sentence in many],
    )
    most = (pieces.longest, min(_SENTENCES, len(many)))
    vectors = [
        overlaps(encoder, [side], size, languages=[language])[0].vectors(0, len(side))
        for side, size, language in zip(texts, most, languages, strict=True)
    ]
    ends = [np.cumsum([0, *map(len, side)]) for side in texts]
    near = np.abs(ends[0][:, None] / ends[0][-1] - ends[1] / ends[1][-1]) <= max(
        _BAND[0], _BAND[1] / len(many)
    )
    edges = [np.array([[0], [0], [len(texts[0])], [len(many)]])]
    cosines = [np.array([_HOPELESS])]
    for n in range(1, most[1] + 1):
        answers = Factor(np.ascontiguousarray(vectors[1][n - 1, n - 1 :].T))
        for m in range(1, most[0] + 1):
            i, j = np.nonzero(near[: len(near) - m, : near.shape[1] - n] & near[m:, n:])
            cosines.append(product(vectors[0][m - 1, m - 1 :], answers)[i, j].astype(np.float64))
            edges.append(np.stack([i, j, np.full(len(i), m), np.full(len(i), n)]))
    i, j, m, n = np.concatenate(edges, axis=1)
    lengths = [
        (end[at + size] - end[at] + _SMOOTHING) / end[-1]
        for end, at, size in zip(ends, (i, j), (m, n), strict=True)
    ]
    fit = np.concatenate(cosines) - _LENGTH * np.abs(np.log(lengths[0] / lengths[1]))
    lattice, order = Lattice.from_edges(i, j, m, n)
    return lattice, ((np.sqrt(n) * fit - _TOGETHER * (n - 1)) / _TEMPERATURE)[order]
