"""Batches that the weights of the pairing are learned from, harder than the gold sets are themselves."""

from __future__ import annotations

import ast
import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from align.document import Document, Paragraph, join_texts
from align.text.clean import clean
from align.text.detection import detect_document
from align.text.sentences import split_sentences

_GoldBead = list[list[int]]  # the lines of each side


@dataclass(slots=True)
class PairBatch:
    """Documents, which article each is a version of, and which part of it each holds (shares of its length)."""

    name: str
    documents: list[Document]
    article: dict[str, str]
    part: dict[str, tuple[float, float]]

    def label(self, a: str, b: str) -> int | None:
        """1 for translations, 0 for none, None where too little is common to say."""
        if self.article[a] != self.article[b]:
            return 0
        (p, q), (r, s) = self.part[a], self.part[b]
        common = min(q, s) - max(p, r)
        if common <= 0:
            return 0
        return 1 if common >= 0.4 * min(q - p, s - r) else None


def _document(id: str, language: str | None, texts: list[str]) -> Document:
    kept = [text for text in texts if text.strip()]
    return Document(id, tuple(Paragraph(t, i, i, i, language) for i, t in enumerate(kept)), language)


def manual_batch(folder: Path) -> PairBatch:
    """The documents of a set that ``scripts/make_manual_pairs`` made, in any format."""
    from align.evaluation.pairs import read_documents, read_gold

    documents = sorted(read_documents(folder / "pairs" / "docs"), key=lambda document: document.id)
    article = {d.id: d.id for d in documents}
    for a, b in sorted(read_gold(folder / "pairs" / "gold.tsv")):
        names = article[a], article[b]
        article = {id: min(names) if name in names else name for id, name in article.items()}
    return PairBatch(folder.name, documents, article, {d.id: (0.0, 1.0) for d in documents})


