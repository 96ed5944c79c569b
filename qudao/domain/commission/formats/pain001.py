"""
ISO 20022 pain.001.001.09, the customer credit transfer: a payout as a bank reads it.

One payment information block, one debtor (the branch), a credit transfer for each statement, in
the order given; so the same payments make the same bytes. The totals are in the group header and
again in the block, as banks compare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from qudao.domain.commission.types.settlements import Payment
from qudao.kernel.money import Money
from qudao.kernel.period import MARKET_ZONE

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME: Final = 140
LONGEST_REMARK: Final = 140


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who pays: the branch, and its account."""

    name: str
    account: str
    bank_code: str


def write(
    number: str, debtor: Debtor, payments: Sequence[Payment], *, at: datetime, on: date
) -> str:
    """Return the file that orders the payments, to be done on a day."""
    total = Money(sum(one.amount.minor for one in payments))
    document = Element("Document", xmlns=NAMESPACE)
    order = SubElement(document, "CstmrCdtTrfInitn")
    head = SubElement(order, "GrpHdr")
    _text(head, "MsgId", number)
    _text(head, "CreDtTm", f"{at.astimezone(MARKET_ZONE):%Y-%m-%dT%H:%M:%S}")
    _totals(head, len(payments), total)
    _text(SubElement(head, "InitgPty"), "Nm", debtor.name[:LONGEST_NAME])
    block = SubElement(order, "PmtInf")
    _text(block, "PmtInfId", number)
    _text(block, "PmtMtd", "TRF")
    _text(block, "BtchBookg", "true")
    _totals(block, len(payments), total)
    _text(SubElement(block, "ReqdExctnDt"), "Dt", on.isoformat())
    _text(SubElement(block, "Dbtr"), "Nm", debtor.name[:LONGEST_NAME])
    _account(SubElement(block, "DbtrAcct"), debtor.account)
    _bank(SubElement(block, "DbtrAgt"), debtor.bank_code)
    for one in payments:
        transfer = SubElement(block, "CdtTrfTxInf")
        _text(SubElement(transfer, "PmtId"), "EndToEndId", one.reference)
        amount = _text(SubElement(transfer, "Amt"), "InstdAmt", str(one.amount))
        amount.set("Ccy", one.amount.currency)
        _bank(SubElement(transfer, "CdtrAgt"), one.bank_code)
        _text(SubElement(transfer, "Cdtr"), "Nm", one.name[:LONGEST_NAME])
        _account(SubElement(transfer, "CdtrAcct"), one.number)
        _text(SubElement(transfer, "RmtInf"), "Ustrd", one.remark[:LONGEST_REMARK])
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, "unicode") + "\n"


def _totals(node: Element, count: int, total: Money) -> None:
    _text(node, "NbOfTxs", str(count))
    _text(node, "CtrlSum", str(total))


def _account(node: Element, number: str) -> None:
    _text(SubElement(SubElement(node, "Id"), "Othr"), "Id", number)


def _bank(node: Element, code: str) -> None:
    member = SubElement(SubElement(node, "FinInstnId"), "ClrSysMmbId")
    _text(SubElement(member, "ClrSysId"), "Cd", "CNAPS")
    _text(member, "MmbId", code)


def _text(node: Element, name: str, text: str) -> Element:
    made = SubElement(node, name)
    made.text = text
    return made
