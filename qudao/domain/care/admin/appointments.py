"""Desks that take appointments, and the appointments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.care import operations
from qudao.domain.care.admin.words import (
    CHANNELS,
    digits_of,
    language_field,
    masked,
    named,
    reveal_act,
)
from qudao.domain.care.models import Appointment, Desk
from qudao.domain.care.queries.appointments import msisdn_hash
from qudao.domain.care.types import (
    LONGEST_SLOT,
    MOST_SEATS,
    PURPOSES,
    SHORTEST_SLOT,
    AppointmentId,
    AppointmentState,
    Subject,
)
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import OutletRecord
from qudao.kernel.personal import Personal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_place
from qudao.platform.backoffice.forms import CodeField, CodeForm, MobileField, MomentField
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Ref, Section
from qudao.platform.commands.context import Context

STATES = [state.value for state in AppointmentState]


def _outlet(ctx: Context, code: str) -> OutletRecord | None:
    try:
        return outlets.outlet_by_node_code(ctx, node_code=code)
    except outlets.OutletUnknown:
        return None


def _open(row: Any) -> bool:
    return bool(row.state == AppointmentState.CONFIRMED)


class DeskForm(CodeForm):
    outlet = CodeField(_outlet, label=_("Outlet"), help_text=_("Its node code."))
    seats = forms.IntegerField(
        label=_("Seats"),
        min_value=0,
        max_value=MOST_SEATS,
        help_text=_("Customers at a time; 0: no appointments any more."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes of an appointment"), min_value=SHORTEST_SLOT, max_value=LONGEST_SLOT
    )
    field_order = ["request_key", "outlet", "seats", "minutes"]

    def prepare(self) -> None:
        self.initial.setdefault("minutes", 30)
        if self.row is not None:
            self.initial.update(
                outlet=self.row.outlet.code, seats=self.row.seats, minutes=self.row.minutes
            )


class MoveForm(CodeForm):
    outlet = CodeField(_outlet, label=_("Outlet"), help_text=_("Its node code."))
    starts_at = MomentField(label=_("Begins"))
    field_order = ["request_key", "outlet", "starts_at"]

    def prepare(self) -> None:
        if self.row is not None:
            self.initial.update(outlet=self.row.outlet.code, starts_at=self.row.starts_at)


class BookForm(MoveForm):
    msisdn = MobileField(label=_("Customer's number"))
    purpose = forms.ChoiceField(label=_("Business"))
    language = language_field()
    field_order = ["request_key", "msisdn", "purpose", "outlet", "starts_at", "language"]

    def prepare(self) -> None:
        self.offer("purpose", [(code, _PURPOSES[code]) for code in PURPOSES])


_PURPOSES = {"sim_swap": _("SIM swap"), "account_opening": _("Account opening")}


@screen(Desk)
class DeskScreen(Screen):
    """How many customers with an appointment an outlet serves at a time."""

    read = "care.read"
    title = _("Desks for appointments")
    one = _("Desk for appointments")
    lead = _("Appointments are offered in the opening hours of these outlets.")
    menu = Place("care", 5, "building-store")
    search_help = _("An outlet's node code")
    ordering = ("outlet__path",)
    list_select_related = ("outlet",)
    columns = (
        Column(
            _("Outlet"), lambda row: Ref("saleschannel.outlet", row.outlet_id, named(row.outlet))
        ),
        Column(_("Seats"), lambda row: row.seats, "seats"),
        Column(_("Minutes of an appointment"), lambda row: row.minutes, "minutes"),
        Column(_("Changed"), lambda row: row.changed_at, "changed_at"),
    )
    list_filter = (by_place(_("Place"), "outlet__path", parts),)
    list_acts = (
        Act(
            "set",
            _("Set up a desk"),
            "care.set_desk",
            lambda ctx, row, data: operations.set_desk(
                ctx,
                outlet=data["outlet"].outlet,
                seats=data["seats"],
                minutes=data["minutes"],
            ),
            form=DeskForm,
            icon="plus",
        ),
    )
    acts = (
        Act(
            "change",
            _("Change"),
            "care.set_desk",
            lambda ctx, row, data: operations.set_desk(
                ctx,
                outlet=data["outlet"].outlet,
                seats=data["seats"],
                minutes=data["minutes"],
            ),
            form=DeskForm,
            lead=_("What was booked stays."),
            icon="pencil",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return Desk.objects.within(ctx.scope).select_related("outlet")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(outlet__code=digits_of(text))

    def heading(self, row: Any) -> Cell:
        return named(row.outlet)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Outlet"), Ref("saleschannel.outlet", row.outlet_id, named(row.outlet))),
                (_("Seats"), row.seats),
                (_("Minutes of an appointment"), row.minutes),
                (_("Changed"), row.changed_at),
            ],
        )
        yield trail(ctx, row.pk)


@screen(Appointment)
class AppointmentScreen(Screen):
    """Who comes when."""

    read = "care.read"
    title = _("Appointments")
    one = _("Appointment")
    menu = Place("care", 3, "calendar-time")
    search_help = _("A whole telephone number, or an outlet's node code")
    ordering = ("-starts_at", "-id")
    list_select_related = ("outlet",)
    columns = (
        Column(_("Begins"), lambda row: row.starts_at, "starts_at"),
        Column(_("Ends"), lambda row: row.ends_at),
        Column(_("Business"), lambda row: Coded("business", row.purpose)),
        Column(_("State"), lambda row: Coded("appointment_state", row.state)),
        Column(_("Customer's number"), masked),
        Column(_("Outlet"), lambda row: named(row.outlet)),
        Column(_("Channel"), lambda row: Coded("channel", row.channel)),
    )
    list_filter = (
        by_code(_("State"), "state", STATES, field="appointment_state"),
        by_code(_("Channel"), "channel", CHANNELS),
        by_place(_("Place"), "outlet__path", parts),
        by_days(_("Begins"), "starts_at"),
    )
    list_acts = (
        Act(
            "book",
            _("Book an appointment"),
            "care.book_appointment",
            lambda ctx, row, data: operations.book_appointment(
                ctx,
                outlet=data["outlet"].outlet,
                purpose=data["purpose"],
                starts_at=data["starts_at"],
                msisdn=Personal(data["msisdn"]),
                language=data["language"],
            ),
            form=BookForm,
            icon="plus",
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "keep",
            _("The customer came"),
            "care.keep_appointment",
            lambda ctx, row, data: operations.keep_appointment(
                ctx, appointment=AppointmentId(row.pk)
            ),
            when=_open,
            icon="check",
        ),
        Act(
            "move",
            pgettext_lazy("appointment", "Move"),
            "care.move_appointment",
            lambda ctx, row, data: operations.move_appointment(
                ctx,
                appointment=AppointmentId(row.pk),
                outlet=OrganizationId(data["outlet"].outlet),
                starts_at=data["starts_at"],
            ),
            form=MoveForm,
            when=_open,
            icon="calendar-due",
        ),
        Act(
            "cancel",
            _("Cancel"),
            "care.cancel_appointment",
            lambda ctx, row, data: operations.cancel_appointment(
                ctx, appointment=AppointmentId(row.pk), by_outlet=True
            ),
            when=_open,
            lead=_("The customer is told by a short message that it cannot take place."),
            icon="ban",
            tone="danger",
        ),
        reveal_act(Subject.APPOINTMENT),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return Appointment.objects.within(ctx.scope).select_related("outlet")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        digits = digits_of(text)
        own = rows.filter(msisdn_hash=msisdn_hash(digits))
        return own | rows.filter(outlet__code=digits)

    def heading(self, row: Any) -> Cell:
        return row.starts_at  # type: ignore[no-any-return]

    def state(self, row: Any) -> Cell:
        return Coded("appointment_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Business"), Coded("business", row.purpose)),
                (_("Begins"), row.starts_at),
                (_("Ends"), row.ends_at),
                (_("Outlet"), Ref("saleschannel.outlet", row.outlet_id, named(row.outlet))),
                (_("Seat"), row.seat),
                (_("Customer's number"), masked(row)),
                (_("Language"), Coded("language", row.language)),
                (_("Channel"), Coded("channel", row.channel)),
                (_("Booked"), row.booked_at),
                (_("Settled"), row.settled_at),
            ],
        )
        yield trail(ctx, row.pk)
