"""
Channel change (渠道变更): opening hours change at once; core data are filed (报备) or asked of the
province (报批) first, and a new place is looked at on site.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Contract, OutletChange
from qudao.domain.stock import operations as stock
from qudao.domain.wallet import operations as wallet
from qudao.journeys.channels import CHANGE
from qudao.journeys.processes import channel_parts
from qudao.journeys.processes.channel_parts import outlet_of, require_done_in_boss
from qudao.platform.commands.codec import decode
from qudao.platform.commands.context import Context
from qudao.platform.processes.registry import action, register
from qudao.platform.processes.types import Process, Words, Work

_NAMES = {
    "name_zh": Words("中文名称", "Name in Chinese"),
    "name_en": Words("英文名称", "Name in English"),
    "address": Words("地址", "Address"),
    "longitude": Words("经度", "Longitude"),
    "latitude": Words("纬度", "Latitude"),
    "star": Words("星级", "Stars"),
    "tier": Words("等级", "Tier"),
    "market": Words("市场", "Market"),
    "kind": Words("渠道类型", "Kind"),
    "owner": Words("店主", "Owner"),
    "opening_hours": Words("营业时间", "Opening hours"),
    "hours_enforced": Words("非营业时间禁止销售", "Refuse sales while shut"),
}


def _shown(ctx: Context, work: Work) -> Sequence[tuple[Words, Any]]:
    """Return the channel, and what shall become different."""
    found = [*channel_parts.shown(ctx, work), (Words("变更原因", "Reason"), work.data["reason"])]
    for name, value in work.data["changes"].items():
        words = _NAMES[name]
        found.append((Words(f"变更：{words.zh}", f"New: {words.en}"), str(value)))
    if work.data["new_place"]:
        place = organizations.organization(ctx, OrganizationId(UUID(work.data["new_place"])))
        if place is not None:
            found.append((Words("变更：所属", "New: county"), Words(place.name_zh, place.name_en)))
    if work.data["contract"]:
        contract = decode(work.data["contract"], Contract)
        found.append((Words("变更：合同", "New: contract"), contract.number))
        found.append((Words("变更：保证金", "New: deposit"), contract.deposit))
    return found


PROCESS = register(
    Process(
        CHANGE,
        Words("渠道变更", "Channel change"),
        Path(__file__).parent,
        cancelled_by=frozenset({"branch_supervisor", "province_administrator"}),
        screen="saleschannel.outlet",
        shows=_shown,
    )
)


@action("channel.change")
def apply(ctx: Context, work: Work) -> None:
    """Make the change: details, place and contract; wallet and goods follow a new place."""
    require_done_in_boss(work)
    outlet, data = outlet_of(work), work.data
    if data["changes"]:
        saleschannel.change(ctx, outlet=outlet, changes=decode(data["changes"], OutletChange))
    if data["contract"]:
        saleschannel.sign_contract(ctx, outlet=outlet, contract=decode(data["contract"], Contract))
    if data["new_place"]:
        saleschannel.move(ctx, outlet=outlet, place=OrganizationId(UUID(data["new_place"])))
        wallet.rehome(ctx, outlet=outlet)
        stock.rehome(ctx, organization=outlet)
