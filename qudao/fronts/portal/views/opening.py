"""
Opening an account in four steps: number and SIM; plan and prepayment; customer; contract.

The dossier keeps what was chosen, so a lost connection loses nothing: the start page lists what
was begun. What is left alone goes back by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.customer import operations as customer
from qudao.domain.customer.types import DossierRecord
from qudao.domain.ordering.types import ItemKind
from qudao.domain.resource import queries as numbers_of
from qudao.domain.resource.types import GradeRecord, Held, HoldId, NumberUnknown
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import UnitRecord
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import babel_locale, named
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import plain
from qudao.fronts.portal.number_forms import KeyForm
from qudao.fronts.portal.opening_forms import (
    FIELD_OF,
    ContractForm,
    ForHold,
    PlanForm,
    SimForm,
)
from qudao.fronts.portal.views import contracts, dossiers
from qudao.fronts.portal.views.numbers import picker
from qudao.fronts.receipts.contract import ContractFacts, sheet
from qudao.fronts.receipts.contract import contract as paper_of
from qudao.fronts.receipts.typed import signature_of
from qudao.fronts.web.limits import limited
from qudao.journeys import opening
from qudao.journeys.opening import Quote
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal

PURPOSE: Final = "account_opening"
STEPS: Final = ("number", "plan", "customer", "contract")


@dataclass
class Draft:
    """A dossier of an opening, as far as it has come."""

    desk: Desk
    record: DossierRecord

    @cached_property
    def held(self) -> Held | None:
        return dossiers.held_by(self.desk, self.record)

    @cached_property
    def unit(self) -> UnitRecord | None:
        """The SIM that was scanned, if it may still be sold here."""
        serial = self.record.choices.get("sim")
        if not serial:
            return None
        try:
            return stock.for_sale(self.desk.ctx, outlet=self.desk.id, kind="sim", serial=serial)
        except Refusal:
            return None

    @property
    def number(self) -> str:
        if self.held is not None:
            return self.held.number
        return self.unit.number if self.unit is not None else ""

    @cached_property
    def quote(self) -> Quote | Refusal | None:
        """What it costs; a refusal if it cannot be had like this; None while parts are missing."""
        plan = self.record.choices.get("plan")
        if self.unit is None or not plan or not self.number:
            return None
        try:
            return self.price(
                plan,
                tuple(self.record.choices.get("add_ons", ())),
                Money(self.record.choices.get("prepay", 0)),
            )
        except Refusal as refusal:
            return refusal

    def price(self, plan: str, add_ons: tuple[str, ...], prepay: Money) -> Quote:
        assert self.unit is not None
        return opening.quote(
            self.desk.ctx,
            outlet=self.desk.id,
            sim=self.unit.serial,
            plan=plan,
            add_ons=add_ons,
            prepay=prepay,
            hold=self.held.hold if self.held is not None else None,
        )

    @property
    def reached(self) -> int:
        """The step that has to be done next, from 1."""
        if self.unit is None or not self.number:
            return 1
        if not isinstance(self.quote, Quote):
            return 2
        if [one for one in self.record.missing if one != "signature"]:
            return 3
        return 4


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the price."""

    label: str
    note: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PlanChoice:
    offer: Offer
    fee: Money
    checked: bool
    too_low: bool
    """Cheaper than the number's grade allows."""

    @property
    def once(self) -> Money:
        return self.offer.price or Money(0)


@require_GET
@at_desk
def start(desk: Desk) -> HttpResponse:
    """What was begun and not finished, and the way to begin."""
    desk.ctx.require("opening.open")
    if not desk.goes(PURPOSE):
        return desk.page("nothing_to_sell", "sell", status=403)
    return desk.page(
        "opening/start",
        "sell",
        business=catalog.businesses()[PURPOSE],
        drafts=dossiers.drafts(desk, PURPOSE),
        new_key=str(uuid4()),
    )


@require_POST
@limited("portal.sell", per_minute=120)
@at_desk
def new(desk: Desk) -> HttpResponse:
    """Begin an opening, perhaps with a number that is held already."""
    desk.ctx.require("opening.open")
    form = ForHold(desk.request.POST)
    if not form.is_valid() or not desk.goes(PURPOSE):
        return redirect("portal:opening")
    key = form.cleaned_data["request_key"]
    dossier = dossiers.begin(desk, PURPOSE, key)
    if form.cleaned_data["hold"]:
        record = dossiers.dossier_of(desk, dossier, PURPOSE)
        dossiers.choose(desk, record, key, hold=str(form.cleaned_data["hold"]))
    return redirect("portal:opening_number", dossier)


