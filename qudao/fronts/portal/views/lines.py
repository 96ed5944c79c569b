"""
What is done to a line: another SIM, another number, its end.

Each begins with the number and who its owner is, then asks for what the business needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import NotEligible, Offer
from qudao.domain.customer.types import DossierRecord
from qudao.domain.ordering.ports import Subscriber
from qudao.domain.resource import queries as numbers_of
from qudao.domain.resource.types import GradeRecord, Held
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import UnitRecord
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.portal import looks
from qudao.fronts.portal.desk import STATUS, WAYS, Desk, at_desk
from qudao.fronts.portal.number_forms import KeyForm
from qudao.fronts.portal.opening_forms import FIELD_OF, ConfirmForm, LineForm, SimForm
from qudao.fronts.portal.views import dossiers
from qudao.fronts.portal.views.numbers import picker
from qudao.fronts.web.limits import limited
from qudao.journeys import customers as boss
from qudao.journeys import dossiers as journey
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal

PURPOSES: Final = ("sim_swap", "number_change", "cancellation")


@dataclass
class Work:
    """A dossier about a line, as far as it has come."""

    desk: Desk
    record: DossierRecord

    @property
    def purpose(self) -> str:
        return self.record.purpose

    @cached_property
    def held(self) -> Held | None:
        return dossiers.held_by(self.desk, self.record)

    @cached_property
    def unit(self) -> UnitRecord | None:
        serial = self.record.choices.get("sim")
        if not serial:
            return None
        try:
            return stock.for_sale(self.desk.ctx, outlet=self.desk.id, kind="sim", serial=serial)
        except Refusal:
            return None

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of its pages, in order."""
        middle = {"sim_swap": ("sim",), "number_change": ("number",)}.get(self.purpose, ())
        return ("customer", *middle, "confirm")

    @property
    def reached(self) -> int:
        """The step that has to be done next, from 1."""
        if self.record.missing:
            return 1
        if self.purpose == "sim_swap" and self.unit is None:
            return 2
        if self.purpose == "number_change" and self.held is None:
            return 2
        return len(self.steps)

    def address(self, step: int) -> str:
        return reverse(f"portal:line_{self.steps[step - 1]}", args=[self.record.id])

    def place(self, name: str) -> int:
        """
        :raises Http404: if this business has no such step.
        """
        if name not in self.steps:
            raise Http404
        return self.steps.index(name) + 1

    @cached_property
    def price(self) -> Money:
        """
        What the customer pays.

        :raises HoldUnknown: if the number is not held any more.
        """
        return journey.price(self.desk.ctx, record=self.record)


@require_http_methods(["GET", "POST"])
@limited("portal.look", per_minute=120)
@at_desk
def start(desk: Desk, business: str) -> HttpResponse:
    """Which line is it? The operator is asked who has it, and a dossier is begun."""
    _may(desk, business)
    form = LineForm(initial={"request_key": str(uuid4())})
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = LineForm(desk.request.POST)
        if form.is_valid():
            values = form.cleaned_data
            try:
                line = boss.look_up(desk.ctx, msisdn=values["msisdn"]).subscriber
                _admit(desk, business, line)
                dossier = dossiers.begin(
                    desk, business, values["request_key"], number=values["msisdn"]
                )
                return redirect("portal:line_customer", dossier)
            except Refusal as refused:
                refusal = refused
    if refusal is not None:
        form.add_error("msisdn", wording.word(refusal))
    return desk.page(
        "lines/start",
        "sell",
        status=STATUS[refusal.kind] if refusal else 422 if form.errors else 200,
        business=catalog.businesses()[business],
        form=form,
        drafts=dossiers.drafts(desk, business),
    )


@require_GET
@at_desk
def resume(desk: Desk, dossier: UUID) -> HttpResponse:
    work, gone = _work(desk, dossier, "customer")
    return gone or redirect(work.address(work.reached))


