"""What the pages about goods share: who may do what, levels with what to ask for, serials read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationKind, OrganizationRow
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    Goods,
    ItemRecord,
    RequisitionRow,
    RequisitionSearch,
    RequisitionState,
    StockLevel,
    TurnoverRow,
    UnitRecord,
    UnitSearch,
)
from qudao.fronts.portal.desk import Desk
from qudao.fronts.portal.paging import every
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.platform.commands.context import SYSTEM

ACTS: Final[Mapping[str, str]] = {
    "ask": "stock.ask",
    "cancel": "stock.cancel",
    "receive": "goods.receive",
    "return_goods": "stock.return_goods",
    "exchange": "stock.exchange",
    "transfer": "stock.transfer",
    "set_threshold": "stock.set_threshold",
    "mark_defective": "stock.mark_defective",
    "mark_found": "stock.mark_found",
    "open_count": "stock.open_count",
    "record_count": "stock.record_count",
    "close_count": "counts.close",
    "cancel_count": "stock.cancel_count",
}
"""What a page offers → the grant it takes."""

USUAL_DAYS: Final = 30
MOST_ITEMS: Final = 1000
MOST_UNITS: Final = 20_000


def may(desk: Desk) -> dict[str, bool]:
    """Which acts to offer to whoever stands at the desk."""
    return {act: desk.can(grant) for act, grant in ACTS.items()}


@dataclass(frozen=True, slots=True)
class Low:
    """Goods that run low, and how many to ask for."""

    level: StockLevel
    wanted: int
    key: str
    """The request key of the button that asks for them."""


def store(desk: Desk) -> OrganizationRow:
    """The store that serves the outlet: its branch."""
    above = goods.store_above(desk.ctx, place=desk.id)
    return next(row for row in party.ancestors(desk.ctx, desk.id) if row.id == above)


def stores(desk: Desk) -> tuple[OrganizationRow, ...]:
    """Where goods may be sent from here: county, branch and province, the nearest first."""
    kinds = {OrganizationKind.COUNTY, OrganizationKind.BRANCH, OrganizationKind.PROVINCE}
    above = party.ancestors(desk.ctx, desk.id)
    return tuple(row for row in reversed(above) if row.kind in kinds)


def items(desk: Desk) -> tuple[ItemRecord, ...]:
    """Everything that may be asked for."""
    return tuple(every(lambda page: goods.items(desk.ctx, page=page), most=MOST_ITEMS))


def levels(desk: Desk) -> tuple[StockLevel, ...]:
    """How much of each item lies at the outlet."""
    return goods.stock_at(desk.ctx, place=desk.id)


def turnover(desk: Desk) -> dict[str, TurnoverRow]:
    """How each item has sold here in the last 30 days."""
    today = business_date(desk.ctx.at)
    rows = goods.turnover(
        desk.ctx,
        below=desk.outlet.path,
        first=today - timedelta(days=USUAL_DAYS - 1),
        last=today,
    )
    return {row.item: row for row in rows}


def usual(level: StockLevel | None, sold: int) -> int:
    """
    Propose how many to ask for: what sells in 30 days, or twice what the warning stands at,
    less what is here and on its way.
    """
    here = level.in_stock + level.in_transit if level is not None else 0
    low = level.threshold or 0 if level is not None else 0
    return max(0, max(sold, 2 * low) - here)


def coming(desk: Desk) -> tuple[RequisitionRow, ...]:
    """Deliveries on their way to the outlet."""
    search = RequisitionSearch(target=desk.id, states=frozenset({RequisitionState.DISPATCHED}))
    return goods.requisitions(desk.ctx, search=search, page=PageRequest(limit=20)).items


def units_of(desk: Desk, search: UnitSearch) -> tuple[UnitRecord, ...]:
    return tuple(
        every(lambda page: goods.units(desk.ctx, search=search, page=page), most=MOST_UNITS)
    )


def names(desk: Desk, users: Iterable[UUID | None]) -> dict[UUID, str]:
    """User → name; the platform itself is called so."""
    wanted = [user for user in users if user is not None]
    found = party.names_of_users(desk.ctx, wanted)
    return {user: _("System") if user == SYSTEM else found.get(user, "") for user in wanted}


@dataclass(frozen=True, slots=True)
class Meant:
    """Scanned serials by item; and those that nothing here carries."""

    goods: tuple[Goods, ...]
    unknown: tuple[str, ...]


def by_item(desk: Desk, serials: Sequence[str], pieces: Mapping[str, int]) -> Meant:
    """Say which goods are meant by serials that were scanned and pieces that were counted."""
    found: dict[str, list[str]] = {}
    unknown = []
    for serial in serials:
        unit = next(
            (one for one in goods.find(desk.ctx, serial=serial) if one.place == desk.id), None
        )
        if unit is None:
            unknown.append(serial)
        else:
            found.setdefault(unit.item, []).append(unit.serial)
    named = [Goods(item, serials=tuple(some)) for item, some in sorted(found.items())]
    counted = [Goods(item, quantity=count) for item, count in sorted(pieces.items())]
    return Meant((*named, *counted), tuple(unknown))


SHOWN: Final = 5
"""Serials named in one message."""


def some_of(serials: Sequence[str]) -> str:
    """The first serials of many, for a message."""
    shown = ", ".join(serials[:SHOWN])
    return shown if len(serials) <= SHOWN else f"{shown}, … (+{len(serials) - SHOWN})"


def file_name(desk: Desk, what: str) -> str:
    return f"{what}-{desk.outlet.node_code}-{business_date(desk.ctx.at)}"
