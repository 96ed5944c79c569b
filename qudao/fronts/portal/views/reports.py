"""Daily and monthly reports by business."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from qudao.domain.catalog import queries as catalog
from qudao.fronts.design.templatetags.design import local_date, named
from qudao.fronts.portal import figures
from qudao.fronts.portal.desk import Desk, at_desk
from qudao.fronts.portal.forms import DayForm, MonthForm
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.kernel.period import business_date, month_bounds

EARLIEST = date(2020, 1, 1)


@require_GET
@at_desk
def day(desk: Desk) -> HttpResponse:
    chosen = _day(desk)
    rows = figures.day_figures(desk, chosen)
    by_hour = figures.hours(desk, chosen)
    busy = sorted(int(hour) for hour in by_hour)
    first, last = (min([8, *busy]), max([20, *busy]))
    hours = [f"{hour:02d}" for hour in range(first, last + 1)]
    return desk.page(
        "report_day",
        "reports",
        part="day",
        day=chosen,
        form=DayForm(initial={"day": chosen}),
        rows=rows,
        total=figures.total(rows),
        hours=hours,
        series=_series(hours, by_hour),
        is_empty=not by_hour,
    )


@require_GET
@at_desk
def month(desk: Desk) -> HttpResponse:
    first, last = _month(desk)
    by_day = figures.days(desk, first, last)
    days = figures.calendar(first, last)
    rows = [
        figures.summed(day.isoformat(), local_date(day), by_day[day.isoformat()])
        for day in reversed(days)
        if day.isoformat() in by_day
    ]
    return desk.page(
        "report_month",
        "reports",
        part="month",
        month=first,
        form=MonthForm(initial={"month": f"{first:%Y-%m}"}),
        by_business=_month_by_business(desk, first, last),
        rows=rows,
        total=figures.total(rows),
        days=[str(day.day) for day in days],
        series=_series([day.isoformat() for day in days], by_day),
        is_empty=not rows,
    )


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def report_file(desk: Desk, span: str, kind: str) -> HttpResponse:
    """A day by business, or a month by day and business."""
    if kind not in exports.FORMATS or span not in ("day", "month"):
        raise Http404
    head = [
        _("Business"),
        _("Completed"),
        _("Face value"),
        _("From wallet"),
        _("Earned"),
        _("Refused"),
        _("Reversed"),
        pgettext("report", "Open"),
    ]
    if span == "day":
        chosen = _day(desk)
        rows: list[tuple[exports.Cell, ...]] = [
            _cells(row) for row in figures.day_figures(desk, chosen)
        ]
        return exports.table(
            kind, f"daily-{desk.outlet.node_code}-{chosen}", _("Daily report"), head, rows
        )
    first, last = _month(desk)
    names = {code: named(one) for code, one in catalog.businesses().items()}
    rows = [
        (
            date.fromisoformat(key),
            *_cells(figures.summed(key, names.get(figure.business, figure.business), [figure])),
        )
        for key, found in sorted(figures.days(desk, first, last).items())
        for figure in found
    ]
    return exports.table(
        kind,
        f"monthly-{desk.outlet.node_code}-{first:%Y-%m}",
        _("Monthly report"),
        [_("Business date"), *head],
        rows,
    )


def _cells(row: figures.Row) -> tuple[exports.Cell, ...]:
    return (
        row.label,
        row.count,
        row.face,
        row.debited,
        row.discount,
        row.failed,
        row.reversed,
        row.open,
    )


def _month_by_business(desk: Desk, first: date, last: date) -> list[figures.Row]:
    found = figures.by_business(desk, first, last)
    return [
        figures.summed(code, named(business), found[code])
        for code, business in sorted(
            catalog.businesses().items(), key=lambda item: item[1].position
        )
        if code in found
    ]


def _series(keys: list[str], found: figures.Grouped) -> list[dict[str, Any]]:
    """A series for each business, face value in fen, in the order of the keys."""
    series = []
    for business in sorted(catalog.businesses().values(), key=lambda one: one.position):
        values = [
            sum(
                figure.completed_amount.minor
                for figure in found.get(key, ())
                if figure.business == business.code
            )
            for key in keys
        ]
        if any(values):
            series.append({"name": named(business), "values": values})
    return series


def _day(desk: Desk) -> date:
    today = business_date(desk.ctx.at)
    form = DayForm(desk.request.GET)
    chosen = form.cleaned_data["day"] if form.is_valid() else None
    return min(max(chosen or today, EARLIEST), today)


def _month(desk: Desk) -> tuple[date, date]:
    """The first and the last day of the chosen month, not past today."""
    today = business_date(desk.ctx.at)
    form = MonthForm(desk.request.GET)
    text = form.cleaned_data["month"] if form.is_valid() else ""
    first = date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    first = min(max(first, EARLIEST), today.replace(day=1))
    end = month_bounds(first).end
    assert end is not None
    last = business_date(end).replace(day=1)
    return first, min(date.fromordinal(last.toordinal() - 1), today)
