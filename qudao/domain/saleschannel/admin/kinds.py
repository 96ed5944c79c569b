"""The kinds of channel, with what each is for."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.saleschannel.models import ChannelKind
from qudao.platform.backoffice.filters import by_code
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Mono, Names
from qudao.platform.commands.context import Context

QUARTERS = {0: "○", 1: "◔", 2: "◑", 3: "◕", 4: "●"}
SPOKEN = {0: "0", 1: "¼", 2: "½", 3: "¾", 4: "1"}


def quarters(value: int) -> str:
    """Return an emphasis in quarters as a sign and a number."""
    return f"{QUARTERS[value]} {SPOKEN[value]}"


@screen(ChannelKind)
class KindScreen(Screen):
    """Reference data with the positioning matrix; the same for everybody."""

    read = "saleschannel.read"
    title = _("Channel kinds")
    one = _("Channel kind")
    lead = _("What each kind of channel is for: the positioning matrix, in quarters.")
    menu = Place("channels", 3, "list-details")
    has_pages = False
    ordering = ("position", "code")
    columns = (
        Column(pgettext_lazy("thing", "Name"), lambda row: Names(row.name_zh, row.name_en)),
        Column(_("Code"), lambda row: Mono(row.code)),
        Column(_("Ownership"), lambda row: Coded("ownership", row.ownership), "ownership"),
        Column(pgettext_lazy("emphasis", "Image"), lambda row: quarters(row.image), "image"),
        Column(
            pgettext_lazy("emphasis", "Experience"),
            lambda row: quarters(row.experience),
            "experience",
        ),
        Column(pgettext_lazy("emphasis", "Sales"), lambda row: quarters(row.sales), "sales"),
        Column(pgettext_lazy("emphasis", "Service"), lambda row: quarters(row.service), "service"),
    )
    list_filter = (
        by_code(_("Ownership"), "ownership", ["own", "social", "electronic", "direct", "internet"]),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return ChannelKind.objects.all()

    def heading(self, row: Any) -> Cell:
        return Names(row.name_zh, row.name_en)
