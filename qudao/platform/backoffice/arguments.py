"""A command's stored arguments as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.kernel.money import Money
from qudao.platform.backoffice import area
from qudao.platform.backoffice.values import Cell, Coded, Data, Mono, Person, Ref, Several, Text
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context

LABELS: Final[Mapping[str, Text]] = {
    "amount": _("Amount"),
    "business": _("Business"),
    "channel_kind": _("Channel kind"),
    "code": _("Code"),
    "branch": _("Branch"),
    "day": _("Business day"),
    "drawer": _("Cash drawer"),
    "edition": _("Edition"),
    "front": pgettext_lazy("menu of a hall", "Hall"),
    "goods": _("Goods"),
    "group": _("Group of customers"),
    "hall": _("Hall"),
    "individual": _("Person"),
    "limit": _("Credit limit"),
    "line": _("Line of a bank statement"),
    "membership": _("Membership"),
    "msisdn": _("Customer's number"),
    "number": pgettext_lazy("of something", "Number"),
    "offering": _("Offering"),
    "method": _("How"),
    "order": _("Order"),
    "organization": _("Organization"),
    "outcome": _("What became of it"),
    "outlet": _("Outlet"),
    "payment": _("Pay-in"),
    "place": _("Place"),
    "reason": _("Reason"),
    "reference": pgettext_lazy("pay-in", "Reference"),
    "remark": _("Remark"),
    "requisition": _("Delivery"),
    "role": _("Role"),
    "serial": _("Serial"),
    "state": _("State"),
    "terms": _("Whose goods"),
    "user": _("Account"),
    "valid_from": _("From"),
    "valid_until": _("Until"),
}

CODES: Final[Mapping[str, str]] = {
    "business": "business",
    "channel_kind": "channel_kind",
    "field": "personal",
    "front": "front",
    "method": "method",
    "outcome": "delivery_outcome",
    "role": "role",
    "state": "unit_state",
    "terms": "goods_terms",
}
"""Arguments that are codes → what the front words them by."""

SCREENS: Final[Mapping[str, str]] = {
    "branch": "party.organization",
    "drawer": "payment.drawer",
    "hall": "saleschannel.outlet",
    "individual": "party.individual",
    "line": "payment.bankline",
    "membership": "party.membership",
    "order": "ordering.order",
    "organization": "party.organization",
    "outlet": "saleschannel.outlet",
    "payment": "payment.paymentreceived",
    "place": "party.organization",
    "requisition": "stock.requisition",
}


SHOWN: Final = 20
"""Serials of one article that are written out; the raw arguments have them all."""


def arguments(ctx: Context, stored: Json) -> list[tuple[Text, Cell]]:
    """Return stored arguments as names and values; what has no words stays as it is stored."""
    if not isinstance(stored, dict):
        return [(_("Arguments"), Data(stored))]
    keys = {name: key for name, value in stored.items() if (key := _key(value)) is not None}
    names = area.names(ctx, list(keys.values()))
    return [
        (LABELS.get(name, name), _cell(name, value, keys.get(name), names))
        for name, value in stored.items()
        if value not in (None, "")
    ]


def _cell(name: str, value: Json, key: UUID | None, names: Mapping[UUID, Cell]) -> Cell:
    if key is not None:
        if name == "user":
            return Person(key)
        shown = names.get(key) or Mono(str(key)[:13] + "…")
        return Ref(SCREENS[name], key, shown) if name in SCREENS else shown
    match value:
        case [{"item": str(), "serials": list()}, *_]:
            return Several([Mono(line) for one in value for line in _goods(one)])
        case {"minor": int(minor), "currency": str(currency), **rest} if not rest:
            return Money(minor, currency)
        case str() if name in ("valid_from", "valid_until"):
            return datetime.fromisoformat(value)
        case str() if name in CODES:
            return Coded(CODES[name], value)
        case bool() | int() | str():
            return value
    return Data(value)


def _goods(one: Json) -> list[str]:
    """Say which goods are meant: serials, ranges, or how many, of one article."""
    item = str(one["item"])
    named = [f"{item} {serial}" for serial in one["serials"][:SHOWN]]
    named += [f"{item} {first} .. {last}" for first, last in one.get("ranges", ())]
    if len(one["serials"]) > SHOWN:
        named.append(f"{item} … ({len(one['serials'])})")
    return named or [f"{item} × {one.get('quantity', 0)}"]


def _key(value: Json) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
