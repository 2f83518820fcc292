"""What an encoder of many languages sees of documents: a cheap sketch of each, and a view of those worth comparing.

The encoder of the profiles is fast and knows few languages. Where a pair needs another one (`encoder_for`), candidates
are found by sketches, which cost about 128 tokens a document however long it is, and compared by views: the vectors of
its sentences, and those of its blocks made from them, so that each sentence is encoded once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import chain, combinations, islice

import numpy as np

from align._internal.parallel import groups
from align._internal.progress import Advance, Progress
from align.encoders.base import Encoder, Vectors, encoder_for, for_profiles
from align.pairing.candidates import Sketches
from align.pairing.profiles import Profile, View, encode_documents, quantise
from align.pairing.sketches import KeptSketches
from align.pairing.titles import body_of, title_of
from align.pairing.vectors import normalised
from align.text.sentences import split_sentences

_PLACES = 4  # paragraphs of a document whose beginnings are in its sketch, beside its title
_BEGINNING = 80  # characters of each, about 20 tokens
_BEGINNING_UNSPACED = 30  # the same of Chinese, where a character is about a word
VIEWED_SENTENCES = (
    150  # of a document whose every sentence is encoded; of a longer one each block by its first
)
_AT_ONCE = 2048  # texts handed to the encoder together


Others = dict[str, tuple[Encoder, set[tuple[str, str]]]]
"""Encoders other than that of the profiles, by name, each with the pairs of languages that need it."""


def other_encoders(encoder: Encoder, languages: Iterable[str]) -> Others:
    """The encoders that pairs of these languages need besides that of the profiles."""
    alone = for_profiles(encoder)
    found: Others = {}
    for pair in combinations(sorted(set(languages) - {""}), 2):
        chosen = encoder_for(encoder, *pair)
        if chosen is not alone:
            found.setdefault(chosen.name, (chosen, set()))[1].add(pair)
    return found


def languages_of(profiles: Sequence[Profile], edge: tuple[int, int]) -> tuple[str, str]:
    """The languages of two documents, sorted."""
    a, b = (profiles[i].language for i in edge)
    return (a, b) if a < b else (b, a)


def sketch_texts(texts: Sequence[str]) -> list[str]:
    """The title of a document and how some of its paragraphs begin, spread over its whole length."""
    body = body_of(texts)
    places = np.linspace(0, len(body) - 1, _PLACES).round().astype(int) if body else ()
    return [_beginning(title_of(texts)), *(_beginning(body[k]) for k in dict.fromkeys(places))]


def add_sketches(profiles: Sequence[Profile], encoder: Encoder, progress: Advance) -> None:
    """Adds the sketch by this encoder to documents without: of unit length or zero, the mean of its `sketch_texts`."""
    pending = [profile for profile in profiles if encoder.name not in profile.sketches]
    for group in groups(np.full(len(pending), 1 + _PLACES), _AT_ONCE):
        some = pending[group]
        texts = [sketch_texts(profile.texts) for profile in some]
        encoded = encode_documents(encoder, texts, [profile.language for profile in some])
        for profile, vectors in zip(some, encoded, strict=True):
            profile.sketches[encoder.name] = normalised(vectors.sum(0)).astype(np.float16)
        progress(group.stop)


def make_sketches(
    profiles: Sequence[Profile], others: Others, report: Progress, kept: KeptSketches | None = None
) -> list[Sketches]:
    """The sketches of all documents by each encoder that some of their languages need; those `kept` are not made."""
    found = []
    for encoder, pairs in others.values():
        if kept:
            kept.recall(profiles, encoder)
        new = [profile for profile in profiles if encoder.name not in profile.sketches]
        report("sketching", 0, len(new))
        add_sketches(new, encoder, partial(_tell, report, "sketching", len(new)))
        if kept:
            kept.note(new, encoder)
        vectors = np.array([profile.sketches[encoder.name] for profile in profiles])
        found.append(Sketches(vectors, pairs))
    return found


def view_candidates(
    profiles: Sequence[Profile], near: Collection[tuple[int, int]], others: Others, report: Progress
) -> None:
    """Lets each of the other encoders see the documents of the candidates that are for it."""
    for encoder, pairs in others.values():
        needed = {i for edge in near if languages_of(profiles, edge) in pairs for i in edge}
        some = [profiles[i] for i in sorted(needed)]
        report("encoding", 0, len(some))
        add_views(some, encoder, partial(_tell, report, "encoding", len(some)))


def _tell(report: Progress, step: str, total: int, done: int) -> None:
    report(step, done, total)


def _beginning(text: str) -> str:
    """The first characters of a text, fewer where each is a word."""
    wide = sum("\u2e80" <= character <= "\uffef" for character in text[:_BEGINNING])
    return text[: _BEGINNING_UNSPACED if 2 * wide > min(len(text), _BEGINNING) else _BEGINNING]


def add_views(profiles: Sequence[Profile], encoder: Encoder, progress: Advance) -> None:
    """Adds what the encoder sees of these documents where it is not there; `progress` is told how many are done."""
    pending = [profile for profile in profiles if encoder.name not in profile.views]
    for group in groups(np.array([len(profile.block_weights) for profile in pending], int), _AT_ONCE):
        some = pending[group]
        texts = [_sentences(profile) for profile in some]
        flat = [[sentence for block in blocks for sentence in block] for blocks in texts]
        encoded = encode_documents(encoder, flat, [profile.language for profile in some])
        for profile, blocks, vectors in zip(some, texts, encoded, strict=True):
            profile.add_view(encoder.name, _view(blocks, vectors))
        progress(group.stop)


def _sentences(profile: Profile) -> list[list[str]]:
    """The sentences of each block, in a long document the first of each."""
    blocks = [
        [text[a:b] for a, b in split_sentences(text, profile.language or None)] or [text]
        for text in profile.texts
    ]
    return blocks if sum(map(len, blocks)) <= VIEWED_SENTENCES else [block[:1] for block in blocks]


def _view(blocks: Sequence[Sequence[str]], vectors: Vectors) -> View:
    """The vectors of the blocks as sums of those of their sentences, longer ones counting more."""
    rows = iter(vectors)
    summed = np.zeros((len(blocks), vectors.shape[1]), np.float32)
    for k, block in enumerate(blocks):
        for text, row in zip(block, islice(rows, len(block)), strict=True):
            summed[k] += row * np.sqrt(np.float32(len(text)))
    return View(quantise(normalised(summed)), list(chain.from_iterable(blocks)), quantise(vectors))
