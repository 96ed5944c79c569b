"""Take back what was sold, and print what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from qudao.domain.ordering.models import Dispatch, Order
from qudao.domain.ordering.queries import OrderUnknown
from qudao.domain.ordering.types import (
    RETURN_DAYS,
    RETURNABLE,
    REVERSIBLE,
    OrderId,
    OrderState,
)
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context

WITHOUT_CHECKER = Money(200_00)
"""A reversal of more needs a second pair of eyes."""


@dataclass(eq=False)
class NotReversible(Refusal, kind=Kind.CONFLICT):
    """The order is not completed, is being reversed already, or its business cannot be."""

    state: str
    business: str


@dataclass(eq=False)
class ReversalTooLate(Refusal, kind=Kind.CONFLICT):
    """Orders are reversed on the business day of the sale."""

    business_date: date


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """A reversal needs a reason."""


def _needs_checker(ctx: Context, *, order: OrderId, **_: object) -> str | None:
    row = Order.objects.within(ctx.scope).filter(id=order).only("amount").first()
    return "ordering.reversal_high" if row and Money(row.amount) > WITHOUT_CHECKER else None


@command("ordering.reverse", approval=_needs_checker)
def reverse(ctx: Context, *, order: OrderId, reason: str) -> OrderId:
    """
    Ask the BOSS to take a completed payment or top-up back; return the reversal's own id.

    When the BOSS agrees, the exact opposite posting gives the wallet what it had paid and the
    order is `cancelled`; when it refuses, the order stays `completed`. The history of both orders
    shows it.

    :raises OrderUnknown: if there is no such order in the actor's scope.
    :raises NotReversible: if it is not completed, or not of a kind that can be taken back.
    :raises ReversalTooLate: if it was sold before today.
    :raises ReasonMissing: without a reason.
    """
    return _reverse(ctx, order, reason, REVERSIBLE, days=0)


@command("ordering.take_back")
def take_back(ctx: Context, *, order: OrderId, reason: str) -> OrderId:
    """
    Take back the money of goods that a customer returns; return the reversal's own id.

    For the journey that takes the goods themselves back, in the same transaction.

    :raises OrderUnknown: if there is no such order in the actor's scope.
    :raises NotReversible: if it is not completed, or not a sale of goods.
    :raises ReversalTooLate: if it was sold more than `RETURN_DAYS` ago.
    :raises ReasonMissing: without a reason.
    """
    return _reverse(ctx, order, reason, RETURNABLE, days=RETURN_DAYS)


def _reverse(
    ctx: Context, order: OrderId, reason: str, businesses: frozenset[str], days: int
) -> OrderId:
    if not reason.strip():
        raise ReasonMissing
    sale = (
        Order.objects.within(ctx.scope)
        .select_for_update(of=("self",), no_key=True)
        .filter(id=order)
        .first()
    )
    if sale is None:
        raise OrderUnknown(str(order))
    if (
        sale.state != OrderState.COMPLETED
        or sale.business not in businesses
        or sale.reverses_id is not None
    ):
        raise NotReversible(sale.state, sale.business)
    if sale.business_date < business_date(ctx.at) - timedelta(days=days):
        raise ReversalTooLate(sale.business_date)
    reversal = Order.objects.create(
        id=new_id(ctx.at),
        period=sale.period,
        home=sale.home,
        outlet_id=sale.outlet_id,
        actor=ctx.actor,
        channel=ctx.channel,
        business=sale.business,
        version_id=sale.version_id,
        msisdn=sale.msisdn,
        amount=sale.amount,
        debit=sale.debit,
        state=OrderState.ACKNOWLEDGED,
        ordered_at=ctx.at,
        business_date=sale.business_date,
        reverses_id=sale.id,
        reversing=sale.id,
        reversal_reason=reason.strip(),
    )
    Dispatch.objects.create(
        order=reversal, period=sale.period, home=sale.home, line=sale.msisdn, next_at=ctx.at
    )
    sale.state = OrderState.ASSESSING_CANCELLATION
    sale.save(update_fields=["state"])
    record_subject(sale.id)
    return OrderId(reversal.id)


@command("ordering.print_receipt", subject="order")
def print_receipt(ctx: Context, *, order: OrderId) -> int:
    """
    Count a printing of an order's receipt; return which it is. From the second on it is a copy.

    :raises OrderUnknown: if there is no such order in the actor's scope.
    """
    row = (
        Order.objects.within(ctx.scope)
        .select_for_update(of=("self",), no_key=True)
        .filter(id=order)
        .first()
    )
    if row is None:
        raise OrderUnknown(str(order))
    row.prints = F("prints") + 1
    row.save(update_fields=["prints"])
    row.refresh_from_db(fields=["prints"])
    return row.prints
