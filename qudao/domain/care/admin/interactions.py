"""Every contact with a customer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.care.admin.words import CHANNELS, digits_of, masked, named
from qudao.domain.care.models import Interaction
from qudao.domain.care.queries.interactions import msisdn_hash
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_place
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Person, Ref, Section
from qudao.platform.commands.context import Context

OUTCOMES = ["done", "refused", "closed", "left", "abandoned", "failed"]


def _lasted(row: Any) -> int:
    lasted: timedelta = row.ended_at - row.started_at
    return round(lasted.total_seconds())


@screen(Interaction)
class InteractionScreen(Screen):
    """Contacts on all fronts, the latest first. Numbers are masked."""

    read = "care.read"
    title = _("Contacts")
    one = _("Contact")
    lead = _("Numbers are masked; a whole number finds its contacts.")
    menu = Place("care", 4, "history")
    search_help = _("A whole telephone number")
    ordering = ("-id",)
    list_select_related = ("place",)
    columns = (
        Column(_("Began"), lambda row: row.started_at, "id"),
        Column(_("Channel"), lambda row: Coded("channel", row.channel)),
        Column(_("Item"), lambda row: Coded("menu_item", row.item)),
        Column(_("Outcome"), lambda row: Coded("contact_outcome", row.outcome)),
        Column(_("Customer's number"), masked),
        Column(_("Place"), lambda row: named(row.place)),
        Column(_("Seconds"), _lasted),
    )
    list_filter = (
        by_code(_("Channel"), "channel", CHANNELS),
        by_code(_("Outcome"), "outcome", OUTCOMES, field="contact_outcome"),
        by_place(_("Place"), "place__path", parts),
        by_days(_("Began"), "started_at"),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return Interaction.objects.within(ctx.scope).select_related("place")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(msisdn_hash=msisdn_hash(digits_of(text)))

    def heading(self, row: Any) -> Cell:
        return Coded("channel", row.channel)

    def state(self, row: Any) -> Cell:
        return Coded("contact_outcome", row.outcome)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        order = Ref("ordering.order", row.order, _("Order")) if row.order else None
        yield Facts(
            _("At a glance"),
            [
                (_("Channel"), Coded("channel", row.channel)),
                (_("Direction"), Coded("contact_direction", row.direction)),
                (_("Item"), Coded("menu_item", row.item)),
                (_("Reason"), Mono(row.reason) if row.reason else None),
                (_("Outcome"), Coded("contact_outcome", row.outcome)),
                (_("Customer's number"), masked(row)),
                (_("Language"), Coded("language", row.language)),
                (_("Place"), named(row.place)),
                (_("Began"), row.started_at),
                (pgettext_lazy("contact", "Ended"), row.ended_at),
                (_("Seconds"), _lasted(row)),
                (_("Order"), order),
                (pgettext_lazy("contact", "By"), Person(row.actor)),
                (_("Reference"), Mono(str(row.pk))),
            ],
        )
