"""Requests for goods: lists, one request from its beginning to its end, cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    RequisitionId,
    RequisitionKind,
    RequisitionRecord,
    RequisitionRow,
    RequisitionSearch,
    RequisitionState,
    Terms,
    UnitSearch,
    UnitState,
)
from qudao.fronts import wording
from qudao.fronts.portal import stock_looks as looks
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import ReasonForm
from qudao.fronts.portal.paging import every, page_request
from qudao.fronts.portal.templatetags.stock import named_as, terms_name
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal

FILE_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a request."""

    at: datetime
    text: str
    note: str
    who: str


# ------------------------------------------------------------------ lists


@require_GET
@at_desk
def requisitions(desk: Desk) -> HttpResponse:
    """What was asked for, and other deliveries to the outlet."""
    state, search = _search(desk)
    page = goods.requisitions(desk.ctx, search=search, page=page_request(desk.request))
    return desk.page(
        "stock/requisitions",
        "stock",
        part="requisitions",
        page=page,
        state=state,
        states=[(code, look.label) for code, look in looks.REQUISITION_STATES.items()],
        may=storeroom.may(desk),
    )


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def requisitions_file(desk: Desk, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    _state, search = _search(desk)
    found = every(
        lambda page: goods.requisitions(desk.ctx, search=search, page=page), most=FILE_ROWS
    )
    columns = [
        _("Document"),
        _("Kind"),
        pgettext("place", "From"),
        pgettext("place", "To"),
        pgettext("goods", "Terms"),
        _("State"),
        _("Asked at"),
        pgettext("column", "Asked for"),
        pgettext("column", "Accepted"),
        pgettext("column", "Sent"),
        pgettext("column", "Received"),
        pgettext("column", "Missing"),
        _("Remark"),
        _("Answer of the branch"),
    ]
    rows = (
        (
            row.number,
            str(looks.REQUISITION_KINDS[row.kind].label),
            named_as(row, "source"),
            named_as(row, "target"),
            terms_name(row.terms),
            str(looks.REQUISITION_STATES[row.state].label),
            row.asked_at,
            row.asked,
            row.accepted,
            row.dispatched,
            row.received,
            row.missing,
            row.note,
            row.answer,
        )
        for row in found
    )
    day = business_date(desk.ctx.at)
    return exports.table(
        kind, f"requests-{desk.outlet.node_code}-{day}", _("Requests for goods"), columns, rows
    )


# ------------------------------------------------------------------ one request


@require_GET
@at_desk
def requisition(desk: Desk, requisition: UUID) -> HttpResponse:
    """One request as it went: asked, answered, sent, received, and what differs."""
    record = of_outlet(desk, requisition)
    row, state = record.row, record.row.state
    to_us = row.target == desk.id
    lost = _lost(desk, row)
    purchase = row.terms == Terms.PURCHASE and row.kind == RequisitionKind.REQUISITION
    return desk.page(
        "stock/requisition",
        "stock",
        part="returns" if row.source == desk.id else "requisitions",
        row=row,
        lines=record.lines,
        look=looks.REQUISITION_STATES[state],
        was_asked=row.kind == RequisitionKind.REQUISITION,
        amount=_amount(record) if purchase else None,
        lost=lost,
        steps=_steps(desk, row),
        can_receive=to_us and receivable(row) and desk.can("goods.receive"),
        can_cancel=_cancellable(desk, row),
        again=row.kind == RequisitionKind.REQUISITION and to_us and desk.can("stock.ask"),
        done=_arrived_forms(desk, row),
        may=storeroom.may(desk),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def cancel(desk: Desk, requisition: UUID) -> HttpResponse:
    """Give a request up while nothing has been sent; or call back what one has sent oneself."""
    desk.ctx.require("stock.cancel")
    row = of_outlet(desk, requisition).row
    refusal, status = "", 200
    if desk.request.method == "POST":
        form = ReasonForm(desk.request.POST)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                stock_operations.cancel(
                    desk.keyed(values["request_key"]),
                    requisition=RequisitionId(row.id),
                    reason=values["reason"],
                )
            except Refusal as refused:
                refusal, status = wording.word(refused), STATUS[refused.kind]
            else:
                messages.success(desk.request, _("It is cancelled."))
                return HttpResponseRedirect(reverse("portal:requisition", args=[row.id]))
    else:
        form = ReasonForm(initial={"request_key": str(uuid4())})
    return desk.page(
        "stock/requisition_cancel",
        "stock",
        part="returns" if row.source == desk.id else "requisitions",
        row=row,
        called_back=row.state == RequisitionState.DISPATCHED,
        form=form,
        refusal=refusal,
        status=status,
    )


def of_outlet(desk: Desk, requisition: UUID) -> RequisitionRecord:
    """A request, transfer or return with the outlet at one of its ends."""
    record = goods.requisition(desk.ctx, requisition=RequisitionId(requisition))
    if desk.id not in (record.row.source, record.row.target):
        raise Http404
    return record


def receivable(row: RequisitionRow) -> bool:
    """Say whether something may still come of it: it is on its way, or missing."""
    return row.state == RequisitionState.DISPATCHED or (
        row.state == RequisitionState.RECEIVED and row.missing > 0
    )


# ------------------------------------------------------------------ inside


def _search(desk: Desk) -> tuple[str, RequisitionSearch]:
    state = desk.request.GET.get("state", "")
    if state not in looks.REQUISITION_STATES:
        state = ""
    return state, RequisitionSearch(
        target=desk.id, states=frozenset([state]) if state else frozenset()
    )


def _amount(record: RequisitionRecord) -> Money:
    """What is, or would be, paid: for what came, was sent, was accepted or asked for."""
    row = record.row
    total = Money.zero()
    for line in record.lines:
        pieces = (
            line.received
            if row.received_at
            else line.dispatched
            if row.dispatched_at
            else line.accepted
            if row.decided_at
            else line.asked
        )
        total += Money(line.price.minor * pieces)
    return total


def _cancellable(desk: Desk, row: RequisitionRow) -> bool:
    """Before anything was sent either end may; what is on its way, only who sent it."""
    open_states = {RequisitionState.ASKED, RequisitionState.ACCEPTED}
    sent_by_us = row.state == RequisitionState.DISPATCHED and row.source == desk.id
    return (row.state in open_states or sent_by_us) and desk.can("stock.cancel")


def _lost(desk: Desk, row: RequisitionRow) -> tuple[Any, ...]:
    """The pieces that did not come, for the end that may see them."""
    if not row.missing or row.target != desk.id:
        return ()
    search = UnitSearch(document=row.id, states=frozenset({UnitState.MISSING}))
    return storeroom.units_of(desk, search)


def _arrived_forms(desk: Desk, row: RequisitionRow) -> str:
    """Names of the forms whose content the browser need not keep any more (`kept.js`)."""
    received = f"receive-{row.id}" if row.received_at else ""
    sent = desk.request.GET.get("sent", "")
    return f"{received} {sent}-{desk.outlet.node_code}" if sent else received


def _steps(desk: Desk, row: RequisitionRow) -> list[Step]:
    people = storeroom.names(desk, [row.asked_by, row.decided_by])
    asked = row.kind == RequisitionKind.REQUISITION
    steps = []
    if asked:
        steps.append(
            Step(
                row.asked_at,
                _pieces(pgettext("step", "Asked for"), row.asked),
                row.note,
                people[row.asked_by],
            )
        )
    if row.decided_at is not None:
        who = people.get(row.decided_by, "") if row.decided_by else ""
        if row.accepted == row.asked:
            text = _pieces(pgettext("step", "Accepted whole"), row.accepted)
        elif row.accepted:
            text = _("Accepted in part: %(accepted)d of %(asked)d") % {
                "accepted": row.accepted,
                "asked": row.asked,
            }
        else:
            text = pgettext("step", "Declined")
        cancelled = row.state == RequisitionState.CANCELLED
        steps.append(Step(row.decided_at, text, "" if cancelled else row.answer, who))
    if row.dispatched_at is not None:
        note = "" if asked else row.note
        steps.append(
            Step(row.dispatched_at, _pieces(pgettext("step", "Sent"), row.dispatched), note, "")
        )
    if row.received_at is not None:
        note = (
            ngettext("%(count)d piece is missing", "%(count)d pieces are missing", row.missing)
            % {"count": row.missing}
            if row.missing
            else ""
        )
        steps.append(
            Step(row.received_at, _pieces(pgettext("step", "Received"), row.received), note, "")
        )
    if row.state == RequisitionState.CANCELLED:
        last = max(step.at for step in steps) if steps else row.asked_at
        steps.append(Step(last, pgettext("step", "Cancelled"), row.answer, ""))
    return steps


def _pieces(what: str, count: int) -> str:
    return ngettext("%(what)s: %(count)d piece", "%(what)s: %(count)d pieces", count) % {
        "what": what,
        "count": count,
    }
