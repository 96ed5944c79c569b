"""
What is done to a line: another SIM, another number, its end, the end of an add-on.

What is done at the counter begins with a dossier in which the owner was identified, and is one
transaction of sale, stock, number and dossier. What the BOSS refuses later goes back by itself, see
`fulfilment`.
"""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId, DossierRecord
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Details, ItemKind, OrderItem, Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import HoldId
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

CHANGE_FEE = Money(10_00)
"""For another number, on top of the prepayment that its grade asks for."""


@dataclass(eq=False)
class SimHasNumber(Refusal, kind=Kind.INVALID):
    """The card is a pre-opened pack: it belongs to a number of its own."""

    serial: str


@dataclass(eq=False)
class SameNumber(Refusal, kind=Kind.INVALID):
    """The line has this number."""

    number: str


@dataclass(eq=False)
class DossierForOther(Refusal, kind=Kind.CONFLICT):
    """The dossier was opened for something else."""

    purpose: str


@command("lines.swap_sim", subject="dossier")
def swap_sim(ctx: Context, *, dossier: DossierId, msisdn: str, sim: str, price: Money) -> Sold:
    """
    Give a line another SIM card from the stock of the dossier's outlet; the old one is void.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierForOther: if it was not opened for a SIM swap.
    :raises SimHasNumber: if the card is a pre-opened pack.
    :raises UnitUnknown: if there is no such card.
    :raises UnitElsewhere: if it lies at another outlet.
    :raises UnitNotForSale: if it is bound, sold or not in order.
    :raises NotTheOwner: if the line is known to be somebody else's.
    :raises Refusal: those of `ordering.sell` and of `customer.submit`.
    """
    file = _dossier(ctx, dossier, "sim_swap")
    unit = goods.for_sale(ctx, outlet=file.outlet, kind="sim", serial=sim)
    if unit.number:
        raise SimHasNumber(sim)
    item = OrderItem(ItemKind.SIM, sim, price, attributes={"imsi": unit.imsi, "item": unit.item})
    sold = _sell(ctx, file, "SIMSWAP", msisdn, price, item)
    stock.hold(ctx, outlet=file.outlet, serials=(("sim", sim),), order=sold.order, prices=(price,))
    customer.submit(ctx, dossier=dossier, number=msisdn, order=sold.order)
    return sold


def change_price(ctx: Context, *, hold: HoldId) -> Money:
    """
    Return what a change to a held number costs: the fee, and the prepayment of its grade.

    :raises HoldUnknown: if there is no such hold.
    """
    return CHANGE_FEE + numbers.held(ctx, hold=hold).price


@command("lines.change_number", subject="dossier")
def change_number(
    ctx: Context, *, dossier: DossierId, msisdn: str, hold: HoldId, price: Money
) -> Sold:
    """
    Give a line the number that is held; the old one rests once the BOSS has changed it.

    `price` is what the customer was shown, see `change_price`.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierForOther: if it was not opened for a change of number.
    :raises HoldUnknown: if there is no such hold.
    :raises HoldExpired: if the number was held too long ago.
    :raises SameNumber: if it is the one that the line has.
    :raises LineExists: if a line is known by the new number.
    :raises ChangePriceDiffers: if it costs something else by now.
    :raises NotTheOwner: if the line is known to be somebody else's.
    :raises Refusal: those of `ordering.sell` and of `customer.submit`.
    """
    file = _dossier(ctx, dossier, "number_change")
    held = numbers.held(ctx, hold=hold)
    if held.number == msisdn:
        raise SameNumber(msisdn)
    if customers.customer_of_line(ctx, number=held.number) is not None:
        raise customer.LineExists(held.number)
    if CHANGE_FEE + held.price != price:
        raise ChangePriceDiffers(CHANGE_FEE + held.price)
    item = OrderItem(ItemKind.NUMBER, held.number, held.price, attributes={"grade": held.grade})
    sold = _sell(ctx, file, "NUMBERCHANGE", msisdn, price, item)
    resource.bind(ctx, hold=hold, order=sold.order)
    customer.submit(ctx, dossier=dossier, number=msisdn, order=sold.order)
    return sold


@dataclass(eq=False)
class ChangePriceDiffers(Refusal, kind=Kind.CONFLICT):
    """It costs something else by now than what the customer was shown."""

    price: Money


@command("lines.cancel", subject="dossier")
def cancel(ctx: Context, *, dossier: DossierId, msisdn: str) -> Sold:
    """
    End a line; once the BOSS has ended it, its number rests for 90 days.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierForOther: if it was not opened for a cancellation.
    :raises NotTheOwner: if the line is known to be somebody else's.
    :raises Refusal: those of `ordering.sell` and of `customer.submit`.
    """
    file = _dossier(ctx, dossier, "cancellation")
    sold = _sell(ctx, file, "CANCELLATION", msisdn, Money(0))
    customer.submit(ctx, dossier=dossier, number=msisdn, order=sold.order)
    return sold


@command("lines.end_add_on")
def end_add_on(ctx: Context, *, outlet: OrganizationId, msisdn: str, code: str) -> Sold:
    """
    End an add-on of a line, by the BOSS's code of it; nothing is paid, nothing is given back.

    Who calls has seen to it that the line is the customer's.

    :raises Refusal: those of `ordering.sell`.
    """
    item = OrderItem(ItemKind.ADD_ON, code)
    return sell.one(
        ctx.part("sale"), Sale(outlet, "ADDONCANCEL", msisdn, Money(0), Details((item,)))
    )


def _dossier(ctx: Context, dossier: DossierId, purpose: str) -> DossierRecord:
    file = customers.dossier(ctx, dossier=dossier)
    if file.purpose != purpose:
        raise DossierForOther(file.purpose)
    return file


def _sell(
    ctx: Context,
    file: DossierRecord,
    offering: str,
    msisdn: str,
    price: Money,
    *items: OrderItem,
) -> Sold:
    return sell.one(
        ctx.part("sale"),
        Sale(file.outlet, offering, msisdn, price, Details(items, file.customer)),
    )
