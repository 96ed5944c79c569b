"""
The BOSS's extracts become files of the lake: whole or not at all, broken rows put aside.

What is dropped again for a month supersedes what was there: corrected amounts, late lines.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ibis

from qudao.domain.customer.facts import SUBSCRIBER_EXTRACT, SUBSCRIBERS
from qudao.domain.ordering.facts import SALES
from qudao.domain.saleschannel.facts import OUTLETS, VERDICT_EXTRACT, VERDICTS
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.lake import exact
from qudao.platform.lake.dataset import Dataset
from qudao.platform.lake.extracts import checking
from qudao.platform.lake.extracts.reading import Arrived, read
from qudao.platform.lake.extracts.refused import FOLDER, note
from qudao.platform.lake.extracts.types import (
    CONTROL,
    BrokenRow,
    ExtractTwice,
    Layout,
    OutletsNotExported,
    RowProblem,
)
from qudao.platform.lake.manifests import Manifest
from qudao.platform.lake.store import Lake
from qudao.platform.tables.months import months_on

if TYPE_CHECKING:
    from ibis import Table

TAIL: Final = 18
"""So many months back the sale that opened a line is looked for."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a dropped extract."""

    control: str
    manifest: Manifest | None
    quarantined: int = 0
    refusal: Refusal | None = None


def take(ctx: Context, lake: Lake, drop: Path) -> Iterator[Taken]:
    """
    Load every extract that lies in the drop folder, oldest name first.

    What was loaded moves to its folder `done`, what was refused to `refused`. A control file is
    dropped last: when it is there, its file is whole.
    """
    for control in sorted(drop.glob(f"*{CONTROL}")):
        try:
            manifest = receive(ctx, lake, control)
        except Refusal as refusal:
            note(control, refusal, ctx.at)
            _put_away(ctx, control, FOLDER)
            yield Taken(control.name, None, refusal=refusal)
        else:
            _put_away(ctx, control, "done")
            yield Taken(control.name, manifest, _quarantined(manifest))


def receive(ctx: Context, lake: Lake, control: Path) -> Manifest:
    """
    Load one extract: a new version of the branch's month, and the rows that were put aside.

    :raises ExtractTwice: if the very same file was loaded before, and would now give no more rows.
    :raises OutletsNotExported: if the lake does not have the branch's outlets of that month.
    :raises TotalWrong: if a sum is not what the control file says.
    :raises TooManyBroken: if more than one row of a hundred cannot be used.

    And what `reading.read` refuses: a file that is not what was agreed on.
    """
    arrived = read(control, {name: kind.layout for name, kind in KINDS.items()})
    kind = KINDS[arrived.layout.name]
    month, branch = arrived.control.first, arrived.control.branch
    history = lake.history(kind.dataset, month, branch)
    before = _loaded_before(history, arrived)
    rows = lake.engine.keep(kind.known(lake, arrived), "extract_rows")
    try:
        checking.refuse_wrong_totals(lake, arrived, rows)
        broken = checking.broken(lake, arrived, rows)
        if before and len(broken) >= _quarantined(before):
            raise ExtractTwice(arrived.control.file, str(before.version))
        number = history[-1].number + 1 if history else 1
        aside = _quarantine(lake, arrived, broken, number)
        good = rows.filter(rows[checking.REASON].isnull())
        return lake.write(
            kind.finished(lake, good, month),
            kind.dataset,
            month=month,
            branch=branch,
            at=ctx.at,
            source=f"extract {arrived.control.file}",
            details={
                "sha256": arrived.control.sha256,
                "rows": str(arrived.control.rows),
                "quarantined": str(len(broken)),
                "quarantine": aside,
            },
        )
    finally:
        lake.engine.drop("extract_rows")


def _loaded_before(history: Sequence[Manifest], arrived: Arrived) -> Manifest | None:
    """
    Return the newest version, if it was made of this very file and rows of it were put aside.

    These may be usable by now: outlets are entered late.
    """
    loaded = [one for one in history if one.details.get("sha256") == arrived.control.sha256]
    if not loaded:
        return None
    if loaded[-1] != history[-1] or not _quarantined(loaded[-1]):
        raise ExtractTwice(arrived.control.file, str(loaded[-1].version))
    return loaded[-1]


def _quarantined(manifest: Manifest) -> int:
    """Return how many rows were put aside when an extract became this version."""
    return int(manifest.details["quarantined"])


def _at_outlets(lake: Lake, arrived: Arrived) -> Table:
    """Return the rows with their types, reasons and outlets."""
    month, branch = arrived.control.first, arrived.control.branch
    if not lake.manifests(OUTLETS, months=[month], branches=[branch]):
        raise OutletsNotExported(branch, arrived.control.month)
    # what it is about stays with the outlet, wherever that has moved to
    outlets = lake.read(OUTLETS, months=[month]).select("node_code", "outlet").distinct()
    rows = checking.typed(arrived)
    rows = rows.left_join(outlets, "node_code").select(*rows.columns, "outlet")
    unknown = checking.reason(RowProblem.OUTLET_UNKNOWN, "node_code")
    return checking.with_reason(rows, rows["outlet"].isnull(), unknown)


