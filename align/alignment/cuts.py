"""Cuts inside a sentence: what answers many sentences as a whole is cut where these end.

A transcript without full stops, a chain of clauses or a Thai paragraph is one sentence to any segmenter. Where its
paragraph is answered by many sentences, it is cut at its clauses, or between its words if it has few, by what runs of
these mean and how long they are. Only cuts that are sure enough are made; elsewhere sentences stay together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from operator import itemgetter

import numpy as np

from align._internal.arrays import Floats, Ints
from align._internal.parallel import one_blas_thread
from align._internal.products import Factor, product
from align.alignment.bead import Bead
from align.alignment.lattice import Lattice
from align.document import Sentence, parse_position
from align.encoders import Encoder, overlaps
from align.encoders.base import Vectors
from align.text.clauses import clause_ends, word_ends
from align.text.clean import comparable

# Of the score of a run of pieces and the sentences it answers. Chosen on gold sentences, one side of which was made one
# chain: with commas for full stops, of 1,053 beads 833 come out, 92 % of them exact (confidence off by .04); without
# any mark, cut between words, of 249 beads 64, 88 % of them exact (off by .1).
_LENGTH = 0.1  # cosine that a length e times, or 1/e, of what is usual costs
_TOGETHER = 0.1  # cosine that each further sentence of a run costs
_TEMPERATURE = 0.027
_SENTENCES = 3  # most sentences that one run of pieces answers, before cuts in doubt are left out
_RUNS = 1.5  # most pieces in a run, as often as there are for the longest sentence by length
_FEWEST_RUNS = 12
_LONGEST = 200  # most pieces in a run; what has more of them a sentence answers nothing
_ROOM = 100_000  # runs of pieces whose vectors are made at once, 200 MB
_OPEN = 0.8  # share of a window behind which it may end, where the text goes on
_KEPT = 0.6  # share of such a window whose cuts are kept
_SPARE = 3  # sentences that it has more than answer it by length
_LIKELY = 0.7  # probability above which a cut stays
_BAND = (
    0.1,
    4.0,
)  # a cut lies no further from its place by length: a share of the whole, and sentences of usual length
_SMOOTHING = 3.0  # characters
_HOPELESS = -1.0  # cosine of a window without a cut: taken where nothing else leads through

_Node = tuple[int, int]  # pieces and sentences before it
_Cut = tuple[int, int, float]  # pieces and sentences before it, and how likely it is
Part = tuple[tuple[Sentence, ...], tuple[Sentence, ...], float]  # of both texts, and how sure its cuts are


def with_parts(
    beads: Sequence[Bead],
    parts: Mapping[Bead, Sequence[Part]],
    source: Sequence[Sentence],
    target: Sequence[Sentence],
) -> tuple[tuple[Bead, ...], tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The beads and the units of both sides, some of the beads in these parts."""
    rows: list[tuple[Part, bool]] = []
    for bead in beads:
        own = tuple(source[i] for i in bead.source), tuple(target[j] for j in bead.target), 1.0
        rows += [((a, b, p * bead.confidence), bead.reordered) for a, b, p in parts.get(bead, [own])]
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


def cut(
    left: tuple[Sentence, ...],
    right: tuple[Sentence, ...],
    encoder: Encoder,
    languages: tuple[str | None, str | None],
) -> list[Part]:
    """Sentences that answer each other as a whole, cut at the side that has fewer; one part where no cut is found.

    Args:
        left: the sentences of one text.
        right: those of the other.
        encoder: whose vectors are believed in both languages.
        languages: ISO 639-1.
    """
    swapped = len(left) > len(right)
    (few, many), codes = ((right, left), languages[::-1]) if swapped else ((left, right), languages)
    cuts: list[_Cut] = [(0, 0, 1.0)]
    pieces = _Pieces.of(few, many) if len(few) < len(many) else None
    if pieces is not None:
        cuts += _likely_cuts(pieces, many, encoder, codes)
    cuts.append((len(pieces.spans) if pieces else 0, len(many), 1.0))
    found: list[Part] = []
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
    def of(cls, sentences: Sequence[Sentence], answers: Sequence[Sentence]) -> _Pieces | None:
        """Cut at clauses, and between words where `answers` are more; None where these would be too short."""
        ends = [clause_ends(sentence.text) for sentence in sentences]
        if sum(map(len, ends)) + len(sentences) < len(answers):
            ends = [sorted({*own, *word_ends(s.text)}) for own, s in zip(ends, sentences, strict=True)]
        spans = [span for k, own in enumerate(ends) for span in _spans(k, sentences[k].text, own)]
        lengths = [len(answer.text) for answer in answers]
        longest = max(_FEWEST_RUNS, int(_RUNS * len(spans) * max(lengths) / sum(lengths)))
        if len(spans) > _LONGEST * len(answers):
            return None
        return cls(sentences, spans, min(longest, _LONGEST))

    def units(self, first: int, last: int) -> tuple[Sentence, ...]:
        """What the pieces from `first` to before `last` are of each sentence."""
        parts: dict[int, tuple[int, int]] = {}
        for number, start, end in self.spans[first:last]:
            parts[number] = parts.get(number, (start, end))[0], end
        return tuple(self.sentences[number].cut(*part) for number, part in parts.items())


