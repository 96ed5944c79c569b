"""Orders: lists, one order with its history, receipts, taking back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import operations as ordering_operations
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import (
    ItemKind,
    OrderId,
    OrderItem,
    OrderRecord,
    OrderSearch,
    OrderState,
)
from qudao.domain.party import queries as party
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named, number
from qudao.fronts.portal import looks, receipts
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import OrderFilter, ReasonForm, business_choices
from qudao.fronts.portal.paging import every, page_request
from qudao.fronts.portal.templatetags.portal import (
    business_name,
    offering_name,
)
from qudao.fronts.receipts.paper import Paper, pdf
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.fronts.wording.terms import term
from qudao.journeys import contracts, months
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import SYSTEM
from qudao.platform.commands.queries import JournalRecord

SETTLED = {OrderState.COMPLETED, OrderState.FAILED, OrderState.CANCELLED}
FILE_ROWS = 20_000


@require_GET
@at_desk
def orders(desk: Desk) -> HttpResponse:
    form, search = _search(desk)
    page = ordering.orders(desk.ctx, search=search, page=page_request(desk.request))
    # Only who has come to the end, or asks for days long ago, can miss something.
    looks_back = search.first is not None or page.request.number >= page.pages
    archived = months.archived_until(desk.ctx) if looks_back else None
    if archived is not None and search.first is not None and search.first > archived:
        archived = None
    return desk.page("orders", "orders", form=form, page=page, archived=archived)


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def orders_file(desk: Desk, kind: str) -> HttpResponse:
    """The same list as a file, up to 20,000 rows."""
    if kind not in exports.FORMATS:
        raise Http404
    _form, search = _search(desk)
    found = every(lambda page: ordering.orders(desk.ctx, search=search, page=page), most=FILE_ROWS)
    columns = [
        _("Receipt"),
        _("Time"),
        _("Business"),
        _("Offering"),
        _("Customer's number"),
        _("Face value"),
        _("From wallet"),
        _("State"),
        _("Decided at"),
        _("Operator's reference"),
    ]
    rows: Iterator[tuple[exports.Cell, ...]] = (
        (
            order.number,
            order.ordered_at,
            business_name(order.business) + (f" ({_('Reversal')})" if order.reverses else ""),
            offering_name(order),
            order.msisdn,
            order.amount,
            order.debit,
            str(looks.ORDER_STATES[order.state].label),
            order.settled_at,
            order.boss_reference,
        )
        for order in found
    )
    day = business_date(desk.ctx.at)
    return exports.table(kind, f"orders-{desk.outlet.node_code}-{day}", _("Orders"), columns, rows)


@require_GET
@at_desk
def order(desk: Desk, order: UUID) -> HttpResponse:
    record = _order(desk, order)
    return desk.page(
        "order",
        "orders",
        **_verdict(desk, record),
        history=_history(desk, record),
        parts=[_part(item) for item in record.parts],
        seller=_names(desk, [record.actor])[record.actor],
    )


@require_GET
@at_desk
def order_live(desk: Desk, order: UUID) -> HttpResponse:
    """The verdict alone; once it is final the whole page is loaded, with its history."""
    record = _order(desk, order)
    if record.state in SETTLED:
        return HttpResponse(
            status=204, headers={"HX-Redirect": reverse("portal:order", args=[record.id])}
        )
    return desk.page("order_live", "orders", **_verdict(desk, record))


@require_POST
@limited("portal.sell", per_minute=120)
@at_desk
def receipt_print(desk: Desk, order: UUID) -> HttpResponse:
    """Count the printing, then show the receipt; from the second on it is marked as a copy."""
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    ordering_operations.print_receipt(desk.keyed(key), order=OrderId(order))
    return HttpResponseRedirect(reverse("portal:receipt", args=[order]))


@require_GET
@at_desk
def receipt(desk: Desk, order: UUID) -> HttpResponse:
    record = _printed(desk, order)
    return desk.page(
        "receipt",
        "orders",
        order=record,
        paper=_paper(desk, record),
    )


@require_GET
@at_desk
def receipt_pdf(desk: Desk, order: UUID) -> HttpResponse:
    record = _printed(desk, order)
    response = HttpResponse(pdf(_paper(desk, record)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{record.number}.pdf"'
    return response


@require_POST
@limited("portal.files", per_minute=20)
@at_desk
def contract_pdf(desk: Desk, order: UUID) -> HttpResponse:
    """The contract that was signed for an order: who fetches it is journalled."""
    record = _order(desk, order)
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    content = contracts.contract_of(desk.keyed(key), order=record.id)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{record.number}.pdf"'
    return response


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def order_reverse(desk: Desk, order: UUID) -> HttpResponse:
    """Ask the operator to take a sale of today back."""
    record = _order(desk, order)
    if desk.request.method == "GET":
        form = ReasonForm(initial={"request_key": str(uuid4())})
        return desk.page("reverse", "orders", order=record, form=form)
    form = ReasonForm(desk.request.POST)
    if not form.is_valid():
        return desk.page("reverse", "orders", order=record, form=form, status=422)
    values = form.cleaned_data
    try:
        ordering_operations.reverse(
            desk.keyed(values["request_key"]), order=record.id, reason=values["reason"]
        )
    except Refusal as refusal:
        return desk.page(
            "reverse",
            "orders",
            order=record,
            form=form,
            refusal=wording.word(refusal),
            status=STATUS[refusal.kind],
        )
    return HttpResponseRedirect(reverse("portal:order", args=[record.id]))


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that an order consists of."""

    item: OrderItem
    label: str
    icon: str
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an order's history."""

    at: datetime
    text: str
    note: str
    who: str


