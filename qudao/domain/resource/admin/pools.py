"""Pools of the branches, and the segments that they consist of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.resource import operations
from qudao.domain.resource.admin.forms import PrefixesForm, grade_names, pattern_cell
from qudao.domain.resource.admin.words import STATE_WORDS
from qudao.domain.resource.models import Figure, Number, Pattern, Pool, Segment
from qudao.domain.resource.rules import fingerprint
from qudao.domain.resource.types import NumberState
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_place
from qudao.platform.backoffice.forms import ActForm
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

SHOWN = 200
"""Segments on a pool's page; the list has them all."""
STATES = [state.value for state in NumberState]
LISTED = ("free", "reserved", "bound", "active", "resting")
"""States that have a column of their own."""


def _branch(row: Any) -> Cell:
    return Names(row.branch.name_zh, row.branch.name_en)


def _counted(state: str) -> Column:
    return Column(STATE_WORDS[state], lambda row: getattr(row, f"n_{state}") or 0)


@screen(Pool)
class PoolScreen(Screen):
    """The numbers of each branch."""

    read = "resource.read"
    title = _("Number pools")
    one = _("Number pool")
    lead = _("How many numbers each branch has, as last counted.")
    menu = Place("numbers", 2, "stack-2")
    ordering = ("branch__path",)
    list_select_related = ("branch",)
    columns = (
        Column(_("Branch"), _branch),
        Column(_("Area code"), lambda row: Mono(row.area_code)),
        Column(_("Segments"), lambda row: row.segments),
        *(_counted(state) for state in LISTED),
        Column(pgettext_lazy("numbers", "Counted"), lambda row: row.counted_at),
    )
    list_acts = (
        Act(
            "load",
            _("Load segments"),
            "resource.load_segments",
            lambda ctx, row, data: operations.load_segments(
                ctx, branch=data["branch"].id, prefixes=data["prefixes"]
            ),
            form=PrefixesForm,
            lead=_("Each segment brings ten thousand numbers, graded by the rules as they are."),
            icon="package-import",
            preview=True,
            done=_("Loaded. The counts follow within minutes."),
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        figures = Figure.objects.within(ctx.scope).filter(pool=OuterRef("pk")).order_by()
        sums = figures.values("pool").annotate(n=Sum("count")).values("n")
        counted = figures.values("pool").annotate(at=Max("counted_at")).values("at")
        segments = (
            Segment.objects.within(ctx.scope)
            .filter(pool=OuterRef("pk"))
            .order_by()
            .values("pool")
            .annotate(n=Count("prefix"))
            .values("n")
        )
        return (
            Pool.objects.within(ctx.scope)
            .select_related("branch")
            .annotate(
                segments=Subquery(segments),
                counted_at=Subquery(counted),
                **{f"n_{state}": Subquery(sums.filter(state=state)) for state in LISTED},
            )
        )

    def heading(self, row: Any) -> Cell:
        return _branch(row)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        figures = Figure.objects.within(ctx.scope).filter(pool=row).order_by()
        states = dict(figures.values_list("state").annotate(n=Sum("count")))
        yield Facts(
            _("Numbers by state"),
            [
                *((STATE_WORDS[state], states.get(state, 0)) for state in STATES),
                (pgettext_lazy("numbers", "Counted"), row.counted_at),
            ],
        )
        names = grade_names()
        found = (
            figures.filter(state="free")
            .values_list("pattern__code", "pattern__grade")
            .annotate(n=Sum("count"))
        )
        yield Table(
            _("Free numbers by pattern"),
            (_("Pattern"), _("Grade"), _("Free")),
            [
                (pattern_cell(code), names.get(grade), n)
                for code, grade, n in sorted(found, key=lambda one: -one[2])
            ],
        )
        segments = Segment.objects.within(ctx.scope).filter(pool=row).order_by("prefix")
        yield Table(
            _("Segments"),
            (_("Segment"), _("Home register"), _("Loaded"), _("All numbers")),
            [
                (
                    Ref("resource.segment", one.prefix, Mono(str(one.prefix))),
                    Mono(one.hlr),
                    one.loaded_at,
                    one.whole,
                )
                for one in segments[:SHOWN]
            ],
        )


@screen(Segment)
class SegmentScreen(Screen):
    """Ten thousand numbers with the same seven digits in front."""

    read = "resource.read"
    title = _("Segments")
    one = _("Segment")
    menu = Place("numbers", 3, "hash")
    search_help = _("The first digits")
    ordering = ("prefix",)
    list_select_related = ("pool__branch",)
    columns = (
        Column(_("Segment"), lambda row: Mono(str(row.prefix)), "prefix"),
        Column(_("Branch"), lambda row: _branch(row.pool)),
        Column(_("Area code"), lambda row: Mono(row.pool.area_code)),
        Column(_("Home register"), lambda row: Mono(row.hlr)),
        Column(_("Loaded"), lambda row: row.loaded_at, "loaded_at"),
        Column(_("All numbers"), lambda row: row.whole),
    )
    list_filter = (by_place(_("Place"), "pool__branch__path", parts),)
    acts = (
        Act(
            "regrade",
            _("Grade anew"),
            "resource.regrade",
            lambda ctx, row, data: operations.regrade(ctx, prefix=str(row.prefix)),
            form=ActForm,
            lead=_("By the rules as they are now. The platform does it by itself within minutes."),
            icon="refresh",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Segment]:
        return Segment.objects.within(ctx.scope).select_related("pool__branch")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        digits = text[:7]
        if not (digits.isascii() and digits.isdigit()):
            return rows.none()
        unit = 10 ** (7 - len(digits))
        return rows.filter(prefix__gte=int(digits) * unit, prefix__lt=(int(digits) + 1) * unit)

    def heading(self, row: Any) -> Cell:
        return Mono(str(row.prefix))

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Branch"), Ref("resource.pool", row.pool_id, _branch(row.pool))),
                (_("Area code"), Mono(row.pool.area_code)),
                (_("Home register"), Mono(row.hlr)),
                (_("Loaded"), row.loaded_at),
                (_("All numbers"), row.whole),
                (_("Graded by the rules of now"), row.graded == _fingerprint()),
            ],
        )
        first = row.prefix * 10_000
        numbers = Number.objects.within(ctx.scope).filter(
            number__gte=first, number__lt=first + 10_000
        )
        states = dict(numbers.order_by().values_list("state").annotate(n=Count("number")))
        yield Table(
            _("Numbers by state"),
            (_("State"), _("Numbers")),
            [(Coded("number_state", state), states[state]) for state in STATES if state in states],
        )


def _fingerprint() -> str:
    off = Pattern.objects.filter(enabled=False).values_list("code", flat=True)
    return fingerprint(frozenset(off))