@require_POST
@at_desk
def leave(desk: Desk, dossier: UUID) -> HttpResponse:
    record = dossiers.dossier_of(desk, dossier, *PURPOSES)
    form = KeyForm(desk.request.POST)
    if not form.is_valid():
        return redirect(dossiers.start_of(record.purpose))
    return dossiers.give_up(desk, record, form.cleaned_data["request_key"])


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def who(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 1: who owns the line, or comes for them."""
    work, gone = _work(desk, dossier, "customer")
    if gone is not None:
        return gone
    values, answer = dossiers.identity(desk, work.record)
    return answer or _page(work, "customer", **_line(work), **values)


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def sim(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 2 of a swap: the new card."""
    work, gone = _work(desk, dossier, "sim")
    if gone is not None:
        return gone
    form = SimForm(
        initial={"sim": work.unit.serial if work.unit else "", "request_key": str(uuid4())}
    )
    if desk.request.method == "POST":
        form = SimForm(desk.request.POST)
        if form.is_valid() and _take_sim(work, form):
            return redirect("portal:line_confirm", work.record.id)
    return _page(work, "sim", status=422 if form.errors else 200, form=form)


@require_GET
@at_desk
def number(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 2 of a change of number: the new one."""
    work, gone = _work(desk, dossier, "number")
    if gone is not None:
        return gone
    return _page(
        work,
        "number",
        lost=bool(work.record.choices.get("hold")) and work.held is None,
        **picker(desk, work.record.id),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def confirm(desk: Desk, dossier: UUID) -> HttpResponse:
    """The last step: read it out, and do it."""
    work, gone = _work(desk, dossier, "confirm")
    if gone is not None:
        return gone
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = ConfirmForm(desk.request.POST)
        if form.is_valid():
            try:
                sold = journey.submit(
                    desk.keyed(form.cleaned_data["request_key"]),
                    record=work.record,
                    total=form.cleaned_data["price"],
                )
                return HttpResponseRedirect(reverse("portal:order", args=[sold.order]))
            except Refusal as refused:
                refusal = refused
            work = Work(desk, dossiers.dossier_of(desk, dossier, *PURPOSES))
            gone = dossiers.closed(desk, work.record)
            if gone is not None:
                return gone
            if work.reached < len(work.steps):
                messages.error(desk.request, wording.word(refusal))
                return redirect(work.address(work.reached))
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return _page(
        work,
        "confirm",
        status=STATUS[refusal.kind] if refusal else 200,
        form=ConfirmForm(initial={"request_key": str(uuid4()), "price": work.price}),
        price=work.price,
        after=wallet.available - work.price,
        refusal=wording.word(refusal) if refusal else "",
    )


# ------------------------------------------------------------------ pieces


def _may(desk: Desk, business: str) -> None:
    if business not in PURPOSES:
        raise Http404
    desk.ctx.require(WAYS[business][1])
    if not desk.goes(business):
        raise NotEligible(business, "channel")


def _work(desk: Desk, dossier: UUID, step: str) -> tuple[Work, HttpResponse | None]:
    record = dossiers.dossier_of(desk, dossier, *PURPOSES)
    desk.ctx.require(WAYS[record.purpose][1])
    work = Work(desk, record)
    gone = dossiers.closed(desk, record)
    if gone is not None:
        return work, gone
    if work.reached < work.place(step):
        return work, redirect(work.address(work.reached))
    return work, None


def _page(work: Work, step: str, **values: Any) -> HttpResponse:
    names = {
        "customer": _("Owner of the line"),
        "sim": _("New SIM card"),
        "number": _("New number"),
        "confirm": _("Confirm"),
    }
    here, reached = work.place(step), work.reached
    return work.desk.page(
        f"lines/{step}",
        "sell",
        **{
            "status": 200,
            "work": work,
            "dossier": work.record,
            "business": catalog.businesses()[work.purpose],
            "step": here,
            "steps": [
                (names[name], work.address(place) if place <= reached else "")
                for place, name in enumerate(work.steps, start=1)
            ],
            "next_step": work.address(min(here + 1, len(work.steps))),
            "previous_step": work.address(here - 1) if here > 1 else "",
            "held": work.held,
            "grade": _grade(work),
            "leave_key": str(uuid4()),
            **values,
        },
    )


def _line(work: Work) -> dict[str, Any]:
    """What the operator says of the line; nothing if it does not answer now."""
    try:
        line = boss.look_up(work.desk.ctx, msisdn=work.record.number).subscriber
    except Refusal:
        return {"customer": None}
    look = looks.LINE_STATES.get(line.state, looks.Look(line.state, "", "point"))
    return {
        "customer": line,
        "line_state": look.label,
        "line_tone": look.tone,
        "line_icon": look.icon,
    }


def _grade(work: Work) -> GradeRecord | None:
    if work.held is None:
        return None
    grades = numbers_of.grades(work.desk.ctx, outlet=work.desk.id)
    return next((one for one in grades if one.code == work.held.grade), None)


def _offer(desk: Desk, business: str) -> Offer | None:
    offers = catalog.snapshot().offers(
        desk.outlet.kind, desk.outlet.market, desk.outlet.path, desk.ctx.at, business=business
    )
    return next(iter(offers), None)


def _admit(desk: Desk, business: str, line: Subscriber) -> None:
    """
    :raises NotEligible: if the line is in no state for this.
    """
    offer = _offer(desk, business)
    if offer is None:
        raise NotEligible(business, "channel")
    offer.admit_customer(state=line.state, plan=line.plan_code)


def _take_sim(work: Work, form: SimForm) -> bool:
    desk = work.desk
    try:
        serial = journey.take_sim(desk.ctx, record=work.record, serial=form.cleaned_data["sim"])
        dossiers.choose(desk, work.record, form.cleaned_data["request_key"], sim=serial)
    except Refusal as refusal:
        field = FIELD_OF.get(refusal.code)
        form.add_error(field if field in form.fields else None, wording.word(refusal))
        return False
    return True
