"""Double entry: nothing is made or lost, limits hold, sums stay right when they are folded."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries
from qudao.domain.ledger.models import Posting
from qudao.domain.ledger.types import AccountId, Phase, PostingId
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context
from tests.province import NOON

pytestmark = pytest.mark.django_db

_keys = itertools.count()


def ctx(days: int = 0) -> Context:
    return system_context(NOON + timedelta(days=days), f"ledger-{next(_keys)}")


def account(kind: str, *, limited: bool = False) -> AccountId:
    return ledger.open_account(ctx(), kind=kind, owner=None, limited=limited)


def move(source: AccountId, target: AccountId, fen: int, *, days: int = 0) -> PostingId:
    return ledger.post(
        ctx(days),
        source=source,
        target=target,
        amount=Money(fen),
        kind="test",
        cause=UUID(int=next(_keys)),
    )


def balance(of: AccountId) -> int:
    return queries.balances([of])[of].balance.minor


@pytest.fixture
def bank() -> AccountId:
    return account("bank")


@pytest.fixture
def purse() -> AccountId:
    return account("purse", limited=True)


def test_opening_again_finds_the_account(purse: AccountId) -> None:
    assert account("purse", limited=True) == purse
    points = ledger.open_account(ctx(), kind="purse", owner=None, asset="points")
    assert points != purse
    assert queries.account_of(None, "purse") == purse
    assert queries.account_of(None, "purse", "points") == points
    assert queries.account_of(UUID(int=7), "purse") is None


def test_a_posting_moves_an_amount(bank: AccountId, purse: AccountId) -> None:
    move(bank, purse, 100)
    move(purse, bank, 30)
    assert balance(purse) == 70
    assert queries.derived_balance(bank) == Money(-70)
    assert queries.unbalanced() == []


def test_an_account_does_not_fall_below_its_floor(bank: AccountId, purse: AccountId) -> None:
    move(bank, purse, 100)
    with pytest.raises(ledger.InsufficientFunds) as refused:
        move(purse, bank, 101)
    assert refused.value.available == Money(100)
    ledger.set_floor(ctx(), account=purse, floor=Money(-50))
    move(purse, bank, 150)
    assert balance(purse) == -50
    with pytest.raises(ledger.InsufficientFunds):
        move(purse, bank, 1)
    with pytest.raises(ledger.FloorAboveBalance):
        ledger.set_floor(ctx(), account=purse, floor=Money(-49))
    with pytest.raises(ledger.FloorAboveZero):
        ledger.set_floor(ctx(), account=purse, floor=Money(1))
    assert queries.unbalanced() == []


def test_nothing_leaves_a_frozen_account(bank: AccountId, purse: AccountId) -> None:
    move(bank, purse, 100)
    ledger.set_frozen(ctx(), account=purse, frozen=True)
    assert queries.balances([purse])[purse].available == Money(0)
    with pytest.raises(ledger.AccountFrozen):
        move(purse, bank, 1)
    move(bank, purse, 5)
    ledger.set_frozen(ctx(), account=purse, frozen=False)
    move(purse, bank, 105)
    assert balance(purse) == 0


def test_what_is_not_posted(bank: AccountId, purse: AccountId) -> None:
    with pytest.raises(ledger.AmountNegative):
        move(bank, purse, -1)
    with pytest.raises(ledger.SameAccount):
        move(purse, purse, 1)
    for pair in ((bank, AccountId(UUID(int=9))), (AccountId(UUID(int=9)), bank)):
        with pytest.raises(ledger.AccountNotFound):
            move(*pair, 1)
    with pytest.raises(ledger.AccountNotFound):
        ledger.set_floor(ctx(), account=bank, floor=Money(0))
    assert Posting.objects.count() == 0


def test_the_database_itself_holds_the_floor(bank: AccountId, purse: AccountId) -> None:
    with pytest.raises(IntegrityError, match="balance_floor"), transaction.atomic():
        _execute("UPDATE ledger_balance SET balance = -1 WHERE account_id = %s", purse)


def test_a_tampered_balance_is_found(bank: AccountId, purse: AccountId) -> None:
    move(bank, purse, 100)
    _execute("UPDATE ledger_balance SET balance = 99 WHERE account_id = %s", purse)
    (fault,) = queries.unbalanced()
    assert "holds 99, its postings say 100" in fault


def test_a_tampered_line_is_found(bank: AccountId, purse: AccountId) -> None:
    move(bank, purse, 100)
    last = move(bank, purse, 10)
    _execute("UPDATE ledger_posting SET target_balance = 111 WHERE id = %s", last)
    (fault,) = queries.unbalanced()
    assert "leaves account" in fault and "with 111, not 110" in fault


def test_lines_carry_the_balance_after_each(bank: AccountId, purse: AccountId) -> None:
    for days, fen in enumerate((100, 20, 3)):
        move(bank, purse, fen, days=days)
    move(purse, bank, 60, days=2)
    page = queries.lines(purse, PageRequest(limit=3))
    assert page.total == 4
    assert [(line.amount.minor, line.balance.minor) for line in page.items] == [
        (-60, 63),
        (3, 123),
        (20, 120),
    ]
    assert {line.phase for line in page.items} == {Phase.SINGLE}
    second = business_date(NOON + timedelta(days=1))
    only = queries.lines(purse, PageRequest(), first=second, last=second)
    assert [line.amount.minor for line in only.items] == [20]
    assert queries.lines(purse, PageRequest(), kind="other").total == 0


@given(
    moves=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 300)), max_size=25
    ),
    folds=st.lists(st.integers(0, 25), max_size=4),
    floor=st.integers(0, 200),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_made_or_lost(
    moves: list[tuple[int, int, int]], folds: list[int], floor: int
) -> None:
    with transaction.atomic():
        accounts = [account(f"k{n}", limited=n < 2) for n in range(4)]
        ledger.set_floor(ctx(), account=accounts[0], floor=Money(-floor))
        held, floors = [0] * 4, [-floor, 0, None, None]
        made: list[PostingId] = []
        for source, target, fen in moves:
            lowest = floors[source]
            try:
                made.append(move(accounts[source], accounts[target], fen))
            except ledger.SameAccount:
                assert source == target
            except ledger.InsufficientFunds as refused:
                assert lowest is not None and held[source] - fen < lowest
                assert refused.available.minor == held[source] - lowest
            else:
                assert lowest is None or held[source] - fen >= lowest
                held[source] -= fen
                held[target] += fen
        for nth in folds:
            # Folding more and more, again and again, changes no sum.
            if nth < len(made):
                ledger.squash(ctx(), upto=made[nth])
            assert [queries.derived_balance(one).minor for one in accounts[2:]] == held[2:]
        assert [balance(one) for one in accounts[:2]] == held[:2]
        assert sum(held) == 0
        assert queries.unbalanced() == []
        transaction.set_rollback(True)


def test_sums_are_short_after_a_squash(bank: AccountId, purse: AccountId) -> None:
    made = [move(bank, purse, n) for n in range(1, 11)]
    ledger.squash(ctx(), upto=made[6])
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, upto, balance FROM ledger_squash")
        assert cursor.fetchall() == [(bank, made[6], -28)]
    assert queries.derived_balance(bank) == Money(-55)
    ledger.squash(ctx(), upto=made[2])  # further back than before: nothing is counted twice
    ledger.squash(ctx(), upto=made[9])
    assert queries.derived_balance(bank) == Money(-55)


def _execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
