"""A table as CSV, as internet banks export it: UTF-8 or GB 18030, Chinese or English headings."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Final

from qudao.domain.payment.formats import Format, formats
from qudao.domain.payment.types import ParsedLine, ParsedStatement, RowError
from qudao.kernel.money import Money

COLUMNS: Final = {
    "account": ("account", "账号", "本方账号"),
    "date": ("date", "交易日期", "记账日期", "日期"),
    "amount": ("amount", "贷方金额", "收入金额", "金额"),
    "reference": ("reference", "流水号", "交易流水号"),
    "remittance": ("remittance", "附言", "摘要", "用途"),
    "payer": ("payer", "对方户名", "付款人"),
}
"""What a column is about → the headings by which it is known."""

REQUIRED: Final = ("date", "amount", "reference")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")


def read(content: bytes) -> ParsedStatement:
    """Return the credits; a row with an empty, zero or negative amount is a debit."""
    text = _text(content)
    if text is None:
        return ParsedStatement("", (), (RowError(0, "unreadable"),))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return ParsedStatement("", (), (RowError(0, "unreadable", str(error)),))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return ParsedStatement("", ())
    heading = [cell.strip().lower() for cell in rows[0]]
    place = {
        name: heading.index(known)
        for name, names in COLUMNS.items()
        if (known := next((n for n in names if n in heading), None)) is not None
    }
    missing = [name for name in REQUIRED if name not in place]
    if missing:
        return ParsedStatement(
            "", (), tuple(RowError(1, "column_missing", COLUMNS[name][0]) for name in missing)
        )
    lines, errors, account = [], [], ""
    for number, row in enumerate(rows[1:], start=2):

        def cell(name: str, row: list[str] = row) -> str:
            index = place.get(name)
            return row[index].strip() if index is not None and index < len(row) else ""

        account = account or cell("account")
        try:
            amount = Money.parse(cell("amount") or "0")
        except ValueError:
            errors.append(RowError(number, "amount", cell("amount")))
            continue
        if amount <= Money.zero():
            continue
        booked_on = _date(cell("date"))
        if booked_on is None:
            errors.append(RowError(number, "date", cell("date")))
            continue
        lines.append(
            ParsedLine(
                number, booked_on, amount, cell("reference"), cell("remittance"), cell("payer")
            )
        )
    return ParsedStatement(account, tuple(lines), tuple(errors))


def _text(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _date(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text[:10], form).date()
        except ValueError:
            continue
    return None


formats.register("csv")(Format("csv", "CSV 表格", "CSV table", (".csv", ".txt"), read))
