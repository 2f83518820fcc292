from __future__ import annotations

from pathlib import Path

import pytest
import sentencex
from hypothesis import given, settings
from hypothesis import strategies as st

from align.document import Document
from align.text.sentences import segment, split_sentences

CASES = [
    (
        "en",
        "The end.Next one here. See http://foo.bar.Com/Abc.Def or v2.Final now.",
        ["The end.", "Next one here."],
    ),
    (
        "en",
        '"AIGC”. "The core is to improve it." He said.',
        ['"AIGC”.', '"The core is to improve it."', "He said."],
    ),
    ("en", "1. First item. 2. Second item.", ["1. First item.", "2. Second item."]),
    ("en", '"Go!" she cried. (See below.) Next.', ['"Go!" she cried.', "(See below.)", "Next."]),
    (
        "id",
        "Dr. Budi di Jl. Sudirman No. 5 Jakarta. Beras, gula, dll. dijual.",
        ["Dr. Budi di Jl. Sudirman No. 5 Jakarta."],
    ),
    ("id", "**Tebal. ** Lalu biasa.", ["**Tebal. **", "Lalu biasa."]),
    ("zh", "站内!“应用也好,”下一阶段?”好的", ["站内!", "“应用也好,”下一阶段?”", "好的"]),
    ("ja", "「そうですか。」と彼は言った。はい!", ["「そうですか。」と彼は言った。", "はい!"]),
    ("ru", "Это тест.Новый тест. И ушёл.", ["Это тест.", "Новый тест.", "И ушёл."]),
    ("fr", "M. Dupont est là. Il part.", ["M. Dupont est là.", "Il part."]),
]


@pytest.mark.parametrize(("language", "text", "expected"), CASES)
def test_boundaries(language: str, text: str, expected: list[str]) -> None:
    found = [text[start:end] for start, end in split_sentences(text, language)]
    assert found[: len(expected)] == expected


def check_lossless(text: str, language: str | None) -> None:
    at = 0
    for start, end in split_sentences(text, language):
        assert text[at:start].strip() == ""
        assert end > start
        assert text[start:end] == text[start:end].strip()
        at = end
    assert text[at:].strip() == ""


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("aB1 .!?。!”“\"'*,;)(«»\t—e\u0301界あД\U0001f600")), max_size=60),
    st.sampled_from(["en", "zh", "id", "ja", "ru", None, "xx"]),
)
def test_nothing_but_white_space_lies_between_sentences(text: str, language: str | None) -> None:
    check_lossless(text, language)


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_segmented_without_loss(text: str) -> None:
    check_lossless(text, "en")


def test_real_articles(seeds: Path) -> None:
    for path in sorted(seeds.glob("*.txt")):
        document = Document.from_text(path.name, path.read_text("utf-8"))
        for paragraph in document.paragraphs:
            check_lossless(paragraph.text, "zh" if path.name.startswith("001") else "en")
            for sentence in segment(paragraph, "en"):
                assert sentence.text == paragraph.text[sentence.start : sentence.end]
                assert sentence.position == f"p{paragraph.index}s{sentence.index}"


def test_a_line_of_a_million_characters_takes_no_longer_than_its_length() -> None:
    text = "word and word, " * 70_000
    check_lossless(text, "en")


def test_the_sentences_of_a_paragraph_are_found_once_and_nobody_spoils_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    find = sentencex.segment
    monkeypatch.setattr(sentencex, "segment", lambda code, text: asked.append(text) or find(code, text))
    text = "A paragraph that no other test has. It is asked for twice."
    spans = split_sentences(text, "en")
    wanted = list(spans)
    spans.clear()
    assert split_sentences(text, "en") == wanted == [(0, 35), (36, 58)]
    assert asked == [text]
    split_sentences(text, "de")
    assert asked == [text, text]


@pytest.mark.parametrize("language", ["de", "de-DE", "de_AT", "DEU", "German"])
def test_abbreviations_are_known_by_any_name_of_the_language(language: str) -> None:
    text = "Vgl. Abb. 3 und Tab. 4. Öffnung evtl. später. Tel. Nr. 12 bzw. 13. Sitzung am 3. Mai."
    assert [text[a:b] for a, b in split_sentences(text, language)] == [
        "Vgl. Abb. 3 und Tab. 4.", "Öffnung evtl. später.", "Tel. Nr. 12 bzw. 13.", "Sitzung am 3. Mai.",
    ]  # fmt: skip
