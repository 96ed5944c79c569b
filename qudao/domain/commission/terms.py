"""What several terms are made of: bands, gates and weights, and how they read facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, Final, Protocol, cast

import ibis

from qudao.domain.commission.types import PPM, Problem, ProblemKind, TermKind, term
from qudao.platform.lake.exact import total, whole_div, wide

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import BooleanValue, IntegerValue

LARGEST_COEFFICIENT: Final = 10 * PPM
COEFFICIENT_STEP: Final = 1_000
"""Coefficients are whole thousandths: the product of two is then a whole number of ppm."""

MOST_STARS: Final = 5


class Band(Protocol):
    """A row of terms for what lies from `least` up to, but not including, `below`."""

    @property
    def least(self) -> int: ...
    @property
    def below(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class FeeBand:
    """What is paid for a line whose money of the month lies in the band."""

    least: int = term(TermKind.MONEY, "From", "起点(含)")
    below: int | None = term(TermKind.MONEY, "Below", "上限(不含)", default=None)
    fee: int = term(TermKind.MONEY, "Fee", "酬金", default=0)


@dataclass(frozen=True, slots=True)
class RateBand:
    """Which share is paid of money that lies in the band."""

    least: int = term(TermKind.MONEY, "From", "起点(含)")
    below: int | None = term(TermKind.MONEY, "Below", "上限(不含)", default=None)
    rate_ppm: int = term(TermKind.RATE, "Share", "比例", default=0)


@dataclass(frozen=True, slots=True)
class CountBand:
    """What is paid for each transaction whose number in the month lies in the band."""

    least: int = term(TermKind.COUNT, "More than", "超过", unit="transaction")
    below: int | None = term(TermKind.COUNT, "Up to and with", "至(含)", default=None)
    fee: int = term(TermKind.MONEY, "Fee for each", "每笔酬金", default=0)
    rate_ppm: int = term(TermKind.RATE, "Share of the amount", "金额比例", default=0)


class Reach(StrEnum):
    """What the pay of a band is for."""

    WHOLE = "whole"
    """Everything earns what the band pays that the whole reaches."""
    MARGINAL = "marginal"
    """Each part earns what the band pays that it lies in."""


REACHES: Final = {
    Reach.WHOLE.value: ("Everything as the band that is reached", "全部按所达档"),
    Reach.MARGINAL.value: ("Each part as its own band", "分段累进"),
}


@dataclass(frozen=True, slots=True)
class ShareBand:
    """A factor for outlets whose share of good lines lies in the band."""

    least: int = term(TermKind.RATE, "From", "起点(含)")
    below: int | None = term(TermKind.RATE, "Below", "上限(不含)", default=None)
    coefficient_ppm: int = term(TermKind.COEFFICIENT, "Factor", "系数", default=PPM)


@dataclass(frozen=True, slots=True)
class StarWeight:
    """A star and its coefficient."""

    star: int = term(TermKind.COUNT, "Star", "星级", unit="star")
    coefficient_ppm: int = term(TermKind.COEFFICIENT, "Coefficient", "系数", default=PPM)


@dataclass(frozen=True, slots=True)
class DistrictWeight:
    """A district and its coefficient."""

    district: str = term(TermKind.TEXT, "District", "区县")
    coefficient_ppm: int = term(TermKind.COEFFICIENT, "Coefficient", "系数", default=PPM)


@dataclass(frozen=True, slots=True)
class Gate:
    """
    What a line must have done in a month to count; what is 0 is not asked.

    Of voice and data either is enough, if both are asked.
    """

    calls: int = term(TermKind.COUNT, "Calls at least", "通话次数不少于", default=0)
    voice_s: int = term(TermKind.COUNT, "Voice at least", "通话时长不少于", default=0, unit="s")
    data_kb: int = term(TermKind.COUNT, "Data at least", "流量不少于", default=0, unit="kb")
    collected: int = term(TermKind.MONEY, "Collected at least", "实收不少于", default=0)

    def problems(self, name: str) -> list[Problem]:
        """Return what is wrong with the gate, which is the term `name`."""
        return [
            Problem(f"{name}.{each}", ProblemKind.NEGATIVE)
            for each in ("calls", "voice_s", "data_kb", "collected")
            if getattr(self, each) < 0
        ]

    def passed(self, lines: Table) -> BooleanValue:
        """Return whether each customer's line passed in its row's month."""
        asked: list[BooleanValue] = []
        if self.calls:
            asked.append(lines.calls >= self.calls)
        if self.collected:
            asked.append(lines.collected >= self.collected)
        use = [
            column >= least
            for column, least in ((lines.voice_s, self.voice_s), (lines.data_kb, self.data_kb))
            if least
        ]
        if use:
            asked.append(ibis.or_(*use))
        return cast("BooleanValue", ibis.and_(*asked))


def weight(
    facts: Table, stars: Sequence[StarWeight], districts: Sequence[DistrictWeight]
) -> dict[str, IntegerValue]:
    """
    Return the column `coefficient_ppm`: of its outlet's star times of its district that day.

    Without such terms there is no column, which spares the arithmetic.
    """
    factors = []
    if stars:
        factors.append(_looked_up(facts.star, [(row.star, row.coefficient_ppm) for row in stars]))
    if districts:
        factors.append(
            _looked_up(facts.district, [(row.district, row.coefficient_ppm) for row in districts])
        )
    if not factors:
        return {}
    if len(factors) == 1:
        return {"coefficient_ppm": factors[0]}
    return {"coefficient_ppm": whole_div(factors[0] * factors[1], PPM)}


def _looked_up(column: ibis.Value, rows: Iterable[tuple[int | str, int]]) -> IntegerValue:
    found = ibis.cases(*((column == key, wide(value)) for key, value in rows), else_=wide(PPM))
    return cast("IntegerValue", found)


def of_band(value: IntegerValue, bands: Sequence[Band], name: str) -> IntegerValue:
    """Return the bands' column `name` for each value; below the first band it is 0."""
    return _chosen(value, bands, [getattr(band, name) for band in bands])


