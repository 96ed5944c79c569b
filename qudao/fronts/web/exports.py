"""Lists as files: CSV that spreadsheets open with Chinese intact, and XLSX with real numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from urllib.parse import quote

from django.http import HttpResponse
from xlsxwriter import Workbook

from qudao.kernel.money import Money
from qudao.kernel.period import MARKET_ZONE

Cell = str | int | Money | date | datetime | None
FORMATS = ("csv", "xlsx")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def table(
    kind: str, name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """
    Answer with a list as a file called `name`, as `csv` or `xlsx`.

    Money is a plain number of yuan, times are on the market's clock.
    """
    body, mime = (
        (_xlsx(title, columns, rows), _XLSX) if kind == "xlsx" else (_csv(columns, rows), _CSV)
    )
    response = HttpResponse(body, content_type=mime)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{name}.{kind}\"; filename*=UTF-8''{quote(f'{title}.{kind}')}"
    )
    return response


_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    return buffer.getvalue().encode("utf-8-sig")


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


def _xlsx(title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, {**options, "remove_timezone": True}) as book:
        sheet = book.add_worksheet(title[:31])
        head = book.add_format({"bold": True, "bg_color": "#e0efea", "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, head)
        widths = [len(name) * 2 for name in columns]
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case None:
                        continue
                    case Money():
                        sheet.write_number(line, column, float(cell.amount), money)
                    case datetime():
                        local = cell.astimezone(MARKET_ZONE).replace(tzinfo=None)
                        sheet.write_datetime(line, column, local, moment)
                    case date():
                        sheet.write_datetime(
                            line, column, datetime(cell.year, cell.month, cell.day), day
                        )
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
    return buffer.getvalue()
