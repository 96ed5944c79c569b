"""Pre-opened packs: a SIM card that is sold together with its number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from qudao.domain.stock import rules
from qudao.domain.stock.models import Unit
from qudao.domain.stock.types import (
    GoodsKind,
    SerialInvalid,
    UnitNotForSale,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class NumberPacked(Refusal, kind=Kind.CONFLICT):
    """The card has a number already, or another card has this one."""

    number: str


@command("stock.pack")
def pack(ctx: Context, *, serial: str, number: str) -> None:
    """
    Put a SIM card that lies in the actor's scope together with a number.

    :raises SerialInvalid: if the number is no mobile number.
    :raises UnitUnknown: if there is no such SIM card in the actor's scope.
    :raises UnitNotForSale: if it is not on the shelf.
    :raises NumberPacked: if the card has a number, or another card has this one.
    """
    if not valid_msisdn(number):
        raise SerialInvalid(number)
    row = _card(ctx, serial)
    if row.number:
        raise NumberPacked(row.number)
    row.number = number
    try:
        with transaction.atomic():
            row.save(update_fields=["number"])
    except IntegrityError as error:
        raise NumberPacked(number) from error


@command("stock.unpack")
def unpack(ctx: Context, *, serial: str) -> str:
    """
    Take a pack apart; return the number it had, or nothing.

    :raises UnitUnknown: if there is no such SIM card in the actor's scope.
    :raises UnitNotForSale: if an order holds it, it is on its way, or with a customer.
    """
    row = _card(ctx, serial, _ON_HAND)
    number, row.number = row.number, ""
    row.save(update_fields=["number"])
    return number


_ON_HAND = frozenset(
    {UnitState.IN_STOCK, UnitState.DEFECTIVE, UnitState.MISSING, UnitState.EXPIRED}
)


def _card(
    ctx: Context, serial: str, states: frozenset[str] = frozenset({UnitState.IN_STOCK})
) -> Unit:
    rows = Unit.objects.within(ctx.scope).select_for_update(of=("self",), no_key=True)
    row = rows.filter(kind=GoodsKind.SIM, serial=rules.clean_serial(serial)).first()
    if row is None:
        raise UnitUnknown(serial)
    if row.state not in states:
        raise UnitNotForSale(serial, row.state)
    record_subject(row.id)
    return row
