"""Receiving a delivery by scanning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from qudao.domain.stock.types import (
    Received,
    RequisitionId,
    RequisitionKind,
    RequisitionLine,
    RequisitionRecord,
    RequisitionState,
    Terms,
    UnitRecord,
    UnitSearch,
    UnitState,
)
from qudao.fronts import wording
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.stock_forms import PREFIX, ReceiveForm
from qudao.fronts.portal.templatetags.stock import named_as
from qudao.fronts.portal.views.requisitions import of_outlet, receivable
from qudao.fronts.web.limits import limited
from qudao.journeys import goods as journey
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context


@dataclass(frozen=True, slots=True)
class Arrived:
    """A line of a delivery, and what of it has come."""

    line: RequisitionLine
    sent: int
    come: int

    @property
    def missing(self) -> int:
        return self.sent - self.come


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is on its way here, or what is missing of one that has come."""

    record: RequisitionRecord
    units: tuple[UnitRecord, ...]

    @property
    def late(self) -> bool:
        return self.record.row.state == RequisitionState.RECEIVED

    @property
    def purchase(self) -> bool:
        row = self.record.row
        return row.kind == RequisitionKind.REQUISITION and row.terms == Terms.PURCHASE

    @property
    def counted(self) -> list[RequisitionLine]:
        """Lines of goods without serials of which something may come."""
        return [line for line in self.record.lines if not line.serialised and self.waiting(line)]

    def waiting(self, line: RequisitionLine) -> int:
        return line.missing if self.late else line.dispatched

    @property
    def pieces(self) -> int:
        return sum(self.waiting(line) for line in self.record.lines)

    def arrived(self, serials: Sequence[str], counts: Mapping[str, int]) -> list[Arrived]:
        item_of: dict[str, str] = {unit.serial: unit.item for unit in self.units}
        scanned = Counter(item_of[serial] for serial in serials if serial in item_of)
        return [
            Arrived(line, waiting, scanned[line.item] + counts.get(line.item, 0))
            for line in self.record.lines
            if (waiting := self.waiting(line))
        ]

    def amount(self, arrived: Sequence[Arrived]) -> Money:
        return Money(sum(one.line.price.minor * one.come for one in arrived))


@require_http_methods(["GET", "POST"])
@limited("portal.look", per_minute=120)
@at_desk
def receive(desk: Desk, requisition: UUID) -> HttpResponse:
    """Scan what has come. A POST says what differs; if nothing does, it is received at once."""
    desk.ctx.require("goods.receive")
    delivery = _delivery(desk, requisition)
    if not receivable(delivery.record.row):
        return HttpResponseRedirect(reverse("portal:requisition", args=[requisition]))
    if desk.request.method == "GET":
        return _receive_page(desk, delivery, _form(delivery, initial=_nothing_yet(delivery)))
    form = _form(delivery, data=desk.request.POST)
    if not form.is_valid():
        return _receive_page(desk, delivery, form, status=422)
    if desk.request.POST.get("again"):
        return _receive_page(desk, delivery, form)
    serials = _of_delivery(delivery, form)
    if serials is None:
        return _receive_page(desk, delivery, form, status=422)
    arrived = delivery.arrived(serials, form.pieces)
    come = sum(one.come for one in arrived)
    if not come:
        form.add_error(
            "serials" if "serials" in form.fields else None,
            _("Nothing was scanned or entered. Scan what has come; or leave this page."),
        )
        return _receive_page(desk, delivery, form, status=422)
    missing = sum(one.missing for one in arrived)
    if not missing and not delivery.purchase:
        return _receive(desk, delivery, form, serials)
    scanned = set(serials)
    return desk.page(
        "stock/receive_check",
        "stock",
        part="requisitions",
        row=delivery.record.row,
        lines=arrived,
        come=come,
        missing=missing,
        lost=[unit.serial for unit in delivery.units if unit.serial not in scanned],
        purchase=delivery.purchase,
        amount=delivery.amount(arrived),
        hidden=[
            ("request_key", form.cleaned_data["request_key"]),
            ("serials", "\n".join(serials)),
            *((PREFIX + line.item, form.pieces.get(line.item, 0)) for line in delivery.counted),
        ],
    )


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def receive_do(desk: Desk, requisition: UUID) -> HttpResponse:
    """Receive what was scanned, with the differences that were shown."""
    desk.ctx.require("goods.receive")
    delivery = _delivery(desk, requisition)
    form = ReceiveForm(
        desk.request.POST,
        serialised=True,
        items=[
            (line.item, named_as(line, "item"))
            for line in delivery.record.lines
            if not line.serialised
        ],
    )
    if not form.is_valid():
        return HttpResponseRedirect(reverse("portal:receive", args=[requisition]))
    return _receive(desk, delivery, form, form.cleaned_data["serials"])


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def receive_all(desk: Desk, requisition: UUID) -> HttpResponse:
    """The box is sealed: receive it as it was sent."""
    desk.ctx.require("goods.receive")
    delivery = _delivery(desk, requisition)
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    try:
        received = _take_in(desk.keyed(key), delivery, everything=True)
    except Refusal as refusal:
        if not receivable(delivery.record.row):
            raise
        form = _form(delivery, initial=_nothing_yet(delivery))
        return _receive_page(desk, delivery, form, refusal=refusal)
    return _received(desk, received)


