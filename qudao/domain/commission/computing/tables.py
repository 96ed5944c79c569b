"""The tables that schemes see, and how they are made of the lake's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, cast

import ibis

from qudao.domain.commission.types import LINES, Rule, Selector, Source, following
from qudao.platform.lake.exact import wide
from qudao.platform.lake.words import number_of

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import BooleanValue, IntegerValue

    from qudao.platform.lake.engine import Prepared

WORD: Final = 60
"""Rules whose facts are marked in one whole number, a bit for each."""

ATTRIBUTES: Final = {
    "district": "string",
    "kind": "string",
    "ownership": "string",
    "market": "string",
    "star": "int16",
    "tier": "int16",
}
"""What is known of an outlet on a day."""

SALES: Final = {
    "fact": "int64",
    "day": "date",
    "outlet": "int32",
    "clerk": "int32",
    "channel": "string",
    "business": "string",
    "offering": "string",
    "amount": "int64",
    "debit": "int64",
    "quantity": "int32",
    **ATTRIBUTES,
    "code": "int16",
    "stretch": "int32",
}
"""`code` is the business as `codes` numbers it, `stretch` the outlet's row of that day."""

USE: Final = {
    "calls": "int64",
    "voice_s": "int64",
    "data_kb": "int64",
    "billed": "int64",
    "collected": "int64",
    "state": "string",
}
SUBSCRIBERS: Final = {
    "subscriber": "int64",
    "outlet": "int32",
    "origin": "int64",
    "opened_day": "date",
    "activated_day": "date",
    "age": "int16",
    **USE,
    **ATTRIBUTES,
}
USAGE: Final = {"subscriber": "int64", "outlet": "int32", "age": "int16", **USE}
OUTLETS: Final = {
    "outlet": "int32",
    "from_day": "date",
    "until_day": "date",
    "days": "int64",
    "last": "boolean",
    "own": "boolean",
    **ATTRIBUTES,
    "state": "string",
}
VERDICTS: Final = {
    "verdict": "int64",
    "kind": "string",
    "outlet": "int32",
    "fact": "int64",
    "subscriber": "int64",
    "from_day": "date",
    "until_day": "date",
    "share_ppm": "int64",
    "lines": "int64",
    "back": "int16",
}
TOTALS: Final = {
    "outlet": "int32",
    "back": "int16",
    "business": "string",
    "count": "int64",
    "amount": "int64",
}
PAST: Final = {**LINES, "back": "int16"}


@dataclass(frozen=True, slots=True)
class Sources:
    """One branch's month as the lake has it: the datasets' own columns."""

    sales: Table
    reversals: Table
    """Of all months up to and with this one."""
    subscribers: Table
    outlets: Table
    """Stretches of all branches, with `branch`: an outlet may have sold before it moved."""
    own_outlets: Table
    """Of them the branch's own."""
    verdicts: Table
    usage: Table
    """Rows of `subscribers` of earlier months, with `back`."""
    totals: Table
    past: Table | Prepared
    """Lines of closed months, with `back`."""

    def named(self) -> dict[str, Table | Prepared]:
        """Return the tables under the names by which compiled rules read them."""
        return {NAMES[name]: getattr(self, name) for name in NAMES}


OWN_SALES: Final = tuple(name for name in SALES if name not in (*ATTRIBUTES, "code", "stretch"))
"""What the lake says of a sale itself."""

RAW: Final = {
    "commission_raw_sales": {name: SALES[name] for name in OWN_SALES},
    "commission_raw_reversals": {"fact": "int64", "sale_day": "date"},
    "commission_raw_subscribers": {
        name: type for name, type in SUBSCRIBERS.items() if name not in ATTRIBUTES
    },
    "commission_raw_outlets": {
        "outlet": "int32",
        "from_day": "date",
        "until_day": "date",
        **ATTRIBUTES,
        "state": "string",
        "branch": "string",
    },
    "commission_raw_own_outlets": {"branch": "string"},
    "commission_verdicts": VERDICTS,
    "commission_usage": USAGE,
    "commission_totals": TOTALS,
    "commission_past": PAST,
}
"""What a branch's sources are called, and the columns that are read of them."""

NAMES: Final = {name.removeprefix("commission_").removeprefix("raw_"): name for name in RAW}
LOOKED_AT: Final = {name: types for name, types in RAW.items() if "raw" not in name}
"""Those that schemes read as they are."""

KEPT_IF_SHARED: Final = tuple(NAMES[name] for name in ("verdicts", "usage", "totals"))
"""
Of these, what is kept if several rules read it. Of closed months' lines each rule reads but its
own, and all of them would be too many.
"""


def unkept(name: str) -> str:
    """Return how the lake's rows are called when those that rules read are kept."""
    return f"{name}_unkept"


def raw() -> Sources:
    """Return the sources by name, without rows."""
    return Sources(**{short: ibis.table(RAW[name], name=name) for short, name in NAMES.items()})


def earlier(month: date, back: int) -> date:
    """Return the month that lies `back` months before."""
    months = month.year * 12 + month.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


