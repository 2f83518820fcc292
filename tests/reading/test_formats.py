"""CSV, Parquet, HTML and compressions."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.errors import UsageError
from align.reading import Meter, ReadOptions, read_batch
from align.reading.encoding import decode
from align.text.clean import clean

PAGE = """<html><head><title>A title</title><meta charset="utf-8"></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>Ships leave the harbour</h1>
<p>The first paragraph of the article tells what happened in the harbour on Monday, when three ships left it.</p>
<p>The second paragraph &amp; its “quotes” say who was there, and why nobody had expected the third ship to go.</p>
</article><footer>Copyright 2020</footer></body></html>"""


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in read_batch([path], options=ReadOptions(**options)) for row in batch.to_pylist()]


def test_csv_with_texts_over_several_lines(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        '\ufeffid,text,when\na,"one, two\nthree ""four""",2020\nb,五,\n', encoding="utf-8"
    )
    found = rows(tmp_path / "x.csv", prefer="when")
    assert [(row["id"], row["line"], row["text"], row["prefer"]) for row in found] == [
        ("a", 0, 'one, two\nthree "four"', "2020"),
        ("b", 1, "五", None),
    ]


def test_tsv_and_gzip(tmp_path: Path) -> None:
    (tmp_path / "x.tsv.gz").write_bytes(gzip.compress(b"id\ttext\na\tone, two\n"))
    assert [row["text"] for row in rows(tmp_path / "x.tsv.gz")] == ["one, two"]


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda t: clean(t).strip()),
        min_size=1,
    )
)
def test_csv_round_trip(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "text"), *((f"d{n}", text) for n, text in enumerate(texts))])
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    assert [row["text"] for row in rows(path)] == [clean(text) for text in texts]


def test_broken_csv_rows_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,text\na,one\nb,two,three\nc\nd,four\n,five\n")
    found = rows(tmp_path / "x.csv")
    assert [row["text"] for row in found] == ["one", "", "", "four", "five"]
    assert found[1]["problem"].startswith("row 2 has 3 cells, the header 2")
    assert found[2]["problem"].startswith("row 3 has 1 cells")
    assert found[4]["id"] == "x.csv:5"


def test_csv_without_the_column(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name,body\na,one\n")
    assert "no column 'text'" in rows(tmp_path / "x.csv")[0]["problem"]
    assert rows(tmp_path / "x.csv", text_field="body", id_field="name")[0]["id"] == "a"


def test_parquet(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, None], "text": ["one", None, "three"], "lang": ["en", "en", "de"]})
    pq.write_table(table, tmp_path / "x.parquet")
    found = rows(tmp_path / "x.parquet", language_field="lang")
    assert [(row["id"], row["line"], row["language"]) for row in found] == [
        ("1", 0, "en"),
        ("2", 1, "en"),
        ("x.parquet:3", 2, "de"),
    ]
    assert found[1]["problem"] == "is empty: there is no text in it"


def test_large_parquet_is_streamed_in_order(tmp_path: Path) -> None:
    count = 10_000
    pq.write_table(
        pa.table({"id": [f"d{n}" for n in range(count)], "text": ["word"] * count}), tmp_path / "x.pq"
    )
    batches = list(read_batch([tmp_path / "x.pq"]))
    assert len(batches) > 1
    assert [line for batch in batches for line in batch["line"].to_pylist()] == list(range(count))


