"""Tags and names of languages."""

from __future__ import annotations

import pytest

from align.text.languages import language_code, names_of


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"), (" EN-us ", "en"), ("eng", "en"), ("English", "en"), ("zh-Hant-TW", "zh"), ("zh_CN", "zh"),
        ("jp", "ja"), ("ms", "id"), ("malay", "id"), ("sw", "sw"), ("haw", "haw"), ("nb", "no"),
        ("und", None), ("", None), (None, None), ("unknown", None), ("??", None), ("1", None), ("英语", None),
    ],
)  # fmt: skip
def test_what_a_tag_stands_for(tag: str | None, code: str | None) -> None:
    assert language_code(tag) == code


def test_twins_share_their_names() -> None:
    assert {"ms", "malay", "id", "indonesian"} <= names_of("id")
    assert names_of("haw") == {"haw"}
