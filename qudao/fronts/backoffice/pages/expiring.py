"""Cards that expire soon: where they lie, and bringing them to where they would still be sold."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qudao.domain.stock import operations
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import Goods, Proposal, UnitSearch, UnitState
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.places import in_view
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

SHOWN: Final = 50
DAYS: Final = (30, 60, 90)


def expiring(desk: Desk) -> HttpResponse:
    """What expires, and the transfers that are proposed."""
    return _page(desk)


def transfer(desk: Desk) -> HttpResponse:
    """Make one of the proposals a transfer: the cards that expire on its day go."""
    sent = desk.request.POST
    wanted = next((one for one in _proposals(desk) if _key(one) == sent.get("proposal")), None)
    if desk.request.method != "POST" or wanted is None:
        messages.info(desk.request, _("This is not proposed any more."))
        return HttpResponseRedirect(reverse("admin:expiring"))
    try:
        made = operations.transfer(
            desk.keyed(typed(sent.get("request_key")) or f"office:{uuid4()}"),
            source=wanted.source,
            target=wanted.target,
            goods=[_goods(desk, wanted)],
            note=_("Cards that expire on %(day)s") % {"day": wanted.expires_on},
        )
    except Refusal as refusal:
        return _page(desk, refusal)
    text = ngettext(
        "%(count)d card is on its way.", "%(count)d cards are on their way.", wanted.quantity
    )
    messages.success(desk.request, text % {"count": wanted.quantity})
    return HttpResponseRedirect(reverse("admin:stock_requisition_change", args=[made]))


def _goods(desk: Desk, wanted: Proposal) -> Goods:
    """The serials that a proposal means: those of its day, as many as it says."""
    serials: list[str] = []
    search = UnitSearch(
        place=wanted.source, item=wanted.item, states=frozenset({UnitState.IN_STOCK})
    )
    offset = 0
    while len(serials) < wanted.quantity:
        found = stock.units(desk.ctx, search=search, page=PageRequest(MAX_LIMIT, offset))
        serials += [one.serial for one in found.items if one.expires_on == wanted.expires_on]
        if not found.has_next:
            break
        offset += MAX_LIMIT
    return Goods(wanted.item, 0, tuple(serials[: wanted.quantity]))


def _page(desk: Desk, refusal: Refusal | None = None) -> HttpResponse:
    days = _days(desk)
    view = in_view(desk)
    number = typed(desk.request.GET.get("page"), 6)
    start = (max(1, int(number)) - 1) * SHOWN if number.isdecimal() else 0
    return desk.page(
        "expiring",
        status=200 if refusal is None else STATUS[refusal.kind],
        refused="" if refusal is None else word(refusal),
        days=days,
        choices=DAYS,
        found=stock.expiring(desk.ctx, page=PageRequest(SHOWN, start), days=days, below=view.path),
        proposals=[(one, _key(one)) for one in _proposals(desk)],
        may_send=operations.transfer.name in desk.ctx.grants,
        request_key=f"office:{uuid4()}",
    )


def _days(desk: Desk) -> int:
    sent = typed(desk.request.GET.get("days"), 3)
    return int(sent) if sent.isdecimal() and int(sent) in DAYS else DAYS[0]


def _proposals(desk: Desk) -> tuple[Proposal, ...]:
    below = in_view(desk).path
    page = PageRequest(SHOWN)
    return stock.proposals(desk.ctx, page=page, days=_days(desk), below=below).items


def _key(one: Proposal) -> str:
    return f"{one.item}|{one.expires_on}|{one.source}|{one.target}"


pages.register("expiring")(
    Page(
        code="expiring",
        title=gettext_lazy("Expiring cards"),
        group="goods",
        position=7,
        icon="calendar-due",
        permissions=frozenset({"stock.read", "party.read"}),
        views=(
            ("expiring/", expiring, "expiring"),
            ("expiring/transfer/", transfer, "expiring_transfer"),
        ),
    )
)
