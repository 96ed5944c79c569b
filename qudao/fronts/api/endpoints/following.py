"""Orders: lists, one order, taking it back, its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Path, Router, Status
from ninja import Query as FromQuery

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.queries import OrderUnknown
from qudao.domain.ordering.types import OrderId, OrderRecord, OrderSearch
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.fronts.api import schemas, shapes
from qudao.fronts.api.asker import RequestKey, ctx_of, rows_of
from qudao.fronts.api.interface import answers
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context

router = Router(tags=["orders"])


@dataclass(eq=False)
class NoReceipt(Refusal, kind=Kind.CONFLICT):
    """A reversal has no receipt of its own: the sale's receipt shows it."""


@dataclass(eq=False)
class NotYetPrinted(Refusal, kind=Kind.CONFLICT):
    """The receipt can be read once it has been printed."""


@router.get(
    "/orders",
    response=answers({200: schemas.OrdersOut}),
    operation_id="listOrders",
    summary=_("List orders, newest first"),
    description=_("Those of the token's scope, reversals among them."),
)
def list_orders(request: HttpRequest, query: FromQuery[schemas.OrdersQuery]) -> schemas.OrdersOut:
    search = OrderSearch(
        outlet=None if query.outlet is None else OrganizationId(query.outlet),
        first=query.first,
        last=query.last,
        states=frozenset() if query.state is None else frozenset({query.state}),
        business=query.business or "",
        msisdn=query.msisdn or "",
        number=query.number or "",
        reversals=None if query.reversals is None else query.reversals == "true",
    )
    page = orders.orders(ctx_of(request), search=search, page=rows_of(query))
    return schemas.OrdersOut(
        items=[shapes.order_out(order) for order in page.items],
        total=page.total,
        limit=query.limit,
        offset=query.offset,
    )


@router.get(
    "/orders/by-number/{number}",
    response=answers({200: schemas.OrderOut}, 404),
    operation_id="getOrderByNumber",
    summary=_("The order of a receipt number"),
)
def order_by_number(
    request: HttpRequest, number: Annotated[schemas.ReceiptNumber, Path()]
) -> schemas.OrderOut:
    page = orders.orders(
        ctx_of(request), search=OrderSearch(number=number), page=PageRequest(limit=1)
    )
    if not page.items or page.items[0].number != number:
        raise OrderUnknown(number)
    return shapes.order_out(page.items[0])


@router.get(
    "/orders/{uuid:order}",
    response=answers({200: schemas.OrderOut}, 404),
    operation_id="getOrder",
    summary=_("One order as it stands"),
)
def one_order(request: HttpRequest, order: UUID) -> schemas.OrderOut:
    return shapes.order_out(orders.order(ctx_of(request), order=OrderId(order)))


@router.post(
    "/orders/{uuid:order}/reversal",
    response=answers({201: schemas.ReversalOut, 202: schemas.ParkedOut}, 404, 409, 413, 415, 503),
    operation_id="reverseOrder",
    summary=_("Take a payment or top-up of today back"),
    description=_(
        "Asks the operator; the reversal is an order of its own to follow. 202: the amount needs a "
        "second person's approval first. Repeat with the same key to learn whether it waits still."
    ),
)
def reverse(
    request: HttpRequest,
    response: HttpResponse,
    order: UUID,
    body: schemas.ReversalIn,
    key: RequestKey,
) -> Status[schemas.ReversalOut | schemas.ParkedOut]:
    ctx = ctx_of(request, key)
    try:
        reversal = ordering.reverse(ctx, order=OrderId(order), reason=body.reason)
    except AwaitingApproval as held:
        return Status(202, schemas.ParkedOut(parked=held.parked, reason=held.reason))
    response["Location"] = f"/api/v1/orders/{reversal}"
    return Status(201, schemas.ReversalOut(reversal=reversal))


@router.post(
    "/orders/{uuid:order}/receipt",
    response=answers({200: schemas.ReceiptOut}, 404, 409, 503),
    operation_id="printReceipt",
    summary=_("Count a printing of the receipt, and get what to print"),
    description=_("From the second printing on `copy_number` says which reprint it is: mark it."),
)
def print_receipt(request: HttpRequest, order: UUID, key: RequestKey) -> schemas.ReceiptOut:
    ctx = ctx_of(request, key)
    _with_receipt(ctx, order)
    printing = ordering.print_receipt(ctx, order=OrderId(order))
    return _receipt(ctx, _with_receipt(ctx, order), printing)


@router.get(
    "/orders/{uuid:order}/receipt",
    response=answers({200: schemas.ReceiptOut}, 404, 409),
    operation_id="getReceipt",
    summary=_("The receipt as it was last printed"),
    description=_("Reading does not count as printing, so print only what POST answers."),
)
def receipt(request: HttpRequest, order: UUID) -> schemas.ReceiptOut:
    ctx = ctx_of(request)
    record = _with_receipt(ctx, order)
    if record.prints == 0:
        raise NotYetPrinted
    return _receipt(ctx, record, record.prints)


def _with_receipt(ctx: Context, order: UUID) -> OrderRecord:
    record = orders.order(ctx, order=OrderId(order))
    if not record.number:
        raise NoReceipt
    return record


def _receipt(ctx: Context, record: OrderRecord, printing: int) -> schemas.ReceiptOut:
    return schemas.ReceiptOut(
        number=record.number,
        copy_number=printing - 1,
        order=shapes.order_out(record),
        outlet=shapes.outlet_out(outlets.outlet(ctx, outlet=record.outlet)),
        clerk=party.names_of_users(ctx, [record.actor]).get(record.actor, ""),
    )
