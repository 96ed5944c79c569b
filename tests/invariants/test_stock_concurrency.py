"""Sixty-four clients want the same goods at one moment: nothing is held, sent or counted twice."""

from __future__ import annotations

import random
from collections import Counter
from uuid import UUID

import pytest

from qudao.domain.ledger import queries as ledger
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.models import Hold, MovementLine, Unit
from qudao.domain.stock.types import Goods, UnitState
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import Busy
from tests.domain.stock.stand import Stand
from tests.invariants.test_concurrency import at_once
from tests.province import Province

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stand(committed_province: Province) -> Stand:
    stock.load_reference(committed_province.system())
    return Stand(committed_province)


def test_no_unit_is_held_twice(stand: Stand) -> None:
    """Each client wants three of a dozen, in whatever order, and gives back or hands over."""
    p = stand.province
    serials = stand.sims(12, p.agent)
    systems = [p.system() for _ in range(64 * 8)]

    def work(n: int) -> list[tuple[UUID, tuple[str, ...]]]:
        dice, held = random.Random(n), []
        for turn in range(4):
            order = UUID(int=n * 100 + turn + 1)
            wanted = [("sim", one) for one in dice.sample(serials, 3)]
            try:
                got = stock.hold(systems[n * 8 + turn], outlet=p.agent, serials=wanted, order=order)
            except Refusal as refusal:
                assert refusal.code in {"stock.unit_not_for_sale", Busy.code}, refusal.code
                continue
            assert [one.serial for one in got] == [serial for _, serial in wanted]
            if dice.random() < 0.7:
                assert stock.give_back(systems[n * 8 + 4 + turn], orders=[order]) == 3
            else:
                assert stock.hand_over(systems[n * 8 + 4 + turn], orders=[order]) == 3
                held.append((order, tuple(one.serial for one in got)))
        return held

    sold = [one for some in at_once(work) for one in some]  # type: ignore[attr-defined]
    assert sold, "some were faster"
    by_serial = Counter(serial for _, some in sold for serial in some)
    assert set(by_serial.values()) <= {1}
    units = Unit.objects.unscoped("test")
    assert units.filter(state=UnitState.SOLD).count() == len(by_serial)
    assert units.filter(state=UnitState.HELD).count() == 0
    for order, some in sold:
        assert set(units.filter(cause=order).values_list("serial", flat=True)) == set(some)
    lines = MovementLine.objects.filter(movement__kind="sale")
    assert lines.count() == lines.values("unit").distinct().count() == len(by_serial)
    assert queries.unsound() == [] and ledger.unbalanced() == []


def test_no_more_is_held_than_there_is(stand: Stand) -> None:
    p = stand.province
    stand.count("GIFT-POWER", 50, Money(33_33), p.agent)
    systems = [p.system() for _ in range(128)]

    def work(n: int) -> int:
        order = UUID(int=n + 1)
        try:
            stock.hold_quantity(
                systems[n], outlet=p.agent, item="GIFT-POWER", quantity=1 + n % 3, order=order
            )
        except Refusal as refusal:
            assert refusal.code in {"stock.stock_short", Busy.code}
            return 0
        done = stock.hand_over if n % 2 else stock.give_back
        return done(systems[64 + n], orders=[order]) * (n % 2)

    sold = sum(at_once(work))  # type: ignore[arg-type]
    (level,) = queries.stock_at(p.system(), place=p.agent)
    assert (level.in_stock, level.held) == (50 - sold, 0)
    assert Hold.objects.unscoped("test").count() == 0
    assert queries.unsound() == [] and ledger.unbalanced() == []


def test_places_send_each_other_the_same_goods(stand: Stand) -> None:
    """Goods go both ways between the same places, in transit and back, while some are sold."""
    p = stand.province
    serials = stand.sims(10, p.agent) + stand.sims(10, p.hall)
    stand.count("GIFT-POWER", 20, Money(33_33), p.agent)
    stand.count("GIFT-POWER", 20, Money(44_44), p.hall)
    systems = [p.system() for _ in range(64 * 12)]
    refused: Counter[str] = Counter()

    def work(n: int) -> None:
        dice = random.Random(n)
        ends = [p.agent, p.hall]
        for turn in range(4):
            dice.shuffle(ends)
            mine = systems[n * 12 + turn * 3 : n * 12 + turn * 3 + 3]
            try:
                if dice.random() < 0.3:
                    order = UUID(int=n * 100 + turn + 1)
                    wanted = [("sim", dice.choice(serials))]
                    stock.hold(mine[0], outlet=ends[0], serials=wanted, order=order)
                    stock.hand_over(mine[1], orders=[order])
                    continue
                goods = [
                    Goods("SIM3IN1", serials=tuple(dice.sample(serials, 2)))
                    if dice.random() < 0.5
                    else Goods("SIM3IN1", 2),
                    Goods("GIFT-POWER", dice.randint(1, 3)),
                ]
                made = stock.transfer(mine[0], source=ends[0], target=ends[1], goods=goods)
                if dice.random() < 0.8:
                    stock.receive(mine[1], requisition=made, everything=True)
                else:
                    stock.cancel(mine[1], requisition=made, reason="x")
            except Refusal as refusal:
                refused[refusal.code] += 1

    at_once(work)
    assert set(refused) <= {
        "stock.unit_elsewhere",
        "stock.unit_not_for_sale",
        "stock.stock_short",
        Busy.code,
    }
    assert Unit.objects.unscoped("test").filter(state=UnitState.IN_TRANSIT).count() == 0
    assert queries.unsound() == [] and ledger.unbalanced() == []
