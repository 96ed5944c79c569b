"""Rows of lists and figures of goods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.period import business_date


def document_number(at: datetime, document: UUID) -> str:
    """Return what people call a document by: its day and the end of its id, `261120-9F3A2C`."""
    return f"{business_date(at):%y%m%d}-{document.hex[-6:].upper()}"


@dataclass(frozen=True, slots=True)
class StockLevel:
    """How much of an item is at one place, or at a place and below it."""

    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    place_kind: str
    path: str
    item: str
    item_name_zh: str
    item_name_en: str
    kind: str
    serialised: bool
    in_stock: int
    """For sale now."""
    in_transit: int
    held: int
    other: int
    """Defective, expired or missing."""
    threshold: int | None
    """At one place only."""
    value: Money | None
    """At cost, of the operator's goods; only for who may see values."""

    @property
    def is_low(self) -> bool:
        return self.threshold is not None and self.in_stock < self.threshold


@dataclass(frozen=True, slots=True)
class UnitSearch:
    """Which units to list; an empty field does not restrict."""

    place: OrganizationId | None = None
    below: str = ""
    """Path of a place: units at it and below it."""
    item: str = ""
    kind: str = ""
    states: frozenset[str] = frozenset()
    terms: str = ""
    serial: str = ""
    """The beginning of a serial, or its last four or more digits."""
    number: str = ""
    batch: str = ""
    expires_before: date | None = None
    document: UUID | None = None
    """What is on its way by a delivery, or missing from it."""
    packed: bool | None = None
    """SIM cards that were put together with a number, or those that were not."""


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A document: goods went from one end to another."""

    id: UUID
    kind: str
    at: datetime
    actor: UUID
    source: OrganizationId | None
    source_code: str | None
    source_name_zh: str | None
    source_name_en: str | None
    source_end: str
    """`supplier`, `customer`, `scrap`, `found`, where the source is no place."""
    target: OrganizationId | None
    target_code: str | None
    target_name_zh: str | None
    target_name_en: str | None
    target_end: str
    quantity: int
    cause: UUID | None
    """The order of a sale, or the requisition of a delivery."""
    reason: str

    @property
    def number(self) -> str:
        return document_number(self.at, self.id)


@dataclass(frozen=True, slots=True)
class MovementLineRow:
    item: str
    item_name_zh: str
    item_name_en: str
    serial: str | None
    quantity: int
    terms: str


@dataclass(frozen=True, slots=True)
class MovementSearch:
    """Which documents to list; an empty field does not restrict."""

    place: OrganizationId | None = None
    """One of its ends."""
    below: str = ""
    kinds: frozenset[str] = frozenset()
    item: str = ""
    first: date | None = None
    last: date | None = None
    cause: UUID | None = None
    movement: UUID | None = None


@dataclass(frozen=True, slots=True)
class UnitStep:
    """One move in the life of a unit."""

    movement: UUID
    kind: str
    at: datetime
    actor: UUID
    source_code: str | None
    source_name_zh: str | None
    source_name_en: str | None
    source_end: str
    target_code: str | None
    target_name_zh: str | None
    target_name_en: str | None
    target_end: str
    cause: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class RequisitionSearch:
    """Which requisitions, transfers and returns to list; an empty field does not restrict."""

    source: OrganizationId | None = None
    target: OrganizationId | None = None
    kinds: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    below: str = ""
    """Path of a place: one of the ends lies there."""
    with_differences: bool = False


@dataclass(frozen=True, slots=True)
class RequisitionRow:
    id: UUID
    kind: str
    terms: str
    state: str
    source: OrganizationId
    source_code: str
    source_name_zh: str
    source_name_en: str
    target: OrganizationId
    target_code: str
    target_name_zh: str
    target_name_en: str
    note: str
    """Why it was asked for, or why goods go back."""
    answer: str
    """Why less than all was accepted, or nothing; why it was cancelled."""
    asked_at: datetime
    asked_by: UUID
    decided_at: datetime | None
    decided_by: UUID | None
    dispatched_at: datetime | None
    received_at: datetime | None
    asked: int
    accepted: int
    dispatched: int
    received: int
    missing: int
    """Dispatched, not received, and neither found nor written off since."""

    @property
    def number(self) -> str:
        return document_number(self.asked_at, self.id)


@dataclass(frozen=True, slots=True)
class RequisitionLine:
    item: str
    item_name_zh: str
    item_name_en: str
    kind: str
    serialised: bool
    asked: int
    accepted: int
    dispatched: int
    received: int
    missing: int
    price: Money
    """Of one, for the outlet that buys: the wholesale price."""


@dataclass(frozen=True, slots=True)
class RequisitionRecord:
    row: RequisitionRow
    lines: tuple[RequisitionLine, ...]


@dataclass(frozen=True, slots=True)
class CountRow:
    id: UUID
    state: str
    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    item: str | None
    """Only this item is counted; None: everything."""
    opened_at: datetime
    opened_by: UUID
    closed_at: datetime | None
    expected: int
    counted: int
    short: int
    over: int

    @property
    def number(self) -> str:
        return document_number(self.opened_at, self.id)


@dataclass(frozen=True, slots=True)
class CountLine:
    """One serial, or one item without serials."""

    item: str
    item_name_zh: str
    item_name_en: str
    serial: str
    expected: int
    counted: int
    finding: str
    """`right`, `short`, `over`; `elsewhere` for a unit that the books have at another place."""


@dataclass(frozen=True, slots=True)
class CountRecord:
    row: CountRow
    lines: tuple[CountLine, ...]


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    item: str
    item_name_zh: str
    item_name_en: str
    low: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A place has less of an item than its threshold."""

    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    path: str
    item: str
    item_name_zh: str
    item_name_en: str
    in_stock: int
    in_transit: int
    low: int


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """Units of an item by the days since they came to their place."""

    item: str
    item_name_zh: str
    item_name_en: str
    up_to_30: int
    up_to_90: int
    up_to_180: int
    above: int
    value: Money | None


@dataclass(frozen=True, slots=True)
class TurnoverRow:
    """How fast an item sells, over a period."""

    item: str
    item_name_zh: str
    item_name_en: str
    opening: int
    closing: int
    sold: int
    """Less what customers brought back."""
    days_of_stock: int | None
    """How long the stock lasts at this rate; None when nothing was sold."""


@dataclass(frozen=True, slots=True)
class MarginRow:
    """What goods brought and what they cost; by item or by branch."""

    key: str
    name_zh: str
    name_en: str
    quantity: int
    revenue: Money
    cost: Money

    @property
    def margin(self) -> Money:
        return self.revenue - self.cost


@dataclass(frozen=True, slots=True)
class AreaSum:
    """Stock of a branch or county, for a map."""

    place: OrganizationId
    code: str
    name_zh: str
    name_en: str
    path: str
    in_stock: int
    in_transit: int
    value: Money | None
    shortages: int


@dataclass(frozen=True, slots=True)
class ExpiringRow:
    """Cards of one item at one place that expire on one day."""

    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    item: str
    item_name_zh: str
    item_name_en: str
    expires_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Cards that will not be sold where they lie before they expire, and where they would be."""

    item: str
    expires_on: date
    source: OrganizationId
    source_code: str
    source_name_zh: str
    source_name_en: str
    target: OrganizationId
    target_code: str
    target_name_zh: str
    target_name_en: str
    quantity: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch of one item as it was taken in, and what became of it."""

    batch: str
    item: str
    item_name_zh: str
    item_name_en: str
    taken_in: int
    in_stock: int
    sold: int
    expires_on: date | None