def gold_batch(folder: Path) -> PairBatch:
    """The documents of ``pairs/`` as they are; the article of a document is its set of versions."""
    documents = [
        detect_document(Document.from_text(path.name, clean(path.read_text("utf-8"))))
        for path in sorted((folder / "pairs" / "docs").iterdir())
    ]
    article = {d.id: d.id for d in documents}
    for line in (folder / "pairs" / "gold.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            a, b = (article[id] for id in line.split("\t")[:2])
            article = {id: min(a, b) if name in (a, b) else name for id, name in article.items()}
    return PairBatch("pairs", documents, article, {d.id: (0.0, 1.0) for d in documents})


def disturbed(batch: PairBatch, name: str, rng: random.Random) -> PairBatch:
    """The same articles cut, wrapped, with other paragraphs and with near-duplicates."""
    pool: dict[str | None, list[str]] = {}
    for found in batch.documents:
        pool.setdefault(found.language, []).extend(p.text for p in found.paragraphs)
    out = PairBatch(name, [], {}, {})
    for found in batch.documents:
        texts = [p.text for p in found.paragraphs]
        stretch = (0.0, 1.0)
        if rng.random() < 0.3 and len(texts) > 6:
            texts, stretch = _cut(texts, rng)
        for copy in ("", "+") if rng.random() < 0.12 else ("",):
            own = [text for text in texts if not copy or rng.random() > 0.1]
            if rng.random() < 0.4:
                own = _wrapped(own, pool[found.language], rng)
            own = _other_paragraphs(own, found.language, rng)
            out.documents.append(_document(found.id + copy, found.language, own))
            out.article[found.id + copy], out.part[found.id + copy] = batch.article[found.id], stretch
    return out


def crowded(batch: PairBatch, folder: Path, rng: random.Random) -> PairBatch:
    """The same articles, many without their English version, among English pages of the same manuals.

    None of these pages is a version of an article: hardly any of its shingles stands in the English versions, which
    all articles have.
    """
    own = {
        s
        for d in batch.documents
        if d.language == "en"
        for s in _shingles(join_texts(p.text for p in d.paragraphs))
    }
    out = PairBatch("pairs, crowded", [], dict(batch.article), dict(batch.part))
    out.documents += [d for d in batch.documents if d.language != "en" or rng.random() < 0.4]
    with gzip.open(folder / "near-duplicates" / "docs.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            shingles = _shingles(row["text"])
            found = detect_document(Document.from_text(row["id"], clean(row["text"])))
            if found.language == "en" and len(shingles & own) < 0.03 * len(shingles):
                out.documents.append(found)
                out.article[found.id], out.part[found.id] = found.id, (0.0, 1.0)
    return out


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def _cut(texts: list[str], rng: random.Random) -> tuple[list[str], tuple[float, float]]:
    count = rng.randint(3, len(texts))
    start = rng.randint(0, len(texts) - count)
    at = np.cumsum([0, *map(len, texts)]) / max(1, sum(map(len, texts)))
    return texts[start : start + count], (float(at[start]), float(at[start + count]))


def _wrapped(texts: list[str], pool: list[str], rng: random.Random) -> list[str]:
    """Up to as much again of other documents' paragraphs before and behind, as web pages have."""
    extra = [rng.choice(pool) for _ in range(rng.randint(1, max(1, len(texts) // 2)))]
    split = rng.randint(0, len(extra))
    return extra[:split] + texts + extra[split:]


def _other_paragraphs(texts: list[str], language: str | None, rng: random.Random) -> list[str]:
    way = rng.random()
    if way < 0.15:
        return [join_texts(texts)]
    if way < 0.3:
        return [text[a:b] for text in texts for a, b in split_sentences(text, language)]
    return _grouped(texts, 4, rng) if way < 0.5 else texts


def _grouped(texts: list[str], most: int, rng: random.Random) -> list[str]:
    out, start = [], 0
    while start < len(texts):
        stop = start + rng.randint(1, most)
        out.append(join_texts(texts[start:stop]))
        start = stop
    return out


def pieces_batch(folder: Path, rng: random.Random, least: int = 6, most: int = 80) -> PairBatch:
    """A parallel text in sentences, cut into consecutive documents; a quarter of the translations hold only a part."""
    out = PairBatch(folder.name, [], {}, {})
    for path, sides, beads in _parallel_texts(folder):
        start = 0
        while start < len(beads) and len(out.documents) < 120:
            count = int(np.exp(rng.uniform(np.log(least), np.log(most))))
            own = theirs = beads[start : start + count]
            stretch = (0.0, 1.0)
            if rng.random() < 0.25 and len(own) > 8:
                cut = rng.randint(0, len(own) // 2)
                theirs = own[cut : cut + max(4, len(own) // rng.randint(2, 4))]
                stretch = (cut / len(own), (cut + len(theirs)) / len(own))
            _add_versions(out, f"{path.stem}/{start // 400}/{start}", sides, (own, theirs), stretch, rng)
            start += count
    return out


def framed_batch(folder: Path, rng: random.Random) -> PairBatch:
    """Short pieces of a parallel text, a dozen at a time inside the same translated frame: pages of one template."""
    out = PairBatch(f"{folder.name}, framed", [], {}, {})
    for path, sides, beads in _parallel_texts(folder):
        start = last = len(beads) // 3  # the frames are from before that
        frame: list[_GoldBead] = []
        while start < len(beads) and len(out.documents) < 160:
            if not frame or start > last:
                first, last = rng.randrange(len(beads) // 3), start + 120
                frame = beads[first : first + rng.randint(4, 30)]
            count, at = rng.randint(3, 18), rng.randint(0, len(frame))
            whole = frame[:at] + beads[start : start + count] + frame[at:]
            article = f"{path.stem}/{start // 400}/framed {start}"
            _add_versions(out, article, sides, (whole, whole), (0.0, 1.0), rng)
            start += count
    return out


def _parallel_texts(folder: Path) -> Iterator[tuple[Path, list[list[str]], list[_GoldBead]]]:
    """Each text of a gold folder: where it is, the lines of both sides, and its beads."""
    for path in sorted(folder.glob("*.gold")):
        sides = [path.with_suffix(f".{side}.txt").read_text("utf-8").splitlines() for side in ("src", "tgt")]
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        yield path, sides, [[ast.literal_eval(side) for side in line.split(":")[:2]] for line in lines]


def _add_versions(
    out: PairBatch,
    place: str,
    sides: list[list[str]],
    parts: tuple[list[_GoldBead], list[_GoldBead]],
    stretch: tuple[float, float],
    rng: random.Random,
) -> None:
    """Adds both versions of one article, given by their beads; `stretch` is what the second one holds."""
    name = out.name.partition(",")[0]
    article = f"{name}/{place}"
    languages = name.rpartition(".")[2].split("-")
    for side, (language, part, held) in enumerate(zip(languages, parts, ((0.0, 1.0), stretch), strict=True)):
        lines = [sides[side][i] for bead in part for i in bead[side]]
        texts = _grouped(lines, rng.choice([1, 2, 4, 8, 1000]), rng)
        found = _document(f"{article}.{language}", language, texts)
        out.documents.append(found)
        out.article[found.id], out.part[found.id] = article, held
