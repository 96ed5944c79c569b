"""
What a dataset is: its columns, its natural key, its control totals.

Domain packages declare theirs in `facts.py`. This module knows no engine, so that declaring costs
nothing where nobody reads the lake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

ColumnType = Literal["int16", "int32", "int64", "string", "date", "boolean"]
"""No float and no decimal: engines disagree on both."""

FACT: Final = "fact"
"""The column that numbers the rows of a numbered dataset for ever."""

_EPOCH: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `total` sums it in every manifest; money always is."""

    name: str
    type: ColumnType
    about: str = ""
    null: bool = False
    total: bool = False


@dataclass(frozen=True)
class Dataset:
    """
    Rows of one sort, kept by month and branch.

    The columns `month` (its first day) and `branch` (a division code such as `4101`) belong to
    every dataset. `key` is the natural key, unique in a file; `order` is what files are sorted by.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]
    numbered: bool = False
    """The store numbers its rows: the column `fact` is theirs (see `fact_number`)."""
    large: bool = False
    """Many rows, computed anew rather than kept dear: written fast rather than small."""

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        assert {"month", "branch", *self.key, *self.order} <= names, self.name
        assert len(names) == len(self.columns), self.name
        assert not self.numbered or {FACT, "day"} <= names, self.name

    @cached_property
    def types(self) -> dict[str, str]:
        """Names and types of the columns, in their order."""
        return {column.name: column.type for column in self.columns}

    @cached_property
    def totals(self) -> tuple[str, ...]:
        """The columns that are summed in each manifest."""
        return tuple(column.name for column in self.columns if column.total)

    @cached_property
    def needed(self) -> frozenset[str]:
        """The columns that are never null."""
        return frozenset(column.name for column in self.columns if not column.null)


datasets: Final[dict[str, Dataset]] = {}
"""Every declared dataset by name; Django's start imports the `facts` of all packages."""


def declare(dataset: Dataset) -> Dataset:
    """Register a dataset: what `facts.py` does with each of its own."""
    assert dataset.name not in datasets, dataset.name
    datasets[dataset.name] = dataset
    return dataset


MONTH: Final = Column("month", "date", "first day of the business month")
BRANCH: Final = Column("branch", "string", "division code of the branch, such as 4101")


def fact_number(day: date, branch: str, place: int) -> int:
    """
    Return the number of a row: days since 2000-01-01, branch, and place, in 14, 14 and 28 bits.

    Numbers of one branch rise with the day, and no two rows of the platform share one.
    """
    assert 0 < place < 1 << 28, place
    return fact_base(day, branch) + place


def fact_base(day: date, branch: str) -> int:
    """Return what the places of a branch's day are added to."""
    days, number = (day - _EPOCH).days, branch_number(branch)
    assert 0 <= days < 1 << 21, day
    return days << 42 | number << 28


def branch_number(branch: str) -> int:
    """Return a branch's division code as the number that row numbers carry."""
    number = int(branch)
    assert 0 < number < 1 << 14, branch
    return number


def day_of(fact: int) -> date:
    """Return the business day that a row's number names."""
    return date.fromordinal(_EPOCH.toordinal() + (fact >> 42))


def branch_of(fact: int) -> str:
    """Return the branch that a row's number names."""
    return str(fact >> 28 & 0x3FFF)
