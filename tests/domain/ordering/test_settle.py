"""Whatever the BOSS says, and however often, an order is settled once."""

import pytest

from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.ports import Completed, NotFound, Refused, Unknown
from qudao.domain.ordering.types import OrderId, OrderState, Sale
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from tests.province import NOON, Province, assert_sound


@pytest.fixture
def orders(province: Province) -> list[OrderId]:
    province.pay_in(province.agent, Money(1000_00))
    for _ in range(3):
        sell.one(province.clerk(), Sale(province.agent, "TOPUP", "13800138000", Money(10_00)))
    return province.dispatch()


def state(province: Province, order: OrderId) -> str:
    return queries.order(province.clerk(), order=order).state


def test_text_that_cannot_be_stored_stops_nobody(province: Province, orders: list[OrderId]) -> None:
    done, refused, lost = orders
    province.settle(
        [
            Completed(done, "B\x00\ud800" + "x" * 10_000),
            Refused(refused, "no\x00", "\u202eNo\x1b[31m"),
            Unknown(lost, "500: \x00" * 1000),
        ]
    )
    assert [state(province, order) for order in orders] == [
        OrderState.COMPLETED,
        OrderState.FAILED,
        OrderState.PENDING,
    ]
    record = queries.order(province.clerk(), order=refused)
    assert (record.refusal_code, record.refusal_reason) == ("no\ufffd", "\ufffdNo\ufffd[31m")
    assert len(queries.order(province.clerk(), order=done).boss_reference) == 500
    assert_sound()


def test_two_outcomes_of_one_order_in_one_set(province: Province, orders: list[OrderId]) -> None:
    first, second, third = orders
    province.settle(
        [
            Completed(first, "B1"),
            Completed(first, "B1"),
            Refused(second, "no", "No"),
            Completed(second, "B2"),
            Completed(third, "B3"),
            Unknown(third, "time-out"),
        ]
    )
    assert [state(province, order) for order in orders] == [
        OrderState.COMPLETED,
        OrderState.FAILED,
        OrderState.COMPLETED,
    ]
    assert_sound()


def test_outcomes_of_what_is_settled_or_unknown_change_nothing(
    province: Province, orders: list[OrderId]
) -> None:
    province.complete(orders)
    nobody = OrderId(new_id(NOON))
    province.settle([Refused(order, "no", "No") for order in (*orders, nobody)])
    province.settle([NotFound(order) for order in (*orders, nobody)])
    assert {state(province, order) for order in orders} == {OrderState.COMPLETED}
    assert_sound()
