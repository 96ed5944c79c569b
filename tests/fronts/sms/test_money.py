"""Customers pay by message, with the card that is bound to their line; once, whatever happens."""

from __future__ import annotations

import time

import pytest

from qudao.domain.ordering.models import Order
from tests.acquirer_process import AcquirerProcess
from tests.cmpp_gateway import CmppGateway
from tests.fronts.sms.conftest import LIMIT, PASSWORD
from tests.fronts.sms.phone import Phone
from tests.province import assert_sound
from tests.sms_process import NUMBER, SmsProcess
from tests.smsc_process import SmscProcess


def paid(acquirer: AcquirerProcess, msisdn: str) -> list[int]:
    """The amounts of a line's orders, in fen; the card has paid as much."""
    rows = Order.objects.unscoped("all that there are").order_by("ordered_at")
    amounts = list(rows.values_list("amount", flat=True))
    assert acquirer.card(msisdn)["available"] == LIMIT - sum(amounts)
    return amounts


@pytest.mark.crash
def test_a_top_up_is_paid_once(
    hall: SmsProcess,
    smsc: SmscProcess,
    gateway: CmppGateway,
    acquirer: AcquirerProcess,
    payer: str,
) -> None:
    phone = Phone(smsc, payer)
    assert "密码" in phone.says(f"CZ {payer} 50")
    assert "确认" in phone.says(PASSWORD)
    # Twice at once, as the impatient do; the second one is the first one.
    for _ in range(2):
        smsc.text(payer, NUMBER, "1")
    assert "¥50.00" in phone.reads()
    assert paid(acquirer, payer) == [5000]
    # It dies while the card is being asked; whoever comes next finds out, and says it.
    assert "确认" in phone.says(f"CZ {payer} 30")
    acquirer.faults(latency_ms=1_500)
    assert smsc.taken(smsc.text(payer, NUMBER, "1"))["state"] == "taken"
    hall.kill9()
    acquirer.faults()
    hall.start()
    assert "实收: ¥30.00" in phone.reads()
    assert paid(acquirer, payer) == [5000, 3000]
    # So do those who answer; threads of who holds the links do it then. (Another "1" could be the
    # one to which our yes was lost when the connection broke.)
    assert "确认" in phone.says(f"CZ {payer} 40")
    others = [Phone(smsc, f"139000001{nth:02}") for nth in range(20)]
    acquirer.faults(latency_ms=1_500)
    assert smsc.taken(smsc.text(payer, NUMBER, "是"))["state"] == "taken"
    sent = [smsc.text(other.msisdn, NUMBER, "WD") for other in others]
    gone = hall.answerers()
    hall.kill9_answerers()
    acquirer.faults()
    assert "实收: ¥40.00" in phone.reads()
    assert paid(acquirer, payer) == [5000, 3000, 4000]
    # Nothing of it is lost, and nothing is said twice.
    assert {smsc.taken(one)["state"] for one in sent} == {"taken"}
    assert all("哪个城市" in other.reads() for other in others)
    # Others take their place.
    deadline = time.monotonic() + 60
    while len(hall.answerers() - gone) < len(gone):
        assert time.monotonic() < deadline, hall.said
        smsc.received(payer, phone.read, wait_s=0.1)
    assert all("哪个城市" in other.says("网点") for other in others)
    assert {len(smsc.received(other.msisdn, wait_s=0)) for other in others} == {2}
    # By CMPP a message has a number of its own, so it is known again however late it comes.
    assert "确认" in by_cmpp(gateway, payer, f"充值{payer} 20元")
    assert "实收: ¥20.00" in by_cmpp(gateway, payer, "1", msg_id=77)
    assert gateway.text(payer, NUMBER, "1", msg_id=77) == 0
    assert "余额" in by_cmpp(gateway, payer, "YE"), "nothing was answered in between"
    assert set(gateway.tags) == {f"L{payer[-4:]}"}
    assert paid(acquirer, payer) == [5000, 3000, 4000, 2000]
    assert_sound()


def by_cmpp(gateway: CmppGateway, msisdn: str, text: str, *, msg_id: int = 0) -> str:
    """Say something, and return the answer."""
    before = gateway.count(msisdn)
    assert gateway.text(msisdn, NUMBER, text, msg_id=msg_id) == 0
    return gateway.received(msisdn, before)[before]
