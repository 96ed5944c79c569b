"""An installation with data gets tables that are kept by months, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from qudao.domain.ledger import queries as ledger
from qudao.domain.ordering import queries as ordering
from tests import database

BEFORE = (("ordering", "0003"), ("commands", "0002"), ("wallet", "0001"), ("ledger", "0002"))
SPARE = "test_qudao_upgrade"

# A branch with its accounts, an outlet with a wallet. In February a sale that was completed and
# taken back in March, and one that failed; in March one that was completed, of which one reversal
# was refused and another is on its way; and an open one.
DATA = """
CREATE FUNCTION uid(n int) RETURNS uuid LANGUAGE sql AS
    $$ SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
INSERT INTO party_organization
    (id, kind, code, name_zh, name_en, path, division_code, created_at, parent_id)
VALUES (uid(1), 'group', 'CN', '集团', 'Group', 'CN', '', now(), NULL),
       (uid(2), 'province', '41', '省', 'Province', 'CN.41', '', now(), uid(1)),
       (uid(3), 'branch', '4101', '市', 'Branch', 'CN.41.4101', '', now(), uid(2)),
       (uid(4), 'county', '410105', '县', 'County', 'CN.41.4101.410105', '', now(), uid(3)),
       (uid(5), 'outlet', '5000', '店', 'Shop', 'CN.41.4101.410105.5000', '', now(), uid(4)),
       (uid(6), 'outlet', '6000', '厅', 'Hall', 'CN.41.6000', '', now(), uid(2));
INSERT INTO ledger_account (id, asset, kind, owner, limited, opened_at)
VALUES (uid(11), 'CNY', 'bank', uid(3), false, now()),
       (uid(12), 'CNY', 'in_flight', uid(3), false, now()),
       (uid(13), 'CNY', 'collected', uid(3), false, now()),
       (uid(14), 'CNY', 'wallet', uid(5), true, now()),
       (uid(15), 'CNY', 'wallet', uid(6), true, now()),
       (uid(16), 'CNY', 'suspense', NULL, false, now());
INSERT INTO ledger_balance (account_id, balance, floor, frozen, day, day_out)
VALUES (uid(14), 9500, 0, false, '2026-03-02', 500), (uid(15), 0, 0, false, '2026-03-02', 0);
INSERT INTO wallet_wallet
    (outlet_id, account_id, in_flight_id, collected_id, low_balance, opened_at)
VALUES (uid(5), uid(14), uid(12), uid(13), 0, now()), (uid(6), uid(15), uid(12), uid(13), 0, now());
INSERT INTO catalog_offering (id, code, business, created_at)
VALUES (uid(21), 'TOPUP', 'top_up', now());
INSERT INTO catalog_offering_version
    (id, offering_id, number, valid_from, name_zh, name_en, description_zh, description_en, step,
     chips, boss_product_code, eligibility, attributes)
VALUES (uid(22), uid(21), 1, now(), '充值', 'Top-up', '', '', 1, '{}', '', '{}', '{}');
INSERT INTO ledger_posting
    (id, at, business_date, source_id, target_id, amount, phase, resolves_id, kind, cause,
     source_balance, target_balance)
SELECT p.id, p.at::timestamptz, p.at::date, uid(p.source), uid(p.target), p.amount, p.phase,
       p.resolves, p.kind, uid(p.cause), p.source_balance, p.target_balance
FROM (VALUES
    (1, '2026-02-10 04:00Z', 11, 14, 10500, 'single', NULL, 'pay_in', 5, NULL, 10500),
    (2, '2026-02-28 04:00Z', 14, 12, 1000, 'pending', NULL, 'top_up', 31, 9500, NULL),
    (3, '2026-02-28 04:01Z', 12, 13, 1000, 'post', 2, 'top_up', 31, NULL, NULL),
    (4, '2026-02-28 05:00Z', 14, 12, 700, 'pending', NULL, 'top_up', 32, 8800, NULL),
    (5, '2026-03-01 04:00Z', 12, 14, 700, 'void', 4, 'top_up', 32, NULL, 9500),
    (6, '2026-03-01 05:00Z', 13, 14, 1000, 'reverse', 3, 'top_up', 31, NULL, 10500),
    (7, '2026-03-02 04:00Z', 14, 12, 500, 'pending', NULL, 'top_up', 34, 10000, NULL),
    (8, '2026-03-02 04:01Z', 12, 13, 500, 'post', 7, 'top_up', 34, NULL, NULL),
    (9, '2026-03-02 05:00Z', 14, 12, 500, 'pending', NULL, 'top_up', 37, 9500, NULL)
) p(id, at, source, target, amount, phase, resolves, kind, cause, source_balance, target_balance);
SELECT setval(pg_get_serial_sequence('ledger_posting', 'id'), 9);
INSERT INTO ordering_order
    (id, outlet_id, actor, channel, business, version_id, msisdn, amount, debit, state, ordered_at,
     business_date, settled_at, hold_id, post_id, reverses_id)
