"""Archives of the web, as crawlers write them."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from align.reading import ReadOptions, read_batch

DATE = "2024-05-01T10:00:00Z"
BODY = (
    "<p>Der erste Absatz sagt, was am Montag im Hafen geschah, als drei Schiffe ausliefen, größer als je.</p>"
)


def page(charset: str = "utf-8", meta: str = "", body: str = BODY) -> bytes:
    return f"<html><head>{meta}<title>t</title></head><body><article>{body}</article></body></html>".encode(
        charset
    )


def record(kind: str, address: str, block: bytes, content: str, date: str = DATE) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {address}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:uuid:{abs(hash((kind, address, date))):032x}>\r\n"
        f"Content-Type: {content}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def response(
    address: str, body: bytes, kind: str = "text/html", status: str = "200 OK", date: str = DATE
) -> bytes:
    block = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nX: y\r\n\r\n".encode() + body
    return record("response", address, block, "application/http; msgtype=response", date)


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in read_batch([path], options=ReadOptions(**options)) for row in batch.to_pylist()]


def packed(records: list[bytes]) -> bytes:
    return b"".join(map(gzip.compress, records))


def test_pages_of_a_crawl(tmp_path: Path) -> None:
    records = [
        record("warcinfo", "", b"software: x\r\n", "application/warc-fields"),
        record("request", "http://x.org/a", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request"),
        response("http://x.org/a", page()),
        response("http://x.org/pic", b"\x89PNG", "image/png"),
        response("http://x.org/gone", page(), status="404 Not Found"),
        response("http://x.org/b", page("cp1252"), "text/html; charset=windows-1252"),
        response(
            "http://x.org/c",
            page("koi8-r", body="<p>" + "Первый абзац говорит о том, что было в гавани. " * 4 + "</p>"),
            "text/html; charset=koi8-r",
        ),
        response("http://x.org/a", page(), date="2025-01-01T00:00:00Z"),
        response("http://x.org/empty", b"<html><body></body></html>"),
        response("http://x.org/plain", "Größe.".encode("latin-1"), "text/plain; charset=iso-8859-1"),
    ]
    (tmp_path / "a.warc.gz").write_bytes(packed(records))
    found = rows(tmp_path / "a.warc.gz")
    assert [(row["id"], row["about"]) for row in found] == [
        (f"http://x.org/a {DATE}", "http://x.org/a"),
        (f"http://x.org/b {DATE}", "http://x.org/b"),
        (f"http://x.org/c {DATE}", "http://x.org/c"),
        ("http://x.org/a 2025-01-01T00:00:00Z", "http://x.org/a"),
        (f"http://x.org/empty {DATE}", "http://x.org/empty"),
        (f"http://x.org/plain {DATE}", "http://x.org/plain"),
    ]
    assert all("größer als je" in found[number]["text"] for number in (0, 1, 3))
    assert "Первый абзац" in found[2]["text"]
    assert found[5]["text"] == "Größe."
    assert [bool(row["problem"]) for row in found] == [False, False, False, False, True, False]
    assert not any("HTTP" in row["text"] or "WARC" in row["text"] for row in found)


@pytest.mark.parametrize("name", ["a.warc.wet.gz", "a.wet", "part-00000"])
def test_texts_of_a_crawl(tmp_path: Path, name: str) -> None:
    texts = ["Ein Text.\nZeile zwei.", "另一段文字。"]
    records = [
        record("conversion", f"http://x.org/{n}", text.encode(), "text/plain") for n, text in enumerate(texts)
    ]
    (tmp_path / name).write_bytes(packed(records) if name.endswith("gz") else b"".join(records))
    found = rows(tmp_path / name, prefer="date")
    assert [(row["text"], row["about"], row["prefer"]) for row in found] == [
        (text, f"http://x.org/{n}", DATE) for n, text in enumerate(texts)
    ]
    assert rows(tmp_path / name, id_field="WARC-Record-ID")[0]["id"].startswith("<urn:uuid:")


def test_one_address_at_one_time_twice(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(response("http://x.org/", page()) * 2)
    assert [row["id"] for row in rows(tmp_path)] == [f"http://x.org/ {DATE}", f"http://x.org/ {DATE} 2"]


def test_a_cut_archive_keeps_what_comes_before(tmp_path: Path) -> None:
    whole = packed([response("http://x.org/1", page()), response("http://x.org/2", page())])
    (tmp_path / "a.warc.gz").write_bytes(whole[:-200])
    first, *rest = rows(tmp_path)
    assert first["problem"] is None
    assert rest
    assert all(row["problem"] for row in rest)


def test_a_page_over_the_limit_is_named(tmp_path: Path) -> None:
    records = [response("http://x.org/1", page(body=BODY * 3000)), response("http://x.org/2", page())]
    (tmp_path / "a.warc").write_bytes(b"".join(records))
    large, small = rows(tmp_path, max_bytes=100_000)
    assert "holds more than 0.09537 MB" in large["problem"]
    assert small["problem"] is None


def test_a_stated_encoding_that_does_not_fit_is_not_used(tmp_path: Path) -> None:
    for kind in ("text/html; charset=utf-8", "text/html; charset=undefined", "text/html; charset=punycode"):
        (tmp_path / "a.warc").write_bytes(
            response("http://x.org/", page("cp1252", '<meta charset="windows-1252">'), kind)
        )
        assert "größer als je" in rows(tmp_path)[0]["text"]


def test_old_archives(tmp_path: Path) -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page()
    out = io.BytesIO()
    version = b"1 0 Company\nURL IP-address Archive-date Content-type Archive-length\n"
    out.write(b"filedesc://a.arc 0.0.0.0 20240501100000 text/plain %d\n" % len(version) + version + b"\n")
    out.write(b"http://x.org/ 1.2.3.4 20240501100000 text/html %d\n" % len(body) + body + b"\n")
    (tmp_path / "a.arc").write_bytes(out.getvalue())
    (row,) = rows(tmp_path)
    assert row["id"] == f"http://x.org/ {DATE}"
    assert "größer als je" in row["text"]


def test_a_record_that_is_longer_than_it_says_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    longer = response("http://a.example/1", page())
    size = int(longer.split(b"Content-Length: ")[1].split()[0])
    longer = longer.replace(b"Content-Length: %d" % size, b"Content-Length: %d" % (size - 9))
    (tmp_path / "x.warc").write_bytes(longer + response("http://a.example/2", page()))
    found = rows(tmp_path / "x.warc")
    assert [row["about"] for row in found if not row["problem"]] == [
        "http://a.example/1",
        "http://a.example/2",
    ]
    (problem,) = (row["problem"] for row in found if row["problem"])
    assert problem.startswith("is damaged: after 1 of its records stands something that belongs to none")
    assert capfd.readouterr().err == ""
