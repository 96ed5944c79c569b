"""What payment shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from qudao.domain.ledger.types import AccountId
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

DrawerId = NewType("DrawerId", UUID)
PaymentId = NewType("PaymentId", UUID)
StatementId = NewType("StatementId", UUID)
LineId = NewType("LineId", UUID)


class Method(StrEnum):
    """How money came in."""

    CASH = "cash"
    CARD = "card"
    BANK_TRANSFER = "bank_transfer"


class LineState(StrEnum):
    """What became of a credit on a bank statement."""

    WAITING = "waiting"
    """No outlet was recognised: a person has to look."""
    BOOKED = "booked"
    """It is in an outlet's wallet."""
    SET_ASIDE = "set_aside"
    """A person decided that it is no pay-in."""


# Bank statements as formats read them


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One credit on a bank statement."""

    row: int
    """Its place in the file, from 1."""
    booked_on: date
    amount: Money
    reference: str
    """The bank's own, unique on the account."""
    remittance: str
    """What the payer wrote."""
    payer: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row of a file."""

    row: int
    """0: the file as a whole."""
    problem: str
    """`unreadable`, `too_large`, `empty`, `column_missing`, `date`, `amount`, `currency`,
    `reference_missing`, `duplicate_in_file`, `already_imported`."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """What a format found in a file: credits, and what it could not read. Debits are left out."""

    account: str
    lines: tuple[ParsedLine, ...]
    errors: tuple[RowError, ...] = ()


# Records for screens


@dataclass(frozen=True, slots=True)
class DrawerRecord:
    """A session at a cash drawer."""

    drawer: DrawerId
    hall: OrganizationId
    hall_name_zh: str
    hall_name_en: str
    clerk: UUID
    state: str
    """`open` or `closed`."""
    opened_at: datetime
    closed_at: datetime | None
    opening_float: Money
    received: Money
    """Cash taken in this session, less what was taken back."""
    expected: Money
    """What must be in the drawer: float and cash taken."""
    counted: Money | None
    """What was in it when it was closed."""
    difference: Money | None
    """Counted less expected: negative when cash is missing."""
    remark: str


@dataclass(frozen=True, slots=True)
class DrawerCount:
    """A count of an open drawer, or the closing one."""

    drawer: DrawerId
    expected: Money
    counted: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """Money received from an outlet."""

    payment: PaymentId
    received_at: datetime
    business_date: date
    outlet: OrganizationId
    outlet_code: str
    outlet_name_zh: str
    outlet_name_en: str
    hall: OrganizationId | None
    hall_name_zh: str | None
    hall_name_en: str | None
    method: str
    amount: Money
    reference: str
    clerk: UUID
    prints: int
    """How often its receipt was printed."""
    taken_back_at: datetime | None
    taken_back_reason: str


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """What a receipt says of a payment."""

    payment: PaymentRecord
    number: str
    """17 digits with a check digit, from the same row of serials as the receipts of sales."""


@dataclass(frozen=True, slots=True)
class Received:
    """A payment just recorded, and the ledger account that the money stands on."""

    payment: PaymentId
    account: AccountId
    amount: Money


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A payment that no longer counts."""

    payment: PaymentId
    outlet: OrganizationId
    path: str
    """Of the outlet."""
    amount: Money


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """An imported bank statement."""

    statement: StatementId
    branch: OrganizationId
    branch_name_zh: str
    branch_name_en: str
    format: str
    file_name: str
    account: str
    imported_at: datetime
    imported_by: UUID
    lines: int
    total: Money
    waiting: int


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line of an imported bank statement."""

    line: LineId
    statement: StatementId
    row: int
    booked_on: date
    amount: Money
    reference: str
    remittance: str
    payer_masked: str
    state: str
    outlet: OrganizationId | None
    outlet_name_zh: str | None
    outlet_name_en: str | None
    remark: str


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line of a file that is not imported yet, and where it would go."""

    row: int
    booked_on: date
    amount: Money
    reference: str
    remittance: str
    payer_masked: str
    outlet: OrganizationId | None
    """None: it would wait for a person."""
    node_code: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. With errors it would be refused as a whole."""

    account: str
    lines: tuple[PreviewLine, ...]
    total: Money
    matched: int
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class PayingOutlet:
    """An outlet of the hall's branch, as a hall clerk finds it to take its money."""

    outlet: OrganizationId
    node_code: str
    name_zh: str
    name_en: str
    state: str


