"""Tags, codes and names of languages."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.errors import UsageError
from align.text import languages
from align.text.languages import (
    base,
    canonical,
    detected_as,
    names_of,
    output_tag,
    parse,
    right_to_left,
    says_nothing,
    variant,
    within,
)

TAGS = [
    # written, canonical tag, base, variant
    ("en", "en", "en", "en"),
    (" EN-us ", "en-US", "en", "en"),
    ("en-GB", "en-GB", "en", "en-Latn-GB"),
    ("en-UK", "en-GB", "en", "en-Latn-GB"),
    ("en_US.UTF-8", "en-US", "en", "en"),
    ("en-x-simple", "en-x-simple", "en", "en-Latn-US-x-simple"),
    ("eng", "en", "en", "en"),
    ("English", "en", "en", "en"),
    ("eng_Latn", "en", "en", "en"),
    ("de_DE@euro", "de-DE", "de", "de"),
    ("deu", "de", "de", "de"),
    ("ger", "de", "de", "de"),
    ("deutsch", "de", "de", "de"),
    ("pt-BR", "pt-BR", "pt", "pt"),
    ("pt_PT", "pt-PT", "pt", "pt-Latn-PT"),
    ("pt-BRA", "pt", "pt", "pt"),
    ("es-419", "es-419", "es", "es-Latn-419"),
    ("ca-valencia", "ca-valencia", "ca", "ca-Latn-ES-valencia"),
    ("zh", "zh", "zh", "zh"),
    ("zh_CN", "zh-CN", "zh", "zh"),
    ("zh-Hans-CN", "zh-Hans-CN", "zh", "zh"),
    ("zho_Hans", "zh-Hans", "zh", "zh"),
    ("ZH_tw", "zh-TW", "zh", "zh-Hant-TW"),
    ("zh-Hant", "zh-Hant", "zh", "zh-Hant-TW"),
    ("zh-CHT", "zh-Hant", "zh", "zh-Hant-TW"),
    ("cmn", "cmn", "zh", "zh"),
    ("zh-yue", "yue", "zh", "yue-Hant-HK"),
    ("cn", "zh", "zh", "zh"),
    ("jp", "ja", "ja", "ja"),
    ("iw", "he", "he", "he"),
    ("in", "id", "id", "id"),
    ("id-ID", "id-ID", "id", "id"),
    ("ms", "ms", "ms", "ms"),
    ("malay", "ms", "ms", "ms"),
    ("zsm", "zsm", "ms", "ms"),
    ("no", "no", "no", "no"),
    ("nb", "nb", "no", "no"),
    ("nn-NO", "nn-NO", "no", "nn-Latn-NO"),
    ("sr-Latn", "sr-Latn", "sr", "sr-Latn-RS"),
    ("sr-Cyrl", "sr-Cyrl", "sr", "sr"),
    ("sh", "sh", "sh", "sh"),
    ("tl", "tl", "tl", "tl"),
    ("fil", "fil", "tl", "fil-Latn-PH"),
    ("arz", "arz", "ar", "arz-Arab-EG"),
    ("als", "als", "sq", "sq"),
    ("sw", "sw", "sw", "sw"),
    ("haw", "haw", "haw", "haw"),
]
NO_LANGUAGES = [
    "",
    "  ",
    "und",
    "und-Latn",
    "mul",
    "unknown",
    "??",
    "1",
    "xx",
    "xx1",
    "x-foo",
    "n/a",
    "英语",
    "\0",
    "-en",
]


@pytest.mark.parametrize(("written", "tag", "language", "key"), TAGS)
def test_what_a_tag_stands_for(written: str, tag: str, language: str, key: str) -> None:
    assert (canonical(written), base(written), variant(written)) == (tag, language, key)


@pytest.mark.parametrize("written", [None, *NO_LANGUAGES])
def test_what_names_no_language(written: str | None) -> None:
    assert (canonical(written), base(written), variant(written), detected_as(written)) == (None,) * 4


subtags = st.sampled_from(
    [
        "a",
        "en",
        "zh",
        "tw",
        "hant",
        "latn",
        "x",
        "u",
        "419",
        "1996",
        "valencia",
        "xx",
        "toolongsubtag",
        "é",
        "1",
        "english",
        "nb",
        "yue",
    ]
)
likely = st.builds(lambda parts, by: by.join(parts), st.lists(subtags, max_size=5), st.sampled_from("-_ .@"))


@given(st.text(max_size=30) | likely)
def test_any_text_is_folded_once_and_for_all(text: str) -> None:
    tag = canonical(text)
    assert canonical(tag) == tag
    assert base(base(text)) == base(text) == base(tag)
    assert variant(text) == variant(tag)
    assert detected_as(detected_as(text)) == detected_as(text)
    assert variant(base(text)) == base(text)
    if tag:
        assert re.fullmatch("[A-Za-z0-9-]+", tag)
        assert parse(tag) == output_tag(tag) == tag
        assert within(text, tag)
        assert within(text, str(base(tag)))
        right_to_left(tag)


def test_what_detection_says_is_what_it_is_computed_in() -> None:
    """Nothing that is detected is another language for the rest."""
    from align.text.detection import _language_of, _model

    labels = [str(found["lang"]) for found in _model().detect("a", model="lite", k=200)]
    assert len(labels) > 150
    for language in map(_language_of, labels):
        assert language == canonical(language) == base(language) == variant(language)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("germn", "; did you mean german?"),
        ("pt-BRA", "; did you mean pt?"),
        ("de_DE@euro", "; did you mean de-DE?"),
        ("und", ""),
        ("", ""),
        ("../x", ""),
        ("e", ""),
        ("en-", "; did you mean en?"),
    ],
)
def test_a_person_is_told_what_is_no_language(value: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(value)
    said = f"{value!r} is no language code; give one such as en, zh or pt-BR (BCP 47)"
    assert str(error.value) == said + hint


@pytest.mark.parametrize(
    ("tag", "wanted", "inside"),
    [
        ("pt-BR", "pt", True),
        ("pt", "pt-BR", False),
        ("pt-BR", "pt-BR", True),
        ("pt-PT", "pt-BR", False),
        ("zh-TW", "zh-Hant", True),
        ("zh-CN", "zh-Hant", False),
        ("zh-Hant", "zh-TW", False),
        ("zh", "zh-Hans", False),
        ("cmn", "zh", True),
        ("yue", "zh", True),
        ("zh", "yue", False),
        ("nn", "nb", False),
        ("ms", "id", False),
        ("ca-valencia", "ca", True),
        ("ca", "ca-valencia", False),
        ("", "en", False),
        (None, "en", False),
    ],
)
def test_what_is_asked_for(tag: str | None, wanted: str, inside: bool) -> None:
    assert within(tag, wanted) is inside


def test_near_twins_are_two_languages_that_detection_has_one_code_for() -> None:
    assert (base("ms"), base("id")) == ("ms", "id")
    assert detected_as("ms-MY") == detected_as("id") == "id"
    assert {"ms", "malay", "id", "indonesian"} <= names_of("id") == names_of("ms")
    assert names_of("haw") == {"haw"}
    assert names_of("zh-Hant-TW") >= {"zh", "cn", "hans", "hant"}


def test_directions() -> None:
    left = ["en", "zh", "az", "ha", "und", "<x>"]
    right = ["ar", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi", "ar-EG", "az-Arab"]
    assert [tag for tag in [*left, *right] if right_to_left(tag)] == right


def test_a_field_may_say_itself_that_the_language_is_not_known() -> None:
    assert [value for value in ["", " UND ", "unknown", "N/A", "nan", "xx1", "en"] if says_nothing(value)] == [
        "", " UND ", "unknown", "N/A", "nan",
    ]  # fmt: skip


def test_the_table_of_names_is_sorted_and_names_nothing_twice() -> None:
    names = languages._names()
    assert list(names) == sorted(names)
    assert sum(map(len, names.values())) == len(languages._codes())
    assert all(canonical(tag) == tag for tag in names)


@pytest.mark.slow
def test_usual_codes_need_no_library() -> None:
    """The library takes its time: `import align`, the help and a run on plain codes do without it."""
    code = (
        "import sys, align.cli; from align.document import Document\n"
        "from align.text.languages import base, variant, names_of\n"
        "Document.from_text('a', 'a', language='German'), base('zh-Hans'), variant('en'), names_of('zh')\n"
        "assert not {'langcodes', 'language_data'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
