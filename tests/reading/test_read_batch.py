from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.corpus.prepare import writing
from align.errors import InputError
from align.reading import SCHEMA, ReadOptions, read_batch, read_lines, read_one
from align.reading.inputs import _told_apart
from align.text.clean import clean


def rows(*inputs: str | Path, **options: Any) -> list[dict[str, Any]]:
    batches = list(read_batch(inputs, options=ReadOptions(**options)))
    assert all(batch.schema == SCHEMA for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def problems(*inputs: str | Path, **options: Any) -> dict[str, str]:
    return {row["id"]: row["problem"] for row in rows(*inputs, **options) if row["problem"]}


def test_the_samples(seeds: Path) -> None:
    found = rows(seeds)
    assert [row["id"] for row in found] == sorted(path.name for path in seeds.glob("*.txt"))
    assert not any(row["problem"] or row["warning"] for row in found)
    assert found[1]["text"] == clean((seeds / "001_d945e63c1141dd87.txt").read_text("utf-8"))


def test_folders_are_recursive_and_hidden_files_are_not_articles(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "x.md").write_text("x")
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / ".DS_Store").write_bytes(b"\0\0")
    assert [row["id"] for row in rows(tmp_path)] == ["a.txt", "b/c/x.md"]
    (tmp_path / "b2").mkdir()
    (tmp_path / "b2" / "x.md").write_text("y")
    assert [row["id"] for row in rows(tmp_path / "b" / "c", tmp_path / "b2")] == ["c/x.md", "b2/x.md"]


def test_an_earlier_outcome_below_a_folder_is_not_read_as_articles(tmp_path: Path) -> None:
    with writing(tmp_path / "out", "dedup") as writer:
        writer.begin({})
    (tmp_path / "out" / "kept").mkdir()
    (tmp_path / "out" / "kept" / "a.txt").write_text("a")
    (tmp_path / "a.txt").write_text("a")
    assert [(row["id"], row["problem"] is None) for row in rows(tmp_path)] == [
        ("a.txt", True),
        ("out", False),
    ]
    assert "name a folder inside it to read that" in problems(tmp_path)["out"]
    assert list(problems(tmp_path / "out")) == [str(tmp_path / "out")]
    assert [row["id"] for row in rows(tmp_path / "out" / "kept")] == ["a.txt"]


def test_an_article_may_have_the_name_of_our_record(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n')
    assert [row["id"] for row in rows(tmp_path)] == ["a", "b"]


def test_globs(tmp_path: Path) -> None:
    for name in ("a/one.txt", "b/one.txt", "b/two.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [row["id"] for row in rows(str(tmp_path / "**" / "*.txt"))] == [
        "a/one.txt",
        "b/one.txt",
        "two.txt",
    ]
    assert "matches no file" in problems(str(tmp_path / "*.nope"))[str(tmp_path / "*.nope")]


def test_folders_and_files_of_one_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("2023/news/a.txt", "2024/news/a.txt", "2024/news/b.txt", "other/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    folders = rows("2023/news", "2024/news/", "other")
    assert [(row["id"], row["text"]) for row in folders] == [
        ("2023/news/a.txt", "2023/news/a.txt"),
        ("2024/news/a.txt", "2024/news/a.txt"),
        ("2024/news/b.txt", "2024/news/b.txt"),
        ("other/c.txt", "other/c.txt"),
    ]
    files = rows("2023/news/a.txt", tmp_path / "2024" / "news" / "a.txt", "2024/news/b.txt", "o*/c.txt")
    assert [row["id"] for row in files] == ["2023/news/a.txt", "2024/news/a.txt", "b.txt", "c.txt"]


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "missing")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "a.txt").write_text("a")
    assert [row["id"] for row in rows(tmp_path) if not row["problem"]] == ["a.txt"]
    found = problems(tmp_path)
    assert "is a pipe, socket or device" in found["pipe.txt"]
    assert "links to nothing" in found["nowhere.txt"]
    assert "links to nothing" in found["circle"]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    for name in ("in/a/one.txt", "elsewhere/b/two.txt", "elsewhere/.hidden/no.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    links = {
        "in/up": "..",
        "in/self": ".",
        "in/again": "a",
        "in/far": "../elsewhere",
        "elsewhere/b/back": "../../in",
    }
    for link, target in links.items():
        (tmp_path / link).symlink_to(target)
    assert [row["id"] for row in rows(tmp_path / "in")] == ["a/one.txt", "far/b/two.txt"]


