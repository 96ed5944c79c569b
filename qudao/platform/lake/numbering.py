"""Rows get numbers for ever: those whose key an earlier version had keep theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from qudao.platform.lake import exact
from qudao.platform.lake.dataset import FACT, Dataset, fact_base
from qudao.platform.lake.engine import Engine
from qudao.platform.lake.manifests import Manifest

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import IntegerValue


def numbered(
    engine: Engine,
    table: Table,
    one: Dataset,
    branch: str,
    before: tuple[Manifest, ...],
    places: int,
    root: Path,
) -> Table:
    """Give every row its number: the one that its key has had, else the next place."""
    key = list(one.key)
    order = [*(name for name in one.order if name != FACT), *key]
    start = exact.wide(fact_base(date(2000, 1, 1), branch) + places + 1)
    table = table.mutate(_first=_days(table) * exact.wide(1 << 42) + start)
    if not before:
        place = ibis.row_number().over(order_by=[table[name] for name in order])
        return table.mutate(fact=table["_first"] + place.cast("int64")).drop("_first")
    paths = sorted({part.path for manifest in before for part in manifest.parts})
    earlier = engine.scan([root / path for path in paths], one.types)
    known = earlier.group_by(key).agg(_had=earlier[FACT].min())
    joined = table.left_join(known, key).select(*table.columns, "_had")
    place = ibis.row_number().over(
        group_by=joined["_had"].isnull(), order_by=[joined[name] for name in order]
    )
    fact = joined["_had"].coalesce(joined["_first"] + place.cast("int64"))
    return joined.mutate(fact=fact).drop("_first", "_had")


def highest_place(engine: Engine, files: Sequence[Path], one: Dataset) -> int:
    """Return the highest place of these files' rows; 0 where there are none."""
    table = engine.scan(files, one.types)
    place = table[FACT].cast("int64") & ((1 << 28) - 1)
    found = engine.arrow(table.aggregate(place=place.max()))["place"][0].as_py()
    return int(found or 0)


def _days(table: Table) -> IntegerValue:
    """Days since 2000-01-01 of a row's business day."""
    days = table["day"].epoch_days() - date(2000, 1, 1).toordinal() + date(1970, 1, 1).toordinal()
    return exact.wide(days)
