"""Many at once on the same few rows, really concurrently: threads with connections of their own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import BalanceTooLow, claim, sell, settle
from qudao.domain.ordering.ports import Completed, Refused
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import queries as wallets
from qudao.journeys.fulfilment import LEASE
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from tests.province import NOON, Province, assert_sound

CLIENTS = 64


def at_once(work: Callable[[int], object], clients: int = CLIENTS) -> list[object]:
    """Run `work(n)` in so many threads, all let go at one moment; return what they return."""
    gate = Barrier(clients)

    def one(n: int) -> object:
        try:
            gate.wait()
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


def sale(province: Province, fen: int = 10_00) -> Sale:
    return Sale(province.agent, "TOPUP", "13800138000", Money(fen))


def test_one_request_key_is_one_sale(committed_province: Province) -> None:
    province = committed_province
    province.pay_in(province.agent, Money(10_000_00))
    ctx = province.clerk(key="the-one")
    answers = at_once(lambda n: sell([(ctx, sale(province))] * (1 + n % 3)))
    (only,) = {answer for some in answers for answer in some}  # type: ignore[attr-defined]
    assert isinstance(only, Sold)
    assert wallets.wallet(ctx, outlet=province.agent).balance == Money(10_000_00 - 9_92)
    assert_sound()


def test_one_wallet_is_never_overdrawn(committed_province: Province) -> None:
    province = committed_province
    province.pay_in(province.agent, Money(500_00))
    contexts = [[province.clerk() for _ in range(5)] for _ in range(CLIENTS)]
    answers = at_once(lambda n: sell([(ctx, sale(province)) for ctx in contexts[n]]))
    kinds = Counter(type(answer) for some in answers for answer in some)  # type: ignore[attr-defined]
    assert kinds == {Sold: 50, BalanceTooLow: CLIENTS * 5 - 50}
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == Money(4_00)
    assert_sound()


def test_sales_dispatch_and_suspension_at_once(committed_province: Province) -> None:
    """Sellers, dispatchers and one who suspends and resumes, on two wallets."""
    province = committed_province
    outlets = [province.agent, province.far]
    for outlet in outlets:
        province.pay_in(outlet, Money(20_000_00))
    system = [province.system() for _ in range(2000)]

    def work(n: int) -> object:
        dice = random.Random(n)
        if n == 0:
            for _ in range(5):
                saleschannel.suspend(system.pop(), outlet=province.far, reason="test")
                saleschannel.resume(system.pop(), outlet=province.far)
            return []
        if n < 8:
            for _ in range(10):
                to_send, to_ask = claim(system.pop(), most=20, lease=LEASE)
                settle(
                    system.pop(),
                    outcomes=[
                        Completed(order.order, "B")
                        if dice.random() < 0.8
                        else Refused(order.order, "no", "No")
                        for order in (*to_send, *to_ask)
                    ],
                )
            return []
        made = []
        for i in range(6):
            outlet = dice.choice(outlets)
            ctx = province.context("outlet_clerk", outlet, key=f"{n}-{i}")
            wanted = Sale(outlet, "TOPUP", "13800138000", Money(dice.randint(1, 50) * 100))
            made += sell([(ctx, wanted)] * dice.randint(1, 2))
        return made

    answers = [answer for some in at_once(work) for answer in some]  # type: ignore[attr-defined]
    refused = {answer.code for answer in answers if isinstance(answer, Refusal)}
    assert refused <= {"saleschannel.outlet_not_active"}
    while orders := province.dispatch():
        province.complete(orders)
    assert_sound()
    count, amount, _ = queries.in_flight(province.system())
    assert (count, amount) == (0, Money(0))
    sold = {answer.order for answer in answers if isinstance(answer, Sold)}
    province.relay()
    figures = queries.figures(province.system(), first=NOON.date(), last=NOON.date(), by="business")
    assert sum(figure.taken for figure in figures) == len(sold)
    assert sum(figure.completed + figure.failed for figure in figures) == len(sold)
