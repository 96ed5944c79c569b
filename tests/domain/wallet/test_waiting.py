"""Who takes away the right to sell waits for the sales that are just being written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from qudao.domain.party import operations as party
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.saleschannel.types import OutletChange
from qudao.domain.wallet.models import Wallet
from qudao.kernel.money import Money
from qudao.platform.identity import operations as identity
from tests.province import Province

WAIT_S = 30

Act = Callable[[Province], object]


def _revoke(province: Province) -> None:
    token = identity.issue_token(province.system(), user=province.people["clerk"].user, name="till")
    identity.revoke_token(province.system(), token=token.token)


WAITS: dict[str, Act] = {
    "suspend": lambda p: saleschannel.suspend(p.system(), outlet=p.agent, reason="checked"),
    "limits": lambda p: saleschannel.set_limits(
        p.system(), outlet=p.agent, sale_limit=Money(1), day_limit=None
    ),
    "member": lambda p: party.suspend_member(
        p.system(), membership=p.people["clerk"].membership, reason="left"
    ),
    "account": lambda p: identity.deactivate(p.system(), user=p.people["clerk"].user),
    "token": _revoke,
}

PASSES: dict[str, Act] = {
    "another outlet": lambda p: saleschannel.suspend(p.system(), outlet=p.far, reason="checked"),
    "another's member": lambda p: party.suspend_member(
        p.system(), membership=p.people["farclerk"].membership, reason="left"
    ),
    "what no sale sees": lambda p: saleschannel.change(
        p.system(), outlet=p.agent, changes=OutletChange(star=3, name_zh="新名", name_en="New")
    ),
    "move": lambda p: saleschannel.move(
        p.system(), outlet=p.agent, place=p.organizations["410305"]
    ),
}


class Selling:
    """A transaction that holds an outlet's balance, as a sale does while it is being written."""

    def __init__(self, pool: ThreadPoolExecutor, province: Province) -> None:
        wallet = Wallet.objects.unscoped("test").get(outlet=province.agent)
        self._account = (wallet.account_id, wallet.home)
        self._province, self._holds, self._may_end = province, Event(), Event()
        self._ended = pool.submit(self._hold)
        assert self._holds.wait(WAIT_S)

    def end(self) -> None:
        self._may_end.set()
        self._ended.result(WAIT_S)

    def _hold(self) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT ledger_lock(ARRAY[%s], ARRAY[%s])", self._account)
                self._holds.set()
                assert self._may_end.wait(WAIT_S)
                # What an order refers to.
                cursor.execute(
                    "SELECT 1 FROM party_organization WHERE id = %s FOR KEY SHARE",
                    [self._province.agent],
                )
        finally:
            connection.close()


def _until_somebody_waits() -> None:
    pause = Event()
    for _ in range(WAIT_S * 100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("act", WAITS.values(), ids=WAITS)
def test_it_waits_until_the_sale_is_written(committed_province: Province, act: Act) -> None:
    province = committed_province

    def run() -> None:
        try:
            act(province)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        selling = Selling(pool, province)
        done = pool.submit(run)
        _until_somebody_waits()
        assert not done.done()
        assert Outlet.objects.unscoped("test").get(organization=province.agent).state == "active"
        selling.end()
        done.result(WAIT_S)


@pytest.mark.parametrize("act", PASSES.values(), ids=PASSES)
def test_nothing_else_waits(committed_province: Province, act: Act) -> None:
    with ThreadPoolExecutor(1) as pool:
        selling = Selling(pool, committed_province)
        act(committed_province)
        selling.end()
