"""Stock counts: what the books say against what lies there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.stock import operations
from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.forms import (
    item_cell,
    items_to_choose,
    own_place,
    place_cell,
    place_field,
    places,
    read_serials,
)
from qudao.domain.stock.models import Count, CountLine, Item
from qudao.domain.stock.types import CountId, CountState, document_number
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_place
from qudao.platform.backoffice.forms import ActForm, CodeForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Person,
    Section,
    Table,
)
from qudao.platform.commands.context import Context

SHOWN = 1_000
"""Lines on a count's page; what is wrong stands first."""


class OpenForm(CodeForm):
    place = place_field(label=words.PLACE, help_text=_("Its code."))
    item = forms.ChoiceField(label=_("Article"), required=False)

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))
        self.offer("item", [("", _("Everything")), *items_to_choose()])
        own = own_place(self.ctx)
        if own is not None:
            self.initial.setdefault("place", own.code)


class RecordForm(ActForm):
    """What was found: scanned serials, and how many of other goods."""

    serials = forms.CharField(
        label=_("Scanned serials"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "q-mono", "spellcheck": "false"}),
        help_text=_("A line each; what is scanned twice counts once."),
    )
    quantities = forms.CharField(
        label=_("Goods without serials"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "q-mono", "spellcheck": "false"}),
        help_text=_("A line each: an article's code and how many. It replaces what was said."),
    )

    def clean_serials(self) -> tuple[str, ...]:
        serials, ranges = read_serials(self.cleaned_data["serials"])
        if ranges:
            raise ValidationError(_("Scan each piece: a range cannot be counted."))
        return serials

    def clean_quantities(self) -> dict[str, int]:
        known = set(Item.objects.filter(serialised=False).values_list("code", flat=True))
        found: dict[str, int] = {}
        for line in self.cleaned_data["quantities"].splitlines():
            words = line.split()
            if not words:
                continue
            if len(words) != 2 or words[0].upper() not in known or not words[1].isdecimal():
                said = gettext("This line names no article and how many: %(line)s")
                raise ValidationError(said % {"line": line[:60]})
            found[words[0].upper()] = int(words[1][:7])
        return found


@screen(Count)
class CountScreen(Screen):
    """Who counted what, where, and what was short or over."""

    read = "stock.read"
    title = _("Stock counts")
    one = _("Stock count")
    menu = Place("goods", 6, "list-check")
    list_select_related = ("place", "item")
    ordering = ("-opened_at", "-id")
    columns = (
        Column(_("Document"), lambda row: Mono(document_number(row.opened_at, row.pk))),
        Column(words.PLACE, lambda row: Names(row.place.name_zh, row.place.name_en)),
        Column(_("State"), lambda row: Coded("count_state", row.state), "state"),
        Column(
            _("Article"),
            lambda row: (
                _("Everything") if row.item is None else Names(row.item.name_zh, row.item.name_en)
            ),
        ),
        Column(_("Opened"), lambda row: row.opened_at, "opened_at"),
        Column(_("By"), lambda row: Person(row.opened_by)),
        Column(_("Closed"), lambda row: row.closed_at),
    )
    list_filter = (
        by_code(_("State"), "state", [state.value for state in CountState], field="count_state"),
        by_place(_("Place"), "place__path", parts),
        by_days(_("Opened"), "opened_at"),
    )
    list_acts = (
        Act(
            "open",
            _("Begin a count"),
            "stock.open_count",
            lambda ctx, row, data: operations.open_count(
                ctx, place=data["place"].id, item=data["item"] or None
            ),
            form=OpenForm,
            icon="barcode",
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "record",
            _("Write down what was found"),
            "stock.record_count",
            lambda ctx, row, data: operations.record_count(
                ctx,
                count=CountId(row.pk),
                serials=data["serials"],
                quantities=data["quantities"],
            ),
            form=RecordForm,
            when=lambda row: row.state == "open",
            icon="barcode",
        ),
        Act(
            "cancel",
            _("Give up the count"),
            "stock.cancel_count",
            lambda ctx, row, data: operations.cancel_count(ctx, count=CountId(row.pk)),
            form=ActForm,
            when=lambda row: row.state == "open",
            lead=_("The books stay as they are."),
            icon="ban",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Count]:
        return Count.objects.within(ctx.scope).select_related("place", "item")

    def heading(self, row: Any) -> Cell:
        return Mono(document_number(row.opened_at, row.pk))

    def state(self, row: Any) -> Cell:
        return Coded("count_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        lines = CountLine.objects.filter(count=row).select_related("item")
        totals = {
            finding: lines.filter(finding=finding).count()
            for finding in ("right", "short", "over", "elsewhere")
            if row.state == "closed"
        }
        yield Facts(
            _("At a glance"),
            [
                (words.PLACE, place_cell(row)),
                (_("Article"), _("Everything") if row.item is None else item_cell(row.item)),
                (_("Opened"), row.opened_at),
                (_("By"), Person(row.opened_by)),
                (_("Closed"), row.closed_at),
                (_("Closed by"), Person(row.closed_by)),
                (_("Lines written down"), lines.count()),
                (_("Lines that are short"), totals.get("short")),
                (_("Lines with too many"), totals.get("over")),
                (_("Pieces of other places"), totals.get("elsewhere")),
            ],
        )
        rank = {"short": 0, "over": 1, "elsewhere": 2, "": 3, "right": 4}
        listed = sorted(
            lines.order_by("item", "serial")[:SHOWN], key=lambda one: rank.get(one.finding, 5)
        )
        yield Table(
            pgettext_lazy("list", "Lines"),
            (
                _("Article"),
                _("Serial"),
                _("In the books"),
                pgettext_lazy("stock count", "Counted"),
                _("Finding"),
            ),
            [
                (
                    item_cell(one.item),
                    Mono(one.serial),
                    one.expected,
                    one.counted,
                    Coded("count_finding", one.finding) if one.finding else None,
                )
                for one in listed
            ],
        )
        yield trail(ctx, row.pk)
