"""Numbers of real sentences, in the digits of many scripts."""

from __future__ import annotations

import pytest

from align.text.numerals import han_value, numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Around 3,000 people came in 2008.", {"3000", "2008"}),
        ("Rund 3.000 Menschen kamen 2008.", {"3000", "2008"}),
        ("Environ 3\u202f000 personnes et 1 250 000 euros", {"3000", "1250000"}),
        ("حضر ٣٬٠٠٠ شخص في عام ٢٠٠٨", {"3000", "2008"}),
        ("در سال ۲۰۰۸ حدود ۳۰ نفر", {"2008", "30"}),
        ("३० प्रतिशत लोग २००८ में", {"30", "2008"}),
        ("ในปี ๒๕๕๑ มีคน ๓๐ คน", {"2551", "30"}),
        ("二〇〇八年三月、約3万人", {"2008", "3", "30000"}),
        ("三百五十人と1億2000万円", {"350", "120000000"}),
        ("1.5億円", {"150000000"}),
        ("በ፳፻፰ ዓ.ም", {"2008"}),
        ("½ cup, 007", {"1/2", "7"}),
        ("Ludwig XIV. und Papst Johannes Paul II.", {"14", "2"}),
        ("I am V, MIX and IIX are no numbers; 0 is none", set()),
    ],
)
def test_numbers_have_one_form_in_all_scripts(text: str, numbers: set[str]) -> None:
    assert set(numbers_in(text)) == numbers


def test_values_of_chinese_numerals() -> None:
    forms = {
        "十": 10,
        "十一": 11,
        "二十": 20,
        "一百零五": 105,
        "三千万": 30_000_000,
        "两万五千": 25_000,
        "3万": 30_000,
    }
    assert {form: han_value(form) for form in forms} == forms
