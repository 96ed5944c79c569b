"""Sums of an outlet's sales, as the screens and files show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import SalesFigure
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal.desk import Desk
from qudao.kernel.money import Money

Grouped = Mapping[str, Sequence[SalesFigure]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a report."""

    key: str
    label: str
    icon: str
    count: int
    face: Money
    debited: Money
    failed: int
    reversed: int
    open: int

    @property
    def discount(self) -> Money:
        """What the outlet earned: it collected the face value and paid less."""
        return self.face - self.debited


def day_figures(desk: Desk, day: date) -> list[Row]:
    """A day by business, a line for each that was sold or is sold by an amount alone."""
    figures = ordering.figures(desk.ctx, first=day, last=day, by="business", outlet=desk.id)
    found = {figure.business: figure for figure in figures}
    businesses = sorted(catalog.businesses().values(), key=lambda one: one.position)
    offered = {business.code for business in desk.sales}
    return [
        _row(business.code, named(business), business.icon, [found[business.code]])
        if business.code in found
        else _row(business.code, named(business), business.icon, [])
        for business in businesses
        if business.code in found or business.code in offered
    ]


def hours(desk: Desk, day: date) -> Grouped:
    """A day by hour, two digits."""
    return _by_key(ordering.figures(desk.ctx, first=day, last=day, by="hour", outlet=desk.id))


def days(desk: Desk, first: date, last: date) -> Grouped:
    """A stretch of days by day, ISO dates."""
    return _by_key(ordering.figures(desk.ctx, first=first, last=last, by="day", outlet=desk.id))


def by_business(desk: Desk, first: date, last: date) -> Grouped:
    """A stretch of days, by business."""
    grouped: dict[str, list[SalesFigure]] = {}
    for figure in ordering.figures(desk.ctx, first=first, last=last, by="business", outlet=desk.id):
        grouped.setdefault(figure.business, []).append(figure)
    return grouped


def total(rows: Iterable[Row]) -> Row:
    rows = list(rows)
    return Row(
        "",
        "",
        "",
        sum(row.count for row in rows),
        sum((row.face for row in rows), Money.zero()),
        sum((row.debited for row in rows), Money.zero()),
        sum(row.failed for row in rows),
        sum(row.reversed for row in rows),
        sum(row.open for row in rows),
    )


def summed(key: str, label: str, figures: Sequence[SalesFigure]) -> Row:
    return _row(key, label, "", figures)


def calendar(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _by_key(figures: Iterable[SalesFigure]) -> dict[str, list[SalesFigure]]:
    grouped: dict[str, list[SalesFigure]] = {}
    for figure in figures:
        grouped.setdefault(figure.key, []).append(figure)
    return grouped


def _row(key: str, label: str, icon: str, figures: Sequence[SalesFigure]) -> Row:
    return Row(
        key,
        label,
        icon,
        sum(figure.completed for figure in figures),
        sum((figure.completed_amount for figure in figures), Money.zero()),
        sum((figure.debited for figure in figures), Money.zero()),
        sum(figure.failed for figure in figures),
        sum(figure.reversed for figure in figures),
        sum(figure.open for figure in figures),
    )
