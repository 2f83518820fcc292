"""Which words answer which."""

from __future__ import annotations

from unicodedata import category

from hypothesis import given, settings

from align.alignment.bead import Bead
from align.alignment.result import TextUnit, WordLink
from align.alignment.word_links import Passages, word_links
from align.report.evidence import Evidence

from ..formats.hostile import texts


def explained(source: list[str], target: list[str]) -> tuple[WordLink, ...]:
    units = [[TextUnit(text, number) for number, text in enumerate(side)] for side in (source, target)]
    bead = Bead(tuple(range(len(source))), tuple(range(len(target))), 0.5)
    return word_links(units[0], units[1], bead)


def test_numbers_and_names_are_settled_by_their_spelling() -> None:
    links = explained(
        ["In 2024 prices rose by 1,234.", "Kompas drank water in Xyzzy."],
        ["Xyzzy 和 Kompas 喝水。", "2023 1.234"],
    )
    words = {(link.source_word, link.target_word) for link in links}
    assert {("1,234", "1.234"), ("Kompas", "Kompas"), ("Xyzzy", "Xyzzy"), ("water", "水")} <= words
    assert not any("2024" in pair or "2023" in pair for pair in words)
    assert [link.similarity for link in links] == sorted((link.similarity for link in links), reverse=True)


@given(texts, texts)
@settings(deadline=None, max_examples=60)
def test_report_and_explanation_say_the_same(source: str, target: str) -> None:
    links = explained([source], [target])
    shown = Evidence([source], [target]).words(0).links

    def utf16(text: str, offset: int) -> int:
        return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2

    def place(side: str, link: tuple[int, int, int]) -> tuple[int, int]:
        return utf16(side, link[1]), utf16(side, link[2])

    strength = {(*place(source, link.source), *place(target, link.target)): link.similarity for link in links}
    assert {link[:4] for link in shown} == set(strength)
    assert all(abs(link[4] - 100 * strength[link[:4]]) < 0.6 for link in shown)


@given(texts, texts, texts)
@settings(deadline=None, max_examples=30)
def test_links_stand_in_the_unit_they_name(first: str, second: str, target: str) -> None:
    for link in explained([first, second], [target]):
        unit, start, end = link.source
        assert (first, second)[unit][start:end] == link.source_word != ""
        assert target[slice(*link.target[1:])] == link.target_word != ""


def test_words_keep_letters_with_their_marks() -> None:
    """Pieces of a script without spaces may begin with a vowel sign, which is drawn over the letter before it."""
    text = "ก๋วยเตี๋ยวชามละสามสิบบาท"
    found = [text[start:end] for start, end in Passages([text, " ่"]).words(0).spans]
    assert "".join(found) == text
    assert [word for word in found if category(word[0])[0] == "M"] == []
