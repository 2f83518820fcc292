"""Which lines make a paragraph: wrapped text, and what only looks like it."""

from __future__ import annotations

import pytest

from align.alignment.aligner import align_texts
from align.document import Document, paragraph_mode, split_paragraphs
from align.text.paragraphs import common_mode

WRAPPED = """The harbour office keeps a list of all boats that
stay longer than a night, and sends it on Monday.

Whoever wants a berth for the winter writes to the
office before the end of September, and pays half.
"""

LINES = {
    "verse": "The moon is thin,\nthe night is long,\n\nI close the book,\nI dim the light,\n",
    "long verse": "The river runs between the sleeping hills,\nAnd carries down the lanterns of the town;\n\n"
    "The moon has laid a ladder on the stream,\nAnd no one climbs it but the evening wind;\n",
    "verse of one width": "床前明月光，\n疑是地上霜。\n\n举头望明月，\n低头思故乡。\n",
    "unmarked verse": "Over the hills and over the sea\nWanders a shadow nobody knows\n"
    "Calling a name that used to be me\n"
    "\nUnder the bridge the river is slow\nUnder the stars the houses are near\nNobody asks me which way to go\n",
    "address": "Lindqvist & Sons\n12 Harbour Street\n2100 Copenhagen\n\nOkafor Ltd.\n7 Mill Lane\nLeeds LS1 4AB\n",
    "table": "| Month | Visitors |\n|---|---|\n| January | 1,200 |\n\n| Month | Boats |\n|---|---|\n| May | 90 |\n",
    "bullets": "- open the valve\n- wait for ten seconds\n- close the valve\n\n- wash the filter\n- dry it\n",
    "clauses": "5.1. The goods are free of defects.\n5.2. Claims are made in writing.\n\n"
    "6.1. The law of Norway applies.\n6.2. Changes are made in writing.\n",
    "chinese clauses": "5.1 供方保证货物在二十四个月内无缺陷。\n5.2 索赔须以书面形式提出。\n\n"
    "第六条 最后条款\n6.1 本协议受新加坡法律管辖。\n",
    "arabic bullets": "• افتح الصمام\n• انتظر عشر ثوان\n\n• أغلق الصمام\n• اغسل المرشح\n",
}


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_lines_that_nobody_wrapped_stay_lines(text: str) -> None:
    wanted = [line.strip() for line in text.split("\n") if line.strip()]
    assert [p.text for p in split_paragraphs(text)] == wanted
    # and between wrapped paragraphs as well
    inside = [p.text for p in split_paragraphs(f"{WRAPPED}\n{text}\n{WRAPPED}")]
    assert inside == [*(p.text for p in split_paragraphs(WRAPPED)), *wanted, *inside[:2]]


WRAPPED_TEXTS = {
    "english": WRAPPED,
    "hand-wrapped": "It was late when the last boat came in and\nthe man at the gate had already put out his\nlamp, "
    "so that nobody saw\nwho was on it.\n\nIn the morning it was gone, and all that was\nleft was a rope.\n",
    "german": "Das Hafenamt führt eine Liste aller Boote, die\nlänger als eine Nacht bleiben, und schickt sie am\n"
    "Montag weiter.\n\nWer im Winter einen Platz will, schreibt dem Amt\nvor Ende September.\n",
    "chinese": "港务局保存着一份停留超过一晚的所有船\n只的名单，并在星期一寄出。\n\n"
    "想要在冬天停泊的人，须在九月底之前写\n信给港务局，并支付一半费用。\n",
    "capitals": "THE SOFTWARE IS PROVIDED AS IS, WITHOUT ANY\nWARRANTY OF ANY KIND, NEITHER EXPRESS NOR\nIMPLIED.\n\n"
    "IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR\nANY CLAIM OR DAMAGE.\n",
}


@pytest.mark.parametrize("text", WRAPPED_TEXTS.values(), ids=WRAPPED_TEXTS)
def test_wrapped_paragraphs_are_joined(text: str) -> None:
    assert paragraph_mode(text.split("\n")) == "blank"
    assert len(list(split_paragraphs(text))) == 2


def test_items_keep_their_further_lines() -> None:
    text = WRAPPED + "\n* a first item that takes more than one line of\n  the page\n* a second one\n"
    assert [p.text for p in split_paragraphs(text)][2:] == [
        "* a first item that takes more than one line of the page", "* a second one",
    ]  # fmt: skip


MARKDOWN = """---
title: Harbour
---

# Berths

A berth is for one boat. Whoever has two boats writes
two letters to the office.

| month | price |
|---|---:|
| May | 90 |

```sh
make berth

make boat
```

Roses are red\\
violets are blue
"""


def test_markdown_is_read_by_its_parser() -> None:
    found = [(p.text, p.kind) for p in split_paragraphs(MARKDOWN)]
    assert [text for text, kind in found if kind == "front matter"] == ["---", "title: Harbour", "---"]
    assert [text for text, kind in found if kind == "code"] == ["```sh", "make berth", "make boat", "```"]
    assert [text for text, kind in found if not kind] == [
        "# Berths",
        "A berth is for one boat. Whoever has two boats writes two letters to the office.",
        "| month | price |", "|---|---:|", "| May | 90 |",
        "Roses are red\\", "violets are blue",
    ]  # fmt: skip


def test_a_rule_of_dashes_makes_no_markdown() -> None:
    text = "---\nNot a field\n---\n\n-----\n* item\n"
    assert [p.kind for p in split_paragraphs(text)] == [""] * 5


def test_code_is_one_sentence_a_line() -> None:
    from align.text.sentences import segment

    code = Document.from_text("x", MARKDOWN.replace("make berth", "a = 1. B = 2! C = 3")).paragraphs
    assert [len(segment(p)) for p in code if p.kind == "code"] == [1, 1, 1, 1]


def test_two_texts_with_the_same_lines_are_read_by_lines() -> None:
    english = WRAPPED
    german = (
        "Das Hafenamt führt eine Liste.\nSie geht weiter.\n\nWer einen Platz will, schreibt.\nEr zahlt.\n"
    )
    assert paragraph_mode(english.split("\n")) == "blank"
    assert paragraph_mode(german.split("\n")) == "line"
    assert common_mode(english, german) == "line"
    assert len(align_texts(english, german, level="paragraph").source) == 4
    assert common_mode(english, german + "Noch eine Zeile.\n") == "auto"
