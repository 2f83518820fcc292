"""Latin encodings are told apart by the letters of the languages that use them."""

from __future__ import annotations

import pytest

from align.reading.encoding import decode
from align.reading.latin import better_latin

TEXTS = {
    "cp1252": [
        "L'été dernier, nous sommes allés à la plage avec nos élèves.",
        "Não há pão. A educação é importante para a população.",
        "Mañana será otro día. ¿Qué pasó en la montaña?",
        "Perché non è più così? La città è bella e il caffè costa poco.",
        "Räksmörgås är gott. På lördag åker vi till Göteborg.",
        "The café is open today.",
        "It’s fine.",
        "Die Bäume sind grün, „schöne Grüße“ aus München, wo die Straßen größer wirken.",
    ],
    "cp1250": [
        "Zażółć gęślą jaźń. Wczoraj byłem w Łodzi, gdzie spotkałem się z przyjaciółmi.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Včera jsem byl v Praze.",
        "Árvíztűrő tükörfúrógép. Tegnap Budapesten voltam.",
    ],
    "iso8859_2": [
        "Zażółć gęślą jaźń. Wczoraj byłem w Łodzi, gdzie spotkałem się z przyjaciółmi.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Včera jsem byl v Praze.",
    ],
    "cp1254": ["Dün İstanbul'da arkadaşlarımla buluştum ve küçük bir lokantada yemek yedik."],
}
CASES = [(encoding, text) for encoding, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("encoding", "text"), CASES)
def test_a_sentence_is_enough(encoding: str, text: str) -> None:
    found, warning = decode(text.encode(encoding))
    assert found == text
    assert warning is not None
    assert warning.startswith("not UTF-8: read as")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Это русский текст."),
        ("gb18030", "An English sentence with the name 李明 in it, and a few more words."),
        ("mac_roman", "L'été dernier, nous sommes allés à la plage avec nos élèves."),
    ],
)
def test_what_is_found_already_stays(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    assert data.decode(better_latin(data, encoding)) == text


@pytest.mark.parametrize(
    "data", [b"a text cut off in a character \xe4\xb8", b"one \xff that never stands in a text"]
)
def test_a_little_damage_is_damage(data: bytes) -> None:
    assert decode(data)[0].endswith(("\ufffd", "\ufffd that never stands in a text"))


def test_a_text_put_together_from_two_encodings() -> None:
    lines = [
        "Aujourd'hui il fait beau, nous allons à l'étang.",
        "Le château est près de la forêt, où l'on entend l'écho.",
    ]
    data = "\n".join(lines).encode() + b"\n" + "\n".join(lines).encode("cp1252")
    assert decode(data) == ("\n".join(lines * 2), "2 of 4 lines are not UTF-8: read as cp1252")


def test_lines_of_two_encodings_that_are_no_encoding_together() -> None:
    """No encoding decodes the whole: that must not be asked before the lines are looked at by themselves."""
    lines = ["Le château est près de la forêt, où l'on entend l'écho.", "Привет, как дела? Хорошо, спасибо."]
    french = "Il a mangé près de l'école, où le maître l'attendait."
    data = "\n".join(lines * 9).encode() + f"\n{french}".encode("cp1252") * 9
    text, warning = decode(data)
    assert text == "\n".join([*lines * 9, *[french] * 9])
    assert warning == "9 of 27 lines are not UTF-8: read as cp1252"