def test_a_link_to_a_part_does_not_hide_a_link_to_the_whole(tmp_path: Path) -> None:
    for name in ("in/a.txt", "elsewhere/b/two.txt", "elsewhere/three.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "in" / "1 part").symlink_to("../elsewhere/b")
    (tmp_path / "in" / "2 whole").symlink_to("../elsewhere")
    (tmp_path / "in" / "3 again").symlink_to("../elsewhere")
    assert [row["id"] for row in rows(tmp_path / "in")] == ["a.txt", "1 part/two.txt", "2 whole/three.txt"]


def test_many_files_of_one_name_are_told_apart_in_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell's `*/index.html` names one in every folder: looking at all of them for each took hours."""
    looks = []
    common = os.path.commonpath
    monkeypatch.setattr("os.path.commonpath", lambda paths: (looks.append(1), common(paths))[1])
    paths = [f"/x/{number}/index.html" for number in range(100)]
    assert _told_apart(paths)[paths[7]] == "7/index.html"
    assert len(looks) == 1


def test_names_of_any_bytes(tmp_path: Path) -> None:
    names = (
        b"bad\xff\xfe.txt",
        b"bad\xff\xfd.txt",
        b"line\nfeed.txt",
        b"tab\t.txt",
        "界 \u2028.txt".encode(),
    )
    for name in names:
        with open(os.fsencode(tmp_path) + b"/" + name, "wb") as stream:
            stream.write(repr(name).encode())
    found = {row["id"]: row for row in rows(tmp_path)}
    assert list(found) == [
        r"bad\xff\xfd.txt", r"bad\xff\xfe.txt", r"line\nfeed.txt", r"tab\t.txt", r"界 \u2028.txt"
    ]  # fmt: skip
    assert found[r"bad\xff\xfe.txt"]["text"] == repr(names[0])
    assert found[r"bad\xff\xfe.txt"]["source"] == str(tmp_path) + r"/bad\xff\xfe.txt"
    assert problems("\ud800.txt") == {r"\ud800.txt": "does not exist; check the path"}


def test_what_is_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    assert [row["id"] for row in rows("in", "in/", "./in", tmp_path / "in")] == ["a.txt"]
    assert [row["id"] for row in rows("in/a.txt", "in/*.txt", "in/./a.txt")] == ["a.txt"]
    (tmp_path / "in" / "sub").mkdir()
    (tmp_path / "in" / "sub" / "b.txt").write_text("b")
    for again in (("in/a.txt", "in"), ("in", "in/a.txt"), ("in", "in/sub"), ("in/sub", "in")):
        found = rows(*again)
        assert sorted((row["text"], row["problem"]) for row in found) == [("a", None), ("b", None)], again


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfcaf\xc3\xa9", "café"),
        ("café 界".encode("utf-16"), "café 界"),
        ("café".encode("utf-16-be").join([b"\xfe\xff", b""]), "café"),
    ],
)
def test_byte_order_marks(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "x.txt").write_bytes(data)
    assert read_one(tmp_path / "x.txt") == text


def test_other_encodings_are_read_with_a_warning(tmp_path: Path) -> None:
    text = "大模型的牌桌,正变得愈发拥挤。可以预见,大模型赛道最终难逃洗牌的过程。" * 5
    (tmp_path / "gb.txt").write_bytes(text.encode("gb18030"))
    (row,) = rows(tmp_path)
    assert row["text"] == clean(text)
    assert row["warning"].startswith("not UTF-8: read as gb")


def test_a_few_bad_bytes_do_not_make_it_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes("界界界界界界界界界界界界".encode() + b"\xff end")
    (row,) = rows(tmp_path)
    assert row["text"].endswith("界\ufffd end")
    assert "1 invalid UTF-8" in row["warning"]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files(tmp_path: Path, compress: Any) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(compress(b'{"id": "a", "text": "t"}\n'))
    assert [row["id"] for row in rows(tmp_path)] == ["a"]


def test_zstandard(tmp_path: Path) -> None:
    with pa.output_stream(str(tmp_path / "x.jsonl.zst"), compression="zstd") as stream:
        stream.write(b'{"id": "a", "text": "t"}\n')
    assert [row["text"] for row in rows(tmp_path)] == ["t"]


@pytest.mark.slow
def test_a_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": str(i), "text": os.urandom(600).hex()}) + "\n" for i in range(9000))
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-4000])
    found = rows(tmp_path)
    assert len(found) > 1000
    assert "is damaged" in found[-1]["problem"]


