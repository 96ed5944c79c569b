"""ISO 20022 camt.053, the bank-to-customer statement, of any version."""

from __future__ import annotations

from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from qudao.domain.payment.formats import Format, formats
from qudao.domain.payment.types import ParsedLine, ParsedStatement, RowError
from qudao.kernel.money import Money

# Elements are found by local name: versions differ in their namespace and in little else that
# matters here. `{*}` is ElementTree's word for any namespace.


def read(content: bytes) -> ParsedStatement:
    """Return the booked credits in CNY; entries that are only pending are left out."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return ParsedStatement("", (), (RowError(0, "unreadable", str(error)),))
    statements = root.findall("{*}BkToCstmrStmt/{*}Stmt")
    if not statements:
        return ParsedStatement("", (), (RowError(0, "unreadable", "BkToCstmrStmt/Stmt"),))
    account = _first(statements[0], "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    lines, errors, row = [], [], 0
    for statement in statements:
        if _first(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id") != account:
            errors.append(RowError(0, "unreadable", "more than one account"))
        for entry in statement.findall("{*}Ntry"):
            row += 1
            status = _first(entry, "Sts/Cd", "Sts")
            if _first(entry, "CdtDbtInd") != "CRDT" or status not in {"", "BOOK"}:
                continue
            line = _line(entry, row)
            if isinstance(line, RowError):
                errors.append(line)
            else:
                lines.append(line)
    return ParsedStatement(account, tuple(lines), tuple(errors))


def _line(entry: Element, row: int) -> ParsedLine | RowError:
    amount = entry.find("{*}Amt")
    if amount is None or amount.get("Ccy") != "CNY":
        return RowError(row, "currency", "" if amount is None else amount.get("Ccy") or "")
    try:
        value = Money.parse(amount.text or "")
    except ValueError:
        return RowError(row, "amount", amount.text or "")
    booked = _first(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    try:
        booked_on = date.fromisoformat(booked[:10])
    except ValueError:
        return RowError(row, "date", booked)
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    texts = [
        node.text.strip()
        for detail in details
        for node in detail.findall("{*}RmtInf/{*}Ustrd")
        if node.text
    ]
    payers = [_first(d, "RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm") for d in details]
    return ParsedLine(
        row=row,
        booked_on=booked_on,
        amount=value,
        reference=_first(entry, "AcctSvcrRef", "NtryRef", "NtryDtls/TxDtls/Refs/AcctSvcrRef"),
        remittance=" ".join(texts) or _first(entry, "AddtlNtryInf"),
        payer=next((payer for payer in payers if payer), ""),
    )


def _first(node: Element, *paths: str) -> str:
    """Return the text of the first of the paths that has some."""
    for path in paths:
        found = node.find("/".join(f"{{*}}{step}" for step in path.split("/")))
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


formats.register("camt053")(Format("camt053", "camt.053 对账单", "camt.053", (".xml",), read))
