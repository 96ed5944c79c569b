"""Read an extract: what is wrong with the file as such refuses it before any row is looked at."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from qudao.platform.lake.extracts.types import (
    LARGEST_OCTETS,
    ColumnsWrong,
    Control,
    ControlUnreadable,
    EncodingWrong,
    ExtractAltered,
    ExtractMissing,
    Layout,
    LayoutUnknown,
    TotalWrong,
)
from qudao.platform.lake.files import sha256_of

ROW: Final = "row"
"""Number of a row in the file: the first one after the header is 1."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An extract whose file is sound: its rows as texts, and those that are no rows."""

    control: Control
    layout: Layout
    rows: pa.Table
    """`row` and the layout's columns, all of them texts; nothing where nothing was given."""
    torn: tuple[tuple[int, str], ...]
    """Rows with too few or too many columns: number and reason."""


def read(control_file: Path, layouts: Mapping[str, Layout]) -> Arrived:
    """
    Read an extract by its control file.

    :raises ControlUnreadable: if the control file is not of the agreed form.
    :raises LayoutUnknown: if nobody knows such an extract.
    :raises ExtractMissing: if the file is not there, or is larger than any could be.
    :raises ExtractAltered: if the file's digest is another one.
    :raises EncodingWrong: if it is not UTF-8.
    :raises ColumnsWrong: if it has other columns.
    :raises TotalWrong: if it has another number of rows.
    """
    control = read_control(control_file)
    layout = layouts.get(control.layout)
    if layout is None:
        raise LayoutUnknown(control_file.name, control.layout)
    if missing := sorted({*layout.totals} ^ {*control.totals}):
        raise ControlUnreadable(control_file.name, f"totals: {', '.join(missing)}")
    file = control_file.parent / control.file
    if file.is_symlink() or not file.is_file() or file.stat().st_size > LARGEST_OCTETS:
        raise ExtractMissing(control.file)
    if sha256_of(file) != control.sha256:
        raise ExtractAltered(control.file)
    found = _parquet(file, layout) if file.suffix == ".parquet" else _csv(file, layout)
    rows, torn = found
    if rows.num_rows + len(torn) != control.rows:
        raise TotalWrong(control.file, "rows", control.rows, rows.num_rows + len(torn))
    return Arrived(control, layout, rows, tuple(torn))


def read_control(control_file: Path) -> Control:
    """Read a control file. :raises ControlUnreadable: if it is not of the agreed form."""
    try:
        return msgspec.json.decode(control_file.read_bytes(), type=Control)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ControlUnreadable(control_file.name, str(error)) from None


def _csv(file: Path, layout: Layout) -> tuple[pa.Table, list[tuple[int, str]]]:
    _refuse_encoding(file)
    names = [field.name for field in layout.fields]
    with file.open(encoding="utf-8-sig", newline="") as opened:
        header = opened.readline().rstrip("\r\n").split(",")
    if header != names:
        raise ColumnsWrong(file.name, _difference(header, names))
    torn: list[tuple[int, str]] = []

    def note(row: Any) -> str:
        torn.append(
            (row.number - 1, f"{row.actual_columns} columns instead of {row.expected_columns}")
        )
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            file,
            # numbers of rows are known to one thread only
            read_options=pyarrow.csv.ReadOptions(use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=note),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        raise ColumnsWrong(file.name, str(error)) from None
    left = np.setdiff1d(
        np.arange(1, table.num_rows + len(torn) + 1), np.array([row for row, _ in torn], dtype=int)
    )
    return table.add_column(0, ROW, pa.array(left, pa.int64())), torn


def _parquet(file: Path, layout: Layout) -> tuple[pa.Table, list[tuple[int, str]]]:
    try:
        table = pq.ParquetFile(file).read()
    except pa.ArrowException as error:
        raise ColumnsWrong(file.name, str(error)) from None
    names = [field.name for field in layout.fields]
    if table.column_names != names:
        raise ColumnsWrong(file.name, _difference(table.column_names, names))
    texts = [table[name].cast(pa.string()) for name in names]
    numbers = pa.array(np.arange(1, table.num_rows + 1), pa.int64())
    return pa.table([numbers, *texts], names=[ROW, *names]), []


def _refuse_encoding(file: Path) -> None:
    decoder, rows = codecs.getincrementaldecoder("utf-8")(), 0
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                raise EncodingWrong(file.name, rows + block.count(b"\n", 0, error.start)) from None
            rows += block.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise EncodingWrong(file.name, rows) from None


def _difference(found: list[str], asked: list[str]) -> str:
    missing = [name for name in asked if name not in found]
    more = [name[:40] for name in found if name not in asked]
    parts = [
        f"missing {', '.join(missing)}" if missing else "",
        f"unknown {', '.join(more)}" if more else "",
    ]
    return "; ".join(part for part in parts if part) or "in another order"