def test_damaged_parquet(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing else")
    (tmp_path / "y.parquet").write_bytes(b"")
    for name in ("x.parquet", "y.parquet"):
        assert "damaged Parquet file" in rows(tmp_path / name)[0]["problem"]
    pq.write_table(pa.table({"body": ["x"]}), tmp_path / "z.parquet")
    assert "no column 'text' (but body)" in rows(tmp_path / "z.parquet")[0]["problem"]


def test_html_gives_main_text_by_paragraph(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text(PAGE, encoding="utf-8")
    (row,) = rows(tmp_path / "x.html")
    assert row["problem"] is None
    lines = [line for line in row["text"].split("\n") if line]
    assert lines[0] == "Ships leave the harbour"
    assert lines[1].startswith("The first paragraph")
    assert lines[2].startswith("The second paragraph & its “quotes”")
    assert "Copyright" not in row["text"]
    assert "Home" not in row["text"]


def test_what_nobody_foresaw_is_the_failure_of_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ImportError("a part\nis missing")

    monkeypatch.setattr("trafilatura.extract", broken)
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.txt").write_text("Text.", encoding="utf-8")
    page, text = rows(tmp_path)
    assert page["problem"].startswith("cannot be read: ImportError: a part is missing; ")
    assert (text["problem"], text["text"]) == (None, "Text.")


def test_html_in_a_declared_encoding(tmp_path: Path) -> None:
    (tmp_path / "x.htm").write_bytes(PAGE.replace("utf-8", "windows-1252").encode("windows-1252"))
    assert "“quotes”" in rows(tmp_path / "x.htm")[0]["text"]


@pytest.mark.parametrize("page", ["", "<html></html>", "<p", "no markup at all", "\x00\x01" * 99])
def test_html_without_main_text(tmp_path: Path, page: str) -> None:
    (tmp_path / "x.html").write_text(page)
    (row,) = rows(tmp_path / "x.html")
    assert row["problem"] or row["text"]


@pytest.mark.parametrize("name", ["x.jsonl.lz4", "x.jsonl.br", "x.jsonl.zst", "x.txt.7z"])
def test_unknown_compressions_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x04\x22\x4d\x18\x00\x01{}")
    assert "but is not gzip, bzip2, xz or zstd" in rows(tmp_path / name)[0]["problem"]


def test_a_plain_file_that_is_named_compressed_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_text('{"id": "a", "text": "t"}\n')
    assert rows(tmp_path / "x.jsonl.gz")[0]["text"] == "t"


def test_the_meter_counts_bytes_of_the_files(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(b"x" * 1000)
    meter = Meter()
    assert meter.position == 0
    list(read_batch([tmp_path], meter=meter))
    assert meter.position == 2000


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("x.csv", 'id,text\nmamão,"Não há pão. A educação é boa."\nb,plain\n'),
        (
            "x.jsonl",
            '{"id": "mamão", "text": "Não há pão. A educação é boa."}\n{"id": "b", "text": "plain"}\n',
        ),
    ],
)
def test_rows_that_are_no_utf8(tmp_path: Path, name: str, lines: str) -> None:
    (tmp_path / name).write_bytes(lines.encode("latin-1"))
    found = [(row["id"], row["text"], row["warning"]) for row in rows(tmp_path / name)]
    assert found == [
        ("mamão", "Não há pão. A educação é boa.", "not UTF-8: read as cp1252"),
        ("b", "plain", None),
    ]


def test_parquet_that_is_no_utf8(tmp_path: Path) -> None:
    raw = pa.array(["Não há pão. A educação é boa.".encode("latin-1"), b"plain"])
    text = pa.StringArray.from_buffers(2, raw.buffers()[1], raw.buffers()[2])
    pq.write_table(pa.table({"id": ["a", "b"], "text": text}), tmp_path / "x.parquet")
    assert [(row["text"], row["warning"]) for row in rows(tmp_path / "x.parquet")] == [
        ("Não há pão. A educação é boa.", "not UTF-8: read as cp1252"),
        ("plain", None),
    ]


@pytest.mark.parametrize(
    ("name", "data"), [("x.jsonl", b""), ("x.jsonl", b"\n\n"), ("x.csv", b""), ("x.csv", b"id,text\n")]
)
def test_a_file_without_rows_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (row,) = rows(tmp_path / name)
    assert row["problem"] == "is empty: there is no document in it"


@pytest.mark.parametrize(
    ("name", "delimiter"), [("x.csv", ";"), ("x.csv", "\t"), ("x.csv", "|"), ("x.tsv", ","), ("x.tsv", "\t")]
)
def test_the_header_shows_what_parts_the_cells(tmp_path: Path, name: str, delimiter: str) -> None:
    lines = [
        ["id", "text", "note"],
        ["a", "One, two; three\tfour|five", ""],
        ["b", 'Six "seven"\neight', "x"],
    ]
    with (tmp_path / name).open("w", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(lines)
    found = [(row["id"], row["text"], row["problem"], row["warning"]) for row in rows(tmp_path / name)]
    assert [row[:3] for row in found] == [(id, clean(text), None) for id, text, _ in lines[1:]]
    assert [row[3] for row in found] == [None, None]


def test_a_spreadsheets_line_about_the_delimiter(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("sep=;\r\nid;text\r\na;One, two.\r\n")
    assert [(row["id"], row["text"]) for row in rows(tmp_path / "x.csv")] == [("a", "One, two.")]
    (tmp_path / "x.csv").write_text("sep=no,text\na,One.\n")  # a column of that name
    assert [row["text"] for row in rows(tmp_path / "x.csv")] == ["One."]


def test_a_header_of_another_table_is_shown_as_it_is_parted(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name;body\na;one\n")
    assert "(name, body); name it with --text-field" in rows(tmp_path / "x.csv")[0]["problem"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.jsonl.gz"])
def test_rows_in_any_unicode(tmp_path: Path, name: str, encoding: str) -> None:
    texts = ["Ein Café, 界 😀.", *(f"Zeile {number}: größer" for number in range(200))]
    if "csv" in name:
        data = "id,text\r\n" + "".join(f'{n},"{text}"\r\n' for n, text in enumerate(texts))
    else:
        data = "".join(
            json.dumps({"id": n, "text": t}, ensure_ascii=False) + "\n" for n, t in enumerate(texts)
        )
    packed = gzip.compress(data.encode(encoding)) if name.endswith(".gz") else data.encode(encoding)
    (tmp_path / name).write_bytes(packed)
    found = rows(tmp_path / name)
    assert [row["text"] for row in found] == texts
    guessed = f"no byte order mark: read as {encoding}" if encoding[-2:] in ("le", "be") else None
    assert {row["warning"] for row in found} == {guessed}


def test_json_lines_that_end_in_carriage_returns(tmp_path: Path) -> None:
    lines = ['{"id": "a", "text": "One\\rline."}', "", '{"id": "b", "text": "Two."}', '{"id": "c"', ""]
    (tmp_path / "x.jsonl").write_bytes("\r".join(lines).encode())
    (tmp_path / "y.jsonl").write_bytes("\n".join(lines).encode())
    found, same = rows(tmp_path / "x.jsonl"), rows(tmp_path / "y.jsonl")
    assert [(row["id"], row["line"], row["text"]) for row in found[:2]] == [
        ("a", 0, "One\nline."),
        ("b", 2, "Two."),
    ]
    assert "line 4 is not valid JSON" in found[2]["problem"]
    assert [row | {"source": "", "id": ""} for row in found] == [
        row | {"source": "", "id": ""} for row in same
    ]


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv"])
def test_a_file_has_one_encoding(tmp_path: Path, name: str) -> None:
    """Row by row "Gęś" would be read in another encoding than the rows around it, which tell that it is Polish."""
    polish = ["Zażółć gęślą jaźń.", "Książka leży na stole, a źrebię śpi.", "Gęś.", "Łódź"]
    encoded = [text.encode("cp1250") for text in [*polish, *polish[:2] * 9]] + ["naïve 界".encode(), b"plain"]
    if name == "x.csv":
        lines = [b"id,text", *(b'%d,"%s"' % (n, text) for n, text in enumerate(encoded))]
    else:
        lines = [b'{"id": %d, "text": "%s"}' % (n, text) for n, text in enumerate(encoded)]
    (tmp_path / name).write_bytes(b"\n".join(lines))
    found = rows(tmp_path / name)
    assert [row["text"] for row in found[:4]] == polish
    assert {row["warning"] for row in found[:-2]} == {"not UTF-8: read as cp1250"}
    assert [(row["text"], row["warning"]) for row in found[-2:]] == [("naïve 界", None), ("plain", None)]


def test_encodings_whose_characters_end_in_a_backslash(tmp_path: Path) -> None:
    """In Shift JIS 表 and ソ end in the byte of a backslash, which JSON would take for its own."""
    texts = [
        "これは表です。ソースを見てください。",
        "昨日は雨が降りましたが、今日は晴れています。",
        "能力と予定",
    ]
    lines = [json.dumps({"id": n, "text": t}, ensure_ascii=False) for n, t in enumerate(texts)]
    (tmp_path / "x.jsonl").write_bytes("\n".join(lines).encode("shift_jis"))
    found = rows(tmp_path / "x.jsonl")
    assert [row["text"] for row in found] == texts
    assert all(row["warning"].startswith("not UTF-8: read as") for row in found)


def test_short_cells_in_an_encoding_of_two_bytes(tmp_path: Path) -> None:
    """The two bytes of 要 in GB 18030 are a character in UTF-8 as well."""
    short = "要"
    assert short.encode("gb18030").decode("utf-8") == "Ҫ"
    texts = ["今天天气很好,我们去公园散步。", "昨天下雨了,所以我们留在家里看书。", short]
    lines = ["id,text", *(f'{number},"{text}"' for number, text in enumerate(texts))]
    (tmp_path / "x.csv").write_bytes("\n".join(lines).encode("gb18030"))
    assert [row["text"] for row in rows(tmp_path / "x.csv")] == texts


def test_japanese_of_seven_bits() -> None:
    text = "今日は天気がいいです。\nABC と 漢字\n"
    assert decode(text.encode("iso2022_jp")) == (text, "shifts between alphabets: read as iso2022_jp_ext")
    assert decode(b"\x1b[1mbold\x1b[0m text of a terminal") == ("\x1b[1mbold\x1b[0m text of a terminal", None)


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv"])
def test_files_of_rows_that_are_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 a workbook")
    (row,) = rows(tmp_path / name)
    assert row["problem"] == "is a binary file, not text; convert it to text first"


def test_addresses_and_images_are_kept_beside_the_text(tmp_path: Path) -> None:
    first, second = {"id": "a", "text": "one", "url": "https://x.org/en/7"}, {"id": "b", "text": "two"}
    (tmp_path / "fast.jsonl").write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    (tmp_path / "slow.jsonl").write_text(f"\n{json.dumps(first)}\n{json.dumps({**second, 'url': 7})}\n")
    (tmp_path / "x.csv").write_text("id,url,text\na,https://x.org/en/7,one\nb,,two\n")
    table = pa.table({"id": ["a", "b"], "text": ["1", "2"], "url": [first["url"], None]})
    pq.write_table(table, tmp_path / "x.parquet")
    for name in ("fast.jsonl", "slow.jsonl", "x.csv", "x.parquet"):
        assert [row["about"] for row in rows(tmp_path / name)] == ["https://x.org/en/7", None], name
    head = '<link rel="canonical" href="https://x.org/en/7">'
    image = '<img src="/img/ships.png?w=3"><img src="data:image/png;base64,AAAA"><img src="/img/ships.png">'
    (tmp_path / "x.html").write_text(
        PAGE.replace("<title>", head + "<title>").replace("<h1>", image + "<h1>")
    )
    (row,) = rows(tmp_path / "x.html")
    assert row["about"] == "https://x.org/en/7\nships.png"
    assert "ships.png" not in row["text"]
    (tmp_path / "x.html").write_text(PAGE)
    assert rows(tmp_path / "x.html")[0]["about"] is None


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet", "slow.jsonl"])
def test_languages_are_folded_at_the_door(tmp_path: Path, name: str) -> None:
    """Whichever way the rows are read: as columns, or one by one where a row is broken."""
    table = {"id": list("abcdef"), "lang": ["zh_TW", "deu", "xx1", "unknown", "", "pt-BR"], "text": ["x"] * 6}
    lines = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    if name == "x.parquet":
        pq.write_table(pa.table(table), tmp_path / name)
    elif name == "x.csv":
        rest = [",".join(line.values()) for line in lines]
        (tmp_path / name).write_text("\n".join(["id,lang,text", *rest]) + "\n")
    else:
        written = [*map(json.dumps, lines), *(["{"] if "slow" in name else [])]
        (tmp_path / name).write_text("\n".join(written) + "\n")
    found = rows(tmp_path / name, language_field="lang")[:6]
    assert [row["language"] for row in found] == ["zh-TW", "de", None, None, None, "pt-BR"]
    assert [row["warning"] for row in found] == [
        None, None, "'xx1' is no language code: not used", None, None, None,
    ]  # fmt: skip
    found = rows(tmp_path / name, language_field="lang", language="en_gb")[:6]
    assert [row["language"] for row in found] == ["zh-TW", "de", "en-GB", "en-GB", "en-GB", "pt-BR"]


def test_what_is_no_language_cannot_be_that_of_all_documents() -> None:
    with pytest.raises(UsageError, match="'klingonish' is no language code"):
        ReadOptions(language="klingonish")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "x.jsonl",
            '{"id": 1, "text": "a", "text": "b"}',
            "line 1 has 2 fields 'text', of which one must be meant",
        ),
        (
            "x.jsonl",
            '{"id": 1, "id": 2, "text": "b"}',
            "line 1 has 2 fields 'id', of which one must be meant",
        ),
        ("x.csv", "id,text,text\n1,a,b\n", "has 2 columns 'text', of which one must be meant"),
        ("x.jsonl", '{"id": 1, "text": null}', "is empty: there is no text in it"),
        ("x.csv", "id,text\n1,\n", "is empty: there is no text in it"),
        ("x.jsonl", '{"id": 1, "text": {"body": "a", "by": "b"}}', "--text-field: text.body, text.by"),
        ("x.jsonl", '{"id": 1, "text": 5}', "has a number or truth value in field 'text'"),
        ("x.jsonl", '{"id": 1}', "has no text in field 'text'; name the field"),
        ("x.csv", "id;text\n1;a;b\n", "row 1 has 3 cells, the header 2; quote cells with semicolons"),
        ("x.tsv", "id\ttext\n1\ta\tb\n", "row 1 has 3 cells, the header 2; quote cells with tabs"),
    ],
)
def test_what_is_said_of_a_row_fits_it(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text)
    (row,) = rows(tmp_path / name)
    assert problem in row["problem"]
    assert row["text"] == ""


@pytest.mark.parametrize("inner", [{"text": "x", "id": 3}, [{"text": "x"}, {"text": "y"}]])
def test_a_name_inside_other_fields_is_no_second_one(tmp_path: Path, inner: object) -> None:
    line = json.dumps({"more": inner, "id": 1, "text": 'it says "text" and "id"'})
    (tmp_path / "x.jsonl").write_text(line + "\n\n")  # read line by line
    (row,) = rows(tmp_path / "x.jsonl")
    assert (row["id"], row["problem"]) == ("1", None)
