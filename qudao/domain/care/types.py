"""What care shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal

InteractionId = NewType("InteractionId", UUID)
ComplaintId = NewType("ComplaintId", UUID)
AppointmentId = NewType("AppointmentId", UUID)
AgentRequestId = NewType("AgentRequestId", UUID)

LANGUAGES: Final = ("zh-hans", "en")
PURPOSES: Final = ("sim_swap", "account_opening")
"""Codes of the businesses for which a desk may be booked."""

MOST_SEATS: Final = 50
"""Customers whom the desks of one outlet serve at a time."""
SHORTEST_SLOT: Final = 10
LONGEST_SLOT: Final = 240
"""Minutes of an appointment."""
MOST_OPEN: Final = 5
"""Complaints of one line that may be open at a time."""
LONGEST_TEXT: Final = 2000
"""Characters of what a customer says."""
LONGEST_ANSWER: Final = 300
"""Characters of an answer to a complaint: it goes out as one message."""


class Direction(StrEnum):
    """Who began: TMF683 `direction`."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class ComplaintState(StrEnum):
    """TMF621 `TroubleTicketStatusType`, but for the states that we have no use for."""

    ACKNOWLEDGED = "acknowledged"
    """Nobody works on it yet."""
    IN_PROGRESS = "inProgress"
    """Somebody does."""
    RESOLVED = "resolved"
    """The customer was answered."""
    CLOSED = "closed"
    """The customer was content with the answer, or silent."""
    CANCELLED = "cancelled"
    """The customer withdrew it."""


class NoteKind(StrEnum):
    """What a note in a complaint is."""

    COMPLAINT = "complaint"
    """The customer's words, when it was opened."""
    REOPENED = "reopened"
    """The customer's words, when the answer did not do."""
    REMARK = "remark"
    """Of those who work on it; the customer does not see it."""
    ANSWER = "answer"
    """What the customer was answered."""


class AppointmentState(StrEnum):
    """TMF646 `AppointmentStateType`, but for the states that we have no use for."""

    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Nobody came."""


class AgentRequestState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    """Somebody talks with the customer."""
    DONE = "done"
    ABANDONED = "abandoned"
    """The customer did not wait."""


class Subject(StrEnum):
    """What a telephone number is kept with."""

    COMPLAINT = "complaint"
    APPOINTMENT = "appointment"
    AGENT_REQUEST = "agent_request"


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact, as the front that had it tells it. The front is the context's channel."""

    place: OrganizationId
    """Where it belongs: the outlet of the kiosk, the branch of the line, or the province."""
    started_at: datetime
    ended_at: datetime
    item: str = ""
    """Code of the menu's item; empty if it was about none."""
    outcome: str = "done"
    """A code: `done`, `refused`, `abandoned`, `failed`, …"""
    reason: str = ""
    """A code, where the item does not say it: TMF683 `reason`."""
    direction: str = Direction.INBOUND.value
    msisdn: str = ""
    """Of whom it was with; empty if that is not known."""
    language: str = "zh-hans"
    order: UUID | None = None
    """What was ordered."""


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """A contact, masked."""

    id: InteractionId
    place: OrganizationId
    channel: str
    direction: str
    reason: str
    item: str
    outcome: str
    language: str
    msisdn_masked: str
    order: UUID | None
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class InteractionSearch:
    """Which contacts to list; an empty field does not restrict."""

    msisdn: Personal = Personal("")
    channel: str = ""
    item: str = ""
    outcome: str = ""
    first: date | None = None
    """Business days on which they began."""
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ContactFigure:
    """Sums over contacts."""

    key: str
    """Day, hour `00` to `23`, channel, item, outcome or code of the place, as was asked for."""
    contacts: int
    seconds: int
    """That they lasted, together."""
    orders: int
    """Contacts in which something was ordered."""


@dataclass(frozen=True, slots=True)
class Category:
    """What a complaint is about."""

    code: str
    name_zh: str
    name_en: str
    answer_h: int
    """Hours within which it is answered."""


