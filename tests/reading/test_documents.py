"""Documents in every form that a caller may have them in, and what is said of everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from align.document import Document
from align.errors import AlignError, UsageError
from align.reading import SCHEMA, read_batch
from align.reading.documents import to_batches, to_document, to_document_or_units, to_documents

ROWS = [
    {"id": "a", "text": "One line.\nAnd another.", "language": "en"},
    {"id": "b", "text": "Eine Zeile.", "language": "de"},
]
PAIRS = [(row["id"], row["text"]) for row in ROWS]
TABLE = pa.table({name: [row[name] for row in ROWS] for name in ("id", "text", "language")})

FORMS: dict[str, Callable[[], Any]] = {
    "tuples": lambda: PAIRS,
    "lists": lambda: [list(pair) for pair in PAIRS],
    "generator": lambda: (pair for pair in PAIRS),
    "texts by id": lambda: dict(PAIRS),
    "items": lambda: dict(PAIRS).items(),
    "dicts": lambda: ROWS,
    "dicts of all columns": lambda: pa.Table.from_batches(to_batches(ROWS)).to_pylist(),
    "dicts with more": lambda: [{**row, "title": 7} for row in ROWS],
    "Documents": lambda: [
        Document.from_text(row["id"], row["text"], language=row["language"]) for row in ROWS
    ],
    "record batch": lambda: TABLE.to_batches()[0],
    "record batches": lambda: TABLE.to_batches(max_chunksize=1),
    "reader": lambda: TABLE.to_reader(),
    "table": lambda: TABLE,
    "tables": lambda: [TABLE.slice(0, 1), TABLE.slice(1)],
    "large and dictionary columns": lambda: pa.table(
        {
            "text": TABLE["text"].cast(pa.large_string()),
            "id": TABLE["id"].dictionary_encode(),
            "language": TABLE["language"].cast(pa.large_string()),
        }
    ),
    "data frame": lambda: TABLE.to_pandas(),
    "data frame with an index": lambda: TABLE.to_pandas().set_index(pd.Index([7, 9])),
}
WITHOUT_LANGUAGES = {"tuples", "lists", "generator", "texts by id", "items"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_documents(form: str) -> None:
    found = list(to_documents(FORMS[form]()))
    assert [(d.id, d.text) for d in found] == PAIRS
    assert [d.paragraphs[-1].start_line for d in found] == [1, 0]
    expected = [None, None] if form in WITHOUT_LANGUAGES else ["en", "de"]
    assert [d.language for d in found] == expected


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_record_batches(form: str) -> None:
    batches = list(to_batches(FORMS[form]()))
    assert [(row["id"], row["text"]) for batch in batches for row in batch.to_pylist()] == PAIRS
    assert all(field in SCHEMA for batch in batches for field in batch.schema)


def test_texts_are_cleaned_in_every_form() -> None:
    wild = "e\u0301\r\nb\x00"
    table = pa.table({"id": ["x"], "text": [wild]})
    for given in ([("x", wild)], {"x": wild}, [{"id": "x", "text": wild}], table, table.to_pandas()):
        assert [d.text for d in to_documents(given)] == ["é\nb"]
        assert [batch["text"].to_pylist() for batch in to_batches(given)] == [["é\nb"]]


def test_nan_stands_for_nothing_where_there_may_be_nothing() -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "text": ["x", "y"], "language": ["en", np.nan]})
    assert [d.language for d in to_documents(frame)] == ["en", None]
    assert [d.language for d in to_documents(frame.to_dict("records"))] == ["en", None]


def test_rows_that_a_data_frame_made_of_a_batch_are_taken() -> None:
    rows = [{**row, "line": line} for row, line in zip(ROWS, (1.0, float("nan")), strict=True)]
    for given in (rows, pd.DataFrame(rows)):
        batch = pa.Table.from_batches(to_batches(given))
        assert batch["line"].to_pylist() == [1, None]
    with pytest.raises(UsageError, match=r"column line holds double; make it whole numbers \(int\)"):
        list(to_batches(pd.DataFrame([{**ROWS[0], "line": 1.5}])))


def test_a_batch_that_was_read_to_its_end_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    batches = read_batch(tmp_path)
    assert sum(batch.num_rows for batch in to_batches(batches)) == 1
    for door in (to_batches, to_documents):
        with pytest.raises(UsageError, match=r"a generator that was read to its end already; make it again"):
            list(door(batches))


def test_what_reading_found_unusable_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "b.txt").write_text(" ")
    problems: dict[str, str] = {}
    assert [d.id for d in to_documents(read_batch(tmp_path), problems=problems)] == ["a.txt"]
    assert list(problems) == ["b.txt"]
    rows = [row for batch in read_batch(tmp_path) for row in batch.to_pylist()]
    assert [d.id for d in to_documents(rows)] == ["a.txt"]
    assert "empty" in problems["b.txt"]


def many(count: int) -> Iterator[tuple[str, str]]:
    return ((str(n), "text") for n in range(count))


def test_documents_that_come_one_by_one_are_gathered() -> None:
    assert [batch.num_rows for batch in to_batches(many(2_500))] == [1024, 1024, 452]


def frame_of(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns)


WRONG: dict[str, tuple[Any, str]] = {
    "a text": ("some text", r"documents: the text 'some text' is no batch; give \(id, text\) tuples.*read_batch"),
    "a path": (Path("x"), r"documents: a PosixPath is no batch; read it: align\.read_batch\(path\)"),
    "bytes": (b"x", r"documents: bytes is no batch; decode it"),
    "nothing": (None, r"documents: None is no batch; give \(id, text\) tuples"),
    "a number": (7, r"documents: an int is no batch; give"),
    "one Document": (Document.from_text("a", "x"), r"one Document; put it in a list"),
    "one row": ({"id": "a", "text": "x"}, r"is one row; put it in a list"),
    "texts without ids": (["ab", "cd"], r"documents\[0\]: the text 'ab' is no document; give \(id, text\)"),
    "paths": ([Path("a.txt")], r"documents\[0\]: a PosixPath is no document; read it: align\.read_batch"),
    "an int id": ([("a", "x"), (7, "y")], r"documents\[1\]: the id is 7 \(int\); give it as text: '7'"),
    "no id": ([("a", "x"), (None, "y")], r"documents\[1\]: it has no id \(None\); give each document a text"),
    "an empty id": ([("", "y")], r"documents\[0\]: it has no id \(''\)"),
    "an id of bytes": ([(b"a", "y")], r"documents\[0\]: the id is bytes; decode it"),
    "no text": ([("a", None)], r"documents\[0\] \('a'\): the text is None; leave the document out"),
    "a text of bytes": ([("a", b"x")], r"documents\[0\] \('a'\): the text is bytes; decode it: text\.decode"),
    "a path as text": ([("a", Path("x"))], r"\('a'\): the text is a PosixPath; read it: align\.read_batch"),
    "lines": ([("a", ["x", "y"])], r"\('a'\): the text is a list; join its lines"),
    "a number as text": ({"a": 7}, r"documents\['a'\] \('a'\): the text is an int; give a str"),
    "a text by number": ({7: "x"}, r"documents\[7\]: the id is 7 \(int\)"),
    "columns": ({"id": ["a"], "text": ["x"]}, r"is one row; put it in a list"),
    "three": ([("a", "x", "en")], r"documents\[0\]: a tuple of 3; give \(id, text\), or a dict"),
    "other keys": (
        [{"doc": "a", "body": "x"}],
        r"documents\[0\]: no key id and text \(there: 'doc', 'body'\); name them id and text",
    ),
    "one key missing": ([ROWS[0], {"id": "b", "body": "x"}], r"documents\[1\]: no key text \(there: 'id', 'body'\)"),
    "a number as language": ([{"id": "a", "text": "x", "language": 7}], r"language is an int; give str, or leave"),
    "two forms": ([("a", "x"), {"id": "b", "text": "y"}], r"documents\[1\]: a dict behind a tuple; give all .* one"),
    "tuples and Documents": ([Document.from_text("a", "x"), ("b", "y")], r"documents\[1\]: a tuple behind a Document"),
    "one id twice": ([("a", "x"), ("b", "y"), ("a", "z")], r"documents\[2\]: two documents have the id 'a'; give each"),
    "one id in two batches": (TABLE.to_batches() * 2, r"documents\[2\]: two documents have the id 'a'"),
    "a table without text": (pa.table({"id": ["a"], "body": ["x"]}), r"the columns 'id', 'body'; it needs the columns"),
    "a table with numbers as ids": (pa.table({"id": [1], "text": ["x"]}), r"column id holds int64; make it text"),
    "a table of bytes": (pa.table({"id": ["1"], "text": [b"x"]}), r"column text holds binary; decode it"),
    "a table with a hole": (pa.table({"id": ["a", "b"], "text": ["x", None]}), r"documents\[1\] \('b'\): the text is"),
    "a table without an id": (pa.table({"id": ["a", None], "text": ["x", "y"]}), r"documents\[1\]: it has no"),
    "a frame with a hole": (frame_of(id=["a", "b"], text=["x", np.nan]), r"documents\[1\] \('b'\): the text is None"),
    "a frame of mixed ids": (frame_of(id=["a", 7], text=["x", "y"]), r"documents: not a table of texts .*id and text"),
    "a series": (pd.Series(["x", "y"]), r"documents(\[0\])?: "),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_every_wrong_form_says_what_to_give(case: str) -> None:
    given, message = WRONG[case]
    for door in (to_documents, to_batches):
        with pytest.raises(UsageError, match=message):
            list(door(given))


ONE: dict[str, Any] = {
    "text": "x\ny",
    "Document": Document.from_text("a", "x\ny"),
    "tuple": ("a", "x\ny"),
    "row": {"id": "a", "text": "x\ny"},
    "table": pa.table({"id": ["a"], "text": ["x\ny"]}),
    "record batch": pa.record_batch({"id": ["a"], "text": ["x\ny"]}),
}


@pytest.mark.parametrize("form", ONE)
def test_one_document_in_every_form(form: str) -> None:
    found = to_document(ONE[form], id="a", language="en")
    assert (found.id, found.text, found.language) == ("a", "x\ny", "en")
    assert to_document_or_units(ONE[form], name="a", language="en") == found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, r"source: None is no document; give a text, a Document"),
        (Path("x"), r"source: a PosixPath is no document; read it"),
        (b"x", r"source: bytes is no document; decode it"),
        (("a", None), r"source \('a'\): the text is None"),
        (("a",), r"source: a tuple of 1; give \(id, text\)"),
        ({"a": "x"}, r"source: a dict is no document; give a text"),
        (TABLE, r"source: 2 documents in a table"),
        (["x", None], r"source\[1\]: None is no unit; a list holds the units of one text"),
        ([("a", "x")], r"source\[0\]: a tuple is no unit"),
        ([b"x"], r"source\[0\]: bytes is no unit; decode it"),
    ],
)
def test_what_is_no_document(given: Any, message: str) -> None:
    with pytest.raises(AlignError, match=message):
        to_document_or_units(given, name="source")


def test_a_list_of_texts_is_units() -> None:
    assert to_document_or_units(["x", "y"], name="source") == ["x", "y"]
    assert to_document_or_units((text for text in "xy"), name="source") == ["x", "y"]


@pytest.mark.parametrize("column", [pd.Series, np.array, pa.array, lambda texts: pa.chunked_array([texts])])
def test_a_column_of_texts_is_units(column: Callable[[list[str]], Any]) -> None:
    assert to_document_or_units(column(["x", "y"]), name="source") == ["x", "y"]
    with pytest.raises(UsageError, match=r"source\[1\]: (None|a float) is no unit"):
        to_document_or_units(column(["x", None]), name="source")  # type: ignore[list-item]
