"""Recharge cards: the PIN is seen once, works once, and not after its last day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from qudao.domain.stock import rules
from qudao.domain.stock.models import Unit
from qudao.domain.stock.queries.units import PATHS
from qudao.domain.stock.types import (
    CardExpired,
    GoodsKind,
    ReasonMissing,
    UnitNotForSale,
    UnitRecord,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index
from qudao.platform.tables.project import project

_PIN = "stock_unit.pin"


@dataclass(eq=False)
class PinWrong(Refusal, kind=Kind.NOT_FOUND):
    """No card that was sold has this PIN."""


@dataclass(eq=False)
class PinShownAlready(Refusal, kind=Kind.CONFLICT):
    """A PIN is shown once."""

    serial: str
    shown_at: datetime


@dataclass(eq=False)
class CardUsed(Refusal, kind=Kind.CONFLICT):
    """Its value was put onto a line before, or is just being put."""

    serial: str


def _always(ctx: Context, **_: object) -> str | None:
    return "stock.reveal_pin_again"


@command("stock.reveal_pin")
def reveal_pin(ctx: Context, *, serial: str) -> Secret:
    """
    Return the PIN of a card that was sold, for the receipt: once. Repeating the request gives a
    mask.

    :raises UnitUnknown: if there is no such card in the actor's scope.
    :raises UnitNotForSale: if it was not sold: on the shelf, held by an order that is not decided.
    :raises PinShownAlready: if it was shown before.
    """
    row = _card(ctx, serial)
    if row.state not in {UnitState.SOLD, UnitState.USED}:
        raise UnitNotForSale(serial, row.state)
    if row.pin_shown_at is not None:
        raise PinShownAlready(serial, row.pin_shown_at)
    row.pin_shown_at = ctx.at
    row.save(update_fields=["pin_shown_at"])
    record_subject(row.id)
    return Secret(row.pin)


@command("stock.reveal_pin_again", approval=_always)
def reveal_pin_again(ctx: Context, *, serial: str, reason: str) -> None:
    """
    Let the PIN of a sold card be shown once more: the receipt was lost, the printer jammed.

    Always parked for a second person; afterwards `reveal_pin` shows it once.

    :raises ReasonMissing: without a reason.
    :raises UnitUnknown: if there is no such card in the actor's scope.
    :raises UnitNotForSale: if it was not sold, or was used since.
    """
    if not reason.strip():
        raise ReasonMissing
    row = _card(ctx, serial)
    if row.state != UnitState.SOLD:
        raise UnitNotForSale(serial, row.state)
    row.pin_shown_at = None
    row.save(update_fields=["pin_shown_at"])
    record_subject(row.id)


@command("stock.use_card", subject="order")
def use_card(ctx: Context, *, pin: Secret, order: UUID) -> UnitRecord:
    """
    Use up the card that has this PIN, for an order; whichever outlet sold it.

    `unuse_cards` undoes it for orders that fail.

    :raises PinWrong: if no card that was sold has it.
    :raises CardUsed: if it was used before.
    :raises CardExpired: if its last day of use has passed.
    """
    bare = "".join(str.__str__(pin).split())
    rows = Unit.objects.unscoped("a card is good at every outlet")
    own = rows.filter(pin_hash=blind_index(bare, _PIN))
    today = business_date(ctx.at)
    row = own.defer("pin").first()
    if row is None or row.state not in {UnitState.SOLD, UnitState.USED}:
        raise PinWrong
    if row.expires_on is not None and row.expires_on < today:
        raise CardExpired(row.serial, row.expires_on)
    if not own.filter(state=UnitState.SOLD).update(state=UnitState.USED, used_by=order):
        raise CardUsed(row.serial)
    return project(own, UnitRecord, **PATHS)[0]


@command("stock.unuse_cards")
def unuse_cards(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """Make the cards good again that failed orders had used; return how many."""
    rows = Unit.objects.unscoped("a card is good at every outlet")
    return rows.filter(used_by__in=list(orders), state=UnitState.USED).update(
        state=UnitState.SOLD, used_by=None
    )


@command("stock.expire_cards")
def expire_cards(ctx: Context) -> int:
    """
    Take off the shelf what has passed its last day of use; return how many pieces.

    They stay where they lie, and in the books, until they are written off.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, {"today": business_date(ctx.at)})
        return int(cursor.rowcount)


def _card(ctx: Context, serial: str) -> Unit:
    rows = Unit.objects.within(ctx.scope).select_for_update(of=("self",), no_key=True)
    row = rows.filter(kind=GoodsKind.RECHARGE_CARD, serial=rules.clean_serial(serial)).first()
    if row is None:
        raise UnitUnknown(serial)
    return row


_EXPIRE = """
WITH late AS MATERIALIZED (
    SELECT id FROM stock_unit
    WHERE state = 'in_stock' AND expires_on IS NOT NULL AND expires_on < %(today)s
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE stock_unit u SET state = 'expired'
FROM late WHERE u.id = late.id AND u.state = 'in_stock'
"""
