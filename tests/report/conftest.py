"""A run made from the sample articles, and one whose every text tries to break out of the page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from align.corpus.folder import CorpusFolder
from align.document import format_position
from align.formats.beads import BeadRow
from align.text.sentences import split_sentences

from ..run_builder import Pair, make_run

NAMES = {"000_c526307fd2420ecf.txt": "en", "001_d945e63c1141dd87.txt": "zh", "002_0a687ad9dad331a4.txt": "en"}
EVIL = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> & \"q\" 'a' ]]> \u202e"


def units(text: str, language: str, level: str) -> list[tuple[str, str]]:
    """Positions and texts."""
    found = []
    for index, line in enumerate(line for line in text.split("\n") if line.strip()):
        if level == "paragraph":
            found.append((format_position(index), line.strip()))
        else:
            spans = split_sentences(line, language)
            found += [
                (format_position(index, i), line[start:end].strip()) for i, (start, end) in enumerate(spans)
            ]
    return found


def make_beads(left: list[tuple[str, str]], right: list[tuple[str, str]]) -> Iterator[BeadRow]:
    """Beads in order with all kinds of types and confidences; not an alignment, but it looks like one."""
    rng = random.Random(7)
    i = j = number = 0
    while i < len(left) or j < len(right):
        m, n = rng.choice([(1, 1)] * 8 + [(1, 0), (0, 1), (1, 2), (2, 1)])
        s, t = left[i : i + m], right[j : j + n]
        i, j = i + m, j + n
        if s or t:
            yield BeadRow(
                bead=number,
                type=f"{len(s)}-{len(t)}",
                source_positions=tuple(position for position, _ in s),
                target_positions=tuple(position for position, _ in t),
                confidence=round(1 - rng.random() ** 3, 4),
                source=" ".join(text for _, text in s),
                target="".join(text for _, text in t),
            )
            number += 1


@pytest.fixture(scope="session")
def documents(seeds: Path) -> dict[str, tuple[str, str]]:
    return {name: (language, (seeds / name).read_text("utf-8")) for name, language in NAMES.items()}


@pytest.fixture
def run(tmp_path: Path, documents: dict[str, tuple[str, str]]) -> CorpusFolder:
    return article_run(tmp_path / "out", documents)


def article_run(folder: Path, documents: dict[str, tuple[str, str]]) -> CorpusFolder:
    """Two articles paired, one left over, a near-duplicate of the first, and a file that could not be read."""
    first, second, third = documents
    both = {
        level: list(
            make_beads(units(documents[first][1], "en", level), units(documents[second][1], "zh", level))
        )
        for level in ("sentence", "paragraph")
    }
    copy = documents[first][1].replace("giants", "big companies")
    return make_run(
        folder,
        {**documents, "copy of/000.txt": ("en", copy), "same.txt": documents[third]},
        [Pair(first, second, both)],
        duplicates=[(first, "copy of/000.txt", 0.871, "near"), (third, "same.txt", 1.0, "identical")],
        repeats=[(third, 10, 14, 110, 114, 5, 0.98, "cut")],
        failed={"broken.bin": "not a text"},
    )


@pytest.fixture
def evil_run(tmp_path: Path) -> CorpusFolder:
    """A run whose ids, texts, languages and reasons try to be markup."""
    rows = [
        BeadRow(0, "1-1", ("p0s0",), ("p0s0",), 0.4, EVIL, EVIL[::-1]),
        BeadRow(1, "1-0", ("p0s1",), (), 0.9, EVIL, ""),
        BeadRow(2, "0-1", (), ("p0s1",), 0.9, "", "</script>"),
    ]
    one, other, third = f"a{EVIL}", "b</title><script>document.title='owned'</script>", "c%2e%2e'\"#?x"
    return make_run(
        tmp_path / "<b>evil",
        {one: ("en", EVIL), other: ("zh", EVIL + "\n" + EVIL), third: ("<i>", EVIL)},
        [Pair(one, other, {"sentence": rows, "paragraph": rows}), Pair(third, other, {"sentence": rows})],
        duplicates=[(one, third, 0.8, "near")],
        repeats=[(one, 0, 0, 1, 1, 1, 1.0, EVIL)],
        failed={f"f{EVIL}": EVIL},
    )
