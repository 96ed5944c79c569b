"""Who behaves so: outlets of past months whose lines or sales look like a ploy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import ibis

from qudao.domain.commission.rules.gaming import Ploy
from qudao.platform.lake.exact import total, wide

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.store import Lake

LEAST_LINES: Final = 5
LEAST_SALES: Final = 20
LEAST_SHARE_PPM: Final = 300_000
LISTED: Final = 20


def alike(lake: Lake, months: Sequence[date], ploy: Ploy) -> list[dict[str, Any]]:
    """
    Return outlets whose customers' lines (or sales) look like the ploy in past months.

    A line looks so when in no month it pays more than the ploy, and shows nothing any more from the
    month on in which the ploy lets it go. Of at least 5 lines of an outlet at least 30 % must.
    """
    table = _alike_lines(lake, months, ploy) if ploy.lines else _alike_sales(lake, months, ploy)
    least = LEAST_LINES if ploy.lines else LEAST_SALES
    table = table.filter(
        table.alike >= wide(least),
        table.alike * wide(1_000_000) >= table.all * wide(LEAST_SHARE_PPM),
    )
    table = table.order_by(table.alike.desc(), table.outlet).limit(LISTED)
    rows = lake.engine.arrow(table).to_pylist()
    names = _names(lake, months, [row["outlet"] for row in rows])
    return [{**row, **names.get(row["outlet"], {})} for row in rows]


def _alike_lines(lake: Lake, months: Sequence[date], ploy: Ploy) -> Table:
    lines = lake.read("subscribers", months=months)
    lines = lines.filter(lines.age <= len(ploy.spent) + 3)
    most = ibis.cases(
        *((lines.age == age, wide(spent)) for age, spent in enumerate(ploy.spent)),
        else_=wide(0),
    )
    gone = lines.age >= len(ploy.spent)
    same = (lines.collected <= most) & (~gone | (lines.calls == 0))
    each = lines.mutate(same=same.ifelse(wide(1), wide(0))).group_by("outlet", "subscriber")
    found = each.agg(alike=ibis._.same.min())
    return found.group_by("outlet").agg(all=wide(found.count()), alike=total(found.alike))


def _alike_sales(lake: Lake, months: Sequence[date], ploy: Ploy) -> Table:
    sales = lake.read("sales", months=months)
    sales = sales.filter(sales.business == ploy.business)
    small = (sales.amount <= ploy.amount).ifelse(wide(1), wide(0))
    found = sales.mutate(small=small)
    return found.group_by("outlet").agg(all=wide(found.count()), alike=total(found.small))


def _names(lake: Lake, months: Sequence[date], outlets: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not outlets:
        return {}
    table = lake.read("outlets", months=months)
    table = table.filter(table.outlet.isin(outlets)).order_by("until_day")
    found = lake.engine.arrow(table.select("outlet", "node_code", "branch", "kind", "star"))
    return {row.pop("outlet"): row for row in found.to_pylist()}
