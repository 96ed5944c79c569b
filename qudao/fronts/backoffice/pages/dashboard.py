"""The dashboards of province, branch and county: how sales go, live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import SalesFigure
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationRow
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletFilter
from qudao.domain.wallet import queries as wallets
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.forms import DaysForm
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.fronts.wording import boss_refusal
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.period import business_date
from qudao.platform.backoffice.listing import typed
from qudao.platform.commands import queries as commands

MOST_OUTLETS = 4_000
"""Outlets whose names a dashboard looks up; more are shown by their codes."""
RANKED = 50
LOW = 8
LONGEST_DAYS = 92


@dataclass(frozen=True, slots=True)
class View:
    """What the viewer wants to see: days, and a part of the own area."""

    first: date
    last: date
    place: OrganizationRow | None
    """None: all of the own area."""
    path: str
    """Of the place, or empty."""
    level: str
    """Kind of the organization in view: `group` … `county`."""

    @property
    def is_day(self) -> bool:
        return self.first == self.last

    def query(self, **changes: str) -> str:
        found = {"first": str(self.first), "last": str(self.last), "place": self.path, **changes}
        return urlencode({name: value for name, value in found.items() if value})


@dataclass(frozen=True, slots=True)
class Rank:
    """One line of a ranking."""

    name: str
    code: str
    url: str
    taken: int
    amount: Money
    failed: int
    reversed: int
    open: int
    share: int
    """Of the largest amount, in per cent."""


def dashboard(desk: Desk) -> HttpResponse:
    if "ordering.read" not in desk.ctx.grants:
        return desk.page("start")
    view = _view(desk)
    return desk.page(
        "dashboard",
        view=view,
        live_query=view.query(),
        all_query=view.query(place=""),
        crumbs=_crumbs(desk, view),
        **_live(desk, view),
        **_failures(desk, view),
        **_wallets(desk, view),
    )


def live(desk: Desk) -> HttpResponse:
    """The part of a dashboard that is fetched again every five seconds."""
    view = _view(desk)
    return desk.part("dashboard_live", view=view, **_live(desk, view))


def failures(desk: Desk) -> HttpResponse:
    """Why sales are refused, and sales by kind: dearer to find, fetched again once a minute."""
    view = _view(desk)
    return desk.part("dashboard_failures", view=view, **_failures(desk, view))


def file(desk: Desk, kind: str) -> HttpResponse:
    """The figures in view by place and business."""
    if kind not in exports.FORMATS:
        raise Http404
    view = _view(desk)
    names = {code: named(one) for code, one in catalog.businesses().items()}
    ranked = {rank.code: rank.name for rank in _ranking(desk, view)}
    grain: ordering.Grain = "branch" if view.level in ("group", "province") else "outlet"
    rows = [
        (
            figure.key.split(".")[-1],
            ranked.get(figure.key.split(".")[-1], ""),
            names.get(figure.business, figure.business),
            figure.taken,
            figure.completed,
            figure.completed_amount,
            figure.debited,
            figure.failed,
            figure.reversed,
            figure.open,
        )
        for figure in _figures(desk, view, grain)
    ]
    columns = [
        _("Code"),
        pgettext("thing", "Name"),
        _("Business"),
        _("Taken"),
        _("Completed"),
        _("Face value"),
        _("From wallets"),
        _("Refused"),
        _("Reversed"),
        _("Open"),
    ]
    return exports.table(
        kind, f"sales-{view.first}-{view.last}", pgettext("menu", "Sales"), columns, rows
    )


# -------------------------------------------------------------------- what is in view


def _view(desk: Desk) -> View:
    today = business_date(desk.ctx.at)
    form = DaysForm(desk.request.GET or None, initial={"first": today, "last": today})
    first = last = today
    if form.is_bound and form.is_valid():
        last = min(form.cleaned_data["last"] or today, today)
        first = min(form.cleaned_data["first"] or last, last)
        first = max(first, last - timedelta(days=LONGEST_DAYS - 1))
    code = typed(desk.request.GET.get("place"), 200).split(".")[-1]
    place = party.organization_by_code(desk.ctx, code) if code else None
    if place is not None:
        return View(first, last, place, place.path, place.kind)
    level = {0: "group", 1: "province", 2: "branch", 3: "county"}
    depth = min((path.count(".") for path in desk.ctx.scope.paths), default=3)
    return View(first, last, None, "", level.get(depth, "outlet"))


def _crumbs(desk: Desk, view: View) -> list[tuple[str, str]]:
    if view.place is None:
        return []
    above = [
        row
        for row in party.ancestors(desk.ctx, view.place.id)[:-1]
        if desk.ctx.scope.covers(row.path)
    ]
    return [(named(row), f"?{view.query(place=row.path)}") for row in above]


def _figures(desk: Desk, view: View, by: ordering.Grain) -> Sequence[SalesFigure]:
    return ordering.figures(desk.ctx, first=view.first, last=view.last, by=by, below=view.path)


# -------------------------------------------------------------------- parts


def _live(desk: Desk, view: View) -> dict[str, Any]:
    by_business = _figures(desk, view, "business")
    count, amount, oldest = ordering.in_flight(desk.ctx, below=view.path)
    taken = sum(one.taken for one in by_business)
    failed = sum(one.failed for one in by_business)
    waiting = 0
    if "commands.read" in desk.ctx.grants:
        waiting = commands.parked(desk.ctx, page=PageRequest(1)).total
    categories, series = _course(desk, view)
    order = {code: one.position for code, one in catalog.businesses().items()}
    return {
        "taken": taken,
        "completed": sum(one.completed for one in by_business),
        "completed_amount": _sum(one.completed_amount for one in by_business),
        "debited": _sum(one.debited for one in by_business),
        "failed": failed,
        # in tenths of a per cent, rounded half up
        "failed_ppm": (failed * 2_000 + taken) // (2 * taken) * 1_000 if taken else 0,
        "reversed": sum(one.reversed for one in by_business),
        "in_flight": count,
        "in_flight_amount": amount,
        "oldest_s": 0 if oldest is None else int((desk.ctx.at - oldest).total_seconds()),
        "waiting": waiting,
        "categories": categories,
        "series": series,
        "businesses": sorted(by_business, key=lambda one: order.get(one.business, 99)),
        "channels": _channels(desk, view),
        "ranking": _ranking(desk, view),
        "at": desk.ctx.at,
    }


def _course(desk: Desk, view: View) -> tuple[list[str], list[dict[str, Any]]]:
    """Sales by hour on one day, by day on several; a series for each business."""
    figures = _figures(desk, view, "hour" if view.is_day else "day")
    if view.is_day:
        busy = [int(one.key) for one in figures]
        keys = [f"{hour:02d}" for hour in range(min([8, *busy]), max([20, *busy]) + 1)]
        labels = [f"{key}:00" for key in keys]
    else:
        days = [view.first + timedelta(n) for n in range((view.last - view.first).days + 1)]
        keys = [str(day) for day in days]
        labels = [f"{day:%m-%d}" for day in days]
    found = {(one.key, one.business): one.completed_amount.minor for one in figures}
    businesses = sorted(catalog.businesses().values(), key=lambda one: one.position)
    series = [
        {"name": named(one), "values": [found.get((key, one.code), 0) for key in keys]}
        for one in businesses
        if any((key, one.code) in found for key in keys)
    ]
    return labels, series


def _channels(desk: Desk, view: View) -> list[tuple[str, int, Money]]:
    totals: dict[str, tuple[int, int]] = {}
    for one in _figures(desk, view, "channel"):
        count, fen = totals.get(one.key, (0, 0))
        totals[one.key] = (count + one.completed, fen + one.completed_amount.minor)
    return [(code, count, Money(fen)) for code, (count, fen) in sorted(totals.items())]


def _ranking(desk: Desk, view: View) -> list[Rank]:
    """Branches of a province, counties of a branch, outlets of a county; the largest first."""
    if view.level in ("group", "province"):
        figures = _figures(desk, view, "branch")
        rows = party.organizations(desk.ctx, PageRequest(MAX_LIMIT), kinds=["branch"]).items
        places = {row.path: row for row in rows}
        return _ranked(view, ((one.key, one) for one in figures), places)
    outlets = {row.node_code: row for row in _outlets(desk, view)}
    figures = _figures(desk, view, "outlet")
    if view.level == "branch":
        rows = party.organizations(desk.ctx, PageRequest(MAX_LIMIT), kinds=["county"]).items
        counties = {row.path: row for row in rows}
        by_county = (
            (outlets[one.key].path.rpartition(".")[0], one) for one in figures if one.key in outlets
        )
        return _ranked(view, by_county, counties)
    return _ranked(view, ((one.key, one) for one in figures), outlets)[:RANKED]


def _outlets(desk: Desk, view: View) -> Iterable[Any]:
    for offset in range(0, MOST_OUTLETS, MAX_LIMIT):
        page = saleschannel.outlets(
            desk.ctx,
            filter=OutletFilter(below=view.path),
            page=PageRequest(MAX_LIMIT, offset),
        )
        yield from page.items
        if not page.has_next:
            return


def _ranked(
    view: View, figures: Iterable[tuple[str, SalesFigure]], places: dict[str, Any]
) -> list[Rank]:
    groups: dict[str, list[SalesFigure]] = {key: [] for key in places if view.level != "county"}
    for key, figure in figures:
        groups.setdefault(key, []).append(figure)
    sums = {key: sum(one.completed_amount.minor for one in found) for key, found in groups.items()}
    most = max([1, *sums.values()])
    ranks = [
        Rank(
            name=named(places[key]) if key in places else key.split(".")[-1],
            code=key.split(".")[-1],
            url=_drill(view, key, places.get(key)),
            taken=sum(one.taken for one in found),
            amount=Money(sums[key]),
            failed=sum(one.failed for one in found),
            reversed=sum(one.reversed for one in found),
            open=sum(one.open for one in found),
            share=sums[key] * 100 // most,
        )
        for key, found in groups.items()
    ]
    return sorted(ranks, key=lambda rank: (-rank.amount.minor, rank.code))


def _drill(view: View, key: str, place: Any) -> str:
    if place is None:
        return ""
    if hasattr(place, "outlet"):
        return reverse("admin:saleschannel_outlet_change", args=[place.outlet])
    return f"?{view.query(place=place.path)}"


def _failures(desk: Desk, view: View) -> dict[str, Any]:
    found = ordering.failures(desk.ctx, first=view.first, last=view.last, below=view.path)
    total = sum(one.count for one in found)
    return {
        "kinds": _kinds(desk, view),
        "reasons": [
            (boss_refusal(one.code, one.reason), one.count, one.count * 100 // total)
            for one in found
        ],
    }


def _kinds(desk: Desk, view: View) -> list[tuple[str, int, Money, int]]:
    """Sales by kind of channel: code, completed, face value, refused; the largest first."""
    kinds = {row.node_code: row.kind for row in _outlets(desk, view)}
    sums: dict[str, list[int]] = {}
    for one in _figures(desk, view, "outlet"):
        total = sums.setdefault(kinds.get(one.key, ""), [0, 0, 0])
        total[0] += one.completed
        total[1] += one.completed_amount.minor
        total[2] += one.failed
    rows = [(code, n, Money(fen), failed) for code, (n, fen, failed) in sums.items()]
    return sorted(rows, key=lambda row: -row[2].minor)


def _wallets(desk: Desk, view: View) -> dict[str, Any]:
    if "wallet.read" not in desk.ctx.grants:
        return {"low": None}
    return {"low": wallets.wallets(desk.ctx, page=PageRequest(LOW), low=True)}


def _sum(amounts: Iterable[Money]) -> Money:
    return sum(amounts, Money.zero())


pages.register("dashboard")(
    Page(
        code="dashboard",
        title=gettext_lazy("Overview"),
        group="overview",
        position=1,
        icon="chart-bar",
        permissions=frozenset(),
        views=(
            ("", dashboard, "index"),
            ("live/", live, "dashboard_live"),
            ("failures/", failures, "dashboard_failures"),
            ("file/<slug:kind>/", file, "dashboard_file"),
        ),
    )
)