def _search(desk: Desk) -> tuple[OrderFilter, OrderSearch]:
    form = OrderFilter(
        desk.request.GET or None,
        businesses=business_choices(),
        states=[(state, str(look.label)) for state, look in looks.ORDER_STATES.items()],
    )
    values = form.cleaned_data if form.is_valid() else {}
    text = "".join(values.get("text", "").split()).replace("-", "")
    state = values.get("state")
    return form, OrderSearch(
        outlet=desk.id,
        first=values.get("first"),
        last=values.get("last"),
        states=frozenset([state]) if state else frozenset(),
        business=values.get("business", ""),
        msisdn=text if len(text) <= 11 else "",
        number=text if len(text) > 11 else "",
    )


def _order(desk: Desk, order: UUID) -> OrderRecord:
    record = ordering.order(desk.ctx, order=OrderId(order))
    if record.outlet != desk.id:
        raise Http404
    return record


def _printed(desk: Desk, order: UUID) -> OrderRecord:
    """An order whose receipt was printed: looking at it does not count, printing does."""
    record = _order(desk, order)
    if record.prints == 0 or not record.number:
        raise Http404
    return record


def _verdict(desk: Desk, record: OrderRecord) -> dict[str, Any]:
    """What the order page says at its head, and what may be done."""
    reversal = ordering.reversal_of(desk.ctx, order=record.id) if record.reverses is None else None
    business = catalog.businesses().get(record.business)
    reversible = business is not None and business.reversible and not business.journey
    return {
        "order": record,
        "look": looks.ORDER_STATES[record.state],
        "settled": record.state in SETTLED,
        "refusal_words": wording.boss_refusal(record.refusal_code, record.refusal_reason),
        "reversal_refused": wording.boss_refusal(reversal.refusal_code, reversal.refusal_reason)
        if reversal is not None and reversal.state == OrderState.FAILED
        else "",
        "can_print": bool(record.number)
        and record.state != OrderState.FAILED
        and desk.can("ordering.print_receipt"),
        "print_key": str(uuid4()),
        "has_contract": record.business == "account_opening"
        and record.state != OrderState.FAILED
        and desk.can("contracts.fetch"),
        "has_pin": record.business == "recharge_card"
        and record.state == OrderState.COMPLETED
        and desk.can("stock.reveal_pin"),
        "can_return": record.business in ("goods", "own_goods")
        and record.state == OrderState.COMPLETED
        and record.reverses is None
        and desk.ctx.at - record.ordered_at < timedelta(days=7)
        and desk.can("goods.take_back"),
        "next_sale": desk.next_sale(record.business),
        "can_reverse": record.state == OrderState.COMPLETED
        and reversible
        and record.reverses is None
        and record.business_date == business_date(desk.ctx.at)
        and desk.can("ordering.reverse"),
    }


def _part(item: OrderItem) -> Part:
    """A number, a serial, a product by its name."""
    code = number(item.code) if item.kind == ItemKind.NUMBER else item.code
    if item.kind in (ItemKind.PLAN, ItemKind.ADD_ON) and named(item):
        code = ""
    name = " ".join(text for text in (named(item), code) if text)
    icon = looks.PART_ICONS.get(item.kind, "package")
    return Part(item, term("item_kind", item.kind), icon, name)


def _history(desk: Desk, record: OrderRecord) -> list[Step]:
    entries = ordering.order_history(desk.ctx, order=record.id)
    names = _names(desk, [entry.actor for entry in entries])
    return [Step(entry.at, *_told(entry, record), names[entry.actor]) for entry in entries]


def _told(entry: JournalRecord, record: OrderRecord) -> tuple[str, str]:
    """What a journal row says, and a remark."""
    arguments = entry.arguments if isinstance(entry.arguments, dict) else {}
    state = entry.answer.get("state", "") if isinstance(entry.answer, dict) else ""
    match entry.command:
        case "ordering.sell":
            return _("Sold, and paid from the wallet"), ""
        case "ordering.dispatch":
            return _("Sent to the operator"), ""
        case "ordering.settle" if entry.subject != record.id and state in ("completed", "failed"):
            return _told_of_reversal(state), str(arguments.get("reason") or "")
        case "ordering.settle":
            look = looks.ORDER_STATES.get(state)
            note = str(arguments.get("reason") or arguments.get("problem") or "")
            return (str(look.label) if look else _("Answer of the operator")), note
        case "ordering.reverse":
            return _("Taking back was asked for"), str(arguments.get("reason", ""))
        case "ordering.print_receipt":
            which = entry.answer if isinstance(entry.answer, int) else 1
            return (_("Receipt printed again (copy)") if which > 1 else _("Receipt printed")), ""
        case "commands.park":
            return _("Waits for a second person's approval"), ""
    return entry.command, ""


def _told_of_reversal(state: str) -> str:
    return _("Taken back by the operator") if state == "completed" else _("Taking back refused")


def _names(desk: Desk, users: list[UUID]) -> dict[UUID, str]:
    found = party.names_of_users(desk.ctx, users)
    return {user: _("System") if user == SYSTEM else found.get(user, "") for user in users}


def _paper(desk: Desk, record: OrderRecord) -> Paper:
    seller = _names(desk, [record.actor])[record.actor]
    return receipts.paper(record, desk.outlet, seller)
