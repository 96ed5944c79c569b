"""Set up desks; book, move, keep and cancel appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.care.models import Appointment, Desk
from qudao.domain.care.operations.asked import _language, _line, _tell
from qudao.domain.care.queries.appointments import msisdn_hash, open_times
from qudao.domain.care.types import (
    LONGEST_SLOT,
    MOST_SEATS,
    SHORTEST_SLOT,
    AppointmentId,
    AppointmentState,
    AppointmentUnknown,
    NoAppointments,
)
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.kernel.ids import new_id
from qudao.kernel.period import MARKET_ZONE, business_date
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import Busy, command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class DeskOutOfRange(Refusal, kind=Kind.INVALID):
    """An outlet has some seats for appointments of some minutes."""

    most_seats: int
    shortest: int
    longest: int


@dataclass(eq=False)
class NoSuchSlot(Refusal, kind=Kind.INVALID):
    """No appointment begins at this time: the outlet is shut, or it is past, or too far ahead."""

    starts_at: datetime


@dataclass(eq=False)
class SlotTaken(Refusal, kind=Kind.CONFLICT):
    """All seats of this time are taken."""

    starts_at: datetime


@dataclass(eq=False)
class AppointmentExists(Refusal, kind=Kind.CONFLICT):
    """The line has an open appointment for this; it can be moved."""

    starts_at: datetime


@dataclass(eq=False)
class AppointmentOver(Refusal, kind=Kind.CONFLICT):
    """The appointment was kept, missed or cancelled."""

    appointment_state: str


@dataclass(eq=False)
class AppointmentNotYet(Refusal, kind=Kind.CONFLICT):
    """The appointment is on another day."""

    starts_at: datetime


@command("care.set_desk", subject="outlet")
def set_desk(ctx: Context, *, outlet: OrganizationId, seats: int, minutes: int) -> None:
    """
    Say how many customers with an appointment an outlet serves at a time, and how long each takes.

    Without seats it takes none any more. What was booked stays.

    :raises OutletUnknown: if there is no such outlet in the actor's scope.
    :raises DeskOutOfRange: if seats or minutes make no sense.
    """
    outlets.outlet(ctx, outlet=outlet)
    if not (0 <= seats <= MOST_SEATS and SHORTEST_SLOT <= minutes <= LONGEST_SLOT):
        raise DeskOutOfRange(MOST_SEATS, SHORTEST_SLOT, LONGEST_SLOT)
    Desk.objects.unscoped("the outlet is in scope").update_or_create(
        outlet_id=outlet, defaults={"seats": seats, "minutes": minutes, "changed_at": ctx.at}
    )


@command("care.book_appointment")
def book_appointment(
    ctx: Context,
    *,
    outlet: OrganizationId,
    purpose: str,
    starts_at: datetime,
    msisdn: Personal,
    language: str = "zh-hans",
) -> AppointmentId:
    """
    Book a seat at an outlet's desk, for a business and a line.

    :raises PurposeUnknown: if no desk is booked for this.
    :raises OutletUnknown: if there is no such outlet in the actor's scope.
    :raises NoAppointments: if it takes none, or its opening hours are not known.
    :raises NoSuchSlot: if no appointment begins at this time.
    :raises SlotTaken: if all its seats are taken.
    :raises AppointmentExists: if the line has an open one for this.
    :raises NotAMobileNumber: if the line is none.
    :raises LanguageUnknown: if we do not speak it.
    :raises Busy: if the line's appointment before this one is being cancelled just now.
    """
    number, speaks = _line(msisdn), _language(language)
    mark = msisdn_hash(number)
    desk = _desk(ctx, outlet)
    ends_at = _slot(ctx, desk, outlet, purpose, starts_at)
    own = Appointment.objects.unscoped("a line has one in the whole province")
    own = own.filter(msisdn_hash=mark, purpose=purpose, state=AppointmentState.CONFIRMED)
    # One that was missed a moment ago is in nobody's way.
    own.filter(ends_at__lte=ctx.at).update(state=AppointmentState.FAILED, settled_at=ctx.at)
    made = Appointment(
        id=new_id(ctx.at),
        outlet_id=outlet,
        purpose=purpose,
        seat=_seat(desk, starts_at, ends_at),
        starts_at=starts_at,
        ends_at=ends_at,
        channel=ctx.channel,
        language=speaks,
        msisdn=number,
        msisdn_hash=mark,
        state=AppointmentState.CONFIRMED,
        booked_at=ctx.at,
    )
    # The desk is ours, so only the line's own appointment can be in the way, at whatever outlet.
    rows = Appointment.objects.unscoped("one is booked")
    rows.bulk_create([made], ignore_conflicts=True)
    if not rows.filter(pk=made.pk).exists():
        other = own.first()
        if other is None:  # it was cancelled just now
            raise Busy
        raise AppointmentExists(other.starts_at)
    record_subject(made.id)
    return AppointmentId(made.id)


@command("care.move_appointment", subject="appointment")
def move_appointment(
    ctx: Context, *, appointment: AppointmentId, outlet: OrganizationId, starts_at: datetime
) -> None:
    """
    Move an appointment to another time, or another outlet.

    :raises AppointmentUnknown: if there is none in the actor's scope.
    :raises AppointmentOver: if it was kept, missed or cancelled.
    :raises OutletUnknown: if there is no such outlet in the actor's scope.
    :raises NoAppointments: if it takes none, or its opening hours are not known.
    :raises NoSuchSlot: if no appointment begins at this time.
    :raises SlotTaken: if all its seats are taken.
    """
    row = _locked(ctx, appointment)
    desk = _desk(ctx, outlet)
    ends_at = _slot(ctx, desk, outlet, row.purpose, starts_at)
    row.seat = _seat(desk, starts_at, ends_at, but=row.pk)
    row.outlet_id, row.starts_at, row.ends_at = outlet, starts_at, ends_at
    row.save(update_fields=["outlet", "seat", "starts_at", "ends_at"])


@command("care.cancel_appointment", subject="appointment")
def cancel_appointment(
    ctx: Context, *, appointment: AppointmentId, by_outlet: bool = False
) -> None:
    """
    Give a seat back. When it is the outlet that cannot keep it, the customer is told by a message.

    :raises AppointmentUnknown: if there is none in the actor's scope.
    :raises AppointmentOver: if it was kept, missed or cancelled.
    """
    row = _locked(ctx, appointment)
    _settle(ctx, row, AppointmentState.CANCELLED)
    if by_outlet:
        with translation.override(row.language):
            text = _(
                "Your appointment of %(time)s cannot take place. Please book another one; we are"
                " sorry."
            ) % {"time": f"{row.starts_at.astimezone(MARKET_ZONE):%Y-%m-%d %H:%M}"}
        _tell(ctx, row.msisdn, "appointment_cancelled", text, row.pk)


@command("care.keep_appointment", subject="appointment")
def keep_appointment(ctx: Context, *, appointment: AppointmentId) -> None:
    """
    Note that the customer came.

    :raises AppointmentUnknown: if there is none in the actor's scope.
    :raises AppointmentOver: if it was kept, missed or cancelled.
    :raises AppointmentNotYet: if it is on a later day.
    """
    row = _locked(ctx, appointment)
    if business_date(row.starts_at) > business_date(ctx.at):
        raise AppointmentNotYet(row.starts_at)
    _settle(ctx, row, AppointmentState.COMPLETED)


def _desk(ctx: Context, outlet: OrganizationId) -> Desk:
    """Return an outlet's desk, held until the transaction ends: who books there waits."""
    rows = Desk.objects.within(ctx.scope).select_for_update(of=("self",))
    desk = rows.filter(outlet=outlet).first()
    if desk is None:
        outlets.outlet(ctx, outlet=outlet)
        raise NoAppointments(outlet)
    return desk


