"""Reading what an order moves besides money: number, SIM, holder, add-ons, card."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

from simulators.boss.orders import JSON, Holder, Malformed, Order, Parts
from simulators.boss.reading import at, entries, fen, some, tax_included, text

_MSISDN: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)

_CREDIT: Final = frozenset({"numberPrepayment", "prepay"})
"""The parts of a price that become the line's balance: they are paid in advance."""


def read_parts(order: Order, items: list[JSON]) -> Parts:
    """
    What a product order moves.

    :raises Malformed: if something that the work needs is missing.
    """
    reader = _READERS.get(order.business)
    return reader(order, items) if reader else Parts()


def document_digest(kind: str, number: str) -> str:
    """How the BOSS knows a document again, without keeping its number."""
    return hashlib.sha256(f"{kind}:{number.strip().upper()}".encode()).hexdigest()


def _opening(order: Order, items: list[JSON]) -> Parts:
    line, *add_ons = items
    text(line, "productOffering", "id")
    resources = _resources(line)
    if _msisdn(resources) != order.msisdn:
        raise Malformed("the number of the line and its MSISDN differ")
    for add_on in add_ons:
        if text(add_on, "action") != "add" or text(add_on, "product", "productSerialNumber") != (
            order.msisdn
        ):
            raise Malformed("an account opening adds a plan and add-ons to one line")
    return Parts(
        number=order.msisdn,
        iccid=_needed(resources, "ICCID"),
        imsi=resources.get("IMSI", ""),
        add_ons=tuple(text(add_on, "productOffering", "id") for add_on in add_ons),
        credit=_credit(order, line),
        holder=_holder(order.body),
    )


def _swap(order: Order, items: list[JSON]) -> Parts:
    resources = _resources(items[0])
    return Parts(iccid=_needed(resources, "ICCID"), imsi=resources.get("IMSI", ""))


def _change(order: Order, items: list[JSON]) -> Parts:
    return Parts(number=_msisdn(_resources(items[0])), credit=_credit(order, items[0]))


def _card(order: Order, items: list[JSON]) -> Parts:
    for entry in some(at(items[0], "product"), "productCharacteristic"):
        if entry.get("name") == "faceValue":
            return Parts(card=order.msisdn, value=fen(at(entry, "value")))
    raise Malformed("the characteristic faceValue is missing")


_READERS: Final[dict[str, Callable[[Order, list[JSON]], Parts]]] = {
    "account_opening": _opening,
    "sim_swap": _swap,
    "number_change": _change,
    "recharge_card": _card,
}


def _resources(item: JSON) -> dict[str, str]:
    """Name → id of what carries the line."""
    found = entries(at(item, "product"), "realizingResource")
    return {text(entry, "name"): text(entry, "id") for entry in found}


def _needed(resources: dict[str, str], name: str) -> str:
    if name not in resources:
        raise Malformed(f"the resource {name} is missing")
    return resources[name]


def _msisdn(resources: dict[str, str]) -> str:
    msisdn = _needed(resources, "MSISDN")
    if not _MSISDN.fullmatch(msisdn):
        raise Malformed("an MSISDN has 11 digits and begins with 13 to 19")
    return msisdn


def _credit(order: Order, item: JSON) -> int:
    credit = sum(
        tax_included(price) for price in some(item, "itemPrice") if price.get("name") in _CREDIT
    )
    if credit > order.amount:
        raise Malformed("more becomes balance than is paid")
    return credit


def _holder(body: JSON) -> Holder:
    """The customer: 632's Individual, by value, under 622's relatedParty."""
    for party in some(body, "relatedParty"):
        if party.get("role") == "customer":
            (document, *_) = entries(party, "individualIdentification")
            number = document_digest(
                text(document, "identificationType"), text(document, "identificationId")
            )
            return Holder(text(party, "fullName"), number)
    raise Malformed("the customer is missing")
