"""The public functions agree: the same thing in the same forms, under the same name, and results that can be read."""

from __future__ import annotations

import builtins
import csv
import inspect
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import align
from align import Document, RunOptions
from align.encoders import Vectors

ENGLISH = (
    "The harbour was quiet that morning.\nThree boats came in before noon.\nThe fishermen sold everything."
)
GERMAN = "Der Hafen war an jenem Morgen ruhig.\nDrei Boote kamen vor Mittag.\nDie Fischer verkauften alles."
ROWS = [
    {"id": "a", "text": ENGLISH, "language": "en"},
    {"id": "b", "text": GERMAN, "language": "de"},
    {"id": "c", "text": ENGLISH + "\nIt rained.", "language": "en"},
    {"id": "d", "text": ENGLISH, "language": "en"},
]
PAIRS = [(row["id"], row["text"]) for row in ROWS]
TABLE = pa.table({name: [row[name] for row in ROWS] for name in ("id", "text", "language")})
FORMS: dict[str, Callable[[], Any]] = {
    "tuples": lambda: PAIRS,
    "texts by id": lambda: dict(PAIRS),
    "dicts": lambda: ROWS,
    "Documents": lambda: [
        Document.from_text(row["id"], row["text"], language=row["language"]) for row in ROWS
    ],
    "record batches": lambda: TABLE.to_batches(),
    "table": lambda: TABLE,
    "data frame": lambda: TABLE.to_pandas(),
}
BATCHES: dict[str, Callable[[Any], Any]] = {
    "find_duplicates": lambda given: align.find_duplicates(given).pairs,
    "find_pairs": lambda given: (lambda found: (found.pairs, found.unpaired))(align.find_pairs(given)),
    "align_versions": lambda given: {
        id: found.beads for id, found in align.align_versions(GERMAN, given, source_language="de").items()
    },
}
NOT_A_BATCH = {"a text": ENGLISH, "a path": Path("x"), "None": None, "ids that are numbers": [(7, ENGLISH)]}
ONE: dict[str, Any] = {
    "text": ENGLISH,
    "tuple": ("a", ENGLISH),
    "dict": ROWS[0],
    "Document": Document.from_text("a", ENGLISH, language="en"),
    "table": TABLE.slice(0, 1),
}
SINGLES: dict[str, Callable[[Any], Any]] = {
    "find_repeats": align.find_repeats,
    "align_texts": lambda given: align.align_texts(given, GERMAN, target_language="de").beads,
    "align_versions": lambda given: align.align_versions(given, {"de": GERMAN})["de"].beads,
}


@dataclass
class Letters:
    """An encoder of the caller's own: counts of letter pairs."""

    name: str = "letters"
    signature: str = "letters-1"
    dimension: int = 64
    languages: frozenset[str] | None = None
    factor: float = 1.0

    def encode(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for pair in pairwise(text):
                out[row, blake2b(repr(pair).encode(), digest_size=1).digest()[0] % self.dimension] += (
                    self.factor
                )
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9).astype(np.float32)


@pytest.mark.parametrize("function", BATCHES)
@pytest.mark.parametrize("form", FORMS)
def test_batches_come_in_every_form(function: str, form: str) -> None:
    call = BATCHES[function]
    found, expected = call(FORMS[form]()), call(PAIRS)
    assert found
    assert found == expected


@pytest.mark.parametrize("function", BATCHES)
@pytest.mark.parametrize("form", NOT_A_BATCH)
def test_what_is_no_batch_is_told_with_what_to_give(function: str, form: str) -> None:
    with pytest.raises(align.UsageError, match=r"documents.*(give|read)"):
        BATCHES[function](NOT_A_BATCH[form])


@pytest.mark.parametrize("function", SINGLES)
@pytest.mark.parametrize("form", ONE)
def test_one_text_comes_in_every_form(function: str, form: str) -> None:
    call = SINGLES[function]
    assert call(ONE[form]) == call(ENGLISH)


@pytest.mark.parametrize("function", SINGLES)
@pytest.mark.parametrize("given", [None, 7, Path("x"), b"x", {"doc": "x"}, ("a", None)], ids=repr)
def test_what_is_no_text_is_told_with_what_to_give(function: str, given: Any) -> None:
    with pytest.raises(align.UsageError, match=r"(source|document).*(give|read|decode)"):
        SINGLES[function](given)


