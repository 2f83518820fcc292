"""UTF-16 without a byte order mark, and what only looks like it."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from align.errors import InputError
from align.reading.encoding import decode

TEXTS = (
    "Halo", "Hi there.", "你好,世界。\n今天天气很好。\n", "Привет, как дела? Хорошо.", "مرحبا بالعالم، كيف حالك؟",
    "สวัสดีชาวโลก นี่คือข้อความ", "日本語のテキスト、です。", "한국어 텍스트입니다. 안녕하세요", "नमस्ते दुनिया। यह पाठ है।",
    "😀 and 😀",
)  # fmt: skip
NUMBERS = random.Random(1)
BINARY = {
    "every byte": bytes(range(256)) * 8,
    "zeros": bytes(1000),
    "random": NUMBERS.randbytes(5000),
    "sound": struct.pack("<2000h", *(int(NUMBERS.gauss(0, 1000)) for _ in range(2000))),
    "small numbers": struct.pack("<2000i", *(NUMBERS.randrange(20_000) for _ in range(2000))),
    "floats": struct.pack("<2000f", *(NUMBERS.gauss(0, 1) for _ in range(2000))),
    "names parted by zeros": b"\0".join(b"./folder/file%d.txt" % number for number in range(500)),
    "names of one length": b"\0".join(b"folder/file%03d.txt" % number for number in range(500)),
}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_many_scripts(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == (text, f"no byte order mark: read as {encoding}")
    assert decode(("\ufeff" + text).encode(encoding)) == (text, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_articles(seeds: Path, encoding: str) -> None:
    for path in seeds.glob("*.txt"):
        text = path.read_bytes().decode("utf-8")
        assert decode(text.encode(encoding)) == (text, f"no byte order mark: read as {encoding}")


def test_a_file_cut_inside_a_character() -> None:
    text, _ = decode("Hello 😀".encode("utf-16-le")[:-1])
    assert text == "Hello \ufffd"


@pytest.mark.parametrize("name", BINARY)
def test_binary_files_stay_binary(name: str) -> None:
    with pytest.raises(InputError, match="is a binary file"):
        decode(BINARY[name])
