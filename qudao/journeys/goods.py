"""
Handsets, kits and gifts: sold, sold with a contract, brought back, and bought by outlets.

What the operator owns is paid for from the wallet when it is sold; what the outlet has bought
before (买断) was paid for when it was received. Each line of a basket is an order of its own, so
that it can be brought back by itself; a basket is sold whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations import sell as sell_order
from qudao.domain.ordering.types import Details, ItemKind, OrderId, OrderItem, Sale, Sold
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as shelf
from qudao.domain.stock.types import (
    QuantityInvalid,
    Received,
    RequisitionId,
    RequisitionKind,
    Terms,
)
from qudao.domain.wallet import operations as wallet
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

OFFERING_OF = {Terms.CONSIGNMENT: "GOODS", Terms.PURCHASE: "OWNGOODS"}
SERIALISED = frozenset({"handset", "kit", "gift", "accessory"})
"""Kinds of units that are sold as goods; SIM and recharge cards have ways of their own."""
MOST_LINES = 20


@dataclass(eq=False)
class BasketWrong(Refusal, kind=Kind.INVALID):
    """A basket has 1 to `most` lines, each of something else."""

    most: int


@dataclass(eq=False)
class NotGoods(Refusal, kind=Kind.INVALID):
    """This is sold in another way: a SIM with an account, a recharge card by itself."""

    item: str


@dataclass(eq=False)
class BasketPriceChanged(Refusal, kind=Kind.CONFLICT):
    """It costs something else by now than what the customer was shown."""

    total: Money


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket: a unit by kind and serial, or so many of an item without serials."""

    kind: str = ""
    serial: str = ""
    item: str = ""
    quantity: int = 1
    terms: str = Terms.CONSIGNMENT
    """Whose goods are meant, for those without serials; a unit knows it."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A line with what it is and costs."""

    line: Line
    item: str
    name_zh: str
    name_en: str
    terms: str
    price: Money
    """Of one."""

    @property
    def amount(self) -> Money:
        return Money(self.price.minor * self.line.quantity)


def basket(ctx: Context, *, outlet: OrganizationId, lines: Sequence[Line]) -> tuple[Priced, ...]:
    """
    Return what a basket consists of and costs; nothing is changed.

    :raises BasketWrong: if it is empty, too long, or names something twice.
    :raises NotGoods: for SIM and recharge cards.
    :raises ItemUnknown: if there are no such goods.
    :raises QuantityInvalid: if a quantity is not positive.
    :raises Refusal: those of `stock.for_sale`.
    """
    named = {(line.kind, line.serial) if line.serial else (line.item, line.terms) for line in lines}
    if not 0 < len(lines) <= MOST_LINES or len(named) < len(lines):
        raise BasketWrong(MOST_LINES)
    return tuple(_priced(ctx, outlet, line) for line in lines)


@command("goods.sell", subject="outlet")
def sell(
    ctx: Context,
    *,
    outlet: OrganizationId,
    lines: tuple[Line, ...],
    total: Money,
    msisdn: str = "",
) -> tuple[Sold, ...]:
    """
    Sell a basket from the outlet's stock; one order for each line.

    `total` is what the customer was shown; `msisdn` where they can be reached, or nothing.

    :raises BasketPriceChanged: if it costs something else by now.
    :raises StockShort: if there is not so much of it.
    :raises Refusal: those of `basket` and of `ordering.sell`.
    """
    priced = basket(ctx, outlet=outlet, lines=lines)
    asked = sum((one.amount for one in priced), Money(0))
    if asked != total:
        raise BasketPriceChanged(asked)
    answers = [
        sell_order.one(
            ctx.part(str(place)),
            Sale(
                outlet,
                OFFERING_OF[Terms(one.terms)],
                msisdn,
                one.amount,
                Details((_item(one),)),
            ),
        )
        for place, one in enumerate(priced)
    ]
    for one, sold in zip(priced, answers, strict=True):
        _hold(ctx, outlet, one, sold.order)
    return tuple(answers)


@command("goods.sell_with_contract", subject="outlet")
def sell_with_contract(
    ctx: Context,
    *,
    outlet: OrganizationId,
    serial: str,
    contract: str,
    msisdn: str,
    price: Money,
) -> Sold:
    """
    Sell a handset at the reduced price of a contract that binds the customer's line.

    `contract` is the code of an offering, `price` what the customer was shown. The BOSS binds the
    line; if it refuses, handset and money are back.

    :raises NotAContract: if the offering is none.
    :raises NotGoods: if the outlet has bought the handset: the reduction is the operator's.
    :raises BasketPriceChanged: if it costs something else by now.
    :raises Refusal: those of `stock.for_sale`, of `CatalogSnapshot.offer` and `ordering.sell`.
    """
    unit = shelf.for_sale(ctx, outlet=outlet, kind="handset", serial=serial)
    if unit.terms != Terms.CONSIGNMENT:
        raise NotGoods(unit.item)
    asked, code = contract_price(ctx, outlet=outlet, contract=contract, price=unit.price)
    if asked != price:
        raise BasketPriceChanged(asked)
    items = (
        OrderItem(
            ItemKind.GOODS,
            serial,
            asked,
            attributes={"item": unit.item},
            name_zh=unit.item_name_zh,
            name_en=unit.item_name_en,
        ),
        OrderItem(ItemKind.ADD_ON, code),
    )
    sold = sell_order.one(
        ctx.part("sale"),
        Sale(outlet, contract, msisdn, asked, Details(items)),
    )
    stock.hold(
        ctx, outlet=outlet, serials=(("handset", serial),), order=sold.order, prices=(asked,)
    )
    return sold