# ------------------------------------------------------------------ inside


def _delivery(desk: Desk, requisition: UUID) -> Delivery:
    record = of_outlet(desk, requisition)
    late = record.row.state == RequisitionState.RECEIVED
    search = UnitSearch(
        place=desk.id,
        document=record.row.id,
        states=frozenset({UnitState.MISSING if late else UnitState.IN_TRANSIT}),
    )
    return Delivery(record, storeroom.units_of(desk, search))


def _form(
    delivery: Delivery,
    data: Any = None,
    initial: Mapping[str, Any] | None = None,
) -> ReceiveForm:
    return ReceiveForm(
        data,
        initial=dict(initial or {}),
        serialised=bool(delivery.units),
        items=[(line.item, _expected_label(delivery, line)) for line in delivery.counted],
        most={line.item: delivery.waiting(line) for line in delivery.counted},
    )


def _nothing_yet(delivery: Delivery) -> dict[str, Any]:
    """Quantities stand there as they were sent: who finds less, changes them."""
    sent = {PREFIX + line.item: delivery.waiting(line) for line in delivery.counted}
    return {"request_key": str(uuid4()), **sent}


def _of_delivery(delivery: Delivery, form: ReceiveForm) -> tuple[str, ...] | None:
    """The scanned serials that are part of the delivery; None if others must be dealt with."""
    if "serials" not in form.fields:
        return ()
    known = {unit.serial for unit in delivery.units}
    scanned: tuple[str, ...] = form.cleaned_data["serials"]
    strange = [serial for serial in scanned if serial not in known]
    if strange and not form.cleaned_data["leave_out"]:
        form.add_error("serials", _strange(strange))
        return None
    return tuple(serial for serial in scanned if serial in known)


def _receive(
    desk: Desk, delivery: Delivery, form: ReceiveForm, serials: Sequence[str]
) -> HttpResponse:
    try:
        received = _take_in(
            desk.keyed(form.cleaned_data["request_key"]),
            delivery,
            serials=tuple(serials),
            quantities=form.pieces,
        )
    except Refusal as refusal:
        if not receivable(delivery.record.row):
            raise
        form = _form(delivery, data=desk.request.POST)
        form.is_valid()
        return _receive_page(desk, delivery, form, refusal=refusal)
    return _received(desk, received)


def _take_in(ctx: Context, delivery: Delivery, **what: Any) -> Received:
    return journey.receive(ctx, requisition=RequisitionId(delivery.record.row.id), **what)


def _received(desk: Desk, received: Received) -> HttpResponse:
    text = ngettext(
        "%(count)d piece is in your stock now.",
        "%(count)d pieces are in your stock now.",
        received.received,
    ) % {"count": received.received}
    if received.missing:
        text += " " + ngettext(
            "%(count)d is missing; the branch sees it too.",
            "%(count)d are missing; the branch sees it too.",
            received.missing,
        ) % {"count": received.missing}
    messages.success(desk.request, text)
    target = reverse("portal:requisition", args=[received.requisition])
    if desk.request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _receive_page(
    desk: Desk,
    delivery: Delivery,
    form: ReceiveForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    words = ""
    if refusal is not None:
        status = STATUS[refusal.kind]
        if hasattr(refusal, "serial") and form.is_bound and "serials" in form.fields:
            form.add_error("serials", wording.word(refusal))
        else:
            words = wording.word(refusal)
    return desk.page(
        "stock/receive",
        "stock",
        part="requisitions",
        row=delivery.record.row,
        lines=[(line, delivery.waiting(line)) for line in delivery.record.lines],
        pieces=delivery.pieces,
        late=delivery.late,
        form=form,
        strange="serials" in form.errors and form.is_bound,
        quantities=form.quantity_fields,
        expected=[unit.serial for unit in delivery.units],
        purchase=delivery.purchase,
        amount=delivery.amount(
            [
                Arrived(line, delivery.waiting(line), delivery.waiting(line))
                for line in delivery.record.lines
            ]
        ),
        all_key=str(uuid4()),
        refusal=words,
        status=status,
    )


def _expected_label(delivery: Delivery, line: RequisitionLine) -> str:
    return _("%(goods)s: how many of %(sent)d have come?") % {
        "goods": named_as(line, "item"),
        "sent": delivery.waiting(line),
    }


def _strange(serials: Sequence[str]) -> str:
    return _(
        "Not part of this delivery: %(serials)s. Put it aside and tell the branch; take it off "
        "the list, or tick the box below."
    ) % {"serials": storeroom.some_of(serials)}
