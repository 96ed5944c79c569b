"""Read desks, their free slots, and appointments."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from qudao.domain.care import rules
from qudao.domain.care.models import Appointment, Desk
from qudao.domain.care.types import (
    PURPOSES,
    AppointmentId,
    AppointmentRecord,
    AppointmentState,
    DeskRecord,
    NoAppointments,
    PurposeUnknown,
    Slot,
)
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import day_bounds
from qudao.kernel.personal import Personal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index, mask_phone
from qudao.platform.tables.project import page_of
from qudao.platform.tables.scoped import within

MOST_DAYS = 14

_DESK = {
    "outlet": "outlet_id",
    "outlet_code": "outlet__code",
    "outlet_name_zh": "outlet__name_zh",
    "outlet_name_en": "outlet__name_en",
}


def desks(ctx: Context, *, below: str = "", page: PageRequest) -> Page[DeskRecord]:
    """
    Return the outlets of the actor's scope that take appointments, by their paths.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = Desk.objects.within(ctx.scope).filter(seats__gt=0)
    if below:
        rows = rows.filter(within("outlet__path", Scope.of([below])))
    return page_of(rows.order_by("outlet__path"), DeskRecord, page, **_DESK)


def divisions_with_desks(ctx: Context) -> frozenset[str]:
    """
    Return the codes of all divisions of the actor's scope in which an outlet takes appointments.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = Desk.objects.within(ctx.scope).filter(seats__gt=0)
    paths = rows.values_list("outlet__path", flat=True)
    return frozenset(code for path in paths for code in path.split("."))


def slots(
    ctx: Context, *, outlet: OrganizationId, purpose: str, first: date, days: int = 1
) -> tuple[Slot, ...]:
    """
    Return the times of some days (at most 14) that may still be booked, full ones left out.

    :raises NotPermitted: without `care.read` and `saleschannel.read`.
    :raises PurposeUnknown: if no desk is booked for this.
    :raises OutletUnknown: if there is no such outlet in the actor's scope.
    :raises NoAppointments: if it takes none, or its opening hours are not known.
    """
    ctx.require("care.read")
    desk = Desk.objects.within(ctx.scope).filter(outlet=outlet).first()
    offered = open_times(ctx, outlet=outlet, purpose=purpose, desk=desk, first=first, days=days)
    if desk is None or not offered:
        return ()
    booked = (
        Appointment.objects.unscoped("seats are taken by whoever came first")
        .filter(outlet=outlet, state=AppointmentState.CONFIRMED)
        .filter(starts_at__lt=offered[-1][1], ends_at__gt=offered[0][0])
        .values_list("starts_at", "ends_at")
    )
    taken: Counter[datetime] = Counter()
    for starts_at, ends_at in booked:
        taken.update(begin for begin, end in offered if begin < ends_at and end > starts_at)
    return tuple(
        Slot(begin, end, desk.seats - taken[begin])
        for begin, end in offered
        if desk.seats > taken[begin]
    )


def open_times(
    ctx: Context,
    *,
    outlet: OrganizationId,
    purpose: str,
    desk: Desk | None,
    first: date,
    days: int,
) -> list[tuple[datetime, datetime]]:
    """
    Return the times for which a desk is there, whether free or not, see `slots`.

    Those that have begun are left out, those too far ahead, and those at which the outlet may not
    do the business.
    """
    if purpose not in PURPOSES:
        raise PurposeUnknown(purpose)
    shop = outlets.outlet(ctx, outlet=outlet)
    if desk is None or not desk.seats or not shop.opening_hours:
        raise NoAppointments(outlet)
    return [
        (begin, end)
        for nth in range(min(days, MOST_DAYS))
        for begin, end in rules.slots(shop.opening_hours, first + timedelta(days=nth), desk.minutes)
        if ctx.at < begin <= ctx.at + rules.BOOKED_AHEAD
        and outlets.may_sell(shop, purpose, begin) is None
    ]


def appointments_of(ctx: Context, *, msisdn: Personal) -> tuple[AppointmentRecord, ...]:
    """
    Return a line's appointments in the actor's scope, open ones first; the last twenty.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = Appointment.objects.within(ctx.scope).select_related("outlet")
    rows = rows.filter(msisdn_hash=msisdn_hash(msisdn))
    found = sorted(
        (_record(row) for row in rows.order_by("-starts_at", "-id")[:20]),
        key=lambda one: one.state != AppointmentState.CONFIRMED,
    )
    return tuple(found)


def appointments(
    ctx: Context, *, outlet: OrganizationId, day: date, page: PageRequest
) -> Page[AppointmentRecord]:
    """
    Return an outlet's appointments of a business day, by time.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    bounds = day_bounds(day)
    rows = Appointment.objects.within(ctx.scope).select_related("outlet").filter(outlet=outlet)
    rows = rows.filter(starts_at__gte=bounds.start, starts_at__lt=bounds.end)
    found = rows.order_by("starts_at", "id")[page.offset : page.offset + page.limit]
    return Page(tuple(_record(row) for row in found), rows.count(), page)


def msisdn_hash(number: str) -> bytes:
    """Return the keyed hash by which a line's appointments are found."""
    return blind_index(number, "care_appointment.msisdn")


def _record(row: Any) -> AppointmentRecord:
    return AppointmentRecord(
        id=AppointmentId(row.pk),
        outlet=OrganizationId(row.outlet_id),
        outlet_name_zh=row.outlet.name_zh,
        outlet_name_en=row.outlet.name_en,
        purpose=row.purpose,
        state=row.state,
        msisdn_masked=mask_phone(row.msisdn),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        booked_at=row.booked_at,
    )