@dataclass(frozen=True, slots=True)
class ComplaintOpened:
    """What the customer is told."""

    complaint: ComplaintId
    number: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A note in a complaint, in the clear: what customers say is theirs."""

    kind: str
    text: Personal
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True)
class ComplaintRecord:
    """A complaint; its line masked."""

    id: ComplaintId
    number: str
    category: str
    place: OrganizationId
    channel: str
    language: str
    state: str
    msisdn_masked: str
    order: UUID | None
    opened_at: datetime
    due_at: datetime
    """By when it is answered."""
    assignee: UUID | None
    """Who works on it, or answered it."""
    resolved_at: datetime | None
    closed_at: datetime | None
    times_reopened: int
    notes: tuple[NoteRecord, ...] = ()
    """Oldest first; left out in lists."""

    @property
    def answer(self) -> str:
        """The last answer; empty while there is none, and in lists."""
        said = [note.text for note in self.notes if note.kind == NoteKind.ANSWER]
        return str.__str__(said[-1]) if said else ""


@dataclass(frozen=True, slots=True)
class ComplaintSearch:
    """Which complaints to list; an empty field does not restrict."""

    states: frozenset[str] = frozenset()
    category: str = ""
    assignee: UUID | None = None
    late: bool = False
    """Only those that should have been answered by now."""
    below: str = ""
    """Path of the place."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time for which a desk may be booked."""

    starts_at: datetime
    ends_at: datetime
    free: int
    """Seats."""


@dataclass(frozen=True, slots=True)
class DeskRecord:
    """An outlet that takes appointments."""

    outlet: OrganizationId
    outlet_code: str
    outlet_name_zh: str
    outlet_name_en: str
    seats: int
    minutes: int


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """An appointment; its line masked."""

    id: AppointmentId
    outlet: OrganizationId
    outlet_name_zh: str
    outlet_name_en: str
    purpose: str
    state: str
    msisdn_masked: str
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRequestRecord:
    """Somebody who asked for a person; the line masked."""

    id: AgentRequestId
    place: OrganizationId
    channel: str
    item: str
    language: str
    state: str
    msisdn_masked: str
    dialogue: UUID | None
    asked_at: datetime
    taken_by: UUID | None
    taken_at: datetime | None
    ended_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class AgentTaken:
    """Whom to talk with; the number is masked when the request is repeated."""

    request: AgentRequestId
    msisdn: Personal
    """Empty for who did not say."""
    channel: str
    item: str
    language: str
    dialogue: UUID | None


@dataclass(frozen=True, slots=True)
class NumberRevealed:
    """An unmasked number; masked when the request is repeated."""

    kind: Subject
    subject: UUID
    msisdn: Personal


@dataclass(frozen=True, slots=True)
class Swept:
    """What was ended."""

    complaints: int
    appointments: int
    requests: int


@dataclass(eq=False)
class PlaceUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such part of the organization where the actor may look."""

    place: UUID


@dataclass(eq=False)
class LanguageUnknown(Refusal, kind=Kind.INVALID):
    """Customers are talked with in Chinese or English."""

    language: str


@dataclass(eq=False)
class CategoryUnknown(Refusal, kind=Kind.INVALID):
    """Complaints are not about this."""

    category: str


@dataclass(eq=False)
class ComplaintUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such complaint where the actor may look, or not of this line."""

    complaint: str


@dataclass(eq=False)
class AppointmentUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such appointment where the actor may look."""

    appointment: UUID


@dataclass(eq=False)
class NoAppointments(Refusal, kind=Kind.CONFLICT):
    """The outlet takes no appointments, or its opening hours are not known."""

    outlet: UUID


@dataclass(eq=False)
class PurposeUnknown(Refusal, kind=Kind.INVALID):
    """No desk is booked for this business."""

    business: str


@dataclass(eq=False)
class AgentRequestUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such request for an agent where the actor may look."""

    request: UUID
