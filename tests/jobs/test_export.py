from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from align._internal.tables import read_table
from align.corpus.folder import CorpusFolder
from align.errors import InputError, OutputError, UsageError
from align.formats.beads import BeadRow, read_tsv
from align.jobs.export import Exported, Selection, export_run
from align.review.calibration import Calibration
from align.review.results import present_beads

from ..run_builder import Pair, bead, make_run


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    documents = {"a": ("en", "x"), "b": ("zh", "x"), "c": ("zh", "x"), "d": ("en", "x"), "e": ("id", "x")}
    one = [
        bead(0, "Good morning, everyone.", "大家早上好。", 0.9),
        bead(1, "Only here.", "", 0.8),
        bead(2, "GPT-4", "GPT-4", 0.7),
        BeadRow(3, "1-2", ("p3s0",), ("p3s0", "p3s1"), 0.2, "It rains in the city.", "城里。下雨。"),
    ]
    two = [
        bead(0, "大家早上好。", "good  morning, everyone.", 0.95),
        bead(1, "好", "A very long sentence that says a great deal more than the other.", 0.5),
    ]
    three = [bead(0, "Good morning.", "Selamat pagi.", 0.6)]
    pairs = [
        Pair("a", "b", {"sentence": one, "paragraph": one[:1]}),
        Pair("c", "d", {"sentence": two, "paragraph": two}),
        Pair("d", "e", {"sentence": three, "paragraph": three}),
    ]
    return make_run(tmp_path / "out", documents, pairs)


def exported(run: CorpusFolder, **chosen: object) -> tuple[Exported, list[tuple[str, str, str]]]:
    path = run.path / "corpus.tsv"
    found = export_run(run, path, Selection(**chosen), overwrite=True)  # type: ignore[arg-type]
    return found, [
        (row["source_document"], row["bead"], row["source"]) for row in read_table(path)
    ] if found.written.files else []


def test_everything_goes_out_by_default(run: CorpusFolder) -> None:
    found, rows = exported(run)
    assert [row[:2] for row in rows] == [
        ("a", "0"), ("a", "1"), ("a", "2"), ("a", "3"), ("c", "0"), ("c", "1"), ("d", "0")
    ]  # fmt: skip
    assert (found.written.beads, found.pairs, found.left_out) == (7, 3, {})
    assert exported(run, level="paragraph")[0].written.beads == 4


@pytest.mark.parametrize(
    ("chosen", "left", "reason"),
    [
        ({"min_confidence": 0.65}, 4, "below confidence 0.65"),
        ({"types": frozenset({"1-0", "1-2"})}, 2, "of other types"),
        ({"skip_identical": True}, 6, "identical on both sides"),
        ({"unique": True}, 6, "that came before"),
        ({"max_length_ratio": 4.0}, 6, "with one side over 4 times longer than usual"),
        ({"reviewed_only": True}, 0, "not accepted in the review"),
    ],
)
def test_filters_count_what_they_leave_out(
    run: CorpusFolder, chosen: dict[str, object], left: int, reason: str
) -> None:
    found, rows = exported(run, **chosen)
    assert len(rows) == found.written.beads == left
    assert found.left_out == {reason: 7 - left}


def test_a_repeated_bead_is_found_across_documents_and_directions(run: CorpusFolder) -> None:
    _, rows = exported(run, unique=True)
    assert ("c", "0", "大家早上好。") not in rows
    assert ("c", "1", "好") in rows


def test_pairs_are_turned_towards_the_languages_asked_for(run: CorpusFolder) -> None:
    found, rows = exported(run, languages=("zh", "en"))
    assert found.pairs == 2
    assert rows[0] == ("b", "0", "大家早上好。")
    assert rows[4] == ("c", "0", "大家早上好。")
    turned = [row for row in read_tsv(run.path / "corpus.tsv") if row.is_gap or row.type == "2-1"]
    assert [(row.type, row.source_positions, row.target_positions) for row in turned] == [
        ("0-1", (), ("p1s0",)),
        ("2-1", ("p3s0", "p3s1"), ("p3s0",)),
    ]


def test_formats_without_gaps_count_them(run: CorpusFolder, tmp_path: Path) -> None:
    found = export_run(run, tmp_path / "c.tmx", Selection(min_confidence=0.3))
    assert (found.written.beads, found.written.gaps) == (5, 1)
    dry = export_run(run, tmp_path / "dry.tmx", Selection(min_confidence=0.3), dry_run=True)
    assert (dry.written.beads, dry.written.gaps, dry.left_out) == (5, 1, found.left_out)
    assert not (tmp_path / "dry.tmx").exists()


def test_nothing_to_write_leaves_what_is_there(run: CorpusFolder, tmp_path: Path) -> None:
    nothing = Selection(types=frozenset({"7-7"}))
    found = export_run(run, tmp_path / "new.tsv", nothing)
    assert (found.written.beads, found.written.files, found.left_out) == (0, (), {"of other types": 7})
    assert not (tmp_path / "new.tsv").exists()
    (tmp_path / "old.tsv").write_text("mine")
    export_run(run, tmp_path / "old.tsv", nothing, overwrite=True)
    assert (tmp_path / "old.tsv").read_text() == "mine"


