"""Read an extract: what is wrong with the file as such refuses it before any row is looked at."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Mapping
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
    LONGEST_VALUE,
    BrokenRow,
    ColumnsWrong,
    Control,
    ControlEntryWrong,
    ControlIncomplete,
    ControlUnreadable,
    EncodingWrong,
    ExtractAltered,
    ExtractMissing,
    ExtractTooLarge,
    ExtractUnreadable,
    Layout,
    LayoutUnknown,
    RowProblem,
    RowsWrong,
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
    torn: tuple[BrokenRow, ...]
    """Rows with too few or too many columns."""


def read(control_file: Path, layouts: Mapping[str, Layout]) -> Arrived:
    """
    Read an extract by its control file.

    :raises ControlUnreadable: if the control file is no JSON.
    :raises ControlIncomplete: if it lacks an entry, or has one that nobody has agreed on.
    :raises ControlEntryWrong: if an entry cannot be used.
    :raises LayoutUnknown: if nobody knows such an extract.
    :raises ExtractMissing: if the file is not there.
    :raises ExtractTooLarge: if it is larger than any could be.
    :raises ExtractAltered: if the file's digest is another one.
    :raises EncodingWrong: if it is not UTF-8.
    :raises ExtractUnreadable: if it is broken as a whole.
    :raises ColumnsWrong: if it has other columns.
    :raises RowsWrong: if it has another number of rows.
    """
    control = read_control(control_file)
    layout = layouts.get(control.layout)
    if layout is None:
        raise LayoutUnknown(control_file.name, control.layout, tuple(sorted(layouts)))
    _refuse_other_entries(control_file, "totals.", control.totals, layout.totals)
    file = control_file.parent / control.file
    if file.is_symlink() or not file.is_file():
        raise ExtractMissing(control.file)
    if file.stat().st_size > LARGEST_OCTETS:
        raise ExtractTooLarge(control.file)
    if sha256_of(file) != control.sha256:
        raise ExtractAltered(control.file)
    found = _parquet(file, layout) if file.suffix == ".parquet" else _csv(file, layout)
    rows, torn = found
    if rows.num_rows + len(torn) != control.rows:
        raise RowsWrong(control.file, control.rows, rows.num_rows + len(torn))
    return Arrived(control, layout, rows, tuple(torn))


def read_control(control_file: Path) -> Control:
    """
    Read a control file.

    :raises ControlUnreadable: if it is no JSON.
    :raises ControlIncomplete: if it lacks an entry, or has one that nobody has agreed on.
    :raises ControlEntryWrong: if an entry cannot be used.
    """
    try:
        given = msgspec.json.decode(control_file.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ControlUnreadable(control_file.name) from None
    entries = {entry.name: entry.type for entry in msgspec.structs.fields(Control)}
    _refuse_other_entries(control_file, "", given, entries)
    for name, form in entries.items():
        try:
            msgspec.convert(given[name], form)
        except msgspec.ValidationError:
            value = given[name] if isinstance(given[name], str) else json.dumps(given[name])
            raise ControlEntryWrong(control_file.name, name, value[:LONGEST_VALUE]) from None
    return msgspec.convert(given, Control)


def _refuse_other_entries(
    control_file: Path, prefix: str, found: Iterable[str], asked: Iterable[str]
) -> None:
    """Refuse a control file in which not exactly these entries are."""
    lacking, unknown = _differences(found, asked, prefix)
    if lacking or unknown:
        raise ControlIncomplete(control_file.name, lacking, unknown)


def _differences(
    found: Iterable[str], asked: Iterable[str], prefix: str = ""
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return what lacks and what is unknown, with None for nothing."""
    there, wanted = list(found), list(asked)
    lacking = tuple(f"{prefix}{name}" for name in wanted if name not in there)
    unknown = tuple(f"{prefix}{name}"[:LONGEST_VALUE] for name in there if name not in wanted)
    return lacking or None, unknown or None


def _csv(file: Path, layout: Layout) -> tuple[pa.Table, list[BrokenRow]]:
    _refuse_encoding(file)
    names = [field.name for field in layout.fields]
    with file.open(encoding="utf-8-sig", newline="") as opened:
        header = opened.readline().rstrip("\r\n").split(",")
    _refuse_other_columns(file, header, names)
    torn: list[BrokenRow] = []

    def note(row: Any) -> str:
        torn.append(
            BrokenRow(
                row.number - 1,
                RowProblem.TORN,
                value=str(row.actual_columns),
                wanted=str(row.expected_columns),
            )
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
    except pa.ArrowInvalid:
        raise ExtractUnreadable(file.name) from None
    left = np.setdiff1d(
        np.arange(1, table.num_rows + len(torn) + 1), np.array([one.row for one in torn], dtype=int)
    )
    return table.add_column(0, ROW, pa.array(left, pa.int64())), torn


def _parquet(file: Path, layout: Layout) -> tuple[pa.Table, list[BrokenRow]]:
    try:
        table = pq.ParquetFile(file).read()
    except pa.ArrowException:
        raise ExtractUnreadable(file.name) from None
    names = [field.name for field in layout.fields]
    _refuse_other_columns(file, table.column_names, names)
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


def _refuse_other_columns(file: Path, found: list[str], agreed: list[str]) -> None:
    if found != agreed:
        raise ColumnsWrong(file.name, *_differences(found, agreed), tuple(agreed))
