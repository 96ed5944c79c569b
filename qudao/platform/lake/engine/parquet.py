"""What a Parquet file says of itself, without an engine."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq


def arrow_schema(types: dict[str, str]) -> pa.Schema:
    """Return columns as Arrow knows them."""
    return ibis.schema(types).to_pyarrow()


def file_problem(file: Path, types: dict[str, str]) -> str:
    """Say what is wrong with the columns of a Parquet file; nothing when they are these."""
    found = {field.name: field.type for field in pq.read_schema(file)}
    asked = {field.name: field.type for field in arrow_schema(types)}
    if found == asked:
        return ""
    wrong = [
        f"{name} is {found.get(name, 'missing')} instead of {asked.get(name, 'nothing')}"
        for name in sorted({*found, *asked})
        if found.get(name) != asked.get(name)
    ]
    return ", ".join(wrong)


def columns_with_nulls(file: Path) -> set[str]:
    """Return the columns of a Parquet file that hold nothing in some row, by its own statistics."""
    metadata = pq.read_metadata(file)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return {
        column.path_in_schema
        for group in groups
        for column in (group.column(place) for place in range(group.num_columns))
        if column.statistics is None or column.statistics.null_count
    }
