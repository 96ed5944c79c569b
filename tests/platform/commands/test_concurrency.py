"""Commands that meet: on one key, on one row, in a circle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import connection

from qudao.domain.ledger import operations as ledger
from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationKind
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.command import Busy
from qudao.platform.commands.models import JournalEntry
from tests import database
from tests.invariants.test_concurrency import at_once
from tests.province import Province, assert_sound

HOLD = "SELECT 1 FROM ledger_balance WHERE account_id = %s FOR NO KEY UPDATE"


@contextmanager
def another_session() -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.dsn()) as session:
        yield session
        session.rollback()


def in_background(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def until_somebody_waits() -> None:
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while True:
            # of this database alone: others on the server are other tests'
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.01)


def test_one_key_at_once_is_done_once(committed_province: Province) -> None:
    province = committed_province
    before = JournalEntry.objects.count()
    ctx = province.system()
    made = at_once(
        lambda n: party.create_organization(
            ctx,
            kind=OrganizationKind.COUNTY,
            code="410199",
            name_zh="新县",
            name_en="New county",
            parent=province.organizations["4101"],
        ),
        clients=24,
    )
    assert len(set(made)) == 1
    assert JournalEntry.objects.count() == before + 1


def test_different_keys_on_one_wallet_all_count(committed_province: Province) -> None:
    province = committed_province
    system = province.system()
    bank = ledger.open_account(system, kind="bank", owner=province.organizations["4101"])
    contexts = [province.system() for _ in range(24)]
    at_once(
        lambda n: wallet.credit(
            contexts[n], outlet=province.agent, source=bank, amount=Money(1), cause=UUID(int=n)
        ),
        clients=24,
    )
    held = wallets.wallet(province.system(), outlet=province.agent)
    assert held.balance == Money(24)
    assert_sound()


def test_who_waits_too_long_is_told_so_and_changes_nothing(committed_province: Province) -> None:
    province = committed_province
    account = wallets.wallet(province.system(), outlet=province.agent).account
    before = JournalEntry.objects.count()

    def freeze() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("5s",), "as the settings have it"
            cursor.execute("SET lock_timeout = '200ms'")
        wallet.freeze(province.system(), outlet=province.agent, reason="inquiry")
        raise AssertionError("the wallet is locked")

    with another_session() as holder:
        holder.execute(HOLD, [account])
        thread, results = in_background(freeze)
        thread.join()
    assert isinstance(results[0], Busy), results
    assert JournalEntry.objects.count() == before
    assert not wallets.wallet(province.system(), outlet=province.agent).frozen


def test_a_deadlock_is_resolved_by_another_try(committed_province: Province) -> None:
    province = committed_province
    for outlet in (province.agent, province.far):
        province.pay_in(outlet, Money(100_00))
    first, second = sorted(
        wallets.wallet(province.system(), outlet=outlet).account
        for outlet in (province.agent, province.far)
    )
    before = JournalEntry.objects.count()

    def met() -> bool:
        """Whether the database has ended the command's transaction, not the other one's."""
        with another_session() as other:
            other.execute(HOLD, [second])
            # The command takes `first` and waits for `second`; we hold that and want `first`.
            thread, results = in_background(
                lambda: ledger.post(
                    province.system(),
                    source=first,
                    target=second,
                    amount=Money(30_00),
                    kind="test",
                    cause=UUID(int=1),
                )
            )
            until_somebody_waits()
            try:
                other.execute(HOLD, [first])
                ours = True
            except psycopg.errors.DeadlockDetected:  # who comes a second late is ended instead
                ours = False
            other.rollback()
            thread.join()
        assert isinstance(results[0], int), results
        return ours

    tries = next((number for number in (1, 2, 3) if met()), 0)
    assert tries, "the command was never the one that was ended"
    assert JournalEntry.objects.count() == before + tries
    assert_sound()