def test_one_language_is_the_source_of_all_pairs_that_have_it(run: CorpusFolder, tmp_path: Path) -> None:
    export_run(run, tmp_path / "c.tsv", Selection(source_language="eng"))
    rows = list(read_table(tmp_path / "c.tsv"))
    found = {(row["source_document"], row["source_language"], row["target_language"]) for row in rows}
    assert found == {("a", "en", "zh"), ("d", "en", "zh"), ("d", "en", "id")}
    export_run(run, tmp_path / "c.tsv", Selection(source_language="zh"), overwrite=True)
    found = {(row["source_document"], row["source_language"]) for row in read_table(tmp_path / "c.tsv")}
    assert found == {("b", "zh"), ("c", "zh"), ("d", "en")}
    with pytest.raises(UsageError, match="give one of them"):
        Selection(source_language="zh", languages=("en", "zh"))
    with pytest.raises(UsageError, match="is no language code"):
        Selection(source_language="xx")


def test_an_existing_file_is_not_replaced_unasked(run: CorpusFolder, tmp_path: Path) -> None:
    (tmp_path / "c.en-zh.zh").write_text("mine")
    with pytest.raises(OutputError, match=r"c\.en-zh\.zh: exists already"):
        export_run(run, tmp_path / "c", format="moses")
    assert (tmp_path / "c.en-zh.zh").read_text() == "mine"
    export_run(run, tmp_path / "c", format="moses", overwrite=True)
    assert "大家早上好。" in (tmp_path / "c.en-zh.zh").read_text("utf-8")


def test_a_pair_without_beads_is_named(run: CorpusFolder, tmp_path: Path) -> None:
    run.bead_file(run.pairs[1], "sentence").unlink()
    found = export_run(run, tmp_path / "c.parquet")
    assert [pair.source for pair in found.missing] == ["c"]
    assert set(pq.read_table(tmp_path / "c.parquet")["source_document"].to_pylist()) == {"a", "d"}
    for pair in run.pairs:
        run.bead_file(pair, "sentence").unlink(missing_ok=True)
    with pytest.raises(InputError, match="no sentence beads in this run; choose the other --level"):
        export_run(run, tmp_path / "d.parquet")
    (run.path / "pairs.tsv").unlink()
    with pytest.raises(InputError, match="stopped before it looked for pairs; run it again to go on"):
        export_run(CorpusFolder(run.path), tmp_path / "e.parquet")


def test_an_altered_bead_file_leaves_nothing_behind(run: CorpusFolder, tmp_path: Path) -> None:
    file = run.bead_file(run.pairs[1], "sentence")
    file.write_text(file.read_text("utf-8").replace("0.9500", "likely"), "utf-8")
    with pytest.raises(InputError, match="line 2: not a bead"):
        export_run(run, tmp_path / "x" / "c.tsv")
    assert list((tmp_path / "x").iterdir()) == []


