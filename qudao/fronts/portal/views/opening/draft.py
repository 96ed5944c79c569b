"""A dossier of an opening as far as it has come: its number, its card, its price, its contract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from django.urls import reverse

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.customer.types import DossierRecord
from qudao.domain.resource import queries as numbers_of
from qudao.domain.resource.types import GradeRecord, Held, NumberUnknown
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import UnitRecord
from qudao.fronts import wording
from qudao.fronts.portal.desk import Desk
from qudao.fronts.portal.opening_forms import PlanForm
from qudao.fronts.portal.views import dossiers
from qudao.fronts.receipts import contract
from qudao.fronts.receipts.contract import ContractFacts, parts_of
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
class PlanChoice:
    offer: Offer
    fee: Money
    checked: bool
    too_low: bool
    """Cheaper than the number's grade allows."""

    @property
    def once(self) -> Money:
        return self.offer.price or Money(0)


def address_of(record: DossierRecord, step: int) -> str:
    return reverse(f"portal:opening_{STEPS[step - 1]}", args=[record.id])


def grade_of(draft: Draft) -> GradeRecord | None:
    if draft.held is None:
        return None
    grades = numbers_of.grades(draft.desk.ctx, outlet=draft.desk.id)
    return next((one for one in grades if one.code == draft.held.grade), None)


def offers_of(desk: Desk, business: str) -> tuple[Offer, ...]:
    return catalog.snapshot().offers(
        desk.outlet.kind, desk.outlet.market, desk.outlet.path, desk.ctx.at, business=business
    )


def chips_of(desk: Desk) -> tuple[Money, ...]:
    return next((offer.chips for offer in offers_of(desk, PURPOSE)), ())


def fee_of(offer: Offer) -> Money:
    fee = offer.attributes.get("monthly_fee", 0)
    return Money(fee) if isinstance(fee, int) else Money(0)


def floor_of(draft: Draft) -> Money:
    """The least that the plan may cost a month, for this number."""
    if draft.held is not None:
        return draft.held.monthly_floor
    try:
        return numbers_of.number(draft.desk.ctx, msisdn=draft.number).monthly_floor
    except NumberUnknown:
        return Money(0)


def plan_choices(plans: tuple[Offer, ...], picked: str, floor: Money) -> list[PlanChoice]:
    return [
        PlanChoice(one, fee_of(one), one.code == picked, fee_of(one) < floor)
        for one in sorted(plans, key=lambda one: fee_of(one).minor)
    ]


def quoted(draft: Draft) -> Quote:
    """
    The price of a draft that has come to its end.

    :raises Refusal: if it cannot be had like this any more.
    """
    if isinstance(draft.quote, Refusal):
        raise draft.quote
    assert draft.quote is not None
    return draft.quote


def facts_of(draft: Draft, quote: Quote, signature: bytes = b"") -> ContractFacts:
    return contract.facts_of(
        draft.desk.ctx,
        outlet=draft.desk.outlet,
        record=draft.record,
        quote=quote,
        signature=signature,
    )


def plan_form(
    draft: Draft, plans: tuple[Offer, ...], add_ons: tuple[Offer, ...], floor: Money
) -> PlanForm:
    choices = draft.record.choices
    fitting = sorted(
        (one for one in plans if fee_of(one) >= floor), key=lambda one: fee_of(one).minor
    )
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
            else max(fee_of(first) if first else Money(0), Money(50_00)),
        },
    )


def priced(draft: Draft, form: PlanForm) -> dict[str, Any]:
    """The price of what a form says; why it cannot be had, where it cannot."""
    values = form.cleaned_data if form.is_bound else form.initial
    if not values.get("plan") or values.get("prepay") is None:
        return {"parts": [], "total": None, "price_refusal": ""}
    try:
        quote = draft.price(values["plan"], tuple(values.get("add_ons") or ()), values["prepay"])
    except Refusal as refusal:
        return {"parts": [], "total": None, "price_refusal": wording.word(refusal)}
    return {"parts": parts_of(quote), "total": quote.total, "price_refusal": ""}
