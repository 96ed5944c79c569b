"""Selling, in four steps: number, amount or offering, confirmation, receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Amount, Business, FitLevel, NotEligible, Offer
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.ports import Due, Subscriber
from qudao.domain.ordering.types import Sale
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import babel_locale, money
from qudao.fronts.portal import looks
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import AmountForm, NumberForm, PlaceForm, plain
from qudao.fronts.web.actor import asking
from qudao.fronts.web.limits import limited
from qudao.journeys import customers
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer as a line to choose."""

    offer: Offer
    checked: bool
    autofocus: bool

    @property
    def monthly_fee(self) -> Money | None:
        """What a plan costs a month: the operator bills it, it is not paid here."""
        fee = self.offer.attributes.get("monthly_fee")
        return Money(fee) if isinstance(fee, int) and not self.offer.price else None

    @property
    def description(self) -> str:
        english = babel_locale().startswith("en")
        return self.offer.description_en if english else self.offer.description_zh


@dataclass(frozen=True, slots=True)
class Chip:
    """A proposed amount."""

    text: str
    label: str


@require_GET
@at_desk
def start(desk: Desk) -> HttpResponse:
    """Go to the business that this channel is best at."""
    best = catalog.snapshot().businesses(desk.outlet.kind, desk.outlet.market)
    open_here = {business.code for business in desk.sales}
    first = next((one.code for one in best if one.code in open_here), None)
    if first is None:
        return desk.page("nothing_to_sell", "sell", status=403)
    return redirect("portal:sell", first)


@require_GET
@at_desk
def number(desk: Desk, business: str) -> HttpResponse:
    """Step 1: whose line is it?"""
    chosen = _business(desk, business)
    if chosen is None:
        return redirect("portal:sell_start")
    return _number_page(desk, chosen, NumberForm())


@limited("portal.look", per_minute=120)
@at_desk
def customer(desk: Desk, business: str) -> HttpResponse:
    """Step 2: the customer, and how much or what."""
    chosen = _business(desk, business)
    if chosen is None or desk.request.method != "POST":
        return redirect("portal:sell_start" if chosen is None else _start_of(chosen))
    form = NumberForm(desk.request.POST)
    if not form.is_valid():
        return _number_page(desk, chosen, form, status=422)
    # One key for all that follows, so that going back and sending again is the same request.
    return _amount_page(desk, chosen, form.cleaned_data["msisdn"], str(uuid4()))


@limited("portal.look", per_minute=120)
@at_desk
def confirm(desk: Desk, business: str) -> HttpResponse:
    """Step 3: read it out to the customer. The sale is tried and rolled back, so it will pass."""
    chosen = _business(desk, business)
    if chosen is None or desk.request.method != "POST":
        return redirect("portal:sell_start" if chosen is None else _start_of(chosen))
    offers = _offers(desk, chosen)
    form = _amount_form(offers, data=desk.request.POST)
    if not form.is_valid():
        number = form.cleaned_data.get("msisdn")
        key = form.cleaned_data.get("request_key")
        if not number or not key:
            return redirect(_start_of(chosen))
        return _amount_page(desk, chosen, number, key, form=form, status=422)
    msisdn, key = form.cleaned_data["msisdn"], form.cleaned_data["request_key"]
    offer = next((one for one in offers if one.code == form.cleaned_data["offering"]), None)
    if offer is None:
        form.add_error("offering", _("It is not on offer any more. Choose another."))
        return _amount_page(desk, chosen, msisdn, key, form=form, status=422)
    amount = offer.price if offer.price is not None else form.cleaned_data.get("amount")
    if amount is None:
        form.add_error("offering", _("Enter the amount."))
        return _amount_page(desk, chosen, msisdn, key, form=form, status=422)
    sale = Sale(desk.id, offer.code, msisdn, amount)
    try:
        subscriber = customers.look_up(desk.ctx, msisdn=msisdn).subscriber
        offer.admit_customer(state=subscriber.state, plan=subscriber.plan_code)
        trial = sell.one(_dry(desk, key), sale)
    except Refusal as refusal:
        return _amount_page(desk, chosen, msisdn, key, form=form, refusal=refusal)
    place = PlaceForm(
        initial={
            "msisdn": msisdn,
            "request_key": key,
            "offering": offer.code,
            "amount": plain(amount),
        }
    )
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return desk.page(
        "sell_confirm",
        "sell",
        business=chosen,
        step=3,
        form=place,
        offer=offer,
        customer=subscriber,
        plan_from=_plan_name(subscriber) if chosen.code == "plan_change" else "",
        amount=amount,
        debit=trial.debit,
        earned=amount - trial.debit,
        after=wallet.available - trial.debit,
        wallet=wallet,
    )


@limited("portal.sell", per_minute=120)
@at_desk
def place(desk: Desk, business: str) -> HttpResponse:
    """Step 4: do it, once however often it is sent, and show what became of it."""
    chosen = _business(desk, business)
    if chosen is None or desk.request.method != "POST":
        return redirect("portal:sell_start" if chosen is None else _start_of(chosen))
    form = PlaceForm(desk.request.POST)
    if not form.is_valid():
        return redirect(_start_of(chosen))
    values = form.cleaned_data
    sale = Sale(desk.id, values["offering"], values["msisdn"], values["amount"])
    try:
        sold = sell.one(desk.keyed(values["request_key"]), sale)
    except Refusal as refusal:
        return _amount_page(
            desk, chosen, sale.msisdn, str(uuid4()), refusal=refusal, amount=sale.amount
        )
    target = reverse("portal:order", args=[sold.order])
    if desk.request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _dry(desk: Desk, key: str) -> Context:
    return asking(desk.request).ctx_for(request_key=key, dry_run=True)


