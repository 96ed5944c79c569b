"""SWIFT MT940, the customer statement message."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import mt940

from qudao.domain.payment.formats import Format, formats
from qudao.domain.payment.types import ParsedLine, ParsedStatement, RowError
from qudao.kernel.money import Money

_PAYER = re.compile(r"/NAME/([^/\n]+)")


def read(content: bytes) -> ParsedStatement:
    """Return the credits in CNY; reversals of credits (RC) and debits are left out."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    if ":20:" not in text or ":61:" not in text:
        return ParsedStatement("", (), (RowError(0, "unreadable", ":20: :61:"),))
    try:
        found: Any = mt940.parse(text)
    except (ValueError, RuntimeError, AssertionError, ArithmeticError, LookupError) as error:
        return ParsedStatement("", (), (RowError(0, "unreadable", str(error)),))
    lines, errors = [], []
    for row, transaction in enumerate(found, start=1):
        line = _line(transaction.data, row)
        if isinstance(line, RowError):
            errors.append(line)
        elif line is not None:
            lines.append(line)
    if not len(found):
        errors.append(RowError(0, "unreadable", ":61:"))
    account = str(found.data.get("account_identification", ""))
    return ParsedStatement(account, tuple(lines), tuple(errors))


def _line(data: dict[str, Any], row: int) -> ParsedLine | RowError | None:
    if data.get("status") != "C":
        return None
    amount = data.get("amount")
    if amount is None or amount.currency != "CNY":
        return RowError(row, "currency", "" if amount is None else str(amount.currency))
    try:
        value = Money.parse(str(amount.amount))
    except ValueError:
        return RowError(row, "amount", str(amount.amount))
    booked = data.get("entry_date") or data.get("date")
    if booked is None:
        return RowError(row, "date")
    detail = str(data.get("transaction_details") or "")
    payer = _PAYER.search(detail)
    own = str(data.get("customer_reference") or "")
    return ParsedLine(
        row=row,
        booked_on=date(booked.year, booked.month, booked.day),
        amount=value,
        reference=str(data.get("bank_reference") or "") or ("" if own == "NONREF" else own),
        # a node code may be cut by the format's line ends
        remittance=detail.replace("\n", ""),
        payer=payer.group(1).strip() if payer else "",
    )


formats.register("mt940")(
    Format("mt940", "MT940 对账单", "MT940", (".sta", ".mt940", ".940"), read)
)
