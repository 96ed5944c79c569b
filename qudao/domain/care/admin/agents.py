"""Who waits for a person, and who talks with whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.care import operations
from qudao.domain.care.admin.words import CHANNELS, digits_of, masked, named, reveal_act
from qudao.domain.care.models import AT_HAND, AgentRequest
from qudao.domain.care.queries.agents import msisdn_hash
from qudao.domain.care.types import AgentRequestId, AgentRequestState, AgentTaken, Subject
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ActForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Person, Section
from qudao.platform.commands.context import Context

STATES = [state.value for state in AgentRequestState]
OPEN_FIRST = Case(When(state__in=AT_HAND, then=False), default=True).asc()


class OutcomeForm(ActForm):
    reason = forms.CharField(
        label=_("What came of it"),
        min_length=2,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The journal keeps it: nothing personal."),
    )


def _taken(answer: AgentTaken) -> list[tuple[Any, Cell]]:
    return [
        (_("Customer's number"), Mono(str.__str__(answer.msisdn)) if answer.msisdn else None),
        (_("Channel"), Coded("channel", answer.channel)),
        (_("Item"), Coded("menu_item", answer.item) if answer.item else None),
        (_("Language"), Coded("language", answer.language)),
        (_("Reference"), Mono(str(answer.request))),
    ]


@screen(AgentRequest)
class AgentRequestScreen(Screen):
    """Customers who asked for a person; who has waited longest stands on top."""

    read = "care.read"
    title = _("Waiting for a person")
    one = _("Request for a person")
    lead = _("Who has waited longest stands on top.")
    menu = Place("care", 2, "bell-ringing")
    search_help = _("A whole telephone number")
    ordering = (OPEN_FIRST, "asked_at", "id")
    list_select_related = ("place",)
    columns = (
        Column(_("Asked"), lambda row: row.asked_at, "asked_at"),
        Column(_("State"), lambda row: Coded("agent_request_state", row.state)),
        Column(_("Channel"), lambda row: Coded("channel", row.channel)),
        Column(_("Item"), lambda row: Coded("menu_item", row.item) if row.item else None),
        Column(_("Language"), lambda row: Coded("language", row.language)),
        Column(_("Customer's number"), masked),
        Column(_("Talks with"), lambda row: Person(row.taken_by)),
        Column(_("Place"), lambda row: named(row.place)),
    )
    list_filter = (
        by_code(_("State"), "state", STATES, field="agent_request_state"),
        by_flag(_("Open"), "open", Q(state__in=AT_HAND)),
        by_code(_("Channel"), "channel", CHANNELS),
        by_place(_("Place"), "place__path", parts),
        by_days(_("Asked"), "asked_at"),
    )
    list_acts = (
        Act(
            "next",
            _("Take the next one"),
            "care.take_next_request",
            lambda ctx, row, data: operations.take_next_request(ctx),
            lead=_("Who has waited longest in your area. Two agents get two customers."),
            verb=_("Take"),
            icon="user-check",
            shows=_taken,
        ),
    )
    acts = (
        Act(
            "take",
            _("Talk with this customer"),
            "care.take_request",
            lambda ctx, row, data: operations.take_request(ctx, request=AgentRequestId(row.pk)),
            when=lambda row: row.state == AgentRequestState.WAITING,
            verb=_("Take"),
            icon="user-check",
            shows=_taken,
        ),
        Act(
            "finish",
            _("End the talk"),
            "care.finish_request",
            lambda ctx, row, data: operations.finish_request(
                ctx, request=AgentRequestId(row.pk), reason=data["reason"]
            ),
            form=OutcomeForm,
            when=lambda row: row.state == AgentRequestState.TAKEN,
            icon="check",
        ),
        Act(
            "abandon",
            _("The customer left"),
            "care.abandon_request",
            lambda ctx, row, data: operations.abandon_request(ctx, request=AgentRequestId(row.pk)),
            when=lambda row: row.state in AT_HAND,
            icon="x",
        ),
        reveal_act(Subject.AGENT_REQUEST, lambda row: bool(row.msisdn)),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return AgentRequest.objects.within(ctx.scope).select_related("place")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(msisdn_hash=msisdn_hash(digits_of(text)))

    def heading(self, row: Any) -> Cell:
        return masked(row) or Coded("channel", row.channel)

    def state(self, row: Any) -> Cell:
        return Coded("agent_request_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Channel"), Coded("channel", row.channel)),
                (_("Item"), Coded("menu_item", row.item) if row.item else None),
                (_("Language"), Coded("language", row.language)),
                (_("Customer's number"), masked(row)),
                (_("Place"), named(row.place)),
                (_("Asked"), row.asked_at),
                (_("Talks with"), Person(row.taken_by)),
                (pgettext_lazy("care", "Since"), row.taken_at),
                (pgettext_lazy("contact", "Ended"), row.ended_at),
                (_("What came of it"), row.outcome),
                (_("Dialogue"), Mono(str(row.dialogue)) if row.dialogue else None),
            ],
        )
        yield trail(ctx, row.pk)
