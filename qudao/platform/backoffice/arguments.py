"""A command's stored arguments as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from qudao.kernel.money import Money
from qudao.platform.backoffice import area
from qudao.platform.backoffice.values import Cell, Data, Mono, Person, Ref, Text
from qudao.platform.commands.codec import Json, encode
from qudao.platform.commands.command import Command, commands
from qudao.platform.commands.context import Context

LABELS: Final[Mapping[str, Text]] = {
    "amount": _("Amount"),
    "branch": _("Branch"),
    "day": _("Business day"),
    "drawer": _("Cash drawer"),
    "hall": _("Hall"),
    "individual": _("Person"),
    "limit": _("Credit limit"),
    "line": _("Line of a bank statement"),
    "membership": _("Membership"),
    "method": _("How"),
    "order": _("Order"),
    "organization": _("Organization"),
    "outlet": _("Outlet"),
    "payment": _("Pay-in"),
    "reason": _("Reason"),
    "reference": _("Reference"),
    "remark": _("Remark"),
    "role": _("Role"),
    "user": _("Account"),
}

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
}


def arguments(ctx: Context, command: str, stored: Json) -> list[tuple[Text, Cell]]:
    """Return a command's arguments as names and values; what has no words stays as it is stored."""
    typed = _typed(command, stored)
    if typed is None:
        return [(_("Arguments"), Data(stored))]
    names = area.names(ctx, [value for value in typed.values() if isinstance(value, UUID)])
    return [
        (LABELS.get(name, name), _cell(name, value, names))
        for name, value in typed.items()
        if value not in (None, "")
    ]


def _typed(command: str, stored: Json) -> dict[str, object] | None:
    known: Any = commands.get(command)
    if not isinstance(known, Command) or not isinstance(stored, dict):
        return None
    try:
        return known.decode(stored)
    except (KeyError, ValueError, TypeError, msgspec.ValidationError):
        return None  # written by an older version of the command


def _cell(name: str, value: object, names: Mapping[UUID, Cell]) -> Cell:
    match value:
        case UUID() if name == "user":
            return Person(value)
        case UUID():
            shown = names.get(value) or Mono(str(value)[:13] + "…")
            return Ref(SCREENS[name], value, shown) if name in SCREENS else shown
        case bool() | int() | Money() | datetime() | date():
            return value
        case str():
            return str.__str__(value)
    return Data(encode(value))
