"""Look at every row of an extract: typed and usable, or quarantined with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import ibis
import numpy as np
import pyarrow as pa

from qudao.platform.lake import exact
from qudao.platform.lake.extracts.reading import ROW, Arrived
from qudao.platform.lake.extracts.types import (
    LONGEST_VALUE,
    MOST_BROKEN_PPM,
    BrokenRow,
    Field,
    RowProblem,
    TooManyBroken,
    TotalWrong,
)
from qudao.platform.lake.store import Lake

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import BooleanValue, StringValue, Value

REASON: Final = "reason"
EXAMPLES: Final = 3

_PATTERNS: Final = {"int64": r"^-?[0-9]{1,18}$", "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def typed(arrived: Arrived) -> Table:
    """
    Return the rows with their types and a `reason`: what is wrong with a row, null where nothing.

    A column that cannot be read is null; sums of the others still count. A reason is a text for
    `broken` to read: see `reason`.
    """
    texts = ibis.memtable(arrived.rows)
    values = {field.name: _value(texts[field.name], field) for field in arrived.layout.fields}
    table = texts.select(ROW, **values, **{f"{name}_text": texts[name] for name in values})
    reasons = [_reason(table, field) for field in arrived.layout.fields]
    first = table[ROW].min().over(group_by=[table[name] for name in arrived.layout.key])
    twice = reason(RowProblem.TWICE, arrived.layout.key[0], first.cast("string"))
    reasons.append((table[ROW] > first).ifelse(twice, ibis.null("string")))
    return table.mutate(reason=ibis.coalesce(*reasons)).drop([f"{name}_text" for name in values])


def reason(problem: RowProblem, column: str, wanted: str | StringValue = "") -> StringValue:
    """Return the reason that a row has: its problem, and what the column was held against."""
    told: StringValue = ibis.literal(f"{problem}|{column}|") + wanted
    return told


def with_reason(table: Table, wrong: BooleanValue, because: StringValue) -> Table:
    """Return the table with a reason more, for rows that had none."""
    other = wrong.fill_null(False).ifelse(because, ibis.null("string"))
    return table.mutate(reason=table[REASON].coalesce(other))


def refuse_wrong_totals(lake: Lake, arrived: Arrived, rows: Table) -> None:
    """
    Compare the sums of all rows, quarantined ones too, with the control file's.

    Where rows hold something that is no number, or are torn, their part of a sum cannot be known:
    then a difference is theirs. That they are few is asked by `refuse_if_broken`.

    :raises TotalWrong: if a sum is another one.
    """
    names = arrived.layout.totals
    sums = {name: exact.total(rows[name]) for name in names}
    unread = {f"{name}_unread": rows[name].isnull().sum() for name in names}
    (found,) = lake.engine.arrow(rows.aggregate(**sums, **unread)).to_pylist()
    for name in names:
        said = arrived.control.totals[name]
        if found[name] != said and not (found[f"{name}_unread"] or arrived.torn):
            raise TotalWrong(arrived.control.file, name, said, found[name])


def broken(lake: Lake, arrived: Arrived, rows: Table) -> list[BrokenRow]:
    """
    Return the rows that cannot be used, by number.

    :raises TooManyBroken: if they are more than one of a hundred.
    """
    aside = rows.filter(rows[REASON].notnull()).select(ROW, REASON)
    found = {row[ROW]: row[REASON] for row in lake.engine.arrow(aside).to_pylist()}
    torn = {one.row: one for one in arrived.torn}
    numbers = sorted([*torn, *found])
    too_many = len(numbers) * exact.PPM > arrived.control.rows * MOST_BROKEN_PPM
    shown = numbers[:EXAMPLES] if too_many else numbers
    wanted = {number: found[number] for number in shown if number in found}
    told = torn | {one.row: one for one in _told(arrived, wanted)}
    all_of_them = [told[number] for number in shown]
    if too_many:
        control = arrived.control
        raise TooManyBroken(control.file, len(numbers), control.rows, tuple(all_of_them))
    return all_of_them


def _told(arrived: Arrived, reasons: Mapping[int, str]) -> Iterator[BrokenRow]:
    """Yield what is wrong with rows, with the values that the file has."""
    places = np.searchsorted(arrived.rows[ROW].to_numpy(), list(reasons))
    texts = arrived.rows.take(pa.array(places, pa.int64())).to_pylist()
    for (number, told), row in zip(reasons.items(), texts, strict=True):
        problem, column, wanted = told.split("|", 2)
        value = (row[column] or "")[:LONGEST_VALUE]
        yield BrokenRow(number, RowProblem(problem), column, value, wanted)


def _value(text: StringValue, field: Field) -> Value:
    if field.type == "string":
        return text
    good = text.re_search(_PATTERNS[field.type])
    return good.ifelse(text, ibis.null("string")).try_cast(field.type)


def _reason(table: Table, field: Field) -> Value:
    value, text = table[field.name], table[f"{field.name}_text"]
    unread = {"int64": RowProblem.NO_NUMBER, "date": RowProblem.NO_DATE}.get(field.type)
    cases = []
    if not field.null:
        cases.append((text.isnull(), reason(RowProblem.MISSING, field.name)))
    if unread is not None:
        cases.append((text.notnull() & value.isnull(), reason(unread, field.name)))
    if field.least is not None:
        below = reason(RowProblem.BELOW, field.name, str(field.least))
        cases.append((value < field.least, below))
    if field.choices:
        other = reason(RowProblem.NO_CHOICE, field.name, ", ".join(field.choices))
        cases.append((value.notin(field.choices), other))
    return ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")
