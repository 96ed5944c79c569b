"""What commission shows: rules, the schemes' protocol and the terms that their authors fill in."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from qudao.kernel.money import PPM, Rounding

if TYPE_CHECKING:
    from ibis import Table

__all__ = [
    "GUIDED",
    "LINES",
    "PPM",
    "Facts",
    "Problem",
    "ProblemKind",
    "Rounding",
    "Rule",
    "Scheme",
    "Selector",
    "Source",
    "Term",
    "TermKind",
    "Unit",
    "following",
    "term",
    "terms_of",
]

LINES: Final[dict[str, str]] = {
    "rule": "int32",
    "fact": "int64",
    "origin": "int64",
    "outlet": "int32",
    "clerk": "int32",
    "base": "int64",
    "slice": "int16",
    "rate_ppm": "int64",
    "coefficient_ppm": "int64",
    "amount": "int64",
}
"""
What a month earns, one row for each rule, outlet, fact and slice, unique by these four.

- rule: number of the rule (one version of it, never given again)
- fact: what earned it: a sale's number, a line of a customer's (`subscriber`), or 0 for a sum that
  an outlet gets as such (guarantee, subsidy, penalty)
- origin: the sale whose reversal takes the line back, 0 if none
- outlet, clerk: who earned it; clerk 0 where none is known
- base × rate_ppm × coefficient_ppm, divided by 10^12 and rounded once, is the amount: of every line
- slice: which band or part of the terms, from 0
"""

GUIDED: Final = "guided"
"""The kind of verdict that names a sale, and the outlet that guided its customer there."""


class Unit(StrEnum):
    """What an amount counts."""

    FEN = "fen"
    POINT = "point"


class Source(StrEnum):
    """What a scheme makes its lines from."""

    SALES = "sales"
    SUBSCRIBERS = "subscribers"
    OUTLETS = "outlets"
    LINES = "lines"
    """Lines of other rules, of this month or of closed ones."""


@dataclass(frozen=True, slots=True)
class Selector:
    """For whom a rule is; what is empty does not narrow."""

    branches: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    ownership: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    stars: tuple[int, ...] = ()
    tiers: tuple[int, ...] = ()
    outlets: tuple[int, ...] = ()
    """Numbers of named outlets."""


class ProblemKind(StrEnum):
    """What may be wrong with terms."""

    EMPTY = "empty"
    """Nothing is entered where something must be."""
    NOT_POSITIVE = "not_positive"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    """Larger than such a term ever is: `most` says how large it may be."""
    GAP = "gap"
    """Between `least` and `below` no row says what is paid."""
    OVERLAP = "overlap"
    """From `least` to `below` two rows say what is paid."""
    INVERTED = "inverted"
    """A row ends before it begins."""
    TWICE = "twice"
    """The same thing stands in two rows."""
    NOT_EXACT = "not_exact"
    """Finer than the arithmetic keeps: it must be a multiple of `step`."""
    NOT_WHOLE = "not_whole"
    """Parts make `sum` together, and should make `whole`."""
    PAYS_NOTHING = "pays_nothing"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with terms: where, what, and the values that its wording needs."""

    term: str
    """Name of the term; of a part's or a row's: `gate.voice_s`, `bands.rate_ppm`."""
    kind: ProblemKind
    row: int | None = None
    """Which row, from 0, of a term that has rows."""
    values: Mapping[str, int | str] = field(default_factory=dict)


class TermKind(StrEnum):
    """How a term is entered, and what it is in Python."""

    MONEY = "money"
    """Whole fen: int."""
    RATE = "rate"
    """A share of an amount, in whole parts per million: int; 8 % is 80 000."""
    COEFFICIENT = "coefficient"
    """A factor in parts per million: int; 1.2 is 1 200 000."""
    COUNT = "count"
    """A number of things, months or seconds: int."""
    MONTHS = "months"
    """Ages of a line, or months, as whole numbers: tuple[int, ...]."""
    BUSINESSES = "businesses"
    """Codes of businesses: tuple[str, ...]."""
    BUSINESS = "business"
    RULES = "rules"
    """Codes of other rules of the month: tuple[str, ...]."""
    VERDICT = "verdict"
    """Code of a kind of verdict: str."""
    VERDICTS = "verdicts"
    """Codes of kinds of verdicts: tuple[str, ...]."""
    TEXT = "text"
    CHOICE = "choice"
    """One of `choices`: a StrEnum."""
    FLAG = "flag"
    PART = "part"
    """A record of terms of its own, `record`, or None."""
    ROWS = "rows"
    """Rows that one adds, each a `record` of terms: tuple[record, ...]."""


