"""Verification of the pairs that the quick comparison leaves open: their sentences are aligned.

Pages of one manual and reports of one event have words, numbers and names in common, and are no translations of each
other: hardly a bead of them is to be trusted. Sentences, because they are the same whatever the paragraphs are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats, Ints32
from align._internal.parallel import one_blas_thread
from align._internal.progress import Advance
from align.alignment.model import Weights, weights_of
from align.encoders.base import Encoder, Vectors, encoder_for, for_profiles
from align.encoders.lexicon import get_lexicon
from align.pairing.distinctive import Vocabulary
from align.pairing.grouping import Edge
from align.pairing.profiles import Profile, encode_documents, restored
from align.pairing.stretches import Side, Stretch, stretches
from align.pairing.views import VIEWED_SENTENCES
from align.text.detection import without_addresses
from align.text.sentences import split_sentences

_MAX_SIZE = 4  # sentences on one side of a bead: enough to tell translations from others
_MAX_SENTENCES = 1_000  # of a document that are aligned; of a longer one a stretch
# Share of the words of the shorter side from which a bead is no translation but the same text.
_UNTRANSLATED = 0.6
_AT_ONCE = 512  # documents whose sentences are in memory together


@dataclass(frozen=True, slots=True)
class Verification:
    """What the alignment of two documents found.

    What was left untranslated counts nowhere.

    Attributes:
        coverage: share of the characters of the source and of the target in beads, each as far as it is trusted.
        word_coverages: weighted share of the words of the source and of the target that are translated in their beads,
            each as far as it is trusted; words that many documents of the batch have weigh little.
        sentences: sentences in such beads, on the side that has less of them.
    """

    coverage: tuple[float, float]
    word_coverages: tuple[float, float]
    sentences: float

    @property
    def word_coverage(self) -> float:
        """The word coverage of both sides in one number."""
        return sum(self.word_coverages) / 2

    @property
    def swapped(self) -> Verification:
        """The same with the sides exchanged."""
        return Verification(self.coverage[::-1], self.word_coverages[::-1], self.sentences)

    def of_shares(self, source: float, target: float) -> Verification:
        """The same of documents of which what was aligned stands for these shares: nothing covers the rest."""
        shares = source, target
        coverage, words = (
            (values[0] * shares[0], values[1] * shares[1]) for values in (self.coverage, self.word_coverages)
        )
        return Verification(coverage, words, self.sentences)


class SummedOverlaps:
    """The vectors of overlaps as sums of those of the sentences, longer ones counting more.

    Not what the encoder gives for the overlap itself (cosine about .94), but free, and good enough for a yes or no.
    """

    max_size = _MAX_SIZE

    def __init__(self, singles: Vectors, lengths: NDArray[np.float32]) -> None:
        self._singles = singles
        self._weighted = singles * np.sqrt(lengths)[:, None]

    @property
    def dimension(self) -> int:
        return int(self._singles.shape[1])

    def __len__(self) -> int:
        return len(self._singles)

    def singles(self) -> Vectors:
        return self._singles

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """As `align.encoders.base.Overlaps.vectors`."""
        sizes = self.max_size if max_size is None else max_size
        out = np.zeros((sizes, stop - start, self.dimension), np.float32)
        for before in range(sizes):
            out[before] = out[before - 1]  # of nothing the first time
            first = min(max(start, before), stop)
            out[before, first - start :] += self._weighted[first - before : stop - before]
            out[before, : first - start] = 0
        length = np.sqrt(np.einsum("kij,kij->ki", out, out))
        out /= np.maximum(length, 1e-9)[..., None]
        return out


def verify_pairs(
    edges: Iterable[Edge],
    profiles: Sequence[Profile],
    encoder: Encoder,
    progress: Advance,
    vocabulary: Vocabulary | None = None,
) -> Iterator[tuple[Edge, Verification]]:
    """Aligns the sentences of these pairs of documents; `progress` is called with the number done.

    Each pair is verified with the encoder for its languages: of long documents the stretches that may answer each other
    (`align.pairing.stretches`). Documents without a sentence are passed over. `vocabulary` is that of the whole batch,
    where the profiles are not all of it.
    """
    ready: dict[_Key, _Sentences] = {}
    vocabulary = vocabulary or Vocabulary.of(profiles)
    alone = for_profiles(encoder)
    done = 0
    for chunk in _chunks(edges):
        encoders = {edge: encoder_for(encoder, *(profiles[i].language for i in edge)) for edge in chunk}
        split = {i: _split_sentences(profiles[i]) for i in sorted({i for edge in chunk for i in edge})}
        parts = {
            (a, b): _stretches((a, b), profiles, split, None if own is alone else own.name)
            for (a, b), own in encoders.items()
        }
        ready = _prepared(encoders, parts, profiles, split, alone, ready)
        for edge in chunk:
            done += 1
            progress(done)
            sides = [ready[_key(encoders[edge], *part)] for part in zip(edge, parts[edge], strict=True)]
            if not all(side.texts for side in sides):
                continue
            shares = [part.share for part in parts[edge]]
            swapped = _swapped(edge, profiles)  # the same result whatever the order of the batch
            if swapped:
                sides, shares = sides[::-1], shares[::-1]
            weights = weights_of(encoders[edge], [side.language for side in sides])
            with one_blas_thread():  # the products are small: more threads would only wait for each other
                found = _verify(sides[0], sides[1], vocabulary, weights).of_shares(shares[0], shares[1])
            yield edge, found.swapped if swapped else found


_Key = tuple[str, int, int, int]
"""An encoder's name, a document, and the blocks of it that are verified: the first, and the one behind the last."""


