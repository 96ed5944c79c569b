"""The last days in the stores: something of everything, so that every screen has a case."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import Goods, RequisitionId
from qudao.journeys import goods as baskets
from qudao.platform.commands.command import AwaitingApproval
from qudao.site.demo.cast import Outlet
from qudao.site.demo.stores import Stores


def leave(stores: Stores) -> None:
    """Leave requisitions in every state, a difference, counts, a write-off to approve."""
    until, showcase = stores.until, stores.province.showcase
    branch = showcase.plan.branch
    others = [one for one in stores.outlets[branch][1:] if one.id not in stores.shut]
    large = [one for one in others if one.plan.draft.kind != "recharge_point"]
    if len(large) < 6:
        return

    def ago(hours: float) -> datetime:
        return until - timedelta(hours=hours)

    goods = {"RC50": 20, "SIM3IN1": 10}

    def ask(outlet: Outlet, hours: float, note: str = "") -> RequisitionId:
        ctx = stores.seller(outlet, ago(hours))
        return stock.ask(ctx, place=outlet.id, goods=goods, note=note)

    declined = ask(large[0], 30)
    stores.decide(branch, declined, ago(28), {}, "本月配额已用完")
    cancelled = ask(large[1], 27)
    stock.cancel(stores.seller(large[1], ago(26)), requisition=cancelled, reason="数量填错")
    short = ask(large[2], 52)
    stores.decide(branch, short, ago(50), goods)
    stores.send(branch, short, ago(48), goods)
    _receive_short(stores, large[2], short, ago(20))
    for outlet in (showcase, large[3]):
        sent = ask(outlet, 24)
        stores.decide(branch, sent, ago(22), goods)
        stores.send(branch, sent, ago(4), goods)
    accepted = ask(large[4], 6)
    stores.decide(branch, accepted, ago(2), {"RC50": 12, "SIM3IN1": 10}, "50元卡库存不足")
    ask(showcase, 1, "周末促销备货")
    ask(large[5], 0.5)
    ask(large[0], 0.3)
    _count(stores, showcase, ago(21), missing=1)
    counting = stores.seller(large[1], ago(1))
    stock.open_count(counting, place=large[1].id)
    _broken(stores, branch, large[3], ago(3))


def _receive_short(
    stores: Stores, outlet: Outlet, requisition: RequisitionId, at: datetime
) -> None:
    """One card is not in the parcel."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT serial FROM stock_unit WHERE document = %s ORDER BY kind, serial",
            [requisition],
        )
        serials = tuple(serial for (serial,) in cursor.fetchall())
    baskets.receive(stores.seller(outlet, at), requisition=requisition, serials=serials[1:])


def _count(stores: Stores, outlet: Outlet, at: datetime, missing: int) -> None:
    """The outlet counts everything, and something is not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT serial FROM stock_unit WHERE place_id = %s"
            " AND state IN ('in_stock', 'defective', 'expired') ORDER BY kind DESC, serial",
            [outlet.id],
        )
        serials = [serial for (serial,) in cursor.fetchall()]
        cursor.execute(
            "SELECT item_id, sum(in_stock + defective) FROM stock_quantity"
            " WHERE place_id = %s GROUP BY item_id",
            [outlet.id],
        )
        quantities = {item: int(n) for item, n in cursor.fetchall()}
    count = stock.open_count(stores.seller(outlet, at), place=outlet.id)
    stock.record_count(
        stores.seller(outlet, at + timedelta(minutes=25)),
        count=count,
        serials=serials[missing:],
        quantities=quantities,
    )
    stock.close_count(stores.seller(outlet, at + timedelta(minutes=30)), count=count)


def _broken(stores: Stores, branch: str, outlet: Outlet, at: datetime) -> None:
    """Umbrellas at the branch broke; the keeper wants them written off."""
    place = stores.province.organizations[branch]
    goods = [Goods("GIFT-UMBRELLA", 3)]
    stock.mark_defective(stores.keeper(branch, at), place=place, goods=goods, reason="受潮损坏")
    later = stores.keeper(branch, at + timedelta(minutes=5))
    try:
        stock.write_off(later, place=place, goods=goods, reason="受潮损坏, 无法发放")
    except AwaitingApproval:
        return
