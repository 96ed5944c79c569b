"""
ISO 20022 pain.002, the bank's status report on a pain.001, of any version.

A payment is paid where its status (or the block's, or the group's, if it has none of its own) says
that it is settled or accepted for good (ACSC, ACCC, ACSP), and rejected by RJCT. Any other status
is no answer yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from qudao.domain.commission.types.settlements import Answer

PAID: Final = frozenset({"ACSC", "ACCC", "ACSP"})
REJECTED: Final = "RJCT"


@dataclass(frozen=True, slots=True)
class Report:
    """What a file of the bank says."""

    number: str
    """Of the payout that it answers."""
    answers: tuple[Answer, ...]
    """Payments with an answer of their own."""
    rest: Answer | None
    """What holds for all others, where the bank says it of the whole; its reference is empty."""


def read(content: bytes) -> Report | None:
    """Return what the bank says, or None if the file is no status report."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    report = root.find("{*}CstmrPmtStsRpt")
    if report is None:
        return None
    group = report.find("{*}OrgnlGrpInfAndSts")
    number = _first(report, "OrgnlGrpInfAndSts/OrgnlMsgId")
    whole = _answer("", _first(report, "OrgnlGrpInfAndSts/GrpSts"), group)
    answers: dict[str, Answer] = {}
    for block in report.findall("{*}OrgnlPmtInfAndSts"):
        of_block = _answer("", _first(block, "PmtInfSts"), block)
        whole = of_block or whole
        for one in _payments(block):
            answers[one.reference] = one
    return Report(number, tuple(answers.values()), whole)


def _payments(block: Element) -> Iterator[Answer]:
    for node in block.findall("{*}TxInfAndSts"):
        found = _answer(_first(node, "OrgnlEndToEndId"), _first(node, "TxSts"), node)
        if found is not None and found.reference:
            yield found


def _answer(reference: str, status: str, node: Element | None) -> Answer | None:
    if status in PAID:
        return Answer(reference, paid=True)
    if status != REJECTED or node is None:
        return None
    code = _first(node, "StsRsnInf/Rsn/Cd") or _first(node, "StsRsnInf/Rsn/Prtry")
    told = _first(node, "StsRsnInf/AddtlInf")
    return Answer(reference, paid=False, reason=f"{code} {told}".strip())


def _first(node: Element, path: str) -> str:
    found = node.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found.text or "").strip() if found is not None else ""
