"""Read orders, figures and failures."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from qudao.domain.ledger import queries as ledger
from qudao.domain.ledger.types import PostingId
from qudao.domain.ordering.models import FINAL_STATES, Dispatch, HourlySales, Order
from qudao.domain.ordering.types import (
    OPEN_STATES,
    FailureFigure,
    OrderId,
    OrderRecord,
    OrderSearch,
    SalesFigure,
    parse_receipt_number,
)
from qudao.kernel.ids import moment_of
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Kind, Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands import queries as commands
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.tables import arrays, prepared
from qudao.platform.tables.project import columns_of, page_of, project, record_of
from qudao.platform.tables.scoped import within

Grain = Literal["day", "month", "hour", "outlet", "branch", "channel", "business"]
"""What one figure is about."""

_FAR = datetime(9000, 1, 1, tzinfo=UTC)  # anybody may ask for any id
_PATHS = {
    "outlet": "outlet_id",
    "outlet_code": "outlet__code",
    "outlet_name_zh": "outlet__name_zh",
    "outlet_name_en": "outlet__name_en",
    "offering": "version__offering__code",
    "offering_name_zh": "version__name_zh",
    "offering_name_en": "version__name_en",
    "hold": "hold_id",
    "reverses": "reverses_id",
}


@dataclass(eq=False)
class OrderUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such order where the actor may look."""

    order: str


@dataclass(eq=False)
class OrderArchived(Refusal, kind=Kind.NOT_FOUND):
    """Orders of that month lie in the archive."""

    order: str
    month: str


def order(ctx: Context, *, order: OrderId) -> OrderRecord:
    """
    Return one order.

    :raises NotPermitted: without `ordering.read`.
    :raises OrderUnknown: if there is none in the actor's scope.
    :raises OrderArchived: if it may be among those of a month that lies in the archive.
    """
    (found,) = orders_for([(ctx, order)])
    if isinstance(found, Refusal):
        raise found
    return found


def orders_for(asked: Sequence[tuple[Context, OrderId]]) -> list[OrderRecord | Refusal]:
    """
    Look many orders up, each for its own asker: one statement for all.

    Each gets the order, or what `order` would have refused it with.
    """
    allowed = [order for ctx, order in asked if "ordering.read" in ctx.grants]
    rows: dict[UUID, Sequence[Any]] = {}
    if allowed:
        ranges = [_near(order)["period__range"] for order in allowed]
        first, last = min(since for since, _ in ranges), max(until for _, until in ranges)
        found = prepared.fetch(
            _by_ids(), [arrays.uuids(allowed), first.isoformat(), last.isoformat()]
        )
        rows = {row[0]: row for row in found}
    return [_for(ctx, order, rows.get(order)) for ctx, order in asked]


def _for(ctx: Context, order: OrderId, row: Sequence[Any] | None) -> OrderRecord | Refusal:
    """Return what was found for an asker."""
    if "ordering.read" not in ctx.grants:
        return NotPermitted("ordering.read")
    if row is None or not ctx.scope.covers(row[-1]):
        made = moment_of(order)
        month = month_of(business_date(made)) if made < ctx.at else None
        if month is not None and ledger.in_archive(month):
            return OrderArchived(str(order), f"{month:%Y-%m}")
        return OrderUnknown(str(order))
    found = record_of(row[:-1], OrderRecord)
    return found if found.details is None else replace(found, details=json.loads(found.details))  # type: ignore[arg-type]


@cache
def _by_ids() -> str:
    """Return the statement for orders by id and months: making it costs more than it does."""
    nobody = OrderId(UUID(int=0))
    rows = Order.objects.unscoped("`orders_for` compares the paths with the scopes")
    rows = rows.filter(id=nobody, **_near(nobody))
    columns = (*columns_of(OrderRecord, **_PATHS), "outlet__path")
    assert columns[0] == "id"
    text, values = rows.values_list(*columns).query.sql_with_params()
    assert values == (nobody, *_near(nobody)["period__range"]), values
    before, month = f"{_ID} = %s", "BETWEEN %s AND %s"
    assert text.count(before) == 1 and text.count(month) == 1, text
    text = text.replace(before, f"{_ID} = ANY(%s::uuid[])")
    return text.replace(month, "BETWEEN %s::date AND %s::date")


