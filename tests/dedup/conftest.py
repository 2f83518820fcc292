"""Both kernels, and generated articles."""

from __future__ import annotations

import random
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from align.dedup.kernel import COMPILED, KERNEL, reference

WORDS = [
    f"{a}{b}{c}" for a in "bdgklmnprst" for b in "aeiou" for c in ("l", "n", "r", "s", "t", "ve", "mi", "")
]


def article(seed: int, length: int = 120) -> str:
    """An article of made-up words, a paragraph of some forty words a line."""
    rng = random.Random(seed)
    words = [rng.choice(WORDS) for _ in range(length)]
    return "\n".join(" ".join(words[at : at + 40]) for at in range(0, length, 40))


def edited(text: str, share: float, seed: int = 0) -> str:
    """The text with a share of its words replaced."""
    rng = random.Random(seed)
    lines = [line.split(" ") for line in text.split("\n")]
    return "\n".join(
        " ".join(f"x{rng.random()}" if rng.random() < share else w for w in line) for line in lines
    )


def buffers(texts: list[str]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """Texts as the kernel takes them."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join(encoded), np.cumsum([0, *map(len, encoded)]).astype("<i8")


@pytest.fixture(params=["compiled", "reference"])
def kernel(request: pytest.FixtureRequest) -> ModuleType:
    """The compiled kernel, then its twin."""
    if request.param == "reference":
        return reference
    if not COMPILED:
        pytest.skip("the extension was not built")
    module: ModuleType = KERNEL
    return module
