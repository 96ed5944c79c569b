"""Both sides are told when goods run low, once a day; keepers, of what expires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from qudao.domain.party import operations as party
from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import Goods
from qudao.journeys.jobs import stock as jobs
from qudao.kernel.personal import Personal
from qudao.platform.identity.models import User
from qudao.platform.messaging.models import OutgoingMessage
from tests.domain.stock.stand import Stand
from tests.province import PASSWORD, Province

pytestmark = pytest.mark.django_db(transaction=True)

OWNER, KEEPER = "13900139000", "13900139001"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def stand(committed_province: Province) -> Stand:
    """The agent is warned below three SIM cards; owner and keeper can be reached."""
    p = committed_province
    stock.load_reference(p.system())
    party.admit_member(
        p.system(),
        organization=p.organizations["4101"],
        role="stock_keeper",
        username="thekeeper",
        name=Personal("测试库管"),
        password=PASSWORD,
    )
    User.objects.filter(username="owner").update(phone=OWNER, language="en")
    User.objects.filter(username="thekeeper").update(phone=KEEPER)
    made = Stand(p)
    stock.set_threshold(p.system(), place=p.agent, item="SIM3IN1", low=3)
    return made


def told(kind: str = "low_stock") -> dict[str, str]:
    rows = OutgoingMessage.objects.filter(kind=kind).order_by("created_at")
    found = [(row.recipient, str(row.text)) for row in rows]
    assert len(dict(found)) == len(found), "each is told once"
    return dict(found)


def hold(stand: Stand, serial: str, order: int) -> None:
    p = stand.province
    stock.hold(p.system(now()), outlet=p.agent, serials=[("sim", serial)], order=UUID(int=order))
    p.relay()


def test_both_sides_are_told_once(stand: Stand) -> None:
    serials = stand.sims(4, stand.province.agent)
    hold(stand, serials[0], 1)
    assert told() == {}
    hold(stand, serials[1], 2)
    texts = told()
    assert set(texts) == {OWNER, KEEPER}
    assert "Outlet AGENT has 2 of SIM card 3-in-1 left, below its threshold of 3" in texts[OWNER]
    assert "仅剩2" in texts[KEEPER]
    hold(stand, serials[2], 3)
    assert len(told()) == 2


def test_enough_again_is_not_told(stand: Stand) -> None:
    p = stand.province
    (serial,) = stand.sims(1, p.agent)
    stand.sims(5, p.agent)
    stock.mark_defective(
        p.system(now()),
        place=p.agent,
        goods=[Goods("SIM3IN1", serials=(serial,))],
        reason="bent",
    )
    p.relay()
    assert told() == {}


def test_keepers_hear_of_what_expires(stand: Stand) -> None:
    p = stand.province
    soon = (now() + timedelta(days=12)).date()
    stand.cards(4, p.agent, expires_on=soon)
    jobs.warn_expiring(p.system(now()))
    jobs.warn_expiring(p.system(now()))
    ((recipient, text),) = told("expiring_goods").items()
    assert recipient == KEEPER and "4张充值卡" in text and soon.isoformat() in text
    assert jobs.expire(p.system(now())) == 0
    assert jobs.expire(p.system(now() + timedelta(days=14))) == 4
