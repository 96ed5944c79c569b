"""A made-up month is a month: the same for the same seed, and all its parts fit together."""

from datetime import date
from pathlib import Path

from qudao.platform.lake.dataset import datasets
from qudao.platform.lake.engine import Engine
from qudao.platform.lake.store import Lake
from qudao.site.bench.lake_month import make_month

MONTH = date(2026, 2, 1)
NAMES = ("sales", "reversals", "outlets", "subscribers", "verdicts")


def made(engine: Engine, root: Path, seed: int) -> Lake:
    root.mkdir()
    lake = Lake(root, engine)
    # three hundred thousand in the province; the smallest branch has eight of a thousand
    make_month(lake, MONTH, facts=300_000, earlier=1, branches=("4190",), seed=seed)
    return lake


def content(lake: Lake) -> dict[str, str]:
    return {name: lake.fingerprint(lake.read(name)) for name in NAMES}


def test_a_month_follows_from_its_seed(duckdb_engine: Engine, tmp_path: Path) -> None:
    one = content(made(duckdb_engine, tmp_path / "one", seed=1))
    assert one == content(made(duckdb_engine, tmp_path / "again", seed=1))
    other = content(made(duckdb_engine, tmp_path / "other", seed=2))
    assert all(one[name] != other[name] for name in NAMES if name != "verdicts")


def test_its_parts_fit_together(duckdb_engine: Engine, tmp_path: Path) -> None:
    lake = made(duckdb_engine, tmp_path / "one", seed=1)
    rows = {name: lake.engine.arrow(lake.read(name)).to_pylist() for name in NAMES}
    sales = {row["fact"]: row for row in rows["sales"]}
    outlets = {row["outlet"] for row in rows["outlets"]}

    assert len(sales) == len(rows["sales"]) == 2400
    assert {row["branch"] for row in rows["sales"]} == {"4190"}
    assert {row["day"] for row in rows["sales"]} == {date(2026, 2, day) for day in range(1, 29)}
    assert {row["outlet"] for row in rows["sales"]} <= outlets
    assert list(sales) == [
        row["fact"] for row in sorted(rows["sales"], key=lambda row: (row["outlet"], row["fact"]))
    ]
    for row in rows["reversals"]:
        assert sales[row["fact"]]["amount"] == row["amount"]
    now = [row for row in rows["subscribers"] if row["month"] == MONTH]
    opened = {row["fact"] for row in rows["sales"] if row["business"] == "account_opening"}
    assert {row["origin"] for row in now if row["age"] == 0} == opened
    assert all(
        row["age"] == (MONTH.year - row["opened_day"].year) * 12 + 2 - row["opened_day"].month
        for row in now
    )
    before = {row["subscriber"] for row in rows["subscribers"] if row["month"] < MONTH}
    assert before == {row["subscriber"] for row in now if row["age"] > 0}
    assert set(datasets) >= set(NAMES)