def _spans(number: int, text: str, ends: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    for start, end in pairwise([0, *ends, len(text)]):
        part = text[start:end]
        first = start + len(part) - len(part.lstrip())
        yield number, first, first + len(part.strip())


def _likely_cuts(
    pieces: _Pieces, many: Sequence[Sentence], encoder: Encoder, languages: tuple[str | None, str | None]
) -> list[_Cut]:
    """The cuts that are likely, ascending; long texts in windows, each from a cut of the one before.

    Where the first window has none, the sides hardly answer each other: others, which take seconds each, are not
    looked at.
    """
    sides = (
        _Side(
            [comparable(pieces.sentences[k].text[a:b]) for k, a, b in pieces.spans],
            pieces.longest,
            languages[0],
        ),
        _Side([comparable(sentence.text) for sentence in many], min(_SENTENCES, len(many)), languages[1]),
    )
    if not (sides[0].ends[-1] and sides[1].ends[-1]):  # invisible characters only
        return []
    usual = sides[0].ends[-1] / sides[1].ends[-1]
    found: list[_Cut] = []
    first, last = (0, 0), (len(pieces.spans), len(many))
    while True:
        end, closed = _window(first, last, _ROOM // pieces.longest)
        cuts = _cuts_between(first, end, sides, usual, encoder, closed=closed)
        if not closed:
            cuts = [cut for cut in cuts if cut[0] <= first[0] + _KEPT * (end[0] - first[0])]
        likely = [cut for cut in cuts if cut[2] > _LIKELY]
        found += likely
        if closed or not cuts or not found:
            return found
        first = (likely or [max(cuts, key=itemgetter(2))])[-1][:2]


def _window(first: _Node, last: _Node, most: int) -> tuple[_Node, bool]:
    """The end of a window of `most` pieces and the sentences that answer them by length, and whether that is all."""
    pieces, sentences = last[0] - first[0], last[1] - first[1]
    if pieces <= most:
        return last, True
    return (first[0] + most, first[1] + min(sentences, -(-sentences * most // pieces) + _SPARE)), False


def _cuts_between(
    first: _Node, end: _Node, sides: tuple[_Side, _Side], usual: float, encoder: Encoder, *, closed: bool
) -> list[_Cut]:
    """The likeliest cut at the end of each sentence of a window; one that is not closed may end in its last part."""
    with one_blas_thread():
        lattice, score = _runs(first, end, sides, usual, encoder, closed=closed)
    posterior, _ = lattice.marginals(score)
    at = np.bincount(lattice.end, posterior, minlength=lattice.nodes)
    node = np.zeros((lattice.nodes, 2), np.int64)
    node[lattice.end] = np.column_stack([lattice.i + lattice.m, lattice.j + lattice.n])
    inside = (node > 0).all(axis=1) & (node + first < end).all(axis=1)
    best: dict[int, _Cut] = {}
    for (i, j), p in zip((node[inside] + first).tolist(), at[inside].tolist(), strict=True):
        if p > best.get(j, (0, 0, 0.0))[2]:
            best[j] = (i, j, min(p, 1.0))
    return sorted(best.values())


@dataclass(frozen=True)
class _Side:
    """The texts of one side, pieces or sentences.

    Attributes:
        texts: as they are compared.
        longest: most of them in a run.
        language: ISO 639-1.
    """

    texts: Sequence[str]
    longest: int
    language: str | None

    @cached_property
    def ends(self) -> Ints:
        """Characters before each text, and in all."""
        return np.cumsum([0, *map(len, self.texts)])

    def runs(self, first: int, end: int, encoder: Encoder) -> Vectors:
        """The vectors of their runs between two places, as `Overlaps.vectors` lays them out."""
        texts = self.texts[first:end]
        (found,) = overlaps(encoder, [texts], min(self.longest, len(texts)), languages=[self.language])
        return found.vectors(0, len(texts))


def _runs(
    first: _Node, end: _Node, sides: tuple[_Side, _Side], usual: float, encoder: Encoder, *, closed: bool
) -> tuple[Lattice, Floats]:
    """Which run of pieces may answer which run of sentences in a window, and how well each does.

    What leads through a window as a whole is worse than any run; what leads from the last part of one that is not
    closed to its end is neither good nor bad.
    """
    one, other = (side.ends[a : b + 1] - side.ends[a] for side, a, b in zip(sides, first, end, strict=True))
    vectors = [side.runs(a, b, encoder) for side, a, b in zip(sides, first, end, strict=True)]
    band = max(_BAND[0] * other[-1], _BAND[1] * other[-1] / (len(other) - 1))
    near = np.abs(one[:, None] / usual - other) <= band
    rows, columns = near.shape[0] - 1, near.shape[1] - 1
    edges = [np.array([[0], [0], [rows], [columns]])]
    fits = [np.array([_HOPELESS])]
    if not closed:
        i, j = np.nonzero(near[:-1, :-1] & (np.arange(rows) >= _OPEN * rows)[:, None])
        edges.append(np.stack([i, j, rows - i, columns - j]))
        fits.append(np.zeros(len(i)))
    for n in range(1, len(vectors[1]) + 1):
        answers = Factor(np.ascontiguousarray(vectors[1][n - 1, n - 1 :].T))
        for m in range(1, len(vectors[0]) + 1):
            i, j = np.nonzero(near[: rows + 1 - m, : columns + 1 - n] & near[m:, n:])
            cosine = product(vectors[0][m - 1, m - 1 :], answers)[i, j].astype(np.float64)
            longer = (one[i + m] - one[i] + _SMOOTHING) / usual / (other[j + n] - other[j] + _SMOOTHING)
            fits.append(np.sqrt(n) * (cosine - _LENGTH * np.abs(np.log(longer))) - _TOGETHER * (n - 1))
            edges.append(np.stack([i, j, np.full(len(i), m), np.full(len(i), n)]))
    lattice, order = Lattice.from_edges(*np.concatenate(edges, axis=1))
    return lattice, (np.concatenate(fits) / _TEMPERATURE)[order]
