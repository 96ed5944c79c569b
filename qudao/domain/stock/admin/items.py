"""Articles: what can lie on a shelf."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.stock import operations
from qudao.domain.stock.models import Item, Quantity, Unit
from qudao.domain.stock.types import GoodsKind
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_code, by_flag
from qudao.platform.backoffice.forms import ActForm, MoneyField
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Names, Section, Table
from qudao.platform.commands.context import Context

KINDS = [kind.value for kind in GoodsKind]
KIND_WORDS = {
    "sim": _("SIM card"),
    "recharge_card": _("Recharge card"),
    "handset": _("Handset"),
    "kit": _("Kit"),
    "gift": _("Gift"),
    "accessory": _("Accessory"),
}


class ItemForm(ActForm):
    """What may be changed of an article."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=100)
    price = MoneyField(label=_("Price for a customer (yuan)"))
    wholesale = MoneyField(label=_("Price for an outlet that buys (yuan)"))
    offering = forms.CharField(
        label=_("Offering that sells it"),
        max_length=32,
        required=False,
        help_text=_("Code in the catalogue; for recharge cards."),
    )


class NewItemForm(ItemForm):
    code = forms.RegexField(
        r"^[A-Z0-9][A-Z0-9-]{0,31}$",
        label=_("Code"),
        help_text=_("Capitals, digits and dashes; it stays for ever."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KIND_WORDS.items()))
    serialised = forms.BooleanField(
        label=_("Each piece has a serial"),
        required=False,
        initial=True,
        help_text=_("SIM cards, recharge cards and handsets always have."),
    )
    field_order = ["request_key", "code", "kind"]


class ChangeItemForm(ItemForm):
    active = forms.BooleanField(label=_("In use"), required=False)

    def prepare(self) -> None:
        row = self.row
        self.initial.update(
            name_zh=row.name_zh,
            name_en=row.name_en,
            price=Money(row.price),
            wholesale=Money(row.wholesale),
            offering=row.offering,
            active=row.active,
        )


@screen(Item)
class ItemScreen(Screen):
    """The articles of the province."""

    read = "stock.read"
    title = _("Articles")
    one = _("Article")
    menu = Place("goods", 9, "tag")
    search_help = _("Part of a name, or a code's beginning")
    ordering = ("kind", "code")
    columns = (
        Column(pgettext_lazy("thing", "Name"), lambda row: Names(row.name_zh, row.name_en)),
        Column(_("Code"), lambda row: Mono(row.code), "code"),
        Column(_("Kind"), lambda row: Coded("goods_kind", row.kind), "kind"),
        Column(_("Has serials"), lambda row: row.serialised),
        Column(_("For a customer"), lambda row: Money(row.price), "price"),
        Column(_("For an outlet"), lambda row: Money(row.wholesale), "wholesale"),
        Column(_("In use"), lambda row: row.active),
    )
    list_filter = (
        by_code(_("Kind"), "kind", KINDS, field="goods_kind"),
        by_flag(_("In use"), "active", Q(active=True)),
    )
    list_acts = (
        Act(
            "create",
            _("Add an article"),
            "stock.create_item",
            lambda ctx, row, data: operations.create_item(
                ctx,
                code=data["code"],
                kind=data["kind"],
                name_zh=data["name_zh"],
                name_en=data["name_en"],
                price=data["price"],
                wholesale=data["wholesale"],
                serialised=data["serialised"],
                offering=data["offering"],
            ),
            form=NewItemForm,
            icon="plus",
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "change",
            _("Change"),
            "stock.change_item",
            lambda ctx, row, data: operations.change_item(
                ctx,
                item=row.code,
                name_zh=data["name_zh"],
                name_en=data["name_en"],
                price=data["price"],
                wholesale=data["wholesale"],
                offering=data["offering"],
                active=data["active"],
            ),
            form=ChangeItemForm,
            lead=_("What lies on shelves keeps its cost."),
            icon="pencil",
            preview=True,
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Item]:
        return Item.objects.all()

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(code__istartswith=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        )

    def heading(self, row: Any) -> Cell:
        return Names(row.name_zh, row.name_en)

    def state(self, row: Any) -> Cell:
        return Coded("goods_kind", row.kind)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Code"), Mono(row.code)),
                (_("Has serials"), row.serialised),
                (_("For a customer"), Money(row.price)),
                (_("For an outlet"), Money(row.wholesale)),
                (_("Offering that sells it"), Mono(row.offering)),
                (_("In use"), row.active),
                (_("Added"), row.created_at),
            ],
        )
        yield Table(
            _("In your area"),
            (_("State"), _("Pieces")),
            _states(ctx, row),
            empty=_("There is none of it in your area."),
        )


def _states(ctx: Context, row: Item) -> list[tuple[Cell, Cell]]:
    """How many there are in each state, within the scope."""
    if row.serialised:
        units = Unit.objects.within(ctx.scope).filter(item=row).order_by("state")
        counts = units.values_list("state").annotate(n=Count("id"))
        return [(Coded("unit_state", state), n) for state, n in counts]
    names = ("in_stock", "in_transit", "held", "defective", "missing")
    rows = Quantity.objects.within(ctx.scope).filter(item=row)
    sums = rows.aggregate(**{name: Sum(name) for name in names})
    return [(Coded("unit_state", name), sums[name]) for name in names if sums[name]]
