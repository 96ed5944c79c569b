"""What is done with goods where they lie: taken in, set aside, found, written off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.stock import operations
from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.forms import (
    TERMS,
    GoodsForm,
    count_field,
    item_cell,
    items_to_choose,
    own_place,
    place_cell,
    place_field,
    places,
    read_serials,
    reason_field,
)
from qudao.domain.stock.models import Item, Quantity
from qudao.domain.stock.types import NewUnit, Terms
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_place
from qudao.platform.backoffice.forms import CodeForm, DayField, MoneyField
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Facts, Names, Section
from qudao.platform.commands.context import Context

STATES: Final = (
    ("defective", _("defective")),
    ("missing", _("missing")),
    ("in_stock", _("on the shelf")),
    ("expired", _("expired")),
)


class ShelfForm(GoodsForm):
    """Goods that lie at a place, and why something is done with them."""

    place = place_field(label=words.PLACE, help_text=_("Its code."))
    terms = forms.ChoiceField(
        label=words.TERMS,
        choices=TERMS,
        help_text=_("Of goods without serials."),
    )
    reason = reason_field()
    field_order = ["request_key", "place", "goods", "terms", "reason"]

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))
        own = own_place(self.ctx)
        if own is not None:
            self.initial.setdefault("place", own.code)


class WriteOffForm(ShelfForm):
    state = forms.ChoiceField(
        label=_("State"),
        choices=STATES,
        help_text=_("Of what is not named by its serial: such pieces are written off."),
    )
    field_order = ["request_key", "place", "goods", "state", "terms", "reason"]


class TakeInForm(CodeForm):
    """Goods that come from the supplier."""

    place = place_field(label=words.PLACE, help_text=_("Its code."))
    item = forms.ChoiceField(label=_("Article"))
    cost = MoneyField(label=_("Cost of one (yuan)"))

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))
        self.offer("item", items_to_choose(self.articles()))
        own = own_place(self.ctx)
        if own is not None:
            self.initial.setdefault("place", own.code)

    def articles(self) -> QuerySet[Item]:
        return Item.objects.filter(active=True, serialised=False)


class TakeInCountForm(TakeInForm):
    quantity = count_field(label=_("How many"), min_value=1)


class TakeInUnitsForm(TakeInForm):
    """A few pieces with serials; larger lots, and cards with PINs, come as files."""

    serials = forms.CharField(
        label=_("Serials"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "q-mono", "spellcheck": "false"}),
        help_text=_("A line each. Larger lots, and cards with PINs, come as files."),
    )
    batch = forms.CharField(label=_("Batch"), max_length=40, required=False)
    expires_on = DayField(label=_("Last day of use"), required=False)

    def articles(self) -> QuerySet[Item]:
        return Item.objects.filter(active=True, serialised=True).exclude(kind="recharge_card")

    def clean_serials(self) -> tuple[str, ...]:
        serials, ranges = read_serials(self.cleaned_data["serials"])
        if ranges:
            raise ValidationError(_("Scan each piece: a range cannot be counted."))
        return serials


def _units(data: Mapping[str, Any]) -> tuple[NewUnit, ...]:
    return tuple(NewUnit(serial, expires_on=data["expires_on"]) for serial in data["serials"])


SHELF_ACTS: Final = (
    Act(
        "defective",
        _("Set aside as defective"),
        "stock.mark_defective",
        lambda ctx, row, data: operations.mark_defective(
            ctx,
            place=data["place"].id,
            goods=data["goods"],
            reason=data["reason"],
            terms=data["terms"],
        ),
        form=ShelfForm,
        lead=_("They are not for sale any more; send them back or write them off."),
        icon="alert-triangle",
    ),
    Act(
        "found",
        _("Put back what was found"),
        "stock.mark_found",
        lambda ctx, row, data: operations.mark_found(
            ctx,
            place=data["place"].id,
            goods=data["goods"],
            reason=data["reason"],
            terms=data["terms"],
        ),
        form=ShelfForm,
        lead=_("For what a count had missed and what has turned up since."),
        icon="search",
    ),
    Act(
        "write-off",
        _("Write off"),
        "stock.write_off",
        lambda ctx, row, data: operations.write_off(
            ctx,
            place=data["place"].id,
            goods=data["goods"],
            reason=data["reason"],
            state=data["state"],
            terms=data["terms"],
        ),
        form=WriteOffForm,
        lead=_("Its cost becomes the branch's loss. A second person has to approve."),
        icon="trash",
        tone="danger",
    ),
)

TAKE_IN_UNITS: Final = Act(
    "take-in",
    _("Take in pieces"),
    "stock.load_units",
    lambda ctx, row, data: operations.load_units(
        ctx,
        place=data["place"].id,
        item=data["item"],
        units=_units(data),
        cost=data["cost"],
        batch=data["batch"],
    ),
    form=TakeInUnitsForm,
    lead=_("From the supplier, all or none."),
    icon="package-import",
)


@screen(Quantity)
class QuantityScreen(Screen):
    """Goods without serials: how many lie where, in which state."""

    read = "stock.read"
    title = _("Counted goods")
    one = _("Counted goods at a place")
    menu = Place("goods", 5, "packages")
    search_help = _("Part of a place's or an article's name")
    list_select_related = ("place", "item")
    ordering = ("place__path", "item", "id")
    columns = (
        Column(_("Article"), lambda row: Names(row.item.name_zh, row.item.name_en)),
        Column(words.PLACE, lambda row: Names(row.place.name_zh, row.place.name_en)),
        Column(words.TERMS, lambda row: Coded("goods_terms", row.terms)),
        Column(_("In stock"), lambda row: row.in_stock, "in_stock"),
        Column(_("On the way"), lambda row: row.in_transit, "in_transit"),
        Column(_("Held"), lambda row: row.held, "held"),
        Column(_("Defective"), lambda row: row.defective, "defective"),
        Column(pgettext_lazy("unit", "Missing"), lambda row: row.missing, "missing"),
        Column(_("Moved"), lambda row: row.moved_at, "moved_at"),
    )
    list_filter = (
        by_code(
            words.TERMS,
            "terms",
            [one.value for one in Terms],
            field="goods_terms",
        ),
        by_place(_("Place"), "place__path", parts),
    )
    list_acts = (
        Act(
            "take-in",
            _("Take in goods"),
            "stock.load_quantity",
            lambda ctx, row, data: operations.load_quantity(
                ctx,
                place=data["place"].id,
                item=data["item"],
                quantity=data["quantity"],
                cost=data["cost"],
            ),
            form=TakeInCountForm,
            lead=_("From the supplier."),
            icon="package-import",
        ),
        *SHELF_ACTS,
    )

    def rows(self, ctx: Context) -> QuerySet[Quantity]:
        return Quantity.objects.within(ctx.scope).select_related("place", "item")

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
        return Names(row.item.name_zh, row.item.name_en)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        values = "stock.read_value" in ctx.grants
        yield Facts(
            _("At a glance"),
            [
                (_("Article"), item_cell(row.item)),
                (words.PLACE, place_cell(row)),
                (words.TERMS, Coded("goods_terms", row.terms)),
                (_("In stock"), row.in_stock),
                (_("On the way"), row.in_transit),
                (_("Held"), row.held),
                (_("Defective"), row.defective),
                (pgettext_lazy("unit", "Missing"), row.missing),
                (_("At cost"), Money(row.value) if values else None),
                (_("Moved"), row.moved_at),
            ],
        )
