"""What is asked of an encoder about languages."""

from __future__ import annotations

import pytest

from align.encoders import for_language, trained_for
from align.encoders.use.encoder import UseEncoder


class Family(UseEncoder):
    """An encoder that has another one for Wolof; it names its languages as it likes."""

    languages = frozenset({"zho_Hans", "eng", "sr"})

    def for_language(self, language: str) -> UseEncoder:
        return UseEncoder() if language == "wo" else self


@pytest.mark.parametrize(
    ("tag", "knows"), [("zh-TW", True), ("en-US", True), ("sr-Latn", True), ("hr", False)]
)
def test_languages_are_compared_as_languages(tag: str, knows: bool) -> None:
    assert trained_for(Family(), tag) is knows


@pytest.mark.parametrize(
    ("tag", "other"), [("wo", True), ("wol", True), ("wo-SN", True), ("en-GB", False), (None, False)]
)
def test_the_encoder_for_a_language_is_found_by_any_tag(tag: str | None, other: bool) -> None:
    family = Family()
    assert (for_language(family, tag) is not family) is other