def _key(encoder: Encoder, document: int, part: Stretch) -> _Key:
    return encoder.name, document, part.first, part.last


def _swapped(edge: Edge, profiles: Sequence[Profile]) -> bool:
    return profiles[edge[1]].id < profiles[edge[0]].id


def _stretches(
    edge: Edge, profiles: Sequence[Profile], split: Mapping[int, list[list[str]]], view: str | None
) -> tuple[Stretch, Stretch]:
    """What of two documents is verified."""
    most = _MAX_SENTENCES if view is None else VIEWED_SENTENCES
    counts = [[len(block) for block in split[i]] for i in edge]
    if max(map(sum, counts)) <= most:
        return Stretch(0, len(counts[0])), Stretch(0, len(counts[1]))
    sides = [
        Side(profiles[i].vectors_by(view), profiles[i].block_weights, count)
        for i, count in zip(edge, counts, strict=True)
    ]
    with one_blas_thread():
        if _swapped(edge, profiles):
            return stretches(sides[1], sides[0], most)[::-1]
        return stretches(sides[0], sides[1], most)


def _prepared(
    encoders: Mapping[Edge, Encoder],
    parts: Mapping[Edge, tuple[Stretch, Stretch]],
    profiles: Sequence[Profile],
    split: Mapping[int, list[list[str]]],
    alone: Encoder,
    before: Mapping[_Key, _Sentences],
) -> dict[_Key, _Sentences]:
    """The sentences of all documents of these pairs by each encoder that a pair needs; those made `before` again.

    `alone` is the encoder of the profiles, whose vectors are at hand.
    """
    needed: dict[str, set[_Key]] = defaultdict(set)
    for edge, encoder in encoders.items():
        needed[encoder.name].update(_key(encoder, *part) for part in zip(edge, parts[edge], strict=True))
    ready: dict[_Key, _Sentences] = {}
    for name, encoder in {encoder.name: encoder for encoder in encoders.values()}.items():
        keys = sorted(needed[name])
        ready |= {key: before[key] for key in keys if key in before}
        new = [key for key in keys if key not in before]
        texts = [[text for block in split[i][first:last] for text in block] for _, i, first, last in new]
        own = [profiles[i] for _, i, _, _ in new]
        found = _encode_sentences(own, texts, encoder, None if encoder is alone else encoder.name)
        ready |= dict(zip(new, found, strict=True))
    return ready


def _chunks(edges: Iterable[Edge]) -> Iterator[list[Edge]]:
    """The pairs in chunks of at most `_AT_ONCE` documents, what hangs together one after the other."""
    chunk: list[Edge] = []
    inside: set[int] = set()
    for edge in _connected(sorted(edges)):
        if len(inside.union(edge)) > _AT_ONCE:
            yield chunk
            chunk, inside = [], set()
        chunk.append(edge)
        inside.update(edge)
    if chunk:
        yield chunk


def _connected(edges: Sequence[Edge]) -> Iterator[Edge]:
    """The pairs component by component of the graph that they make."""
    of: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        for document in edge:
            of[document].append(edge)
    seen: set[Edge] = set()
    for edge in edges:
        waiting = [edge]
        while waiting:
            if (found := waiting.pop()) not in seen:
                seen.add(found)
                yield found
                waiting += [near for document in found for near in of[document] if near not in seen]


@dataclass(frozen=True, slots=True, eq=False)
class _Sentences:
    """The sentences of a document; `words` are their pieces less those of addresses and numbers."""

    language: str
    texts: list[str]
    pieces: list[Ints32]
    words: list[Ints32]
    vectors: Vectors


def _encode_sentences(
    profiles: Sequence[Profile], texts: Sequence[list[str]], encoder: Encoder, view: str | None
) -> list[_Sentences]:
    """These sentences of these documents.

    Encoded already are those that are blocks of their own, or those of a `view` of that name.
    """
    known = [_at_hand(profile, view) for profile in profiles]
    new = [[text for text in own if text not in before] for own, before in zip(texts, known, strict=True)]
    encoded = encode_documents(encoder, new, [profile.language for profile in profiles])
    everything = [text for own in texts for text in own]
    of_texts = get_lexicon().ids(everything)
    pieces, words = iter(of_texts), iter(_words(everything, of_texts))
    out = []
    for profile, own, before, more, vectors in zip(profiles, texts, known, new, encoded, strict=True):
        before |= dict(zip(more, vectors, strict=True))
        stacked = np.array([before[text] for text in own], np.float32).reshape(len(own), encoder.dimension)
        size = len(own)
        out.append(
            _Sentences(profile.language, own, list(islice(pieces, size)), list(islice(words, size)), stacked)
        )
    return out


