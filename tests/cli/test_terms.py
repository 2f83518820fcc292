"""``align terms`` on a run whose terms are known."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from align.cli import cli
from align.corpus.folder import CorpusFolder
from align.errors import AlignError, OutputError, UsageError
from align.jobs.opened import open as open_corpus
from align.report import write_report
from align.review.session import Review
from tests.run_builder import Pair, bead, make_run

SENTENCES = [
    (f"The {one} {says}.", f"{eins} {sagt}.")
    for one, eins in (
        ("maintainer", "Die Betreuerin"), ("mailing list", "Die Verteilerliste"), ("committee", "Der Ausschuss"),
    )
    for says, sagt in (("was not there", "war nicht da"), ("has read it", "hat es gelesen"), ("is open", "ist offen"))
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    """Two pairs, the second one the other way round, with every sentence thrice in each."""
    beads = SENTENCES * 3
    Random(3).shuffle(beads)
    there = [bead(k, a, b, 0.9) for k, (a, b) in enumerate(beads)]
    back = [bead(k, b, a, 0.9) for k, (a, b) in enumerate(beads)]
    doubtful = [bead(90 + k, "The committee sleeps.", "Der Wald schläft.", 0.3) for k in range(9)]
    documents = {"a": ("en", "x"), "b": ("de", "x"), "c": ("de", "x"), "d": ("en", "x")}
    pairs = [Pair("a", "b", {"sentence": [*there, *doubtful]}), Pair("c", "d", {"sentence": back})]
    return make_run(tmp_path / "out", documents, pairs)


def terms(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["terms", *map(str, arguments)])
    if isinstance(result.exception, AlignError):
        raise result.exception
    return result


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_both_pairs_are_counted_and_turned_one_way(run: CorpusFolder) -> None:
    result = terms(run.path)
    assert result.exit_code == 0
    head, *found = rows(result.stdout)
    assert head[:5] == ["source_language", "target_language", "source", "target", "count"]
    assert ["en", "de", "committee", "Ausschuss", "18"] in [row[:5] for row in found]
    assert ["en", "de", "mailing list", "Verteilerliste", "18"] in [row[:5] for row in found]
    assert "en–de: " in result.stderr
    _, *turned = rows(terms(run.path, "--source-language", "de").stdout)
    assert ["de", "en", "Ausschuss", "committee", "18"] in [row[:5] for row in turned]
    assert terms(run.path, "--languages", "de-en").stdout == terms(run.path, "--source-language", "de").stdout


def test_doubtful_beads_count_where_they_are_asked_for_and_rejected_ones_never(run: CorpusFolder) -> None:
    def committees(*options: object) -> int:
        return sum(int(row[5]) for row in rows(terms(run.path, *options).stdout)[1:] if row[3] == "Ausschuss")

    assert committees() == 18
    assert committees("--min-confidence", 0) == 27
    with closing(Review(run, reviewer="Ana")) as review:
        view = review.view(0, "sentence")
        first = next(each for each in view.beads if "committee" in each.source_text)
        request = {"kind": "set", "id": first.id, "values": {"status": ["open", "rejected"]}}
        review.act(0, "sentence", request)
    assert committees() == 17


def test_files_and_what_is_said_of_them(run: CorpusFolder, tmp_path: Path) -> None:
    file = tmp_path / "terms.tbx"
    told = json.loads(terms(run.path, "-o", file, "--json", "-q").stdout)
    assert told["languages"] == {"en-de": told["terms"]}
    assert "<term>Verteilerliste</term>" in file.read_text("utf-8")
    with pytest.raises(OutputError, match="add --overwrite"):
        terms(run.path, "-o", file)
    assert terms(run.path, "-o", file, "--overwrite", "--format", "tbx-2008").exit_code == 0
    assert "<martif " in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "t.xlsx"], "stands for no format; give --format"),
        (["-o", "t.tbx", "--spreadsheet-safe"], "goes with TSV"),
        (["--languages", "en-de", "--source-language", "en"], "give one of them"),
        (["--languages", "en"], "give two codes"),
        (["--json"], "name a file with -o"),
    ],
)
def test_wrong_usage(run: CorpusFolder, options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        terms(run.path, *options)


def test_where_there_are_none_no_file_is_made(tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "out",
        {"a": ("en", "x"), "b": ("de", "x")},
        [Pair("a", "b", {"sentence": [bead(0, "A.", "B.")]})],
    )
    result = terms(run.path, "-o", tmp_path / "t.tsv")
    assert not (tmp_path / "t.tsv").exists()
    assert "no terms: too few beads" in result.stderr


def test_they_are_in_the_report_and_in_an_opened_corpus(run: CorpusFolder) -> None:
    index = write_report(run).index.read_text("utf-8")
    assert "en–de: " in index
    assert re.search(r'<span lang="de"[^>]*>Verteilerliste</span> <small>18</small>', index)
    frame = open_corpus(run.path).terms()
    assert set(frame["target"]) >= {"Verteilerliste", "Ausschuss", "Betreuerin"}
    assert frame["count"].dtype == "int64"
