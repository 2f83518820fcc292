"""Entities of HTML that a program left in a text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from align.reading import read_batch
from align.reading.entities import decode_entities


@pytest.mark.parametrize(
    ("text", "decoded", "count"),
    [
        ("He said &quot;no&quot; &amp; left.", 'He said "no" & left.', 3),
        ("Fish&nbsp;and chips", "Fish\u00a0and chips", 1),
        ("It&#8217;s late &mdash; too late", "It’s late — too late", 2),
        ("&amp;quot;Komm&amp;quot;, sagte sie.", '"Komm", sagte sie.', 2),
        ("Q&amp;A and R&amp;D", "Q&A and R&D", 2),
        ("他说&ldquo;太晚了&rdquo;。", "他说“太晚了”。", 2),
        ("one&#10;line&nbsp;only", "one line\u00a0only", 2),
        ("bad &#0;&#27; bytes&nbsp;", "bad \ufffd bytes\u00a0", 2),
    ],
)
def test_what_a_text_clearly_carries_is_decoded(text: str, decoded: str, count: int) -> None:
    found, number = decode_entities(text)
    assert found == decoded
    assert "\n" not in found
    assert number >= count


@pytest.mark.parametrize(
    "text",
    [
        "Rock & roll; salt & pepper",
        "AT&T and a&b; as well",
        "Write &lt; for a less-than sign.",
        "In HTML `&nbsp;` is a space and `&quot;` a quote.",
        "https://example.org/?a=1&copy=2&reg=3",
        "a &amp; b, but c & d & e & f",
    ],
)
def test_what_may_be_meant_stays(text: str) -> None:
    assert decode_entities(text) == (text, 0)


@pytest.mark.parametrize("form", ["txt", "jsonl", "csv", "parquet"])
def test_every_reader_says_so(tmp_path: Path, form: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = "He said &quot;no&quot; and left&nbsp;then."
    path = tmp_path / f"a.{form}"
    if form == "parquet":
        pq.write_table(pa.table({"id": ["x"], "text": [text]}), path)
    else:
        row = {"txt": text, "jsonl": json.dumps({"id": "x", "text": text}), "csv": f"id,text\nx,{text}\n"}
        path.write_text(row[form], "utf-8")
    (batch,) = read_batch(path)
    assert batch["text"].to_pylist() == ['He said "no" and left\u00a0then.']
    assert "3 HTML entities left in the text: decoded" in batch["warning"][0].as_py()
