"""What each check finds and what it lets pass, by pairs of texts; and how often it is wrong on good ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.checks import CHECKS, CheckCounter, Checker, checked_names, failed_checks
from align.document import join_texts
from align.errors import UsageError
from align.evaluation.gold import find_gold, read_gold

FAILING = [
    ("numbers", "en", "de", "It cost 1,250 euros in 2019.", "Es kostete 1.260 Euro im Jahr 2019."),
    ("numbers", "en", "ar", "The year was 1987.", "كان ذلك في عام ١٩٧٨."),
    ("numbers", "en", "zh", "About 3,500,000 people live there.", "大约有35人住在那里。"),
    ("numbers", "hi", "en", "यह २५० पृष्ठ लंबा है।", "It is long."),
    ("untranslated", "en", "de", "The house stands on a hill.", "The house stands on a hill."),
    ("untranslated", "en", "fr", "He said that the old house was gone.", "Il a dit que the old house was gone."),
    ("end", "en", "de", "Are you coming?", "Du kommst."),
    ("end", "en", "el", "Where is the station?", "Ο σταθμός είναι εδώ."),
    ("end", "en", "fr", "The committee met in the spring and came to a decision that day.",
     "Le comité s'est réuni au printemps et a pris une décision ce jour-là, mais"),
    ("brackets", "en", "de", "The tool (a small one) is free.", "Das Werkzeug (ein kleines ist frei."),
    ("brackets", "zh", "en", "他（和她）来了。", "He (and she came."),
    ("doubled", "en", "de", "He saw the house.", "Er sah sah das Haus."),
    ("addresses", "en", "de", "See https://example.org/a for more.", "Mehr dazu auf der Seite."),
    ("addresses", "en", "de", "Write to a.b@example.org.", "Schreiben Sie an a.c@example.org."),
]  # fmt: skip
PASSING = [
    ("en", "de", "It cost 1,250.50 euros.", "Es kostete 1.250,50 Euro."),
    ("en", "fr", "1,250,000 people", "1 250 000 personnes"),
    ("en", "ar", "In 1987 it was 25.", "في عام ١٩٨٧ كان ٢٥."),
    ("en", "zh", "Some 1.2 billion people", "约12亿人"),
    ("en", "zh", "In 2008 there were 350 of them.", "二〇〇八年有三百五十个。"),
    ("en", "hi", "250 pages", "२५० पृष्ठ"),
    ("en", "de", "Three men came.", "3 Männer kamen."),  # small numbers are words as often
    ("en", "de", "Debian GNU/Linux", "Debian GNU/Linux"),  # a name is no text
    ("en", "de", "Run apt install foo.", "Führen Sie apt install foo aus."),
    ("en", "en", "The house stands on a hill.", "The house stands on a hill."),  # one language: versions
    ("en", "el", "Where is the station?", "Πού είναι ο σταθμός;"),
    ("en", "zh", "Where is it?", "在哪里？"),
    ("en", "de", "How it works", "So funktioniert es."),  # headings
    ("en", "de", "a) the first", "der erste"),
    ("en", "ja", "See (1) below.", "下の（1）を見てください。"),
    ("en", "id", "The people came.", "Orang orang datang."),  # a plural
    ("en", "de", "He had had enough.", "Er hatte genug."),
    ("en", "de", "See <https://example.org/a>.", "Siehe https://example.org/a."),
    ("en", "de", "Nice :-)", "Schön"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "one", "other", "source", "target"), FAILING)
def test_what_a_check_finds(name: str, one: str, other: str, source: str, target: str) -> None:
    assert failed_checks(source, target, (one, other)) == (name,)
    assert failed_checks(target, source, (other, one)) == (name,)
    assert failed_checks(source, target, (one, other), skip=[name]) == ()


@pytest.mark.parametrize(("one", "other", "source", "target"), PASSING)
def test_what_passes(one: str, other: str, source: str, target: str) -> None:
    assert failed_checks(source, target, (one, other)) == ()
    assert failed_checks(target, source, (other, one)) == ()


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["en", "zh", "und", "ar", ""]))
def test_any_text_is_checked_alike_from_either_side(source: str, target: str, language: str) -> None:
    found = failed_checks(source, target, ("de", language))
    assert found == failed_checks(target, source, (language, "de"))
    assert failed_checks(source, "", ("de", language)) == ()
    assert set(found) <= set(CHECKS)


def test_many_brackets_and_digits_take_no_time() -> None:
    failed_checks("(" * 20_000 + "1.2" * 20_000, "the " * 20_000 + ")" * 20_000, ("en", "de"))


def test_lengths_and_second_translations_are_judged_beside_all_others() -> None:
    checker = Checker()
    pairs = [(f"The {word} stood on the hill above the town.", f"Der {word} stand auf dem Hügel über der Stadt.")
             for word in ("church", "tower", "castle", "tree")]  # fmt: skip
    pairs += [("The church stood on the hill above the town.", "Eine Kirche.")]
    for source, target in pairs:
        checker.add(source, target, ("en", "de"))
    assert checker.failed(*pairs[1], ("en", "de")) == ()
    assert checker.failed(*pairs[0], ("en", "de")) == ("two-ways",)
    assert checker.failed(*pairs[4], ("en", "de")) == ("two-ways", "length")
    assert checker.failed(pairs[4][1], pairs[4][0], ("de", "en")) == ("two-ways", "length")
    skipping = Checker(frozenset({"length", "two-ways"}), checker.lengths, checker.two_ways)
    assert skipping.failed(*pairs[4], ("en", "de")) == ()


def test_a_check_that_is_none_is_refused_with_those_that_are() -> None:
    assert checked_names(["numbers", " end ", ""]) == {"numbers", "end"}
    with pytest.raises(UsageError, match=r"'colour' is no check; choose of numbers, untranslated"):
        checked_names(["colour"])


TEXTS = st.sampled_from(
    [
        "The tool (a small one costs 15 euros.", "Das Werkzeug (ein kleines) kostet 51 Euro, und zwar jeden Tag.",
        "The same text again.", "Noch einmal derselbe Text.", "Derselbe Text, anders.", "Yes.", "ja " * 60, "",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from([("en", "de"), ("de", "en"), ("en", "zh")]))))
def test_counts_in_one_pass_are_those_of_two(beads: list[tuple[str, str, tuple[str, str]]]) -> None:
    beads = [bead for bead in beads if bead[0] and bead[1]]
    counter, checker = CheckCounter(), Checker()
    for bead in beads:
        counter.add(*bead)
        checker.add(*bead)
    twice = Counter(name for bead in beads for name in checker.failed(*bead))
    assert counter.counts() == {name: twice[name] for name in CHECKS if twice[name]}


@pytest.mark.gold
def test_good_pairs_hardly_ever_fail(gold: Path) -> None:
    """On beads that people made: a few in a hundred of any check, and most of these are faults of the translation."""
    found: Counter[str] = Counter()
    total = 0
    for path in find_gold(gold / "paragraphs") + find_gold(gold / "sentences"):
        document = read_gold(path, gold)
        if "bible" in document.name:
            continue
        for source, target in document.beads:
            if source and target:
                texts = (
                    join_texts(document.source[i] for i in source),
                    join_texts(document.target[i] for i in target),
                )
                found.update(failed_checks(*texts, document.languages))
                total += 1
    assert total > 6000
    assert all(found[name] / total < 0.03 for name in CHECKS), found
