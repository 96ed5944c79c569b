"""Documents of moves: what went from where to where."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    MovementKind,
    MovementRow,
    MovementSearch,
)
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import Desk, at_desk
from qudao.fronts.portal.paging import every, page_request
from qudao.fronts.portal.stock_forms import MoveFilter
from qudao.fronts.portal.templatetags.stock import end_of, move_name
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.kernel.page import PageRequest

FILE_ROWS = 20_000


OF_REQUISITIONS = frozenset(
    {
        MovementKind.DISPATCH,
        MovementKind.TRANSFER,
        MovementKind.RETURN,
        MovementKind.TURN_BACK,
    }
)


@require_GET
@at_desk
def moves(desk: Desk) -> HttpResponse:
    form, search = _move_search(desk)
    page = goods.movements(desk.ctx, search=search, page=page_request(desk.request))
    return desk.page("stock/moves", "stock", part="moves", form=form, page=page)


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def moves_file(desk: Desk, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    _form, search = _move_search(desk)
    found = every(lambda page: goods.movements(desk.ctx, search=search, page=page), most=FILE_ROWS)
    columns = [
        _("Document"),
        _("Time"),
        _("What"),
        pgettext("place", "From"),
        pgettext("place", "To"),
        _("Pieces"),
        _("Reason"),
    ]
    rows = (
        (
            move.number,
            move.at,
            move_name(move.kind),
            end_of(move, "source"),
            end_of(move, "target"),
            move.quantity,
            move.reason,
        )
        for move in found
    )
    return exports.table(
        kind, storeroom.file_name(desk, "moves"), _("Moves of goods"), columns, rows
    )


@require_GET
@at_desk
def move(desk: Desk, move: UUID) -> HttpResponse:
    """One document: both ends, and what went from one to the other."""
    found = goods.movements(
        desk.ctx, search=MovementSearch(place=desk.id, movement=move), page=PageRequest(limit=1)
    )
    if not found.items:
        raise Http404
    record: MovementRow = found.items[0]
    of_requisition = record.kind in OF_REQUISITIONS
    return desk.page(
        "stock/move",
        "stock",
        part="moves",
        move=record,
        page=goods.movement(desk.ctx, movement=move, page=page_request(desk.request)),
        who=storeroom.names(desk, [record.actor])[record.actor],
        requisition=record.cause if of_requisition else None,
        order=None if of_requisition else record.cause,
    )


def _move_search(desk: Desk) -> tuple[MoveFilter, MovementSearch]:
    form = MoveFilter(desk.request.GET or None, items=storeroom.items(desk))
    values = form.cleaned_data if form.is_valid() else {}
    kind = values.get("kind")
    first: date | None = values.get("first")
    return form, MovementSearch(
        place=desk.id,
        kinds=frozenset([kind]) if kind else frozenset(),
        item=values.get("item", ""),
        first=first,
        last=values.get("last"),
    )
