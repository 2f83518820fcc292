"""Every command takes a language in the same forms, and refuses what is none in the same words."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from align._internal.tables import read_table
from align.cli import cli
from align.cli.export import two_languages
from tests.cli.conftest import Align

COMMANDS = {
    "run": ("run", "missing", "-o", "out", "--language", "{}"),
    "dedup": ("dedup", "missing", "-o", "out", "--language", "{}"),
    "pairs": ("pairs", "missing", "-o", "out.tsv", "--language", "{}"),
    "source": ("texts", "missing", "b", "--source-language", "{}"),
    "target": ("texts", "missing", "b", "--target-language", "{}"),
    "export": ("export", "missing", "-o", "out.tsv", "--languages", "{},en"),
}


def command(name: str, language: str, folder: Path) -> tuple[str, ...]:
    return tuple(
        str(folder / part) if part == "missing" else part.format(language) for part in COMMANDS[name]
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_language_is_refused(align: Align, tmp_path: Path, name: str) -> None:
    done = align(*command(name, "englsh", tmp_path), cwd=tmp_path)
    assert done.returncode == 2
    said = "'englsh' is no language code; give one such as en, zh or pt-BR (BCP 47); did you mean english?"
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "export"])
def test_every_form_of_a_language_is_taken(name: str) -> None:
    forms = {"zh_TW": "zh-TW", "pt-br": "pt-BR", "eng": "en", "German": "de", "ZH-hant": "zh-Hant"}
    for form, tag in forms.items():
        first, *rest = command(name, form, Path())
        found = cli.get_command(click.Context(cli), first)
        assert found is not None
        assert tag in found.make_context(first, rest).params.values()


def test_the_languages_of_an_export_are_taken_in_every_form() -> None:
    assert two_languages("zh_TW,German") == ("zh-TW", "de")
    assert two_languages("eng-deu") == ("en", "de")


@pytest.mark.slow
def test_the_tags_of_a_batch_are_in_all_that_comes_of_it(align: Align, tmp_path: Path) -> None:
    texts = {
        "en-GB": "The library opens at nine.\nIt is closed on Sundays.\nBooks can be kept for three weeks.",
        "de_AT": "Die Bibliothek öffnet um neun.\nSonntags ist sie geschlossen.\nBücher kann man drei Wochen behalten.",
    }
    batch, out = tmp_path / "batch.jsonl", tmp_path / "out"
    batch.write_text(
        "".join(json.dumps({"id": t[:2], "lang": t, "text": x}) + "\n" for t, x in texts.items())
    )
    done = align("run", batch, "-o", out, "--language-field", "lang")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    assert [row["language"] for row in read_table(out / "documents.tsv")] == ["en-GB", "de-AT"]
    (pair,) = read_table(out / "pairs.tsv")
    assert (pair["source_language"], pair["target_language"]) == ("de-AT", "en-GB")
    assert align("export", out, "-o", tmp_path / "c.tmx", "--languages", "en-GB,de").returncode == 0
    assert 'srclang="en-GB"' in (tmp_path / "c.tmx").read_text("utf-8")
    assert align("report", out).returncode == 0
    assert any('lang="de-AT"' in page.read_text("utf-8") for page in out.rglob("*.html"))