_ID = '"ordering_order"."id"'


def _near(order: OrderId) -> dict[str, tuple[date, date]]:
    """
    Return the months in which an order and its reversals lie: with them not all are searched.

    That of its id, mostly. An id may have been made in the last minute of a month and sold in the
    next, and a reversal lies in the month of its sale.
    """
    month = month_of(business_date(min(moment_of(order), _FAR)))
    before = month_of(month - timedelta(days=1))
    return {"period__range": (before, month_of(month + timedelta(days=31)))}


def order_of_receipt(number: str) -> OrderId | None:
    """
    Return which order a receipt number may belong to; whether it may be seen is not said.

    By the posting that took the money: the orders need no index of their own for it.
    """
    serial = parse_receipt_number(number)
    cause = None if serial is None else ledger.cause_of(PostingId(serial))
    return None if cause is None else OrderId(cause)


def open_in(month: date) -> int:
    """Return how many orders of a month are not decided, reversals included: everybody's."""
    rows = Order.objects.unscoped("the archive takes in everybody's").filter(period=month)
    queued = Dispatch.objects.filter(period=month).count()
    return queued or rows.exclude(state__in=FINAL_STATES).count()


def records(*, orders: Collection[OrderId]) -> dict[OrderId, OrderRecord]:
    """
    Return those of some orders that there are, by id: one statement for however many.

    For fronts that have checked who reads them: it asks for no scope.
    """
    if not orders:
        return {}
    # A reversal belongs to the month of its sale, which may be the one before.
    since = month_of(business_date(moment_of(min(orders)) - timedelta(days=31)))
    rows = Order.objects.unscoped("the front has checked who reads them")
    rows = rows.filter(id__in=list(orders), period__gte=since)
    found = project(rows, OrderRecord, **_PATHS)
    return {record.id: record for record in found}


def reversal_of(ctx: Context, *, order: OrderId) -> OrderRecord | None:
    """Return the latest reversal of an order, if one was ever asked for."""
    rows = _rows(ctx).filter(reverses=order, **_near(order)).order_by("-id")
    found = project(rows[:1], OrderRecord, **_PATHS)
    return found[0] if found else None


def order_history(ctx: Context, *, order: OrderId) -> tuple[commands.JournalRecord, ...]:
    """
    Return all that was done to an order, oldest first, its reversals included.

    :raises OrderUnknown: if there is none in the actor's scope.
    """
    near = _rows(ctx).filter(**_near(order))
    rows = list(near.filter(reverses=order).values_list("id", flat=True))
    if not near.filter(id=order).exists():
        raise OrderUnknown(str(order))
    entries = [entry for one in (order, *rows) for entry in commands.history(ctx, subject=one)]
    return tuple(sorted(entries, key=lambda entry: entry.id))


def orders(ctx: Context, *, search: OrderSearch, page: PageRequest) -> Page[OrderRecord]:
    """
    Return orders, newest first.

    :raises NotPermitted: without `ordering.read`.
    """
    rows = _found(ctx, search)
    rows = rows.order_by("-ordered_at", "-id") if search.outlet else rows.order_by("-id")
    return page_of(rows, OrderRecord, page, **_PATHS)


def orders_in_trouble(ctx: Context, *, search: OrderSearch, page: PageRequest) -> Page[OrderRecord]:
    """
    Return the open orders that the BOSS has owed an answer for too long, oldest first.

    Too long is 30 seconds, or at once when the answer was lost.
    """
    late = _found(ctx, search).filter(state__in=OPEN_STATES)
    rows = late.filter(ordered_at__lt=ctx.at - timedelta(seconds=30)) | late.filter(state="pending")
    return page_of(rows.order_by("id"), OrderRecord, page, **_PATHS)