def slice_of(value: IntegerValue, bands: Sequence[Band]) -> IntegerValue:
    """Return the number, from 0, of the band that each value lies in."""
    return _chosen(value, bands, range(len(bands)))


def _chosen(value: IntegerValue, bands: Sequence[Band], values: Sequence[int]) -> IntegerValue:
    if len(set(values)) == 1 and len(bands) == 1:
        return wide(values[0])
    cases = [
        (value < wide(band.below), wide(paid))
        for band, paid in zip(bands, values, strict=True)
        if band.below is not None
    ]
    return cast("IntegerValue", ibis.cases(*cases, else_=wide(values[-1])))


def by_fact(lines: Table) -> Table:
    """Return lines of several rules as one row for each fact and outlet, with their `amount`."""
    return lines.group_by("fact", "origin", "outlet", "clerk").agg(amount=total(lines.amount))


def together(parts: Sequence[Table]) -> Table:
    """Return the rows of tables with the same columns."""
    return reduce(lambda one, other: one.union(other), parts)


def band_problems(
    name: str, bands: Sequence[Band], *, largest_ppm: int = PPM, may_be_zero: bool = True
) -> list[Problem]:
    """
    Return what is wrong with bands: they cover everything from 0, each thing once, in order.

    A gap would silently pay nothing: who wants that writes a band that pays 0.
    """
    if not bands:
        return [Problem(name, ProblemKind.EMPTY)]
    problems = []
    reached: int | None = 0
    for row, band in enumerate(bands):
        if band.below is not None and band.below <= band.least:
            problems.append(Problem(f"{name}.below", ProblemKind.INVERTED, row))
        if reached is None or band.least < reached:
            values: dict[str, int | str] = {"least": band.least}
            if reached is not None:
                values["below"] = reached
            problems.append(Problem(f"{name}.least", ProblemKind.OVERLAP, row, values))
        elif band.least > reached:
            values = {"least": reached, "below": band.least}
            problems.append(Problem(f"{name}.least", ProblemKind.GAP, row, values))
        reached = band.below
        problems += _paid_problems(name, row, band, largest_ppm)
    if reached is not None:
        values = {"least": reached}
        problems.append(Problem(f"{name}.below", ProblemKind.GAP, len(bands) - 1, values))
    if not may_be_zero and not any(_pays(band) for band in bands):
        problems.append(Problem(name, ProblemKind.PAYS_NOTHING))
    return problems


