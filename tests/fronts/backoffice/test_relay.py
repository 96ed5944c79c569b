"""The page of the way to the BOSS: what it owes, who is at work, and warnings."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import pytest

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale
from qudao.kernel.money import Money
from tests.fronts.backoffice.conftest import MSISDN, Enter, now, text, trade
from tests.province import RUNNER, Province

pytestmark = pytest.mark.django_db

PAGE = "/office/relay/"


@pytest.fixture(autouse=True)
def sold(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    # What another test has left in memory is at most a second old, and so may this one be.
    monkeypatch.setattr(sys.modules["qudao.domain.ordering.queries.backlog"], "_known", None)
    province.pay_in(province.agent, Money(500_00), at=now())
    trade(province, 50_00)


def beat(province: Province, at: datetime, breaker: str = "closed", completed: int = 0) -> None:
    ordering.beat(
        province.system(at),
        runner=RUNNER,
        lease=timedelta(minutes=1),
        completed=completed,
        refused=0,
        breaker=breaker,
    )


def test_nobody_at_work_is_said(enter: Enter) -> None:
    shown = text(enter("province").get(PAGE))
    assert "No dispatcher is at work" in shown
    assert "No dispatcher has worked within the last hour" in shown


def test_the_last_hour_is_shown(province: Province, enter: Enter) -> None:
    beat(province, now() - timedelta(minutes=20), completed=1_234)
    beat(province, now(), completed=120)
    shown = text(enter("province").get(PAGE))
    assert "1,234" in shown and "No dispatcher" not in shown and "does not answer" not in shown
    live = text(enter("province").get(f"{PAGE}now/"))
    assert "Dispatchers at work" in live and "Decided per second" in live


def test_trouble_is_said(province: Province, enter: Enter) -> None:
    sale = Sale(province.agent, "TOPUP", MSISDN, Money(20_00))
    sell.one(province.clerk(at=now() - timedelta(minutes=5)), sale)
    client = enter("province")
    beat(province, now())
    assert "Orders wait too long" in text(client.get(PAGE))
    beat(province, now(), "open")
    assert "The BOSS does not answer" in text(client.get(PAGE))


def test_it_is_for_those_who_see_to_it(enter: Enter) -> None:
    assert enter("clerk").get(PAGE).status_code in (302, 403, 404)
