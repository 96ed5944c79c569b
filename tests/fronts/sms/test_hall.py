"""The SMS hall at its protocol: phones of a simulated centre talk with `qudao sms`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qudao.fronts.sms.models import Inbound
from qudao.platform.dialogues.models import Dialogue
from tests.boss_process import BossProcess
from tests.fronts.sms.phone import Phone
from tests.sms_process import NUMBER, SmsProcess
from tests.smsc_process import SmscProcess

ENGLISH = ("YY", "2")
"""What one writes to be answered in English from then on."""


def unanswered() -> int:
    return Inbound.objects.filter(done_at__isnull=True).count()


@pytest.fixture
def phone(hall: SmsProcess, smsc: SmscProcess, boss: BossProcess) -> Phone:
    """Of a line that the BOSS knows."""
    return Phone(smsc, boss.fresh().msisdn)


def test_who_asks_is_answered(
    phone: Phone, smsc: SmscProcess, hall: SmsProcess, boss: BossProcess
) -> None:
    balance = phone.says("YE")
    assert balance.startswith("余额\n") and phone.msisdn in balance
    for way in ("ｙｅ", " ye ", "“YE”。", "余额"):
        assert phone.says(way) == balance
    # In as many parts as it takes, both ways, and however the parts are told.
    cities = phone.says("WD")
    assert "\n18 济源市" in cities
    shown = smsc.submitted(wait_s=0)[-1]
    assert (shown["body"]["source_addr"], shown["destination"]) == (NUMBER, phone.msisdn)
    for segmentation in ("udh", "udh16", "sar", "payload"):
        assert "郑州" in phone.says("郑州" + " " * 200, segmentation=segmentation), segmentation
        phone.says("WD")
    # A language is kept, for the next dialogue too.
    assert "Language: English" in [phone.says(one) for one in ENGLISH][-1]
    assert phone.says("YE").startswith("Balance\n")
    assert "Goodbye" in phone.says("cancel")
    assert phone.says("YE").startswith("Balance\n")
    nobody_else_is_answered(Phone(smsc, boss.fresh().msisdn), smsc)
    assert hall.said == ""


def nobody_else_is_answered(phone: Phone, smsc: SmscProcess) -> None:
    # Help is given once; an answering machine that answers it is not answered.
    assert "YE" not in phone.says("我在休假，稍后回复")
    smsc.text(phone.msisdn, NUMBER, "我在休假，稍后回复")
    assert phone.says("YE").startswith("余额"), "the next answer is that of what was understood"
    # Machines, short codes, our own number; what is no text.
    for sender in ("10086", "1069001234", "95555"):
        assert smsc.taken(smsc.text(sender, NUMBER, "YE"))["state"] == "taken"
        assert smsc.received(sender, wait_s=0) == []
    # A report, a message of another kind, octets that are none of the alphabets.
    before = smsc.latest
    for octets in (
        deliver(phone.msisdn, "YE", esm_class=0x04),
        deliver(phone.msisdn, "YE", esm_class=0x08),
        deliver(phone.msisdn, "YE", data_coding=0x04),
    ):
        smsc.octets(octets)
    assert phone.says("YE").startswith("余额")
    assert len(smsc.submitted(before)) == 1
    # The number that begins with +86 is the same line, and is answered as it wrote.
    abroad = Phone(smsc, f"86{phone.msisdn}")
    assert phone.msisdn in abroad.says("YE")


def a_flood_of_one_number_hurts_no_other(
    phone: Phone, smsc: SmscProcess, boss: BossProcess
) -> None:
    for _ in range(40):
        smsc.text(phone.msisdn, NUMBER, "YE")
    other = Phone(smsc, boss.fresh().msisdn)
    assert other.says("YE").startswith("余额")
    last = smsc.text(phone.msisdn, NUMBER, "YE")
    assert smsc.taken(last)["state"] == "taken"
    assert other.says("TC").startswith("套餐")
    assert len(smsc.received(phone.msisdn, wait_s=0)) <= 30


ABUSE: dict[str, Callable[[str], bytes]] = {
    "truncated": lambda msisdn: deliver(msisdn, "YE")[:-9],
    "wrong length": lambda msisdn: deliver(msisdn, "YE", sm_length=200),
    "unknown command": lambda msisdn: bytes.fromhex("00000010000000ee0000000000001000"),
    "bad encoding": lambda msisdn: deliver(msisdn, b"\xd8\x3d\xd8", data_coding=8),
    "oversize": lambda msisdn: (90_000).to_bytes(4, "big") + bytes(12),
}


def test_abuse_ends_nothing_of_others(
    phone: Phone, smsc: SmscProcess, boss: BossProcess, hall: SmsProcess
) -> None:
    for name, octets in ABUSE.items():
        stranger = boss.fresh().msisdn
        smsc.octets(octets(stranger))
        if name in ("truncated", "oversize"):
            # What cannot be followed any more ends the connection; the hall comes back.
            smsc.end("reset")
            smsc.sessions(bound=1)
        assert phone.says("YE").startswith("余额"), name
    # What comes twice, and in pieces of three octets, is answered as well.
    smsc.faults(duplicate=1.0, trickle=True)
    assert phone.says("YE").startswith("余额")
    smsc.faults()
    a_flood_of_one_number_hurts_no_other(Phone(smsc, boss.fresh().msisdn), smsc, boss)
    assert hall.running


@pytest.mark.crash
def test_kill_9_loses_nothing_and_doubles_nothing(
    hall: SmsProcess, phone: Phone, smsc: SmscProcess, boss: BossProcess
) -> None:
    phones = [Phone(smsc, boss.fresh().msisdn) for _ in range(12)]
    # The centre takes no answer for now, so all are still owed one.
    smsc.faults(queue_full=1.0)
    sent = [smsc.text(one.msisdn, NUMBER, "YE") for one in phones]
    assert {smsc.taken(one)["state"] for one in sent} == {"taken"}
    other = SmsProcess.beside(hall)
    try:
        # Another process with the same link waits until the first one has ended.
        assert len(smsc.sessions(bound=1)) == 1
        hall.kill9()
        assert unanswered() == len(phones)
        smsc.faults()
        other.connected()
        assert all(one.reads().startswith("余额") for one in phones)
        lost_yes(other, phone, smsc)
        # Asked to end while the centre is slow to take answers, it waits for that.
        smsc.faults(latency_ms=300)
        last = [smsc.text(phone.msisdn, NUMBER, text) for text in ("YE", "TC")]
        assert {smsc.taken(one)["state"] for one in last} == {"taken"}
    finally:
        assert other.stop() == 0, other.said
    smsc.faults()
    assert [phone.reads().partition("\n")[0] for _ in last] == ["余额", "套餐查询"]
    assert unanswered() == 0
    assert set(Inbound.objects.values_list("content", flat=True)) == {None}
    assert all(len(smsc.received(one.msisdn, wait_s=0)) == 1 for one in phones)
    assert Dialogue.objects.count() == len(phones) + 1


def lost_yes(hall: SmsProcess, phone: Phone, smsc: SmscProcess) -> None:
    """A message comes again after the connection broke: it is the same message."""
    assert "郑州市" in phone.says("WD")
    smsc.end("reset")
    smsc.sessions(bound=1)
    assert "郑州市" in phone.says("WD")
    found = Dialogue.objects.order_by("-changed_at").values_list("version", flat=True)
    assert found[0] == 0, "the second one was the first one"


def deliver(
    msisdn: str,
    text: str | bytes,
    *,
    esm_class: int = 0,
    data_coding: int = 0,
    sm_length: int | None = None,
) -> bytes:
    """The octets of a deliver_sm."""
    octets = text.encode() if isinstance(text, str) else text
    body = b"\0" + b"\0\0" + msisdn.encode() + b"\0" + b"\0\0" + NUMBER.encode() + b"\0"
    body += bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, data_coding, 0))
    body += bytes((len(octets) if sm_length is None else sm_length,)) + octets
    return (16 + len(body)).to_bytes(4, "big") + bytes.fromhex("0000000500000000000fff00") + body
