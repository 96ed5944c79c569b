"""The numbers themselves: found by their digits, each with its life."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import queries
from qudao.domain.resource.admin.filters import (
    GradeOfPatternFilter,
    PatternFilter,
    StateFilter,
)
from qudao.domain.resource.admin.forms import pattern_cell
from qudao.domain.resource.models import Change, Number
from qudao.platform.backoffice.area import names as places
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_flag, by_place
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    History,
    Mono,
    Names,
    Person,
    Ref,
    Section,
    Several,
    Step,
)
from qudao.platform.backoffice.values import Number as Dialled
from qudao.platform.commands.context import Context

LIFE = 200
"""Steps of a number's life that its page shows: the last ones."""


@screen(Number)
class NumberScreen(Screen):
    """Tens of millions of them: looked for rather than listed."""

    read = "resource.read"
    title = _("Numbers")
    one = _("Number")
    menu = Place("numbers", 1, "numbers")
    search_help = _("A number or its beginning; last digits with a star: *8888")
    ordering = ("number",)
    list_select_related = ("pool__branch", "pattern", "holder")
    columns = (
        Column(_("Number"), lambda row: Dialled(str(row.number)), "number"),
        Column(_("State"), lambda row: Coded("number_state", row.state)),
        Column(_("Pattern"), lambda row: pattern_cell(row.pattern.code)),
        Column(_("Grade"), lambda row: _grade(row)),
        Column(_("Branch"), lambda row: _name(row.pool.branch)),
        Column(_("Held by"), lambda row: _name(row.holder)),
        Column(_("Until"), lambda row: row.until),
        Column(_("Changed"), lambda row: row.changed_at),
    )
    list_filter = (
        StateFilter,
        PatternFilter,
        GradeOfPatternFilter,
        by_flag(_("Without 4"), "without4", Q(has4=False)),
        by_flag(_("In a pack"), "packed", Q(packed=True)),
        by_place(_("Branch"), "pool__branch__path", parts),
    )

    def rows(self, ctx: Context) -> QuerySet[Number]:
        return Number.objects.within(ctx.scope).select_related(
            "pool__branch", "pattern__grade", "holder"
        )

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        digits = "".join(one for one in text if one.isascii() and one.isdigit())
        if not digits or len(digits) > 11:
            return rows.none()
        if len(digits) == 11:
            return rows.filter(number=int(digits))
        if digits.startswith("1") and len(digits) >= 3 and not text.startswith("*"):
            unit = 10 ** (11 - len(digits))
            return rows.filter(number__gte=int(digits) * unit, number__lt=(int(digits) + 1) * unit)
        turned = int(digits[-8:][::-1])
        unit = 10 ** (8 - len(digits[-8:]))
        return rows.filter(tail__gte=turned * unit, tail__lt=(turned + 1) * unit)

    def heading(self, row: Any) -> Cell:
        return Dialled(str(row.number))

    def state(self, row: Any) -> Cell:
        return Coded("number_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        branch = OrganizationId(row.pool.branch_id)
        costs = {one.code: one for one in queries.grades(ctx, branch=branch)}
        cost = costs.get(row.pattern.grade_id)
        yield Facts(
            _("At a glance"),
            [
                (_("Branch"), Ref("resource.pool", row.pool_id, _name(row.pool.branch))),
                (
                    _("Segment"),
                    Ref("resource.segment", row.number // 10_000, Mono(str(row.number)[:7])),
                ),
                (
                    _("Pattern"),
                    Ref("resource.pattern", row.pattern_id, pattern_cell(row.pattern.code)),
                ),
                (_("Grade"), _grade(row)),
                (_("Prepayment"), cost.price if cost else None),
                (_("Least monthly spending"), cost.monthly_floor if cost else None),
                (_("Without 4"), not row.has4),
                (_("In a pack"), row.packed),
                (_("Held by"), _name(row.holder)),
                (_("Until"), row.until),
                (_("Order"), row.cause and Ref("ordering.order", row.cause, _("Order"))),
                (_("Changed"), row.changed_at),
            ],
        )
        steps = list(Change.objects.filter(number=row.number).order_by("-id")[:LIFE])[::-1]
        holders = places(ctx, [one.holder for one in steps if one.holder is not None])
        yield History(_("Its life"), [_step(one, holders) for one in steps])


def _step(one: Change, holders: Any) -> Step:
    words: list[Cell] = [Coded("number_state", one.state)]
    if one.was and one.was != one.state:
        words = [Coded("number_state", one.was), "→", *words]
    return Step(
        one.at,
        Several(words),
        Person(one.actor),
        holders.get(one.holder) if one.holder is not None else None,
        (
            (_("Command"), Coded("command", one.command)),
            (
                _("Order"),
                Ref("ordering.order", one.cause, Mono(str(one.cause))) if one.cause else None,
            ),
        ),
    )


def _name(row: Any) -> Cell:
    return None if row is None else Names(row.name_zh, row.name_en)


def _grade(row: Any) -> Cell:
    return _name(row.pattern.grade)
