"""A finished corpus as data frames, and its exports as other libraries read them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import align
from align.cli import cli
from align.corpus.folder import CorpusFolder
from align.errors import InputError, UsageError
from align.jobs.card import size_category
from align.jobs.export import export_run
from align.jobs.opened import TABLES
from align.report import write_report
from align.review.session import Review
from tests.run_builder import Pair, bead, make_run

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def corpus(tmp_path: Path) -> align.Corpus:
    make_run(
        tmp_path / "out",
        {"1.0": ("en", "One.\nTwo."), "a": ("de", "Eins.\nZwei."), "copy": ("en", "One.\nTwo."), "x": ("en", HOSTILE)},
        [
            Pair(
                "1.0",
                "a",
                {
                    "sentence": [bead(0, "One.", "Eins.", 0.9), bead(1, HOSTILE, "", 0.4)],
                    "paragraph": [bead(0, "One.", "Eins.", 0.9, level="paragraph")],
                },
            )
        ],
        duplicates=[("1.0", "copy", 1.0, "identical")],
    )  # fmt: skip
    return align.open(tmp_path / "out")


def test_tables_have_their_types(corpus: align.Corpus) -> None:
    documents = corpus.documents
    assert list(documents["document"]) == ["1.0", "a", "copy", "x"]  # an id is no number
    assert documents["batch"].dtype == "int64"
    assert corpus.duplicates.to_dict("records") == [
        {"id1": "1.0", "id2": "copy", "similarity": 1.0, "kind": "identical", "indexed": False}
    ]
    assert corpus.pairs["probability"].dtype == "float64"
    assert list(corpus.texts["id"]) == ["1.0", "a", "copy", "x"]
    assert corpus.boilerplate.empty
    for name in (*TABLES, "texts", "decisions", "beads"):
        assert isinstance(corpus.arrow(name).to_pandas(), pd.DataFrame)
    with pytest.raises(UsageError, match="'bead' is no table of a corpus; there are documents, duplicates"):
        corpus.arrow("bead")


def test_the_line_for_pandas_reads_quoted_cells(tmp_path: Path) -> None:
    """The line of the README: ids stay texts, nothing becomes NaN, cells with tabs and quotes come as they are."""
    strange = 'a\tb "c"'
    pairs = [Pair("001", strange, {"sentence": [bead(0, "One.", "Eins.")]})]
    folder = make_run(tmp_path / "out", {"001": ("en", "One."), strange: ("de", "Eins.")}, pairs)
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (line,) = re.findall(r"`pandas\.(read_csv\(.*?\))`", readme)
    read = pd.read_csv(
        folder.path / "pairs.tsv", sep="\t", keep_default_na=False, dtype={"source": str, "target": str}
    )
    assert 'sep="\\t", keep_default_na=False, dtype={"source": str, "target": str}' in line
    assert list(read[["source", "target"]].iloc[0]) == ["001", strange]
    assert read["runner_up"].iloc[0] == ""
    assert list(align.open(folder.path).pairs["target"]) == [strange]


def test_beads_come_as_decided_or_as_aligned(corpus: align.Corpus) -> None:
    assert corpus.decisions.empty
    review = Review(CorpusFolder(corpus.folder.path), reviewer="Ann")
    gap = review.view(0, "sentence").beads[1]
    values = {"status": [gap.status, "rejected"], "comment": ["", "no text"]}
    review.act(0, "sentence", {"kind": "set", "id": gap.id, "values": values})
    review.close()
    again = align.open(corpus.folder.path)
    assert list(again.beads()["review"]) == ["open", "rejected"]
    assert list(again.beads(decided=False)["review"]) == ["open", "open"]
    assert list(again.beads("paragraph")["source_positions"].map(list)) == [["p0"]]
    (decision,) = again.decisions.to_dict("records")
    assert (decision["status"], decision["comment"], decision["reviewer"]) == ("rejected", "no text", "Ann")
    assert (decision["confidence"], decision["edited"]) == (0.4, False)


def test_a_folder_of_dedup(tmp_path: Path) -> None:
    from align.jobs.dedup import DedupJobOptions, deduplicate

    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text("one two three four five six seven\n")
    deduplicate(str(tmp_path / "*.txt"), tmp_path / "kept", DedupJobOptions())
    corpus = align.open(tmp_path / "kept")
    assert list(corpus.documents["status"]) == ["kept", "duplicate"]
    assert list(corpus.clusters["document"]) == ["b.txt"]
    assert corpus.pairs.empty
    assert corpus.beads().empty
    with pytest.raises(UsageError, match="keeps the texts as files"):
        _ = corpus.texts
    with pytest.raises(InputError, match="holds no run"):
        align.open(tmp_path)


def test_a_corpus_without_a_document(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    align.run(str(tmp_path / "empty.txt"), tmp_path / "out")
    corpus = align.open(tmp_path / "out")
    assert list(corpus.documents["status"]) == ["failed"]
    assert (len(corpus.texts), len(corpus.pairs), len(corpus.beads()), len(corpus.decisions)) == (0, 0, 0, 0)
    write_report(corpus.folder)


def test_what_a_notebook_shows_is_escaped(corpus: align.Corpus) -> None:
    assert "pairs" in corpus._repr_html_()
    texts = [(HOSTILE, HOSTILE), (f"{HOSTILE}2", "the same text again and again and again")]
    alignment = align.align_texts([HOSTILE, "It rains."], [HOSTILE, "Es regnet."], source_language="en")
    for shown in (
        alignment._repr_html_(),
        align.find_duplicates([(name, "one two three four five six") for name, _ in texts])._repr_html_(),
        align.find_pairs(texts)._repr_html_(),
    ):
        assert "<script>" not in shown
        assert shown.startswith("<p>")
    assert "&lt;script&gt;" in alignment._repr_html_()
    assert "and 5 more" in align.align_texts(["A."] * 25, ["A."] * 25, source_language="en")._repr_html_()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("file", "kind"), [("corpus.parquet", "parquet"), ("corpus.jsonl", "json")])
def test_datasets_reads_what_is_exported(
    corpus: align.Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, kind: str
) -> None:
    """With no network: the loader's own code is what reads the file."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    export_run(corpus.folder, tmp_path / file)
    found = datasets.load_dataset(
        kind, data_files=str(tmp_path / file), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert len(found) == 2
    if kind == "json":
        assert found[0]["translation"] == {"en": "One.", "de": "Eins."}
        assert json.loads((tmp_path / file).read_text("utf-8").splitlines()[0])["confidence"] == 0.9
    else:
        assert (found[0]["source"], found[0]["target"], found[0]["source_positions"]) == (
            "One.",
            "Eins.",
            ["p0s0"],
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", ["corpus.parquet", "corpus.jsonl", "corpus.tsv"])
def test_a_folder_with_a_card_is_a_data_set(
    corpus: align.Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    made = exported(corpus, tmp_path / "set" / file)
    assert made.exit_code == 0, made.stderr
    found = datasets.load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"))["train"]
    assert len(found) == 2
    if file == "corpus.tsv":
        assert found[0]["source"] == "One."
        assert (found[1]["target"], found[1]["reviewer"]) == ("", "")  # as Parquet has them, not None and nan
    checked = exported(corpus, tmp_path / "checked" / file, "--checks")
    assert checked.exit_code == 0, checked.stderr
    found = datasets.load_dataset(str(tmp_path / "checked"), cache_dir=str(tmp_path / "cache"))["train"]
    assert "checks" in found.column_names
    from huggingface_hub import DatasetCard

    card = DatasetCard.load(tmp_path / "set" / "README.md").data.to_dict()
    assert card["language"] == ["de", "en"]
    assert (card["task_categories"], card["size_categories"]) == (["translation"], ["n<1K"])
    assert card["configs"][0]["data_files"] == [{"split": "train", "path": file}]


def exported(corpus: align.Corpus, file: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["export", str(corpus.folder.path), "-o", str(file), "--card", *options])


def test_a_card_describes_a_file_as_datasets_wants_it(corpus: align.Corpus, tmp_path: Path) -> None:
    """A split without its bytes is passed over with a warning; a text such as N/A would be nothing."""
    for file, wanted in (("c.tsv", "  keep_default_na: false\n"), ("c.parquet", "    num_examples: 2\n")):
        assert exported(corpus, tmp_path / file[2:] / file).exit_code == 0
        card = (tmp_path / file[2:] / "README.md").read_text("utf-8")
        assert wanted in card
    assert re.search(r"\n    num_bytes: [1-9]\d*\n", card)


def test_a_card_says_what_is_in_the_export(corpus: align.Corpus, tmp_path: Path) -> None:
    assert exported(corpus, tmp_path / "a" / "c.parquet", "--min-confidence", "0.5").exit_code == 0
    card = (tmp_path / "a" / "README.md").read_text("utf-8")
    assert "| de, en | 1 | 1 | 0 | 1 / 1 | 1 / 1 | 1.0 / 1.0 |" in card
    assert "left out: 1 bead below confidence 0.5" in card
    assert "Of 4 documents" in card
    refused = [
        exported(corpus, tmp_path / "a" / "d.parquet"),
        exported(corpus, tmp_path / "b" / "c.tmx"),
        exported(corpus, Path("-")),
        exported(corpus, tmp_path / "b" / "c.tsv", "--languages", "en,de,zh"),
    ]
    said = [str(result.exception) for result in refused]
    assert "README.md" in said[0]
    assert "parquet, jsonl, tsv" in said[1]
    assert "beside its file" in said[2]
    assert "not for several" in said[3]
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("rows", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (41_200, "10K<n<100K"), (10**9, "1B<n<10B")],
)
def test_classes_of_size(rows: int, name: str) -> None:
    assert size_category(rows) == name
