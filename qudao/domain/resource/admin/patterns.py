"""Pattern rules: what makes a number worth more, and what it is sold as then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.resource import operations, queries
from qudao.domain.resource.admin.filters import GradeFilter
from qudao.domain.resource.admin.forms import PatternForm, pattern_cell, shifts
from qudao.domain.resource.models import Figure, Pattern
from qudao.domain.resource.patterns import patterns as registry
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_flag
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Number,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import Context


@screen(Pattern)
class PatternScreen(Screen):
    """The rules of the program, with what was decided about each."""

    read = "resource.read"
    title = _("Pattern rules")
    one = _("Pattern rule")
    lead = _("A number belongs to the first rule that it matches; the rule's grade sets its price.")
    menu = Place("numbers", 4, "diamond")
    list_per_page = 100
    ordering = ("grade__position", "code")
    list_select_related = ("grade",)
    columns = (
        Column(_("Pattern"), lambda row: pattern_cell(row.code)),
        Column(_("Code"), lambda row: Mono(row.code), "code"),
        Column(_("For example"), lambda row: _examples(row.code, 1)),
        Column(
            _("Grade"), lambda row: Names(row.grade.name_zh, row.grade.name_en), "grade__position"
        ),
        Column(
            pgettext_lazy("pattern", "Rule"),
            lambda row: Coded("switch", "on" if row.enabled else "off"),
        ),
        Column(_("Numbers"), lambda row: row.numbers or 0, "numbers"),
        Column(_("Free"), lambda row: row.free or 0, "free"),
    )
    list_filter = (
        GradeFilter,
        by_flag(_("Switched on"), "enabled", Q(enabled=True)),
    )
    acts = (
        Act(
            "decide",
            _("Change grade or switch"),
            "resource.set_pattern",
            lambda ctx, row, data: operations.set_pattern(
                ctx, pattern=row.code, grade=data["grade"], on=data["on"]
            ),
            form=PatternForm,
            lead=_("It holds at once for every free number, in all branches."),
            icon="adjustments-horizontal",
            effects=lambda ctx, row, data: shifts(
                queries.preview_pattern(ctx, pattern=row.code, grade=data["grade"], on=data["on"])
            ),
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        figures = Figure.objects.within(ctx.scope).filter(pattern=OuterRef("pk")).order_by()
        sums = figures.values("pattern").annotate(n=Sum("count")).values("n")
        return Pattern.objects.select_related("grade").annotate(
            numbers=Subquery(sums), free=Subquery(sums.filter(state="free"))
        )

    def heading(self, row: Any) -> Cell:
        return pattern_cell(row.code)

    def state(self, row: Any) -> Cell:
        return Coded("switch", "on" if row.enabled else "off")

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        rule = registry.get(row.code)
        yield Facts(
            _("At a glance"),
            [
                (_("Code"), Mono(row.code)),
                (_("Meaning"), Names(rule.description_zh, rule.description_en) if rule else None),
                (_("For example"), _examples(row.code, 3)),
                (_("But not"), _counter_examples(row.code)),
                (_("Grade"), Names(row.grade.name_zh, row.grade.name_en)),
                (_("Numbers in your area"), row.numbers or 0),
                (_("Free"), row.free or 0),
            ],
        )
        figures = Figure.objects.within(ctx.scope).filter(pattern=row).order_by()
        found = figures.values_list(
            "pool__branch__name_zh", "pool__branch__name_en", "state"
        ).annotate(n=Sum("count"))
        yield Table(
            _("Numbers by branch and state"),
            (_("Branch"), _("State"), _("Numbers")),
            [
                (Names(zh, en), Coded("number_state", state), n)
                for zh, en, state, n in found.order_by("pool__branch__path", "state")
            ],
        )


def _examples(code: str, most: int) -> Cell:
    rule = registry.get(code)
    return None if rule is None else Several([Number(one) for one in rule.examples[:most]])


def _counter_examples(code: str) -> Cell:
    rule = registry.get(code)
    if rule is None or not rule.counter_examples:
        return None
    return Several([Number(one) for one in rule.counter_examples[:3]])
