"""Tables that are kept by months: made ahead, taken out, brought back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import psycopg
import pytest
from django.db import connection

from qudao.platform.tables import months
from tests import database

TOY = "toy_month"


def run(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def toy(transactional_db: None) -> Iterator[str]:
    run(
        f"CREATE TABLE {TOY} (id bigint, period date NOT NULL, PRIMARY KEY (period, id))"
        " PARTITION BY RANGE (period)"
    )
    run(f"CREATE TABLE {TOY}_default PARTITION OF {TOY} DEFAULT WITH (fillfactor = 77)")
    before = {one.name for one in months.partitions()}
    yield TOY
    run(f"DROP TABLE {TOY}")
    for one in months.partitions():
        if one.name not in before:
            run(f"DROP TABLE {one.name if one.attached else f'archive.{one.name}'}")
    run("DROP SCHEMA IF EXISTS archive CASCADE")


def own(table: str = TOY) -> dict[str, bool]:
    """Names of its partitions, and whether they are attached; but those of our own days."""
    found = [one for one in months.partitions() if one.table == table]
    return {one.name: one.attached for one in found if one.month is None or one.month.year > 2028}


def test_months_are_made_ahead_with_the_settings_of_default(toy: str) -> None:
    assert toy in months.tables()
    made = months.ensure(date(2031, 11, 20))
    wanted = {f"{toy}_2031_11", f"{toy}_2031_12", f"{toy}_2032_01"}
    assert wanted <= set(made)
    assert set(own()) == {*wanted, f"{toy}_default"}
    options = run("SELECT DISTINCT reloptions FROM pg_class WHERE relname = ANY(%s)", list(wanted))
    assert options == [(["fillfactor=77"],)]
    run(f"INSERT INTO {toy} VALUES (1, '2032-01-01')")
    assert run(f"SELECT tableoid::regclass::text FROM {toy}") == [(f"{toy}_2032_01",)]
    assert months.ensure(date(2031, 11, 30)) == ()


def test_a_history_has_all_its_months(toy: str) -> None:
    months.ensure(date(2031, 2, 3), since=date(2030, 12, 31))
    names = [f"{toy}_{month}" for month in ("2030_12", "2031_01", "2031_02", "2031_03", "2031_04")]
    assert set(own()) == {*names, f"{toy}_default"}


def test_what_fell_into_default_is_moved(toy: str) -> None:
    run(f"INSERT INTO {toy} VALUES (1, '2029-05-01'), (2, '2029-05-01'), (3, '2031-11-01')")
    made = months.ensure(date(2031, 11, 20))
    assert f"{toy}_2029_05" in made
    found = run(f"SELECT id, tableoid::regclass::text FROM {toy} ORDER BY id")
    assert found == [(1, f"{toy}_2029_05"), (2, f"{toy}_2029_05"), (3, f"{toy}_2031_11")]
    assert run(f"SELECT count(*) FROM {toy}_default") == [(0,)]


def test_a_month_goes_and_comes_back_with_what_came_meanwhile(toy: str) -> None:
    months.ensure(date(2031, 11, 20))
    month = date(2031, 11, 1)
    run(f"INSERT INTO {toy} VALUES (1, '2031-11-01'), (2, '2031-12-01')")
    months.detach(month)
    assert run(f"SELECT id FROM {toy}") == [(2,)]
    assert own()[f"{toy}_2031_11"] is False
    run(f"INSERT INTO {toy} VALUES (3, '2031-11-01')")
    assert months.ensure(date(2031, 11, 20)) == (), "what is archived is not made anew"
    months.attach(month)
    assert run(f"SELECT id FROM {toy} ORDER BY id") == [(1,), (2,), (3,)]
    assert own()[f"{toy}_2031_11"] is True
    checks = run(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conname = 'month_proved'"
    )
    assert checks == []


def test_who_reads_long_is_not_pushed_aside_and_nobody_queues_behind(
    toy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report holds the table: detaching gives up each time, and sales get in between."""
    months.ensure(date(2031, 11, 20))
    tried, reported = Event(), Event()

    def pause(seconds: float) -> None:
        tried.set()
        assert reported.wait(30)

    monkeypatch.setattr(months.time, "sleep", pause)
    with psycopg.connect(database.dsn()) as report, ThreadPoolExecutor(1) as pool:
        report.execute(f"SELECT count(*) FROM {toy}")
        running = pool.submit(_detach_apart, date(2031, 11, 1))
        assert tried.wait(30)
        with psycopg.connect(database.dsn(), options="-c lock_timeout=1s") as sale:
            sale.execute(f"INSERT INTO {toy} VALUES (9, '2031-11-01')")
        report.rollback()
        reported.set()
        running.result(30)
    assert run(f"SELECT count(*) FROM {toy}") == [(0,)]
    assert run(f"SELECT id FROM archive.{toy}_2031_11") == [(9,)]


def test_it_ends_when_the_table_is_never_free(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    months.ensure(date(2031, 11, 20))
    monkeypatch.setattr(months, "TRIES", 2)
    monkeypatch.setattr(months, "PAUSE", months.PATIENCE * 0)
    with psycopg.connect(database.dsn()) as report:
        report.execute(f"SELECT count(*) FROM {toy}")
        with pytest.raises(months.TablesInUse):
            months.detach(date(2031, 11, 1))
    assert own()[f"{toy}_2031_11"] is True


def _detach_apart(month: date) -> None:
    try:
        months.detach(month)
    finally:
        connection.close()
