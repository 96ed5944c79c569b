"""The start page with the menu and a search over it; one's own line; one's own page."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from qudao.domain.credential.types import Need
from qudao.fronts import wording
from qudao.fronts.hall import tiles
from qudao.fronts.hall.door import Visit, at_hall
from qudao.journeys import customers
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.saying import said
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.arguments import printable

QUICK: Final = ("top_up", "bill")
"""Items that stand with one's own line, where they are offered."""
LONGEST: Final = 60
"""Characters of a search that are looked at."""


@require_safe
@at_hall
def home(visit: Visit) -> HttpResponse:
    talk = visit.talk()
    menu = tiles.menu_of(talk)
    wanted = printable(visit.request.GET.get("q", ""), LONGEST).strip()
    return visit.page(
        "home",
        section="home",
        greeting=said(menu.greeting),
        advertising=said(menu.advertising),
        shut=said(menu.shut),
        featured=tiles.featured(menu),
        sections=tiles.sections(menu, but=tiles.featured(menu)),
        running=talking.running(talk) if visit.msisdn else (),
        wanted=wanted,
        found=tiles.search(menu, wanted),
    )


@require_safe
@at_hall
def search(visit: Visit) -> HttpResponse:
    """The part of the start page that a search changes."""
    wanted = printable(visit.request.GET.get("q", ""), LONGEST).strip()
    found = tiles.search(tiles.menu_of(visit.talk()), wanted)
    return visit.page("found", wanted=wanted, found=found)


@require_safe
@at_hall
def line(visit: Visit) -> HttpResponse:
    """What one's own line has left; asked for by the start page when it is there."""
    if not visit.may(Need.NUMBER):
        return visit.page("line", subscriber=None)
    offered = tiles.menu_of(visit.talk())
    quick = [tile for code in QUICK if (tile := tiles.tile_of(offered, code)) and not tile.off]
    try:
        found = customers.look_up(visit.context(), msisdn=visit.msisdn)
    except Refusal as refusal:
        words = wording.word(refusal)
        return visit.page("line", subscriber=None, words=words, quick=quick)
    return visit.page("line", subscriber=found.subscriber, quick=quick)


@require_safe
@at_hall
def me(visit: Visit) -> HttpResponse:
    return visit.page("me", section="me")


@at_hall
def nowhere(visit: Visit, rest: str) -> HttpResponse:
    return visit.nowhere()
