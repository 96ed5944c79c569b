"""
Open an account: number, SIM, plan, add-ons and prepayment for a customer who was identified.

One transaction takes the money into flight, binds number and SIM to the order, counts the line
on the customer's document and closes the dossier. Whatever is refused leaves all as it was; what
the BOSS refuses later goes back by itself, see `fulfilment`.
"""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Details, ItemKind, OrderItem, Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import HoldId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import OutletRecord
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import UnitRecord
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

OFFERING = "OPENING"


@dataclass(eq=False)
class NotAPlan(Refusal, kind=Kind.INVALID):
    """An account is opened on a plan; this offering is none."""

    offering: str


@dataclass(eq=False)
class NotAnAddOn(Refusal, kind=Kind.INVALID):
    """What comes on top of the plan are add-ons; this offering is none, or was named twice."""

    offering: str


@dataclass(eq=False)
class NumberMissing(Refusal, kind=Kind.INVALID):
    """The SIM carries no number, and none is held for the opening."""


@dataclass(eq=False)
class PackHasNumber(Refusal, kind=Kind.INVALID):
    """The SIM is a pre-opened pack: it has a number, so no other one is needed."""

    number: str


@dataclass(eq=False)
class PrepayTooLow(Refusal, kind=Kind.INVALID):
    """What is paid in advance must cover the first month of the plan."""

    minimum: Money


@dataclass(eq=False)
class PlanBelowFloor(Refusal, kind=Kind.INVALID):
    """The number's grade asks for a plan of at least so much a month."""

    floor: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """What an opening will consist of, and cost."""

    number: str
    grade: str
    monthly_floor: Money
    """The plan's monthly fee may not be lower."""
    items: tuple[OrderItem, ...]
    total: Money
    plan: Offer
    add_ons: tuple[Offer, ...]
    sim: UnitRecord


def quote(
    ctx: Context,
    *,
    outlet: OrganizationId,
    sim: str,
    plan: str,
    add_ons: tuple[str, ...] = (),
    prepay: Money,
    hold: HoldId | None = None,
) -> Quote:
    """
    Work out an opening's parts and price; nothing is changed.

    `sim` is an ICCID in the outlet's stock, `plan` and `add_ons` are codes of offerings, `hold`
    is the hold on a number, none for a pre-opened pack.

    :raises UnitUnknown: if there is no such card.
    :raises UnitElsewhere: if it lies at another outlet.
    :raises UnitNotForSale: if it is bound, sold or not in order.
    :raises NumberMissing: without a hold for a card that has no number.
    :raises PackHasNumber: with a hold for a card that has one.
    :raises HoldUnknown: if there is no such hold.
    :raises NotAPlan: if `plan` is an offering of another business.
    :raises NotAnAddOn: if one of `add_ons` is, or stands there twice.
    :raises PlanBelowFloor: if the plan is cheaper than the number's grade allows.
    :raises PrepayTooLow: if the prepayment does not cover a month of the plan.
    :raises Refusal: those of `CatalogSnapshot.offer` for plan and add-ons.
    """
    place = outlets.outlet(ctx, outlet=outlet)
    unit = goods.for_sale(ctx, outlet=outlet, kind="sim", serial=sim)
    chosen = _offer(ctx, place, plan)
    if chosen.business != "plan_change":
        raise NotAPlan(plan)
    extra = tuple(_offer(ctx, place, code) for code in add_ons)
    for offer in extra:
        if offer.business != "add_on" or add_ons.count(offer.code) > 1:
            raise NotAnAddOn(offer.code)
    if unit.number and hold is not None:
        raise PackHasNumber(unit.number)
    if not unit.number and hold is None:
        raise NumberMissing
    held = numbers.number(ctx, msisdn=unit.number) if hold is None else numbers.held(ctx, hold=hold)
    fee = Money(chosen.attributes.get("monthly_fee", 0))
    if fee < held.monthly_floor:
        raise PlanBelowFloor(held.monthly_floor, fee)
    if prepay < fee:
        raise PrepayTooLow(fee)
    items = (
        OrderItem(ItemKind.NUMBER, held.number, held.price, attributes={"grade": held.grade}),
        OrderItem(ItemKind.SIM, sim, unit.price, attributes={"imsi": unit.imsi, "item": unit.item}),
        _product(ItemKind.PLAN, chosen),
        *(_product(ItemKind.ADD_ON, offer) for offer in extra),
        OrderItem(ItemKind.PREPAY, "", prepay),
    )
    total = sum((item.amount for item in items), Money(0))
    return Quote(held.number, held.grade, held.monthly_floor, items, total, chosen, extra, unit)


@command("opening.open", subject="dossier")
def open(
    ctx: Context,
    *,
    dossier: DossierId,
    sim: str,
    plan: str,
    add_ons: tuple[str, ...] = (),
    prepay: Money,
    total: Money,
    hold: HoldId | None = None,
) -> Sold:
    """
    Open an account for the customer of a dossier at the dossier's outlet.

    `total` is what the customer was shown; with another one now the opening is refused.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises PriceChanged: if it costs something else by now.
    :raises HoldExpired: if the number was held too long ago.
    :raises Refusal: those of `quote`, of `ordering.sell` and of `customer.submit`.
    """
    file = customers.dossier(ctx, dossier=dossier)
    wanted = quote(
        ctx, outlet=file.outlet, sim=sim, plan=plan, add_ons=add_ons, prepay=prepay, hold=hold
    )
    if wanted.total != total:
        raise PriceChanged(wanted.total)
    sold = sell.one(
        ctx.part("sale"),
        Sale(
            file.outlet,
            OFFERING,
            wanted.number,
            wanted.total,
            Details(wanted.items, file.customer),
        ),
    )
    if hold is None:
        resource.bind_packed(ctx, number=wanted.number, order=sold.order)
    else:
        resource.bind(ctx, hold=hold, order=sold.order)
    stock.hold(
        ctx,
        outlet=file.outlet,
        serials=(("sim", sim),),
        order=sold.order,
        prices=(wanted.sim.price,),
    )
    customer.submit(ctx, dossier=dossier, number=wanted.number, order=sold.order)
    return sold


@dataclass(eq=False)
class PriceChanged(Refusal, kind=Kind.CONFLICT):
    """It costs something else by now than what the customer was shown."""

    total: Money


def _offer(ctx: Context, place: OutletRecord, code: str) -> Offer:
    return catalog.snapshot().offer(code, place.kind, place.market, place.path, ctx.at)


def _product(kind: ItemKind, offer: Offer) -> OrderItem:
    return OrderItem(
        kind,
        offer.boss_product_code,
        offer.price or Money(0),
        name_zh=offer.name_zh,
        name_en=offer.name_en,
    )
