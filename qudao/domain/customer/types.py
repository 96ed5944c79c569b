"""What customer shows to the floors and shelves above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal

CustomerId = NewType("CustomerId", UUID)
DossierId = NewType("DossierId", UUID)
LineId = NewType("LineId", UUID)
BlacklistId = NewType("BlacklistId", UUID)

MOST_LINES: Final = 5
"""Lines for one document in the whole province; a CHECK of the database says so too."""
ADULT: Final = 18
"""Years; who is younger needs a guardian (Civil Code, articles 17 to 19)."""


class Purpose(StrEnum):
    """What a customer is identified for: codes of businesses."""

    ACCOUNT_OPENING = "account_opening"
    SIM_SWAP = "sim_swap"
    NUMBER_CHANGE = "number_change"
    CANCELLATION = "cancellation"

    @property
    def opens_line(self) -> bool:
        """A line more on the customer's document, and a contract to sign."""
        return self is Purpose.ACCOUNT_OPENING


class Role(StrEnum):
    """Who somebody is in a dossier."""

    CUSTOMER = "customer"
    """Whose line it is or will be (机主)."""
    AGENT = "agent"
    """Who comes in the customer's place, with an authorization (经办人)."""
    GUARDIAN = "guardian"
    """Of a customer who is a minor (监护人)."""


class DossierState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    """An order carries it; the BOSS has not answered yet."""
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"
    """It was left, or given up: its pictures are deleted."""


class LineState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class PersonalField(StrEnum):
    """What is known of a customer and shown masked."""

    NAME = "name"
    DOCUMENT = "document"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    PHONE = "phone"


CONTRACT: Final = "contract"
SIGNATURE: Final = "signature"


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """What a well-formed number says."""

    number: str
    """As it is stored and shown."""
    identity: str
    """The part that stays with the person when the document is renewed: lines count by it."""
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document that customers identify themselves with."""

    code: str
    name_zh: str
    name_en: str
    position: int
    """In lists."""
    series: str
    """Kinds of one series carry the same number of a person: `citizen`, …"""
    read: Callable[[str], DocumentNumber | None]
    """Of capital letters and digits: what the number says, None if there is no such number."""
    pictures: tuple[str, ...]
    """What is photographed: `front`, `back`."""
    example: str
    """What a number looks like; of nobody."""
    longest_years: int | None
    """It is valid so long at most; None if it does not expire."""
    permanent_from: int | None = None
    """At this age it may be issued without a last day."""
    needs_country: bool = False
    """Numbers are only unique within the country that issues them."""


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person as the clerk reads them from a document."""

    kind: str
    """A code of the registry of documents: `resident_id`, …"""
    number: Personal
    name: Personal
    valid_until: date | None = None
    """Last day of the document; None if it has none."""
    birth_date: Personal = Personal("")
    """`YYYY-MM-DD`; where the number tells it, it may be left out."""
    country: str = ""
    """Of a passport: who issued it, ISO 3166-1 alpha-3."""
    address: Personal = Personal("")
    phone: Personal = Personal("")
    """Where else the person can be reached."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What is known of a person who was identified."""

    customer: CustomerId
    lines_used: int
    """Lines of the document in the province, with those under way."""
    lines_left: int
    known_before: bool
    minor: bool
    same_phone: int
    """Other persons who gave the same contact number: a reason to look twice."""
    similar: int
    """Other documents of somebody of the same name and birth date, whose lines count apart."""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person as anybody may see them: masked."""

    customer: CustomerId
    document_kind: str
    name_masked: str
    document_masked: str
    phone_masked: str
    address_masked: str
    valid_until: date | None
    minor: bool


@dataclass(frozen=True, slots=True)
class DossierRecord:
    """A dossier."""

    id: DossierId
    outlet: OrganizationId
    actor: UUID
    purpose: str
    state: str
    opened_at: datetime
    expires_at: datetime
    """A draft is given up at this moment unless something is done in it before."""
    agreement: str
    """Number of the agreement, with a check digit."""
    number: str
    """The line that it is about; empty while none is chosen."""
    order: UUID | None
    choices: dict[str, Any]
    customer: CustomerId | None
    agent: CustomerId | None
    guardian: CustomerId | None
    persons: dict[str, PersonRecord]
    """Masked, by role."""
    pictures: tuple[str, ...]
    signed_at: datetime | None
    missing: tuple[str, ...]
    """What it still needs: `customer`, `guardian`, kinds of pictures, `signature`."""


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier in a list."""

    id: DossierId
    outlet: OrganizationId
    outlet_code: str
    outlet_name_zh: str
    outlet_name_en: str
    actor: UUID
    purpose: str
    state: str
    number: str
    agreement: str
    order: UUID | None
    opened_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class DossierSearch:
    """Which dossiers to list; an empty field does not restrict."""

    outlet: OrganizationId | None = None
    purpose: str = ""
    states: frozenset[str] = frozenset()
    number: str = ""
    agreement: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line of a customer."""

    id: LineId
    number: str
    state: str
    order: UUID | None
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """A customer in the clear, for the BOSS and for the contract. In memory only: personal."""

    name: Personal
    document_kind: str
    document: Personal
    address: Personal
    phone: Personal


@dataclass(frozen=True, slots=True)
class BlacklistRecord:
    """An entry of the blacklist, masked."""

    id: BlacklistId
    document_kind: str
    document_masked: str
    reason: str
    since: date
    until: date | None
    """The last day."""
    added_at: datetime
    added_by: UUID
    lifted_at: datetime | None
    lift_reason: str


@dataclass(frozen=True, slots=True)
class Revealed:
    """An unmasked value; masked when the request is repeated."""

    customer: CustomerId
    field: PersonalField
    value: Personal


@dataclass(eq=False)
class DossierUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such dossier where the actor may look."""

    dossier: UUID


@dataclass(eq=False)
class DossierClosed(Refusal, kind=Kind.CONFLICT):
    """The dossier is no draft any more: it was submitted, given up, or left for too long."""

    state: str


@dataclass(eq=False)
class CustomerUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such customer where the actor may look."""

    customer: UUID


@dataclass(eq=False)
class NotTheOwner(Refusal, kind=Kind.CONFLICT):
    """The line belongs to somebody else."""

    number: str


@dataclass(eq=False)
class Blacklisted(Refusal, kind=Kind.FORBIDDEN):
    """Nothing is done for who identifies with this document, until a date or for good."""

    reason: str
    until: date | None


@dataclass(eq=False)
class LineLimitReached(Refusal, kind=Kind.CONFLICT):
    """The document has as many lines in the province as it may have."""

    most: int


@dataclass(eq=False)
class ReasonTooShort(Refusal, kind=Kind.INVALID):
    """A reason of at least two characters has to be given."""
