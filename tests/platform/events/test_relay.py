"""The relay reads in commit order, and each consumer's effects happen once."""

from datetime import timedelta
from threading import Thread

from django.db import connection, transaction

from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import reverse, sell
from qudao.domain.ordering.types import Sale, SalesFigure
from qudao.domain.party import operations as party
from qudao.kernel.money import Money
from qudao.platform.events import relay
from tests.province import NOON, Province, assert_sound


def figures(province: Province) -> tuple[SalesFigure, ...]:
    return queries.figures(province.clerk(), first=NOON.date(), last=NOON.date(), by="hour")


def test_hourly_figures_follow_the_orders(committed_province: Province) -> None:
    province = committed_province
    province.pay_in(province.agent, Money(1000_00))
    sales = [
        Sale(province.agent, "TOPUP", f"138001380{n}", Money(n * 100)) for n in (10, 20, 30, 40)
    ]
    orders = [
        sell.one(province.clerk(at=NOON + timedelta(minutes=40 * i)), sale).order
        for i, sale in enumerate(sales)
    ]
    later = NOON + timedelta(hours=3)
    province.dispatch(at=later)
    province.complete(orders[:2], at=later)
    province.refuse(orders[2:3], at=later)
    province.relay()
    first, second, third = figures(province)
    assert (first.key, first.taken, first.completed, first.open) == ("12", 2, 2, 0)
    assert first.completed_amount == Money(30_00)
    assert (second.key, second.taken, second.failed) == ("13", 1, 1)
    assert (third.key, third.taken, third.open) == ("14", 1, 1)

    reverse(
        province.context("outlet_owner", province.agent, at=later), order=orders[0], reason="wrong"
    )
    province.complete(province.dispatch(at=later), at=later)
    province.relay()
    province.relay()
    first, *_ = figures(province)
    assert (first.taken, first.completed, first.reversed) == (2, 1, 1)
    assert first.completed_amount == Money(20_00)
    assert first.debited == Money(19_84)
    assert_sound()


def test_a_row_that_commits_late_is_not_passed_over(committed_province: Province) -> None:
    province = committed_province
    province.relay()
    before = dict(_cursors())

    def in_the_middle() -> None:
        party.rename_organization(
            province.system(),
            organization=province.agent,
            name_zh="新名字",
            name_en="Named while the other was under way",
        )
        connection.close()

    with transaction.atomic():
        party.rename_organization(
            province.system(), organization=province.far, name_zh="迟到", name_en="Late"
        )
        thread = Thread(target=in_the_middle)
        thread.start()
        thread.join()
        # The later row is committed, the earlier one is not: neither may be taken yet.
        assert _in_another_thread(relay.run_all) == 0
    assert _cursors() == before
    assert relay.run_all() == 2 * len(relay.consumers)
    assert relay.run_all() == 0


def _cursors() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT consumer, position FROM events_cursor")
        return dict(cursor.fetchall())


def _in_another_thread(work) -> object:
    results = []

    def run() -> None:
        results.append(work())
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return results[0]
