"""One box that finds orders, outlets, people by what is written on them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy

from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.values import Cell

SHOWN = 10
SCREENS = (
    "ordering.order",
    "saleschannel.outlet",
    "party.membership",
    "party.organization",
    "party.individual",
    "catalog.offering",
)
"""Where to look; each looks in the viewer's scope only."""


def find(desk: Desk) -> HttpResponse:
    text = typed(desk.request.GET.get("q"))
    found: list[tuple[Any, list[tuple[str, Cell, Cell]], str]] = []
    if len(text) >= 2:
        for screen in _screens(desk):
            rows = screen.found(desk.ctx, screen.rows(desk.ctx), text)[: SHOWN + 1]
            hits = [
                (screen.url("change", row.pk), screen.heading(row), screen.state(row))
                for row in rows
            ]
            if hits:
                more = (
                    f"{screen.changelist_url}?{urlencode({'q': text})}" if len(hits) > SHOWN else ""
                )
                found.append((screen.title, hits[:SHOWN], more))
    hits = [hit for _title, some, _more in found for hit in some]
    if len(hits) == 1:
        return HttpResponseRedirect(hits[0][0])
    return desk.page("find", find_text=text, found=found)


def _screens(desk: Desk) -> list[Any]:
    by_name = {screen.screen_name: screen for screen in desk.site._registry.values()}
    return [
        by_name[name] for name in SCREENS if name in by_name and by_name[name].open_to(desk.ctx)
    ]


pages.register("find")(
    Page(
        code="find",
        title=gettext_lazy("Find"),
        group="",
        position=0,
        icon="search",
        permissions=frozenset(),
        views=(("find/", find, "find"),),
    )
)
