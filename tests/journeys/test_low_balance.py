"""The owner of a wallet that runs low is told by a short message, once a day, in their language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale
from qudao.domain.party import queries as party
from qudao.domain.wallet import operations as wallet
from qudao.kernel.money import Money
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from qudao.platform.events.models import Cursor
from qudao.platform.identity.models import User
from qudao.platform.messaging.models import OutgoingMessage
from tests.province import Province

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "13900139000"


@pytest.fixture
def province(committed_province: Province) -> Province:
    """The agent holds 300.00 and is warned below 200.00; its owner can be reached."""
    User.objects.filter(username="owner").update(phone=PHONE, language="en")
    committed_province.pay_in(committed_province.agent, Money(300_00), at=now())
    committed_province.relay()
    return committed_province


def now() -> datetime:
    return datetime.now(UTC)


def sale(province: Province, fen: int, at: datetime) -> Money:
    request = Sale(province.agent, "TOPUP", "13800138000", Money(fen))
    return sell.one(province.clerk(at=at), request).balance


def told() -> list[tuple[str, str]]:
    rows = OutgoingMessage.objects.filter(kind="low_balance").order_by("created_at")
    return [(row.recipient, str(row.text)) for row in rows]


def test_crossing_the_threshold_is_told_once(province: Province) -> None:
    at = now()
    assert sale(province, 50_00, at) > Money(200_00)
    province.relay()
    assert told() == []
    left = sale(province, 100_00, at)
    province.relay()
    ((recipient, text),) = told()
    assert recipient == PHONE
    assert f"Outlet AGENT has {left} yuan left" in text and "200.00" in text
    sale(province, 10_00, at)  # below already: nothing new
    province.pay_in(province.agent, Money(200_00), at=at)
    province.relay()
    sale(province, 200_00, at)  # crossed again, on the same day
    province.relay()
    assert len(told()) == 1
    entry = JournalEntry.objects.get(command="low_balance.warn")
    assert (entry.subject, entry.answer) == (province.agent, 1)
    assert PHONE not in str(entry.arguments) and PHONE not in str(entry.events)


def test_in_the_owners_language(province: Province) -> None:
    User.objects.filter(username="owner").update(language="")
    sale(province, 150_00, now())
    province.relay()
    ((_, text),) = told()
    assert "AGENT网点的钱包可用余额" in text


def test_reading_the_journal_again_tells_nothing_twice(province: Province) -> None:
    sale(province, 150_00, now())
    province.relay()
    Cursor.objects.filter(consumer="low_balance.follow_sales").delete()
    province.relay()
    assert len(told()) == 1


def test_credit_counts_as_available(province: Province) -> None:
    wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(500_00))
    sale(province, 150_00, now())
    province.relay()
    assert told() == []


def test_what_was_filled_up_in_between_is_not_told(province: Province) -> None:
    sale(province, 150_00, now())
    province.pay_in(province.agent, Money(500_00), at=now())
    province.relay()
    assert told() == []


def test_what_is_long_past_is_not_told(province: Province) -> None:
    sale(province, 150_00, now() - timedelta(days=2))
    province.relay()
    assert told() == []


def test_an_owner_without_a_phone_is_left_alone(province: Province) -> None:
    User.objects.filter(username="owner").update(phone=None)
    sale(province, 150_00, now())
    province.relay()
    assert told() == []


def test_a_batch_of_sales_costs_no_more_queries_than_one(province: Province) -> None:
    wallet.set_low_balance(province.system(), outlet=province.agent, amount=Money(0))
    province.relay()

    def queries(sales: int) -> int:
        for _ in range(sales):
            sale(province, 1_00, now())
        with CaptureQueriesContext(
            connection,
        ) as caught:
            province.relay()
        return sum("wallet_wallet" in query["sql"] for query in caught.captured_queries)

    assert queries(1) == queries(20) == 1


def test_only_the_platform_learns_phone_numbers(province: Province) -> None:
    asking = province.context("outlet_owner", province.agent)
    with pytest.raises(NotPermitted):
        party.contacts(asking, organization=province.agent, role="outlet_owner")
