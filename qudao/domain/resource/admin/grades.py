"""Grades of numbers, and what they cost: per branch, from when until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.resource import operations, queries
from qudao.domain.resource.admin.forms import (
    EndPriceForm,
    GradeForm,
    NewGradeForm,
    PriceForm,
    pattern_cell,
    shifts,
)
from qudao.domain.resource.models import Grade, GradePrice, Pattern
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import names as places
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Ref,
    Section,
    Table,
)
from qudao.platform.commands.context import Context


def _money(fen: int | None) -> Cell:
    return None if fen is None else Money(fen)


@screen(Grade)
class GradeScreen(Screen):
    """What numbers are sold as."""

    read = "resource.read"
    title = _("Grades and prices")
    one = _("Grade")
    lead = _("What a customer prepays for a number of each grade, and the least monthly spending.")
    menu = Place("numbers", 5, "star")
    ordering = ("position", "code")
    columns = (
        Column(pgettext_lazy("thing", "Name"), lambda row: Names(row.name_zh, row.name_en)),
        Column(_("Code"), lambda row: Mono(row.code)),
        Column(_("Place in lists"), lambda row: row.position, "position"),
        Column(_("Prepayment"), lambda row: _money(row.price)),
        Column(_("Least monthly spending"), lambda row: _money(row.monthly_floor)),
        Column(_("Valid from"), lambda row: row.valid_from),
    )
    list_acts = (
        Act(
            "create",
            _("Add a grade"),
            "resource.set_grade",
            lambda ctx, row, data: operations.set_grade(
                ctx,
                code=data["code"],
                name_zh=data["name_zh"],
                name_en=data["name_en"],
                position=data["position"],
                price=data["price"],
                monthly_floor=data["monthly_floor"],
            ),
            form=NewGradeForm,
            icon="plus",
        ),
    )
    acts = (
        Act(
            "price",
            _("Set a price"),
            "resource.set_grade_price",
            lambda ctx, row, data: operations.set_grade_price(
                ctx,
                grade=row.code,
                price=data["price"],
                monthly_floor=data["monthly_floor"],
                branch=data["branch"] and data["branch"].id,
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
            ),
            form=PriceForm,
            lead=_("It replaces what was set for the same time; the past stays."),
            icon="currency-yuan",
            effects=lambda ctx, row, data: shifts(
                queries.preview_price(
                    ctx,
                    grade=row.code,
                    price=data["price"],
                    monthly_floor=data["monthly_floor"],
                    branch=data["branch"] and data["branch"].id,
                )
            ),
        ),
        Act(
            "end-price",
            _("End a branch's own price"),
            "resource.end_grade_price",
            lambda ctx, row, data: operations.end_grade_price(
                ctx, grade=row.code, branch=data["branch"].id
            ),
            form=EndPriceForm,
            lead=_("From now on the grade costs there what it costs in all branches."),
            icon="clock-x",
            tone="danger",
        ),
        Act(
            "change",
            _("Change"),
            "resource.set_grade",
            lambda ctx, row, data: operations.set_grade(
                ctx,
                code=row.code,
                name_zh=data["name_zh"],
                name_en=data["name_en"],
                position=data["position"],
            ),
            form=GradeForm,
            icon="pencil",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        valid = GradePrice.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=Now()),
            grade=OuterRef("pk"),
            branch__isnull=True,
            valid_from__lte=Now(),
        )
        shown = ("price", "monthly_floor", "valid_from")
        return Grade.objects.annotate(**{name: Subquery(valid.values(name)[:1]) for name in shown})

    def heading(self, row: Any) -> Cell:
        return Names(row.name_zh, row.name_en)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Code"), Mono(row.code)),
                (_("Place in lists"), row.position),
                (_("Prepayment"), _money(row.price)),
                (_("Least monthly spending"), _money(row.monthly_floor)),
            ],
        )
        found = queries.price_history(ctx, grade=row.code)
        branches = places(ctx, [one.branch for one in found if one.branch is not None])
        yield Table(
            _("Prices"),
            (
                _("Where"),
                _("Prepayment"),
                _("Least monthly spending"),
                _("From"),
                _("Until"),
                _("State"),
            ),
            [
                (
                    _("All branches without a price of their own")
                    if one.branch is None
                    else branches.get(one.branch),
                    one.price,
                    one.monthly_floor,
                    one.valid_from,
                    one.valid_until,
                    Coded("validity", _validity(ctx, one)),
                )
                for one in found
            ],
        )
        yield Table(
            _("Pattern rules of this grade"),
            (_("Pattern"), _("Code"), pgettext_lazy("pattern", "Rule")),
            [
                (
                    Ref("resource.pattern", one.pk, pattern_cell(one.code)),
                    Mono(one.code),
                    Coded("switch", "on" if one.enabled else "off"),
                )
                for one in Pattern.objects.filter(grade=row).order_by("code")
            ],
        )


def _validity(ctx: Context, row: Any) -> str:
    if row.valid_from > ctx.at:
        return "planned"
    return "valid" if row.valid_until is None or row.valid_until > ctx.at else "past"
