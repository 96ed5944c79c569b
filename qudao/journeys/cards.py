"""Recharge cards: sold from the outlet's stock, and used by their PIN."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.operations import sell as sell_order
from qudao.domain.ordering.types import Details, ItemKind, OrderItem, Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

RECHARGE = "CARDRECHARGE"


@dataclass(eq=False)
class NotACard(Refusal, kind=Kind.INVALID):
    """These are no recharge cards that the catalogue sells."""

    item: str


@command("cards.sell")
def sell(ctx: Context, *, outlet: OrganizationId, serial: str) -> Sold:
    """
    Sell a recharge card from the outlet's stock.

    Its face value is the catalogue's price. The BOSS makes the card valid; once it has, the PIN
    is shown once, see `stock.reveal_pin`.

    :raises UnitUnknown: if there is no such card where the actor may look.
    :raises UnitElsewhere: if it lies at another outlet.
    :raises UnitNotForSale: if it is bound, sold or not in order.
    :raises CardExpired: if its last day has passed.
    :raises NotACard: if its item has no offering.
    :raises Refusal: those of `ordering.sell`.
    """
    unit = goods.for_sale(ctx, outlet=outlet, kind="recharge_card", serial=serial)
    if not unit.offering:
        raise NotACard(unit.item)
    place = outlets.outlet(ctx, outlet=outlet)
    offer = catalog.snapshot().offer(unit.offering, place.kind, place.market, place.path, ctx.at)
    if offer.price is None:
        raise NotACard(unit.item)
    item = OrderItem(
        ItemKind.CARD,
        serial,
        offer.price,
        attributes={"item": unit.item},
        name_zh=offer.name_zh,
        name_en=offer.name_en,
    )
    sold = sell_order.one(
        ctx.part("sale"),
        Sale(outlet, offer.code, "", offer.price, Details((item,))),
    )
    stock.hold(
        ctx,
        outlet=outlet,
        serials=(("recharge_card", serial),),
        order=sold.order,
        prices=(offer.price,),
    )
    return sold


@dataclass(eq=False)
class NoCardLeft(Refusal, kind=Kind.CONFLICT):
    """The outlet has no such card for sale."""

    item: str


@command("cards.sell_any")
def sell_any(ctx: Context, *, outlet: OrganizationId, item: str) -> Sold:
    """
    Sell some recharge card of an item (of a denomination) from the outlet's stock: one whose last
    day comes first. Which one it was, the order says.

    :raises NoCardLeft: if there is none for sale.
    :raises Refusal: those of `sell`.
    """
    serial = goods.next_for_sale(ctx, outlet=outlet, kind="recharge_card", item=item)
    if serial is None:
        raise NoCardLeft(item)
    return sell(ctx, outlet=outlet, serial=serial)


@command("cards.redeem")
def redeem(ctx: Context, *, outlet: OrganizationId, pin: Secret, msisdn: str) -> Sold:
    """
    Put the value of a sold card onto a line, by its PIN.

    Nothing is paid for it: the card was. What the BOSS refuses leaves the card as it was.

    :raises PinWrong: if no card that was sold has this PIN.
    :raises CardUsed: if it was used before.
    :raises CardExpired: if its last day has passed.
    :raises Refusal: those of `ordering.sell`.
    """
    card = goods.card_of_pin(pin=pin)
    if card is None:
        raise stock.PinWrong
    item = OrderItem(ItemKind.CARD, card.serial, card.price, attributes={"item": card.item})
    sold = sell_order.one(
        ctx.part("sale"),
        Sale(outlet, RECHARGE, msisdn, Money(0), Details((item,))),
    )
    stock.use_card(ctx, pin=pin, order=sold.order)
    return sold
