"""One small Spark for all these tests; they are skipped where there is no pyspark or no Java."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.spark.batches import write_batch

# Little is run often enough to be compiled well, and verifying classes is a tenth of what a short job costs.
JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -XX:ReservedCodeCacheSize=256m "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
CONF = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": JAVA,
    "spark.executor.extraJavaOptions": JAVA,
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    # Compiling a plan takes longer than what it is compiled for here.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def require_spark() -> None:
    """Skips the test where Spark cannot run, or shall not."""
    if os.environ.get("ALIGN_TEST_SPARK") == "0":
        pytest.skip("ALIGN_TEST_SPARK=0 leaves Spark out")
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    from align.engines.spark.session import check_java
    from align.errors import EngineError

    try:
        check_java()
    except EngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session on two cores of this machine."""
    require_spark()
    from align.engines.spark.options import SparkOptions
    from align.engines.spark.session import session_for

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    with session_for(SparkOptions("local[2]", CONF)) as session:
        yield session


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_batch(tmp_path_factory.mktemp("batch"), documents=120)
