"""How many statements the hot paths cost: a regression here is found before the benchmark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qudao.domain.ledger import operations as ledger
from qudao.domain.ordering.operations import claim, sell, settle
from qudao.domain.ordering.ports import Completed
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.wallet import operations as wallet
from qudao.kernel.money import Money
from tests.province import Province

pytestmark = pytest.mark.django_db


class Statements:
    """Counts what is sent to the database; savepoints stand for BEGIN and COMMIT."""

    def __enter__(self) -> Statements:
        self._capture = CaptureQueriesContext(connection)
        self._capture.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._capture.__exit__(None, None, None)
        texts = [query["sql"] for query in self._capture.captured_queries]
        self.work = [text for text in texts if "SAVEPOINT" not in text]
        self.brackets = len(texts) - len(self.work)


@pytest.mark.parametrize("count", [1, 16, 256])
def test_a_set_of_sales(province: Province, count: int) -> None:
    province.pay_in(province.agent, Money(100_000_00))
    sale = Sale(province.agent, "TOPUP", "13800138000", Money(10_00))
    sell.one(province.clerk(), sale)  # catalogue and outlet are in memory from now on
    pairs = [(province.clerk(), sale) for _ in range(count)]
    with Statements() as statements:
        answers = sell(pairs)
    assert all(isinstance(answer, Sold) for answer in answers)
    assert (len(statements.work), statements.brackets) == (1, 0), statements.work


@pytest.mark.parametrize("count", [1, 64])
def test_the_dispatchers_round(province: Province, count: int) -> None:
    province.pay_in(province.agent, Money(100_000_00))
    sale = Sale(province.agent, "TOPUP", "13800138000", Money(10_00))
    sell([(province.clerk(), sale) for _ in range(count)])
    with Statements() as statements:
        to_send, _ = claim(province.system(), most=count, lease=timedelta(minutes=1))
    assert len(to_send) == count
    assert (len(statements.work), statements.brackets) == (1, 2), statements.work
    with Statements() as statements:
        settled = settle(
            province.system(), outcomes=[Completed(order.order, "B") for order in to_send]
        )
    assert len(settled) == count
    assert (len(statements.work), statements.brackets) == (1, 2), statements.work


def test_an_ordinary_command(province: Province) -> None:
    ctx = province.context("outlet_owner", province.agent)
    with Statements() as statements:
        wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(5_00))
    # The key, the wallet, the change, the journal.
    assert (len(statements.work), statements.brackets) == (4, 2), statements.work
    with Statements() as statements:
        wallet.set_low_balance(ctx, outlet=province.agent, amount=Money(5_00))
    assert (len(statements.work), statements.brackets) == (1, 2), statements.work


def test_a_pay_in(province: Province) -> None:
    bank = ledger.open_account(province.system(), kind="bank", owner=province.organizations["4101"])
    ctx = province.system()
    with Statements() as statements:
        wallet.credit(
            ctx, outlet=province.agent, source=bank, amount=Money(5_00), cause=province.agent
        )
    assert len(statements.work) <= 9, statements.work
