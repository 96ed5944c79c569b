"""Lists as files: CSV that spreadsheets open with Chinese intact, and XLSX with real numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, count, islice
from tempfile import TemporaryFile
from typing import IO, Any, cast
from urllib.parse import quote

from django.http import FileResponse, HttpResponse
from xlsxwriter import Workbook

from qudao.kernel.money import Money
from qudao.kernel.period import MARKET_ZONE

Cell = str | int | Money | date | datetime | None
FORMATS = ("csv", "xlsx")
ROWS_OF_A_SHEET = 1_000_000
"""Spreadsheets take 1,048,576."""
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def table(
    kind: str, name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """
    Answer with a list as a file called `name`, as `csv` or `xlsx`.

    Money is a plain number of yuan, times are on the market's clock.
    """
    buffer = io.BytesIO()
    _write(kind, buffer, title, columns, rows)
    response = HttpResponse(buffer.getvalue(), content_type=_MIME[kind])
    response["Content-Disposition"] = _called(name, title, kind)
    return response


def whole(
    kind: str, name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """
    Answer as `table` does with a list of any length: it passes through a file, so that no process
    holds all of it. A sheet of XLSX ends at a million rows; the next one goes on.
    """
    file = TemporaryFile()  # noqa: SIM115 the response closes it
    try:
        _write(kind, file, title, columns, rows, at_once=False)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(file, content_type=_MIME[kind])
    response["Content-Disposition"] = _called(name, title, kind)
    return cast("HttpResponse", response)  # as views and their decorators are declared


def _write(
    kind: str,
    file: IO[bytes],
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    at_once: bool = True,
) -> None:
    if kind == "xlsx":
        _xlsx(file, title, columns, rows, at_once=at_once)
    else:
        _csv(file, columns, rows)


def _called(name: str, title: str, kind: str) -> str:
    """Call a file by its title as well, with what the name says of whose it is and of when."""
    titled = "-".join(filter(None, (title, re.sub("^[a-z-]+", "", name))))
    return f"attachment; filename=\"{name}.{kind}\"; filename*=UTF-8''{quote(f'{titled}.{kind}')}"


_MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _csv(file: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    text.detach()


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell.astimezone(MARKET_ZONE):%Y-%m-%d %H:%M:%S}"
        case str() if cell.startswith(_RISKY):
            # A text that a spreadsheet would run as a formula stays a text.
            return f"'{cell}"
    return str(cell)


def _xlsx(
    file: IO[bytes],
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    at_once: bool,
) -> None:
    memory = {"in_memory": True} if at_once else {"constant_memory": True}
    options = {**memory, "strings_to_formulas": False, "strings_to_urls": False}
    rest = iter(rows)
    with Workbook(file, {**options, "remove_timezone": True}) as book:
        formats = {
            Money: book.add_format({"num_format": "#,##0.00"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        head = book.add_format({"bold": True, "bg_color": "#e0efea", "bottom": 1})
        for number in count(1):
            name = title[:31] if number == 1 else f"{title[:27]} {number}"
            first = next(rest, None)
            if first is None and number > 1:
                break
            several = islice(rest, ROWS_OF_A_SHEET - 1) if first is not None else ()
            lines = chain([] if first is None else [first], several)
            _sheet(book.add_worksheet(name), columns, lines, head, formats)


def _sheet(
    sheet: Any,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    head: Any,
    formats: Mapping[type, Any],
) -> None:
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, head)
    widths = [len(name) * 2 for name in columns]
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            match cell:
                case None:
                    continue
                case Money():
                    sheet.write_number(line, column, float(cell.amount), formats[Money])
                case datetime():
                    local = cell.astimezone(MARKET_ZONE).replace(tzinfo=None)
                    sheet.write_datetime(line, column, local, formats[datetime])
                case date():
                    day = datetime(cell.year, cell.month, cell.day)
                    sheet.write_datetime(line, column, day, formats[date])
                case int():
                    sheet.write_number(line, column, cell)
                case str():
                    sheet.write_string(line, column, cell)
            widths[column] = min(40, max(widths[column], len(_plain(cell))))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 3)
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, 0, len(columns) - 1)
