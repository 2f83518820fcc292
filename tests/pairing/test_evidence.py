"""Numbers, names and ids as evidence."""

from __future__ import annotations

import pytest

from align.pairing.evidence import Rarity, keys_of, name_key, numbers_differ, numbers_of


def test_numbers_and_names_are_shared_across_scripts() -> None:
    english = keys_of(["On October 31, 2024 OpenAI paid $1,250.50 to Baidu; see chart-7.PNG and GPT-4."])
    chinese = keys_of(["2024年10月31日,OpenAI向百度支付了1250.50美元(图chart-7.PNG,GPT-4)。"])
    other = keys_of(["Nothing Of The Kind, in 1999."])
    rarity = Rarity.among([english, chinese, other])
    assert rarity.shared(english, chinese) > 2 * rarity.shared(english, other)
    assert rarity.shared(english, other) == 0
    assert rarity.shared(keys_of([""]), english) == 0


def test_digits_of_any_script_are_one_number() -> None:
    assert numbers_of(["في عام ٢٠٢٤ دفعت ١٬٢٥٠ دولار"]) == {"2024", "1250"}
    assert keys_of(["२०२४"]).tolist() == keys_of(["2024"]).tolist() == keys_of(["２０２４"]).tolist()


def test_numbers_differ_where_most_are_others() -> None:
    source = ["On 12 May 2024, 340 people came, 3 of them late."]
    assert numbers_differ(source, ["Am 12. Mai 2024 kamen 340 Menschen, 3 davon zu spät."]) == ""
    assert numbers_differ(source, ["Am 14. Juni 2023 kamen 120 Menschen."]) == "only 0 of 3 numbers agree"
    assert numbers_differ(source, ["Viele Menschen kamen, 120 oder 140."]) == ""  # too few to be odd
    assert numbers_differ([], []) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("a/12.en.txt", "en"), ("a/12.zh.txt", "zh")),
        (("en/news/x.html", "en"), ("zh-CN/news/x.html", "zh")),
        (("https://site.org/de/7", "de"), ("https://site.org/en/7", "en")),
        (("report_ENG", "en"), ("report_deu", "de")),
        (("a_zh_Hant.md", "zh"), ("a_en_US.md", "en")),
    ],
)
def test_ids_that_differ_in_the_language_only(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert name_key(*first) == name_key(*second) is not None


def test_ids_that_tell_nothing() -> None:
    assert name_key("doc_0001.txt", "en") is None
    assert name_key("a.en.txt", "zh") is None  # names another language than its own
    assert name_key("a.en.txt", None) is None
    assert name_key("a/12.en.txt", "en") != name_key("a/13.zh.txt", "zh")
    assert name_key("green.txt", "en") is None


@pytest.mark.parametrize(
    "text", ["x" * 300_000, "X" * 300_000, "7" * 300_000, "a-" * 150_000, "X-" * 150_000, "1." * 150_000]
)
def test_long_tokens_take_linear_time(text: str) -> None:
    assert len(keys_of([text])) <= 1 or text.startswith(("1", "X-"))
