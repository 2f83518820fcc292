"""Batches of articles that have everything in them that deduplication meets, generated."""

from __future__ import annotations

import json
import random
from pathlib import Path

WORDS = [
    f"{a}{b}{c}" for a in "bdfglmnprst" for b in ("a", "e", "i", "o", "u") for c in ("n", "r", "st", "l", "")
]


def article(draw: random.Random, words: int = 120) -> str:
    """A text of lines of words."""
    drawn = [draw.choice(WORDS) for _ in range(words)]
    return "\n".join(" ".join(drawn[at : at + 12]) + "." for at in range(0, words, 12))


def edited(draw: random.Random, text: str, times: int) -> str:
    """The text with some of its words replaced."""
    words = text.split(" ")
    for _ in range(times):
        words[draw.randrange(len(words))] = draw.choice(WORDS)
    return " ".join(words)


def write_batch(folder: Path, *, seed: int = 1, documents: int = 240, files: int = 3) -> Path:
    """Rows of several files: near and identical ones, repeats, ids that come again, and what cannot be used."""
    draw = random.Random(seed)
    texts: list[str] = []
    for _ in range(documents):
        luck = draw.random()
        if texts and luck < 0.15:
            texts.append(draw.choice(texts))
        elif texts and luck < 0.45:
            texts.append(edited(draw, draw.choice(texts), draw.randrange(1, 9)))
        elif luck < 0.5:
            passage = article(draw, 72)
            texts.append(f"{passage}\n{article(draw, 36)}\n{passage}")
        else:
            texts.append(article(draw))
    texts += [
        "",
        "  ",
        "word",
        "...",
        "a few words only",
        "&amp;&#8211; of entities &eacute; &amp; so on " * 8,
    ]
    folder.mkdir(parents=True, exist_ok=True)
    part = -(-len(texts) // files)
    for number in range(files):
        rows = [
            {"id": _id(draw, number, place), "text": _framed(draw, text), "language": "en" if place % 3 else None,
             "date": f"20{10 + place % 9}-01-0{1 + place % 5}" if place % 7 else "not a date",
             "site": draw.choice(["wire", "blog", "paper"])}
            for place, text in enumerate(texts[number * part : (number + 1) * part])
        ]  # fmt: skip
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        if number == 1:
            lines.insert(3, '{"id": "broken", "text": ')
        (folder / f"part{number}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "page.txt").write_text(texts[0], encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    return folder


FRAME = (
    "Home",
    "News",
    "",
    "Share this with everybody whom you know and trust",
    "All rights reserved by the wire",
)


def _framed(draw: random.Random, text: str) -> str:
    """Some of the texts as a page has them, with what stands on every page."""
    if draw.random() > 0.3 or not text.strip():
        return text
    lines = text.split("\n")
    middle = ["Read also what others have said of this long ago"] if draw.random() < 0.5 else []
    return "\n".join([*FRAME[:3], *lines[:3], *middle, *lines[3:], *FRAME[3:]])


def _id(draw: random.Random, file: int, place: int) -> str:
    """Mostly its own; some come again in the file or in another, and some look like names made for these."""
    match draw.randrange(12):
        case 0:
            return f"same{draw.randrange(8)}"
        case 1:
            return f"same{draw.randrange(8)}#2"
        case 2:
            return f"part0.jsonl:same{draw.randrange(4)}"
        case _:
            return f"doc{place:04d}-{file}"
