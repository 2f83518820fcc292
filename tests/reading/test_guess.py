"""Encodings are told apart by what their texts come to."""

from __future__ import annotations

import pytest

from align.errors import InputError
from align.reading.encoding import decode
from align.reading.guess import guess_encoding

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


# A news sentence of each language, and a longer text, with the encodings that such texts are found in.
NEWS = {
    "pl": ("Rzecznik zarządu potwierdził, że żadna umowa nie wygasła.", "cp1250 iso8859_2 cp852"),
    "cs": ("Ředitel školy řekl, že příští týden začíná výuka.", "cp1250 iso8859_2"),
    "hu": ("A képviselő szerint a törvény jövőre lép életbe.", "cp1250 iso8859_2"),
    "lv": ("Valdība šodien pieņēma lēmumu par jauno likumu.", "cp1257 iso8859_13"),
    "lt": ("Vyriausybė šiandien priėmė sprendimą dėl naujojo įstatymo.", "cp1257 iso8859_13"),
    "et": ("Täna õhtul sõidab rühm üliõpilasi Tallinnasse.", "cp1257 cp1252"),
    "fr": ("Le député a déclaré que l'été serait plus chaud à Évreux.", "cp1252 cp850 mac_roman"),
    "de": ("Die Behörde erklärte, über die Anträge werde später entschieden.", "cp1252 cp850 mac_roman"),
    "es": ("El portavoz señaló que la decisión se tomará el próximo año.", "cp1252 cp850"),
    "sv": ("Kommunen säger att bron över ån måste stängas i år.", "cp1252 cp850"),
    "tr": ("Başbakan dün açıklama yaptı: yeni köprü gelecek yıl açılıyor.", "cp1254"),
    "ru": (
        "Министр сообщил, что переговоры завершатся в пятницу.",
        "cp1251 koi8_r iso8859_5 cp866 mac_cyrillic",
    ),
    "uk": ("Міністр повідомив, що переговори відбудуться у п'ятницю.", "cp1251 koi8_u"),
    "bg": ("Министърът обяви, че преговорите ще приключат в петък.", "cp1251"),
    "el": ("Ο υπουργός ανακοίνωσε ότι οι συνομιλίες λήγουν την Παρασκευή.", "cp1253 iso8859_7"),
    "he": ("השר הודיע אתמול כי השיחות יסתיימו ביום שישי.", "cp1255 iso8859_8"),
    "ar": ("أعلن الوزير أمس أن المحادثات ستنتهي يوم الجمعة.", "cp1256 iso8859_6"),
    "th": ("รัฐมนตรีแถลงเมื่อวานนี้ว่าการเจรจาจะสิ้นสุดในวันศุกร์", "tis_620"),
    "zh": ("部长昨天表示，谈判将于星期五结束，双方都有诚意。", "gb18030"),
    "zh-Hant": ("部長昨天表示，談判將於星期五結束，雙方都有誠意。", "big5 gb18030"),
    "ja": ("大臣は昨日、交渉が金曜日に終わると発表した。", "shift_jis euc_jp"),
    "ko": ("장관은 어제 협상이 금요일에 끝난다고 밝혔다.", "euc_kr johab"),
}
IN_ENCODINGS = [
    (language, encoding, text) for language, (text, names) in NEWS.items() for encoding in names.split()
]


def _is_read(text: str, encoding: str) -> bool:
    return decode(text.encode(encoding))[0] == text


def test_how_many_headlines_come_out_right() -> None:
    """Of a single sentence nearly all; the count is the claim, so that no language is traded for another in silence."""
    wrong = [
        (language, encoding) for language, encoding, text in IN_ENCODINGS if not _is_read(text, encoding)
    ]
    assert len(IN_ENCODINGS) == 46
    assert len(wrong) <= 1, wrong


def test_texts_put_together_come_out_right_whatever_the_ends_of_lines() -> None:
    for language, encoding, text in IN_ENCODINGS:
        for end in ("\n", "\r\n"):
            assert _is_read(end.join([text, "2024", text]), encoding), (language, encoding)


@pytest.mark.parametrize("language", ["zh", "zh-Hant", "ja", "ko"])
def test_one_damaged_character_does_not_cost_the_text(language: str) -> None:
    text, encodings = NEWS[language]
    data = bytearray("\n".join([text] * 5).encode(encodings.split()[0]))
    del data[20]
    for damaged in (bytes(data), bytes(data[:20]) + b"\xff" + bytes(data[20:]), bytes(data)[:-1]):
        found, warning = decode(damaged)
        assert sum(line == text for line in found.split("\n")) >= 3
        assert warning is not None
        assert warning.startswith("not UTF-8: read as ")
        assert "\ufffd" not in found or "damaged character(s) replaced" in warning


def test_a_known_language_decides() -> None:
    text = "Šis ir teksts."
    data = text.encode("cp1257")
    assert decode(data, None, "lv")[0] == text
    assert decode(data, "cp1252")[0] == "Ðis ir teksts."  # and a known encoding more than that


def test_a_known_encoding_says_what_means_nothing_in_it() -> None:
    assert decode(b"a \x81 b", "cp1252") == (
        "a \ufffd b",
        "1 sequence(s) of bytes that mean nothing in cp1252 replaced",
    )
    assert decode("größer".encode("cp437"), "cp437") == ("größer", None)
    assert decode("\ufeffgrößer".encode(), "utf-8") == ("größer", None)


def test_noise_is_no_text() -> None:
    noise = bytes((7 * n * n + 13 * n) % 128 + 128 for n in range(400))
    with pytest.raises(InputError, match="name it with --encoding"):
        guess_encoding(noise)
