"""
What must hold for the hot tables to be spread over machines by `home` and over months by `period`:
asked of the database's catalogue, and of the plans that it really makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.db import connection, transaction

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.ports import Completed
from qudao.domain.ordering.types import Sale
from qudao.kernel.money import Money
from qudao.platform.tables import months
from tests.province import NOON, Province

DISTRIBUTED: Final = (
    "care_interaction",
    "commands_journal",
    "ledger_balance",
    "ledger_carried",
    "ledger_posting",
    "ordering_dispatch",
    "ordering_order",
)
"""Tables whose rows lie at a home. All others are small enough to be everywhere (docs/scale.md)."""

BY_MONTHS: Final = ("care_interaction", "commands_journal", "ledger_posting", "ordering_order")

OF_ALL_HOMES: Final = {
    "ledger_carry": "a month goes at every home: each node carries its own",
    "commands_claim": "commands of people, not sales: a person's key is looked for at every home",
    "resource_reserve": "the hold of a number is no sale: its journal row has the empty home",
    "ordering_claim/ordering_dispatch": "each node has a queue of its own homes",
    "ordering_beat/ordering_dispatch": "the same queue",
    "ordering_backlog/ordering_dispatch": "the same queue",
    "ordering_settle.open": "the BOSS knows an order by its id alone: the queue says where it lies",
}
"""Looks that name no home, and why they may."""


def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def keys_without(column: str, tables: tuple[str, ...]) -> list[str]:
    """The primary and unique keys, partitions' own included, that do not hold a column."""
    return [
        row[0]
        for row in run(
            """
            SELECT format('%%s of %%s', i.indexrelid::regclass, i.indrelid::regclass)
            FROM pg_index i
            WHERE i.indisunique AND (
                i.indrelid = ANY(%s::regclass[]) OR i.indrelid IN (
                    SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY(%s::regclass[])))
              AND NOT EXISTS (
                SELECT FROM pg_attribute a
                WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname = %s)
            ORDER BY 1
            """,
            list(tables),
            list(tables),
            column,
        )
    ]


def foreign_keys_without_home(tables: tuple[str, ...]) -> list[str]:
    """Foreign keys between two distributed tables that may point to another home."""
    return [
        row[0]
        for row in run(
            """
            SELECT format('%%s of %%s', c.conname, c.conrelid::regclass) FROM pg_constraint c
            WHERE c.contype = 'f' AND c.conrelid = ANY(%s::regclass[])
              AND c.confrelid = ANY(%s::regclass[])
              AND NOT EXISTS (
                SELECT FROM generate_subscripts(c.conkey, 1) n
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[n]
                JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[n]
                WHERE a.attname = 'home' AND b.attname = 'home')
            ORDER BY 1
            """,
            list(tables),
            list(tables),
        )
    ]


def uses_without_home(function: str, source: str) -> list[str]:
    """The places of a function's SQL that read or change a distributed table at no home."""
    source = re.sub(r"--[^\n]*", "", source)
    wrong = []
    for part, statement in _parts(source):
        for use in re.finditer(
            rf"\b(FROM|JOIN|UPDATE|USING|INTO)\s+({'|'.join(DISTRIBUTED)})\b"
            r"(?:\s+(?:AS\s+)?(?!ON\b|SET\b|WHERE\b|USING\b|ORDER\b)([a-z_]\w*))?",
            statement,
        ):
            keyword, table, alias = use.groups()
            if keyword == "INTO":
                columns = statement[use.end() :].partition(")")[0]
                named = re.search(r"\bhome\b", columns)
            else:
                named = re.search(rf"\b{alias}\.home\b\s*(=|IN\b)|=\s*{alias}\.home\b", statement)
                if alias is None or f"{alias}.home" not in statement:
                    bare = re.search(r"(?<![.\w])home\s*(=|IN\b)", statement[use.end() :])
                    named = named or (bare if alias is None else None)
            allowed = {function, f"{function}.{part}", f"{function}/{table}"} & OF_ALL_HOMES.keys()
            if not named and not allowed:
                wrong.append(f"{function}.{part}: {keyword} {table}")
    return wrong


