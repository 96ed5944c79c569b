"""Commands that wait for a second person: maker and checker side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.arguments import arguments
from qudao.platform.backoffice.filters import by_code
from qudao.platform.backoffice.forms import ActForm, ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Data, Facts, Mono, Person, Section
from qudao.platform.commands import operations
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import ParkedCommand

STATES = ["waiting", "approved", "declined"]


class RemarkForm(ActForm):
    remark = forms.CharField(
        label=_("Remark"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _waits(row: ParkedCommand) -> bool:
    return row.state == "waiting"


@screen(ParkedCommand)
class ApprovalScreen(Screen):
    """The worklist; decided ones stay to be looked at."""

    read = "commands.read"
    title = _("Approvals")
    one = _("Request for approval")
    lead = _("What needs a second pair of eyes. Nobody decides on the own request.")
    menu = Place("overview", 2, "shield-check")
    ordering = ("-parked_at", "-id")
    columns = (
        Column(pgettext_lazy("journal", "What"), lambda row: Coded("command", row.command)),
        Column(_("State"), lambda row: Coded("parked_state", row.state), "state"),
        Column(_("Why"), lambda row: Coded("parked_reason", row.reason)),
        Column(_("Asked for by"), lambda row: Person(row.maker)),
        Column(_("Asked for at"), lambda row: row.parked_at, "parked_at"),
        Column(pgettext_lazy("approval", "Decided by"), lambda row: Person(row.checker)),
    )
    list_filter = (by_code(_("State"), "state", STATES, field="parked_state"),)
    acts = (
        Act(
            "approve",
            _("Approve"),
            "commands.approve",
            lambda ctx, row, data: operations.approve(ctx, parked=row.pk, remark=data["remark"]),
            form=RemarkForm,
            when=_waits,
            lead=_("It is done now, in the name of who asked for it; the journal shows you both."),
            icon="circle-check",
            done=_("Approved and done."),
            grants=lambda grants, row: row.command in grants,
        ),
        Act(
            "decline",
            _("Decline"),
            "commands.decline",
            lambda ctx, row, data: operations.decline(ctx, parked=row.pk, remark=data["reason"]),
            form=ReasonForm,
            when=_waits,
            icon="circle-x",
            tone="danger",
            done=_("Declined: it will not be done."),
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[ParkedCommand]:
        # Visible is what covers every path of the maker: no element of the array lies outside.
        # Outside the actor's own subtrees there are few requests, so the ids are listed.
        rows = ParkedCommand.objects.all()
        if not ctx.scope.paths:
            return rows.none()
        hidden = [
            key
            for key, paths in rows.values_list("id", "paths")
            if not all(ctx.scope.covers(path) for path in paths)
        ]
        return rows.filter(~Q(id__in=hidden) | Q(maker=ctx.actor))

    def heading(self, row: Any) -> Cell:
        return Coded("command", row.command)

    def state(self, row: Any) -> Cell:
        return Coded("parked_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("Maker and checker"),
            [
                (_("Asked for by"), Person(row.maker)),
                (_("Asked for at"), row.parked_at),
                (_("Channel"), Coded("channel", row.channel)),
                (_("Why a second person"), Coded("parked_reason", row.reason)),
                (pgettext_lazy("approval", "Decided by"), Person(row.checker)),
                (pgettext_lazy("approval", "Decided at"), row.decided_at),
                (_("Remark"), row.remark),
            ],
        )
        yield Facts(
            _("What would be done"),
            [
                (_("Command"), Coded("command", row.command)),
                *arguments(ctx, row.arguments),
            ],
        )
        yield Facts(
            _("As stored"),
            [(_("Command"), Mono(row.command)), (_("Arguments"), Data(row.arguments))],
        )