@dataclass(frozen=True, slots=True)
class Term:
    """One field of a form: its kind, labels and, where it has them, choices, record, default."""

    name: str
    kind: TermKind
    en: str
    zh: str
    help_en: str = ""
    help_zh: str = ""
    choices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Code → label in English and in Chinese."""
    record: type | None = None
    required: bool = True
    default: Any = None
    """What a form begins with, where the term is not required."""
    unit: str = ""
    """What a count counts: `month`, `s`, `kb`, `line`, `%`… for the form."""


def term(
    kind: TermKind,
    en: str,
    zh: str,
    *,
    default: Any = MISSING,
    help: tuple[str, str] = ("", ""),
    choices: Mapping[str, tuple[str, str]] | None = None,
    record: type | None = None,
    unit: str = "",
) -> Any:
    """Declare a field of a scheme, or of a record of terms, with what its form must know."""
    required = default is MISSING
    asked = Term(
        name="",
        kind=kind,
        en=en,
        zh=zh,
        help_en=help[0],
        help_zh=help[1],
        choices=choices or {},
        record=record,
        required=required,
        default=None if required else default,
        unit=unit,
    )
    return field(default=default, metadata={"term": asked})


@cache
def terms_of(record: type) -> tuple[Term, ...]:
    """Return the terms of a scheme or of a record of terms, in their order."""
    return tuple(
        dataclasses.replace(each.metadata["term"], name=each.name)
        for each in dataclasses.fields(record)
    )


def following(month: date) -> date:
    """Return the first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Facts:
    """
    What a scheme sees of one branch in one month, as Ibis tables narrowed by its rule's selector
    and validity; `docs/commission-schemes.md` lists the columns.
    """

    month: date
    from_day: date
    until_day: date
    """The days of the month on which the rule is valid; half-open."""
    rounding: Rounding
    sales: Table
    """Sales of the scheme's businesses, with the outlet's attributes of that day."""
    subscribers: Table
    """Customers' lines with the month's use and money, and the outlet as on its last day."""
    usage: Table
    """Earlier months of customers' lines: those of `Scheme.months_back`."""
    outlets: Table
    """
    Stretches of days of this month in which an outlet's attributes were the same, in all branches:
    `own` are the branch's.
    """
    verdicts: Table
    """What was found on outlets, sales and customers' lines in this month (`back` 0) and before."""
    totals: Table
    """Count and amount by outlet and business of the months of `Scheme.months_back`."""
    lines: Table
    """This month's lines of the rules that the scheme names (see `Scheme.upon`)."""
    past: Table
    """Closed months' lines of the rules that the scheme names, of `Scheme.months_back`."""
    own: Table
    """Lines of the rule itself, in the months of `Scheme.months_back`."""


class Scheme(ABC):
    """
    A way to earn: a frozen dataclass of terms, and what they pay for facts.

    A scheme never rounds and never filters by rule: it says base, slice, rate and coefficient; the
    computing puts the rule's number and the amount on each line.
    """

    __slots__ = ()

    source: ClassVar[Source]
    en: ClassVar[str]
    zh: ClassVar[str]

    @abstractmethod
    def lines(self, facts: Facts) -> Table:
        """
        Return what the facts earn: fact, origin, outlet, base, and where they differ from 0, 0,
        100 %, 100 %: clerk, slice, rate_ppm, coefficient_ppm. One row for each fact and slice.
        """

    @abstractmethod
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the terms: none may be made effective with a problem."""

    def concerns(self) -> tuple[str, ...]:
        """Return the codes of the businesses whose sales it looks at; none: of all."""
        return ()

    def upon(self) -> tuple[str, ...]:
        """Return the codes of the rules upon whose lines it is computed."""
        return ()

    def months_back(self) -> tuple[int, ...]:
        """Return which earlier months it looks at: 1 is the month before."""
        return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule: a scheme with its terms, for whom, when, and how it rounds."""

    number: int
    """Never given to another version: lines name it for ever."""
    code: str
    """The same for all versions; how other rules name it."""
    scheme: str
    """Code of the scheme in the registry."""
    terms: Scheme
    selector: Selector = Selector()
    from_day: date = date.min
    until_day: date = date.max
    """The first day on which it is no longer valid."""
    rounding: Rounding = Rounding.HALF_UP
    unit: Unit = Unit.FEN
