"""Which words answer which, on texts whose terms are known."""

from __future__ import annotations

from pathlib import Path
from random import Random
from unicodedata import category

import pytest

from align.encoders.lexicon import get_lexicon
from align.errors import UsageError
from align.evaluation.gold import find_gold, read_gold
from align.terms import Finder, Term, by_source, term_format, write_terms
from align.terms.candidates import candidates
from align.terms.words import Words

SUBJECTS = (
    ("The code of conduct", "Der Verhaltenskodex"), ("The maintainer", "Die Betreuerin"),
    ("The pull request", "Der Änderungsantrag"), ("The mailing list", "Die Verteilerliste"),
    ("The contributor", "Der Mitwirkende"),
)  # fmt: skip
PREDICATES = (
    ("is read by the committee", "wird vom Ausschuss gelesen"), ("was not there yesterday", "war gestern nicht da"),
    ("protects the newcomers", "schützt die Neulinge"), ("has a long history", "hat eine lange Geschichte"),
)  # fmt: skip


@pytest.fixture(scope="module")
def sentences() -> list[tuple[str, str]]:
    """English and German sentences, every subject with every predicate, in a random order, thrice."""
    every = [(f"{a} {c}.", f"{b} {d}.") for a, b in SUBJECTS for c, d in PREDICATES] * 3
    Random(7).shuffle(every)
    return every


def found_in(sentences: list[tuple[str, str]], languages: tuple[str, str] = ("en", "de")) -> list[Term]:
    finder = Finder(languages)
    for source, target in sentences:
        finder.add(source, target)
    return finder.terms()


def test_runs_of_words_answer_words(sentences: list[tuple[str, str]]) -> None:
    found = {(term.source, term.target): term for term in found_in(sentences)}
    for source, target in (
        ("code of conduct", "Verhaltenskodex"),
        ("maintainer", "Betreuerin"),
        ("pull request", "Änderungsantrag"),
        ("read by the committee", "wird vom Ausschuss gelesen"),
    ):
        assert found[source, target].count in (12, 15), source
        assert found[source, target].source_count == found[source, target].count
    assert "conduct" not in {term.source for term in found.values()}  # it stands in no other company


def test_function_words_are_no_terms(sentences: list[tuple[str, str]]) -> None:
    terms = found_in(sentences)
    words = {word.lower() for term in terms for word in (term.source, term.target)}
    assert words.isdisjoint({"the", "is", "der", "die", "nicht", "not", "was", "a", "ein", "war"})
    assert terms == found_in(sentences)


def test_the_order_of_the_beads_does_not_matter_but_for_the_examples(
    sentences: list[tuple[str, str]],
) -> None:
    without = [(t.source, t.target, t.count, t.strength) for t in found_in(sentences)]
    assert [(t.source, t.target, t.count, t.strength) for t in found_in(sentences[::-1])] == without
    for term in found_in(sentences):
        assert term.source in sentences[term.first][0]
        assert term.target in sentences[term.first][1]


def test_what_is_told_holds_in_the_texts(gold: Path) -> None:
    """English and Chinese manuals: counts are those of the texts, and no term is part of an address or a path."""
    documents = [read_gold(path, gold) for path in find_gold(gold / "paragraphs/en-zh")]
    beads = [
        ("\n".join(document.source[i] for i in source), "\n".join(document.target[i] for i in target))
        for document in documents
        for source, target in document.beads
        if source and target
    ]
    terms = found_in(beads, ("en", "zh"))
    best = {(term.source.lower(), term.target) for term in terms[:40]}
    assert {("system", "系统"), ("package", "软件包"), ("files", "文件")} <= best
    for term in terms:
        assert 2 <= term.count <= min(term.source_count, term.target_count)
        assert sum(term.source.lower() in source.lower() for source, _ in beads) >= term.source_count
    assert {"usr", "etc", "http"}.isdisjoint(term.source for term in terms)


def test_pieces_come_together() -> None:
    words = Words("zh", get_lexicon())
    for text in ("大卫来了。", "我看见大卫。", "大卫和他走了。", "他们走了。"):
        words.add(text)
    assert "大卫" in candidates(words.cut(), 2).spellings


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("th", "ก๋วยเตี๋ยวชามละสามสิบบาท"),
        ("lo", "ຕະຫຼາດນ້ຳເປີດແຕ່ເຊົ້າ"),
        ("km", "ផ្សារបណ្តែតទឹកបើកពីព្រលឹម"),
        ("my", "ရေပေါ်ဈေးသည်မနက်စောစောဖွင့်သည်"),
    ],
)
def test_letters_keep_their_marks_and_vowels(language: str, text: str) -> None:
    words = Words(language, get_lexicon())
    words.add(text)
    cut = words.cut()
    pieces = [text[start:end] for start, end in zip(cut.start.tolist(), cut.end.tolist(), strict=True)]
    assert "".join(pieces) == text
    assert [
        piece for piece in pieces if category(piece[0])[0] == "M" or piece[-1] in "เแโใไເແໂໃໄ\u17d2\u1039"
    ] == []