# ---- paths -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = tmp_path / "texts"
    texts.mkdir()
    for row in ROWS[:2]:
        (texts / f"{row['id']}.txt").write_text(row["text"])
    return texts


def test_paths_come_alone_or_several(folder: Path) -> None:
    forms: list[Any] = [str(folder), folder, [str(folder)], (folder,), (path for path in [folder])]
    for inputs in forms:
        read = [row["id"] for batch in align.read_batch(inputs) for row in batch.to_pylist()]
        assert read == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (7, "inputs: 7 is no path; give a str or Path"),
        (b"x", "inputs: b'x' is no path"),
        (None, "inputs: None is no path"),
        (["x", None], r"inputs\[1\]: of type NoneType, no path; give a str or Path"),
        ([("a", "text")], r"inputs\[0\]: of type tuple, no path"),
        ({"a.txt": "text"}, r"inputs: of type dict, no path; give a str or Path \(texts are not read\)"),
        (pa.table({"id": ["a"], "text": ["x"]}), r"inputs: of type Table, no path"),
    ],
)
def test_what_is_no_path_is_told_before_anything_is_read(inputs: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(align.UsageError, match=message):
        align.read_batch(inputs)
    with pytest.raises(align.UsageError, match=message):
        align.run(inputs, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", [None, ["a", "b"], 7])
def test_a_run_goes_to_one_path(out: Any, folder: Path) -> None:
    with pytest.raises(align.UsageError, match=r"out: .* path; give a str or Path"):
        align.run(folder, out)


def test_a_run_takes_one_path_and_an_encoder_by_name_or_object(folder: Path, tmp_path: Path) -> None:
    by_name = align.run(str(folder), str(tmp_path / "name"))
    align.run([folder], tmp_path / "object", options=RunOptions(encoder=align.get_encoder("auto")))
    assert [entry.status for entry in by_name.entries] == ["paired", "paired"]
    files = [path.relative_to(tmp_path / "name") for path in (tmp_path / "name").rglob("*") if path.is_file()]
    assert files
    for file in files:
        assert (tmp_path / "name" / file).read_bytes() == (tmp_path / "object" / file).read_bytes(), file
    again = align.run(folder, tmp_path / "name", options=RunOptions(encoder=align.get_encoder("auto")))
    assert again.unchanged


# ---- encoders --------------------------------------------------------------------------------------------------


def test_an_encoder_comes_by_name_or_as_an_object(folder: Path, tmp_path: Path) -> None:
    use = align.get_encoder("use")
    assert align.align_texts(ENGLISH, GERMAN, encoder=use) == align.align_texts(
        ENGLISH, GERMAN, encoder="use"
    )
    assert align.find_pairs(PAIRS, encoder=use).pairs == align.find_pairs(PAIRS, encoder="use").pairs
    own = align.align_texts(ENGLISH, GERMAN, encoder=Letters())
    assert own.signature["encoder"] == "letters-1"
    assert own.beads != align.align_texts(ENGLISH, GERMAN).beads
    assert align.find_pairs(PAIRS, encoder=Letters()).signature["encoder"] == "letters-1"
    found = align.run(folder, tmp_path / "out", options=RunOptions(encoder=Letters(), workers=2))
    assert found.folder.info["signature"]["encoder"] == "letters-1"


def test_what_is_given_directly_wins_over_options() -> None:
    options = align.AlignOptions(level="paragraph", encoder=Letters())
    found = align.align_texts(ENGLISH, GERMAN, options=options)
    assert (found.level, found.signature["encoder"]) == ("paragraph", "letters-1")
    found = align.align_texts(ENGLISH, GERMAN, options=options, level="sentence", encoder="use", max_size=1)
    assert (found.level, found.signature["max_size"]) == ("sentence", 1)
    assert found.signature["encoder"].startswith("use-3")
    versions = align.align_versions(ENGLISH, {"de": GERMAN}, options=options)
    assert versions["de"].level == "paragraph"
    pairs = align.find_pairs(PAIRS, options=align.PairOptions(min_probability=1), min_probability=0.5)
    assert pairs.signature["min_probability"] == 0.5


class Half:
    """Knows how to encode, as models of other libraries do, and nothing else that is asked for."""

    name = "half"

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0]] * len(texts)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        ("usee", "unknown encoder 'usee'; did you mean use"),
        (Half(), "of type Half has no signature, dimension, languages; give a name"),
        (Half, r"Half is a class; give an object of it: Half\(\)"),
        (len, "has no name, signature, dimension, languages, encode; give a name .* python:MODULE:FUNCTION"),
        (7, "of type int has no name"),
        (Letters(dimension=3), r"'letters' gave an array of shape|'letters' failed"),
        (Letters(factor=float("nan")), "'letters' gave NaN or infinite numbers"),
    ],
    ids=["name", "object", "class", "function", "number", "shape", "nan"],
)
def test_what_is_no_encoder_is_told_by_every_function(
    encoder: Any, message: str, folder: Path, tmp_path: Path
) -> None:
    if isinstance(encoder, Letters) and encoder.dimension == 3:
        encoder.encode = lambda texts: np.ones((len(texts), 4))  # type: ignore[method-assign]
    with pytest.raises(align.EncoderError, match=message):
        align.align_texts(ENGLISH, GERMAN, encoder=encoder)
    with pytest.raises(align.EncoderError, match=message):
        align.align_versions(ENGLISH, {"de": GERMAN}, encoder=encoder)
    with pytest.raises(align.EncoderError, match=message):
        align.find_pairs(PAIRS, encoder=encoder)
    with pytest.raises(align.EncoderError, match=message):
        align.run(folder, tmp_path / "out", options=RunOptions(encoder=encoder))


