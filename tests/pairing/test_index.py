"""Earlier batches: found again, replaced, never half written."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from align.document import Document, Paragraph
from align.encoders import get_encoder
from align.errors import IndexFileError, SignatureError
from align.pairing import PairOptions, find_pairs
from align.pairing.index import PairIndex, compact_segments


class Counting:
    """The default encoder, with a count of what it was asked."""

    def __init__(self) -> None:
        self._inner = get_encoder("use")
        self.name, self.signature = self._inner.name, self._inner.signature
        self.dimension, self.languages = self._inner.dimension, self._inner.languages
        self.texts = 0

    def encode(self, texts):
        self.texts += len(texts)
        return self._inner.encode(texts)


@pytest.fixture(scope="module")
def articles(seeds: Path) -> list[Document]:
    return [Document.from_text(p.name[:3], p.read_text("utf-8")) for p in sorted(seeds.glob("*.txt"))]


def options(folder: Path, **more) -> PairOptions:
    return PairOptions(index=folder, **more)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.arrow"))


@pytest.mark.slow
def test_a_translation_that_arrives_later_finds_its_partner(articles: list[Document], tmp_path: Path) -> None:
    first = find_pairs([articles[1], articles[4]], options=options(tmp_path))
    assert not first.pairs
    later = find_pairs([articles[0], articles[2]], options=options(tmp_path))
    assert [(p.source, p.target) for p in later] == [("000", "001")]
    assert set(later.unpaired) == {"002"}
    together = find_pairs([articles[0], articles[1]]).pairs[0]
    assert later.pairs[0].source_coverage == pytest.approx(together.source_coverage, abs=0.01)
    last = find_pairs([articles[3]], options=options(tmp_path))
    assert not last.pairs
    assert len(segments(tmp_path)) == 3


def test_a_batch_that_comes_again_is_not_encoded_again(articles: list[Document], tmp_path: Path) -> None:
    first = find_pairs(articles[:3], options=options(tmp_path))
    encoder = Counting()
    again = find_pairs(articles[:3], options=options(tmp_path, encoder=encoder))
    assert encoder.texts == 0
    assert again.pairs == first.pairs
    assert len(segments(tmp_path)) == 1


def test_a_changed_document_replaces_its_earlier_self(articles: list[Document], tmp_path: Path) -> None:
    find_pairs([articles[1]], options=options(tmp_path))
    changed = Document("001", (Paragraph("今天的天气很好。", 0, 0, 0),))
    find_pairs([changed], options=options(tmp_path))
    assert not find_pairs([articles[0]], options=options(tmp_path)).pairs


@pytest.mark.slow
def test_nothing_is_added_on_request_or_when_writing_fails(
    articles: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_pairs(articles[:2], options=options(tmp_path, keep=False))
    assert not segments(tmp_path)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("pyarrow.ipc.new_file", killed)
        find_pairs(articles[:2], options=options(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["index.json"]


def test_an_index_of_another_encoder_is_refused(articles: list[Document], tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"format": 4, "encoder": "other"}))
    with pytest.raises(SignatureError, match="encoder 'other'"):
        find_pairs(articles[:1], options=options(tmp_path))


def test_a_damaged_segment_is_named(articles: list[Document], tmp_path: Path) -> None:
    find_pairs([articles[1]], options=options(tmp_path))
    (path,) = segments(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(IndexFileError, match=path.name):
        find_pairs([articles[0]], options=options(tmp_path))


def test_no_altered_bit_of_a_segment_goes_unseen(articles: list[Document], tmp_path: Path) -> None:
    find_pairs([articles[1]], options=options(tmp_path))
    (path,) = segments(tmp_path)
    whole, random = path.read_bytes(), Random(1)
    for _ in range(40):
        data = bytearray(whole)
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        path.write_bytes(data)
        with pytest.raises(IndexFileError, match=path.name):
            len(PairIndex(tmp_path, get_encoder("use").signature, 512).documents)
        with pytest.raises(IndexFileError, match=path.name):
            compact_segments(tmp_path, {"nobody"})
        assert path.read_bytes() == bytes(data)


def test_a_segment_of_an_older_version_is_read(articles: list[Document], tmp_path: Path) -> None:
    find_pairs([articles[1]], options=options(tmp_path))
    (path,) = segments(tmp_path)
    path.write_bytes(path.read_bytes()[:-12])  # they have no checksum behind them
    assert [p.target for p in find_pairs([articles[0]], options=options(tmp_path))] == ["001"]


def test_a_stray_file_does_no_harm(articles: list[Document], tmp_path: Path) -> None:
    (tmp_path / ".000000-half.arrow.xyz.part").write_bytes(b"half")
    assert find_pairs(articles[:2], options=options(tmp_path)).pairs
    assert not list(tmp_path.glob("*.part"))  # nobody is writing it


@pytest.mark.slow
def test_encoders_without_a_measured_baseline_get_it_from_the_batch(articles: list[Document]) -> None:
    encoder = Counting()
    encoder.name = "python:my:encoder"
    found = find_pairs(articles, options=PairOptions(encoder=encoder))
    assert [(p.source, p.target) for p in found] == [("000", "001")]


def test_vectors_that_all_lie_close_together_still_tell(articles: list[Document]) -> None:
    class Crowded(Counting):
        def encode(self, texts):
            vectors = super().encode(texts)
            vectors = np.concatenate([vectors, np.full((len(vectors), 1), 1.5, np.float32)], axis=1)
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    encoder = Crowded()
    encoder.name, encoder.dimension = "python:my:crowded", encoder.dimension + 1
    found = find_pairs(articles, options=PairOptions(encoder=encoder))
    assert [(p.source, p.target) for p in found] == [("000", "001")]


def test_the_latest_counts_whatever_was_removed(articles: list[Document], tmp_path: Path) -> None:
    for k in range(6):
        find_pairs(
            [Document.from_text("changing", f"This is text number {k}.", language="en")],
            options=options(tmp_path),
        )
        if k == 0:
            (first,) = segments(tmp_path)
    first.unlink()
    find_pairs([Document.from_text("changing", articles[0].text, language="en")], options=options(tmp_path))
    later = find_pairs([articles[1]], options=options(tmp_path))
    assert [(p.source, p.target) for p in later] == [("001", "changing")]
    assert [path.name[:6] for path in segments(tmp_path)] == [f"{n:06}" for n in range(1, 8)]
