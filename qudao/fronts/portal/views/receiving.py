"""Receiving a delivery by scanning; and sending goods: returns, exchanges, transfers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    Goods,
    Received,
    RequisitionId,
    RequisitionKind,
    RequisitionLine,
    RequisitionRecord,
    RequisitionSearch,
    RequisitionState,
    StockLevel,
    Terms,
    UnitRecord,
    UnitSearch,
    UnitState,
)
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.paging import page_request
from qudao.fronts.portal.stock_forms import PREFIX, ReceiveForm, SendForm, in_words
from qudao.fronts.portal.templatetags.stock import named_as
from qudao.fronts.portal.views.requisitions import of_outlet, receivable
from qudao.fronts.web.actor import asking
from qudao.fronts.web.limits import limited
from qudao.journeys import goods as journey
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context

SHOWN = 5
"""Serials named in one message."""

Send = Callable[[Context, dict[str, Any], tuple[Goods, ...]], RequisitionId]


# ------------------------------------------------------------------ receiving


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


# ------------------------------------------------------------------ sending

REASONS_BACK: Sequence[str | Promise] = (
    gettext_lazy("Too many here"),
    gettext_lazy("Expires soon"),
    gettext_lazy("Was delivered by mistake"),
    gettext_lazy("Packaging damaged"),
)
REASONS_DEFECT: Sequence[str | Promise] = (
    gettext_lazy("Does not work"),
    gettext_lazy("SIM card is not recognised"),
    gettext_lazy("Scratch panel damaged"),
    gettext_lazy("Damaged in transport"),
)
REASONS_MOVE: Sequence[str | Promise] = (
    gettext_lazy("Needed there"),
    gettext_lazy("Too many here"),
)


@require_GET
@at_desk
def returns(desk: Desk) -> HttpResponse:
    """What the outlet has sent: returns, exchanges, transfers."""
    page = goods.requisitions(
        desk.ctx, search=RequisitionSearch(source=desk.id), page=page_request(desk.request)
    )
    return desk.page("stock/returns", "stock", part="returns", page=page, may=storeroom.may(desk))


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def return_new(desk: Desk) -> HttpResponse:
    """Send goods back to the branch, with a reason."""
    desk.ctx.require("stock.return_goods")

    def send(ctx: Context, values: dict[str, Any], chosen: tuple[Goods, ...]) -> RequisitionId:
        return stock_operations.return_goods(
            ctx,
            place=desk.id,
            goods=chosen,
            reason=values["reason"],
            damaged=values["damaged"],
            terms=values.get("terms") or Terms.CONSIGNMENT,
        )

    return _send(
        desk,
        send,
        what="return",
        heading=_("Send goods back"),
        lead=_("They go to %(place)s and are out of your stock at once.")
        % {"place": named(storeroom.store(desk))},
        verb=_("Send back"),
        reasons=REASONS_BACK,
        is_return=True,
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def exchange_new(desk: Desk) -> HttpResponse:
    """Send defective goods back and ask for as many good ones."""
    desk.ctx.require("stock.exchange")

    def send(ctx: Context, values: dict[str, Any], chosen: tuple[Goods, ...]) -> RequisitionId:
        return stock_operations.exchange(
            ctx,
            place=desk.id,
            goods=chosen,
            reason=values["reason"],
        ).returned

    return _send(
        desk,
        send,
        what="exchange",
        heading=_("Exchange defective goods"),
        lead=_("They go back to %(place)s, and as many good ones are asked for.")
        % {"place": named(storeroom.store(desk))},
        verb=_("Exchange"),
        reasons=REASONS_DEFECT,
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def transfer_new(desk: Desk) -> HttpResponse:
    """Send goods to another store without being asked."""
    desk.ctx.require("stock.transfer")
    places = storeroom.stores(desk)

    def send(ctx: Context, values: dict[str, Any], chosen: tuple[Goods, ...]) -> RequisitionId:
        return stock_operations.transfer(
            ctx,
            source=desk.id,
            target=OrganizationId(UUID(values["target"])),
            goods=chosen,
            note=values["reason"],
        )

    return _send(
        desk,
        send,
        what="transfer",
        heading=_("Transfer goods"),
        lead=_("The other place receives them; until then they are on their way."),
        verb=_("Send"),
        reasons=REASONS_MOVE,
        targets=[(str(place.id), named(place)) for place in places],
    )


def _send(
    desk: Desk,
    send: Send,
    *,
    what: str,
    heading: str,
    lead: str,
    verb: str,
    reasons: Sequence[str | Promise],
    is_return: bool = False,
    targets: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The page of what leaves the outlet; on a POST, the sending."""
    levels = storeroom.levels(desk)
    counted = [one for one in levels if not one.serialised and _there(one)]
    options: dict[str, Any] = {
        "items": [(level.item, _counted_label(level)) for level in counted],
        "is_return": is_return,
        "targets": targets,
    }
    status = 200
    words: dict[str, Any] = {"heading": heading, "verb": verb, "what": what}
    if desk.request.method == "POST":
        form = SendForm(desk.request.POST, **options)
        status = 422
        if form.is_valid() and not desk.request.POST.get("again"):
            answer = _try_to_send(desk, form, send, words)
            if isinstance(answer, HttpResponse):
                return answer
            status = answer
    else:
        serial = desk.request.GET.get("serial", "")[:40]
        initial = {"request_key": str(uuid4()), "serials": (serial,) if serial else ()}
        form = SendForm(initial=initial, **options)
    return desk.page(
        "stock/send",
        "stock",
        part="returns",
        form=form,
        quantities=form.quantity_fields,
        anything=any(_there(level) for level in levels),
        kept=f"{what}-{desk.outlet.node_code}",
        lead=lead,
        reasons=reasons,
        status=status,
        **words,
    )


