"""
The only package that names DuckDB or Spark.

Whoever computes gets Ibis tables and hands Ibis tables back; an engine reads and writes Parquet.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from qudao.platform.lake.engine.by_duckdb import DuckDB
from qudao.platform.lake.engine.by_spark import Spark
from qudao.platform.lake.engine.parquet import arrow_schema, columns_with_nulls, file_problem
from qudao.platform.lake.engine.protocol import Engine, Prepared

__all__ = [
    "DuckDB",
    "Engine",
    "Prepared",
    "Spark",
    "arrow_schema",
    "columns_with_nulls",
    "connect",
    "file_problem",
]


def connect(url: str = "duckdb://") -> Engine:
    """
    Open an engine by its URL.

    `duckdb://?memory=3GiB&threads=2&temp=/var/tmp/lake` runs in this process; all three may be left
    out. `spark://local[2]` starts Spark in a JVM of this process, `spark://host:7077` asks a
    cluster, which must see the lake's folder under the same path; what follows `?` are settings
    such as `driver_memory=2g`, or Spark's own by their names.
    """
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    settings = {name: values[-1] for name, values in parse_qs(query).items()}
    if scheme == "duckdb":
        return DuckDB(url, settings)
    if scheme == "spark":
        return Spark(url, place, settings)
    raise ValueError(f"no engine for {urlsplit(url).scheme!r}: use duckdb:// or spark://")
