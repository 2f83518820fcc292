"""What reviewers accepted teaches words, which later batches are aligned with."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from align.alignment import aligner
from align.alignment.associations import WordAssociations
from align.alignment.options import AlignOptions
from align.corpus.folder import CorpusFolder
from align.encoders.base import Vectors
from align.encoders.use.encoder import UseEncoder
from align.engines import local
from align.jobs.run import RunOptions, run
from align.jobs.words import ReviewedWords
from align.review.session import Review


class Foreign:
    """Knows no language by name, so that pairs are aligned with the weights of any other encoder."""

    name = "foreign"
    signature = "foreign-1"
    dimension = 512
    languages: frozenset[str] | None = frozenset()
    light = True

    def __init__(self) -> None:
        self._use = UseEncoder()

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._use.encode(texts)


GROWING = RunOptions(append=True, alignment=AlignOptions(encoder=Foreign()))


@pytest.fixture
def files(tmp_path: Path, english_german: tuple[list[str], list[str]]) -> list[Path]:
    """Two batches of four articles and their translations; ids of one language come first in one, last in the other."""
    made = []
    for batch, numbers in enumerate((range(4), range(4, 8))):
        file = tmp_path / f"{batch}.jsonl"
        names = ("a", "b") if batch == 0 else ("b", "a")
        rows = [
            {"id": f"{name}{n}", "text": "\n".join(sentences[n::10])}
            for name, sentences in zip(names, english_german, strict=True)
            for n in numbers
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        made.append(file)
    return made


def decide(corpus: Path, status: str) -> None:
    """A reviewer decides on all beads of all pairs alike."""
    review = Review(CorpusFolder(corpus), reviewer="ann")
    for pair in range(len(review.pairs)):
        for bead in review.view(pair, "sentence").rows():
            request = {"kind": "set", "id": bead.id, "values": {"status": ["open", status]}}
            review.act(pair, "sentence", request)
    review.close()


def contents(corpus: Path) -> dict[str, bytes]:
    files = (path for path in sorted(corpus.rglob("*")) if path.is_file() and "store" not in path.parts)
    unstable = (".lock", "review.sqlite", "review.sqlite-wal", "review.sqlite-shm")
    return {str(path.relative_to(corpus)): path.read_bytes() for path in files if path.name not in unstable}


def taught(corpus: Path) -> list[dict[str, int] | None]:
    return [batch.get("taught") for batch in CorpusFolder(corpus).batches]


def seen(monkeypatch: pytest.MonkeyPatch) -> list[WordAssociations | None]:
    """What the aligner is given of words, pair by pair."""
    given: list[WordAssociations | None] = []
    align = aligner.align_documents

    def listening(*pair: Any, known: Any = None, **options: Any) -> Any:
        given.append(known)
        return align(*pair, known=known, **options)

    monkeypatch.setattr(aligner, "align_documents", listening)
    return given


def test_accepted_beads_teach_the_words_of_later_pairs(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "corpus"
    known = seen(monkeypatch)
    run([files[0]], out, options=GROWING)
    assert known == [None] * 4
    decide(out, "accepted")
    run([files[1]], out, options=GROWING)
    assert taught(out) == [None, {"de-en": 32}]
    (words,) = {id(one): one for one in known[4:]}.values()
    assert words is not None
    assert len(known) == 8
    assert words.pairs == 32
    assert (
        words.together["fisch"]["fishe"] == 4
    )  # "a" was English, the first language of a new pair is German


@pytest.mark.parametrize("status", ["open", "rejected"])
def test_what_nobody_accepted_teaches_nothing(tmp_path: Path, files: list[Path], status: str) -> None:
    out = tmp_path / "corpus"
    run([files[0]], out, options=GROWING)
    if status != "open":
        decide(out, status)
    run([files[1]], out, options=GROWING)
    assert taught(out) == [None, None]


def test_an_encoder_that_knows_the_languages_is_taught_nothing(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "corpus"
    run([files[0]], out, options=RunOptions(append=True))
    decide(out, "accepted")
    known = seen(monkeypatch)
    run([files[1]], out, options=RunOptions(append=True))
    assert known == [None] * 4
    assert taught(out) == [None, None]


def test_no_more_is_counted_than_is_needed_and_the_latest_first(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "corpus"
    for file in files:
        run([file], out, options=GROWING)
        decide(out, "accepted")
    monkeypatch.setattr("align.jobs.words._ENOUGH", 20)
    corpus = CorpusFolder(out)
    words = ReviewedWords(corpus)
    found = words.of(corpus.pairs[0])
    assert found is not None
    assert words.taught == {"de-en": 20}
    (swapped,) = {id(one): one for one in (words.of(corpus.pairs[-1]),)}.values()
    assert swapped is not None
    later = [pair for pair in corpus.pairs if pair.source in {"a4", "a5", "a6"}]
    texts = [(b.source, b.target) for pair in later for b in corpus.beads(pair)][:20]
    assert swapped == WordAssociations.counted(texts)


def killed(corpus: Path, file: Path, at: int) -> None:
    """In a process of its own: adds a batch, and is killed when it is to align the n-th pair."""
    align, calls = local.align_one, [0]

    def dying(*task: Any) -> Any:
        calls[0] += 1
        if calls[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return align(*task)

    local.align_one = dying
    run([file], corpus, options=GROWING)
    os._exit(0)


@pytest.mark.slow
def test_killed_while_it_aligns_it_goes_on_with_the_same_words(tmp_path: Path, files: list[Path]) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for out in (whole, broken):
        run([files[0]], out, options=GROWING)
        decide(out, "accepted")
    run([files[1]], whole, options=GROWING)
    process = multiprocessing.get_context("fork").Process(target=killed, args=(broken, files[1], 3))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    run([files[1]], broken, options=GROWING)
    assert contents(broken) == contents(whole)
    assert taught(broken) == [None, {"de-en": 32}]