def _pays(band: Band) -> bool:
    return any(getattr(band, paid, 0) for paid in ("fee", "rate_ppm", "coefficient_ppm"))


def _paid_problems(name: str, row: int, band: Band, largest_ppm: int) -> list[Problem]:
    problems = []
    for paid in ("fee", "rate_ppm", "coefficient_ppm"):
        value = getattr(band, paid, 0)
        if value < 0:
            problems.append(Problem(f"{name}.{paid}", ProblemKind.NEGATIVE, row))
        elif paid != "fee" and value > largest_ppm:
            values: dict[str, int | str] = {"most": largest_ppm}
            problems.append(Problem(f"{name}.{paid}", ProblemKind.TOO_LARGE, row, values))
    return problems


def weight_problems(
    stars: Sequence[StarWeight], districts: Sequence[DistrictWeight]
) -> list[Problem]:
    """Return what is wrong with the terms `stars` and `districts`."""
    problems = needed_problems("stars.star", [row.star for row in stars]) if stars else []
    if districts:
        problems += needed_problems("districts.district", [row.district for row in districts])
    for number, star in enumerate(stars):
        if star.star < 0:
            problems.append(Problem("stars.star", ProblemKind.NEGATIVE, number))
        elif star.star > MOST_STARS:
            values: dict[str, int | str] = {"most": MOST_STARS}
            problems.append(Problem("stars.star", ProblemKind.TOO_LARGE, number, values))
        problems += coefficient_problems("stars.coefficient_ppm", star.coefficient_ppm, number)
    for number, district in enumerate(districts):
        problems += coefficient_problems(
            "districts.coefficient_ppm", district.coefficient_ppm, number
        )
    return problems


def coefficient_problems(name: str, value: int, row: int | None = None) -> list[Problem]:
    """Return what is wrong with one coefficient."""
    if value < 0:
        return [Problem(name, ProblemKind.NEGATIVE, row)]
    if value > LARGEST_COEFFICIENT:
        return [Problem(name, ProblemKind.TOO_LARGE, row, {"most": LARGEST_COEFFICIENT})]
    if value % COEFFICIENT_STEP:
        return [Problem(name, ProblemKind.NOT_EXACT, row, {"step": COEFFICIENT_STEP})]
    return []


def rate_problems(
    name: str, value: int, row: int | None = None, *, most: int = PPM
) -> list[Problem]:
    """Return what is wrong with one rate: it is more than 0 and at most `most`."""
    if value <= 0:
        return [Problem(name, ProblemKind.NOT_POSITIVE, row)]
    if value > most:
        return [Problem(name, ProblemKind.TOO_LARGE, row, {"most": most})]
    return []


def positive_problems(name: str, value: int, row: int | None = None) -> list[Problem]:
    """Return what is wrong with what must be more than 0."""
    return [] if value > 0 else [Problem(name, ProblemKind.NOT_POSITIVE, row)]


def needed_problems(name: str, values: Sequence[object]) -> list[Problem]:
    """Return what is wrong with a list that may neither be empty nor name a thing twice."""
    if not values:
        return [Problem(name, ProblemKind.EMPTY)]
    if len(set(values)) < len(values):
        return [Problem(name, ProblemKind.TWICE)]
    return []
