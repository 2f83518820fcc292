"""The tests marked `bytes`, under every kernel of OpenBLAS that this processor can be told to use.

So that one machine finds what another would: on an AVX-512 processor the code for AVX2 runs, too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MARKED = sorted(
    path for path in TESTS.rglob("test_*.py") if "\n@pytest.mark.bytes" in path.read_text("utf-8")
)
FUSED = ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"]  # product and sum are rounded once
NAMES = ["Sandybridge", *FUSED]
ASK = """
import numpy, threadpoolctl
numpy.ones((300, 300), "f4") @ numpy.ones((300, 300), "f4")
print(*(found.get("architecture") for found in threadpoolctl.threadpool_info() if "numpy" in found["filepath"]))
"""

VECTORS = """
import hashlib, pathlib, sys
from align import get_encoder
words = " ".join(path.read_text("utf-8") for path in sorted(pathlib.Path(sys.argv[1]).glob("*.txt"))).split()
texts = [" ".join(words[start : start + 1 + start % 37]) for start in range(0, 3000, 17)]
assert len(texts) > 100
for count in (1, 2, 25, len(texts)):
    print(hashlib.sha256(get_encoder("use").encode(texts[:count]).tobytes()).hexdigest())
"""


def python(*arguments: str, kernel: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    if kernel:
        environment["OPENBLAS_CORETYPE"] = kernel
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def taken(kernel: str | None) -> str:
    """The kernel that numpy uses when told to use this one; "" where the processor cannot run it."""
    done = python("-c", ASK, kernel=kernel)
    if done.returncode == -signal.SIGILL:
        return ""
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_there_are_tests_to_run() -> None:
    assert TESTS / "encoders" / "test_use.py" in MARKED


@pytest.mark.slow
@pytest.mark.parametrize("kernel", NAMES)
def test_bytes_under_another_kernel(kernel: str) -> None:
    found = taken(kernel)
    if found != kernel:
        pytest.skip(f"told to use {kernel}, numpy uses {found or 'nothing: the processor cannot run it'}")
    if found == taken(os.environ.get("OPENBLAS_CORETYPE")):
        pytest.skip(f"{kernel} is what all other tests run under")
    done = python(
        *("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "bytes", *map(str, MARKED)),
        kernel=kernel,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_run_gives_the_same_bytes_on_processors_of_256_and_512_bits(tmp_path: Path) -> None:
    kernels = [kernel for kernel in ("Haswell", "SkylakeX") if taken(kernel) == kernel]
    if len(kernels) < 2:
        pytest.skip("this processor can only run one of these kernels")
    found = []
    for kernel in kernels:
        command = ("-m", "align", "run", str(TESTS.parent / "seeds"), "-o", str(tmp_path / kernel / "out"))
        done = python(*command, "--workers", "1", kernel=kernel)
        assert done.returncode == 0, done.stderr
        folder = tmp_path / kernel / "out"
        tables = [*folder.glob("*.tsv"), *folder.glob("aligned/*.tsv")]
        found.append({path.relative_to(folder): path.read_bytes() for path in tables})
    assert len(found[0]) > 5
    assert found[0] == found[1]


@pytest.mark.slow
def test_vectors_are_the_same_bytes_under_every_kernel_that_rounds_once() -> None:
    kernels = [kernel for kernel in FUSED if taken(kernel) == kernel]
    if len(kernels) < 2:
        pytest.skip("this processor can only run one of these kernels")
    seeds = str(TESTS.parent / "seeds")
    found = {kernel: python("-c", VECTORS, seeds, kernel=kernel).stdout for kernel in kernels}
    assert len(found[kernels[0]].splitlines()) == 4
    assert len(set(found.values())) == 1, found