@require_GET
@at_desk
def resume(desk: Desk, dossier: UUID) -> HttpResponse:
    """Go on where it was left."""
    record = dossiers.dossier_of(desk, dossier, PURPOSE)
    gone = dossiers.closed(desk, record)
    return gone or redirect(_address(record, Draft(desk, record).reached))


@require_POST
@at_desk
def leave(desk: Desk, dossier: UUID) -> HttpResponse:
    """Give it up: everything goes back."""
    record = dossiers.dossier_of(desk, dossier, PURPOSE)
    form = KeyForm(desk.request.POST)
    if not form.is_valid():
        return redirect("portal:opening")
    return dossiers.give_up(desk, record, form.cleaned_data["request_key"])


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def number(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 1: a number is picked and a SIM scanned, or a pre-opened pack, which has both."""
    draft, gone = _draft(desk, dossier, 1)
    if gone is not None:
        return gone
    record = draft.record
    lost = bool(record.choices.get("hold")) and draft.held is None
    form = SimForm(
        initial={"sim": draft.unit.serial if draft.unit else "", "request_key": str(uuid4())}
    )
    if desk.request.method == "POST":
        form = SimForm(desk.request.POST)
        if form.is_valid() and _take_sim(draft, form):
            return redirect("portal:opening_plan", record.id)
    return _page(
        draft,
        1,
        "opening/number",
        status=422 if form.errors else 200,
        form=form,
        lost=lost,
        **picker(desk, record.id),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def plan(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 2: plan, add-ons, prepayment, and what all of it costs."""
    draft, gone = _draft(desk, dossier, 2)
    if gone is not None:
        return gone
    record = draft.record
    plans, add_ons = _offers(desk, "plan_change"), _offers(desk, "add_on")
    floor = _floor(draft)
    form = _plan_form(draft, plans, add_ons, floor)
    if desk.request.method == "POST":
        form = PlanForm(
            desk.request.POST,
            plans=[one.code for one in plans],
            add_ons=[one.code for one in add_ons],
        )
        if form.is_valid() and _take_plan(draft, form):
            return redirect("portal:opening_customer", record.id)
    choices = _choices(plans, str(form["plan"].value() or ""), floor)
    return _page(
        draft,
        2,
        "opening/plan",
        status=422 if form.errors else 200,
        form=form,
        floor=floor,
        plans=[one for one in choices if not one.too_low],
        too_small=[one for one in choices if one.too_low],
        add_ons=[(one, one.code in (form["add_ons"].value() or ())) for one in add_ons],
        chips=[(plain(chip), chip) for chip in _chips(desk)],
        **_priced(draft, form),
    )


@require_POST
@limited("portal.numbers", per_minute=600)
@at_desk
def price(desk: Desk, dossier: UUID) -> HttpResponse:
    """The price alone, while plan and prepayment are being chosen."""
    draft, gone = _draft(desk, dossier, 2)
    if gone is not None:
        return gone
    plans, add_ons = _offers(desk, "plan_change"), _offers(desk, "add_on")
    form = PlanForm(
        desk.request.POST,
        plans=[one.code for one in plans],
        add_ons=[one.code for one in add_ons],
    )
    form.is_valid()
    return desk.page("opening/price", "sell", **_priced(draft, form))


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def who(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 3: who the customer is, by their document, and pictures of it."""
    draft, gone = _draft(desk, dossier, 3)
    if gone is not None:
        return gone
    values, answer = dossiers.identity(desk, draft.record)
    return answer or _page(draft, 3, "opening/customer", **values)


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def contract(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 4: the whole contract, the customer's hand under it, and it is opened."""
    draft, gone = _draft(desk, dossier, 4)
    if gone is not None:
        return gone
    assert isinstance(draft.quote, Quote)
    form = ContractForm(initial={"request_key": str(uuid4()), "total": draft.quote.total})
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = ContractForm(desk.request.POST)
        if form.is_valid():
            try:
                return _open(draft, draft.quote, form)
            except Refusal as refused:
                refusal = refused
            again = dossiers.dossier_of(desk, dossier, PURPOSE)
            gone = dossiers.closed(desk, again)
            if gone is not None:
                return gone
            draft = Draft(desk, again)
            if draft.reached < 4:
                messages.error(desk.request, wording.word(refusal))
                return redirect(_address(again, draft.reached))
            form = ContractForm(
                initial={"request_key": str(uuid4()), "total": _quoted(draft).total}
            )
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    quote = _quoted(draft)
    return _page(
        draft,
        4,
        "opening/contract",
        status=STATUS[refusal.kind] if refusal else 422 if form.errors else 200,
        form=form,
        refusal=wording.word(refusal) if refusal else "",
        sheet=sheet(_facts(draft, quote)),
        parts=_parts(quote),
        total=quote.total,
        wallet=wallet,
        short=wallet.available < quote.total,
    )


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def contract_pdf(desk: Desk, dossier: UUID) -> HttpResponse:
    """The contract as it will be signed, to be read or printed before."""
    draft, gone = _draft(desk, dossier, 4)
    if gone is not None:
        return gone
    response = HttpResponse(paper_of(_facts(draft, _quoted(draft))), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{draft.record.agreement}.pdf"'
    return response


# ------------------------------------------------------------------ pieces


def _draft(desk: Desk, dossier: UUID, step: int) -> tuple[Draft, HttpResponse | None]:
    """A dossier at a step; where to go instead if it is closed, or not so far."""
    desk.ctx.require("opening.open")
    record = dossiers.dossier_of(desk, dossier, PURPOSE)
    draft = Draft(desk, record)
    gone = dossiers.closed(desk, record)
    if gone is not None:
        return draft, gone
    if draft.reached < step:
        if record.choices.get("hold") and draft.held is None:
            messages.error(
                desk.request,
                _("The time for the number is over. Pick one again; the rest is kept."),
            )
        elif isinstance(draft.quote, Refusal):
            messages.error(desk.request, wording.word(draft.quote))
        return draft, redirect(_address(record, draft.reached))
    return draft, None


def _address(record: DossierRecord, step: int) -> str:
    return reverse(f"portal:opening_{STEPS[step - 1]}", args=[record.id])


def _page(draft: Draft, step: int, template: str, **values: Any) -> HttpResponse:
    record = draft.record
    names = (
        _("Number and SIM"),
        pgettext("tariff", "Plan"),
        pgettext("step", "Customer"),
        _("Contract"),
    )
    reached = draft.reached
    return draft.desk.page(
        template,
        "sell",
        **{
            "status": 200,
            "draft": draft,
            "dossier": record,
            "step": step,
            "steps": [
                (name, _address(record, place) if place <= reached else "")
                for place, name in enumerate(names, start=1)
            ],
            "next_step": _address(record, min(step + 1, 4)),
            "previous_step": _address(record, step - 1) if step > 1 else "",
            "held": draft.held,
            "grade": _grade(draft),
            "number": draft.number,
            "leave_key": str(uuid4()),
            **values,
        },
    )


def _grade(draft: Draft) -> GradeRecord | None:
    if draft.held is None:
        return None
    grades = numbers_of.grades(draft.desk.ctx, outlet=draft.desk.id)
    return next((one for one in grades if one.code == draft.held.grade), None)


def _take_sim(draft: Draft, form: SimForm) -> bool:
    """Note the card that was scanned; False if the form says why not."""
    desk, record = draft.desk, draft.record
    serial, key = form.cleaned_data["sim"], form.cleaned_data["request_key"]
    try:
        unit = stock.for_sale(desk.ctx, outlet=desk.id, kind="sim", serial=serial)
        if unit.number and draft.held is not None:
            raise opening.PackHasNumber(unit.number)
        if not unit.number and draft.held is None:
            raise opening.NumberMissing
        dossiers.choose(desk, record, key, sim=unit.serial)
    except Refusal as refusal:
        form.add_error(_beside(form, refusal), wording.word(refusal))
        return False
    return True


def _beside(form: Any, refusal: Refusal) -> str | None:
    field = FIELD_OF.get(refusal.code)
    return field if field in form.fields else None


def _offers(desk: Desk, business: str) -> tuple[Offer, ...]:
    return catalog.snapshot().offers(
        desk.outlet.kind, desk.outlet.market, desk.outlet.path, desk.ctx.at, business=business
    )


def _chips(desk: Desk) -> tuple[Money, ...]:
    return next((offer.chips for offer in _offers(desk, PURPOSE)), ())


def _fee(offer: Offer) -> Money:
    fee = offer.attributes.get("monthly_fee", 0)
    return Money(fee) if isinstance(fee, int) else Money(0)


def _floor(draft: Draft) -> Money:
    """The least that the plan may cost a month, for this number."""
    if draft.held is not None:
        return draft.held.monthly_floor
    try:
        return numbers_of.number(draft.desk.ctx, msisdn=draft.number).monthly_floor
    except NumberUnknown:
        return Money(0)


def _choices(plans: tuple[Offer, ...], picked: str, floor: Money) -> list[PlanChoice]:
    return [
        PlanChoice(one, _fee(one), one.code == picked, _fee(one) < floor)
        for one in sorted(plans, key=lambda one: _fee(one).minor)
    ]


def _plan_form(
    draft: Draft, plans: tuple[Offer, ...], add_ons: tuple[Offer, ...], floor: Money
) -> PlanForm:
    choices = draft.record.choices
    fitting = sorted((one for one in plans if _fee(one) >= floor), key=lambda one: _fee(one).minor)
    first = fitting[0] if fitting else None
    prepay = choices.get("prepay")
    return PlanForm(
        plans=[one.code for one in plans],
        add_ons=[one.code for one in add_ons],
        initial={
            "request_key": str(uuid4()),
            "plan": choices.get("plan") or (first.code if first else ""),
            "add_ons": choices.get("add_ons", []),
            "prepay": Money(prepay)
            if isinstance(prepay, int)
            else max(_fee(first) if first else Money(0), Money(50_00)),
        },
    )


def _priced(draft: Draft, form: PlanForm) -> dict[str, Any]:
    """The price of what a form says; why it cannot be had, where it cannot."""
    values = form.cleaned_data if form.is_bound else form.initial
    if not values.get("plan") or values.get("prepay") is None:
        return {"parts": [], "total": None, "price_refusal": ""}
    try:
        quote = draft.price(values["plan"], tuple(values.get("add_ons") or ()), values["prepay"])
    except Refusal as refusal:
        return {"parts": [], "total": None, "price_refusal": wording.word(refusal)}
    return {"parts": _parts(quote), "total": quote.total, "price_refusal": ""}


def _take_plan(draft: Draft, form: PlanForm) -> bool:
    values = form.cleaned_data
    add_ons = tuple(values["add_ons"])
    try:
        draft.price(values["plan"], add_ons, values["prepay"])
    except Refusal as refusal:
        form.add_error(_beside(form, refusal), wording.word(refusal))
        return False
    dossiers.choose(
        draft.desk,
        draft.record,
        values["request_key"],
        plan=values["plan"],
        add_ons=list(add_ons),
        prepay=values["prepay"].minor,
    )
    return True


def _parts(quote: Quote) -> list[Part]:
    """The lines of the price, worded."""
    add_ons = iter(quote.add_ons)
    words: dict[str, Callable[[], tuple[str, str]]] = {
        ItemKind.NUMBER: lambda: (_("Prepayment for the number"), quote.number),
        ItemKind.SIM: lambda: (_("SIM card"), named_unit(quote.sim)),
        ItemKind.PLAN: lambda: (pgettext("tariff", "Plan"), named(quote.plan)),
        ItemKind.ADD_ON: lambda: (_("Add-on"), named(next(add_ons))),
        ItemKind.PREPAY: lambda: (_("Prepayment onto the line"), ""),
    }
    return [Part(*words[item.kind](), item.amount) for item in quote.items]


def named_unit(unit: UnitRecord) -> str:
    return unit.item_name_en if babel_locale().startswith("en") else unit.item_name_zh


def _quoted(draft: Draft) -> Quote:
    """
    The price of a draft that has come to its end.

    :raises Refusal: if it cannot be had like this any more.
    """
    if isinstance(draft.quote, Refusal):
        raise draft.quote
    assert draft.quote is not None
    return draft.quote


def _open(draft: Draft, quote: Quote, form: ContractForm) -> HttpResponse:
    """Sign and open: one request key for both, so that a second press does neither again."""
    desk, record, values = draft.desk, draft.record, form.cleaned_data
    key = values["request_key"]
    if values["total"] != quote.total:
        raise opening.PriceChanged(quote.total)
    signature = values["signature"] or signature_of(values["typed"])
    customer.sign(
        desk.keyed(f"{key}/sign"),
        dossier=record.id,
        signature=signature,
        contract=paper_of(_facts(draft, quote, signature)),
    )
    sold = opening.open(
        desk.keyed(key),
        dossier=record.id,
        sim=quote.sim.serial,
        plan=quote.plan.code,
        add_ons=tuple(one.code for one in quote.add_ons),
        prepay=Money(record.choices["prepay"]),
        total=values["total"],
        hold=HoldId(draft.held.hold) if draft.held is not None else None,
    )
    return HttpResponseRedirect(reverse("portal:order", args=[sold.order]))


def _facts(draft: Draft, quote: Quote, signature: bytes = b"") -> ContractFacts:
    charges = tuple((part.label, part.amount) for part in _parts(quote) if part.amount)
    record = draft.record
    return contracts.facts(draft.desk, record.id, record.agreement, quote, charges, signature)
