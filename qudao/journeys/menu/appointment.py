"""My appointment (我的预约): move it to another time, or cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.care import operations as care
from qudao.domain.care import queries as booked
from qudao.domain.care.types import AppointmentRecord, AppointmentState
from qudao.domain.catalog import queries as catalog
from qudao.domain.credential.types import Need
from qudao.domain.party.types import OrganizationId
from qudao.journeys.menu import desks, parts
from qudao.journeys.menu.item import (
    Audience,
    Call,
    Fact,
    Group,
    Input,
    Item,
    Kind,
    Option,
    Outcome,
    Quote,
    Text,
    add,
)
from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind as Why
from qudao.kernel.refusals import Refusal

MOVE, CANCEL = "move", "cancel"
ACTS: dict[str, Text] = {MOVE: _("Another time"), CANCEL: _("Cancel the appointment")}
DONE: dict[str, Text] = {MOVE: pgettext_lazy("appointment", "Moved"), CANCEL: _("Cancelled")}
DAYS = 14


@dataclass(eq=False)
class NoAppointment(Refusal, kind=Why.NOT_FOUND):
    """The line has no open appointment."""


def _open(call: Call) -> list[AppointmentRecord]:
    """:raises NoAppointment: if there is none."""
    of_line = booked.appointments_of(parts.everywhere(call), msisdn=Personal(call.text("msisdn")))
    found = [one for one in of_line if one.state == AppointmentState.CONFIRMED]
    if not found:
        raise NoAppointment
    return found


def _chosen(call: Call) -> AppointmentRecord:
    """:raises NoAppointment: if it is over."""
    wanted = UUID(call.text("appointment"))
    for one in _open(call):
        if one.id == wanted:
            return one
    raise NoAppointment


def _options(call: Call) -> Sequence[Option]:
    return [Option(str(one.id), _label(one)) for one in _open(call)]


def _label(one: AppointmentRecord) -> tuple[str, str]:
    business, time = (
        catalog.businesses()[one.purpose],
        f"{one.starts_at.astimezone(MARKET_ZONE):%m-%d %H:%M}",
    )
    return f"{time} {business.name_zh}", f"{time} {business.name_en}"


def _only(call: Call) -> str | None:
    found = _open(call)
    return str(found[0].id) if len(found) == 1 else None


def _where(call: Call) -> tuple[OrganizationId, str]:
    one = _chosen(call)
    return one.outlet, one.purpose


def _unless_cancelled(asked: Input) -> Input:
    return replace(asked, given=lambda call: "" if call.text("act") == CANCEL else None)


def _facts(call: Call, one: AppointmentRecord) -> tuple[Fact, ...]:
    act = call.text("act")
    at = one.starts_at if act == CANCEL else desks.starts_at(call)
    business = catalog.businesses()[one.purpose]
    return (
        Fact("purpose", _("Appointment for"), (business.name_zh, business.name_en)),
        *desks.facts(desks.shop(call, one.outlet), at),
    )


def _quote(call: Call) -> Quote:
    act = Fact("act", _("What is to be done"), ACTS[call.text("act")])
    return Quote((act, *_facts(call, _chosen(call))))


def _do(call: Call) -> Outcome:
    # Read before it is done: when this is done again, after a crash, it may not be open any more.
    of_line = booked.appointments_of(parts.everywhere(call), msisdn=Personal(call.text("msisdn")))
    one = next(one for one in of_line if str(one.id) == call.text("appointment"))
    act, ctx = call.text("act"), parts.everywhere(call)
    if act == CANCEL:
        care.cancel_appointment(ctx, appointment=one.id)
    else:
        care.move_appointment(
            ctx, appointment=one.id, outlet=one.outlet, starts_at=desks.starts_at(call)
        )
    return Outcome((Fact("act", _("Appointment"), DONE[act]), *_facts(call, one)))


APPOINTMENT = add(
    Item(
        code="appointment",
        name=_("My appointment"),
        about=_("Move an appointment to another time, or cancel it."),
        position=113,
        group=Group.HELP,
        keywords=("WDYY", "我的预约", "APPOINTMENT"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            Input(
                code="appointment",
                kind=Kind.CHOICE,
                prompt=_("Which appointment?"),
                help=_("Choose one of the list."),
                choices=_options,
                given=_only,
            ),
            Input(
                code="act",
                kind=Kind.CHOICE,
                prompt=_("What is to be done?"),
                help=_("Choose one of the list."),
                choices=lambda call: [Option(code, name) for code, name in ACTS.items()],
            ),
            _unless_cancelled(desks.day(_where, DAYS)),
            _unless_cancelled(desks.slot(_where)),
        ),
        handler=_do,
        receipt=("act", "shop", "time"),
        needs=Need.NUMBER,
        confirm=True,
        quote=_quote,
    )
)
