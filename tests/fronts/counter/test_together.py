"""Many requests at once: what shares a batch, what waits, what is refused, and what is not done."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from qudao.domain.ordering.models import Order
from qudao.domain.party import operations as party
from qudao.domain.party.models import Membership
from qudao.kernel.money import Money
from qudao.platform.identity import operations as identity
from tests import database
from tests.counter_process import MSISDN, CounterProcess, Told, sale_headers
from tests.fronts.api.conftest import Shop
from tests.province import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)

Ask = Callable[..., "Future[Told]"]


@pytest.fixture
def ask(counter: CounterProcess) -> Iterator[Ask]:
    """Sell without waiting for the answer."""
    with ThreadPoolExecutor(64) as pool:
        yield lambda *args, **kwargs: pool.submit(counter.sell, *args, **kwargs)


@contextmanager
def held(statement: str, *values: object) -> Iterator[None]:
    """Others hold what a statement locks, until the block ends."""
    with psycopg.connect(database.dsn()) as other:
        other.execute(statement, values)
        yield


@contextmanager
def nothing_is_written() -> Iterator[None]:
    """A batch that has left does not come back."""
    with held("LOCK TABLE ordering_order IN SHARE MODE"):
        yield


def wallet_held(outlet: UUID) -> str:
    return f"""
        SELECT FROM ledger_balance b JOIN wallet_wallet w ON w.account_id = b.account_id
        WHERE w.outlet_id = '{outlet}' FOR UPDATE OF b"""


def until(counter: CounterProcess, waiting: int) -> None:
    """Return when so many requests wait at the counter."""
    pause = Event()
    for _ in range(400):
        if counter.request("GET", "/ready").document["waiting"] == waiting:
            return
        pause.wait(0.01)
    raise AssertionError(counter.request("GET", "/ready"))


def until_away(counter: CounterProcess) -> None:
    """Return when a batch of the counter waits for a lock of ours."""
    pause = Event()
    with psycopg.connect(database.dsn(), autocommit=True) as looking:
        for _ in range(3_000):
            (count,) = looking.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            ).fetchone() or (0,)
            if count:
                return
            pause.wait(0.01)
    raise AssertionError("nothing waits")


def sold() -> int:
    return Order.objects.unscoped("test").count()


def test_many_at_once_are_each_sold_once(committed_shop: Shop, ask: Ask) -> None:
    till = committed_shop.terminal()
    asked = [ask(till.secret, f"k-{n % 40}", 100) for n in range(80)]
    told = [one.result() for one in asked]
    assert {one.status for one in told} == {201}
    assert len({one.document["order"] for one in told}) == sold() == 40
    assert [told[n].document for n in range(40)] == [told[n].document for n in range(40, 80)]
    assert_sound()


def test_the_same_key_in_flight_shares_its_answer_and_a_rival_waits_for_it(
    committed_shop: Shop, counter: CounterProcess, ask: Ask
) -> None:
    till = committed_shop.terminal()
    with nothing_is_written():
        first = ask(till.secret, "k-1")
        until_away(counter)
        others = [ask(till.secret, "k-1"), ask(till.secret, "k-1")]
        until(counter, 2)
        rival = ask(till.secret, "k-1", 6000)
        until(counter, 3)
    assert first.result().status == 201
    assert [one.result().document for one in others] == [first.result().document] * 2
    assert rival.result().document["code"] == "commands.key_reused"
    assert sold() == 1


def test_a_rival_of_what_is_refused_has_its_own_turn(
    committed_shop: Shop, counter: CounterProcess, ask: Ask
) -> None:
    till = committed_shop.terminal()
    with nothing_is_written():
        other = ask(till.secret, "k-0")
        until_away(counter)
        dear = ask(till.secret, "k-1", 200_000, offering="BILLPAY")
        until(counter, 1)
        cheap = ask(till.secret, "k-1", 100)
        until(counter, 2)
    assert other.result().status == 201
    assert dear.result().document["code"] == "ordering.balance_too_low"
    assert cheap.result().status == 201
    assert sold() == 2


class TestBounds:
    @pytest.fixture
    def counter_environment(self, counter_environment: dict[str, str]) -> dict[str, str]:
        return counter_environment | {"QUDAO_COUNTER_QUEUE": "4", "QUDAO_COUNTER_SHARE": "3"}

    def test_what_has_no_room_is_refused_at_once_and_not_done(
        self, committed_shop: Shop, counter: CounterProcess, ask: Ask
    ) -> None:
        committed_shop.province.pay_in(committed_shop.province.far, Money(1000_00))
        till, far = committed_shop.terminal(), committed_shop.terminal("farclerk")
        with nothing_is_written():
            asked = [ask(till.secret, "k-0", 100)]
            until_away(counter)
            for n in range(1, 4):
                asked.append(ask(till.secret, f"k-{n}", 100))
                until(counter, n)
            share = counter.sell(till.secret, "k-4", 100)
            asked.append(ask(far.secret, "f-0", 100))
            until(counter, 4)
            full = counter.sell(far.secret, "f-1", 100, headers={"X-Request-Id": "mine-0001"})
            chinese = counter.sell(far.secret, "f-2", 100, headers={"Accept-Language": "zh-Hans"})
            slow = counter.sell(far.secret, "f-3", 100, headers={"Prefer": "handling=strict"})
        for told in (share, full, chinese, slow):
            assert (told.status, told.document["code"]) == (503, "api.overloaded")
            assert told.headers["Retry-After"] == "1"
            assert told.headers["X-Request-Id"] in told.document["instance"]
        assert full.document["instance"].endswith("mine-0001")
        assert full.document["detail"].isascii() and not chinese.document["detail"].isascii()
        assert share.document["detail"] == slow.document["detail"] == full.document["detail"]
        assert [one.result().status for one in asked] == [201] * 5
        assert sold() == 5
        assert counter.sell(far.secret, "f-1", 100).status == 201, "later it is done"

    def test_what_cannot_begin_in_time_is_told_so_and_not_done(
        self, committed_shop: Shop, counter: CounterProcess, ask: Ask
    ) -> None:
        till = committed_shop.terminal()
        with nothing_is_written():
            first = ask(till.secret, "k-0")
            until_away(counter)
            late = counter.sell(till.secret, "k-1", headers={"X-Begin-Within": "0.1"})
            assert (late.status, late.document["code"]) == (503, "api.too_late")
            wrong = counter.sell(till.secret, "k-1", headers={"X-Begin-Within": "soon"})
            assert (wrong.status, wrong.document["errors"][0]["field"]) == (400, "X-Begin-Within")
        assert first.result().status == 201
        assert sold() == 1
        assert counter.sell(till.secret, "k-1").status == 201
        assert sold() == 2

    def test_who_has_gone_away_is_not_served(
        self, committed_shop: Shop, counter: CounterProcess, ask: Ask
    ) -> None:
        till = committed_shop.terminal()
        body = json.dumps({"offering": "TOPUP", "msisdn": MSISDN, "amount_fen": 100})
        with nothing_is_written():
            first = ask(till.secret, "k-0")
            until_away(counter)
            for key, more in (("k-1", {}), ("k-2", {"Prefer": "handling=strict"})):
                leaving = http.client.HTTPConnection("127.0.0.1", counter.port)
                headers = sale_headers(till.secret, key, more)
                leaving.request("POST", "/api/v1/sales", body, headers)
                until(counter, 1)
                leaving.close()
                until(counter, 0)
        assert first.result().status == 201
        assert counter.sell(till.secret, "k-3").status == 201
        assert sold() == 2


def test_a_contested_wallet_holds_up_nobody_else(
    committed_shop: Shop, counter: CounterProcess, ask: Ask
) -> None:
    committed_shop.province.pay_in(committed_shop.province.far, Money(1000_00))
    till, far = committed_shop.terminal(), committed_shop.terminal("farclerk")
    with held(wallet_held(committed_shop.outlet)):
        stuck = [ask(till.secret, f"k-{n}", 100) for n in range(3)]
        until_away(counter)
        free = [counter.sell(far.secret, f"f-{n}", 100).status for n in range(5)]
        assert free == [201] * 5
        assert not any(one.done() for one in stuck)
    assert [one.result().status for one in stuck] == [201] * 3
    assert sold() == 8
    assert_sound()


def test_what_an_account_may_do_is_never_of_yesterday(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    province = committed_shop.province
    till = committed_shop.terminal()
    assert counter.sell(till.secret, "k-1").status == 201
    member = province.people["clerk"].membership
    party.suspend_member(
        province.system(committed_shop.now), membership=member, reason="stock-taking"
    )
    refused = counter.sell(till.secret, "k-2")
    assert (refused.status, refused.document["code"]) == (403, "api.no_membership")
    again = counter.sell(till.secret, "k-1")
    assert again.document["code"] == "api.no_membership", "as the HTTP API has it"
    party.resume_member(province.system(committed_shop.now), membership=member)
    assert counter.sell(till.secret, "k-2").status == 201
    identity.revoke_token(province.system(committed_shop.now), token=till.token)
    assert counter.sell(till.secret, "k-3").status == 401
    assert sold() == 2


def test_who_may_not_sell_here_is_told_so(committed_shop: Shop, counter: CounterProcess) -> None:
    far = committed_shop.terminal("farclerk")
    elsewhere = counter.sell(far.secret, "k-1", outlet=str(committed_shop.outlet))
    assert elsewhere.document["code"] == "saleschannel.outlet_unknown"
    auditor = committed_shop.terminal("auditor")
    nowhere = counter.sell(auditor.secret, "k-1")
    assert nowhere.document["code"] == "api.outlet_not_named"
    there = counter.sell(auditor.secret, "k-1", outlet=str(committed_shop.outlet))
    assert there.document["code"] == "commands.not_permitted"
    assert sold() == 0


def test_who_is_refused_by_what_has_changed_meanwhile_is_asked_for_once_more(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    if not database.may_skip_triggers():
        pytest.skip("only a superuser may change something without a notice of it")
    far, outlet = committed_shop.terminal("farclerk"), str(committed_shop.outlet)
    told = counter.sell(far.secret, "k-1", outlet=outlet)
    assert told.document["code"] == "saleschannel.outlet_unknown"
    member = Membership.objects.unscoped("test").filter(
        id=committed_shop.province.people["farclerk"].membership
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        member.update(organization=committed_shop.outlet)
    told = counter.sell(far.secret, "k-2", outlet=outlet)
    assert told.status == 201, told
    assert sold() == 1


def test_a_connection_that_broke_costs_nobody_an_answer(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    till = committed_shop.terminal()
    assert counter.sell(till.secret, "k-1").status == 201
    assert counter.request("GET", "/ready").status == 200
    connection.close()  # the test's own is not what is to be ended
    with psycopg.connect(database.dsn(), autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended
    assert counter.sell(till.secret, "k-2").status == 201
    assert counter.request("GET", "/ready").status == 200
    assert sold() == 2
