"""Thresholds: below them both sides are warned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import operations
from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.forms import (
    count_field,
    item_cell,
    items_to_choose,
    own_place,
    place_cell,
    place_field,
    places,
)
from qudao.domain.stock.models import Quantity, Threshold, Unit
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_flag, by_place
from qudao.platform.backoffice.forms import ActForm, CodeForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Facts, Names, Section
from qudao.platform.commands.context import Context


class ThresholdForm(CodeForm):
    place = place_field(label=words.PLACE, help_text=_("Its code."))
    item = forms.ChoiceField(label=_("Article"))
    low = count_field(label=_("Warn below"), help_text=_("Zero: no warning."))

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))
        self.offer("item", items_to_choose())
        own = own_place(self.ctx)
        if own is not None:
            self.initial.setdefault("place", own.code)


class LowForm(ActForm):
    low = count_field(label=_("Warn below"), help_text=_("Zero: no warning."))

    def prepare(self) -> None:
        self.initial["low"] = self.row.low


@screen(Threshold)
class ThresholdScreen(Screen):
    """How little of an article a place should have, and where there is less."""

    read = "stock.read"
    title = _("Thresholds and shortages")
    one = _("Threshold")
    menu = Place("goods", 7, "bell-ringing")
    search_help = _("Part of a place's or an article's name")
    list_select_related = ("place", "item")
    ordering = ("place__path", "item")
    columns = (
        Column(words.PLACE, lambda row: Names(row.place.name_zh, row.place.name_en)),
        Column(_("Article"), lambda row: Names(row.item.name_zh, row.item.name_en)),
        Column(_("Warn below"), lambda row: row.low, "low"),
        Column(_("In stock"), lambda row: row.here),
        Column(_("Missing to it"), lambda row: max(0, row.low - row.here) or None),
    )
    list_filter = (
        by_flag(_("Short"), "short", Q(here__lt=F("low"))),
        by_place(_("Place"), "place__path", parts),
    )
    list_acts = (
        Act(
            "set",
            _("Set a threshold"),
            "stock.set_threshold",
            lambda ctx, row, data: operations.set_threshold(
                ctx, place=data["place"].id, item=data["item"], low=data["low"]
            ),
            form=ThresholdForm,
            icon="bell",
        ),
    )
    acts = (
        Act(
            "change",
            _("Change"),
            "stock.set_threshold",
            lambda ctx, row, data: operations.set_threshold(
                ctx, place=OrganizationId(row.place_id), item=row.item_id, low=data["low"]
            ),
            form=LowForm,
            icon="pencil",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        here = {"place": OuterRef("place"), "item": OuterRef("item")}
        units = Unit.objects.within(ctx.scope).filter(**here, state="in_stock").order_by()
        counts = Quantity.objects.within(ctx.scope).filter(**here).order_by()
        return (
            Threshold.objects.within(ctx.scope)
            .select_related("place", "item")
            .annotate(
                here=Coalesce(Subquery(units.values("item").annotate(n=Count("id")).values("n")), 0)
                + Coalesce(
                    Subquery(counts.values("item").annotate(n=Sum("in_stock")).values("n")), 0
                )
            )
        )

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(place__name_zh__icontains=text)
            | Q(place__name_en__icontains=text)
            | Q(place__code=text)
            | Q(item__name_zh__icontains=text)
            | Q(item__name_en__icontains=text)
            | Q(item__code__istartswith=text)
        )

    def heading(self, row: Any) -> Cell:
        return Names(row.place.name_zh, row.place.name_en)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (words.PLACE, place_cell(row)),
                (_("Article"), item_cell(row.item)),
                (_("Warn below"), row.low),
                (_("In stock"), row.here),
            ],
        )