@pytest.mark.parametrize("text", ["l’alpinisme suisse", "d'alpinisme", "L'ALPINISME", "alpinisme"])
def test_what_elision_ties_is_counted_apart(text: str) -> None:
    words = Words("fr", get_lexicon())
    words.add(text)
    cut = words.cut()
    assert text[cut.start[0] : cut.end[0]].lower() == "alpinisme"


@pytest.mark.parametrize("beads", [[], [("", "")], [("One.", "Eins.")], [("…", "!")] * 40, [("7", "7")] * 40])
def test_where_nothing_is_to_be_found_there_is_nothing(beads: list[tuple[str, str]]) -> None:
    assert found_in(beads) == []


HOSTILE = Term('<b>&"=1+1', "\t\u0007ط\ud800", 3, 4, 5, 1.0, 0)
PLAIN = [Term("package", "软件包", 9, 12, 14, 0.9, 0), Term("package", "套件", 3, 12, 3, 0.5, 1)]


def test_tbx_holds_a_concept_for_each_term(tmp_path: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    file = tmp_path / "terms.tbx"
    write_terms(file, {("en", "zh"): PLAIN, ("", "ar"): [HOSTILE]}, "tbx", about="A & B")
    root = etree.parse(file).getroot()
    space = {"t": "urn:iso:std:iso:30042:ed-2"}
    assert (root.tag, root.get("type"), root.get("style")) == (f"{{{space['t']}}}tbx", "TBX-Basic", "dca")
    assert [child.tag.partition("}")[2] for child in root] == ["tbxHeader", "text"]
    concepts = root.findall("t:text/t:body/t:conceptEntry", space)
    said = [
        [(s.get("{http://www.w3.org/XML/1998/namespace}lang"), [t.text for t in s.findall("t:termSec/t:term", space)])
         for s in concept.findall("t:langSec", space)]
        for concept in concepts
    ]  # fmt: skip
    assert said[0] == [("en", ["package"]), ("zh", ["软件包", "套件"])]
    assert said[1] == [("und", ['<b>&"=1+1']), ("ar", ["\tط\ufffd"])]
    assert [note.text for note in concepts[0].iterfind(".//t:note", space)] == [
        "12 beads",
        "9 beads",
        "3 beads",
    ]
    assert len({concept.get("id") for concept in concepts}) == 2


def test_translate_toolkit_reads_the_edition_of_2008(tmp_path: Path) -> None:
    tbx = pytest.importorskip("translate.storage.tbx", reason="pip install translate-toolkit")
    write_terms(tmp_path / "terms.tbx", {("en", "zh"): PLAIN}, "tbx-2008", about="x")
    units = tbx.tbxfile.parsefile(str(tmp_path / "terms.tbx")).units
    assert [(str(unit.source), str(unit.target)) for unit in units] == [("package", "软件包")]


def test_a_table_reads_back(tmp_path: Path) -> None:
    from align._internal.tables import read_table

    write_terms(
        tmp_path / "t.tsv",
        {("en", "zh"): PLAIN, ("", "ar"): [HOSTILE]},
        "tsv",
        about="",
        spreadsheet_safe=True,
    )
    rows = list(read_table(tmp_path / "t.tsv"))
    assert [row["target"] for row in rows[:2]] == ["软件包", "套件"]
    assert (rows[0]["count"], rows[0]["source_language"], rows[2]["source_language"]) == ("9", "en", "und")
    assert list(by_source(PLAIN)) == ["package"]


def test_formats_by_their_endings() -> None:
    assert [term_format(name) for name in ("-", "a.TSV", "b.tbx")] == ["tsv", "tsv", "tbx"]
    with pytest.raises(
        UsageError, match=r"the ending \.csv stands for no format; give --format tsv\|tbx\|tbx-2008"
    ):
        term_format("c.csv")


def test_what_meets_by_chance_is_no_translation() -> None:
    """Words drawn at random for either side: of thousands of pairs some meet two or three times."""
    draw = Random(11)
    vocabularies = [
        ["".join(draw.choices(syllables, k=4)) for _ in range(300)]
        for syllables in (("ka", "mo", "ti", "ru"), ("бе", "во", "ду", "ли"))
    ]
    beads = [
        (" ".join(draw.sample(one, 6)), " ".join(draw.sample(two, 6))) for one, two in [vocabularies] * 120
    ]
    assert len(found_in(beads, ("en", "ru"))) <= 3
