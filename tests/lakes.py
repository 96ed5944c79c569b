"""Engines of the lake, each started once, and lakes of one test."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from qudao.platform.lake.engine import Engine, connect
from qudao.platform.lake.store import Lake

SPARK = pytest.mark.xdist_group("spark")
"""For tests that use Spark: one Java machine for all of them."""

DUCKDB_URL = "duckdb://?threads=1&memory=512MiB"


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    engine = connect(DUCKDB_URL)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Spark with two threads; it takes six seconds to start."""
    pytest.importorskip("pyspark")
    # it says goodbye when the files that pytest reads are closed already
    logging.getLogger("py4j").setLevel(logging.WARNING)
    quick = {
        "partitions": "1",
        "driver_memory": "1g",
        "temp": str(tmp_path_factory.mktemp("spark")),
        # what makes large queries fast makes small ones slow
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    engine = connect(f"spark://local[2]?{urlencode(quick)}")
    yield engine
    engine.close()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=SPARK)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: what is written for one must do the same on the other."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def lake(engine: Engine, tmp_path: Path) -> Lake:
    """An empty lake, on each engine in turn."""
    root = tmp_path / "lake"
    root.mkdir()
    return Lake(root, engine)


@pytest.fixture
def duckdb_lake(duckdb_engine: Engine, tmp_path: Path) -> Lake:
    """An empty lake, on DuckDB alone."""
    root = tmp_path / "lake"
    root.mkdir(exist_ok=True)
    return Lake(root, duckdb_engine)
