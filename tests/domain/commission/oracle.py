"""
What a month earns, worked out a second time: plain Python with fractions, from the policy's words.

Nothing here is shared with the schemes but the records that hold the terms. It walks fact by fact,
keeps running sums in dictionaries, and rounds a fraction once for each line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from qudao.domain.commission.types import Rounding, Rule

Row = dict[str, Any]
Line = tuple[int, int, int, int, int, int]
"""rule, fact, origin, outlet, slice, amount"""

MILLION = 1_000_000


def round_once(value: Fraction, rounding: Rounding) -> int:
    size = abs(value)
    whole = size.numerator // size.denominator
    rest = size - whole
    if rounding is Rounding.HALF_UP and rest >= Fraction(1, 2):
        whole += 1
    above, tie = rest > Fraction(1, 2), rest == Fraction(1, 2)
    if rounding is Rounding.HALF_EVEN and (above or (tie and whole % 2 == 1)):
        whole += 1
    return whole if value >= 0 else -whole


class Month:
    """The facts of a month, and what the rules so far have paid."""

    def __init__(self, first: date, sales: list[Row], lines: list[Row], outlets: list[Row]) -> None:
        self.first = first
        self.end = (first + timedelta(days=32)).replace(day=1)
        self.sales = sorted(sales, key=lambda sale: sale["fact"])
        self.customers = lines
        self.outlets = outlets
        self.paid: dict[str, list[Line]] = {}

    def pay(self, rules: list[Rule]) -> list[Line]:
        found = []
        for rule in rules:
            made = []
            for fact, origin, outlet, place, value in getattr(self, rule.scheme)(rule):
                if value:
                    amount = round_once(value, rule.rounding)
                    made.append((rule.number, fact, origin, outlet, place, amount))
            self.paid[rule.code] = made
            found += made
        return sorted(found)

    # -- what a rule sees

    def stretch(self, outlet: int, day: date) -> Row | None:
        for row in self.outlets:
            if row["outlet"] == outlet and row["from_day"] <= day < row["until_day"]:
                return row
        return None

    def sold(self, rule: Rule, businesses: tuple[str, ...]) -> Iterator[tuple[Row, Row]]:
        for sale in self.sales:
            outlet = self.stretch(sale["outlet"], sale["day"])
            if outlet is None or sale["business"] not in businesses:
                continue
            if not rule.from_day <= sale["day"] < rule.until_day:
                continue
            if self.mine(rule, outlet):
                yield sale, outlet

    def held(self, rule: Rule) -> Iterator[tuple[Row, Row]]:
        for line in self.customers:
            outlet = self.stretch(line["outlet"], self.end - timedelta(days=1))
            if outlet is not None and self.mine(rule, outlet):
                yield line, outlet

    @staticmethod
    def mine(rule: Rule, outlet: Row) -> bool:
        stars, tiers = rule.selector.stars, rule.selector.tiers
        return (not stars or outlet["star"] in stars) and (not tiers or outlet["tier"] in tiers)

    @staticmethod
    def coefficient(terms: Any, outlet: Row) -> Fraction:
        by_star = {row.star: Fraction(row.coefficient_ppm, MILLION) for row in terms.stars}
        by_district = {
            row.district: Fraction(row.coefficient_ppm, MILLION) for row in terms.districts
        }
        return by_star.get(outlet["star"], Fraction(1)) * by_district.get(
            outlet["district"], Fraction(1)
        )

    @staticmethod
    def band(bands: Any, value: int) -> tuple[int, Any]:
        for place, band in enumerate(bands):
            if band.least <= value and (band.below is None or value < band.below):
                return place, band
        raise AssertionError(value)

    @staticmethod
    def alive(gate: Any, line: Row) -> bool:
        if line["calls"] < gate.calls:
            return False
        if gate.collected and line["collected"] < gate.collected:  # 0: not asked
            return False
        asked = [(gate.voice_s, line["voice_s"]), (gate.data_kb, line["data_kb"])]
        asked = [(least, use) for least, use in asked if least]
        return not asked or any(use >= least for least, use in asked)

    # -- the policies' words, one after the other

    def percentage(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        for sale, outlet in self.sold(rule, terms.businesses):
            value = Fraction(sale["amount"] * terms.rate_ppm, MILLION)
            value *= self.coefficient(terms, outlet)
            yield sale["fact"], sale["fact"], sale["outlet"], 0, value

    def transaction(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        fees = {row.business: row.fee for row in terms.fees}
        for sale, outlet in self.sold(rule, tuple(fees)):
            value = fees[sale["business"]] * self.coefficient(terms, outlet)
            yield sale["fact"], sale["fact"], sale["outlet"], 0, value

    def ladder(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        counts: dict[int, int] = defaultdict(int)
        for sale, _ in self.sold(rule, terms.businesses):
            counts[sale["outlet"]] += 1
        reached: dict[int, int] = defaultdict(int)
        for sale, _ in self.sold(rule, terms.businesses):
            number = reached[sale["outlet"]]
            reached[sale["outlet"]] += 1
            if terms.reach == "whole":
                number = counts[sale["outlet"]] - 1
            place, band = self.band(terms.bands, number)
            value = Fraction(band.fee) + Fraction(sale["amount"] * band.rate_ppm, MILLION)
            yield sale["fact"], sale["fact"], sale["outlet"], place, value

    def turnover(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        sums: dict[int, int] = defaultdict(int)
        for sale, _ in self.sold(rule, terms.businesses):
            sums[sale["outlet"]] += max(sale["amount"], 0)
        so_far: dict[int, int] = defaultdict(int)
        for sale, _ in self.sold(rule, terms.businesses):
            if sale["amount"] <= 0:
                continue
            before = so_far[sale["outlet"]]
            so_far[sale["outlet"]] = after = before + sale["amount"]
            who = (sale["fact"], sale["fact"], sale["outlet"])
            if terms.reach == "whole":
                place, band = self.band(terms.bands, sums[sale["outlet"]])
                yield *who, place, Fraction(sale["amount"] * band.rate_ppm, MILLION)
                continue
            for place, band in enumerate(terms.bands):
                top = after if band.below is None else min(after, band.below)
                inside = top - max(before, band.least)
                if inside > 0:
                    yield *who, place, Fraction(inside * band.rate_ppm, MILLION)

    def activation(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        for line, outlet in self.held(rule):
            day = line["activated_day"]
            if day is None or not max(self.first, rule.from_day) <= day < self.end:
                continue
            if self.alive(terms.gate, line):
                value = terms.fee * self.coefficient(terms, outlet)
                yield line["subscriber"], line["origin"], line["outlet"], 0, value

    def instalments(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        for line, _ in self.held(rule):
            if line["age"] not in terms.ages or line["collected"] < 0:
                continue
            if self.alive(terms.gate, line):
                place, band = self.band(terms.bands, line["collected"])
                yield line["subscriber"], line["origin"], line["outlet"], place, Fraction(band.fee)

    def revenue(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        for line, outlet in self.held(rule):
            collected = line["collected"]
            if not terms.first_age <= line["age"] <= terms.last_age or collected <= 0:
                continue
            if not self.alive(terms.gate, line):
                continue
            who = (line["subscriber"], line["origin"], line["outlet"])
            times = self.coefficient(terms, outlet)
            for place, band in enumerate(terms.bands):
                if terms.reach == "whole":
                    inside = collected if self.band(terms.bands, collected)[0] == place else 0
                else:
                    top = collected if band.below is None else min(collected, band.below)
                    inside = max(top - band.least, 0)
                if inside:
                    yield *who, place, Fraction(inside * band.rate_ppm, MILLION) * times

    def cap(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        for outlet, facts in self.paid_of(terms.of).items():
            if sum(facts.values()) <= terms.most:
                continue  # whose month stays within the limit loses nothing
            so_far = 0
            for (fact, origin), amount in sorted(facts.items()):
                above = max(so_far + amount - terms.most, 0) - max(so_far - terms.most, 0)
                so_far += amount
                yield fact, origin, outlet, 0, Fraction(-above)

    def pool(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        for outlet, facts in self.paid_of(terms.of).items():
            for (fact, origin), amount in facts.items():
                value = amount * (Fraction(terms.now_ppm, MILLION) - 1)
                yield fact, origin, outlet, 0, value

    def guarantee(self, rule: Rule) -> Iterator[Any]:
        terms: Any = rule.terms
        paid = self.paid_of(terms.of)
        for row in self.outlets:
            if row["until_day"] == self.end and row["state"] == "active" and self.mine(rule, row):
                missing = terms.least - sum(paid.get(row["outlet"], {}).values())
                yield 0, 0, row["outlet"], 0, Fraction(max(missing, 0))

    def paid_of(self, codes: tuple[str, ...]) -> dict[int, dict[tuple[int, int], int]]:
        found: dict[int, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
        for code in codes:
            for _, fact, origin, outlet, _, amount in self.paid[code]:
                found[outlet][fact, origin] += amount
        return found
