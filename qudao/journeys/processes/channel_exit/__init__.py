"""
Channel exit (渠道退出): once the branch has filed it (报备), or the province approved (报批),
sales stop; goods, commission, wallet and deposit are settled, and only then the channel is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import OutletState
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys import leaving
from qudao.journeys.channels import EXIT
from qudao.journeys.processes import channel_parts
from qudao.journeys.processes.channel_parts import outlet_of, require_done_in_boss
from qudao.kernel.money import Money
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.processes.registry import action, form, register
from qudao.platform.processes.types import Field, Process, Words, Work

SHOWN_ARTICLES = 5


def _shown(ctx: Context, work: Work) -> Sequence[tuple[Words, Any]]:
    """Return the channel, why it leaves, and what there still is between it and us."""
    found = leaving.standing(ctx, outlet=outlet_of(work))
    earned = found.commission
    return [
        *channel_parts.shown(ctx, work),
        (Words("退出原因", "Reason"), work.data["reason"]),
        (Words("最后营业日", "Last day"), date.fromisoformat(work.data["last_day"])),
        (Words("钱包余额", "Wallet"), found.balance),
        *([(Words("未付酬金", "Commission unpaid"), earned.unpaid)] if earned else []),
        *([(Words("未答复争议", "Disputes open"), earned.disputes)] if earned else []),
        (Words("在途订单", "Sales in flight"), found.orders),
        (Words("剩余库存", "Goods left"), found.quantity),
        (Words("在途调拨", "Deliveries under way"), found.deliveries),
        (Words("保证金", "Deposit held"), found.deposit),
    ]


def _resume(ctx: Context, work: Work) -> None:
    """Let a channel that stays after all sell again, and its wallet pay."""
    outlet = outlet_of(work)
    if not work.data.get("stopped"):
        return
    if wallets.wallet(ctx, outlet=outlet).frozen:
        wallet.unfreeze(ctx, outlet=outlet)
    if outlets.outlet(ctx, outlet=outlet).state == OutletState.SUSPENDED:
        saleschannel.resume(ctx, outlet=outlet)


PROCESS = register(
    Process(
        EXIT,
        Words("渠道退出", "Channel exit"),
        Path(__file__).parent,
        cancelled_by=frozenset({"branch_supervisor", "province_administrator"}),
        on_cancel=_resume,
        screen="saleschannel.outlet",
        shows=_shown,
    )
)


@action("channel.stop")
def stop(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Stop the sales: what is in flight is finished or given back."""
    before = outlets.outlet(ctx, outlet=outlet_of(work)).state
    leaving.stop_sales(ctx, outlet=outlet_of(work), reason=work.data["reason"])
    return {"stopped": before == OutletState.ACTIVE}


@form("channel_stock")
def stock_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what the keeper says; what still lies there stands beside it."""
    found = leaving.standing(ctx, outlet=outlet_of(work))
    shown = found.goods[:SHOWN_ARTICLES]
    zh = "、".join(f"{one.item_name_zh} {leaving.quantity_of(one)}" for one in shown)
    en = ", ".join(f"{one.item_name_en} {leaving.quantity_of(one)}" for one in shown)
    words = Words(f"网点现有：{zh or '无'}。", f"Still there: {en or 'nothing'}.")
    yield Field(
        "stock_cleared", Words("库存已全部收回", "All goods are back"), "boolean", help=words
    )
    yield Field("stock_remarks", Words("说明", "Remarks"), "text", required=False)


@action("channel.check_stock")
def check_stock(ctx: Context, work: Work) -> None:
    """See that nothing is left."""
    leaving.demand_empty(ctx, outlet=outlet_of(work))


@form("channel_settlement")
def settlement_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what finance notes of the last payment: nothing, if there is nothing to pay."""
    found = leaving.standing(ctx, outlet=outlet_of(work))
    amount = f"{found.balance.minor // 100}.{found.balance.minor % 100:02d}"
    yield Field(
        "payout_reference",
        Words("清退转账流水号", "The bank's number of the transfer"),
        required=found.balance > Money.zero(),
        longest=64,
        help=Words(f"钱包余额 {amount} 元。", f"The wallet holds {amount} yuan."),
    )
    last = found.commission.last_month if found.commission else None
    month_zh, month_en = (f"{last:%Y-%m}",) * 2 if last else ("无", "none")
    yield Field(
        "commission_settled",
        Words("酬金已全部结清", "All commission is settled"),
        "boolean",
        help=Words(f"已出结算单至：{month_zh}。", f"Latest statement: {month_en}."),
    )


@action("channel.pay_out")
def pay_out(ctx: Context, work: Work) -> Mapping[str, Json]:
    """
    Pay out what the wallet holds, and freeze it.

    :raises CommissionNotSettled: if finance says that commission of some month is still to come.
    """
    if not work.data["commission_settled"]:
        raise leaving.CommissionNotSettled
    paid = leaving.settle(
        ctx,
        outlet=outlet_of(work),
        reference=work.data.get("payout_reference") or "",
        reason=work.data["reason"],
    )
    return {"paid_out": paid.minor}


@form("channel_deposit_back")
def deposit_back_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what finance notes of the deposit: how much is kept, why, and the transfer."""
    held = wallets.deposit_held(ctx, outlet=outlet_of(work))
    amount = f"{held.minor // 100}.{held.minor % 100:02d}"
    yield Field(
        "withheld",
        Words("扣留金额", "Kept back"),
        "money",
        default=0,
        least=0,
        most=held.minor,
        help=Words(f"保证金 {amount} 元。", f"The deposit is {amount} yuan."),
    )
    yield Field(
        "withheld_reason",
        Words("扣留原因", "Why"),
        "text",
        required_when=("withheld", "!0"),
        help=Words("有扣留时必填。", "Needed when something is kept back."),
    )
    yield Field(
        "deposit_reference",
        Words("退款转账流水号", "The bank's number of the transfer"),
        required_when=("withheld", f"!{held.minor}"),
        longest=64,
        help=Words("全部扣留时不填。", "Not when all of it is kept back."),
    )


@action("channel.return_deposit")
def return_deposit(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Give the deposit back, less what is kept."""
    back = wallet.return_deposit(
        ctx,
        outlet=outlet_of(work),
        withheld=Money(work.data["withheld"]),
        reason=work.data.get("withheld_reason") or "",
        reference=work.data.get("deposit_reference") or "",
    )
    return {"deposit_back": back.minor}


@action("channel.close")
def close(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Close the channel; its people may not act for it any more."""
    require_done_in_boss(work)
    ended = leaving.close(ctx, outlet=outlet_of(work), reason=work.data["reason"])
    return {"memberships_ended": ended}