# Bzip2 with small blocks: of a block cut off nothing can be read.
@pytest.mark.parametrize("compress", [gzip.compress, lambda data: bz2.compress(data, 1), lzma.compress])
@pytest.mark.parametrize("name", ["x.jsonl", "x.csv"])
def test_of_a_truncated_file_of_rows_every_whole_row_is_kept(
    tmp_path: Path, name: str, compress: Any
) -> None:
    texts = [os.urandom(100).hex() for _ in range(3000)]
    if name == "x.csv":
        lines = ["id,text", *(f"{number},{text}" for number, text in enumerate(texts))]
    else:
        lines = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    data = compress("\n".join(lines).encode())
    (tmp_path / name).write_bytes(data[: len(data) * 19 // 20])
    *whole, last = rows(tmp_path)
    assert len(whole) > 100
    assert [row["text"] for row in whole] == texts[: len(whole)]
    assert {row["problem"] for row in whole} == {None}
    assert last["problem"].startswith("is damaged: ")
    assert last["problem"].endswith("; the rows before that are kept, fetch the file again")


def test_of_a_truncated_text_nothing_is_said_to_be_kept(tmp_path: Path) -> None:
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(os.urandom(5000).hex().encode())[:-400])
    (found,) = rows(tmp_path)
    assert found["problem"].endswith("end-of-stream marker was reached; fetch the file again")


def test_bad_files_are_rows_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "blank.txt").write_text(" \n\n\t")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 3)
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7 text only")
    (tmp_path / "good.txt").write_text("word")
    (tmp_path / "large.txt").write_bytes(b"x" * 1_001)
    found = problems(tmp_path, tmp_path / "missing", max_bytes=1_000)
    assert {id: problem.split(";")[0] for id, problem in found.items()} == {
        "binary.txt": "is a binary file, not text",
        "blank.txt": "is empty: there is no text in it",
        "empty.txt": "is empty: there is no text in it",
        "large.txt": "is larger than 0.0009537 MB",
        "page.pdf": "is a binary file, not text",
        str(tmp_path / "missing"): "does not exist",
    }


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    assert "holds no files" in problems(tmp_path)[str(tmp_path)]


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, meter: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    (tmp_path / "x.txt").write_text("x")
    monkeypatch.setattr(
        "align.reading.open_bytes", refuse
    )  # root, who runs tests in containers, reads everything
    assert problems(tmp_path)["x.txt"] == "cannot be read: Permission denied; check its permissions"


def test_ids_are_unique_and_the_first_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "a", "text": "1"}\n{"id": "a", "text": "2"}\n')
    first, second = rows(tmp_path)
    assert (first["text"], first["problem"]) == ("1", None)
    assert "taken by an earlier document" in second["problem"]
    assert second["text"] == ""


def test_ids_that_start_anew_in_every_file(tmp_path: Path) -> None:
    """Two tables with a column of running numbers are no reason to leave one of them out."""
    for name in ("de.jsonl", "en.jsonl"):
        (tmp_path / name).write_text("".join(f'{{"id": {n}, "text": "{name} {n}"}}\n' for n in (0, 1, 1)))
    (tmp_path / "fr.csv").write_text("id,text,note\n0,Non,x\n2,,x\n3,Oui,x\n")
    found = [(row["id"], row["text"], row["warning"], row["problem"]) for row in rows(tmp_path)]
    taken = "its id is taken by an earlier document; give ids that differ"
    assert found == [
        ("0", "de.jsonl 0", None, None),
        ("1", "de.jsonl 1", None, None),
        ("1", "", None, taken),
        ("en.jsonl:0", "en.jsonl 0", "another file has the id '0' too: named by file and id", None),
        ("en.jsonl:1", "en.jsonl 1", "another file has the id '1' too: named by file and id", None),
        ("1", "", None, taken),
        ("fr.csv:0", "Non", "another file has the id '0' too: named by file and id", None),
        ("2", "", None, "is empty: there is no text in it"),
        ("3", "Oui", None, None),
    ]


