"""Rows of PostgreSQL as a table of the lake's engine: one COPY, never row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

from qudao.platform.lake.store import Lake

if TYPE_CHECKING:
    from ibis import Table


@contextmanager
def copied(
    lake: Lake, query: str, parameters: Mapping[str, Any], types: dict[str, str]
) -> Iterator[Table]:
    """
    Give the rows of a query as a table, for as long as the block lasts.

    They pass through a file in the lake's folder, so that no process holds them all. A text may
    not be empty: an empty one comes back as null.
    """
    folder = lake.root / ".copied"
    folder.mkdir(mode=0o750, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = Path(place) / "rows.csv"
        columns = ", ".join(f'"{name}"' for name in types)
        statement = f"COPY (SELECT {columns} FROM ({query}) asked) TO STDOUT (FORMAT csv)"
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(statement, parameters) as rows,
            file.open("wb") as output,
        ):
            for block in rows:
                output.write(block)
        yield lake.engine.text(file, types)
