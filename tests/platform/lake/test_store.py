"""Versions, pins, numbers: the same on every engine."""

import shutil
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qudao.platform.lake.dataset import BRANCH, MONTH, Column, Dataset, day_of, fact_number
from qudao.platform.lake.engine import Engine, connect
from qudao.platform.lake.manifests import Inputs, Manifest, inputs_from, to_json
from qudao.platform.lake.refusals import (
    NotTheDataset,
    VersionChanged,
    VersionMissing,
    VersionTaken,
)
from qudao.platform.lake.store import Lake
from tests.lakes import DUCKDB_URL, SPARK

OCTOBER = date(2026, 10, 1)
AT = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)

THINGS = Dataset(
    "things",
    (
        Column("fact", "int64"),
        Column("day", "date"),
        MONTH,
        BRANCH,
        Column("outlet", "int32"),
        Column("amount", "int64", total=True),
        Column("note", "string", null=True),
        Column("code", "string"),
    ),
    key=("code",),
    order=("outlet", "fact"),
    numbered=True,
)


def things(*rows: tuple[str, int, int], day: int = 1) -> Any:
    """A table of (code, outlet, amount) of one day."""
    return ibis.memtable(
        pa.table(
            {
                "code": [row[0] for row in rows],
                "outlet": pa.array([row[1] for row in rows], pa.int32()),
                "amount": pa.array([row[2] for row in rows], pa.int64()),
                "note": pa.array([None if row[2] < 0 else "is ’good’" for row in rows]),
                "day": [OCTOBER + timedelta(days=day - 1)] * len(rows),
            },
            schema=pa.schema(
                {
                    "code": pa.string(),
                    "outlet": pa.int32(),
                    "amount": pa.int64(),
                    "note": pa.string(),
                    "day": pa.date32(),
                }
            ),
        )
    )


def write(lake: Lake, table: Any, *, branch: str = "4101", **more: Any) -> Manifest:
    return lake.write(table, THINGS, month=OCTOBER, branch=branch, at=AT, source="test", **more)


