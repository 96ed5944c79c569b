"""
A dossier at the counter, whichever front it is gathered through: begun for a business that may be
done here, given a number, priced, and given up with all that it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import NotEligible, Offer
from qudao.domain.customer import operations as customer
from qudao.domain.customer.types import DossierId, DossierRecord, DossierState
from qudao.domain.ordering.types import Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import Held, HoldExpired, HoldId, HoldUnknown
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.stock import queries as stock
from qudao.journeys import customers as boss
from qudao.journeys import lines, opening
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context

OPENING = "account_opening"


@dataclass(eq=False)
class ChoicesMissing(Refusal, kind=Kind.CONFLICT):
    """What it costs can be said once these were chosen."""

    missing: tuple[str, ...]


def begin(ctx: Context, *, outlet: OrganizationId, purpose: str, msisdn: str = "") -> DossierId:
    """
    Begin a dossier at an outlet that may do this business; `msisdn` is the line it is about.

    The BOSS is asked whether the line is in a state for it; an opening has no line yet.

    :raises NotEligible: if it is not on offer here, or not for this line.
    :raises Refusal: those of `saleschannel.may_sell`, `customers.look_up`,
        `customer.open_dossier`.
    """
    place = outlets.outlet(ctx, outlet=outlet)
    refusal = outlets.may_sell(place, purpose, ctx.at)
    if refusal is not None:
        raise refusal
    offer = _offer(ctx, outlet, purpose)
    if offer is None:
        raise NotEligible(purpose, "channel")
    if purpose != OPENING:
        line = boss.look_up(ctx, msisdn=msisdn).subscriber
        offer.admit_customer(state=line.state, plan=line.plan_code)
    return customer.open_dossier(ctx, outlet=outlet, purpose=purpose, number=msisdn)


def held(ctx: Context, *, record: DossierRecord) -> Held | None:
    """Return the number that a dossier holds; None if it holds none, or not any more."""
    hold = record.choices.get("hold")
    if not hold:
        return None
    try:
        found = numbers.held(ctx, hold=HoldId(UUID(hold)))
    except (HoldUnknown, HoldExpired):
        return None
    return found if found.until > ctx.at else None


def take_number(ctx: Context, *, record: DossierRecord, hold: HoldId) -> None:
    """
    Give a dossier a number that is held; let go of the one that it had.

    :raises HoldUnknown: if there is no such hold in the actor's scope.
    :raises Refusal: those of `customer.choose`.
    """
    numbers.held(ctx, hold=hold)
    before = held(ctx, record=record)
    customer.choose(ctx.part("choose"), dossier=record.id, choices={"hold": str(hold)})
    if before is not None and before.hold != hold:
        _let_go(ctx, before.hold)


def take_sim(ctx: Context, *, record: DossierRecord, serial: str) -> str:
    """
    Return the serial of a SIM card as a dossier notes it, if it will do for its business.

    :raises SimHasNumber: if a swap is to be made with a pre-opened pack.
    :raises PackHasNumber: if a pack is to be opened with another number.
    :raises NumberMissing: if a blank card is to be opened without one.
    :raises Refusal: those of `stock.for_sale`.
    """
    unit = stock.for_sale(ctx, outlet=record.outlet, kind="sim", serial=serial)
    if record.purpose != OPENING:
        if unit.number:
            raise lines.SimHasNumber(unit.serial)
        return unit.serial
    has = held(ctx, record=record)
    if unit.number and has is not None:
        raise opening.PackHasNumber(unit.number)
    if not unit.number and has is None:
        raise opening.NumberMissing
    return unit.serial


def leave(ctx: Context, *, record: DossierRecord) -> None:
    """
    Give a draft up: its number is let go of, its pictures are deleted; nothing if it is closed.

    :raises Refusal: those of `customer.abandon`.
    """
    if record.state != DossierState.DRAFT:
        return
    has = held(ctx, record=record)
    customer.abandon(ctx.part("abandon"), dossier=record.id)
    if has is not None:
        _let_go(ctx, has.hold)


def quote(ctx: Context, *, record: DossierRecord) -> opening.Quote:
    """
    Work out what an opening costs with what was chosen so far.

    :raises ChoicesMissing: if that is too little.
    :raises Refusal: those of `opening.quote`.
    """
    chosen = record.choices
    _demand(record, "sim", "plan")
    return opening.quote(
        ctx,
        outlet=record.outlet,
        sim=chosen["sim"],
        plan=chosen["plan"],
        add_ons=tuple(chosen.get("add_ons", ())),
        prepay=Money(chosen.get("prepay", 0)),
        hold=_hold(record),
    )


def price(ctx: Context, *, record: DossierRecord) -> Money:
    """
    Return what the customer pays for what a dossier is about.

    :raises ChoicesMissing: if too little was chosen to say it.
    :raises HoldUnknown: if the new number is not held any more.
    :raises Refusal: those of `quote`.
    """
    match record.purpose:
        case "account_opening":
            return quote(ctx, record=record).total
        case "number_change":
            _demand(record, "hold")
            has = held(ctx, record=record)
            if has is None:
                raise HoldUnknown(UUID(record.choices["hold"]))
            return lines.change_price(ctx, hold=has.hold)
    offer = _offer(ctx, record.outlet, record.purpose)
    return offer.price if offer is not None and offer.price is not None else Money(0)


def submit(ctx: Context, *, record: DossierRecord, total: Money) -> Sold:
    """
    Do what a dossier is about, with what was chosen; `total` is what the customer was shown.

    The same request once more is answered the same, although the dossier is closed by then.

    :raises ChoicesMissing: if too little was chosen.
    :raises PriceChanged: if it costs something else by now.
    :raises Refusal: those of `opening.open`, `lines.swap_sim`, `lines.change_number` and
        `lines.cancel`.
    """
    chosen, dossier, msisdn = record.choices, record.id, record.number
    match record.purpose:
        case "account_opening":
            _demand(record, "sim", "plan")
            return opening.open(
                ctx,
                dossier=dossier,
                sim=chosen["sim"],
                plan=chosen["plan"],
                add_ons=tuple(chosen.get("add_ons", ())),
                prepay=Money(chosen.get("prepay", 0)),
                total=total,
                hold=_hold(record),
            )
        case "sim_swap":
            _demand(record, "sim")
            return lines.swap_sim(
                ctx, dossier=dossier, msisdn=msisdn, sim=chosen["sim"], price=total
            )
        case "number_change":
            _demand(record, "hold")
            return lines.change_number(
                ctx, dossier=dossier, msisdn=msisdn, hold=HoldId(UUID(chosen["hold"])), price=total
            )
    if total != Money(0):
        raise opening.PriceChanged(Money(0))
    return lines.cancel(ctx, dossier=dossier, msisdn=msisdn)


def _demand(record: DossierRecord, *names: str) -> None:
    missing = tuple(name for name in names if not record.choices.get(name))
    if missing:
        raise ChoicesMissing(missing)


def _hold(record: DossierRecord) -> HoldId | None:
    hold = record.choices.get("hold")
    return HoldId(UUID(hold)) if hold else None


def _offer(ctx: Context, outlet: OrganizationId, business: str) -> Offer | None:
    place = outlets.outlet(ctx, outlet=outlet)
    offers = catalog.snapshot().offers(
        place.kind, place.market, place.path, ctx.at, business=business
    )
    return next(iter(offers), None)


def _let_go(ctx: Context, hold: HoldId) -> None:
    try:
        resource.release(ctx.part("release"), hold=hold)
    except (HoldUnknown, HoldExpired):
        return  # its time was over: it is free already
