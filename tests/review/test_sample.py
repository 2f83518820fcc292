"""A sample and what it tells: drawn alike, judged by several, with intervals that hold the truth."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from align._internal.locks import held
from align.cli import cli
from align.corpus.folder import CorpusFolder
from align.errors import InputError, UsageError
from align.formats.beads import BeadRow
from align.report.build import write_report
from align.review.actions import RefusedError
from align.review.agreement import agreements, kappa, word
from align.review.drawing import check_reviewer, sample_of
from align.review.judging import Judging
from align.review.precision import estimate, interval, percent, quality
from align.review.sample import FEWEST, Sample, allocation, draw
from align.review.session import Conflict, Done, Review
from align.review.store import Place
from align.review.verdicts import Verdict, kept_sample

from .builder import make_run

Open = Callable[..., Review]
OPENED: list[Review] = []


def texts(number: int, sentences: int = 40) -> str:
    return "\n".join(f"This is line {i} of text {number}." for i in range(sentences))


def corpus(
    folder: Path, pairs: int, sizes: tuple[tuple[int, int], ...] = ((1, 1), (2, 1), (1, 0))
) -> CorpusFolder:
    documents = {}
    for k in range(pairs):
        documents[f"a{k}"] = ("en", texts(k))
        documents[f"b{k}"] = (("de", "fr")[k % 2], texts(k))
    return make_run(folder, documents, pairs=[(f"a{k}", f"b{k}") for k in range(pairs)], sizes=sizes)


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    return corpus(tmp_path / "out", 4)


def two_sided(run: CorpusFolder) -> list[BeadRow]:
    return [row for pair in run.pairs for row in run.beads(pair) if not row.is_gap]


# Drawing


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30), st.integers(1, 3000))
def test_a_sample_is_shared_out_to_the_last_bead(beads: list[int], size: int) -> None:
    shares = allocation(beads, size)
    assert sum(shares) == min(size, sum(beads))
    assert all(0 <= share <= most for share, most in zip(shares, beads, strict=True))


def test_drawing_is_the_same_every_time_and_of_both_sided_beads(run: CorpusFolder) -> None:
    sample = draw(run, 60)
    assert draw(CorpusFolder(run.path), 60) == sample
    assert Sample.from_json("sentence", sample.to_json()) == sample
    assert len(sample.beads) == len({(b.place, b.id) for b in sample.beads}) == 60
    assert sample.frame.beads == len(two_sided(run)) == sum(sum(s.beads.values()) for s in sample.strata)
    assert not any(b.id.startswith("|") or b.id.endswith("|") for b in sample.beads)
    taken = [sum(b.stratum == k for b in sample.beads) for k in range(len(sample.strata))]
    assert all(n >= min(FEWEST, sum(s.beads.values())) for n, s in zip(taken, sample.strata, strict=True))


def test_every_beginning_of_a_sample_is_one(run: CorpusFolder) -> None:
    sample = draw(run, 60)
    half = sample.beads[:30]
    for k in range(len(sample.strata)):
        whole, part = (sum(b.stratum == k for b in beads) for beads in (sample.beads, half))
        assert abs(part - whole / 2) <= 1


def test_a_larger_sample_has_nearly_all_of_the_smaller(run: CorpusFolder) -> None:
    small, large = ({(b.place, b.id) for b in draw(run, size).beads} for size in (30, 70))
    assert len(small - large) <= 6


def test_pairs_of_languages_and_types_are_all_in_it(tmp_path: Path) -> None:
    sample = draw(corpus(tmp_path / "out", 6), 100)
    names = " ".join(stratum.name for stratum in sample.strata)
    assert all(said in names for said in ("de-en", "en-fr", "1-1", "1-n", "0 to 0.5", "0.99"))


def test_a_sample_larger_than_the_corpus_is_all_of_it(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    sample, said = sample_of(review, "sentence", 10_000)
    assert len(sample.beads) == len(two_sided(run))
    assert "asked for 10,000: this is all of them" in said
    judge_all(Judging(review, sample), lambda id: len(id) % 3 > 0)
    found = quality(run)
    assert found is not None
    precision = found.at(0)
    assert precision is not None
    right = sum(label is True for label in found.labels)
    assert precision.low == precision.share == precision.high == pytest.approx(right / len(sample.beads))


def test_a_corpus_without_pairs_of_sentences_has_no_sample(tmp_path: Path) -> None:
    documents = {"a": ("en", "One."), "b": ("de", "Eins.")}
    with pytest.raises(InputError, match="nothing to sample"):
        draw(make_run(tmp_path / "gaps", documents, sizes=((1, 0), (0, 1))), 10)
    empty = make_run(tmp_path / "empty", documents)
    (empty.path / "pairs.tsv").write_text(
        "source\ttarget\tsource_language\ttarget_language\tprobability\tfile\n"
    )
    with pytest.raises(InputError, match="nothing to sample"):
        draw(CorpusFolder(empty.path), 10)
    result = CliRunner().invoke(cli, ["review", str(empty.path), "--sample", "5", "--reviewer", "ana"])
    assert isinstance(result.exception, InputError)
    assert "no pairs" in str(result.exception)


def test_a_corpus_that_grew_is_said_and_drawn_from_anew(tmp_path: Path, open_review: Open) -> None:
    run = corpus(tmp_path / "out", 3)
    review = open_review(run, "ana")
    sample, _ = sample_of(review, "sentence", 40)
    judge_all(Judging(review, sample), lambda _: True)
    review.close()
    grown = corpus(tmp_path / "more", 4)
    shutil.copy(run.path / "review.sqlite", grown.path / "review.sqlite")
    found = quality(CorpusFolder(grown.path))
    assert found is not None
    assert not found.fits
    assert "has other beads now" in found.note
    second = open_review(grown, "ana")
    assert sample_of(second, "sentence", None)[0] == sample
    anew, said = sample_of(second, "sentence", 40)
    assert anew.frame.pairs == 4
    assert "drawn anew" in said
    kept = {(b.place, b.id) for b in anew.beads} & {(b.place, b.id) for b in sample.beads}
    assert len(kept) > 15  # what was judged counts on
    again = quality(CorpusFolder(grown.path))
    assert again is not None
    assert again.judged == len(kept)


# Precision


def simulated(right: list[float], beads: list[int], judged: list[int], rounds: int) -> float:
    """How often the interval holds the true share."""
    rng = np.random.default_rng(7)
    good = [round(share * n) for share, n in zip(right, beads, strict=True)]
    truth = sum(good) / sum(beads)
    held = 0
    for _ in range(rounds):
        found = [int(rng.hypergeometric(g, n - g, k)) for g, n, k in zip(good, beads, judged, strict=True)]
        _, low, high = interval(beads, judged, found)
        held += low - 1e-12 <= truth <= high + 1e-12
    return held / rounds


@pytest.mark.parametrize("size", [60, 200, 500])
@pytest.mark.parametrize(
    "right",
    [
        [0.4, 0.6, 0.75, 0.9, 0.97, 0.995],
        [0.6, 0.8, 0.9, 0.97, 0.99, 0.999],
        [0.4, 0.6, 0.75, 0.9, 0.95, 0.97],
        [0.1, 0.3, 0.5, 0.6, 0.7, 0.8],
        [0.9] * 6,
    ],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(right: list[float], size: int) -> None:
    beads = [800, 1200, 2000, 4000, 12_000, 20_000]
    assert simulated(right, beads, allocation(beads, size), 1500) >= 0.925


def test_one_stratum_is_the_interval_of_wilson() -> None:
    share, low, high = interval([10**9], [100], [98])
    assert (round(share, 3), round(low, 4), round(high, 4)) == (0.98, 0.93, 0.9945)  # of published tables


def test_weights_are_those_of_the_corpus_not_of_the_sample() -> None:
    share, _, _ = interval([900, 100], [50, 50], [50, 25])
    assert share == pytest.approx(0.95)


def test_a_threshold_counts_the_beads_of_the_corpus(run: CorpusFolder) -> None:
    sample = draw(run, 60)
    labels = tuple(bead.confidence > 0.3 for bead in sample.beads)
    for threshold in (0.0, 0.3, 0.5, 0.8):
        precision = estimate(sample, labels, threshold)
        assert precision is not None
        assert precision.beads == sum(round(row.confidence, 4) >= threshold for row in two_sided(run))
        assert precision.low <= precision.share <= precision.high
        assert precision.share == pytest.approx(1.0) or threshold < 0.31
    assert estimate(sample, [None] * 60, 0.0) is None
    halved = estimate(sample, labels, 0.5, calibrate=lambda confidence: confidence / 2)
    whole = estimate(sample, labels, 0.9)
    assert halved is None or whole is None or halved.beads < whole.beads or halved.beads == 0


def test_figures_are_said_without_rounding_up_to_all() -> None:
    assert (percent(1.0), percent(0.9999), percent(0.987), percent(0.0)) == ("100.0", "99.9", "98.7", "0.0")


# Judging


def judge_all(judging: Judging, right: Callable[[str], bool]) -> int:
    """Goes through the queue as the page does; how many beads it had."""
    count, level = 0, judging.sample.level
    found = judging.next(None)
    while found.place is not None:
        view = judging.review.view(found.pair, level)
        (id,) = view.ids([found.place])
        done = judging.judge(found.pair, level, verdict(id, "accepted" if right(id) else "rejected"))
        assert not isinstance(done, Conflict)
        count += 1
        found = judging.next((found.pair, id))
    return count


def verdict(id: str, status: str) -> dict[str, object]:
    return {"kind": "set", "id": id, "values": {"status": ["open", status]}}


@pytest.fixture
def judges(run: CorpusFolder, open_review: Open) -> Callable[..., Judging]:
    sample, _ = sample_of(open_review(run, "dee"), "sentence", 40)
    return lambda name, settle=False: Judging(open_review(run, name), sample, settle=settle)


def test_two_judge_alone_and_a_third_has_the_last_word(
    judges: Callable[..., Judging], run: CorpusFolder
) -> None:
    ana, ben = judges("ana"), judges("ben")
    assert judge_all(ana, lambda id: True) == 40
    assert judge_all(ben, lambda id: ord(id[-1]) % 4 > 0) == 40  # all of it, although Ana has done so
    found = quality(run)
    assert found is not None
    (agreement,) = found.agreements
    assert (agreement.both, agreement.agreed) == (40, 40 - len(found.disagreements))
    assert agreement.kappa == 0.0  # one who accepts everything agrees no more than by chance
    assert 0 < len(found.disagreements) == 40 - found.judged
    with pytest.raises(RefusedError, match="third person"):
        place, id = found.disagreements[0]
        number = ana.review.pair_number(place)
        assert number is not None
        judges("ben", settle=True).judge(number, "sentence", verdict(id, "accepted"))
    assert judges("ana", settle=True).next(None).place is None
    cy = judges("cy", settle=True)
    assert judge_all(cy, lambda _: False) == len(found.disagreements)
    settled = quality(run)
    assert settled is not None
    assert (settled.disagreements, settled.judged) == ([], 40)
    assert sum(label is False for label in settled.labels) == len(found.disagreements)
    assert settled.agreements == found.agreements  # the last word is no blind verdict
    assert "Cohen" in agreement.said


def test_who_judges_does_not_see_what_others_said(judges: Callable[..., Judging]) -> None:
    ana, ben = judges("ana"), judges("ben")
    found = ana.next(None)
    assert found.place is not None
    view = ana.review.view(found.pair, "sentence")
    (id,) = view.ids([found.place])
    ana.judge(
        found.pair,
        "sentence",
        {"kind": "set", "id": id, "values": {"status": ["open", "rejected"], "comment": ["", "no"]}},
    )
    theirs = ben.review.view(found.pair, "sentence")
    bead = theirs.find(id)
    assert bead is not None
    assert bead.status == "rejected"  # the decision of the review
    shown = ben.shown(theirs, bead)
    assert (shown["status"], shown["comment"], shown["reviewer"]) == ("open", "", "")
    mine = ana.shown(view, bead)
    assert (mine["status"], mine["comment"]) == ("rejected", "no")


def test_a_verdict_is_taken_back(judges: Callable[..., Judging], run: CorpusFolder) -> None:
    ana = judges("ana")
    found = ana.next(None)
    assert found.place is not None
    (id,) = ana.review.view(found.pair, "sentence").ids([found.place])
    ana.judge(found.pair, "sentence", verdict(id, "accepted"))
    assert ana.quality().judged == 1
    number, done = ana.take_back()
    assert (number, done.kind) == (found.pair, "reopen")
    assert ana.quality().judged == 0
    with pytest.raises(RefusedError, match="Nothing to undo"):
        ana.take_back()


def test_every_step_of_judging_is_taken_back_exactly(judges: Callable[..., Judging]) -> None:
    """A verdict changed, a bead reopened, a comment written: what was said before counts again, step by step."""
    ana = judges("ana")
    found = ana.next(None)
    assert found.place is not None
    view = ana.review.view(found.pair, "sentence")
    (id,) = view.ids([found.place])

    def said() -> tuple[str, str, str]:
        bead = view.find(id)
        assert bead is not None
        shown = ana.shown(view, bead)
        return shown["status"], shown["comment"], bead.status

    states = [said()]
    for name, before, after in (
        ("status", "open", "accepted"),
        ("status", "accepted", "rejected"),
        ("comment", "", "a word is missing"),
        ("status", "rejected", "open"),
    ):
        ana.judge(found.pair, "sentence", {"kind": "set", "id": id, "values": {name: [before, after]}})
        states.append(said())
    assert states[1:3] == [("accepted", "", "accepted"), ("rejected", "", "rejected")]
    assert states[3:] == [
        ("rejected", "a word is missing", "rejected"),
        ("open", "a word is missing", "open"),
    ]
    for state in states[-2::-1]:
        number, _ = ana.take_back()
        assert number == found.pair
        assert said() == state
    with pytest.raises(RefusedError, match="Nothing to undo"):
        ana.take_back()


@pytest.mark.parametrize("way", ["undo", "reopen"])
def test_what_the_first_of_two_takes_back_is_gone(judges: Callable[..., Judging], way: str) -> None:
    """The decision stands by the other's verdict then; it is not the first one's verdict again."""
    ana, ben = judges("ana"), judges("ben")
    found = ana.next(None)
    assert found.place is not None
    (id,) = ana.review.view(found.pair, "sentence").ids([found.place])
    for judging in (ana, ben):
        judging.judge(found.pair, "sentence", verdict(id, "accepted"))
    if way == "undo":
        ana.take_back()
    else:
        values = {"status": ["accepted", "open"]}
        ana.judge(found.pair, "sentence", {"kind": "set", "id": id, "values": values})
    ben.judge(found.pair, "sentence", {"kind": "set", "id": id, "values": {"comment": ["", "right"]}})
    assert ana.left() == (40, 40)
    assert ben.left() == (39, 40)
    assert not ana.quality().agreements


def test_who_settles_sees_how_far_they_are(judges: Callable[..., Judging]) -> None:
    for name, verdict_ in (("ana", True), ("ben", False)):
        judge_all(judges(name), lambda _, said=verdict_: said)
    cy = judges("cy", settle=True)
    assert cy.left() == (40, 40)
    found = cy.next(None)
    assert found.place is not None
    (id,) = cy.review.view(found.pair, "sentence").ids([found.place])
    cy.judge(found.pair, "sentence", verdict(id, "accepted"))
    assert cy.left() == (39, 40)
    assert cy.next((found.pair, id))[2:] == (39, 40)
    cy.take_back()
    assert cy.left() == (40, 40)


def test_in_a_sample_nothing_but_verdicts_is_taken(judges: Callable[..., Judging]) -> None:
    ana = judges("ana")
    view = ana.review.view(0, "sentence")
    sampled = {bead.id for bead in ana.sample.beads if bead.place == view.place}
    other = next(bead for bead in view.beads if bead.id not in sampled)
    with pytest.raises(RefusedError, match="not in the sample"):
        ana.judge(0, "sentence", verdict(other.id, "accepted"))
    with pytest.raises(RefusedError, match="as it stands"):
        ana.judge(0, "sentence", {"kind": "merge", "beads": []})


def test_a_decision_taken_before_counts_as_a_verdict(run: CorpusFolder, open_review: Open) -> None:
    first = open_review(run, "ana")
    sample, _ = sample_of(first, "sentence", 40)
    place, id = sample.beads[0].place, sample.beads[0].id
    number = first.pair_number(place)
    assert number is not None
    assert isinstance(first.act(number, "sentence", verdict(id, "accepted")), Done)
    ben = Judging(open_review(run, "ben"), sample)
    ben.judge(number, "sentence", verdict(id, "rejected"))
    assert ben.quality().disagreements == [(place, id)]
    assert [a.reviewers for a in ben.quality().agreements] == [("ana", "ben")]


def test_two_reviewers_with_one_name_are_told(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run, "Ana")
    sample, _ = sample_of(review, "sentence", 40)
    judge_all(Judging(review, sample), lambda _: True)
    check_reviewer(review.store, "Ana")
    with pytest.raises(UsageError, match="'Ana' already"):
        check_reviewer(review.store, "ana")

    def busy(process: str) -> None:
        raise AssertionError(process)

    with held(run.reviewer_lock("Ben"), busy):
        result = CliRunner().invoke(cli, ["review", str(run.path), "--sample", "40", "--reviewer", "Ben"])
    assert isinstance(result.exception, UsageError)
    assert re.search("somebody judges the sample as Ben already .*--reviewer", str(result.exception))


def test_the_last_word_and_the_majority() -> None:
    def said(*statuses: str, settles: str = "") -> list[Verdict]:
        place = Place("a", "b", "sentence")
        found = [Verdict("", str(k), place, "p0|p0", s) for k, s in enumerate(statuses)]  # type: ignore[arg-type]
        more = [Verdict("", "cy", place, "p0|p0", settles, settles=True)] if settles else []  # type: ignore[arg-type]
        return [*found, *more]

    assert word(said("accepted")) == "accepted"
    assert word(said("accepted", "rejected")) == "open"
    assert word(said("accepted", "rejected", "rejected")) == "rejected"
    assert word(said("accepted", "rejected", settles="accepted")) == "accepted"
    assert agreements(said("accepted", settles="rejected")) == []


def test_kappa() -> None:
    both = [("accepted", "accepted")] * 20 + [("accepted", "rejected")] * 5 + [("rejected", "accepted")] * 10
    both += [("rejected", "rejected")] * 15
    assert kappa(both) == pytest.approx(0.4)  # type: ignore[arg-type]  # the textbook's example
    assert kappa([("accepted", "accepted")] * 9) is None
    assert kappa([]) is None


# Where it is told


def test_export_and_report_tell_it(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    sample, _ = sample_of(review, "sentence", 40)
    command = ["export", str(run.path), "-o", "x.tsv", "--dry-run", "--min-confidence", ".5"]
    assert "too few judged" in CliRunner().invoke(cli, command).output
    judge_all(Judging(review, sample), lambda _: True)
    output = CliRunner().invoke(cli, command).output
    beads = sum(row.confidence >= 0.5 for row in two_sided(run))
    assert re.search(rf"at \.5 and above: 100\.0 % \(\d\d\.\d–100\.0\), {beads} beads", output)
    index = write_report(run).index.read_text("utf-8")
    assert "How good the sentence beads are" in index
    assert "40 of 40 sampled beads judged" in index


def test_a_damaged_sample_is_a_damaged_review(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    sample_of(review, "sentence", 40)
    for damage in (
        "[]",
        "{}",
        '{"asked": 1, "frame": [1, 2, "x"], "strata": [], "beads": [["a", "b", "c", 1, 0]]}',
    ):
        review.store.connection.execute("UPDATE samples SET sample=?", (damage,))
        with pytest.raises(InputError, match="damaged"):
            kept_sample(review.store, "sentence")
