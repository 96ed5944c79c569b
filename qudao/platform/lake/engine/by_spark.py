"""Spark, in a Java machine of this process or in a cluster."""

from __future__ import annotations

import hashlib
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import ibis
import pyarrow as pa

from qudao.platform.lake.engine.parquet import arrow_schema
from qudao.platform.lake.engine.protocol import Engine, Prepared

if TYPE_CHECKING:
    from ibis import Table
    from ibis.backends.sql import SQLBackend

TYPES: Final = {
    "int16": "SMALLINT",
    "int32": "INT",
    "int64": "BIGINT",
    "string": "STRING",
    "date": "DATE",
    "boolean": "BOOLEAN",
}


class Spark:
    """Spark, in a JVM of this process or in a cluster."""

    def __init__(self, url: str, place: str, settings: dict[str, str]) -> None:
        from pyspark.sql import SparkSession

        self.url = url
        builder = (
            SparkSession.builder.appName("qudao lake")
            .master(place if place.startswith("local") else f"spark://{place}")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.sql.shuffle.partitions", settings.get("partitions", "4"))
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .config("spark.driver.memory", settings.get("driver_memory", "2g"))
            .config("spark.driver.host", "127.0.0.1" if place.startswith("local") else _host())
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.log.level", "ERROR")
        )
        # Nothing is put there, but Spark makes it, and else in whatever folder one stands in.
        warehouse = Path(settings.get("temp", tempfile.gettempdir())) / "spark-warehouse"
        builder = builder.config("spark.sql.warehouse.dir", str(warehouse))
        if place.startswith("local"):
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
        if "executor_memory" in settings:
            builder = builder.config("spark.executor.memory", settings["executor_memory"])
        if "temp" in settings:
            builder = builder.config("spark.local.dir", settings["temp"])
        for name, value in settings.items():
            if name.startswith("spark."):
                builder = builder.config(name, value)
        self._session = builder.getOrCreate()
        self._cached: dict[str, Any] = {}
        self.backend: SQLBackend = ibis.pyspark.connect(self._session)
        for statement in (
            "whole_div(a BIGINT, b BIGINT) RETURNS BIGINT RETURN a div b",
            "whole(a BIGINT) RETURNS BIGINT RETURN a",
            "number_of(a STRING, texts ARRAY<STRING>, numbers ARRAY<BIGINT>, otherwise BIGINT)"
            " RETURNS BIGINT RETURN"
            " coalesce(get(numbers, CAST(array_position(texts, a) - 1 AS INT)), otherwise)",
        ):
            self._session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {statement}")

    def scan(self, files: Sequence[Path], types: dict[str, str]) -> Table:
        if not files:
            return ibis.memtable(arrow_schema(types).empty_table())
        frame = self._session.read.parquet(*[str(file) for file in files])
        return self._view(frame.select(*types), repr([*map(str, files), *types]))

    def stacked(
        self, parts: Mapping[int, Sequence[Path]], types: dict[str, str], number: str
    ) -> Table:
        from pyspark.sql import functions

        asked = {each: files for each, files in parts.items() if files}
        if not asked:
            return self.scan((), {**types, number: "int16"})
        frames = [
            self._session.read.parquet(*map(str, files))
            .select(*types)
            .withColumn(number, functions.lit(each).cast("smallint"))
            for each, files in asked.items()
        ]
        whole = reduce(lambda one, other: one.unionAll(other), frames)
        return self._view(whole, repr([(n, *map(str, f)) for n, f in asked.items()] + [*types]))

    def text(self, file: Path, types: dict[str, str]) -> Table:
        schema = ", ".join(f"`{name}` {TYPES[type]}" for name, type in types.items())
        frame = self._session.read.csv(
            str(file), schema=schema, header=False, quote='"', escape='"', nullValue="",
            mode="FAILFAST", multiLine=True,
        )  # fmt: skip
        return self._view(frame, str(file))

    def _view(self, frame: Any, what: str) -> Table:
        name = "lake_" + hashlib.sha256(what.encode()).hexdigest()[:16]
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)

    def prepare(self, table: Table) -> Prepared:
        cast(Any, self.backend)._run_pre_execute_hooks(table)
        return Prepared(str(self.backend.compile(table)), table.schema())

    def _frame(self, table: Table | Prepared) -> Any:
        if isinstance(table, Prepared):
            return self._session.sql(table.text)
        cast(Any, self.backend)._run_pre_execute_hooks(table)
        return self._session.sql(str(self.backend.compile(table)))

    def write(
        self,
        table: Table,
        folder: Path,
        order: Sequence[str] | None,
        columns: Sequence[str],
        *,
        fixed: Mapping[str, date | str],
        fast: bool = False,
    ) -> list[Path]:
        from pyspark.sql import functions

        frame = self._frame(table)
        if order:
            frame = frame.orderBy(*order)
        for name, value in fixed.items():
            frame = frame.withColumn(name, functions.lit(value))
        frame = frame.select(*columns)
        draft = folder / "spark"
        frame.write.option("compression", "snappy" if fast else "zstd").parquet(str(draft))
        files = []
        for number, file in enumerate(sorted(draft.glob("part-*.parquet"))):
            files.append(folder / f"part-{number:03}.parquet")
            file.rename(files[-1])
        shutil.rmtree(draft)
        return files

    def view(self, table: Table | Prepared, name: str) -> None:
        if isinstance(table, Prepared):
            # as text, so that it reads what has its names by then
            self._session.sql(f"CREATE OR REPLACE TEMPORARY VIEW `{name}` AS {table.text}")
        else:
            self._frame(table).createOrReplaceTempView(name)

    def keep(self, table: Table | Prepared, name: str) -> Table:
        frame = self._frame(table).cache()
        frame.count()
        frame.createOrReplaceTempView(name)
        self._cached[name] = frame
        return self.backend.table(name)

    def drop(self, name: str) -> None:
        # A view by text may read what is gone by now: nobody asks what it is.
        self._session.catalog.dropTempView(name)
        if name in self._cached:
            self._cached.pop(name).unpersist()

    def batches(self, table: Table) -> Iterator[pa.RecordBatch]:
        yield from self.arrow(table).to_batches()

    def arrow(self, table: Table | Prepared) -> pa.Table:
        if isinstance(table, Prepared):
            return self._frame(table).toArrow()
        # Ibis would go by way of pandas, whose whole numbers with nulls are floats
        return self._frame(table).toArrow().cast(table.schema().to_pyarrow())

    @contextmanager
    def sessions(self, most: int) -> Iterator[Sequence[Engine]]:
        yield [self]

    def close(self) -> None:
        self._session.stop()


def _host() -> str:
    return socket.gethostbyname(socket.gethostname())