def _at_hand(profile: Profile, view: str | None) -> dict[str, Vectors]:
    """The vectors of texts that are known: those of the blocks, or those of a view."""
    if view is None:
        return dict(zip(profile.texts, profile.block_vectors, strict=True))
    if not (found := profile.views[view].sentences if view in profile.views else {}):
        return {}
    return dict(zip(found, restored(np.array(list(found.values()))), strict=True))


def _words(texts: Sequence[str], pieces: Sequence[Ints32]) -> list[Ints32]:
    """The pieces of these texts less those of addresses and numbers."""
    words = list(pieces)
    bare = {k: words_only for k, text in enumerate(texts) if (words_only := without_addresses(text)) != text}
    for k, ids in zip(bare, get_lexicon().ids(list(bare.values())), strict=True):
        words[k] = ids
    return words


def _split_sentences(profile: Profile) -> list[list[str]]:
    """The sentences of each block of a document."""
    language = profile.language or None
    return [[text[a:b] for a, b in split_sentences(text, language)] for text in profile.texts]


def _verify(source: _Sentences, target: _Sentences, vocabulary: Vocabulary, weights: Weights) -> Verification:
    """Aligns two documents, and sums up how much of either is covered and translated."""
    from align.alignment.features.units import Text
    from align.alignment.model import load_model
    from align.alignment.windows import TextPair, solve_long

    lengths = [np.array([max(1, len(ids)) for ids in side.pieces], np.float32) for side in (source, target)]
    left, right = (
        Text(side.texts, SummedOverlaps(side.vectors, length), side.pieces)
        for side, length in zip((source, target), lengths, strict=True)
    )
    model = load_model("sentence", weights)
    found = solve_long(TextPair.of(left, right, _MAX_SIZE, get_lexicon(), by_signs=model.by_signs), model)
    here, there = _Covered(source, vocabulary), _Covered(target, vocabulary)
    columns = (found.i, found.m, found.j, found.n, found.confidence)
    for i, m, j, n, confidence in zip(*(column.tolist() for column in columns), strict=True):
        own, other = here.side(i, m), there.side(j, n)
        if m and n:
            if _untranslated(source.words[i : i + m], target.words[j : j + n]):
                continue
            translated = vocabulary.translated(own.pieces, other.pieces)
            here.cover(own, translated[0], confidence)
            there.cover(other, translated[1], confidence)
        here.add(own)
        there.add(other)
    return Verification(
        (here.covered / max(here.length, 1), there.covered / max(there.length, 1)),
        (here.translated / max(here.weight, 1e-9), there.translated / max(there.weight, 1e-9)),
        min(here.sentences, there.sentences),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _BeadSide:
    """The sentences of one side of a bead."""

    pieces: Ints32
    weights: Floats
    length: int
    count: int


class _Covered:
    """How much text one side has, and how much of it is in beads and translated there, summed up bead by bead."""

    def __init__(self, side: _Sentences, vocabulary: Vocabulary) -> None:
        self._pieces = np.concatenate([*side.pieces, np.zeros(0, np.int32)])
        self._weights = vocabulary.weights(self._pieces, side.language)
        self._ends = np.cumsum([0, *map(len, side.pieces)]).tolist()
        self._places = np.cumsum([0, *map(len, side.texts)]).tolist()
        self.length = self.weight = self.covered = self.translated = self.sentences = 0.0

    def side(self, first: int, size: int) -> _BeadSide:
        own = slice(self._ends[first], self._ends[first + size])
        length = self._places[first + size] - self._places[first]
        return _BeadSide(self._pieces[own], self._weights[own], length, size)

    def add(self, side: _BeadSide) -> None:
        self.length += side.length
        self.weight += float(side.weights.sum())

    def cover(self, side: _BeadSide, translated: Vectors, confidence: float) -> None:
        self.covered += confidence * side.length
        self.sentences += confidence * side.count
        self.translated += confidence * float(np.einsum("i,i->", side.weights, translated))


def _untranslated(source: Sequence[Ints32], target: Sequence[Ints32]) -> bool:
    """Whether the sides of a bead say nearly the same in the same words: a licence or a command is no translation.

    An address that a translation keeps, as it should, says nothing about the words around it.
    """
    own, other = np.unique(np.concatenate(source)), np.unique(np.concatenate(target))
    same = len(np.intersect1d(own, other, assume_unique=True))
    least = min(len(own), len(other))
    return not least or same > _UNTRANSLATED * least
