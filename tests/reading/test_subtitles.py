from __future__ import annotations

from pathlib import Path

import pytest

from align.reading import read_one
from align.reading.subtitles import spoken

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>I thought you had</i>
already left.

2
00:00:03,000 --> 00:00:04,000 X1:40 X2:600
- The bridge is closed.
- {\\an8}Nobody can leave.

3
00:00:05,000 --> 00:00:06,000
1984

4
00:00:07,000 --> 00:00:08,000
A < B, he said.
"""
VTT = """WEBVTT - a film

STYLE
::cue { color: red }

NOTE
a comment

intro
00:01.000 --> 00:02.000 align:start
<v Roger Bingham>We are in New York &amp; here.

00:00:03.000 --> 00:00:04.000
<c.yellow>Two.</c>

NOTE 00:00 is no time
of a cue

5
00:00:05.000 --> 00:00:06.000
Three.
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_subrip(end: str) -> None:
    assert spoken(SRT.replace("\n", end).encode())[0].split("\n") == [
        "I thought you had already left.",
        "- The bridge is closed.",
        "- Nobody can leave.",
        "1984",
        "A < B, he said.",
    ]


def test_webvtt() -> None:
    assert spoken(VTT.encode())[0].split("\n") == ["We are in New York & here.", "Two.", "Three."]


def test_cues_without_empty_lines_between_them() -> None:
    assert (
        spoken(b"1\n00:00:01,000 --> 00:00:02,000\nOne.\n2\n00:00:03,000 --> 00:00:04,000\nTwo.")[0]
        == "One.\nTwo."
    )


def test_rolling_captions_are_said_once() -> None:
    vtt = (
        "WEBVTT\n\n00:00.000 --> 00:01.000\nwe<00:00:00.500><c> are</c>\n\n00:01.000 --> 00:02.000\nwe are\n\n"
        "00:02.000 --> 00:03.000\nhere\n"
    )
    assert spoken(vtt.encode())[0] == "we are\nhere"


def test_subtitles_are_read_as_one_text(tmp_path: Path) -> None:
    (tmp_path / "x.srt").write_text(SRT)
    (tmp_path / "y.txt").write_text(VTT)
    assert read_one(tmp_path / "x.srt").startswith("I thought you had already left.\n")
    assert read_one(tmp_path / "y.txt") == "We are in New York & here.\nTwo.\nThree."


def test_in_a_known_encoding(tmp_path: Path) -> None:
    data = SRT.replace("closed", "stängd för året").encode("cp865", "replace")
    assert "stängd för året" in spoken(data, "cp865")[0]
