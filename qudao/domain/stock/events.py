"""Facts that stock announces."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock.types import BulkId, CountId, RequisitionId


@dataclass(frozen=True, slots=True)
class GoodsTaken:
    """There is less of some items for sale at a place than before."""

    place: OrganizationId
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequisitionAsked:
    requisition: RequisitionId
    source: OrganizationId
    target: OrganizationId


@dataclass(frozen=True, slots=True)
class RequisitionDecided:
    requisition: RequisitionId
    accepted: int
    asked: int


@dataclass(frozen=True, slots=True)
class GoodsDispatched:
    requisition: RequisitionId
    source: OrganizationId
    target: OrganizationId


@dataclass(frozen=True, slots=True)
class GoodsReceived:
    requisition: RequisitionId
    received: int
    missing: int


@dataclass(frozen=True, slots=True)
class CountClosed:
    count: CountId
    short: int
    over: int


@dataclass(frozen=True, slots=True)
class FileLoaded:
    bulk: BulkId
    kind: str
    rows: int