def _parts(source: str) -> Iterator[tuple[str, str]]:
    """A function's statements, and of each the parts of its WITH clause, by name."""
    for statement in source.split(";"):
        pieces = re.split(
            r"(?:\bWITH|,)\s+(\w+)\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", statement
        )
        into = re.search(r"(?<!INSERT )\bINTO\s+(\w+)", statement)
        yield (into.group(1) if into else "body"), pieces[0]
        yield from zip(pieces[1::2], pieces[2::2], strict=True)


def functions() -> dict[str, str]:
    """The SQL functions that touch a distributed table: name → source."""
    found = run(
        """
        SELECT p.proname, p.prosrc FROM pg_proc p
        JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
        WHERE p.pronamespace = current_schema()::regnamespace AND p.prosrc ~ %s
        """,
        rf"\m({'|'.join(DISTRIBUTED)})\M",
    )
    return dict(found)


@pytest.mark.usefixtures("db")
class TestKeys:
    def test_every_key_of_a_distributed_table_holds_its_home(self) -> None:
        assert keys_without("home", DISTRIBUTED) == []

    def test_every_key_of_a_table_that_is_kept_by_months_holds_the_month(self) -> None:
        assert months.tables() == BY_MONTHS
        assert keys_without("period", BY_MONTHS) == []

    def test_foreign_keys_stay_at_home(self) -> None:
        assert foreign_keys_without_home(DISTRIBUTED) == []

    def test_homes_compare_by_octets(self) -> None:
        """As keys they must sort alike on every machine, whatever its locale."""
        found = run(
            """
            SELECT a.attrelid::regclass::text, c.collname FROM pg_attribute a
            JOIN pg_collation c ON c.oid = a.attcollation
            WHERE a.attrelid = ANY(%s::regclass[]) AND a.attname = 'home' AND a.attnotnull
            ORDER BY 1
            """,
            list(DISTRIBUTED),
        )
        assert found == [(table, "C") for table in DISTRIBUTED]

    def test_a_key_without_home_is_found(self) -> None:
        """A table that does it wrongly, so that the tests above are known to see it."""
        run("CREATE TABLE toy (id int PRIMARY KEY, home text, code text, UNIQUE (home, code))")
        run(
            "CREATE TABLE toy_child (id int, home text, toy int REFERENCES toy (id),"
            " PRIMARY KEY (id, home))"
        )
        assert keys_without("home", ("toy", "toy_child")) == ["toy_pkey of toy"]
        assert foreign_keys_without_home(("toy", "toy_child")) == [
            "toy_child_toy_fkey of toy_child"
        ]
        run("CREATE UNIQUE INDEX toy_code ON toy (code)")
        assert keys_without("home", ("toy",)) == ["toy_code of toy", "toy_pkey of toy"]

    def test_a_key_of_a_single_month_is_found(self) -> None:
        name = next(one.name for one in months.partitions() if one.table == "ordering_order")
        run(f"CREATE UNIQUE INDEX astray ON {name} (id)")
        assert keys_without("home", BY_MONTHS) == [f"astray of {name}"]


@pytest.mark.usefixtures("db")
class TestFunctions:
    def test_every_look_at_a_distributed_table_names_a_home(self) -> None:
        found = functions()
        assert {"ordering_sell", "ordering_settle", "ordering_claim", "ledger_resolve"} <= set(
            found
        )
        wrong = [use for name, source in found.items() for use in uses_without_home(name, source)]
        assert wrong == []

    @pytest.mark.parametrize(
        ("source", "wrong"),
        [
            ("SELECT 1 FROM ordering_order o WHERE o.id = k", ["body: FROM ordering_order"]),
            ("SELECT 1 FROM ordering_order o WHERE o.id = k AND o.home = h", []),
            ("SELECT 1 FROM x JOIN ledger_posting p ON p.id = x.id AND p.home = x.home", []),
            ("SELECT 1 FROM x JOIN ledger_posting p ON p.id = x.id", ["body: JOIN ledger_posting"]),
            ("DELETE FROM ledger_carried WHERE period = m", ["body: FROM ledger_carried"]),
            ("DELETE FROM ledger_carried WHERE home = ANY(hs)", []),
            ("INSERT INTO commands_journal (id, at) SELECT 1, 2", ["body: INTO commands_journal"]),
            ("INSERT INTO commands_journal (id, home) SELECT 1, 2", []),
            (
                "WITH a AS (SELECT 1 FROM x), b AS MATERIALIZED (UPDATE ledger_balance z SET q = 1)"
                " SELECT 1",
                ["b: UPDATE ledger_balance"],
            ),
        ],
    )
    def test_the_reader_of_functions_sees(self, source: str, wrong: list[str]) -> None:
        assert uses_without_home("f", source) == [f"f.{use}" for use in wrong]