# Refusals


@dataclass(eq=False)
class NotAHall(Refusal, kind=Kind.INVALID):
    """Money is taken at the operator's own halls."""

    hall: OrganizationId


@dataclass(eq=False)
class DrawerAlreadyOpen(Refusal, kind=Kind.CONFLICT):
    """The clerk has an open drawer."""

    opened_at: datetime


@dataclass(eq=False)
class NoOpenDrawer(Refusal, kind=Kind.CONFLICT):
    """Cash is taken into an open drawer of one's own, at this hall."""


@dataclass(eq=False)
class DrawerNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such drawer where the actor may look."""

    drawer: DrawerId


@dataclass(eq=False)
class DrawerClosed(Refusal, kind=Kind.CONFLICT):
    """The session is over."""

    closed_at: datetime


@dataclass(eq=False)
class NotOwnDrawer(Refusal, kind=Kind.FORBIDDEN):
    """Only its clerk counts and closes a drawer."""


@dataclass(eq=False)
class DifferenceUnexplained(Refusal, kind=Kind.INVALID):
    """A difference as large as this needs a remark."""

    difference: Money


@dataclass(eq=False)
class AmountInvalid(Refusal, kind=Kind.INVALID):
    """The amount is not positive, or larger than any plausible one."""

    amount: Money
    maximum: Money


@dataclass(eq=False)
class ReferenceMissing(Refusal, kind=Kind.INVALID):
    """A card payment carries the number of its slip."""


@dataclass(eq=False)
class MethodUnknown(Refusal, kind=Kind.INVALID):
    """A hall takes cash and cards."""

    method: str


@dataclass(eq=False)
class PaymentNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such payment where the actor may look."""

    payment: PaymentId


@dataclass(eq=False)
class PaymentArchived(Refusal, kind=Kind.NOT_FOUND):
    """The payment's posting, which gives its receipt the number, lies in the archive."""

    payment: PaymentId
    month: str


@dataclass(eq=False)
class NotTakenAtHall(Refusal, kind=Kind.CONFLICT):
    """What came by bank transfer is not taken back: the bank's books stand."""

    method: str


@dataclass(eq=False)
class PaymentTakenBackAlready(Refusal, kind=Kind.CONFLICT):
    """The payment was taken back."""

    taken_back_at: datetime


@dataclass(eq=False)
class TakingBackTooLate(Refusal, kind=Kind.CONFLICT):
    """A pay-in is taken back on its own business day."""

    business_date: date


@dataclass(eq=False)
class OutletNotInBranch(Refusal, kind=Kind.NOT_FOUND):
    """The hall takes money from outlets of its own branch."""

    outlet: OrganizationId


@dataclass(eq=False)
class FormatUnknown(Refusal, kind=Kind.INVALID):
    """No such format of bank statements is registered."""

    format: str


@dataclass(eq=False)
class StatementInvalid(Refusal, kind=Kind.INVALID):
    """The file is refused as a whole; nothing of it was taken."""

    errors: tuple[RowError, ...]
    count: int


@dataclass(eq=False)
class BranchExpected(Refusal, kind=Kind.NOT_FOUND):
    """Bank accounts belong to branches, and the actor has to be able to see it."""

    branch: OrganizationId


@dataclass(eq=False)
class LineNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such line where the actor may look."""

    line: LineId


@dataclass(eq=False)
class LineDecided(Refusal, kind=Kind.CONFLICT):
    """The line does not wait any more."""

    state: str


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """This needs a reason."""
