from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from align._internal.hints import install_extra
from align.cli import cli
from align.errors import AlignError

FILES = {"laser2.pt": b"weights" * 1000, "laser2.spm": b"tokenizer", "laser2.cvocab": b"a 1\n"}


class Server(BaseHTTPRequestHandler):
    """Serves `FILES`; `cut` of them less than it says."""

    cut: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        data = FILES.get(name)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write((data or b"")[: -2 if name in self.cut else None])

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A models folder, and a server to fill it from."""
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setattr(
            "align.encoders.laser.encoder.BASE_URL", f"http://127.0.0.1:{server.server_port}/laser"
        )
        monkeypatch.setenv("ALIGN_MODELS", str(tmp_path / "models"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield tmp_path / "models"
        server.shutdown()
        thread.join()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["models", *arguments])


def test_fetch_puts_files_and_checksums(models: Path) -> None:
    result = run("fetch", "laser")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(models / name) for name in FILES]
    for name, data in FILES.items():
        assert (models / name).read_bytes() == data
        assert (models / f"{name}.sha256").read_text() == f"{hashlib.sha256(data).hexdigest()}  {name}\n"
    assert len(list(models.iterdir())) == 6
    where = run("where", "laser")
    assert where.exit_code == 0
    assert where.stdout.splitlines() == [str(models), *(f"{name}\tthere" for name in FILES)]


def test_what_is_there_stays_unless_it_is_overwritten(models: Path) -> None:
    run("fetch", "laser")
    (models / "laser2.pt").write_bytes(b"damaged")
    assert run("fetch", "laser").stdout == ""
    damaged = run("where", "laser")
    assert damaged.exit_code == 1
    assert "not as it was fetched" in damaged.stderr
    assert run("fetch", "laser", "--overwrite").exit_code == 0
    assert (models / "laser2.pt").read_bytes() == FILES["laser2.pt"]


def test_a_broken_connection_leaves_nothing(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "cut", {"laser2.spm"})
    result = run("fetch", "laser")
    assert isinstance(result.exception, AlignError)
    assert f"put it at {models / 'laser2.spm'}" in str(result.exception)
    assert sorted(path.name for path in models.iterdir()) == ["laser2.pt", "laser2.pt.sha256"]


def test_offline_says_which_file_to_put_where(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("align.encoders.laser.encoder.BASE_URL", "http://127.0.0.1:1/laser")
    result = run("fetch", "laser:wol")
    assert isinstance(result.exception, AlignError)
    assert "bring the file here" in str(result.exception)
    assert str(models / "laser3-wol_Latn.v1.pt") in str(result.exception)


def test_list_tells_what_is_needed(models: Path) -> None:
    rows = [line.split("\t") for line in run("list", "--format", "tsv").stdout.splitlines()]
    assert rows[0] == ["encoder", "languages", "dimension", "size", "state"]
    states = {row[0]: row[4] for row in rows}
    assert states["use"] == "ready"
    assert states["laser"] in ("align models fetch laser", install_extra("laser"))
    assert len(run("list").stdout.splitlines()) == len(rows)


def test_a_model_of_sentence_transformers_is_listed_and_found(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("align.encoders.sentence_transformer.installed", lambda: True)
    missing = run("where", "st:LaBSE")
    assert missing.exit_code == 1
    assert "not on this machine; align models fetch st:LaBSE" in missing.stderr
    assert "st:LaBSE\t109\t768\t1.9 GB\talign models fetch st:LaBSE" in run("list", "--format", "tsv").stdout
    home = models / "models--sentence-transformers--LaBSE"
    place = home / "snapshots" / "0123"
    (place / "1_Pooling").mkdir(parents=True)
    (place / "1_Pooling" / "config.json").touch()
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("0123", encoding="utf-8")
    where = run("where", "st:LaBSE")
    assert (where.exit_code, where.stdout.splitlines()) == (0, [str(place), "1_Pooling/config.json\tthere"])
    assert "st:LaBSE\t109\t768\t1.9 GB\tready" in run("list", "--format", "tsv").stdout


@pytest.mark.parametrize("name", ["lasr", "python:a:b", "file:x"])
def test_names_without_files_are_refused(name: str, models: Path) -> None:
    result = run("where", name)
    assert isinstance(result.exception, AlignError)
