"""Midnights, ends of months, clocks that are set: a sale keeps its day, its month and its key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qudao.domain.ordering.operations import DayLimitReached, ReversalTooLate, reverse, sell
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from tests.province import Province, assert_sound

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
"""The first of December begins in Henan."""
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TEN_YUAN = 10_00 - 8
"""What ten yuan of air top-up cost the agent, in fen."""


def at(province: Province, *moments: datetime, keys: Iterable[str] = ()) -> list[Sold | Refusal]:
    """Sell for ten yuan at each of these moments, in one set."""
    names = list(keys) or [None] * len(moments)
    sale = Sale(province.agent, "TOPUP", "13800138000", Money(10_00))
    return sell(
        [(province.clerk(at=when, key=key), sale) for when, key in zip(moments, names, strict=True)]
    )


def limited(province: Province, sales: int) -> OrganizationId:
    """Let the agent sell so many times a day."""
    province.pay_in(province.agent, Money(10_000_00), at=MIDNIGHT - DAY)
    saleschannel.set_limits(
        province.system(), outlet=province.agent, sale_limit=None, day_limit=Money(sales * TEN_YUAN)
    )
    return province.agent


def spent_at(province: Province, when: datetime) -> int:
    return wallets.wallet(province.clerk(at=when), outlet=province.agent).spent_today.minor


def test_a_clock_that_goes_back_and_forth_begins_no_day_anew(province: Province) -> None:
    limited(province, 3)
    before, after = MIDNIGHT - SECOND, MIDNIGHT + SECOND
    sold = [at(province, when)[0] for when in (before, before, after, before, after, before, after)]
    assert [isinstance(one, Sold) for one in sold] == [True] * 5 + [False] * 2
    assert all(isinstance(one, DayLimitReached) and one.left == Money(0) for one in sold[5:])
    assert spent_at(province, after) == 3 * TEN_YUAN
    assert isinstance(at(province, after + DAY)[0], Sold), "the next day begins all the same"


def test_a_set_over_midnight_counts_each_day(province: Province) -> None:
    limited(province, 2)
    before, after = MIDNIGHT - SECOND, MIDNIGHT + SECOND
    answers = at(province, before, before, before, after, after, after)
    assert [isinstance(one, Sold) for one in answers] == [True, True, False] * 2
    assert spent_at(province, after) == 2 * TEN_YUAN
    assert_sound()


def test_a_day_that_a_wrong_clock_left_far_ahead_is_given_up(province: Province) -> None:
    limited(province, 2)
    now = MIDNIGHT - 5 * HOUR
    at(province, now)
    at(province, now + 400 * DAY)
    first, second = at(province, now + HOUR), at(province, now + HOUR)
    assert isinstance(first[0], Sold), "the day far ahead is given up"
    assert isinstance(second[0], DayLimitReached), "what was sold in it is kept in mind"
    assert isinstance(at(province, now + DAY)[0], Sold)


@pytest.mark.parametrize(
    ("sold", "again"),
    [
        (MIDNIGHT - SECOND, MIDNIGHT + SECOND),
        (MIDNIGHT - SECOND, MIDNIGHT + 2 * DAY),
        (MIDNIGHT - 20 * DAY, MIDNIGHT + 2 * DAY),
        (MIDNIGHT + SECOND, MIDNIGHT - SECOND),
        (MIDNIGHT + HOUR, MIDNIGHT - 5 * HOUR),
        (MIDNIGHT + 9 * DAY, MIDNIGHT - 9 * DAY),
        (MIDNIGHT + 100 * DAY, MIDNIGHT - SECOND),
    ],
)
def test_a_key_is_known_on_the_other_side_of_the_months_end(
    province: Province, sold: datetime, again: datetime
) -> None:
    """A client that repeats its request gets the answer of the first, whatever the month is."""
    province.pay_in(province.agent, Money(1_000_00), at=sold)
    (first,) = at(province, sold, keys=["k"])
    assert isinstance(first, Sold)
    assert at(province, again, again, keys=["k", "k"]) == [first, first]
    impatient = replace(province.clerk(at=again, key="k"), patient=False)
    sale = Sale(province.agent, "TOPUP", "13800138000", Money(10_00))
    assert sell([(impatient, sale)]) == [first]
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == first.balance
    assert_sound()


def test_what_a_month_has_begun_the_next_one_ends(province: Province) -> None:
    """Completed, refused, reversed after midnight: each once, and the books agree."""
    province.pay_in(province.agent, Money(1_000_00), at=MIDNIGHT - DAY)
    before, after = MIDNIGHT - SECOND, MIDNIGHT + SECOND
    answers = at(province, before, before, before)
    orders = [one.order for one in answers if isinstance(one, Sold)]
    assert len(orders) == 3
    assert set(province.dispatch(at=before)) == set(orders)
    completed, refused, lost = orders
    province.complete([completed], at=after)
    province.refuse([refused], at=after)
    province.lose([lost], at=after)
    assert_sound()
    assert province.dispatch(at=after + HOUR) == [lost]
    province.complete([lost], at=after + HOUR)
    province.complete([completed, lost], at=after + DAY)
    province.refuse([refused, completed], at=after + DAY)
    assert_sound()
    assert wallets.wallet(province.clerk(at=after), outlet=province.agent).balance == Money(
        1_000_00 - 2 * TEN_YUAN
    )
    owner = province.context("outlet_owner", province.agent, at=after)
    with pytest.raises(ReversalTooLate):
        reverse(owner, order=completed, reason="yesterday's")


def test_a_reversal_asked_for_before_midnight_is_done_after_it(province: Province) -> None:
    province.pay_in(province.agent, Money(1_000_00), at=MIDNIGHT - DAY)
    before, after = MIDNIGHT - SECOND, MIDNIGHT + SECOND
    (sold,) = at(province, before)
    assert isinstance(sold, Sold)
    province.complete(province.dispatch(at=before), at=before)
    owner = province.context("outlet_owner", province.agent, at=before)
    reversal = reverse(owner, order=sold.order, reason="typed wrongly")
    assert province.dispatch(at=after) == [reversal]
    province.complete([reversal], at=after)
    assert_sound()
    assert wallets.wallet(owner, outlet=province.agent).balance == Money(1_000_00)
