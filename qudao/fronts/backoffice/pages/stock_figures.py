"""How old goods are, how fast they sell, what they bring: tables, charts, files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.stock import queries as stock
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.forms import DaysForm
from qudao.fronts.backoffice.pages.stock_levels import articles
from qudao.fronts.backoffice.places import PlaceInView, in_view, parts_of, query
from qudao.fronts.backoffice.templatetags.backoffice import named_of
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.platform.backoffice.listing import typed

LONGEST_DAYS: Final = 366
USUAL_DAYS: Final = 30
CHARTED: Final = 12
"""Articles in a chart: the largest; the table has all."""
BATCHES: Final = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """What the viewer wants to see."""

    view: PlaceInView
    first: date
    last: date

    def query(self, **changes: Any) -> str:
        place = self.view.path if self.view.place is not None else ""
        return query(**{"first": self.first, "last": self.last, "place": place, **changes})


def _wanted(desk: Desk) -> Figures:
    today = business_date(desk.ctx.at)
    first, last = today - timedelta(days=USUAL_DAYS - 1), today
    form = DaysForm(desk.request.GET or None, initial={"first": first, "last": last})
    if form.is_bound and form.is_valid():
        last = min(form.cleaned_data["last"] or today, today)
        first = min(form.cleaned_data["first"] or last - timedelta(days=USUAL_DAYS - 1), last)
        first = max(first, last - timedelta(days=LONGEST_DAYS - 1))
    return Figures(in_view(desk), first, last)


def _shown(desk: Desk, template: str, wanted: Figures, **more: Any) -> HttpResponse:
    view = wanted.view
    kind = view.below if view.below in ("branch", "county") else ""
    return desk.page(
        template,
        view=view,
        wanted=wanted,
        address=wanted.query(),
        all_address=wanted.query(place=""),
        crumbs=[(name, wanted.query(place=path)) for name, path in view.crumbs],
        parts=[
            (named(row), wanted.query(place=row.path))
            for row in (parts_of(desk, view.path, kind) if kind else ())
        ],
        **more,
    )


def ageing(desk: Desk) -> HttpResponse:
    """Units by the days since they came to where they lie."""
    wanted = _wanted(desk)
    rows = stock.ageing(desk.ctx, below=wanted.view.path)
    largest = sorted(rows, key=lambda one: -_pieces(one))[:CHARTED]
    buckets = (
        (_("up to 30 days"), "up_to_30"),
        (_("31 to 90 days"), "up_to_90"),
        (_("91 to 180 days"), "up_to_180"),
        (_("older"), "above"),
    )
    series = [
        {"name": name, "values": [getattr(one, field) for one in largest]}
        for name, field in buckets
    ]
    return _shown(
        desk,
        "stock_ageing",
        wanted,
        rows=rows,
        values="stock.read_value" in desk.ctx.grants,
        chart=_chart([named_of(one, "item") for one in largest], series, stack=True),
    )


def _pieces(one: Any) -> int:
    return int(one.up_to_30 + one.up_to_90 + one.up_to_180 + one.above)


def turnover(desk: Desk) -> HttpResponse:
    """What there was, what was sold, and how long the rest lasts."""
    wanted = _wanted(desk)
    rows = stock.turnover(desk.ctx, first=wanted.first, last=wanted.last, below=wanted.view.path)
    largest = sorted(rows, key=lambda one: -one.sold)[:CHARTED]
    series = [
        {"name": pgettext("goods", "Sold"), "values": [one.sold for one in largest]},
        {"name": _("In the books at the end"), "values": [one.closing for one in largest]},
    ]
    return _shown(
        desk,
        "stock_turnover",
        wanted,
        rows=rows,
        chart=_chart([named_of(one, "item") for one in largest], series),
    )


def margins(desk: Desk) -> HttpResponse:
    """What goods brought and cost, by article and by branch."""
    wanted = _wanted(desk)
    found = {
        by: stock.margins(
            desk.ctx, first=wanted.first, last=wanted.last, by=by, below=wanted.view.path
        )
        for by in ("item", "branch")
    }
    largest = found["item"][:CHARTED]
    series = [
        {"name": _("Brought"), "values": [one.revenue.minor for one in largest]},
        {"name": _("Margin"), "values": [one.margin.minor for one in largest]},
    ]
    return _shown(
        desk,
        "stock_margins",
        wanted,
        by_item=found["item"],
        by_branch=found["branch"],
        chart=_chart([named(one) for one in largest], series, unit="money"),
    )


def batches(desk: Desk) -> HttpResponse:
    """Batches as they were taken in, and what became of them."""
    item = typed(desk.request.GET.get("item"), 32)
    number = typed(desk.request.GET.get("page"), 6)
    start = (max(1, int(number)) - 1) * BATCHES if number.isdecimal() else 0
    found = stock.batches(desk.ctx, page=PageRequest(BATCHES, start), item=item)
    return desk.page("stock_batches", found=found, item=item, articles=articles(desk))


def _chart(
    categories: Sequence[str], series: Sequence[Any], *, stack: bool = False, unit: str = "count"
) -> dict[str, Any]:
    return {
        "stack": stack,
        "unit": unit,
        "categories": list(categories),
        "series": list(series),
    }


# -------------------------------------------------------------------- files


def _ageing_rows(desk: Desk, wanted: Figures) -> tuple[list[str], list[tuple[Any, ...]]]:
    columns = [_("Article code"), _("Article"), _("up to 30 days"), _("31 to 90 days")]
    columns += [_("91 to 180 days"), _("older"), _("At cost")]
    rows = stock.ageing(desk.ctx, below=wanted.view.path)
    return columns, [
        (one.item, named_of(one, "item"), one.up_to_30, one.up_to_90, one.up_to_180)
        + (one.above, one.value)
        for one in rows
    ]


def _turnover_rows(desk: Desk, wanted: Figures) -> tuple[list[str], list[tuple[Any, ...]]]:
    columns = [_("Article code"), _("Article"), _("At the beginning"), _("At the end")]
    columns += [pgettext("goods", "Sold"), _("Lasts for days")]
    rows = stock.turnover(desk.ctx, first=wanted.first, last=wanted.last, below=wanted.view.path)
    return columns, [
        (one.item, named_of(one, "item"), one.opening, one.closing, one.sold, one.days_of_stock)
        for one in rows
    ]


def _margin_rows(desk: Desk, wanted: Figures) -> tuple[list[str], list[tuple[Any, ...]]]:
    by = "branch" if desk.request.GET.get("by") == "branch" else "item"
    columns = [_("Code"), _("Branch") if by == "branch" else _("Article"), _("Pieces")]
    columns += [_("Brought"), _("Cost"), _("Margin")]
    rows = stock.margins(
        desk.ctx, first=wanted.first, last=wanted.last, by=by, below=wanted.view.path
    )
    return columns, [
        (one.key, named(one), one.quantity, one.revenue, one.cost, one.margin) for one in rows
    ]


FILES: Final[dict[str, tuple[Any, Callable[..., Any]]]] = {
    "ageing": (gettext_lazy("Ageing"), _ageing_rows),
    "turnover": (gettext_lazy("Turnover"), _turnover_rows),
    "margins": (gettext_lazy("Margins"), _margin_rows),
}


def file(desk: Desk, figure: str, kind: str) -> HttpResponse:
    """One of the figures as a file."""
    if kind not in exports.FORMATS or figure not in FILES:
        raise Http404
    wanted = _wanted(desk)
    title, read = FILES[figure]
    columns, rows = read(desk, wanted)
    return exports.table(kind, f"stock-{figure}-{wanted.last}", str(title), columns, rows)


pages.register("stock_ageing")(
    Page(
        code="stock_ageing",
        title=gettext_lazy("Ageing and turnover"),
        group="goods",
        position=11,
        icon="chart-bar",
        permissions=frozenset({"stock.read", "party.read"}),
        views=(
            ("stock-figures/ageing/", ageing, "stock_ageing"),
            ("stock-figures/turnover/", turnover, "stock_turnover"),
            ("stock-figures/<slug:figure>/file/<slug:kind>/", file, "stock_file"),
        ),
    )
)
pages.register("stock_margins")(
    Page(
        code="stock_margins",
        title=gettext_lazy("Margins"),
        group="goods",
        position=13,
        icon="percentage",
        permissions=frozenset({"stock.read", "stock.read_value", "party.read"}),
        views=(("stock-figures/margins/", margins, "stock_margins"),),
    )
)
pages.register("stock_batches")(
    Page(
        code="stock_batches",
        title=gettext_lazy("Batches"),
        group="goods",
        position=8,
        icon="stack-2",
        permissions=frozenset({"stock.read"}),
        views=(("batches/", batches, "stock_batches"),),
    )
)