def _slot(
    ctx: Context, desk: Desk, outlet: OrganizationId, purpose: str, starts_at: datetime
) -> datetime:
    """Return when the appointment that begins at a time ends."""
    day = business_date(starts_at)
    offered = dict(open_times(ctx, outlet=outlet, purpose=purpose, desk=desk, first=day, days=1))
    if starts_at not in offered:
        raise NoSuchSlot(starts_at)
    return offered[starts_at]


def _seat(desk: Desk, starts_at: datetime, ends_at: datetime, but: UUID | None = None) -> int:
    """Return the first free seat; the desk is held."""
    rows = Appointment.objects.unscoped("seats are taken by whoever came first")
    rows = rows.filter(outlet=desk.pk, state=AppointmentState.CONFIRMED)
    if but is not None:
        rows = rows.exclude(pk=but)
    taken = set(
        rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).values_list("seat", flat=True)
    )
    free = next((seat for seat in range(1, desk.seats + 1) if seat not in taken), None)
    # With fewer seats than before, those above them may still be taken: they count.
    if free is None or len(taken) >= desk.seats:
        raise SlotTaken(starts_at)
    return free


def _locked(ctx: Context, appointment: AppointmentId) -> Appointment:
    rows = Appointment.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(pk=appointment).first()
    if row is None:
        raise AppointmentUnknown(appointment)
    if row.state != AppointmentState.CONFIRMED:
        raise AppointmentOver(row.state)
    return row


def _settle(ctx: Context, row: Appointment, state: AppointmentState) -> None:
    row.state, row.settled_at = state, ctx.at
    row.save(update_fields=["state", "settled_at"])
