"""What a sale does, and what it does not do."""

from datetime import timedelta

import pytest

from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import BalanceTooLow, sell
from qudao.domain.ordering.types import NotAMobileNumber, OrderState, Sale
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import OutletNotActive
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.command import KeyReused
from tests.province import NOON, Province, assert_sound

TOP_UP = "TOPUP"


def sale(province: Province, fen: int = 100_00, **changes: object) -> Sale:
    facts = {"outlet": province.agent, "offering": TOP_UP, "msisdn": "13800138000"}
    return Sale(**{**facts, "amount": Money(fen), **changes})  # type: ignore[arg-type]


def test_a_sale_takes_its_price_and_is_completed(province: Province) -> None:
    province.pay_in(province.agent, Money(1000_00))
    sold = sell.one(province.clerk(), sale(province))
    assert sold.debit == Money(99_20)
    assert sold.balance == Money(900_80)
    order = queries.order(province.clerk(), order=sold.order)
    assert (order.state, order.number) == (OrderState.ACKNOWLEDGED, sold.number)
    assert queries.in_flight(province.clerk())[:2] == (1, Money(99_20))
    assert_sound()

    assert province.dispatch() == [sold.order]
    assert queries.order(province.clerk(), order=sold.order).state == OrderState.ACKNOWLEDGED
    province.beat(at=NOON + timedelta(seconds=2))
    assert queries.order(province.clerk(), order=sold.order).state == OrderState.IN_PROGRESS
    province.complete([sold.order])
    order = queries.order(province.clerk(), order=sold.order)
    assert (order.state, order.boss_reference) == (OrderState.COMPLETED, f"B{sold.order}")
    assert queries.in_flight(province.clerk())[:2] == (0, Money(0))
    assert_sound()


def test_a_refusal_of_the_boss_gives_the_money_back(province: Province) -> None:
    province.pay_in(province.agent, Money(1000_00))
    sold = sell.one(province.clerk(), sale(province))
    province.refuse(province.dispatch())
    order = queries.order(province.clerk(), order=sold.order)
    assert (order.state, order.refusal_code) == (OrderState.FAILED, "line_suspended")
    wallet = wallets.wallet(province.clerk(), outlet=province.agent)
    assert (wallet.balance, wallet.spent_today) == (Money(1000_00), Money(0))
    assert_sound()


def test_the_same_request_is_one_sale(province: Province) -> None:
    province.pay_in(province.agent, Money(1000_00))
    first = sell.one(province.clerk(key="k1"), sale(province))
    assert sell.one(province.clerk(key="k1"), sale(province)) == first
    assert [
        answer == first for answer in sell([(province.clerk(key="k1"), sale(province))] * 3)
    ] == [True] * 3
    with pytest.raises(KeyReused):
        sell.one(province.clerk(key="k1"), sale(province, 50_00))
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == Money(900_80)
    assert_sound()


def test_one_bad_request_does_not_hurt_its_neighbours(province: Province) -> None:
    province.pay_in(province.agent, Money(150_00))
    answers = sell(
        [
            (province.clerk(), sale(province)),
            (province.clerk(), sale(province, msisdn="12345")),
            (province.clerk(), sale(province)),
            (province.clerk(), sale(province, 50_00)),
        ]
    )
    assert [type(answer).__name__ for answer in answers] == [
        "Sold",
        NotAMobileNumber.__name__,
        BalanceTooLow.__name__,
        "Sold",
    ]
    assert answers[2].available == Money(50_80)  # type: ignore[union-attr]
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == Money(1_20)
    assert_sound()


def test_a_repetition_gets_the_first_answer_whatever_has_changed_since(province: Province) -> None:
    province.pay_in(province.agent, Money(1000_00))
    first = sell.one(province.clerk(key="k1"), sale(province))
    saleschannel.suspend(province.system(), outlet=province.agent, reason="inquiry")
    repeated, new, changed = sell(
        [
            (province.clerk(key="k1"), sale(province)),
            (province.clerk(key="k2"), sale(province)),
            (province.clerk(key="k1"), sale(province, 50_00)),
        ]
    )
    assert repeated == first
    assert isinstance(new, OutletNotActive)
    assert isinstance(changed, KeyReused)
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == Money(900_80)


def test_rivals_for_a_key_in_one_set_come_one_after_the_other(province: Province) -> None:
    province.pay_in(province.agent, Money(10_00))
    dear, cheap, other = sale(province, 20_00), sale(province, 5_00), sale(province, 4_00)
    ctx = province.clerk(key="k1")
    first, second, third, again = sell([(ctx, dear), (ctx, cheap), (ctx, other), (ctx, cheap)])
    assert isinstance(first, BalanceTooLow), "and so it left the key to the next"
    assert second == again and second.debit == Money(4_96)
    assert isinstance(third, KeyReused)
    assert_sound()
