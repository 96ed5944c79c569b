"""
Channel entry (渠道准入): a channel manager enters a channel and looks at it on site; the branch
files it (报备) or asks the province (报批); the deposit comes in; the BOSS knows it; then it opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import Contract, OutletChange, OutletRecord
from qudao.domain.wallet import operations as wallet
from qudao.journeys.channels import ENTRY, UNDER_CONTRACT
from qudao.journeys.processes.channel_parts import outlet_of, require_done_in_boss, shown
from qudao.kernel.money import Money
from qudao.kernel.period import Period, business_date, day_bounds
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.processes.registry import action, form, register
from qudao.platform.processes.types import Choice, Field, Process, Words, Work

_ONE_DAY = timedelta(days=1)


def _drop(ctx: Context, work: Work) -> None:
    """Close the draft; its node code is not given again."""
    said = (work.data.get(name) for name in ("approval_reason", "review_reason", "correction_note"))
    reason = next((text for text in said if text), "准入未通过 Not admitted")
    saleschannel.close(ctx, outlet=outlet_of(work), reason=reason)


PROCESS = register(
    Process(
        ENTRY,
        Words("渠道准入", "Channel entry"),
        Path(__file__).parent,
        cancelled_by=frozenset({"branch_supervisor", "province_administrator"}),
        on_cancel=_drop,
        screen="saleschannel.outlet",
        shows=shown,
    )
)

drop = action("channel.drop")(_drop)


@form("channel_correction")
def correction_fields(ctx: Context, work: Work) -> Iterable[Field]:
    """Return what may be corrected of a draft, as it stands, and why it was sent back."""
    record = outlets.outlet(ctx, outlet=outlet_of(work))
    position = None
    if record.latitude is not None:
        position = f"{record.latitude},{record.longitude}"
    yield Field(
        "correction",
        Words("下一步", "What next"),
        "enum",
        choices=(
            Choice("again", Words("修改后再报", "Correct it and submit it again")),
            Choice("withdraw", Words("撤回申请", "Withdraw it")),
        ),
        default="again",
        help=_sent_back(work),
    )
    yield Field(
        "name_zh", Words("中文名称", "Name in Chinese"), longest=100, default=record.name_zh
    )
    yield Field(
        "name_en", Words("英文名称", "Name in English"), longest=100, default=record.name_en
    )
    yield Field("address", Words("地址", "Address"), longest=200, default=record.address)
    yield Field(
        "place_position", Words("登记位置", "Its place"), "position", False, default=position
    )
    if record.ownership in UNDER_CONTRACT:
        yield from _contract_fields(record)
    yield Field("correction_note", Words("修改说明", "What was corrected"), "text", required=False)


def _sent_back(work: Work) -> Words:
    if work.data.get("site") == "unfit" and not work.data.get("passed"):
        return Words("现场核查未通过。", "The on-site check did not pass.")
    if work.data.get("site") == "unfit":
        metres = work.data["distance_m"]
        return Words(
            f"现场位置距登记位置 {metres} 米：请改正位置或重新核查。",
            f"The check was made {metres} m from the place entered: correct that, or look again.",
        )
    said = work.data.get("approval_reason") or work.data.get("review_reason") or ""
    return Words(said, said)


def _contract_fields(record: OutletRecord) -> Iterable[Field]:
    first, last = record.contract_from, record.contract_until
    yield Field(
        "contract_number",
        Words("合同编号", "Contract number"),
        longest=64,
        default=record.contract_number,
    )
    yield Field(
        "contract_from",
        Words("合同起始日", "Contract from"),
        "date",
        default=business_date(first).isoformat() if first else None,
    )
    yield Field(
        "contract_until",
        Words("合同到期日（含）", "Contract's last day"),
        "date",
        False,
        default=(business_date(last) - _ONE_DAY).isoformat() if last else None,
    )
    yield Field(
        "contract_deposit",
        Words("保证金", "Deposit"),
        "money",
        least=0,
        default=record.deposit.minor,
    )


@action("channel.correct")
def correct(ctx: Context, work: Work) -> Mapping[str, Json]:
    """Write the corrections into the draft; what was decided on it before is decided anew."""
    data, outlet = work.data, outlet_of(work)
    longitude = latitude = None
    if data.get("place_position"):
        latitude, longitude = (Decimal(part) for part in data["place_position"].split(","))
    saleschannel.change(
        ctx,
        outlet=outlet,
        changes=OutletChange(
            name_zh=data["name_zh"],
            name_en=data["name_en"],
            address=data["address"],
            longitude=longitude,
            latitude=latitude,
        ),
    )
    if data.get("contract_number"):
        saleschannel.sign_contract(ctx, outlet=outlet, contract=_contract(data))
    record = outlets.outlet(ctx, outlet=outlet)
    again = {name: None for name in ("review_reason", "approval_reason", "site", "distance_m")}
    return {**again, "deposit_due": record.deposit.minor}


def _contract(data: Mapping[str, Json]) -> Contract:
    """Return the contract that a form describes; its last day is still part of it."""
    end = None
    if data.get("contract_until"):
        end = day_bounds(date.fromisoformat(data["contract_until"])).end
    return Contract(
        data["contract_number"],
        Period(day_bounds(date.fromisoformat(data["contract_from"])).start, end),
        Money(data["contract_deposit"]),
    )


@action("channel.open")
def open_channel(ctx: Context, work: Work) -> None:
    """Let the channel sell: its wallet is there, and its limits are those of the draft."""
    require_done_in_boss(work)
    wallet.open(ctx, outlet=outlet_of(work))
    saleschannel.activate(ctx, outlet=outlet_of(work))