SELECT uid(o.id), uid(5), uid(99), 'api', 'top_up', uid(22), '13800138000', o.amount, o.amount,
       o.state, o.at::timestamptz, o.at::date,
       CASE WHEN o.state <> 'acknowledged' THEN now() END, o.hold, o.post, uid(o.reverses)
FROM (VALUES
    (31, 1000, 'cancelled', '2026-02-28 04:00Z', 2, 3, NULL),
    (32, 700, 'failed', '2026-02-28 05:00Z', 4, 5, NULL),
    (33, 1000, 'completed', '2026-02-28 04:00Z', NULL, 6, 31),
    (34, 500, 'assessingCancellation', '2026-03-02 04:00Z', 7, 8, NULL),
    (35, 500, 'failed', '2026-03-02 04:10Z', NULL, NULL, 34),
    (36, 500, 'acknowledged', '2026-03-02 04:20Z', NULL, NULL, 34),
    (37, 500, 'acknowledged', '2026-03-02 05:00Z', 9, NULL, NULL)
) o(id, amount, state, at, hold, post, reverses);
INSERT INTO ordering_dispatch (order_id, next_at) VALUES (uid(36), now()), (uid(37), now());
INSERT INTO commands_journal
    (at, actor, channel, command, request_key, fingerprint, subject, arguments)
VALUES ('2026-01-31 15:59Z', uid(99), 'api', 'ordering.sell', 'a', '', uid(31), '{}'),
       ('2026-01-31 16:00Z', uid(99), 'api', 'ordering.sell', 'b', '', uid(31), '{}'),
       ('2026-03-02 05:00Z', uid(99), 'api', 'ordering.sell', 'c', '', uid(37), '{}');
"""


@pytest.fixture
def spare(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """An empty database beside the one of the tests."""
    with django_db_blocker.unblock(), database.empty(SPARE):
        yield


def test_what_is_there_moves_into_its_month(spare: None) -> None:
    for app, name in BEFORE:
        call_command("migrate", app, name, verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute(DATA)
    before = counts()

    call_command("migrate", verbosity=0, interactive=False)

    assert counts() == before
    assert ledger.unbalanced() == []
    assert ordering.unsound() == []
    postings = rows("SELECT id, tableoid::regclass::text, home FROM ledger_posting ORDER BY id")
    assert [(i, table[-7:]) for i, table, _ in postings] == [
        *((i, "2026_02") for i in range(1, 7)),
        *((i, "2026_03") for i in range(7, 10)),
    ]
    assert {home for *_, home in postings} == {"4101"}
    orders = rows("SELECT tableoid::regclass::text, reversing FROM ordering_order ORDER BY id")
    assert [table[-7:] for table, _ in orders] == [*["2026_02"] * 3, *["2026_03"] * 4]
    assert [reversing is not None for _, reversing in orders] == [
        *(False, False, True, False, False, True, False),
    ]
    journal = rows("SELECT tableoid::regclass::text FROM commands_journal ORDER BY id")
    assert [table[-7:] for (table,) in journal] == ["2026_01", "2026_02", "2026_03"]
    assert rows("SELECT home FROM wallet_wallet ORDER BY home") == [("41",), ("4101",)]
    assert rows("SELECT home FROM ledger_account WHERE owner IS NULL") == [("",)]
    assert rows("SELECT nextval('ledger_posting_id_seq'), nextval('commands_journal_id_seq')") == [
        (10, 4)
    ]


def counts() -> list[Any]:
    tables = ("ledger_posting", "ordering_order", "ordering_dispatch", "commands_journal")
    return [rows(f"SELECT count(*) FROM {table}") for table in tables]


def rows(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
