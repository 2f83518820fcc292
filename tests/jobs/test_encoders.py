"""A batch of several languages in one run: each pair has its encoder, and the folder says which."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from align.corpus.folder import CorpusFolder
from align.encoders.auto import broad_encoder
from align.errors import SignatureError
from align.jobs.corpus import remove_documents
from align.jobs.run import RunOptions, run
from align.pairing import PairOptions
from align.reading import ReadOptions
from align.report import write_report
from tests.several_encoders import CHINESE, ENGLISH, ICELANDIC, Broad

GIVEN = tuple(("lib.en.txt", f"lib.{code}.txt") for code in ("is", "zh"))
OPTIONS = RunOptions(pairing=PairOptions(given=GIVEN))


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    folder = tmp_path / "batch"
    folder.mkdir()
    for code, text in {"en": ENGLISH, "zh": CHINESE, "is": ICELANDIC}.items():
        (folder / f"lib.{code}.txt").write_text(text, encoding="utf-8")
    return folder


def columns(folder: CorpusFolder) -> dict[str, tuple[str, str]]:
    return {pair.target: (pair.row["encoder"], pair.row["weights"]) for pair in folder.pairs}


def test_pairs_of_one_run_have_their_encoders(batch: Path, tmp_path: Path, broad: Broad) -> None:
    found = run(batch, tmp_path / "out", options=OPTIONS).folder
    used = {"lib.is.txt": ("e5", "e5"), "lib.zh.txt": ("use", "use")}
    assert {target: of for target, of in columns(found).items() if target in used} == used
    record = found.info
    assert record["signature"]["encoder"].startswith("auto: use-3")
    assert record["signature"]["encoder"].endswith(" or broad-1")
    assert record["options"]["alignment"]["encoder"] == "auto"
    assert record["encoders"]["e5"]["signature"] == broad.signature
    assert record["encoders"]["use"]["pairs"]["use"] >= 1
    write_report(found)
    page = (found.path / "report" / "pairs" / "lib.en.txt--lib.is.txt.html").read_text("utf-8")
    assert "encoder e5" in page


def test_a_corpus_that_grows_has_an_encoder_for_each_pair(batch: Path, tmp_path: Path, broad: Broad) -> None:
    """Also for a pair whose other half came before; what is taken out is counted no more."""
    out, later = tmp_path / "out", batch / "lib.is.txt"
    first = [batch / f"lib.{code}.txt" for code in ("en", "zh")]
    for inputs, given in ((first, GIVEN[1:]), ([later], GIVEN[:1])):
        run(inputs, out, options=RunOptions(append=True, pairing=PairOptions(given=given)))
    found = CorpusFolder(out)
    assert columns(found) | {"lib.is.txt": ("e5", "e5"), "lib.zh.txt": ("use", "use")} == columns(found)
    assert found.info["encoders"]["e5"] == {"signature": broad.signature, "pairs": {"e5": 1}}
    assert found.info["encoders"]["use"]["pairs"]["use"] == len(found.pairs) - 1
    remove_documents(out, ["lib.is.txt"])
    assert set(CorpusFolder(out).info["encoders"]) == {"use"}


def test_no_pair_needs_it_no_model_is_asked(batch: Path, tmp_path: Path, broad: Broad) -> None:
    (batch / "lib.is.txt").unlink()
    run(batch, tmp_path / "out", options=replace(OPTIONS, pairing=PairOptions()))
    assert broad.asked == 0


@pytest.mark.usefixtures("broad")
def test_a_folder_made_with_another_choice_of_encoders_is_not_gone_on_with(
    batch: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run(batch, tmp_path / "out", options=OPTIONS)
    assert run(batch, tmp_path / "out", options=OPTIONS).unchanged
    with pytest.raises(SignatureError, match="encoder auto: use-3"):
        run(batch, tmp_path / "out", options=replace(OPTIONS, encoder="use"))
    request.getfixturevalue("no_broad")
    with pytest.raises(SignatureError, match="encoder auto: use-3"):
        run(batch, tmp_path / "out", options=OPTIONS)


@pytest.mark.usefixtures("no_broad")
def test_what_is_used_where_no_encoder_knows_the_language_is_told(batch: Path, tmp_path: Path) -> None:
    found = run(batch, tmp_path / "out", options=OPTIONS).folder
    assert columns(found)["lib.is.txt"] == ("use", "other")
    (told, *_) = [entry for entry in found.info["warnings"] if entry["about"] == "lib.en.txt and lib.is.txt"]
    assert "pip install" in told["warning"]
    write_report(found)
    page = (found.path / "report" / "pairs" / "lib.en.txt--lib.is.txt.html").read_text("utf-8")
    assert "pip install" in page


@pytest.mark.usefixtures("no_broad")
def test_a_wrong_language_is_told_in_the_table_of_documents(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": ENGLISH, "language": "de"}, {"id": "b", "text": CHINESE, "language": "zh-CN"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = RunOptions(reading=ReadOptions(language_field="language"))
    found = run(tmp_path / "in.jsonl", tmp_path / "out", options=options)
    first, second = found.entries
    assert (first.language, second.language) == ("en", "zh-CN")
    assert first.warning == "declared to be in de, but the text is in en; taken as en"
    assert second.warning is None
    (pair,) = found.folder.pairs
    assert (pair.source_language, pair.target_language) == ("en", "zh-CN")
    again = run(tmp_path / "in.jsonl", tmp_path / "out", options=options)
    assert again.unchanged
    assert again.entries == found.entries


def days(path: Path) -> tuple[tuple[str, str], ...]:
    """Writes eight English documents, each with a German and an Icelandic version; the pairs of their ids."""
    texts = {
        "en": "On day {} we wrote about rain.\nNobody came to the market.",
        "de": "Am Tag {} schrieben wir über Regen.\nNiemand kam auf den Markt.",
        "is": "Á degi {} skrifuðum við um rigningu.\nEnginn kom á markaðinn.",
    }
    rows: list[dict[str, Any]] = [
        {"id": f"{n}.{code}", "text": text.format(3 * n + 2), "language": code}
        for n in range(8)
        for code, text in texts.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tuple((f"{n}.{code}", f"{n}.en") for n in range(8) for code in ("de", "is"))


@pytest.mark.slow
@pytest.mark.skipif(broad_encoder() is None, reason="the encoder of many languages is not installed")
def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    given = days(tmp_path / "in.jsonl")
    made = []
    for workers in (1, 2):
        out = tmp_path / f"out{workers}"
        options = RunOptions(
            reading=ReadOptions(language_field="language"),
            pairing=PairOptions(given=given, min_probability=1),
            workers=workers,
        )
        found = run(tmp_path / "in.jsonl", out, options=options).folder
        assert {pair.row["encoder"] for pair in found.pairs} == {"use", "e5"}
        made.append({str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()})
    assert len(made[0]) > 32
    assert made[0] == made[1]