# ---- options ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: align.PairOptions(min_probability=2), "min_probability 2: give a probability"),
        (lambda: align.PairOptions(neighbours=0), "neighbours 0: give at least 1"),
        (lambda: align.PairOptions(given="ab"), r"given: 'ab' is no list of pairs; give pairs of ids"),  # type: ignore[arg-type]
        (lambda: align.PairOptions(exclude=("a", "b")), r"exclude\[0\]: 'a' is no pair; give pairs of ids"),  # type: ignore[arg-type]
        (lambda: align.find_pairs(PAIRS, given="x.tsv"), r"given: .* read by align\.read_given"),  # type: ignore[arg-type]
        (lambda: align.find_pairs(PAIRS, given=[(1, 2)]), r"given\[0\]: \(1, 2\) is no pair"),  # type: ignore[list-item]
        (lambda: align.ReadOptions(format="word"), "format 'word': choose one of auto, text"),  # type: ignore[arg-type]
        (lambda: align.DedupOptions(threshold=0.1), "threshold 0.1: give"),
        (lambda: align.AlignOptions(level="word"), "level 'word': choose sentence or paragraph"),  # type: ignore[arg-type]
        (lambda: align.AlignOptions(max_size=0), "max_size is 0; beads have 1 to 9"),
    ],
)
def test_options_that_make_no_sense_are_told_when_they_are_made(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(align.UsageError, match=message):
        call()


def test_a_single_name_among_options_is_no_list_of_letters(folder: Path) -> None:
    options = align.ReadOptions(exclude=str(folder))  # type: ignore[arg-type]
    assert options.exclude == (str(folder),)
    assert align.DedupOptions(keep="prefer", prefer="wiki").prefer == ("wiki",)  # type: ignore[arg-type]


FUNCTIONS = [
    value
    for name in align.__all__
    if inspect.isfunction(value := getattr(align, name)) and name != "get_encoder"
]
SAME_NAME = {"source_language", "target_language", "encoder", "level", "max_size", "options", "progress"}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_options_are_given_by_name_in_one_order(function: Any) -> None:
    parameters = inspect.signature(function).parameters.values()
    by_place = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert len(by_place) <= 2
    assert all(p.default is p.empty for p in parameters if p.name in by_place)
    by_name = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert [name for name in by_name if name in ("options", "progress")] == [
        name for name in ("options", "progress") if name in by_name
    ]
    assert not set(by_name) & {"config", "opts", "settings", "model"}


def test_what_options_are_made_of_can_be_imported() -> None:
    for name in align.__all__:
        thing = getattr(align, name)
        if isinstance(thing, type) and name.endswith("Options"):
            for field in fields(thing):
                for word in str(field.type).replace("|", " ").replace("[", " ").replace("]", " ").split():
                    if word.endswith("Options") or word == "Encoder":
                        assert word in align.__all__


# ---- results ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    batch = [Document.from_text(row["id"], row["text"], language=row["language"]) for row in ROWS]
    return {
        "alignment": align.align_texts(batch[0], batch[1]),
        "duplicates": align.find_duplicates(batch),
        "pairs": align.find_pairs(batch[:2]),
        "document": batch[0],
    }


def test_results_say_what_they_are(results: dict[str, Any]) -> None:
    said = {name: repr(result) for name, result in results.items()}
    assert said["alignment"].startswith("Alignment of 3 and 3 sentences: 3 beads, 0 gaps; ")
    assert ".worst()" in said["alignment"]
    assert said["duplicates"].startswith("Duplicates in 4 documents: 2 kept, 2 removed (2 near); ")
    assert said["pairs"].startswith("Pairs: 1 pair of translations in 1 set, 0 documents without a partner")
    assert repr(results["pairs"].pairs[0]).startswith("DocumentPair('a', 'b': en-de, probability ")
    assert said["document"] == "Document('a': 3 paragraphs, 97 characters, language 'en')"
    assert all(len(text) < 400 for text in said.values())
    assert repr(align.get_encoder()) == "<encoder 'use'>"


def test_every_result_names_only_what_it_has(results: dict[str, Any]) -> None:
    for name in ("alignment", "duplicates", "pairs"):
        result = results[name]
        for word in repr(result).partition("\n")[2].split():
            assert hasattr(result, word.removeprefix(".").partition("(")[0]), word


TABLES = {"alignment": "x.tsv", "pairs": "x.tsv", "duplicates": "duplicates.tsv"}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_files(name: str, results: dict[str, Any], tmp_path: Path) -> None:
    result = results[name]
    file = tmp_path / TABLES[name]
    result.write(tmp_path if name == "duplicates" else file)
    with open(file, encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter="\t")
    table, frame = result.to_arrow(), result.to_pandas()
    assert table.column_names == header == list(frame.columns)
    assert len(rows) == table.num_rows == len(frame) > 0
    for line, row in zip(rows, table.to_pylist(), strict=True):
        for cell, value in zip(line, row.values(), strict=True):
            same = cell == ("" if value is None else value)
            if isinstance(value, bool):
                same = cell == ("yes" if value else "no")
            elif isinstance(value, int | float):
                same = float(cell) == pytest.approx(value, abs=1e-3)
            assert same, (cell, value)


def test_an_empty_table_has_its_columns_and_types() -> None:
    table = align.find_duplicates([("a", "x")]).to_arrow()
    assert table.schema.types == [
        pa.string(),
        pa.string(),
        pa.float64(),
        *[pa.string(), pa.bool_()],
        *[pa.string()] * 2,
    ]
    assert list(align.find_duplicates({}).to_pandas().columns) == table.column_names


@pytest.mark.parametrize("name", TABLES)
def test_writing_again_is_refused_unless_it_is_meant(
    name: str, results: dict[str, Any], tmp_path: Path
) -> None:
    result, path = results[name], tmp_path if name == "duplicates" else tmp_path / "x.tsv"
    result.write(path)
    (tmp_path / TABLES[name]).write_text("mine")
    with pytest.raises(align.OutputError, match=r"exists already; write elsewhere or pass overwrite=True"):
        result.write(path)
    assert (tmp_path / TABLES[name]).read_text() == "mine"
    result.write(path, overwrite=True)
    assert (tmp_path / TABLES[name]).read_text() != "mine"


def test_no_file_of_a_moses_pair_is_overwritten(results: dict[str, Any], tmp_path: Path) -> None:
    results["alignment"].write(tmp_path / "x", format="moses")
    with pytest.raises(align.OutputError, match="pass overwrite=True"):
        results["alignment"].write(tmp_path / "x", format="moses")


def test_without_pandas_a_table_says_what_to_install(
    results: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(self: pa.Table) -> None:
        raise ImportError("No module named 'pandas'")

    class Table:
        to_pandas = missing

    monkeypatch.setattr(type(results["pairs"]), "to_arrow", lambda self: Table())
    with pytest.raises(align.UsageError, match=r"pip install pandas, or call \.to_arrow\(\)"):
        results["pairs"].to_pandas()


def test_a_frame_goes_out_as_it_came_in(results: dict[str, Any]) -> None:
    text = results["alignment"].to_pandas().to_csv(sep="\t", index=False)
    back = pd.read_csv(io.StringIO(text), sep="\t", dtype=str)
    assert list(back["target"]) == GERMAN.split("\n")


def test_nothing_public_hides_a_builtin() -> None:
    assert not {name for name in align.__all__ if hasattr(builtins, name)} - {"__doc__"}