def _known_lines(lake: Lake, arrived: Arrived) -> Table:
    rows = _at_outlets(lake, arrived)
    end = ibis.literal(months_on(arrived.control.first, 1), "date")
    opened = rows["opened_day"].cast("string")
    for wrong, problem, column, wanted in (
        (rows["opened_day"] >= end, RowProblem.OPENED_LATER, "opened_day", ""),
        (
            rows["activated_day"] < rows["opened_day"],
            RowProblem.ACTIVATED_EARLY,
            "activated_day",
            opened,
        ),
        (rows["activated_day"] >= end, RowProblem.ACTIVATED_LATER, "activated_day", ""),
    ):
        rows = checking.with_reason(rows, wrong, checking.reason(problem, column, wanted))
    return rows


def _finished_lines(lake: Lake, rows: Table, month: date) -> Table:
    return _dated(_with_origin(lake, rows, month), month)


def _known_verdicts(lake: Lake, arrived: Arrived) -> Table:
    rows = _at_outlets(lake, arrived)
    begins = rows["from_day"].cast("string")
    early = checking.reason(RowProblem.ENDS_EARLY, "until_day", begins)
    rows = checking.with_reason(rows, rows["until_day"] <= rows["from_day"], early)
    above = checking.reason(RowProblem.ABOVE, "share_ppm", str(exact.PPM))
    return checking.with_reason(rows, rows["share_ppm"] > exact.PPM, above)


def _finished_verdicts(lake: Lake, rows: Table, month: date) -> Table:
    sales = _sales(lake, months_on(month, 1 - TAIL), month)
    return rows.left_join(sales, "order").select(*rows.columns, "fact")


def _sales(lake: Lake, since: date, month: date) -> Table:
    months = [one for one in lake.months(SALES) if since <= one <= month]
    return lake.read(SALES, months=months).select("order", "fact")


def _with_origin(lake: Lake, rows: Table, month: date) -> Table:
    """Find the sale that opened a line: as the month before knows it, else by the order's id."""
    earlier = [known for known in lake.months(SUBSCRIBERS) if known < month][-1:]
    before = lake.read(SUBSCRIBERS, months=earlier)
    before = before.select("subscriber", before["origin"].name("_before"))
    since = earlier[0] if earlier else months_on(month, 1 - TAIL)
    sales = _sales(lake, since, month)
    joined = rows.left_join(before, "subscriber").select(*rows.columns, "_before")
    joined = joined.left_join(sales, "order").select(*joined.columns, "fact")
    none = exact.wide(0)
    origin = joined["_before"].nullif(none).coalesce(joined["fact"], none)
    return joined.mutate(origin=origin)


def _dated(rows: Table, month: date) -> Table:
    opened = rows["opened_day"]
    months = opened.year().cast("int64") * 12 + opened.month().cast("int64")
    return rows.mutate(age=(exact.wide(month.year * 12 + month.month) - months).cast("int16"))


def _quarantine(lake: Lake, arrived: Arrived, broken: list[BrokenRow], number: int) -> str:
    """Write the rows that were put aside; return where, below the lake's folder."""
    if not broken:
        return ""
    control = arrived.control
    name = f"{control.layout}-{control.month}-{control.branch}-v{number:04}.csv"
    folder = lake.root / "quarantine"
    folder.mkdir(mode=0o750, exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(BrokenRow)])
        writer.writerows(astuple(one) for one in broken)
    return f"quarantine/{name}"


def _put_away(ctx: Context, control: Path, where: str) -> None:
    """Move a control file, and the file of the same name that it came with, out of the way."""
    folder = control.parent / where
    folder.mkdir(mode=0o770, exist_ok=True)
    stem = control.name.removesuffix(CONTROL)
    when = f"{ctx.at:%Y%m%dT%H%M%S}"
    for file in (control, *(control.with_name(stem + suffix) for suffix in (".csv", ".parquet"))):
        if file.is_file():
            file.rename(folder / f"{when}-{file.name}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A sort of extract: its layout, where it goes, and how its rows get there."""

    layout: Layout
    dataset: Dataset
    known: Callable[[Lake, Arrived], Table]
    """The rows with types, outlets, and the reasons why some cannot be used."""
    finished: Callable[[Lake, Table, date], Table]
    """The usable rows with the dataset's columns."""


KINDS: Final = {
    kind.layout.name: kind
    for kind in (
        _Kind(SUBSCRIBER_EXTRACT, SUBSCRIBERS, _known_lines, _finished_lines),
        _Kind(VERDICT_EXTRACT, VERDICTS, _known_verdicts, _finished_verdicts),
    )
}
"""Every extract that was agreed on, by name."""
