"""The paper that goes with a delivery, and where its page finds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import MovementSearch
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import Facts, Link, Section
from qudao.platform.commands.context import Context

MOST_SERIALS = 5_000
SENT = frozenset({"dispatched", "received"})
SENDING = frozenset({"dispatch", "transfer", "return"})


def note(desk: Desk, requisition: UUID) -> HttpResponse:
    """What was sent: articles, how many, every serial, room to sign."""
    record = stock.requisition(desk.ctx, requisition=requisition)
    sent = _serials(desk.ctx, requisition)
    people = {record.row.asked_by, record.row.decided_by} - {None}
    return desk.page(
        "delivery_note",
        row=record.row,
        lines=[(line, sent.get(line.item, [])) for line in record.lines if line.dispatched],
        names=party.names_of_users(desk.ctx, [one for one in people if one is not None]),
        back=reverse("admin:stock_requisition_change", args=[requisition]),
    )


def _serials(ctx: Context, requisition: UUID) -> dict[str, list[str]]:
    """Serials by article, as the document of the dispatch has them."""
    found: dict[str, list[str]] = {}
    search = MovementSearch(cause=requisition, kinds=SENDING)
    for move in stock.movements(ctx, search=search, page=PageRequest(10)).items:
        for line in _lines(ctx, move.id):
            if line.serial:
                found.setdefault(line.item, []).append(line.serial)
    return found


def _lines(ctx: Context, movement: UUID) -> Iterator[Any]:
    for offset in range(0, MOST_SERIALS, MAX_LIMIT):
        page = stock.movement(ctx, movement=movement, page=PageRequest(MAX_LIMIT, offset))
        yield from page.items
        if not page.has_next:
            return


def _papers(ctx: Context, key: UUID) -> Iterator[Section]:
    row = stock.requisition(ctx, requisition=key).row
    if row.state in SENT:
        address = reverse("admin:delivery_note", args=[key])
        yield Facts(_("Papers"), [(_("Delivery note"), Link(address, _("Show and print")))])


add_to("stock.requisition", sections=_papers)

pages.register("delivery_note")(
    Page(
        code="delivery_note",
        title=_("Delivery note"),
        group="",
        position=0,
        icon="printer",
        permissions=frozenset({"stock.read", "party.read"}),
        views=(("delivery-notes/<uuid:requisition>/", note, "delivery_note"),),
    )
)
