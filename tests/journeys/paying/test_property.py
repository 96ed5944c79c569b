"""Whatever goes wrong, wherever a process dies: nobody's money is taken for what is not sold."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.checkout.types import PaymentState as Is
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderId, OrderState, Sold
from qudao.journeys import paying
from qudao.kernel.refusals import Refusal
from tests.journeys.paying.hall import MSISDN, PaidHall, assert_all_sound
from tests.means import PAGES, SCRIPTED, Died, Scripted
from tests.province import NOON

FAULTS = st.lists(
    st.sampled_from(["", "", "lost", "deaf", "down", "declined", "dies-before", "dies-after"]),
    max_size=8,
)
MOST_ROUNDS = 20
EXAMPLES = int(os.environ.get("QUDAO_TEST_PAYMENTS", "25"))

ENDS = {
    Is.CAPTURED: {"captured"},
    Is.DECLINED: {"", "declined", "released"},
    Is.RELEASED: {"", "declined", "released"},
    Is.REFUNDED: {"refunded"},
    Is.OWED: {"captured"},
}


def once(hall: PaidHall, page: bool) -> Sold | paying.Page | None:
    """A confirmation arrives; its process may die of it."""
    with suppress(Died, Refusal):
        if page:
            return paying.begin_page(hall.context("dialogue:1:1"), sale=hall.sale(), payer=MSISDN)
        return paying.pay_and_sell(
            hall.context("dialogue:1:1"), sale=hall.sale(), means="bound", payer=MSISDN
        )
    return None


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    faults=FAULTS,
    page=st.booleans(),
    pays=st.booleans(),
    repeats=st.booleans(),
    refused=st.booleans(),
)
def test_every_payment_ends_as_it_should(
    hall: PaidHall, faults: list[str], page: bool, pays: bool, repeats: bool, refused: bool
) -> None:
    means = PAGES if page else SCRIPTED
    means.faults.clear()
    means.faults.extend(faults)
    with transaction.atomic():
        hall.at = NOON
        told = once(hall, page)
        if repeats:
            hall.later(timedelta(seconds=5))
            told = once(hall, page) or told
        for one in hall.payments():
            if pays and means.held(one.id) == "waiting":
                means.pay(one.id)
                with suppress(Died):
                    paying.noticed(one.id, at=hall.at)
        if not refused:
            hall.province.complete(hall.province.dispatch(at=hall.at), at=hall.at)
        for _time in range(MOST_ROUNDS):
            if refused:
                hall.boss_refuses()
            hall.later(timedelta(hours=1))
            with suppress(Died):
                if not paying.settle(hall.province.system(hall.at)) and not means.faults:
                    break
            if not any(one.step for one in hall.payments()):
                means.faults.clear()
        assert_ended(hall, means, told)
        transaction.set_rollback(True)


def assert_ended(hall: PaidHall, means: Scripted, told: Sold | paying.Page | None) -> None:
    for one in hall.payments():
        assert one.step is None and means.held(one.id) in ENDS[Is(one.state)], one
        if one.order is None:
            assert one.state in (Is.DECLINED, Is.RELEASED)
            assert not isinstance(told, Sold)
            continue
        order = ordering.order(hall.province.system(hall.at), order=OrderId(one.order))
        assert (one.state == Is.CAPTURED) == (order.state != OrderState.FAILED)
        assert not isinstance(told, Sold) or told.order == one.order
    assert_all_sound()
