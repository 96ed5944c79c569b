"""Look at every row of an extract: typed and usable, or quarantined with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import ibis

from qudao.platform.lake import exact
from qudao.platform.lake.extracts.reading import ROW, Arrived
from qudao.platform.lake.extracts.types import (
    MOST_BROKEN_PPM,
    Field,
    TooManyBroken,
    TotalWrong,
)
from qudao.platform.lake.store import Lake

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import BooleanValue, StringValue, Value

REASON: Final = "reason"
EXAMPLES: Final = 5

_PATTERNS: Final = {"int64": r"^-?[0-9]{1,18}$", "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def typed(arrived: Arrived) -> Table:
    """
    Return the rows with their types and a `reason`: what is wrong with a row, null where nothing.

    A column that cannot be read is null; sums of the others still count.
    """
    texts = ibis.memtable(arrived.rows)
    values = {field.name: _value(texts[field.name], field) for field in arrived.layout.fields}
    table = texts.select(ROW, **values, **{f"{name}_text": texts[name] for name in values})
    reasons = [_reason(table, field) for field in arrived.layout.fields]
    twice = ibis.row_number().over(
        group_by=[table[name] for name in arrived.layout.key], order_by=table[ROW]
    )
    reasons.append((twice > 0).ifelse("the same as a row before", ibis.null("string")))
    return table.mutate(reason=ibis.coalesce(*reasons)).drop([f"{name}_text" for name in values])


def with_reason(table: Table, wrong: BooleanValue, reason: str) -> Table:
    """Return the table with a reason more, for rows that had none."""
    other = wrong.fill_null(False).ifelse(reason, ibis.null("string"))
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


def broken(lake: Lake, arrived: Arrived, rows: Table) -> list[tuple[int, str]]:
    """
    Return the rows that cannot be used, by number, with their reasons.

    :raises TooManyBroken: if they are more than one of a hundred.
    """
    found = lake.engine.arrow(rows.filter(rows[REASON].notnull()).select(ROW, REASON)).to_pylist()
    all_of_them = sorted([*arrived.torn, *((row[ROW], row[REASON]) for row in found)])
    if len(all_of_them) * exact.PPM > arrived.control.rows * MOST_BROKEN_PPM:
        raise TooManyBroken(
            arrived.control.file,
            len(all_of_them),
            arrived.control.rows,
            listed(all_of_them[:EXAMPLES]),
        )
    return all_of_them


def listed(rows: Sequence[tuple[int, str]]) -> str:
    """Return rows and reasons on one line."""
    return "; ".join(f"row {row}: {reason}" for row, reason in rows)


def _value(text: StringValue, field: Field) -> Value:
    if field.type == "string":
        return text
    good = text.re_search(_PATTERNS[field.type])
    return good.ifelse(text, ibis.null("string")).try_cast(field.type)


def _reason(table: Table, field: Field) -> Value:
    value, text = table[field.name], table[f"{field.name}_text"]
    kind = {"int64": "no whole number", "date": "no date"}.get(field.type, "nothing")
    cases = [(text.notnull() & value.isnull(), f"{field.name} is {kind}")]
    if not field.null:
        cases.insert(0, (text.isnull(), f"{field.name} is missing"))
    if field.least is not None:
        cases.append((value < field.least, f"{field.name} is below {field.least}"))
    if field.choices:
        known = f"{field.name} is none of {', '.join(field.choices)}"
        cases.append((value.notin(field.choices), known))
    return ibis.cases(*cases, else_=ibis.null("string"))