@dataclass(eq=False)
class NotAContract(Refusal, kind=Kind.INVALID):
    """The offering is no contract for a handset."""

    offering: str


def contract_price(
    ctx: Context, *, outlet: OrganizationId, contract: str, price: Money
) -> tuple[Money, str]:
    """
    Return what a handset of this price costs with a contract, and the BOSS's code of the contract.

    The reduction is a rate of the price, rounded once, half up, to whole fen.

    :raises NotAContract: if the offering is none.
    :raises Refusal: those of `CatalogSnapshot.offer`.
    """
    place = outlets.outlet(ctx, outlet=outlet)
    offer = catalog.snapshot().offer(contract, place.kind, place.market, place.path, ctx.at)
    if offer.business != "contract_handset":
        raise NotAContract(contract)
    reduction = price.part(int(offer.attributes["reduction_ppm"]))
    return price - reduction, str(offer.attributes["boss_product_code"])


@command("goods.take_back", subject="order")
def take_back(ctx: Context, *, order: OrderId, condition: str, reason: str) -> OrderId:
    """
    Take goods back that a customer returns within seven days, and the money with them.

    `condition` is `good` (onto the shelf again) or `defective`. Returns the reversal's order.

    :raises OrderUnknown: if there is no such order in the actor's scope.
    :raises NotReversible: if it is not a completed sale of goods.
    :raises ReversalTooLate: after seven days.
    :raises ReasonMissing: without a reason.
    :raises Refusal: those of `stock.take_back`.
    """
    record = orders.order(ctx, order=order)
    reversal = ordering.take_back(ctx, order=order, reason=reason)
    # What was replaced meanwhile is with us: the customer brings what they got for it.
    theirs = {unit.kind: unit.serial for unit in shelf.units_of_orders(orders=(order,))}
    for part in record.parts:
        if part.attributes.get("kind"):
            stock.take_back(
                ctx,
                outlet=record.outlet,
                order=order,
                kind=part.attributes["kind"],
                serial=theirs.get(part.attributes["kind"], part.code),
                condition=condition,
                reason=reason,
            )
        else:
            stock.take_back_quantity(
                ctx,
                outlet=record.outlet,
                order=order,
                item=part.code,
                quantity=part.quantity,
                condition=condition,
                reason=reason,
            )
    return reversal


@command("goods.receive", subject="requisition")
def receive(
    ctx: Context,
    *,
    requisition: RequisitionId,
    serials: tuple[str, ...] = (),
    quantities: dict[str, int] | None = None,
    everything: bool = False,
) -> Received:
    """
    Receive a delivery: the scanned serials, and item → how many; or everything as it was sent.

    What an outlet buys is paid for from its wallet, for what has arrived, at wholesale prices;
    what comes back that it had bought is paid back into it.

    :raises BalanceTooLow: if the wallet cannot pay for it: nothing is received then.
    :raises Refusal: those of `stock.receive` and of `ordering.sell`.
    """
    row = shelf.requisition(ctx, requisition=requisition).row
    if row.terms != Terms.PURCHASE:
        return stock.receive(
            ctx,
            requisition=requisition,
            serials=serials,
            quantities=quantities,
            everything=everything,
        )
    order = OrderId(new_id(ctx.at))
    received = stock.receive_bought(
        ctx,
        requisition=requisition,
        order=order,
        serials=serials,
        quantities=quantities,
        everything=everything,
    )
    if received.amount == Money(0):
        return received
    if row.kind == RequisitionKind.RETURN:
        # Who receives sees nothing of the outlet's wallet, but what comes back is paid back.
        seller = organizations.ancestors(ctx, row.source)[-1].path
        wallet.refund(
            replace(ctx, scope=Scope.of([seller])),
            outlet=row.source,
            amount=received.amount,
            cause=requisition,
        )
        return received
    part = OrderItem(ItemKind.GOODS, row.number, received.amount, received.received)
    sell_order.one(
        ctx.part("purchase"),
        Sale(row.target, "PURCHASE", "", received.amount, Details((part,)), order),
    )
    return received


def _priced(ctx: Context, outlet: OrganizationId, line: Line) -> Priced:
    if line.serial:
        if line.kind not in SERIALISED:
            raise NotGoods(line.kind)
        unit = shelf.for_sale(ctx, outlet=outlet, kind=line.kind, serial=line.serial)
        if line.quantity != 1:
            raise QuantityInvalid(line.quantity)
        return Priced(line, unit.item, unit.item_name_zh, unit.item_name_en, unit.terms, unit.price)
    item = shelf.item(ctx, item=line.item)
    if line.quantity <= 0 or item.serialised or line.terms not in OFFERING_OF:
        raise QuantityInvalid(line.quantity)
    return Priced(line, item.code, item.name_zh, item.name_en, line.terms, item.price)


def _item(one: Priced) -> OrderItem:
    line = one.line
    if line.serial:
        return OrderItem(
            ItemKind.GOODS,
            line.serial,
            one.amount,
            attributes={"item": one.item, "kind": line.kind},
            name_zh=one.name_zh,
            name_en=one.name_en,
        )
    return OrderItem(
        ItemKind.GOODS,
        one.item,
        one.amount,
        line.quantity,
        name_zh=one.name_zh,
        name_en=one.name_en,
    )


def _hold(ctx: Context, outlet: OrganizationId, one: Priced, order: OrderId) -> None:
    line = one.line
    if line.serial:
        stock.hold(
            ctx,
            outlet=outlet,
            serials=((line.kind, line.serial),),
            order=order,
            prices=(one.price,),
        )
        return
    stock.hold_quantity(
        ctx,
        outlet=outlet,
        item=one.item,
        quantity=line.quantity,
        order=order,
        price=one.price,
        terms=one.terms,
    )
