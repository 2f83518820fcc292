"""Which encoder a pair of languages gets, and that no other one is asked."""

from __future__ import annotations

import pytest

from align.encoders import as_encoder, encoder_for, for_profiles, get_encoder, serves, shared_name
from align.encoders.auto import AutoEncoder
from tests.several_encoders import Broad


@pytest.mark.parametrize(
    ("source", "target", "name"),
    [
        ("en", "zh", "use"),
        ("en-GB", "zh-Hant-TW", "use"),
        ("en", "id", "use"),
        ("ms", "en", "use"),
        ("en", "is", "e5"),
        ("is", "zh", "e5"),
        ("en", "xh", "e5"),  # which neither knows
        (None, "en", "use"),
        (None, "is", "e5"),
        (None, None, "use"),
    ],
)
@pytest.mark.usefixtures("broad")
def test_a_pair_gets_the_encoder_that_knows_both(source: str | None, target: str | None, name: str) -> None:
    auto = get_encoder("auto")
    assert encoder_for(auto, source, target).name == encoder_for(auto, target, source).name == name


@pytest.mark.usefixtures("no_broad")
def test_without_another_encoder_the_usual_one_is_left() -> None:
    auto = get_encoder("auto")
    assert isinstance(auto, AutoEncoder)
    used = encoder_for(auto, "en", "is")
    assert used is get_encoder("use")
    assert "was not trained for 'is'" in auto.unknown(used, "is")
    assert "pip install" in auto.unknown(used, "is")


def test_an_encoder_that_was_named_is_used_whatever_the_languages() -> None:
    use = get_encoder("use")
    assert encoder_for(use, "en", "is") is for_profiles(use) is use


def test_what_is_installed_decides_and_so_it_is_signed(broad: Broad) -> None:
    auto = get_encoder("auto")
    assert auto.signature == f"auto: {get_encoder('use').signature} or broad-1"
    assert repr(auto) == "<encoder 'auto': use or e5>"
    assert shared_name(auto) == "auto"
    assert as_encoder("auto") is as_encoder(auto) is auto
    assert broad.asked == 0


def test_texts_without_a_partner_have_the_vectors_of_the_usual_encoder(broad: Broad) -> None:
    auto, use = get_encoder("auto"), get_encoder("use")
    assert for_profiles(auto) is use
    assert auto.dimension == use.dimension
    assert (auto.encode(["It rains."]) == use.encode(["It rains."])).all()
    assert broad.asked == 0


def test_all_languages_of_all_encoders_are_known(broad: Broad) -> None:
    auto = get_encoder("auto")
    assert [serves(auto, code) for code in ("en", "is", "id", "ko", "xh", None)] == [
        True, True, True, True, False, True,
    ]  # fmt: skip


def test_processes_may_load_it_as_far_as_they_may_load_all_it_chooses_from(
    broad: Broad, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert getattr(get_encoder("auto"), "light", False)
    monkeypatch.setattr(broad, "light", False, raising=False)
    assert not getattr(get_encoder("auto"), "light", True)
