"""DuckDB in this process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import ibis
import pyarrow as pa
from ibis.expr import operations

from qudao.platform.lake.engine.protocol import Prepared

if TYPE_CHECKING:
    from ibis import Table
    from ibis.backends.sql import SQLBackend

ROW_GROUP: Final = 122_880
"""Rows that zone maps look at as one."""

FAST: Final = "COMPRESSION uncompressed, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 100"
"""
Whole numbers as differences take less room, and a third less time, than what is compressed.
"""

TYPES: Final = {
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "string": "VARCHAR",
    "date": "DATE",
    "boolean": "BOOLEAN",
}


class DuckDB:
    """DuckDB in this process, with a limit of memory, beyond which it uses files."""

    def __init__(self, url: str, settings: dict[str, str], beside: DuckDB | None = None) -> None:
        self.url = url
        self._settings = settings
        self._scanned: set[str] = set()
        self._names: dict[str, str] = {}
        if beside is not None:
            self.backend: SQLBackend = ibis.duckdb.from_connection(beside._con.cursor())
            return
        config: dict[str, Any] = {
            "memory_limit": settings.get("memory", "3GiB"),
            "threads": int(settings.get("threads", os.cpu_count() or 1)),
            "autoinstall_known_extensions": False,
        }
        if "temp" in settings:
            config["temp_directory"] = settings["temp"]
        self.backend = ibis.duckdb.connect(**config)
        self.run("CREATE MACRO whole_div(a, b) AS a // b")
        self.run("CREATE MACRO whole(a) AS CAST(a AS BIGINT)")
        self.run(
            "CREATE MACRO number_of(a, texts, numbers, otherwise) AS"
            " coalesce(list_extract(numbers, list_position(texts, a)), otherwise)"
        )

    @property
    def _con(self) -> Any:
        return cast(Any, self.backend).con

    @contextmanager
    def sessions(self, most: int) -> Iterator[Sequence[DuckDB]]:
        # Two questions with one thread each take a fifth less of the processors than one with
        # two, which has to put its rows into order again.
        opened = [self]
        threads = int(self._settings.get("threads", os.cpu_count() or 1))
        try:
            while len(opened) < min(most, threads):
                opened.append(DuckDB(self.url, self._settings, self))
            self.run(f"SET threads = {max(1, threads // len(opened))}")
            yield opened
        finally:
            for one in opened[1:]:
                one.close()
            self.run(f"SET threads = {threads}")

    def run(self, statement: str) -> None:
        """Run a statement of DuckDB's own: for generators and the like, not for rules."""
        # `raw_sql` would leave a result open, which DuckDB then has to put aside
        self._con.execute(statement).fetchall()

    def scan(self, files: Sequence[Path], types: dict[str, str]) -> Table:
        return self._view(_reading(files, types), types)

    def stacked(
        self, parts: Mapping[int, Sequence[Path]], types: dict[str, str], number: str
    ) -> Table:
        asked = {each: files for each, files in parts.items() if files} or {0: ()}
        query = " UNION ALL ".join(
            f'SELECT *, CAST({each} AS SMALLINT) AS "{number}" FROM ({_reading(files, types)})'
            for each, files in asked.items()
        )
        return self._view(query, {**types, number: "int16"})

    def text(self, file: Path, types: dict[str, str]) -> Table:
        columns = ", ".join(f"{_quoted(n)}: {_quoted(TYPES[t])}" for n, t in types.items())
        return self._view(
            f"SELECT * FROM read_csv({_quoted(str(file))}, header = false, auto_detect = false,"
            f" delim = ',', quote = '\"', escape = '\"', nullstr = '',"
            f" allow_quoted_nulls = false, columns = {{{columns}}})",
            types,
        )

    def _view(self, query: str, types: dict[str, str]) -> Table:
        name = "lake_" + hashlib.sha256(query.encode()).hexdigest()[:16]
        if name not in self._scanned:
            self.run(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
            self._scanned.add(name)
        return self._named(name, ibis.schema(types))

    def _named(self, name: str, schema: ibis.Schema) -> Table:
        # `backend.table` would ask for the columns, which takes longer than to read a small table
        return ibis.table(schema, name=name, catalog="temp", database="main")

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
        table = table.order_by(list(order)) if order else table
        chosen = ", ".join(
            f'{_constant(fixed[name])} AS "{name}"' if name in fixed else f'"{name}"'
            for name in columns
        )
        target = folder if order is None else folder / "part-000.parquet"
        how = f"FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, "
        how += FAST if fast else "COMPRESSION zstd"
        if order is None:
            how += ", PER_THREAD_OUTPUT, OVERWRITE_OR_IGNORE"
        query = f"SELECT {chosen} FROM ({self._sql(table)})"
        self.run(f"COPY ({query}) TO {_quoted(str(target))} ({how})")
        return sorted(folder.glob("*.parquet"))

    def prepare(self, table: Table) -> Prepared:
        return Prepared(self._sql(table), table.schema())

    def _sql(self, table: Table | Prepared) -> str:
        if isinstance(table, Prepared):
            return table.text
        if isinstance(named := table.op(), operations.UnboundTable):
            return f'SELECT * FROM "{named.name}"'  # compiling that would take longer
        cast(Any, self.backend)._run_pre_execute_hooks(table)
        return str(self.backend.compile(table))

    def keep(self, table: Table | Prepared, name: str) -> Table:
        self.run(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {self._sql(table)}')
        self._names[name] = "TABLE"
        schema = table.schema if isinstance(table, Prepared) else table.schema()
        return self._named(name, schema)

    def view(self, table: Table | Prepared, name: str) -> None:
        self.run(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {self._sql(table)}')
        self._names[name] = "VIEW"

    def drop(self, name: str) -> None:
        if kind := self._names.pop(name, None):
            self.run(f'DROP {kind} temp."{name}"')

    # Ibis 12 asks DuckDB 2 for results by a way that is gone, so these two go by a relation.

    def _relation(self, table: Table | Prepared) -> Any:
        return self._con.sql(self._sql(table))

    def batches(self, table: Table) -> Iterator[pa.RecordBatch]:
        schema = table.schema().to_pyarrow()
        reader = self._relation(table).to_arrow_reader()
        try:
            for batch in reader:
                yield batch.cast(schema)
        finally:
            reader.close()  # until then it has the connection for itself

    def arrow(self, table: Table | Prepared) -> pa.Table:
        found = self._relation(table).to_arrow_table()
        return found if isinstance(table, Prepared) else found.cast(table.schema().to_pyarrow())

    def close(self) -> None:
        self.backend.disconnect()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _constant(value: date | str) -> str:
    if isinstance(value, date):
        return f"DATE {_quoted(str(value))}"
    # an enumeration is written as the text, without looking at it in every row
    return f"CAST({_quoted(value)} AS ENUM ({_quoted(value)}))"


def _reading(files: Sequence[Path], types: dict[str, str]) -> str:
    if not files:
        nothing = ", ".join(f'CAST(NULL AS {TYPES[t]}) AS "{n}"' for n, t in types.items())
        return f"SELECT {nothing} WHERE false"
    columns = ", ".join(f'"{name}"' for name in types)
    names = ", ".join(_quoted(str(file)) for file in files)
    return f"SELECT {columns} FROM read_parquet([{names}], hive_partitioning = false)"
