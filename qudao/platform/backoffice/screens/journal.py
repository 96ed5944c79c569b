"""Search the journal: who did what, when, to what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.kernel.scope import EVERYWHERE
from qudao.platform.backoffice import area
from qudao.platform.backoffice.arguments import arguments
from qudao.platform.backoffice.filters import by_code, by_days, by_flag
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Data, Facts, Mono, Person, Section
from qudao.platform.commands.command import commands
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.models import User

CHANNELS = ["portal", "api", "backoffice", "worker", "console"]


def _commands() -> list[str]:
    return sorted(commands)


@screen(JournalEntry)
class JournalScreen(Screen):
    """
    Journal rows, newest first.

    They carry no place in the organization: whoever does not see everywhere sees what was done by
    the people of the own area.
    """

    read = "journal.read"
    title = _("Journal")
    one = _("Journal entry")
    lead = _("Everything that was done, by the people of your area. Personal data is masked.")
    menu = Place("control", 2, "history")
    search_help = _("User name, request key, or number of what it was done to")
    ordering = ("-xid", "-id")
    columns = (
        Column(_("Time"), lambda row: row.at),
        Column(pgettext_lazy("journal", "What"), lambda row: Coded("command", row.command)),
        Column(_("Command"), lambda row: Mono(row.command)),
        Column(_("Who"), lambda row: Person(row.actor)),
        Column(_("Approved by"), lambda row: Person(row.approved_by)),
        Column(_("Channel"), lambda row: Coded("channel", row.channel)),
    )
    list_filter = (
        by_code(pgettext_lazy("journal", "What"), "command", _commands),
        by_code(_("Channel"), "channel", CHANNELS),
        by_flag(_("Approved by a second person"), "approved", Q(approved_by__isnull=False)),
        by_days(_("Date"), "at"),
    )

    def rows(self, ctx: Context) -> QuerySet[JournalEntry]:
        rows = JournalEntry.objects.all()
        return rows if ctx.scope == EVERYWHERE else rows.filter(actor__in=area.actors(ctx))

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        wanted = Q(request_key=text)
        try:
            key = UUID(text)
        except ValueError:
            users = User.objects.filter(username=text.lower()).values("id")
            return rows.filter(wanted | Q(actor__in=users) | Q(approved_by__in=users))
        return rows.filter(wanted | Q(subject=key) | Q(actor=key))

    def heading(self, row: Any) -> Cell:
        return Coded("command", row.command)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Serial number"), row.id),
                (_("Time"), row.at),
                (_("Command"), Mono(row.command)),
                (_("Who"), Person(row.actor)),
                (_("Approved by"), Person(row.approved_by)),
                (_("Channel"), Coded("channel", row.channel)),
                (_("Request key"), Mono(row.request_key)),
                (_("Done to"), Mono(str(row.subject)) if row.subject else None),
            ],
        )
        yield Facts(_("What was done"), arguments(ctx, row.arguments))
        yield Facts(
            _("As stored"),
            [
                (_("Arguments"), Data(row.arguments)),
                (_("Answer"), Data(row.answer)),
                (_("Events"), Data(row.events)),
            ],
        )