class Marks:
    """Which rules a fact falls under, as bits in whole numbers: `falls0`, `falls1`, …"""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._place = {rule.number: place for place, rule in enumerate(rules)}
        self.rules = rules
        self.words = range((len(rules) + WORD - 1) // WORD)

    @property
    def names(self) -> list[str]:
        return [f"falls{word}" for word in self.words]

    def of(self, table: Table, rule: Rule) -> BooleanValue:
        """Return whether each fact falls under the rule."""
        word, bit = divmod(self._place[rule.number], WORD)
        return cast("BooleanValue", (table[f"falls{word}"] & wide(1 << bit)) != wide(0))

    def sum(self, word: int, of: dict[int, BooleanValue]) -> IntegerValue:
        """Return the word whose bits say for which rules (by number) the condition holds."""
        bits = [
            condition.ifelse(wide(1 << self._place[number] % WORD), wide(0))
            for number, condition in of.items()
            if self._place[number] // WORD == word
        ]
        found = wide(0)
        for bit in bits:
            found = found + bit
        return found

    def word_of(self, word: int, numbers: Sequence[int]) -> int:
        return sum(
            1 << self._place[number] % WORD
            for number in numbers
            if self._place[number] // WORD == word
        )


def chosen(outlets: Table, selector: Selector) -> BooleanValue:
    """Return for which stretches of an outlet a selector holds; branches are not looked at."""
    asked: list[BooleanValue] = [
        column.isin(values)
        for column, values in (
            (outlets.kind, selector.kinds),
            (outlets.ownership, selector.ownership),
            (outlets.market, selector.markets),
            (outlets.district, selector.districts),
            (outlets.star, selector.stars),
            (outlets.tier, selector.tiers),
            (outlets.outlet, selector.outlets),
        )
        if values
    ]
    return cast("BooleanValue", ibis.and_(*asked) if asked else ibis.literal(True))


def stretches(outlets: Table, month: date, marks: Sequence[Marks]) -> Table:
    """Return the outlets' stretches of days in a month, with the rules that they fall under."""
    end = ibis.literal(following(month), "date")
    begin = ibis.literal(month, "date")
    table = outlets.mutate(
        from_day=ibis.greatest(outlets.from_day, begin),
        until_day=ibis.least(outlets.until_day, end),
    )
    table = table.filter(table.from_day < table.until_day)
    words = {}
    for place, mark in enumerate(marks):
        conditions = {rule.number: chosen(table, rule.selector) for rule in mark.rules}
        for word in mark.words:
            words[f"mark{place}_{word}"] = mark.sum(word, conditions)
    return table.select(
        "outlet",
        "from_day",
        "until_day",
        *ATTRIBUTES,
        "state",
        "branch",
        stretch=ibis.row_number()
        .over(order_by=[table.outlet, table.from_day, table.branch])
        .cast("int32"),
        days=wide(table.until_day.delta(table.from_day, unit="day")),
        last=table.until_day == end,
        **words,
    )


def with_outlets(
    table: Table,
    outlets: Table,
    on: Sequence[BooleanValue],
    word: str,
    more: Sequence[str] = (),
) -> Table:
    """Join facts with the stretch of their outlet: its attributes, and its marks as `falls…`."""
    marks = {
        name.replace(word, "falls"): outlets[name]
        for name in outlets.columns
        if name.startswith(word)
    }
    attributes = {name: outlets[name] for name in (*ATTRIBUTES, *more)}
    return table.inner_join(outlets, [table.outlet == outlets.outlet, *on]).select(
        **{name: table[name] for name in table.columns}, **attributes, **marks
    )


def of_branch(stretches: Table, own: Table) -> Table:
    """Return the stretches with `own`: whether they are the branch's."""
    code = own.branch.max().as_scalar()
    return stretches.mutate(own=(stretches.branch == code).fill_null(False))


def codes(rules: Sequence[Rule]) -> dict[str, int]:
    """Return a number for each business that a rule names, from 1."""
    names = sorted({business for rule in rules for business in rule.terms.concerns()})
    return {business: place for place, business in enumerate(names, 1)}


def wide_sales(sources: Sources, outlets: Table, month: date, marks: Marks) -> Table:
    """
    Return the sales with the rules that they fall under and their outlet's attributes of that day.

    A sale that was taken back in the same month has earned nothing, so it is left out.
    """
    back = sources.reversals
    back = back.filter(back.sale_day >= month)
    sales = sources.sales.anti_join(back, "fact").select(*OWN_SALES)
    on = [sales.day >= outlets.from_day, sales.day < outlets.until_day]
    table = with_outlets(sales, outlets, on, "mark0_", ["stretch"])
    everywhere = [rule.number for rule in marks.rules if not rule.terms.concerns()]
    by_business: dict[str, list[int]] = {}
    for rule in marks.rules:
        for business in rule.terms.concerns():
            by_business.setdefault(business, []).append(rule.number)
    words = {}
    for word, name in enumerate(marks.names):
        concerned = {
            business: marks.word_of(word, [*numbers, *everywhere])
            for business, numbers in sorted(by_business.items())
        }
        words[name] = table[name] & number_of(
            table.business, concerned, marks.word_of(word, everywhere)
        )
    code = number_of(table.business, codes(marks.rules), 0)
    return table.mutate(code=code.cast("int16"), **words)


def wide_subscribers(sources: Sources, outlets: Table) -> Table:
    """
    Return customers' lines with their outlet's attributes of the month's last day.

    Lines whose opening was taken back, in this month or before, earn nothing any more.
    """
    own = [name for name in SUBSCRIBERS if name not in ATTRIBUTES]
    back = sources.reversals
    lines = sources.subscribers
    lines = lines.anti_join(back, lines.origin == back.fact).select(*own)
    return with_outlets(lines, outlets.filter(outlets.last), (), "mark1_")


def source_rules(rules: Sequence[Rule], source: Source) -> list[Rule]:
    return [rule for rule in rules if rule.terms.source is source]


def months_back(rules: Sequence[Rule], source: Source) -> tuple[int, ...]:
    """Return which earlier months the rules of one source look at."""
    return tuple(
        sorted({back for rule in source_rules(rules, source) for back in rule.terms.months_back()})
    )
