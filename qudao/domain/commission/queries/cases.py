"""What test cases earn: their few facts are computed as a month is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from qudao.domain.catalog import queries as catalog
from qudao.domain.commission.rules.cases import age, case_problem
from qudao.domain.commission.types import (
    GUIDED,
    Case,
    CaseFact,
    CaseInvalid,
    CaseLine,
    CaseRow,
    Rule,
    Source,
    following,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.platform.lake.dataset import fact_number

if TYPE_CHECKING:
    from qudao.domain.commission.computing import Sample

OUTLET: Final = 1
GUIDES: Final = 1_000
"""From here on outlets are numbered that guided a customer: with the row that says so."""
LARGEST_LINE: Final = 1 << 20
ALIKE: Final = 1 << 13
"""More than the facts that one row stands for."""


def check(cases: Sequence[Case]) -> None:
    """
    Look whether test cases say only what can be.

    :raises CaseInvalid: for the first that does not.
    """
    kinds = [one.code for one in saleschannel.kinds()]
    branches = [one.code for one in saleschannel.divisions() if one.kind == "branch"]
    for case in cases:
        found = case_problem(case, branches, kinds, list(catalog.businesses()))
        if found is not None:
            raise CaseInvalid(case.name[:100], *found)


def evaluate(case: Case, rules: Sequence[Rule]) -> tuple[CaseLine, ...]:
    """
    Return the lines that the rules make of a case's facts, by rule and row; equal ones once.

    Earlier months with facts are computed first, for rules that look back at what was paid, and
    for sales that are taken back in the case's month: all that was paid for them comes back.
    """
    # every process knows the commands, few compute: the engine is loaded here
    from qudao.domain.commission.computing import compute_sample
    from qudao.platform.lake.engine import connect

    mine = [
        rule
        for rule in rules
        if not rule.selector.branches or case.branch in rule.selector.branches
    ]
    if not mine:
        return ()
    facts = _Facts(case, mine)
    made: dict[date, list[dict[str, int]]] = {}
    engine = connect()
    try:
        for month in facts.months():
            valid = [r for r in mine if r.from_day < following(month) and r.until_day > month]
            made[month] = (
                compute_sample(engine, facts.sample(month, made), month, valid) if valid else []
            )
    finally:
        engine.close()
    by_number = {rule.number: rule for rule in mine}

    def shown(line: dict[str, int], row: int, sign: int) -> CaseLine:
        rule = by_number[line["rule"]]
        return CaseLine(
            rule.code,
            row,
            sign * line["base"],
            line["slice"],
            line["rate_ppm"],
            line["coefficient_ppm"],
            sign * line["amount"],
            rule.unit,
        )

    taken = facts.taken_back()
    counted = Counter(shown(line, facts.row_of(line), 1) for line in made.pop(case.month))
    for lines in made.values():
        counted.update(
            shown(line, taken[line["origin"]], -1) for line in lines if line["origin"] in taken
        )
    return tuple(_times(line, times) for line, times in counted.items())


def _times(line: CaseLine, times: int) -> CaseLine:
    return CaseLine(
        line.rule,
        line.row,
        line.base,
        line.slice,
        line.rate_ppm,
        line.coefficient_ppm,
        line.amount,
        line.unit,
        times,
    )


class _Facts:
    """A case's facts under the numbers by which lines name them."""

    def __init__(self, case: Case, rules: Sequence[Rule]) -> None:
        self.case, self.rules = case, rules
        self.rows = list(enumerate(case.rows, 1))
        self.sold: dict[int, list[int]] = {}
        """By row: the numbers of the sales that it stands for."""
        number = 0
        for place, row in self.rows:
            if row.what is CaseFact.SALE:
                numbers = range(number + 1, number + row.times + 1)
                self.sold[place] = [fact_number(row.day, case.branch, one) for one in numbers]
                number += row.times
        self.taken_in = [
            (row.day.replace(day=1), place, self.sold[row.of][: row.times])
            for place, row in self._of(CaseFact.REVERSAL)
        ]
        """Month, row, and the sales that are taken back."""
        self.place_of = {fact: place for place, facts in self.sold.items() for fact in facts}
        for place, row in sorted(self._of(CaseFact.LINE), key=lambda one: -one[1].back):
            self.place_of |= dict.fromkeys(_subscribers(row, place), place)
        self.looks_back = [
            step
            for rule in rules
            if rule.terms.source is Source.LINES
            for step in rule.terms.months_back()
        ]

    def _of(self, what: CaseFact) -> Iterator[tuple[int, CaseRow]]:
        return ((place, row) for place, row in self.rows if row.what is what)

    def months(self) -> list[date]:
        """Return which months are computed, the case's last."""
        last = self.case.month
        back = 0
        if self.looks_back or self.taken_back():
            sold = [age(row.day, last) for _place, row in self._of(CaseFact.SALE)]
            back = max([0, *sold, *(row.back for _place, row in self._of(CaseFact.LINE))])
        return [_earlier(last, step) for step in range(back, -1, -1)]

    def taken_back(self) -> dict[int, int]:
        """Return the sales of earlier months that the case's takes back, and by which row."""
        return {
            fact: place
            for month, place, facts in self.taken_in
            if month == self.case.month
            for fact in facts
            if age(self.case.rows[self.place_of[fact] - 1].day, month)
        }

    def row_of(self, line: dict[str, int]) -> int:
        """Return the row that a line of the case's month is for; 0: for the outlet as such."""
        if line["outlet"] != OUTLET:
            return line["outlet"] - GUIDES
        return self.place_of.get(line["fact"], 0)

    def sample(self, month: date, made: dict[date, list[dict[str, int]]]) -> Sample:
        """Return what is known in a month, and of the months before it."""
        from qudao.domain.commission.computing import Sample

        back = age(month, self.case.month)
        reversed_by_now = {
            fact: one for one, _place, facts in self.taken_in if one <= month for fact in facts
        }
        sales = [(fact, row) for place, row in self._of(CaseFact.SALE) for fact in self.sold[place]]
        kind = saleschannel.kind(self.case.kind)
        outlet = {
            "outlet": OUTLET,
            "district": self.case.district,
            "kind": self.case.kind,
            "ownership": kind.ownership,
            "market": self.case.market,
            "star": self.case.star,
            "tier": self.case.tier,
        }
        return Sample(
            sales=[_sale(fact, row) for fact, row in sales if not age(row.day, month)],
            reversals=[
                {"fact": fact, "sale_day": self.case.rows[self.place_of[fact] - 1].day}
                for fact in reversed_by_now
            ],
            subscribers=[line for line in self._lines(back)],
            usage=[line for earlier in self._backs() if earlier > back
                   for line in self._lines(earlier)],
            totals=self._totals(sales, month),
            verdicts=[*self._verdicts(month)],
            outlets=[outlet],
            past=[
                {**line, "back": age(earlier, month)}
                for earlier, lines in made.items()
                for line in lines
                if line["origin"] not in reversed_by_now
            ],
            codes={rule.number: rule.code for rule in self.rules},
        )  # fmt: skip

    def _backs(self) -> list[int]:
        return sorted({row.back for _place, row in self._of(CaseFact.LINE)})

    def _lines(self, back: int) -> Iterator[dict[str, Any]]:
        for place, row in self._of(CaseFact.LINE):
            if row.back != back:
                continue
            use = {
                "outlet": OUTLET,
                "opened_day": row.day,
                "activated_day": self._activated(row),
                "age": age(row.day, self.case.month) - back,
                "calls": row.calls,
                "voice_s": row.voice_min * 60,
                "data_kb": row.data_mb * 1024,
                "billed": row.amount.minor,
                "collected": row.amount.minor,
                "state": "active" if row.active else "closed",
            }
            opened = self.sold[row.of] if row.of else [0] * row.times
            for subscriber, origin in zip(_subscribers(row, place), opened, strict=False):
                yield {**use, "subscriber": subscriber, "origin": origin}

    def _activated(self, row: CaseRow) -> date | None:
        """Return when a line was first used: if nothing says otherwise, when it was opened."""
        known = [row]
        if row.line:
            known = [
                one
                for _place, one in self._of(CaseFact.LINE)
                if one.line == row.line and one.back >= row.back
            ]
        known.sort(key=lambda one: -one.back)
        if age(row.day, self.case.month) > known[0].back:
            return row.day
        used = next((one for one in known if one.calls or one.voice_min or one.data_mb), None)
        return None if used is None else max(row.day, _earlier(self.case.month, used.back))

    def _totals(self, sales: Sequence[tuple[int, CaseRow]], month: date) -> list[dict[str, Any]]:
        """Return earlier months' sales added up, less those taken back in their month."""
        taken = {(fact, one) for one, _place, facts in self.taken_in for fact in facts}
        sums: dict[tuple[int, str], tuple[int, int]] = {}
        for fact, row in sales:
            back = age(row.day, month)
            if back > 0 and (fact, row.day.replace(day=1)) not in taken:
                count, amount = sums.get((back, row.business), (0, 0))
                sums[back, row.business] = (count + 1, amount + row.amount.minor)
        return [
            {"outlet": OUTLET, "back": back, "business": business, "count": n, "amount": amount}
            for (back, business), (n, amount) in sums.items()
        ]

    def _verdicts(self, month: date) -> Iterator[dict[str, Any]]:
        for place, row in self._of(CaseFact.VERDICT):
            back = age(row.day, month)
            if not 0 <= back <= max(self.looks_back, default=0):
                continue
            found = {
                "kind": row.verdict,
                "outlet": OUTLET,
                "from_day": row.day,
                "until_day": row.day + timedelta(days=1),
                "share_ppm": row.share_ppm,
                "lines": row.times,
                "back": back,
            }
            if row.verdict == GUIDED:
                found["outlet"] = GUIDES + place
            named = self.case.rows[row.of - 1] if row.of else None
            if named is None:
                about: list[dict[str, Any]] = [{} for _n in range(row.times)]
            elif named.what is CaseFact.SALE:
                about = [{"fact": fact} for fact in self.sold[row.of][: row.times]]
            else:
                numbers = _subscribers(named, row.of)[: row.times]
                about = [{"subscriber": number} for number in numbers]
            for n, one in enumerate(about):
                yield {**found, **one, "verdict": place * ALIKE + n}


def _subscribers(row: CaseRow, place: int) -> range:
    """Return the numbers of a row's lines: by the line's own number, or else the row's."""
    first = (row.line or LARGEST_LINE + place) * ALIKE
    return range(first, first + row.times)


def _earlier(month: date, months: int) -> date:
    at = month.year * 12 + month.month - 1 - months
    return date(at // 12, at % 12 + 1, 1)


def _sale(fact: int, row: CaseRow) -> dict[str, Any]:
    return {
        "fact": fact,
        "day": row.day,
        "outlet": OUTLET,
        "clerk": 1,  # somebody, so that rules for clerks are tried, too
        "business": row.business,
        "amount": row.amount.minor,
        "debit": row.amount.minor,
    }