@contextmanager
def explained() -> Iterator[list[dict[str, Any]]]:
    """While inside, gather the plan of every statement, those inside functions included."""
    plans: list[dict[str, Any]] = []

    def take(diagnosis: Any) -> None:
        text = diagnosis.message_primary or ""
        if "plan:" in text:
            plans.append(json.loads(text.partition("plan:")[2]))

    with connection.cursor() as cursor:
        cursor.execute("LOAD 'auto_explain'")
        for name, value in (
            ("log_min_duration", "0"),
            ("log_analyze", "on"),
            ("log_timing", "off"),
            ("log_format", "json"),
            ("log_nested_statements", "on"),
            ("log_level", "notice"),
        ):
            cursor.execute(f"SET auto_explain.{name} = '{value}'")
    connection.connection.add_notice_handler(take)
    try:
        yield plans
    finally:
        connection.connection.remove_notice_handler(take)
        with connection.cursor() as cursor:
            cursor.execute("SET auto_explain.log_min_duration = -1")


def scans(plan: Any) -> Iterator[tuple[str, bool]]:
    """The tables that a plan reads, each with whether it really did."""
    if isinstance(plan, list):
        for one in plan:
            yield from scans(one)
    elif isinstance(plan, dict):
        if "Relation Name" in plan and plan.get("Node Type") != "ModifyTable":
            yield plan["Relation Name"], plan.get("Actual Loops", 0) > 0
        for value in plan.values():
            yield from scans(value)


class TestPlans:
    @pytest.fixture
    def old_months(self, province: Province) -> None:
        """Months before and after the sale's."""
        with transaction.atomic():
            run("SET CONSTRAINTS ALL IMMEDIATE")
            months.ensure(NOON.date(), since=date(2026, 5, 1))

    @pytest.mark.usefixtures("old_months")
    def test_sale_and_settlement_read_their_own_month_only(self, province: Province) -> None:
        if not run("SELECT current_setting('is_superuser')::bool")[0][0]:
            pytest.skip("plans are gathered by a module that only a superuser may load")
        province.pay_in(province.agent, Money(10_000_00))
        before = {one.name for one in months.partitions() if one.month != date(2026, 11, 1)}
        assert {"ordering_order_2026_05", "ordering_order_2026_10"} <= before
        run("ANALYZE")
        # Of tables known to be empty any plan will do; of those that nobody has looked at, rows are
        # expected, as other months have them.
        run("UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relname = ANY(%s)", [*before])
        with explained() as plans:
            for nth in range(7):  # the generic plan, and it again
                at = NOON + timedelta(seconds=nth)
                sale = Sale(province.agent, "TOPUP", "13800138000", Money(10_00))
                sell.one(province.clerk(at=at), sale)
            to_send, _ = ordering.claim(
                province.system(NOON + timedelta(seconds=9)), most=9, lease=timedelta(minutes=1)
            )
            ordering.settle(
                province.system(NOON + timedelta(seconds=10)),
                outcomes=[Completed(order.order, "B") for order in to_send],
            )
        assert len(to_send) == 7
        texts = [plan.get("Query Text", "") for plan in plans]
        assert any("ordering_sell" in text for text in texts)
        assert any("WITH answer" in text for text in texts), "statements inside functions, too"
        hot = [plan for plan in plans if not plan["Query Text"].startswith('SELECT "')]
        read = {
            (name, plan["Query Text"][:60])
            for plan in hot
            for name, really in scans(plan)
            if really and name in before
        }
        assert read == set()