def _business(desk: Desk, code: str) -> Business | None:
    return next((one for one in desk.sales if one.code == code), None)


def _start_of(business: Business) -> str:
    return reverse("portal:sell", args=[business.code])


def _offers(desk: Desk, business: Business) -> tuple[Offer, ...]:
    return catalog.snapshot().offers(
        desk.outlet.kind,
        desk.outlet.market,
        desk.outlet.path,
        desk.ctx.at,
        business=business.code,
    )


def _amount_form(
    offers: Sequence[Offer],
    data: QueryDict | None = None,
    initial: dict[str, object] | None = None,
) -> AmountForm:
    only = offers[0].code if len(offers) == 1 else None
    asks = any(offer.price is None for offer in offers)
    return AmountForm(data, initial=initial, only=only, asks_amount=asks)


def _number_page(
    desk: Desk,
    business: Business,
    form: NumberForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    return desk.page(
        "sell_number",
        "sell",
        status=STATUS[refusal.kind] if refusal else status,
        business=business,
        step=1,
        form=form,
        refusal=wording.word(refusal) if refusal else "",
        wallet=wallets.wallet(desk.ctx, outlet=desk.id),
    )


def _amount_page(
    desk: Desk,
    business: Business,
    msisdn: str,
    key: str,
    *,
    form: AmountForm | None = None,
    refusal: Refusal | None = None,
    amount: Money | None = None,
    status: int = 200,
) -> HttpResponse:
    try:
        found = customers.look_up(desk.ctx, msisdn=msisdn, due=business.amount is Amount.DUE)
    except Refusal as unseen:
        return _number_page(
            desk, business, NumberForm(initial={"msisdn": msisdn}), refusal=refusal or unseen
        )
    subscriber, due = found.subscriber, found.due
    offers = tuple(offer for offer in _offers(desk, business) if _may_have(offer, subscriber))
    if business.amount is Amount.PRICED:
        offers = tuple(sorted(offers, key=_by_fit_and_price))
    if not offers:
        return _number_page(
            desk,
            business,
            NumberForm(initial={"msisdn": msisdn}),
            refusal=refusal or NotEligible(business.code, "state"),
        )
    if amount is None and due is not None and due.amount:
        amount = due.amount
    if form is None:
        form = _amount_form(
            offers, initial={"msisdn": msisdn, "request_key": key, "amount": amount}
        )
    picked = form["offering"].value() if not form["offering"].is_hidden else None
    open_offer = next((offer for offer in offers if offer.price is None), None)
    look = looks.LINE_STATES.get(subscriber.state, looks.Look(subscriber.state, "", "point"))
    return desk.page(
        "sell_amount",
        "sell",
        status=STATUS[refusal.kind] if refusal else status,
        business=business,
        step=2,
        form=form,
        choices=[
            Choice(
                offer,
                checked=offer.code == picked or (not picked and place == 0),
                autofocus=place == 0,
            )
            for place, offer in enumerate(offers)
        ],
        chips=[
            Chip(plain(chip), money(chip).removesuffix(".00")) for chip in _chips(open_offer, due)
        ],
        limits=_limits(open_offer),
        customer=subscriber,
        plan_name=_plan_name(subscriber),
        line_state=look.label,
        line_tone=look.tone,
        line_icon=look.icon,
        due=due,
        refusal=wording.word(refusal) if refusal else "",
        wallet=wallets.wallet(desk.ctx, outlet=desk.id),
    )


def _by_fit_and_price(offer: Offer) -> tuple[bool, int]:
    price = offer.price.minor if offer.price is not None else 0
    return offer.fit is not FitLevel.BEST, price or offer.attributes.get("monthly_fee", 0)


def _may_have(offer: Offer, subscriber: Subscriber) -> bool:
    """Say whether the line is meant, and does not have it already."""
    if offer.had_by(plan=subscriber.plan_code, add_ons=subscriber.add_ons):
        return False
    try:
        offer.admit_customer(state=subscriber.state, plan=subscriber.plan_code)
    except NotEligible:
        return False
    return offer.fit is not FitLevel.UNFIT


def _chips(offer: Offer | None, due: Due | None) -> list[Money]:
    if offer is None:
        return []
    proposed = list(offer.chips)
    if due is not None and due.amount and due.amount not in proposed:
        proposed.insert(0, due.amount)
    return proposed


def _limits(offer: Offer | None) -> str:
    if offer is None or offer.minimum is None or offer.maximum is None:
        return ""
    return _("From %(minimum)s to %(maximum)s.") % {
        "minimum": money(offer.minimum),
        "maximum": money(offer.maximum),
    }


def _plan_name(subscriber: Subscriber) -> str:
    english = babel_locale().startswith("en")
    return (subscriber.plan_name_en if english else "") or subscriber.plan_name_zh
