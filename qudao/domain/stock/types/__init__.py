"""What stock shows to the floors above: ids, codes, records, refusals that several raise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock.types.files import BulkRecord, BulkTerms, RowFault
from qudao.domain.stock.types.records import (
    AgeingRow,
    AreaSum,
    BatchRow,
    CountLine,
    CountRecord,
    CountRow,
    ExpiringRow,
    MarginRow,
    MovementLineRow,
    MovementRow,
    MovementSearch,
    Proposal,
    RequisitionLine,
    RequisitionRecord,
    RequisitionRow,
    RequisitionSearch,
    Shortage,
    StockLevel,
    ThresholdRow,
    TurnoverRow,
    UnitSearch,
    UnitStep,
    document_number,
)
from qudao.domain.stock.types.refusals import (
    CardExpired,
    ItemUnknown,
    PlaceUnknown,
    QuantityInvalid,
    ReasonMissing,
    SerialInvalid,
    StockShort,
    UnitElsewhere,
    UnitNotForSale,
    UnitUnknown,
)
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret

UnitId = NewType("UnitId", UUID)
ItemCode = NewType("ItemCode", str)
MovementId = NewType("MovementId", UUID)
RequisitionId = NewType("RequisitionId", UUID)
CountId = NewType("CountId", UUID)
BulkId = NewType("BulkId", UUID)


class GoodsKind(StrEnum):
    """What goods are. Text in the tables; a kind says what its serials look like (`rules`)."""

    SIM = "sim"
    RECHARGE_CARD = "recharge_card"
    HANDSET = "handset"
    KIT = "kit"
    GIFT = "gift"
    ACCESSORY = "accessory"


class UnitState(StrEnum):
    """Where a unit with a serial is in its life."""

    IN_STOCK = "in_stock"
    """Lies at its place and may be sold or sent."""
    IN_TRANSIT = "in_transit"
    """On its way to its place: counted there, never for sale."""
    HELD = "held"
    """Lies at its place, bound to an order that is not decided."""
    SOLD = "sold"
    """A customer has it; its place is the outlet that sold it."""
    USED = "used"
    """A recharge card whose value was put onto a line, or is just being put."""
    DEFECTIVE = "defective"
    MISSING = "missing"
    """The books have it at its place, the shelf does not: found, or written off."""
    EXPIRED = "expired"
    WRITTEN_OFF = "written_off"


LYING = frozenset(
    {
        UnitState.IN_STOCK,
        UnitState.IN_TRANSIT,
        UnitState.HELD,
        UnitState.DEFECTIVE,
        UnitState.MISSING,
        UnitState.EXPIRED,
    }
)
"""States of a unit that the books have at its place; in the others it has left."""


class Terms(StrEnum):
    """Whose goods they are."""

    CONSIGNMENT = "consignment"
    """代销: the operator's, wherever they lie; paid for when they are sold."""
    PURCHASE = "purchase"
    """买断: the outlet has bought them; selling them costs it nothing more."""


class End(StrEnum):
    """Ends of a move outside of every place."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    SCRAP = "scrap"
    FOUND = "found"


class MovementKind(StrEnum):
    LOAD = "load"
    DISPATCH = "dispatch"
    TRANSFER = "transfer"
    RETURN = "return"
    TURN_BACK = "turn_back"
    """What was on its way goes back to where it came from."""
    SALE = "sale"
    CUSTOMER_RETURN = "customer_return"
    REPLACE = "replace"
    PURCHASE = "purchase"
    """The outlet buys what lies at it: nothing changes its place."""
    PURCHASE_RETURN = "purchase_return"
    FOUND = "found"
    WRITE_OFF = "write_off"


class RequisitionKind(StrEnum):
    REQUISITION = "requisition"
    """An outlet asked for goods."""
    TRANSFER = "transfer"
    """Sent without being asked for."""
    RETURN = "return"


class RequisitionState(StrEnum):
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DISPATCHED = "dispatched"
    RECEIVED = "received"
    """With all of it, or with differences that its lines tell."""
    CANCELLED = "cancelled"


class CountState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class BulkState(StrEnum):
    CHECKING = "checking"
    REFUSED = "refused"
    """Rows are wrong: nothing can be loaded from it."""
    CHECKED = "checked"
    LOADING = "loading"
    LOADED = "loaded"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class ItemRecord:
    code: ItemCode
    kind: str
    name_zh: str
    name_en: str
    serialised: bool
    price: Money
    """What a customer pays."""
    wholesale: Money
    """What an outlet pays that buys it."""
    offering: str
    """Code of the catalogue's offering that sells it, for recharge cards; else empty."""
    active: bool


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit with a serial, and what a sale must know of it."""

    id: UnitId
    item: ItemCode
    item_name_zh: str
    item_name_en: str
    kind: str
    serial: str
    imsi: str
    number: str
    """The telephone number that was packed with a SIM card; else empty."""
    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    state: str
    terms: str
    price: Money
    """Of the item, for a customer."""
    wholesale: Money
    offering: str
    expires_on: date | None
    batch: str
    cause: UUID | None
    """The order that holds it, or that it was sold by."""
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Goods without serials that an order holds."""

    outlet: OrganizationId
    item: ItemCode
    item_name_zh: str
    item_name_en: str
    kind: str
    quantity: int
    terms: str
    price: Money
    """Of one."""


@dataclass(frozen=True, slots=True)
class Goods:
    """
    Which goods are meant, of one item: serials, ranges of consecutive serials (first and last),
    or just how many. Of goods with serials a bare quantity means the oldest that are there.
    """

    item: str
    quantity: int = 0
    serials: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that comes from the supplier."""

    serial: str
    imsi: str = ""
    pin: Secret | None = None
    number: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery."""

    requisition: RequisitionId
    received: int
    missing: int
    amount: Money
    """
    For goods that change their owner: what the outlet owes that buys them, at wholesale prices;
    of a return, what the outlet had paid. Zero on consignment.
    """


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Defective goods on their way back, and what was asked for in their place."""

    returned: RequisitionId
    asked: RequisitionId


__all__ = [
    "LYING",
    "AgeingRow",
    "AreaSum",
    "BatchRow",
    "BulkId",
    "BulkRecord",
    "BulkState",
    "BulkTerms",
    "CardExpired",
    "CountId",
    "CountLine",
    "CountRecord",
    "CountRow",
    "CountState",
    "End",
    "Exchanged",
    "ExpiringRow",
    "Goods",
    "GoodsKind",
    "Held",
    "ItemCode",
    "ItemRecord",
    "ItemUnknown",
    "MarginRow",
    "MovementId",
    "MovementKind",
    "MovementLineRow",
    "MovementRow",
    "MovementSearch",
    "NewUnit",
    "PlaceUnknown",
    "Proposal",
    "QuantityInvalid",
    "ReasonMissing",
    "Received",
    "RequisitionId",
    "RequisitionKind",
    "RequisitionLine",
    "RequisitionRecord",
    "RequisitionRow",
    "RequisitionSearch",
    "RequisitionState",
    "RowFault",
    "SerialInvalid",
    "Shortage",
    "StockLevel",
    "StockShort",
    "Terms",
    "ThresholdRow",
    "TurnoverRow",
    "UnitElsewhere",
    "UnitId",
    "UnitNotForSale",
    "UnitRecord",
    "UnitSearch",
    "UnitState",
    "UnitStep",
    "UnitUnknown",
    "document_number",
]