def test_two_files_of_one_id_are_told(tmp_path: Path) -> None:
    for name in ("in/x.txt", "y/x.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name)
    first, second = rows(tmp_path / "in", tmp_path / "y" / "x.txt")
    assert (first["id"], second["id"], first["problem"]) == ("x.txt", "x.txt", None)
    assert (
        second["problem"] == "its id is taken by an earlier document; name the folder that holds both files"
    )


def test_json_lines_with_something_wrong(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "text": "one", "more": {"x": [1]}}',
        '{"id": "b", "text": "two"}',
        '{"id": "c", "text": "thr',
        "",
        '["d", "four"]',
        '{"id": "e"}',
        '{"text": "no id"}',
        '{"id": "g", "text": "lone \\ud800 surrogate"}',
        '{"id": "h", "text": 5}',
        "[" * 100_000,
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    found = {row["line"]: row for row in rows(tmp_path)}
    assert {line: row["id"] for line, row in found.items() if not row["problem"]} == {
        0: "1", 1: "b", 6: "x.jsonl:7", 7: "g",
    }  # fmt: skip
    assert found[2]["problem"].startswith("line 3 is not valid JSON")
    assert found[7]["text"] == "lone \ufffd surrogate"
    assert {line for line, row in found.items() if row["problem"]} == {2, 4, 5, 8, 9}


@pytest.mark.parametrize(
    "value", [[{"id": "a", "text": "1"}, {"id": "b", "text": "2"}], {"id": "a", "text": "1"}]
)
@pytest.mark.parametrize("indent", [0, 2])
def test_json_over_several_lines_is_read(tmp_path: Path, value: object, indent: int) -> None:
    (tmp_path / "x.json").write_text(json.dumps(value, indent=indent))
    expected = value if isinstance(value, list) else [value]
    assert [{"id": row["id"], "text": row["text"]} for row in rows(tmp_path / "x.json")] == expected


def test_a_broken_first_line_does_not_cost_the_others(tmp_path: Path) -> None:
    for first in ('{"id": "a", "te', "[1, 2]", "{"):
        (tmp_path / "x.jsonl").write_text(first + '\n{"id": "b", "text": "2"}\n')
        assert [row["id"] for row in rows(tmp_path / "x.jsonl")] == ["x.jsonl:1", "b"]


def test_fields_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"url": "u", "body": "b", "lang": "de", "date": "2024-01-01"}\n')
    (row,) = rows(tmp_path, id_field="url", text_field="body", language_field="lang", prefer="date")
    assert (row["id"], row["text"], row["language"], row["prefer"]) == ("u", "b", "de", "2024-01-01")
    assert "--id-field" in next(iter(problems(tmp_path, id_field="nope", text_field="body").values()))


def test_a_line_over_the_limit_is_passed_over(tmp_path: Path) -> None:
    text = "y" * (20 << 20)
    (tmp_path / "x.jsonl").write_text(
        f'{{"id": "a", "text": "1"}}\n{{"id": "b", "text": "{text}"}}\n{{"id": "c", "text": "3"}}\n'
    )
    found = rows(tmp_path, max_bytes=1 << 20)
    assert [(row["id"], row["line"]) for row in found] == [("a", 0), ("x.jsonl:2", 1), ("c", 2)]
    assert "line 2 is longer than 1 MB" in found[1]["problem"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, ids in ((b'{"id": "a", "text": "t"}\n', ["a"]), (b"plain text", ["stdin"])):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        assert [row["id"] for row in rows("-")] == ids


def test_one_file(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"one\r\n\r\nthree\r\n")
    assert read_lines(tmp_path / "x.txt") == ["one", "", "three"]
    with pytest.raises(InputError, match="is a folder where a file is expected"):
        read_one(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read_one(tmp_path / "nope")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=30)), max_size=12), st.booleans())
def test_both_json_paths_give_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, documents: list[tuple[str, str]], broken: bool
) -> None:
    path = tmp_path_factory.mktemp("j") / "x.jsonl"
    lines = [json.dumps({"id": id, "text": text}) for id, text in documents]
    path.write_text("\n".join([*lines, *(["{"] if broken else [])]) + "\n")
    found = rows(path)[: len(lines)]
    assert [(row["id"], row["line"]) for row in found] == [
        (clean(id).replace("\n", " ") or f"x.jsonl:{line + 1}", line)
        for line, (id, _) in enumerate(documents)
    ]
    for row, (_, text) in zip(found, documents, strict=True):
        assert row["problem"] or row["text"] == clean(text)


def test_nan_in_a_language_field_is_nothing_and_not_min_nan(tmp_path: Path) -> None:
    """What pandas writes where there is nothing."""
    (tmp_path / "x.csv").write_text(
        "id,text,language\na,some text,nan\nb,some text,nan-Hant\n", encoding="utf-8"
    )
    options = ReadOptions(language_field="language")
    rows = [row for batch in read_batch(tmp_path / "x.csv", options=options) for row in batch.to_pylist()]
    assert [(row["language"], row["warning"]) for row in rows] == [(None, None), ("nan-Hant", None)]
