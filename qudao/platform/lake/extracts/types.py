"""What an extract looks like, and why one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from qudao.kernel.refusals import Kind, Refusal

MOST_BROKEN_PPM: Final = 10_000
"""Above one row of a hundred the extract itself is wrong, not single rows of it."""

CONTROL: Final = ".control.json"
"""How the names of control files end."""

LARGEST_OCTETS: Final = 2 << 30
"""A branch's month has about a hundred bytes for each of a million lines."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an extract, and what its values must be like."""

    name: str
    type: str
    """`int64`, `date` or `string`."""
    null: bool = False
    least: int | None = None
    choices: tuple[str, ...] = ()
    total: bool = False
    """The control file names its sum."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A sort of extract: its columns, and what tells two rows apart."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]

    @property
    def totals(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.total)


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The control file: `<name>.control.json` beside the file of rows."""

    layout: str
    file: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    """Name of the CSV or Parquet file, in the same folder."""
    month: Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    branch: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{1,3}$")]
    rows: Annotated[int, msgspec.Meta(ge=0)]
    totals: dict[str, int]
    """The sums of the layout's money and other totals, over all rows."""
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    """Of the file of rows."""

    @property
    def first(self) -> date:
        """The first day of its month."""
        return date.fromisoformat(f"{self.month}-01")


class RowProblem(StrEnum):
    """Why a row is put aside."""

    TORN = "torn"
    """It has too few or too many columns: `value` of them, and `wanted` were agreed on."""
    MISSING = "missing"
    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    BELOW = "below"
    """Less than `wanted`."""
    ABOVE = "above"
    """More than `wanted`."""
    NO_CHOICE = "no_choice"
    """None of `wanted`."""
    TWICE = "twice"
    """The row with number `wanted` has the same key."""
    OUTLET_UNKNOWN = "outlet_unknown"
    OPENED_LATER = "opened_later"
    """On a day after the month."""
    ACTIVATED_LATER = "activated_later"
    """On a day after the month."""
    ACTIVATED_EARLY = "activated_early"
    """Before it was opened, on the day `wanted`."""
    ENDS_EARLY = "ends_early"
    """Not after the day on which it begins, `wanted`."""
    NOTED = "noted"
    """What was noted before there were codes: `value` tells it in English."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that was put aside: what is wrong with which value."""

    row: int
    problem: RowProblem
    column: str = ""
    value: str = ""
    """As the file has it; cut off when it is long."""
    wanted: str = ""
    """What the value was held against; see the problem."""


LONGEST_VALUE: Final = 80
"""Of a value that cannot be used so much is shown."""


@dataclass(eq=False)
class ControlUnreadable(Refusal, kind=Kind.INVALID):
    """The control file is no JSON."""

    file: str


@dataclass(eq=False)
class ControlIncomplete(Refusal, kind=Kind.INVALID):
    """The control file lacks entries, or has others than were agreed on."""

    file: str
    lacking: tuple[str, ...] | None
    unknown: tuple[str, ...] | None


@dataclass(eq=False)
class ControlEntryWrong(Refusal, kind=Kind.INVALID):
    """An entry of the control file is not what such an entry must be."""

    file: str
    entry: str
    value: str


@dataclass(eq=False)
class LayoutUnknown(Refusal, kind=Kind.INVALID):
    """Nobody has agreed on such an extract."""

    file: str
    layout: str
    known: tuple[str, ...]


@dataclass(eq=False)
class ExtractMissing(Refusal, kind=Kind.NOT_FOUND):
    """The control file names a file that is not there."""

    file: str


@dataclass(eq=False)
class ExtractTooLarge(Refusal, kind=Kind.INVALID):
    """The file is larger than any branch's month could be."""

    file: str


@dataclass(eq=False)
class ExtractAltered(Refusal, kind=Kind.INVALID):
    """The file is not the one that the control file speaks of."""

    file: str


@dataclass(eq=False)
class ExtractTwice(Refusal, kind=Kind.CONFLICT):
    """The same file was loaded before, and would give no more rows than it did then."""

    file: str
    version: str


@dataclass(eq=False)
class EncodingWrong(Refusal, kind=Kind.INVALID):
    """The file is not UTF-8."""

    file: str
    row: int


@dataclass(eq=False)
class ExtractUnreadable(Refusal, kind=Kind.INVALID):
    """The file is no CSV or Parquet file: it is broken, or something else."""

    file: str


@dataclass(eq=False)
class ColumnsWrong(Refusal, kind=Kind.INVALID):
    """The file does not have the columns that were agreed on, in their order."""

    file: str
    lacking: tuple[str, ...] | None
    unknown: tuple[str, ...] | None
    agreed: tuple[str, ...]


@dataclass(eq=False)
class RowsWrong(Refusal, kind=Kind.INVALID):
    """There are more or fewer rows than the control file says."""

    file: str
    said: int
    found: int


@dataclass(eq=False)
class TotalWrong(Refusal, kind=Kind.INVALID):
    """The sum of a column is not what the control file says."""

    file: str
    column: str
    said: int
    found: int


@dataclass(eq=False)
class TooManyBroken(Refusal, kind=Kind.INVALID):
    """So many rows cannot be used that the extract itself must be wrong."""

    file: str
    broken: int
    rows: int
    examples: tuple[BrokenRow, ...]
    """The first ones."""


@dataclass(eq=False)
class OutletsNotExported(Refusal, kind=Kind.CONFLICT):
    """The lake does not have the branch's outlets of the month: none could be known."""

    branch: str
    month: str
