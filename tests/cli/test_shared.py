"""What every command has: examples, defaults, options from a file, a log, a summary for programs."""

from __future__ import annotations

import errno
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import click
import pytest
from click.testing import CliRunner, Result

import align.cli
from align.cli import _how_to_go_on, cli
from align.cli.config import find_config
from align.cli.examples import EXAMPLES
from align.cli.shared import WRITES
from align.errors import UsageError

ROOT = Path(__file__).parent.parent.parent


def commands(group: click.Group = cli, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its path."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, below)
        else:
            yield below, command


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def said(*arguments: str) -> str:
    """What a command line is refused with."""
    result = asked(*arguments)
    assert result.exit_code != 0 or result.exception
    return str(result.exception) if isinstance(result.exception, UsageError) else result.stderr


def test_every_command_has_two_examples() -> None:
    for path, _ in commands():
        assert len(EXAMPLES[path]) == 2, path
        assert all(f"align {path} " in f"{line} " for line in EXAMPLES[path])
        assert EXAMPLES[path][1] in asked(*path.split(), "--help").stdout
    assert "align index merge earlier" in asked("index", "--help").stdout


def test_every_option_shows_what_holds_without_it() -> None:
    for path, command in commands():
        context = click.Context(command)
        for option in command.params:
            if not isinstance(option, click.Option) or (option.is_flag and not option.secondary_opts):
                continue
            shown = (option.get_help_record(context) or ("", ""))[1]
            assert "[default: " in shown or "[required" in shown, f"{path}: {option.opts}"


def test_every_command_that_writes_has_a_summary_for_programs() -> None:
    for path, command in commands():
        names = {name for option in command.params for name in option.opts}
        assert {"-q", "-v", "--log", "--config"} <= names, path
        assert ("--json" in names) == (path in WRITES), path
    assert {path for path, _ in commands()} >= WRITES


@pytest.mark.slow
def test_the_examples_run_as_they_stand(seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that only call align in this process, the others by a shell."""
    shutil.copytree(seeds, tmp_path / "seeds")
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "align").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{_MAIN}" "$@"\n')
    (bin / "align").chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", str(bin), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    for lines in EXAMPLES.values():
        for line in lines:
            if set("|<>") & set(line):
                done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=300)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
                continue
            result = asked(*shlex.split(line)[1:])
            assert result.exit_code == 0, f"{line}\n{result.stderr}\n{result.exception}"
            if "--json" in line:
                json.loads(result.stdout)


_MAIN = "from align.cli import main; main()"


@pytest.mark.slow
def test_that_there_is_no_folder_for_temporary_files_is_told(tmp_path: Path) -> None:
    """As in a container that is read only; libraries ask for one, too."""
    (tmp_path / "a.txt").write_text("The harbour is open. It rains.")
    none = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/nowhere']; "
    done = subprocess.run(
        [sys.executable, "-c", none + _MAIN, "pairs", "a.txt", "-o", "pairs.tsv"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "align: no folder for temporary files can be written; name one in TMPDIR"
    )
    assert "Traceback" not in done.stderr


@pytest.fixture
def failing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Exception], str]:
    """What `align run` says where this error ends it; without a listener, which would hear the tests behind it, too."""

    def said_of(error: Exception) -> str:
        monkeypatch.setattr(align.cli, "_listen", lambda: None)
        monkeypatch.setattr(align.cli.cli, "main", Mock(side_effect=error))
        monkeypatch.setattr(sys, "argv", ["align", "run", "x", "-o", "out"])
        with pytest.raises(SystemExit) as ended:
            align.cli.main()
        assert ended.value.code == 1
        return capsys.readouterr().err

    return said_of


def test_that_memory_does_not_suffice_is_told(failing: Callable[[Exception], str]) -> None:
    assert failing(MemoryError("Unable to allocate 8.00 MiB")) == (
        "align: not enough memory (Unable to allocate 8.00 MiB); give the process more, or the texts in smaller "
        "batches; align run goes on where it stopped when it is given again\n"
    )


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "file handles"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory"),
        (ImportError("libgomp.so: failed to map segment from shared object"), "memory"),
    ],
)
def test_what_the_machine_does_not_give_is_told(
    failing: Callable[[Exception], str], error: Exception, what: str
) -> None:
    assert failing(error).startswith(f"align: not enough {what} ({error}); ")


def test_a_slip_of_the_pen_is_answered_with_what_was_meant() -> None:
    assert "Did you mean run?" in said("rnu")
    assert "Did you mean info?" in said("corpus", "infp")
    assert "--output" in said("run", "x", "--ouput", "y")


# Options from a file.


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project" / "below"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder.parent


def given(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    """The values that the command `align models list` or `align score` would be called with."""
    command = cli.get_command(click.Context(cli), "score")
    assert command is not None
    found: dict[str, Any] = {}
    monkeypatch.setattr(command, "callback", lambda **values: found.update(values))
    result = asked("score", "gold", "test", *arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return found


def test_which_file_is_found(project: Path) -> None:
    assert find_config(Path.cwd()) is None
    (project / "pyproject.toml").write_text("[tool.align]\nmin-probability = 0.9\n")
    (project / "below" / "pyproject.toml").write_text("[tool.ruff]\n")  # not ours: passed over
    assert find_config(Path.cwd()) == (project / "pyproject.toml", {"min-probability": 0.9})
    (project / "align.toml").write_text("keep = 'first'\n")
    assert find_config(Path.cwd()) == (project / "align.toml", {"keep": "first"})
    (project / "below" / "pyproject.toml").write_text("[tool.align]\n")
    assert find_config(Path.cwd()) == (project / "below" / "pyproject.toml", {})


def test_what_wins(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch)["format"] == "table"
    (project / "align.toml").write_text("format = 'json'\nkeep = 'first'\n")
    assert given(monkeypatch)["format"] == "json"
    (project / "align.toml").write_text("format = 'json'\n[score]\nformat = 'table'\n[run]\nkeep = 'first'\n")
    assert given(monkeypatch)["format"] == "table"
    assert given(monkeypatch, "--format", "json")["format"] == "json"
    (project / "other.toml").write_text("format = 'json'\n")
    assert given(monkeypatch, "--config", "../other.toml")["format"] == "json"
    (project / "align.toml").write_text("format = 'json'\n")
    assert given(monkeypatch, "--config", "none")["format"] == "table"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("min-probabilty = 1", "min-probabilty is no option that a file can give; did you mean min-probability?"),
        ("[score]\nfromat = 'json'", "[score]: fromat is no option that a file can give; did you mean format?"),
        ("[scroe]\nformat = 'json'", "[scroe] is no command; did you mean score?"),
        ("format = true", "format = True: give a text or a number"),
        ("format = ['json']", "format = ['json']: give a text or a number"),
        ("format = 1979-05-27", "give a text or a number"),
        ("[score]\nverbose = 1", "verbose = 1: give true or false"),
        ("[score]\nformat = 'xml'", "[score]: format: 'xml' is not one of 'table', 'json'"),
        ("config = 'x'", "config is no option that a file can give"),
        ("format = ", "is no TOML: "),
    ],
)  # fmt: skip
def test_what_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    (project / "align.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        given(monkeypatch)
    assert message in str(error.value)
    assert str(error.value).startswith(str(project / "align.toml"))


def test_a_byte_order_mark_and_windows_lines(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "align.toml").write_bytes("format = 'json'\r\n".encode("utf-8-sig"))
    assert given(monkeypatch)["format"] == "json"


def test_lists_and_files_that_are_not_there(project: Path) -> None:
    (project / "align.toml").write_text("include = ['*.txt', '*.md']\n[dedup]\ninclude = '*.md'\n")
    (project / "a.txt").write_text("one two three four five six\n")
    (project / "a.md").write_text("one two three four five six\n")
    done = asked("run", str(project), "-o", "out", "--dry-run")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()[1:]] == ["a.md", "a.txt"]
    assert "options from" in done.stderr
    assert "options from" not in asked("run", str(project), "-o", "out", "--dry-run", "-q").stderr
    assert "cannot be read" in said("score", "a", "b", "--config", "nowhere.toml")


# What is said.


@pytest.fixture
def two(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "en.txt").write_text("The cat sleeps.\nIt is raining today.\n")
    (tmp_path / "de.txt").write_text("Die Katze schläft.\nEs regnet heute.\n")
    return str(tmp_path / "en.txt"), str(tmp_path / "de.txt")


def test_a_summary_for_programs(two: tuple[str, str], tmp_path: Path) -> None:
    done = asked("texts", *two, "-o", str(tmp_path / "out.tsv"), "--json", "-q")
    found = json.loads(done.stdout)
    assert (found["command"], found["output"]) == ("texts", str(tmp_path / "out.tsv"))
    assert found["beads"] + found["gaps"] > 0
    assert done.stderr == ""
    assert "name a file with -o" in said("texts", *two, "--json")


def test_a_summary_names_the_command_however_it_was_started(two: tuple[str, str], tmp_path: Path) -> None:
    command = ["texts", *two, "-o", str(tmp_path / "out.tsv"), "--json", "-q"]
    done = CliRunner().invoke(cli, command, prog_name="python -m align")
    assert json.loads(done.stdout)["command"] == "texts"


def test_what_an_interrupted_run_says_is_what_to_do() -> None:
    said = "; align run goes on where it stopped when it is given again"
    assert _how_to_go_on(["run", "seeds", "-o", "out"]) == said
    assert _how_to_go_on(["run", "seeds", "-o", "out", "--overwrite"]) == f"{said} without --overwrite"
    assert _how_to_go_on(["pairs", "seeds"]) == ""


def test_a_log_holds_what_is_not_said(two: tuple[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = asked("texts", *two, "-o", str(tmp_path / "out.tsv"), "-q", "--log", str(log))
    assert (done.exit_code, done.stderr) == (0, "")
    lines = log.read_text("utf-8").splitlines()
    assert "DEBUG   version " in lines[0]
    assert "are answered with confidence" in lines[-1]
    asked("texts", *two, "-o", str(tmp_path / "out.tsv"), "-q", "--log", str(log), "--overwrite")
    assert len(log.read_text("utf-8").splitlines()) == 2 * len(lines)
    assert "cannot be written" in said("texts", *two, "--log", str(tmp_path))


def test_more_is_said_where_it_is_asked_for(two: tuple[str, str]) -> None:
    assert "align: version" in asked("texts", *two, "-v").stderr
    assert "align: version" not in asked("texts", *two).stderr


def _on_a_terminal(seeds: Path, **environment: str) -> str:
    shown, end = pty.openpty()
    command = [sys.executable, "-c", _MAIN, "dedup", str(seeds), "--dry-run"]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment}
    done = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end, env=settings)
    os.close(end)
    found = b""
    try:
        while part := os.read(shown, 4096):
            found += part
    except OSError:  # the other end is closed
        pass
    os.close(shown)
    assert done.wait(60) == 0
    return found.decode()


@pytest.mark.slow
def test_no_colour_where_none_is_wanted(seeds: Path) -> None:
    assert "\x1b[3" in _on_a_terminal(seeds)  # a bar in colours
    bare = _on_a_terminal(seeds, NO_COLOR="1")
    assert "\x1b[3" not in bare
    assert "5 documents" in bare


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes(shell: str) -> None:
    def ask(**settings: str) -> str:
        program = f"import sys; sys.argv[0] = 'align'; {_MAIN}"
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        )
        return done.stdout

    assert "_ALIGN_COMPLETE" in ask(_ALIGN_COMPLETE=f"{shell}_source")
    assert "export" in ask(
        _ALIGN_COMPLETE=f"{shell}_complete",
        COMP_WORDS="align ex",
        COMP_CWORD="ex" if shell == "fish" else "1",
    )


def test_all_names_that_are_not_there_are_named_with_those_that_were_meant(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("Good.\n")
    names = [str(tmp_path / name) for name in ("articles", "artciles", "nosuchthing", "articles/b.txt")]
    said_of_it = said("run", *names, "-o", str(tmp_path / "out"))
    assert f"{names[1]} (did you mean {names[0]}?)" in said_of_it
    assert f"{names[2]}, {names[3]} (did you mean {tmp_path}/articles/a.txt?): do not exist" in said_of_it
    assert not (tmp_path / "out").exists()


def test_an_export_tells_how_far_it_is(tmp_path: Path) -> None:
    from align.jobs.export import export_run
    from align.jobs.multilingual import export_multilingual
    from tests.run_builder import Pair, bead, make_run

    pairs = [Pair("a", other, {"sentence": [bead(0, "One.", "Eins.")]}) for other in ("b", "c")]
    texts = {"a": ("en", "One."), "b": ("de", "Eins."), "c": ("zh", "Eins.")}
    run = make_run(tmp_path / "run", texts, pairs)
    told: list[tuple[str, int, int]] = []
    export_run(run, tmp_path / "out.tsv", progress=lambda *step: told.append(step))
    assert told == [("exporting pairs", done, 2) for done in (0, 1, 1, 2)]
    told.clear()
    export_multilingual(
        run, tmp_path / "all.tsv", ["en", "de", "zh"], progress=lambda *step: told.append(step)
    )
    assert told == [("exporting documents", 1, 1)]
