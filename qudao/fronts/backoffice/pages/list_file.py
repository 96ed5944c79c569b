"""Lists of numbers and goods as files: the rows that the list shows, as its filters have them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy

from qudao.domain.party import queries as party
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.templatetags.backoffice import goes_out, plain
from qudao.fronts.web import exports
from qudao.kernel.money import Money
from qudao.platform.backoffice.values import Cell, Person

MOST: Final = 10_000
"""Rows of a file."""


def list_file(desk: Desk, screen: str, kind: str) -> HttpResponse:
    """The list of a screen, with the search and the filters of the address."""
    found = next((one for one in desk.site._registry.values() if one.screen_name == screen), None)
    if found is None or kind not in exports.FORMATS or not goes_out(found):
        raise Http404
    if not found.open_to(desk.ctx):
        raise PermissionDenied
    rows = [
        [column.value(row) for column in found.columns]
        for row in found.get_changelist_instance(desk.request).queryset[:MOST]
    ]
    people = {one.user for row in rows for one in row if isinstance(one, Person)}
    names = party.names_of_users(desk.ctx, [one for one in people if one is not None])
    columns = [str(column.label) for column in found.columns]
    body = ([_value(cell, names) for cell in row] for row in rows)
    return exports.table(kind, screen.replace(".", "-"), str(found.title), columns, body)


def _value(cell: Cell, names: Any) -> str | int | Money | date | datetime | None:
    match cell:
        case Person(user):
            return str(names.get(user, ""))
        case bool():
            return plain(cell)
        case int() | Money() | date() | None:
            return cell
    return plain(cell)


pages.register("list_file")(
    Page(
        code="list_file",
        title=gettext_lazy("List"),
        group="",
        position=0,
        icon="download",
        permissions=frozenset(),
        views=(("lists/<str:screen>/<slug:kind>/", list_file, "list_file"),),
    )
)
