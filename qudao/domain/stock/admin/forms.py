"""Fields and forms about goods."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationKind, OrganizationRow
from qudao.domain.stock import queries, rules
from qudao.domain.stock.models import Item
from qudao.domain.stock.types import Goods, Terms, UnitRecord
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.forms import LONGEST_REASON, CodeField, CodeForm
from qudao.platform.backoffice.values import Cell, Names, Ref
from qudao.platform.commands.context import Context

LARGEST_COUNT: Final = 1_000_000
MOST_LINES: Final = 2_000
"""Lines in a text box of serials; larger lots come as files."""
PLACES: Final = (OrganizationKind.PROVINCE, OrganizationKind.BRANCH, OrganizationKind.COUNTY)
TERMS: Final = ((Terms.CONSIGNMENT.value, _("Consignment")), (Terms.PURCHASE.value, _("Purchase")))
_RANGE: Final = re.compile(r"^(\S+)\s*(?:[–—~～]|\s-\s|\.\.)\s*(\S+)$")


def named(row: Any) -> str:
    """Return a record's name in the active language."""
    english = (get_language() or "").startswith("en")
    return str(row.name_en if english else row.name_zh)


def place_cell(row: Any, end: str = "place") -> Cell:
    """Return a place of a row as a cell; None for none."""
    place = getattr(row, end)
    if place is None:
        return None
    return Ref("party.organization", place.pk, Names(place.name_zh, place.name_en))


def item_cell(item: Any) -> Cell:
    """Return an article as a cell."""
    return Ref("stock.item", item.code, Names(item.name_zh, item.name_en))


def own_place(ctx: Context) -> OrganizationRow | None:
    """Return the highest place for goods in the actor's area."""
    found = party.organizations(ctx, PageRequest(1), kinds=[*PLACES, OrganizationKind.OUTLET])
    return found.items[0] if found.items else None


def place_field(**options: Any) -> CodeField:
    """Return a field that finds a place of the actor's area by its code."""
    return CodeField(party.organization_by_code, **options)


def places(ctx: Context) -> list[tuple[str, str]]:
    """Return the stores of the actor's area, to choose from."""
    found = party.organizations(ctx, PageRequest(200), kinds=list(PLACES))
    return [(row.code, named(row)) for row in found.items]


def items_to_choose(rows: QuerySet[Item] | None = None) -> list[tuple[str, str]]:
    """Return the articles in use, to choose from."""
    found = Item.objects.filter(active=True) if rows is None else rows
    return [(row.code, f"{named(row)} ({row.code})") for row in found.order_by("kind", "code")]


class GoodsField(forms.CharField):
    """
    Goods, a line each: a serial, a range of serials (`first .. last`), or `ITEM quantity`.

    The form calls `read_goods` in its `clean`, because finding needs the actor's scope.
    """

    widget = forms.Textarea(attrs={"rows": 6, "class": "q-mono", "spellcheck": "false"})

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text",
            _("A line each: a serial; a range as “first .. last”; or an article and how many."),
        )
        super().__init__(max_length=MOST_LINES * 24, **options)


def lines_of(text: str) -> list[str]:
    """
    Return the lines of a text box that say something.

    :raises ValidationError: if they are too many.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise ValidationError(_("These are too many lines: use a file."))
    return lines


def ends_of(line: str) -> tuple[str, str] | None:
    """Return the ends of a range of serials; None if a line is none."""
    found = _RANGE.match(line)
    return (found.group(1), found.group(2)) if found else None


def read_serials(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the serials and the ranges of serials that lines of text name."""
    serials: list[str] = []
    ranges: list[tuple[str, str]] = []
    for line in lines_of(text):
        ends = ends_of(line)
        if ends:
            ranges.append(ends)
        else:
            serials.append(rules.clean_serial(line))
    return tuple(dict.fromkeys(serials)), tuple(ranges)


def read_goods(ctx: Context, text: str) -> tuple[Goods, ...]:
    """
    Return the goods that lines of text name, one entry for each article.

    :raises ValidationError: naming the first line that means nothing here.
    """
    known = set(Item.objects.values_list("code", flat=True))
    counts: dict[str, int] = {}
    serials: dict[str, list[str]] = {}
    ranges: dict[str, list[tuple[str, str]]] = {}
    for line in lines_of(text):
        words = line.split()
        if len(words) == 2 and words[0].upper() in known and words[1].isdecimal():
            item = words[0].upper()
            counts[item] = min(counts.get(item, 0) + int(words[1]), LARGEST_COUNT)
            continue
        ends = ends_of(line)
        unit = _unit(ctx, ends[0] if ends else line)
        if unit is None:
            said = gettext("Nothing in your area has the serial %(serial)s.")
            raise ValidationError(said % {"serial": line[:40]})
        if ends:
            ranges.setdefault(unit.item, []).append(ends)
        elif unit.serial not in serials.setdefault(unit.item, []):
            serials[unit.item].append(unit.serial)
    for item in counts.keys() & (serials.keys() | ranges.keys()):
        said = gettext("Name serials of %(item)s, or how many, not both.")
        raise ValidationError(said % {"item": item})
    return tuple(
        Goods(item, counts.get(item, 0), tuple(serials.get(item, ())), tuple(ranges.get(item, ())))
        for item in sorted(counts.keys() | serials.keys() | ranges.keys())
    )


def _unit(ctx: Context, serial: str) -> UnitRecord | None:
    return next(iter(queries.find(ctx, serial=serial)), None)


class GoodsForm(CodeForm):
    """A form with a `GoodsField` called `goods`."""

    goods = GoodsField(label=_("Goods"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if isinstance(data.get("goods"), str) and data["goods"]:
            try:
                data["goods"] = read_goods(self.ctx, data["goods"])
            except ValidationError as error:
                self.add_error("goods", error)
        return data


def reason_field(**options: Any) -> forms.CharField:
    """Return a field for a reason."""
    return forms.CharField(
        label=_("Reason"),
        min_length=2,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The journal keeps it."),
        **options,
    )


def count_field(**options: Any) -> forms.IntegerField:
    """Return a field for how many."""
    options.setdefault("min_value", 0)
    field = forms.IntegerField(max_value=LARGEST_COUNT, **options)
    field.widget.attrs |= {"class": "q-num", "inputmode": "numeric"}
    return field