def _try_to_send(
    desk: Desk, form: SendForm, send: Send, words: dict[str, Any]
) -> HttpResponse | int:
    """
    Show what is meant, after it was tried; once that is confirmed, send it and lead to the
    document. Or put the refusal into the form and return its status.
    """
    values = form.cleaned_data
    confirmed: tuple[Goods, ...] = values["meant"]
    if confirmed:
        chosen, ctx = confirmed, desk.keyed(values["request_key"])
    else:
        meant = storeroom.by_item(desk, values["serials"], form.pieces)
        if meant.unknown:
            form.add_error("serials", _not_here(meant.unknown))
            return 422
        if not meant.goods:
            form.add_error("serials", _("Scan at least one piece, or say how many."))
            return 422
        chosen = meant.goods
        ctx = asking(desk.request).ctx_for(request_key=values["request_key"], dry_run=True)
    try:
        document = send(ctx, values, chosen)
    except Refusal as refusal:
        says = wording.word(refusal)
        item = getattr(refusal, "item", "")
        if PREFIX + item in form.fields:
            form.beside(item, says)
        elif hasattr(refusal, "serial"):
            form.add_error("serials", says)
        else:
            form.add_error("reason" if refusal.code.endswith("reason_missing") else None, says)
        return STATUS[refusal.kind]
    if confirmed:
        messages.success(desk.request, _("The goods are on their way."))
        target = reverse("portal:requisition", args=[document])
        return HttpResponseRedirect(f"{target}?sent={words['what']}")
    names = {one.item: named_as(one, "item") for one in storeroom.levels(desk)}
    return desk.page(
        "stock/send_check",
        "stock",
        part="returns",
        lines=[
            (names.get(one.item, one.item), len(one.serials) or one.quantity, one.serials)
            for one in chosen
        ],
        pieces=sum(len(one.serials) or one.quantity for one in chosen),
        reason=values["reason"],
        damaged=values.get("damaged"),
        target=dict(form.fields["target"].choices)[values["target"]]  # type: ignore[attr-defined]
        if "target" in form.fields
        else named(storeroom.store(desk)),
        hidden=[
            *(
                (name, form[name].value())
                for name in form.fields
                if name != "meant" and form[name].value()
            ),
            ("meant", in_words(chosen)),
        ],
        **words,
    )


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


def _there(level: StockLevel) -> int:
    return level.in_stock + level.other


def _counted_label(level: StockLevel) -> str:
    return _("%(goods)s (%(here)d here)") % {
        "goods": named_as(level, "item"),
        "here": level.in_stock,
    }


def _expected_label(delivery: Delivery, line: RequisitionLine) -> str:
    return _("%(goods)s: how many of %(sent)d have come?") % {
        "goods": named_as(line, "item"),
        "sent": delivery.waiting(line),
    }


def _strange(serials: Sequence[str]) -> str:
    return _(
        "Not part of this delivery: %(serials)s. Put it aside and tell the branch; take it off "
        "the list, or tick the box below."
    ) % {"serials": _some(serials)}


def _not_here(serials: Sequence[str]) -> str:
    return _(
        "Not in your stock: %(serials)s. Take it off the list, or look it up under Stock first."
    ) % {"serials": _some(serials)}


def _some(serials: Sequence[str]) -> str:
    shown = ", ".join(serials[:SHOWN])
    return shown if len(serials) <= SHOWN else f"{shown}, … (+{len(serials) - SHOWN})"
