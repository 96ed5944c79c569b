"""What a cell of a screen may hold besides text, numbers, money, dates and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from qudao.kernel.money import Money

Text = str | Promise
"""A text, or one that is translated when it is shown."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A code that the front shows as words: `Coded("state", "suspended")`."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Names:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate, in parts per million."""

    ppm: int


@dataclass(frozen=True, slots=True)
class Person:
    """An account, shown by its user name."""

    user: UUID | None


@dataclass(frozen=True, slots=True)
class Number:
    """A mobile number."""

    msisdn: str


@dataclass(frozen=True, slots=True)
class Data:
    """JSON as it is stored."""

    value: Any


@dataclass(frozen=True, slots=True)
class Mono:
    """A reference that people copy rather than read."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A row of another screen: `Ref("party.organization", id, Names(…))`."""

    screen: str
    key: object
    shown: Cell


@dataclass(frozen=True, slots=True)
class Link:
    """A page that belongs to no screen: only the front knows its address."""

    url: str
    shown: Text


@dataclass(frozen=True, slots=True)
class Several:
    """Some cells in one place."""

    items: Sequence[Cell]


Cell = (
    Text
    | int
    | bool
    | Money
    | date
    | datetime
    | Coded
    | Names
    | Rate
    | Person
    | Number
    | Data
    | Mono
    | Ref
    | Link
    | Several
    | None
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Part of a row's page: names and values."""

    title: Text
    items: Sequence[tuple[Text, Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """Part of a row's page: lines that belong to it."""

    title: Text
    columns: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    empty: Text = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a row."""

    at: datetime
    title: Cell
    who: Cell = None
    note: Cell = None
    data: Sequence[tuple[Text, Cell]] = ()
    is_open: bool = False
    """Whether `data` is shown at once, and not when it is asked for."""


@dataclass(frozen=True, slots=True)
class History:
    """Part of a row's page: what was done to it, oldest first."""

    title: Text
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Diagram:
    """Part of a row's page: a process drawn, with where it stands (JSON at the address)."""

    title: Text
    address: str


Section = Facts | Table | History | Diagram
