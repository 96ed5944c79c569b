"""Documents of moves: both ends, and what moved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.forms import item_cell, place_cell
from qudao.domain.stock.models import Movement, MovementLine
from qudao.domain.stock.types import MovementKind, document_number
from qudao.kernel.money import Money
from qudao.kernel.scope import Scope
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import PlaceFilter, by_code, by_days
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Person,
    Ref,
    Section,
    Table,
)
from qudao.platform.commands.context import Context
from qudao.platform.tables.scoped import within

SHOWN = 500
"""Lines on a document's page."""
OF_ORDERS = frozenset({"sale", "customer_return", "replace"})


def end(row: Any, name: str) -> Cell:
    """Return one end of a document: a place, or what lies outside of all places."""
    place = getattr(row, name)
    if place is None:
        return Coded("goods_end", getattr(row, f"{name}_end"))
    return Names(place.name_zh, place.name_en)


class EndFilter(PlaceFilter):
    """Keep the documents that have one of their ends in a part of the organization."""

    title = _("Place")
    parameter_name = "place"
    path = "source__path"
    places = staticmethod(parts)

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in {path for path, _shown in self.lookup_choices}:
            return queryset
        part = Scope.of([str(chosen)])
        return queryset.filter(within("source__path", part) | within("target__path", part))


@screen(Movement)
class MovementScreen(Screen):
    """Every move of goods: from where, to where, what, by whom."""

    read = "stock.read"
    title = _("Movements")
    one = _("Movement")
    menu = Place("goods", 4, "arrows-exchange")
    search_help = _("The end of a document's number")
    list_select_related = ("source", "target")
    ordering = ("-at", "-id")
    columns = (
        Column(_("Document"), lambda row: Mono(document_number(row.at, row.pk))),
        Column(_("Time"), lambda row: row.at, "at"),
        Column(_("Kind"), lambda row: Coded("movement_kind", row.kind), "kind"),
        Column(words.FROM, lambda row: end(row, "source")),
        Column(words.TO, lambda row: end(row, "target")),
        Column(_("Pieces"), lambda row: row.pieces),
        Column(_("Who"), lambda row: Person(row.actor)),
        Column(_("Reason"), lambda row: row.reason),
    )
    list_filter = (
        by_code(_("Kind"), "kind", [kind.value for kind in MovementKind], field="movement_kind"),
        EndFilter,
        by_days(_("Business day"), "business_date", is_date=True),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        rows = Movement.objects.unscoped("where goods come from counts as where they go")
        if not ctx.scope.paths:
            return rows.none()
        mine = within("source__path", ctx.scope) | within("target__path", ctx.scope)
        pieces = (
            MovementLine.objects.filter(movement=OuterRef("pk"))
            .order_by()
            .values("movement")
            .annotate(n=Sum("quantity"))
            .values("n")
        )
        return (
            rows.filter(mine).select_related("source", "target").annotate(pieces=Subquery(pieces))
        )

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        tail = text.rpartition("-")[2].lower()
        if not tail or set(tail) - set("0123456789abcdef"):
            return rows.none()
        return rows.filter(id__iendswith=tail)

    def heading(self, row: Any) -> Cell:
        return Mono(document_number(row.at, row.pk))

    def state(self, row: Any) -> Cell:
        return Coded("movement_kind", row.kind)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        values = "stock.read_value" in ctx.grants
        cause: Cell = None
        if row.cause is not None:
            of_order = row.kind in OF_ORDERS
            cause = Ref(
                "ordering.order" if of_order else "stock.requisition",
                row.cause,
                _("Order") if of_order else _("Delivery"),
            )
        yield Facts(
            _("At a glance"),
            [
                (words.FROM, place_cell(row, "source") or end(row, "source")),
                (words.TO, place_cell(row, "target") or end(row, "target")),
                (_("Time"), row.at),
                (_("Business day"), row.business_date),
                (_("Who"), Person(row.actor)),
                (_("Because of"), cause),
                (_("Reason"), row.reason),
                (_("Pieces"), row.pieces),
            ],
        )
        lines = MovementLine.objects.filter(movement=row).select_related("item", "unit")
        yield Table(
            _("Goods"),
            (_("Article"), _("Serial"), _("Pieces"), words.TERMS, _("At cost")),
            [
                (
                    item_cell(line.item),
                    Ref("stock.unit", line.unit_id, Mono(line.unit.serial)) if line.unit else None,
                    line.quantity,
                    Coded("goods_terms", line.terms),
                    Money(line.value) if values else None,
                )
                for line in lines.defer("unit__pin").order_by("id")[:SHOWN]
            ],
            note=_("The first 500 lines.") if (row.pieces or 0) > SHOWN else "",
        )
        yield trail(ctx, row.pk)