def held(lake: Lake, **more: Any) -> dict[str, dict[str, Any]]:
    rows = lake.engine.arrow(lake.read(THINGS, **more)).to_pylist()
    found = {row["code"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_version_is_written_read_and_superseded(lake: Lake) -> None:
    first = write(lake, things(("b", 2, 100), ("a", 3, -7), ("c", 1, 2**53 + 1)))
    before = held(lake)
    assert (first.number, first.rows, first.totals) == (1, 3, {"amount": 2**53 + 94})
    assert before["c"]["amount"] == 2**53 + 1
    assert (before["a"]["note"], before["b"]["note"]) == (None, "is ’good’")
    assert {row["month"] for row in before.values()} == {OCTOBER}
    # numbered in the order of outlets, and then for ever
    assert [before[code]["fact"] for code in "cba"] == [
        fact_number(OCTOBER, "4101", place) for place in (1, 2, 3)
    ]

    second = write(lake, things(("a", 3, -8), ("d", 1, 5), ("c", 1, 1)))

    after = held(lake)
    assert (second.number, second.supersedes, second.rows) == (2, 1, 3)
    assert {code: after[code]["fact"] for code in "ac"} == {
        code: before[code]["fact"] for code in "ac"
    }
    assert after["d"]["fact"] == fact_number(OCTOBER, "4101", 4)
    assert day_of(after["d"]["fact"]) == OCTOBER

    third = write(lake, things(("b", 2, 100), ("e", 1, 1)))
    again = held(lake)
    assert again["b"]["fact"] == before["b"]["fact"], "it had a number two versions ago"
    assert again["e"]["fact"] == fact_number(OCTOBER, "4101", 5), "no number is given twice"
    assert third.places == 5


def test_a_day_is_replaced_and_the_others_are_kept(
    duckdb_lake: Lake,
) -> None:
    lake = duckdb_lake
    days = [date(2026, 10, 1), date(2026, 10, 2)]
    write(lake, things(("a", 1, 1), ("b", 2, 2)), day=days[0])
    write(lake, things(("c", 1, 4), day=2), day=days[1])
    old = held(lake)

    manifest = write(lake, things(("a", 1, 1), ("d", 1, 8)), day=days[0])

    new = held(lake)
    assert set(new) == {"a", "c", "d"} and manifest.totals == {"amount": 13}
    assert {part.day for part in manifest.parts} == set(days)
    assert new["a"]["fact"] == old["a"]["fact"] and new["c"]["fact"] == old["c"]["fact"]
    assert len({row["fact"] for row in [*old.values(), new["d"]]}) == 4


def test_what_was_pinned_is_read_again_whatever_comes_after(
    duckdb_lake: Lake,
) -> None:
    lake = duckdb_lake
    write(lake, things(("a", 1, 1)))
    write(lake, things(("z", 9, 9)), branch="4103")
    pinned = lake.pin(OCTOBER, names=[])
    for manifest in lake.manifests(THINGS):
        pinned |= Inputs(tuple(lake_input(manifest)))
    kept = inputs_from(to_json(pinned))
    write(lake, things(("a", 1, 2), ("b", 1, 3)))

    assert kept == pinned and kept.digest == pinned.digest
    assert {code: row["amount"] for code, row in held(lake, versions=kept).items()} == {
        "a": 1,
        "z": 9,
    }
    assert set(held(lake, branches=["4103"])) == {"z"}
    assert held(lake, months=[date(2026, 9, 1)]) == {}


def lake_input(manifest: Manifest) -> Any:
    from qudao.platform.lake.manifests import Input

    yield Input(manifest.version, manifest.digest)


def test_files_are_sorted_by_outlet(
    duckdb_lake: Lake,
) -> None:
    lake = duckdb_lake
    manifest = write(lake, things(*((f"c{n}", 100 - n % 50, n) for n in range(300))))
    (part,) = manifest.parts
    outlets = pq.read_table(lake.root / part.path)["outlet"].to_pylist()
    assert outlets == sorted(outlets) and len(outlets) == 300


def test_other_columns_are_refused_and_nothing_is_left(
    duckdb_lake: Lake,
) -> None:
    lake = duckdb_lake
    with pytest.raises(NotTheDataset) as refused:
        write(lake, things(("a", 1, 1)).drop("amount"))
    assert "amount" in refused.value.problem
    with pytest.raises(NotTheDataset) as refused:
        write(lake, things(("a", 1, 1)).mutate(amount=ibis.null("int64")))
    assert "amount" in refused.value.problem
    assert lake.manifests(THINGS) == ()
    assert list(lake.root.glob("things/*/*/*")) == []


def test_postgresqls_rows_are_read_as_they_are(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text('1,2026-10-05,"a ""b"", c\nd",河南\n-2,,,\n9007199254740993,2026-01-01,x,y\n')
    types = {"n": "int64", "day": "date", "text": "string", "more": "string"}
    found = engine.arrow(engine.text(file, types).order_by("n")).to_pylist()
    assert found == [
        {"n": -2, "day": None, "text": None, "more": None},
        {"n": 1, "day": date(2026, 10, 5), "text": 'a "b", c\nd', "more": "河南"},
        {"n": 9007199254740993, "day": date(2026, 1, 1), "text": "x", "more": "y"},
    ]


@SPARK
def test_both_engines_write_the_same_content(
    duckdb_engine: Engine, spark_engine: Engine, tmp_path: Path
) -> None:
    rows = [(f"c{n}", n % 7, n * n - 50) for n in range(100)]
    found = set()
    for name, engine in (("duckdb", duckdb_engine), ("spark", spark_engine)):
        (tmp_path / name).mkdir()
        lake = Lake(tmp_path / name, engine)
        write(lake, things(*rows))
        write(lake, things(*rows[10:], ("new", 1, 1)))
        found.add(lake.fingerprint(lake.read(THINGS)))
    # and one reads what the other has written
    other = Lake(tmp_path / "spark", duckdb_engine)
    found.add(other.fingerprint(other.read(THINGS)))
    assert len(found) == 1


def test_a_fingerprint_is_of_the_content(duckdb_lake: Lake) -> None:
    def of(*rows: tuple[str, int, int]) -> str:
        return duckdb_lake.fingerprint(things(*rows))

    one = of(("a", 1, 1), ("b", 2, -2))
    assert one == of(("b", 2, -2), ("a", 1, 1))
    others = {
        of(("a", 1, 1)),
        of(("a", 1, 1), ("b", 2, 2)),
        of(("a", 2, 1), ("b", 1, -2)),
        of(("a", 1, 1), ("b", 2, -2), ("b", 2, -2)),
        of(),
    }
    assert one not in others and len(others) == 5


def test_a_pinned_file_that_was_altered_or_lost_is_not_read(duckdb_lake: Lake) -> None:
    lake = duckdb_lake
    first = write(lake, things(("a", 1, 1)))
    (wanted,) = lake_input(first)
    pinned = Inputs((wanted,))
    manifest = lake.root / Path(first.parts[0].path).parent / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows": 1', '"rows": 2'))
    with pytest.raises(VersionChanged):
        lake.read(THINGS, versions=pinned)
    manifest.unlink()
    with pytest.raises(VersionMissing):
        lake.read(THINGS, versions=pinned)


def test_what_a_killed_process_left_is_swept_and_never_read(duckdb_lake: Lake) -> None:
    lake = duckdb_lake
    version = lake.root / Path(write(lake, things(("a", 1, 1))).parts[0].path).parent
    left = version.with_name(".v0002-1-abc")
    shutil.copytree(version, left)
    now = datetime.now(UTC)

    assert set(held(lake)) == {"a"} and lake.pin(OCTOBER, names=[]).versions == ()
    assert lake.sweep(now - timedelta(days=1)) == 0 and left.exists()
    assert lake.sweep(now + timedelta(days=1)) == 1 and not left.exists()
    assert set(held(lake)) == {"a"}


def test_of_those_who_write_at_once_each_has_a_version_or_a_refusal(tmp_path: Path) -> None:
    answers: list[int | VersionTaken] = []
    start = threading.Barrier(4)

    def run(code: str) -> None:
        lake = Lake(tmp_path, connect(DUCKDB_URL))
        start.wait()
        try:
            answers.append(write(lake, things((code, 1, 1))).number)
        except VersionTaken as refusal:
            answers.append(refusal)
        lake.engine.close()

    threads = [threading.Thread(target=run, args=(code,)) for code in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = [one for one in answers if isinstance(one, int)]
    assert len(answers) == 4 and sorted(numbers) == list(range(1, len(numbers) + 1))
    lake = Lake(tmp_path, connect(DUCKDB_URL))
    assert [one.number for one in lake.history(THINGS, OCTOBER, "4101")] == sorted(numbers)
    assert all(not path.name.startswith(".") for path in tmp_path.glob("things/*/*/*"))
    lake.engine.close()
