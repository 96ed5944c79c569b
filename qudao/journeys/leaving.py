"""A channel leaves: what there still is between it and us, and has to be settled first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qudao.domain.commission.queries import payouts as commission
from qudao.domain.commission.types.settlements import Unsettled
from qudao.domain.ordering import queries as orders
from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.queries import MemberFilter
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import OutletState
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import RequisitionSearch, RequisitionState, StockLevel
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

UNDER_WAY: Final = frozenset(
    {RequisitionState.ASKED, RequisitionState.ACCEPTED, RequisitionState.DISPATCHED}
)


@dataclass(eq=False)
class GoodsLeft(Refusal, kind=Kind.CONFLICT):
    """Goods still lie at the outlet, or are booked there as missing."""

    quantity: int


@dataclass(eq=False)
class DeliveriesOpen(Refusal, kind=Kind.CONFLICT):
    """Goods are on their way from or to the outlet, or are asked for."""

    count: int


@dataclass(eq=False)
class OrdersOpen(Refusal, kind=Kind.CONFLICT):
    """Sales of the outlet are not decided on: what they hold may come back into its wallet."""

    count: int
    amount: Money


@dataclass(eq=False)
class CommissionOpen(Refusal, kind=Kind.CONFLICT):
    """Commission was earned and not paid, or lines of it are disputed."""

    amount: Money
    disputes: int


@dataclass(eq=False)
class CommissionNotSettled(Refusal, kind=Kind.CONFLICT):
    """Finance has not said that the commission of all months is settled."""


@dataclass(eq=False)
class MoneyLeft(Refusal, kind=Kind.CONFLICT):
    """The wallet or the deposit is not settled, or not any more."""

    balance: Money
    deposit: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is between an outlet and us."""

    balance: Money
    """Of its wallet; negative: it has drawn on credit."""
    orders: int
    in_flight: Money
    deposit: Money
    commission: Unsettled | None
    """Only for who may see commission."""
    goods: tuple[StockLevel, ...]
    deliveries: int

    @property
    def quantity(self) -> int:
        return sum(quantity_of(level) for level in self.goods)


def quantity_of(level: StockLevel) -> int:
    """Return how much of an article an outlet has to answer for."""
    return level.in_stock + level.in_transit + level.held + level.other


def standing(ctx: Context, *, outlet: OrganizationId) -> Standing:
    """
    Return what there is between an outlet and us.

    :raises NotPermitted: without `saleschannel.read`, `wallet.read`, `ordering.read` or
        `stock.read`.
    :raises OutletUnknown: if it is not in the actor's scope.
    """
    record = outlets.outlet(ctx, outlet=outlet)
    count, in_flight, _oldest = orders.in_flight(ctx, below=record.path)
    return Standing(
        balance=wallets.wallet(ctx, outlet=outlet).balance,
        orders=count,
        in_flight=in_flight,
        deposit=wallets.deposit_held(ctx, outlet=outlet),
        commission=commission.unsettled(ctx, outlet=outlet)
        if "commission.read" in ctx.grants
        else None,
        goods=tuple(level for level in stock.stock_at(ctx, place=outlet) if quantity_of(level)),
        deliveries=stock.requisitions(
            ctx,
            search=RequisitionSearch(below=record.path, states=UNDER_WAY),
            page=PageRequest(1),
        ).total,
    )


def stop_sales(ctx: Context, *, outlet: OrganizationId, reason: str) -> None:
    """Suspend an outlet that is to leave; it may be suspended already."""
    if outlets.outlet(ctx, outlet=outlet).state == OutletState.ACTIVE:
        saleschannel.suspend(ctx, outlet=outlet, reason=reason)


def demand_empty(ctx: Context, *, outlet: OrganizationId) -> None:
    """
    See that an outlet has no goods of ours any more.

    :raises DeliveriesOpen: if something is on its way, or asked for.
    :raises GoodsLeft: if something lies there, or is missing.
    """
    found = standing(ctx, outlet=outlet)
    if found.deliveries:
        raise DeliveriesOpen(found.deliveries)
    if found.quantity:
        raise GoodsLeft(found.quantity)


def settle(ctx: Context, *, outlet: OrganizationId, reference: str, reason: str) -> Money:
    """
    Pay an outlet what its wallet holds, and freeze the wallet; return how much it was.

    Commission comes into the wallet, or to the bank, before that.

    :raises OrdersOpen: if sales are not decided on.
    :raises CommissionOpen: if commission is unpaid or disputed.
    :raises Refusal: those of `wallet.pay_out`.
    """
    found = standing(ctx, outlet=outlet)
    if found.orders:
        raise OrdersOpen(found.orders, found.in_flight)
    earned = commission.unsettled(ctx, outlet=outlet)
    if earned.unpaid or earned.disputes:
        raise CommissionOpen(earned.unpaid, earned.disputes)
    paid = wallet.pay_out(ctx, outlet=outlet, reference=reference)
    if not wallets.wallet(ctx, outlet=outlet).frozen:
        wallet.freeze(ctx, outlet=outlet, reason=reason)
    return paid


def close(ctx: Context, *, outlet: OrganizationId, reason: str) -> int:
    """
    Close an outlet with which all is settled, and end its members' memberships; return how many.

    All is looked at once more: a sale may have been reversed, or goods sent, since it was settled.

    :raises OrdersOpen: if sales are not decided on.
    :raises MoneyLeft: if the wallet holds something, or the deposit was not given back.
    :raises Refusal: those of `demand_empty` and `saleschannel.close`.
    """
    demand_empty(ctx, outlet=outlet)
    found = standing(ctx, outlet=outlet)
    if found.orders:
        raise OrdersOpen(found.orders, found.in_flight)
    if found.balance or found.deposit:
        raise MoneyLeft(found.balance, found.deposit)
    saleschannel.close(ctx, outlet=outlet, reason=reason)
    # Whoever closes the channel need not be one who appoints its people.
    platform = system_context(ctx.at, ctx.part("members").request_key)
    members = organizations.members(
        platform,
        PageRequest(MAX_LIMIT),
        MemberFilter(organization=outlet, at=ctx.at),
    )
    for member in members.items:
        party.end_membership(platform, membership=member.membership, reason=reason)
    return len(members.items)
