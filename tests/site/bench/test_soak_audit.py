"""The audit after a soak finds what it is there to find."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from psycopg import Connection, connect

from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.scope import EVERYWHERE
from qudao.platform.commands.context import Context
from qudao.site import reference
from qudao.site.bench.soak_audit import audit
from qudao.site.bench.stand import FIRST_OUTLET, Stand, fill
from qudao.site.bench.suspensions import Window
from tests.database import dsn

RUN = "soak-1"


class _Here(Stand):
    """A stand whose server is the tests' own."""

    def connect(self) -> Connection[tuple[object, ...]]:
        return connect(dsn(), autocommit=True)


@pytest.fixture
def sold(transactional_db: None) -> list[Sold]:
    """Three sales of the first outlet."""
    for _ in reference.load():
        pass
    with connection.cursor() as cursor:
        for script in fill(3):
            cursor.execute(script)
    clerk = UUID(f"00000000-0000-7002-8000-{FIRST_OUTLET}")
    outlet = OrganizationId(UUID(f"00000000-0000-7000-8000-{FIRST_OUTLET}"))
    grants = frozenset({"ordering.sell"})
    at = datetime.now(UTC)
    yield [
        sell.one(
            Context(clerk, "api", at, f"api:{RUN}-{n}", grants, EVERYWHERE),
            Sale(outlet, "TOPUP", "13800138000", Money(50_00)),
        )
        for n in range(3)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP FUNCTION bench_sell; DROP TABLE bench_offer;"
            " DROP FUNCTION bench_id, bench_prefix, bench_token"
        )


def told(sales: list[Sold]) -> list[list[str]]:
    return [
        [
            *(str(one.order), f"{RUN}-{n}", one.number),
            *(str(money.minor) for money in (one.amount, one.debit, one.balance)),
            *("1", str(1000 + n), str(1010 + n)),
        ]
        for n, one in enumerate(sales)
    ]


def found(
    tmp_path: Path, rows: list[list[str]], windows: list[Window], effects: list[str]
) -> tuple[dict[str, int], list[str], dict[str, int]]:
    log, books = tmp_path / "told.tsv", tmp_path / "boss.sqlite3"
    log.write_text("".join("\t".join(row) + "\n" for row in rows))
    db = sqlite3.connect(books)
    db.execute("CREATE TABLE effect (external_id TEXT)")
    db.executemany("INSERT INTO effect VALUES (?)", [(one,) for one in effects])
    db.commit()
    db.close()
    checks, unsound, facts = audit(_Here(None, 3), log, RUN, windows, books)  # type: ignore[arg-type]
    return {name: count for name, count in checks.items() if count}, unsound, facts


def test_nothing_is_found_where_all_is_well(sold: list[Sold], tmp_path: Path) -> None:
    window = Window(1, 2000, 3000)
    wrong, unsound, facts = found(tmp_path, told(sold), [window], [])
    assert wrong == {} and unsound == []
    assert facts["acknowledged"] == 3 and facts["sold_without_an_answer_that_came"] == 0


def test_each_fault_is_found(sold: list[Sold], tmp_path: Path) -> None:
    rows = told(sold)
    rows[0][5] = str(int(rows[0][5]) + 1)  # another balance than the one that was booked
    rows[2] = [str(UUID(int=5)), *rows[2][1:]]  # an order that is not there
    rows.append(list(rows[1]))  # the same twice
    window = Window(1, 1000, 1050)
    effects = [str(sold[1].order)] * 2
    wrong, unsound, facts = found(tmp_path, rows, [window], effects)
    assert unsound == []
    assert {name.partition(":")[0].partition(",")[0]: count for name, count in wrong.items()} == {
        "acknowledged twice": 2,
        "acknowledged": 1,
        "acknowledged with other figures than the order's": 1,
        "acknowledged without exactly one row in the journal": 1,
        "sold from a stale snapshot": 3,
        "done more than once by the BOSS": 1,
        "done by the BOSS": 1,
    }
    assert facts["suspensions"] == 1
