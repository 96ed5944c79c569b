"""What ploys earn: each is an outlet of its own, and its months are computed by the real rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from qudao.domain.commission import rules as pure
from qudao.domain.commission.computing import Sample
from qudao.domain.commission.computing.branch import Computing
from qudao.domain.commission.computing.branch import Plan as Ready
from qudao.domain.commission.computing.sample import run_sample
from qudao.domain.commission.queries.effective import rules_drafted
from qudao.domain.commission.queries.red_team.place import Where
from qudao.domain.commission.rules.gaming import LONGEST, OPENING, Earned, Ploy
from qudao.domain.commission.schemes import schemes, written_terms
from qudao.domain.commission.schemes.cap import Cap, Per
from qudao.domain.commission.schemes.clawback import Clawback
from qudao.domain.commission.types import (
    Plan,
    PolicyDraft,
    Rule,
    Scheme,
    Source,
    TermKind,
    Unit,
    following,
    terms_of,
)

if TYPE_CHECKING:
    from qudao.platform.lake.engine import Engine

USE: Final = {"calls": 30, "voice_s": 3_600, "data_kb": 200 * 1024}
"""What the least use of a month shows, which `Prices.use` pays: more, if a gate asks for more."""
PAYMENTS: Final = ("top_up", "bill_payment")
DRAFTED: Final = 1_000_000_000
MONTHS: Final = 32
"""Outlets are numbered by ploy and month: so many for each ploy."""
APART: Final = 1 << 20
"""Between the numbers of one outlet's facts and the next one's."""
OPENINGS: Final = 1 << 52
REPEATED: Final = 2 << 52
PAID_IN: Final = 3 << 52


class Play:
    """
    What ploys earn by a draft's rules and those that hold beside it.

    All months of all ploys are computed at once: each month of a ploy is an outlet of its own, as
    the first month would see it. Once it was used or paid for, a line is suspect in every month in
    which it shows nothing. A claw-back takes back what was paid until the last such month that it
    looks at: as if risk control named the line then, so that it takes all of it, and once. Other
    rules hear of it in the first one. What an outlet gets that does nothing is not counted.
    """

    def __init__(
        self,
        engine: Engine,
        draft: PolicyDraft,
        plans: Sequence[Plan],
        at: Where,
        use: Mapping[str, int],
        uses: tuple[int, ...] = (),
    ) -> None:
        self.engine, self.at = engine, at
        self.first = draft.valid_from.replace(day=1)
        plain = [
            replace(one, selector=replace(one.selector, outlets=()))
            for one in plans
            if not at.named
            or not one.selector.outlets
            or not set(at.named).isdisjoint(one.selector.outlets)
        ]
        drafted = rules_drafted(plain, draft.branches, draft.valid_from, draft.valid_until, DRAFTED)
        mine = [
            rule
            for rule in drafted
            if not rule.selector.branches or at.branch in rule.selector.branches
        ]
        self.own = {rule.code for rule in mine}
        # a branch's budget stops nobody who is early
        self.rules = [
            rule
            for rule in (*mine, *at.others)
            if not (isinstance(rule.terms, Cap) and rule.terms.per is Per.BRANCH)
        ]
        self.found = sorted(
            {rule.terms.kind for rule in self.rules if isinstance(rule.terms, Clawback)}
        )
        self.windows = {
            _kind_of(rule): min(rule.terms.months, LONGEST - 1)
            for rule in self.rules
            if isinstance(rule.terms, Clawback)
        }
        # each hears of lines by itself: windows differ
        self.rules = [
            replace(rule, terms=replace(rule.terms, kind=_kind_of(rule)))
            if isinstance(rule.terms, Clawback)
            else rule
            for rule in self.rules
        ]
        self.codes = {rule.number: rule.code for rule in self.rules}
        self.paying = {rule.number for rule in self.rules if rule.unit is Unit.FEN}
        self.marks = replace(
            pure.landmarks(
                (terms_of(schemes[rule.scheme]), written_terms(rule.terms)) for rule in self.rules
            ),
            uses=tuple(sorted({0, 1, *uses})),
        )
        self.back = {source: self._back(source) for source in Source}
        # what is clawed back, is when a ploy ends; other rules upon rules may pay long after
        later = [
            rule.terms.months_back()
            for rule in self.rules
            if rule.terms.source is Source.LINES and not isinstance(rule.terms, Clawback)
        ]
        last = max(self.marks.ages, default=0) + max((0, *(n for back in later for n in back)))
        self.months = min(LONGEST, last + 1)
        self.pay_by = next((one for one in PAYMENTS if one in self.marks.businesses), "")
        self.use = use
        self._ready: dict[tuple[int, ...], Computing] = {}

    def _back(self, source: Source) -> list[int]:
        rules = [rule for rule in self.rules if rule.terms.source is source]
        return sorted({step for rule in rules for step in rule.terms.months_back()})

    def earn(self, ploys: Sequence[Ploy]) -> list[Earned]:
        """Return what each ploy earns: all are computed at once, beside one who does nothing."""
        every = [Ploy(0, (), ()), *ploys]
        last = min(MONTHS - 1, max([self.months, *(len(one.spent) + 1 for one in ploys)]))
        sums: Counter[tuple[int, int, int]] = Counter()
        for line in self._lines(every, last):
            if line["rule"] in self.paying:
                place, k = divmod(line["outlet"], MONTHS)
                sums[place, k, line["rule"]] += line["amount"]
        by_month = [[0] * last for _ploy in every]
        by_rule: list[Counter[str]] = [Counter() for _ploy in every]
        for (place, k, rule), amount in sums.items():
            more = amount - sums.get((0, k, rule), 0) if place else 0
            by_month[place][k] += more
            by_rule[place][self.codes[rule]] += more
        for place in range(1, len(every)):
            for (idle, k, rule), amount in sums.items():
                if not idle and (place, k, rule) not in sums:
                    by_month[place][k] -= amount
                    by_rule[place][self.codes[rule]] -= amount
        return [Earned(tuple(by_month[place]), by_rule[place]) for place in range(1, len(every))]

    def _lines(self, ploys: Sequence[Ploy], last: int) -> list[dict[str, int]]:
        """Return the lines of all months."""
        groups: dict[tuple[int, ...], list[int]] = {}
        for k in range(last):
            groups.setdefault(self._valid(k), []).append(k)
        made: list[dict[str, int]] = []
        for _pass in range(self._passes()):
            before, made = made, []
            for numbers, months in groups.items():
                if numbers:
                    sample = self._sample(ploys, months, before)
                    ready = self._by(numbers)
                    made += run_sample(self.engine, ready, sample, self.first)
                    ready.forget()
        return made

    def _passes(self) -> int:
        """Return how often all is computed until rules that look back have seen what was paid."""

        def depth(rule: Rule) -> int:
            below = [depth(one) for one in self.rules if one.code in rule.terms.upon()]
            looks = rule.terms.source is Source.LINES and bool(rule.terms.months_back())
            return max(below, default=0) + looks

        return 1 + max(map(depth, self.rules), default=0)

    def _by(self, numbers: tuple[int, ...]) -> Computing:
        """Return what computes by some rules: made ready once, as long as they stay the same."""
        if numbers not in self._ready:
            self.close()
            own = tuple(
                replace(rule, from_day=date.min, until_day=date.max)
                for rule in self.rules
                if rule.number in numbers
            )
            self._ready[numbers] = Computing(self.engine, Ready(self.first, own, self.codes))
        return self._ready[numbers]

    def close(self) -> None:
        """Forget what was made ready, so that others may use its names."""
        while self._ready:
            self._ready.popitem()[1].close()

    def _valid(self, k: int) -> tuple[int, ...]:
        month = shifted(self.first, k)
        return tuple(
            rule.number
            for rule in self.rules
            if rule.from_day < following(month) and rule.until_day > month
        )

    def _sample(
        self, ploys: Sequence[Ploy], months: Sequence[int], before: Sequence[Mapping[str, int]]
    ) -> Sample:
        each = [(place, one, k) for place, one in enumerate(ploys) for k in months]
        return Sample(
            sales=[row for place, one, k in each for row in self._sales(place, one, k, k)],
            subscribers=[
                {
                    **row,
                    "opened_day": shifted(self.first, -k),
                    "activated_day": self._activated(one, k),
                }
                for place, one, k in each
                for row in self._customers(place, one, k, k)
            ],
            usage=[
                row
                for place, one, k in each
                for back in self.back[Source.SUBSCRIBERS]
                if back <= k
                for row in self._customers(place, one, k, k - back)
            ],
            totals=[
                row
                for place, one, k in each
                for back in self.back[Source.SALES]
                if back <= k
                for row in self._totals(place, one, k, back)
            ],
            verdicts=[row for place, one, k in each for row in self._verdicts(place, one, k)],
            outlets=[{"outlet": _number(place, k), **self.at.outlet} for place, _one, k in each],
            past=[row for line in before for row in self._past(line, set(months))],
            codes=self.codes,
        )

    def _activated(self, ploy: Ploy, k: int) -> date | None:
        alive = len(ploy.shown())
        used = next((age for age, used in enumerate(ploy.used[: k + 1][:alive]) if used), None)
        return None if used is None else shifted(self.first, used - k)

    def _sales(self, place: int, ploy: Ploy, k: int, age: int) -> Iterator[dict[str, Any]]:
        """Openings and repeated transactions of the first month; payments of every month."""
        start = _number(place, k) * APART
        usual = {"outlet": _number(place, k), "day": self.first}
        if not age:
            for n in range(ploy.lines):
                yield {**usual, "fact": OPENINGS + start + n, "business": OPENING}
            money = {"business": ploy.business, "amount": ploy.amount, "debit": ploy.amount}
            for n in range(ploy.times):
                yield {**usual, **money, "fact": REPEATED + start + n}
        if self.pay_by and age < len(ploy.shown()) and ploy.spent[age]:
            money = {"business": self.pay_by, "amount": ploy.spent[age], "debit": ploy.spent[age]}
            for n in range(ploy.lines):
                yield {**usual, **money, "fact": PAID_IN + start + n}

    def _totals(self, place: int, ploy: Ploy, k: int, back: int) -> Iterator[dict[str, Any]]:
        count, amount = Counter[str](), Counter[str]()
        for sale in self._sales(place, ploy, k, k - back):
            count[sale["business"]] += 1
            amount[sale["business"]] += sale.get("amount", 0)
        for name, many in count.items():
            found = {"business": name, "count": many, "amount": amount[name]}
            yield {"outlet": _number(place, k), "back": back, **found}

    def _customers(self, place: int, ploy: Ploy, k: int, age: int) -> Iterator[dict[str, Any]]:
        """A ploy's lines, seen from month k, at an age; when let go, they show nothing."""
        alive = age < len(ploy.shown())
        times = ploy.used[age] if alive else 0
        use = {name: amount * times for name, amount in self.use.items()}
        spent = ploy.spent[age] if alive else 0
        start = _number(place, k) * APART
        for n in range(ploy.lines):
            yield {
                "subscriber": start + n + 1,
                "origin": OPENINGS + start + n,
                "outlet": _number(place, k),
                "age": age,
                **use,
                "billed": spent,
                "collected": spent,
                "state": "active" if alive else "closed",
            }

    def _verdicts(self, place: int, ploy: Ploy, k: int) -> Iterator[dict[str, Any]]:
        """In which months lines are found; in later ones it is known."""
        silent = ploy.silent()
        when = [(kind, silent[0]) for kind in self.found]
        for kind, window in self.windows.items():
            when += [(kind, month) for month in silent if month <= window][-1:]
        for back in range(max(self.back[Source.LINES], default=0) + 1):
            for kind in [kind for kind, month in when if month == k - back]:
                outlet = _number(place, k)
                for n in range(ploy.lines):
                    yield {
                        "verdict": outlet * APART + n,
                        "kind": kind,
                        "outlet": outlet,
                        "subscriber": outlet * APART + n + 1,
                        "lines": ploy.lines,
                        "back": back,
                    }

    def _past(self, line: Mapping[str, int], months: set[int]) -> Iterator[dict[str, Any]]:
        """Yield a line as the later months of its ploy see it, under their numbers."""
        place, k = divmod(line["outlet"], MONTHS)
        for back in self.back[Source.LINES]:
            if k + back in months:
                moved = back * APART
                yield {
                    **line,
                    "back": back,
                    "outlet": line["outlet"] + back,
                    "fact": line["fact"] and line["fact"] + moved,
                    "origin": line["origin"] and line["origin"] + moved,
                }


def _kind_of(rule: Rule) -> str:
    """The kind of verdict that one claw-back alone hears."""
    return f"clawback-{rule.number}"


def _number(place: int, k: int) -> int:
    return place * MONTHS + k


def least_use(terms: Iterable[Scheme]) -> dict[str, int]:
    """Return the least use of a month that passes every gate."""
    most = dict(USE)
    for one in terms:
        for term in terms_of(type(one)):
            gate = getattr(one, term.name) if term.kind is TermKind.PART else None
            for name in most if gate is not None else ():
                most[name] = max(most[name], getattr(gate, name, 0))
    return most


def shifted(month: date, months: int) -> date:
    """Return the month so many months later."""
    at = month.year * 12 + month.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)