def test_review_decides(run: CorpusFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted beads pass the confidence filter, rejected ones never go out."""
    status = {0: "rejected", 3: "accepted"}
    rows = [
        replace(row, review=status.get(row.bead, "open"), reviewer="ann" if row.bead in status else "")
        for row in run.beads(run.pairs[0], "sentence")
    ]
    monkeypatch.setattr(
        "align.jobs.export.present_beads", lambda run, pair, level: rows if pair.source == "a" else []
    )
    found, out = exported(run, min_confidence=0.75)
    assert [bead for _, bead, _ in out] == ["1", "3"]
    assert found.left_out == {"rejected in the review": 1, "below confidence 0.75": 1}
    assert [row["reviewer"] for row in read_table(run.path / "corpus.tsv")] == ["", "ann"]
    found, out = exported(run, reviewed_only=True)
    assert [bead for _, bead, _ in out] == ["3"]


def test_a_reviewed_run_goes_out_as_corrected(tmp_path: Path) -> None:
    """The whole way: decisions into the review's store, out through the export and onto the report's page."""
    from align.report import ReportOptions, write_report
    from align.review.decisions import apply_decisions
    from align.review.session import Review

    documents = {"a": ("en", "one\ntwo\nthree"), "b": ("de", "eins\nzwo\ndrei")}
    beads = [
        BeadRow(i, "1-1", (str(i),), (str(i),), 0.4, source, target)
        for i, (source, target) in enumerate([("one", "eins"), ("two", "zwo"), ("three", "drei")])
    ]
    run = make_run(tmp_path / "out", documents, [Pair("a", "b", {"paragraph": beads})])
    table = tmp_path / "decisions.tsv"
    table.write_text(
        "source\ttarget\tlevel\tstatus\tsource_positions\ttarget_positions\ttarget_edit\n"
        "a\tb\tparagraph\taccepted\t1\t1\tzwei\n"
        "a\tb\tparagraph\trejected\t2\t2\t\n"
    )
    review = Review(run, reviewer="ann", clock=lambda: "2026-01-01T00:00:00Z")
    apply_decisions(review, table)
    review.close()

    found, _ = exported(run, level="paragraph", min_confidence=0.3)
    rows = list(read_table(run.path / "corpus.tsv"))
    assert [(row["target"], row["review"], row["reviewer"], row["reviewed"]) for row in rows] == [
        ("eins", "open", "", ""),
        ("zwei", "accepted", "ann", "2026-01-01T00:00:00Z"),
    ]
    assert found.left_out == {"rejected in the review": 1}
    export_run(run, tmp_path / "c.tmx", Selection(level="paragraph", reviewed_only=True))
    tmx = (tmp_path / "c.tmx").read_text("utf-8")
    assert '<tu tuid="0" changeid="ann" changedate="20260101T000000Z">' in tmx
    assert "<seg>zwei</seg>" in tmx
    assert "eins" not in tmx
    report = write_report(run, ReportOptions(words=False))
    page = (tmp_path / "out" / "report" / "pairs" / "a--b.html").read_text("utf-8")
    assert page.count("accepted by a reviewer") == 2  # title and label of one mark
    assert page.count("rejected by a reviewer") == 2
    assert "Review by ann: 1 accepted, 1 rejected, 1 edited" in report.index.read_text("utf-8")


def calibrate(run: CorpusFolder, **signature: object) -> None:
    """Doubles every confidence below one half."""
    about = {"signature": {"encoder": "none"} | signature}
    Calibration((0.0, 0.5, 1.0), (0.0, 0.99, 1.0), {"method": "platt", "beads": 40, "run": about}).write(
        run.path
    )


def test_an_export_goes_by_the_recalibrated_confidence(run: CorpusFolder) -> None:
    before, _ = exported(run, min_confidence=0.65)
    calibrate(run)
    found, _ = exported(run, min_confidence=0.65)
    assert (before.written.beads, found.written.beads) == (4, 6)
    assert (before.calibration, found.calibration) == (None, "recalibrated on 40 reviewed beads (platt)")
    written = {
        (row["source_document"], row["bead"]): row["confidence"]
        for row in read_table(run.path / "corpus.tsv")
    }
    assert written["c", "1"] == "0.9900"
    assert len(list(present_beads(run, run.pairs[0], "sentence"))) == 4


def test_a_calibration_of_other_confidences_is_not_used(run: CorpusFolder) -> None:
    calibrate(run, encoder="another")
    found, _ = exported(run, min_confidence=0.65)
    assert (found.written.beads, found.calibration) == (4, None)


@pytest.fixture
def variants(tmp_path: Path) -> CorpusFolder:
    tags = {"a": "pt-BR", "b": "en", "c": "pt-PT", "d": "en-GB", "e": "zh-TW"}
    rows = {"sentence": [bead(0, "Good morning.", "Bom dia.", 0.9)]}
    pairs = [Pair("a", "b", rows), Pair("b", "c", rows), Pair("c", "d", rows), Pair("b", "e", rows)]
    return make_run(tmp_path / "out", {id: (tag, "x") for id, tag in tags.items()}, pairs)


@pytest.mark.parametrize(
    ("languages", "found"),
    [
        (("pt", "en"), ["pt-BR en", "pt-PT en", "pt-PT en-GB"]),
        (("pt-BR", "en"), ["pt-BR en"]),
        (("en", "por_PT"), ["en pt-PT", "en-GB pt-PT"]),
        (("en-GB", "Portuguese"), ["en-GB pt-PT"]),
        (("en", "zh-Hant"), ["en zh-TW"]),
        (("en", "zh-Hans"), []),
    ],
)
def test_a_language_takes_its_variants_and_a_variant_itself(
    variants: CorpusFolder, languages: tuple[str, str], found: list[str]
) -> None:
    path = variants.path / "corpus.tsv"
    export_run(variants, path, Selection(languages=languages))
    rows = read_table(path) if found else ()
    assert [f"{row['source_language']} {row['target_language']}" for row in rows] == found


def test_files_have_the_tags_that_were_declared(variants: CorpusFolder, tmp_path: Path) -> None:
    chosen = Selection(languages=("pt-BR", "en"))
    written = export_run(variants, tmp_path / "c", chosen, format="moses").written
    assert {Path(name).name for name in written.files} == {"c.en-pt-BR.en", "c.en-pt-BR.pt-BR"}
    export_run(variants, tmp_path / "c.tmx", chosen)
    assert 'xml:lang="pt-BR"' in (tmp_path / "c.tmx").read_text("utf-8")
    export_run(variants, tmp_path / "c.xlf", chosen)
    assert 'srcLang="pt-BR"' in (tmp_path / "c.xlf").read_text("utf-8")


def test_what_is_no_language_cannot_be_chosen() -> None:
    with pytest.raises(UsageError, match="'xx1' is no language code"):
        Selection(languages=("en", "xx1"))
