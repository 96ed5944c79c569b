"""A set of sales: each as if it had come alone, whatever has changed, whoever holds what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from qudao.domain.ledger import queries as ledger
from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import BalanceTooLow, DayLimitReached, sell
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel.types import SaleAboveLimit
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.command import AuthorityChanged, Busy, KeyReused
from tests import database
from tests.platform.commands.test_budgets import Statements
from tests.province import NOON, Province, assert_sound

pytestmark = pytest.mark.django_db


def sale(outlet: OrganizationId, fen: int = 10_00) -> Sale:
    return Sale(outlet, "BILLPAY", "13800138000", Money(fen))


def run(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def balance(province: Province, outlet: OrganizationId) -> Money:
    return wallets.wallet(province.system(), outlet=outlet).balance


def test_a_wallet_that_cannot_pay_for_all_is_asked_by_one_after_the_other(
    province: Province,
) -> None:
    agent, far = province.agent, province.far
    province.pay_in(agent, Money(30_00))
    province.pay_in(far, Money(100_00))
    run("UPDATE saleschannel_outlet SET day_limit = 5000 WHERE organization_id = %s", far)
    wanted = [(agent, 20), (far, 30), (agent, 15), (far, 30), (agent, 10), (far, 20), (agent, 1)]
    sell.one(province.system(), sale(agent, 1_00))  # outlet and catalogue are in memory
    sell.one(province.system(), sale(far, 1_00))
    with Statements() as statements:
        answers = sell([(province.system(), sale(where, yuan * 100)) for where, yuan in wanted])
    assert len(statements.work) == 1
    assert [
        answer.balance.minor
        if isinstance(answer, Sold)
        else answer.available.minor
        if isinstance(answer, BalanceTooLow)
        else answer.left.minor
        if isinstance(answer, DayLimitReached)
        else answer
        for answer in answers
    ] == [9_00, 69_00, 9_00, 19_00, 9_00, 19_00, 8_00]
    assert [type(answer) for answer in answers] == [
        *(Sold, Sold, BalanceTooLow, DayLimitReached, BalanceTooLow, DayLimitReached, Sold),
    ]
    assert_sound()


def test_who_does_not_wait_is_told_which_wallets_others_hold(
    committed_province: Province,
) -> None:
    province = committed_province
    for outlet in (province.agent, province.far):
        province.pay_in(outlet, Money(100_00))
    hasty = [replace(province.system(), patient=False) for _ in range(4)]
    first = sell.one(hasty[0], sale(province.agent))
    with psycopg.connect(database.dsn()) as other:
        other.execute(
            "SELECT 1 FROM ledger_balance b JOIN wallet_wallet w ON w.account_id = b.account_id"
            " WHERE w.outlet_id = %s FOR NO KEY UPDATE OF b",
            [province.agent],
        )
        held, free, again = sell(
            [
                (hasty[1], sale(province.agent)),
                (hasty[2], sale(province.far)),
                (hasty[0], sale(province.agent)),
            ]
        )
        other.rollback()
    assert isinstance(held, Busy)
    assert isinstance(free, Sold)
    assert again == first, "what was done is known without the wallet"
    assert isinstance(sell.one(hasty[1], sale(province.agent)), Sold)
    assert_sound()


def test_an_account_that_may_do_something_else_by_now_sells_nothing(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00))
    clerk = province.clerk()
    ((stamp,),) = run("SELECT stamp FROM identity_user WHERE id = %s", clerk.actor)
    assert isinstance(stamp, int)
    known = replace(clerk, stamp=stamp)
    run("UPDATE identity_user SET stamp = stamp + 1 WHERE id = %s", clerk.actor)
    changed, unread = sell(
        [(known, sale(province.agent)), (province.clerk(), sale(province.agent))]
    )
    assert isinstance(changed, AuthorityChanged)
    assert isinstance(unread, Sold)
    ((stamp,),) = run("SELECT stamp FROM identity_user WHERE id = %s", clerk.actor)
    assert isinstance(stamp, int)
    assert isinstance(sell.one(replace(clerk, stamp=stamp), sale(province.agent)), Sold)
    assert balance(province, province.agent) == Money(80_00)


def test_an_outlet_that_has_changed_is_read_again(province: Province) -> None:
    for outlet in (province.agent, province.far):
        province.pay_in(outlet, Money(100_00))
        sell.one(province.system(), sale(outlet))
    limit = "UPDATE saleschannel_outlet SET sale_limit = %s WHERE organization_id = %s"
    run(limit, 5_00, province.agent)
    with Statements() as statements:
        above, within, other = sell(
            [
                (province.system(), sale(province.agent, 6_00)),
                (province.system(), sale(province.agent, 5_00)),
                (province.system(), sale(province.far, 6_00)),
            ]
        )
    assert isinstance(above, SaleAboveLimit)
    assert isinstance(within, Sold)
    assert isinstance(other, Sold)
    # The set; the outlet; the catalogue and the outlet before a refusal; its key; the rest.
    assert len(statements.work) <= 6, statements.work
    run(limit, 50_00, province.agent)
    assert isinstance(sell.one(province.system(), sale(province.agent, 6_00)), Sold), (
        "nobody is refused for what was true before"
    )
    assert_sound()


def test_a_catalogue_that_has_changed_is_read_again(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00))
    sell.one(province.system(), sale(province.agent))
    run("UPDATE catalog_offering_version SET maximum = 5000 WHERE maximum > 5000")
    run("UPDATE catalog_revision SET value = value + 1")
    assert isinstance(sell.one(province.system(), sale(province.agent)), Sold)
    ((revision,),) = run("SELECT value FROM catalog_revision")
    from qudao.domain.catalog import queries as catalog

    assert catalog.kept_snapshot().revision == revision


def test_a_key_is_known_beyond_the_end_of_its_month(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00), at=NOON - timedelta(days=30))
    last = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # a minute before midnight in China
    first = sell.one(province.clerk(at=last, key="late"), sale(province.agent))
    for later in (timedelta(minutes=1), timedelta(days=3)):
        ctx = province.clerk(at=last + later, key="late")
        assert sell.one(ctx, sale(province.agent)) == first
        with pytest.raises(KeyReused):
            sell.one(ctx, sale(province.agent, 11_00))
    early = sell.one(province.clerk(at=last + timedelta(minutes=1), key="a"), sale(province.agent))
    assert sell.one(province.clerk(at=last, key="a"), sale(province.agent)) == early, (
        "the clocks of two servers differ"
    )
    assert balance(province, province.agent) == Money(80_00)
    assert run("SELECT DISTINCT period::text FROM commands_journal ORDER BY 1")[-2:] == [
        ("2026-11-01",),
        ("2026-12-01",),
    ]
    assert_sound()


def test_a_set_may_span_midnight(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00))
    midnight = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    answers = sell(
        [
            (province.clerk(at=midnight + timedelta(seconds=n)), sale(province.agent))
            for n in (-2, 0, -1, 1)
        ]
    )
    assert all(isinstance(answer, Sold) for answer in answers)
    days = run(
        "SELECT business_date::text, period::text, count(*) FROM ordering_order GROUP BY 1, 2"
    )
    assert sorted(days) == [("2026-11-30", "2026-11-01", 2), ("2026-12-01", "2026-12-01", 2)]
    assert_sound()


def test_a_day_of_no_month_is_taken_all_the_same(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00))
    at = NOON + timedelta(days=900)
    sold = sell.one(province.clerk(at=at), sale(province.agent))
    assert run("SELECT tableoid::regclass::text FROM ordering_order") == [
        ("ordering_order_default",)
    ]
    province.complete(province.dispatch(at=at), at=at)
    assert queries.order(province.clerk(at=at), order=sold.order).state == "completed"
    run("SELECT months_ensure('ordering_order', %s, %s)", at.date(), at.date())
    run("SELECT months_ensure('ledger_posting', %s, %s)", at.date(), at.date())
    assert run("SELECT tableoid::regclass::text FROM ordering_order") == [
        ("ordering_order_2029_05",)
    ]
    assert_sound()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            "UPDATE ledger_posting SET source_id = gen_random_uuid() WHERE phase = 'pending'",
            "source",
        ),
        ("UPDATE ledger_posting SET home = 'x' WHERE phase = 'pending'", "home"),
        ("UPDATE ordering_order SET version_id = gen_random_uuid()", "offering"),
        ("UPDATE ordering_order SET outlet_id = gen_random_uuid()", "wallet"),
        ("UPDATE ordering_order SET hold_id = hold_id + 1000", "paid"),
        ("UPDATE ordering_order SET home = 'x'", "home"),
        ("UPDATE ordering_dispatch SET order_id = gen_random_uuid()", "queue"),
        ("UPDATE ledger_account SET home = 'x' WHERE limited", "balance at home"),
    ],
)
def test_the_audit_finds_what_foreign_keys_would_refuse(
    province: Province, harm: str, said: str
) -> None:
    province.pay_in(province.agent, Money(100_00))
    sell.one(province.clerk(), sale(province.agent))
    assert_sound()
    run(harm)
    assert said in "\n".join([*ledger.unbalanced(), *queries.unsound()])


@pytest.mark.parametrize(
    "table", ["party_organization", "catalog_offering_version", "ledger_account", "wallet_wallet"]
)
def test_what_orders_and_postings_name_is_never_deleted(province: Province, table: str) -> None:
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        run(f"DELETE FROM {table}")
