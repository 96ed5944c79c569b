"""The yardstick of the benchmark is fair: it writes what the operation writes, and nothing less."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.db import connection

from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.scope import EVERYWHERE
from qudao.platform.commands.context import Context
from qudao.site import reference
from qudao.site.bench.console import bench
from qudao.site.bench.figures import Figure, line, quantile
from qudao.site.bench.stand import FIRST_OUTLET, fill
from tests.province import assert_sound

TABLES = ("ordering_order", "ordering_dispatch", "ledger_posting", "commands_journal")
OWN = {"seq", "id", "xid", "hold_id", "order_id", "cause", "subject", "request_key", "fingerprint"}
"""Columns that differ from sale to sale."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("offering", "amount", "paid"),
    [
        ("TOPUP", 50_00, 49_60),
        ("BILLPAY", 12_34, 12_34),
        ("DATA1GB", 20_00, 20_00),
        ("SZX18", 0, 0),
    ],
)
def test_it_writes_the_rows_that_a_sale_writes(offering: str, amount: int, paid: int) -> None:
    for _ in reference.load():
        pass
    with connection.cursor() as cursor:
        for script in fill(3):
            cursor.execute(script)
        before = rows()
        cursor.execute(
            "SELECT bench_sell(%s, 13800138000, %s, %s)", [FIRST_OUTLET, amount, offering]
        )
        plain = written(before)

    before = rows()
    clerk = UUID(f"00000000-0000-7002-8000-{FIRST_OUTLET}")
    outlet = OrganizationId(UUID(f"00000000-0000-7000-8000-{FIRST_OUTLET}"))
    grants = frozenset({"ordering.sell"})
    ctx = Context(clerk, "api", datetime.now(UTC), "one", grants, EVERYWHERE)
    sell.one(ctx, Sale(outlet, offering, "13800138000", Money(amount)))
    real = written(before)

    assert [len(plain[table]) for table in TABLES] == [1, 1, 1, 1]
    balance = plain["ledger_posting"][0].pop("source_balance")
    assert real["ledger_posting"][0].pop("source_balance") == balance - paid
    assert plain == real
    assert_sound()


def rows() -> dict[str, set[Any]]:
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            key = "order_id" if table == "ordering_dispatch" else "id"
            cursor.execute(f"SELECT {key} FROM {table}")
            found[table] = {row[0] for row in cursor.fetchall()}
    return found


def written(before: dict[str, set[Any]]) -> dict[str, list[dict[str, Any]]]:
    """The new rows of each table, without what must differ: ids, moments, balances."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            names = [column.name for column in cursor.description]
            found[table] = [
                {name: _plain(name, value) for name, value in row.items() if name not in OWN}
                for values in cursor.fetchall()
                if (row := dict(zip(names, values, strict=True)))
                and row["order_id" if table == "ordering_dispatch" else "id"] not in before[table]
            ]
    return found


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return "a moment"
    if name == "answer":
        facts = json.loads(value)
        return {key: facts[key] for key in facts if key not in ("order", "posting", "balance")}
    return json.loads(value) if name == "arguments" else value


def test_the_benchmarks_are_listed() -> None:
    listed = CliRunner().invoke(bench, ["--list"])
    assert listed.exit_code == 0
    named = {line.split()[0] for line in listed.output.splitlines()}
    assert named >= {"counter", "numbers", "overload", "sales", "soak"}


def test_figures_are_shown_in_columns() -> None:
    assert quantile([1, 2, 3, 4], 50) == 3
    assert quantile([], 99) == 0
    shown = line(Figure("pgbench", 1234.6, 1.5, 20.25, 300.4, 0, 17.2))
    assert shown.split() == [
        "pgbench",
        "1235",
        "1.50",
        "20.25",
        "300",
        "+",
        "0",
        "+",
        "17",
        "(318)",
    ]
