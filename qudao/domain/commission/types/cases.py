"""Test cases of a policy: facts entered by hand, and what they are to earn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qudao.kernel.money import Money


class CaseFact(StrEnum):
    """What a row of a test case is."""

    SALE = "sale"
    LINE = "line"
    """A customer's line in a month."""
    REVERSAL = "reversal"
    """A sale of the case is taken back."""
    VERDICT = "verdict"
    """Something is found on the outlet, on a sale or on a line of the case."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """
    One fact of a test case, or several that are alike, and what they are to earn in its month.

    A sale has day, business and amount; it may lie in an earlier month. A line has its number in
    the case, the day of its opening, how many months before the case's the row is (`back`), what
    was collected then, its use, and, if there is one, the row of the sale that opened it (`of`):
    the row of the latest month says what is expected.

    A reversal names the row of the sale (`of`): what earlier months have paid for it comes back,
    so less than nothing is expected. A verdict has its kind, and names the row of a sale or a line,
    or nothing: then it is about the outlet. One that names who guided a customer pays that guide:
    its own row says what.
    """

    what: CaseFact
    day: date
    """On which it was sold, taken back, found; of a line: opened."""
    business: str = ""
    amount: Money = Money(0)
    """Of the sale; of a line: what was collected in the month."""
    line: int = 0
    back: int = 0
    calls: int = 0
    voice_min: int = 0
    data_mb: int = 0
    expected: Money = Money(0)
    """By all rules together that pay money; of all the facts that the row stands for."""
    of: int = 0
    """The row, from 1, that it is about; 0: none."""
    verdict: str = ""
    """Code of what was found."""
    share_ppm: int = 0
    """Of a verdict: which share of the outlet's lines is suspected."""
    times: int = 1
    """How many facts like this one; of what a row names, so many of its first ones are meant."""
    active: bool = True
    """False: the customer's line was let go by that month."""


@dataclass(frozen=True, slots=True)
class Case:
    """A test case: an outlet, a month, facts, and what they are to earn."""

    name: str
    month: date
    """Its first day."""
    branch: str
    kind: str
    rows: tuple[CaseRow, ...]
    market: str = "city"
    district: str = ""
    star: int = 0
    """0: none."""
    tier: int = 1
    for_outlet: Money = Money(0)
    """What the outlet is to get as such: guarantees, subsidies, penalties."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line that came out of a test case."""

    rule: str
    """Code."""
    row: int
    """From 1; 0: the outlet as such."""
    base: int
    slice: int
    rate_ppm: int
    coefficient_ppm: int
    amount: int
    """Fen, or points."""
    unit: str
    times: int = 1
    """How many such lines."""
