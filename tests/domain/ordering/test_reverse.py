"""Taking back what was sold."""

from datetime import timedelta

import pytest

from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import (
    NotReversible,
    ReasonMissing,
    ReversalTooLate,
    reverse,
    sell,
)
from qudao.domain.ordering.queries import OrderUnknown
from qudao.domain.ordering.types import OrderId, OrderState, Sale
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands import operations as commands
from qudao.platform.commands.command import AwaitingApproval
from tests.province import NOON, Province, assert_sound


@pytest.fixture
def sold(province: Province) -> OrderId:
    """A completed top-up of 100 yuan by the agent, who had 1,000."""
    return completed(province, 100_00)


def completed(province: Province, fen: int) -> OrderId:
    province.pay_in(province.agent, Money(1000_00))
    sale = Sale(province.agent, "TOPUP", "13800138000", Money(fen))
    order = sell.one(province.clerk(), sale).order
    province.complete(province.dispatch())
    return order


def balance(province: Province) -> Money:
    return wallets.wallet(province.clerk(), outlet=province.agent).balance


def state(province: Province, order: OrderId) -> str:
    return queries.order(province.clerk(), order=order).state


def test_a_reversal_is_the_exact_opposite(province: Province, sold: OrderId) -> None:
    reversal = reverse(
        province.context("outlet_owner", province.agent), order=sold, reason="wrong number"
    )
    assert state(province, sold) == OrderState.ASSESSING_CANCELLATION
    assert balance(province) == Money(900_80)
    assert province.dispatch() == [reversal]
    province.complete([reversal])
    assert (state(province, sold), state(province, reversal)) == ("cancelled", "completed")
    assert balance(province) == Money(1000_00)
    assert_sound()


def test_a_refused_reversal_leaves_the_sale(province: Province, sold: OrderId) -> None:
    ctx = province.context("outlet_owner", province.agent)
    reversal = reverse(ctx, order=sold, reason="wrong number")
    province.refuse(province.dispatch())
    assert (state(province, sold), state(province, reversal)) == ("completed", "failed")
    assert balance(province) == Money(900_80)
    assert_sound()
    again = reverse(
        province.context("outlet_owner", province.agent), order=sold, reason="once more"
    )
    province.complete(province.dispatch())
    assert (state(province, sold), state(province, again)) == ("cancelled", "completed")
    assert balance(province) == Money(1000_00)
    assert_sound()


def test_a_sale_is_reversed_once(province: Province, sold: OrderId) -> None:
    owner = province.context("outlet_owner", province.agent)
    reverse(owner, order=sold, reason="wrong number")
    with pytest.raises(NotReversible):
        reverse(province.context("outlet_owner", province.agent), order=sold, reason="wrong number")
    assert_sound()


def test_only_today_with_a_reason_and_in_scope(province: Province, sold: OrderId) -> None:
    tomorrow = NOON + timedelta(days=1)
    with pytest.raises(ReversalTooLate):
        reverse(
            province.context("outlet_owner", province.agent, at=tomorrow), order=sold, reason="x"
        )
    with pytest.raises(ReasonMissing):
        reverse(province.context("outlet_owner", province.agent), order=sold, reason=" ")
    with pytest.raises(OrderUnknown):
        reverse(province.context("outlet_owner", province.far), order=sold, reason="not my outlet")
    assert state(province, sold) == OrderState.COMPLETED


def test_a_large_reversal_needs_a_second_person(province: Province) -> None:
    order = completed(province, 300_00)
    owner = province.context("outlet_owner", province.agent, key="large")
    with pytest.raises(AwaitingApproval) as parked:
        reverse(owner, order=order, reason="wrong number")
    with pytest.raises(AwaitingApproval) as again:
        reverse(owner, order=order, reason="wrong number")
    assert again.value.parked == parked.value.parked
    assert state(province, order) == OrderState.COMPLETED
    with pytest.raises(commands.OwnCommand):
        commands.approve(
            province.context(
                "branch_supervisor",
                province.organizations["4101"],
                actor=owner.actor,
            ),
            parked=parked.value.parked,
        )
    with pytest.raises(commands.ParkedNotFound):
        commands.approve(
            province.context("branch_supervisor", province.organizations["4103"]),
            parked=parked.value.parked,
        )
    commands.approve(
        province.context("branch_supervisor", province.organizations["4101"]),
        parked=parked.value.parked,
    )
    assert state(province, order) == OrderState.ASSESSING_CANCELLATION
    history = queries.order_history(province.clerk(), order=order)
    assert [entry.command for entry in history][-1] == "ordering.reverse"
    assert history[-1].approved_by is not None
    with pytest.raises(commands.AlreadyDecided):
        commands.approve(
            province.context("branch_supervisor", province.organizations["4101"]),
            parked=parked.value.parked,
        )