def figures(
    ctx: Context,
    *,
    first: date,
    last: date,
    by: Grain,
    outlet: Any = None,
    below: str = "",
) -> tuple[SalesFigure, ...]:
    """
    Return sums over the sales of the business days from `first` to `last`, by key and business.

    They are kept by the relay, within a second of the journal. Keys: the day or month in ISO
    8601, the hour `00` to `23`, the outlet's or branch's code, the channel, or nothing.

    :raises NotPermitted: without `ordering.read`.
    """
    ctx.require("ordering.read")
    rows = HourlySales.objects.within(ctx.scope).filter(business_date__range=(first, last))
    if outlet is not None:
        rows = rows.filter(outlet=outlet)
    if below:
        rows = rows.filter(within("outlet__path", Scope.of([below])))
    key = {
        "day": "business_date",
        "month": "business_date",
        "hour": "hour",
        "outlet": "outlet__code",
        "branch": "outlet__path",
        "channel": "channel",
        "business": "business",
    }[by]
    sums = rows.values_list(key, "business").annotate(*(Sum(name) for name in _SUMMED))
    totals: dict[tuple[str, str], list[int]] = {}
    for value, business, *numbers in sums:
        total = totals.setdefault((_key(by, value), business), [0] * len(_SUMMED))
        for i, number in enumerate(numbers):
            total[i] += number
    return tuple(
        SalesFigure(
            k,
            business,
            t[0],
            Money(t[1]),
            t[2],
            Money(t[3]),
            Money(t[4]),
            t[5],
            t[6],
            t[0] - t[2] - t[5] - t[6],
        )
        for (k, business), t in sorted(totals.items())
    )


def failures(
    ctx: Context, *, first: date, last: date, below: str = ""
) -> tuple[FailureFigure, ...]:
    """
    Return why the BOSS refused sales of the business days, the most frequent reason first.

    :raises NotPermitted: without `ordering.read`.
    """
    rows = _rows(ctx).filter(
        state="failed",
        business_date__range=(first, last),
        period__range=(month_of(first), month_of(last)),
    )
    if below:
        rows = rows.filter(within("outlet__path", Scope.of([below])))
    found = rows.values_list("refusal_code", "refusal_reason").annotate(n=Count("id"))
    return tuple(FailureFigure(code, reason, n) for code, reason, n in found.order_by("-n")[:20])


def in_flight(ctx: Context, *, below: str = "") -> tuple[int, Money, datetime | None]:
    """
    Return the open sales: how many, what they took from wallets, since when the oldest waits.

    :raises NotPermitted: without `ordering.read`.
    """
    rows = _rows(ctx).filter(state__in=OPEN_STATES, hold__isnull=False)
    if below:
        rows = rows.filter(within("outlet__path", Scope.of([below])))
    # By way of the queue: open orders are few among many, and the queue holds just them.
    rows = rows.filter(id__in=_queued())
    count, amount = 0, 0
    oldest: datetime | None = None
    for debit, at in rows.values_list("debit", "ordered_at"):
        count, amount = count + 1, amount + debit
        oldest = at if oldest is None else min(oldest, at)
    return count, Money(amount), oldest


_SUMMED = (
    "taken",
    "taken_amount",
    "completed",
    "completed_amount",
    "debited",
    "failed",
    "reversed",
)


def _key(by: Grain, value: Any) -> str:
    match by:
        case "day":
            return str(value)
        case "month":
            return f"{value:%Y-%m}"
        case "hour":
            return f"{value:02d}"
        case "branch":
            return ".".join(str(value).split(".")[:3])
        case "business":
            return ""
    return str(value)


def _queued() -> QuerySet[Any]:
    return Dispatch.objects.values("order_id")


def _rows(ctx: Context) -> QuerySet[Order]:
    ctx.require("ordering.read")
    return Order.objects.within(ctx.scope)


def _found(ctx: Context, search: OrderSearch) -> QuerySet[Order]:
    rows = _rows(ctx)
    if search.outlet is not None:
        rows = rows.filter(outlet=search.outlet)
    if search.below:
        rows = rows.filter(within("outlet__path", Scope.of([search.below])))
    if search.first:
        rows = rows.filter(business_date__gte=search.first, period__gte=month_of(search.first))
    if search.last:
        rows = rows.filter(business_date__lte=search.last, period__lte=month_of(search.last))
    if search.states:
        rows = rows.filter(state__in=search.states)
        if search.states <= OPEN_STATES:
            rows = rows.filter(id__in=_queued())
    if search.business:
        rows = rows.filter(business=search.business)
    if search.msisdn:
        rows = rows.filter(msisdn=search.msisdn)
    if search.reversals is not None:
        rows = rows.filter(reverses__isnull=not search.reversals)
    if search.number:
        sold = order_of_receipt(search.number)
        rows = rows.none() if sold is None else rows.filter(id=sold, **_near(sold))
    return rows
