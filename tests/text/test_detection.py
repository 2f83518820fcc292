from __future__ import annotations

from pathlib import Path

import pytest

from align.document import Document
from align.text.detection import detect, detect_document


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The quick brown fox jumps over the lazy dog and runs away.", "en"),
        ("Industri kecerdasan buatan sangat menakjubkan bagi semua orang.", "id"),
        ("大模型的牌桌,正变得愈发拥挤。", "zh"),
        ("AIGC浪潮下,ChatGPT正在席卷OpenAI科技语境", "zh"),
        ("これは日本語の文章です。", "ja"),
        ("한국어 문장입니다.", "ko"),
        ("Быстрая коричневая лиса прыгает через ленивую собаку.", "ru"),
        ("12345 67.8 %", None),
        ("", None),
        ("https://example.org/a/b/c", None),
        ("Hello \ud800 my friend, how are you today?", "en"),
    ],
)
def test_detect(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_the_samples(seeds: Path) -> None:
    found = {
        path.name[:3]: detect_document(Document.from_text(path.name, path.read_text("utf-8"))).language
        for path in seeds.glob("*.txt")
    }
    assert found == {"000": "en", "001": "zh", "002": "en", "003": "en", "004": "id"}


def test_paragraphs_of_a_mixed_document() -> None:
    text = "Ein deutscher Satz, der lang genug ist, um sicher erkannt zu werden.\nOK\n大模型的牌桌\n" * 2
    text += "Und noch ein deutscher Satz, damit das Dokument deutsch bleibt und nicht anders."
    document = detect_document(Document.from_text("mixed", text))
    assert document.language == "de"
    assert [p.language for p in document.paragraphs] == ["de", "de", "zh", "de", "de", "zh", "de"]


def test_a_given_language_wins() -> None:
    document = detect_document(Document.from_text("x", "Hello there, my friend."), "id")
    assert document.language == "id"


def test_a_declared_tag_stays_with_the_document_and_its_paragraphs_have_the_language() -> None:
    text = "Ein deutscher Satz, der lang genug ist, um sicher erkannt zu werden.\nOK\n大模型的牌桌"
    document = detect_document(Document.from_text("a", text, language="de_at"))
    assert document.language == "de-AT"
    assert [p.language for p in document.paragraphs] == ["de", "de", "zh"]


def test_malay_where_it_is_declared() -> None:
    text = (
        "Kerajaan Malaysia akan memberikan bantuan kepada semua penduduk kampung yang terjejas akibat banjir di "
        "negeri Kelantan dan Terengganu minggu lalu."
    )
    declared = detect_document(Document.from_text("a", text, language="ms-MY"))
    assert (declared.language, declared.paragraphs[0].language) == ("ms-MY", "ms")
    detected = detect_document(Document.from_text("a", text))
    assert (detected.language, detected.paragraphs[0].language) == ("id", "id")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ᎣᏏᏲ ᏙᎯᏧ ᎠᏂᏴᏫᏯ ᎤᎾᏓᏅᏙᎲ ᎠᎴ ᏗᎧᏃᏩᏛᏍᏗ", "chr"),
        ("ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ ⵎⴰⵏⵉⵎⴽ", "zgh"),
        ("ᐃᓄᒃᑎᑐᑦ ᐊᑎᖅ", "iu"),
        ("ᱥᱟᱱᱛᱟᱲᱤ ᱯᱟᱹᱨᱥᱤ", "sat"),
        ("𐎠𐎡𐎢 𐎠𐎡", None),
        ("ﻣﺮﺣﺒﺎ ﺑﺎﻟﻌﺎﻟﻢ", "ar"),
        ("Ｔｈｅ ｗａｔｅｒ ｉｓ ｃｏｌｄ ｔｏｄａｙ", "en"),
    ],
)
def test_scripts_that_the_model_never_saw_are_taken_for_no_language_that_it_knows(
    text: str, language: str | None
) -> None:
    assert detect(text) == language


def test_a_short_line_in_a_script_of_its_own_is_no_line_of_the_document() -> None:
    text = "The river is high this week and nobody crosses it.\n\nᎣᏏᏲ ᏙᎯᏧ"
    found = detect_document(Document.from_text("a", text))
    assert [paragraph.language for paragraph in found.paragraphs] == ["en", "chr"]
