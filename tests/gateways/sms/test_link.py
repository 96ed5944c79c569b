"""Messages of ours by a link of this process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from qudao.gateways.sms import link
from qudao.gateways.sms.link import LinkMessenger
from qudao.platform.cmpp.layout import Version
from qudao.platform.messaging.ports import MessengerUnavailable
from qudao.platform.messaging.types import MessageId
from tests.cmpp_gateway import cmpp_gateway
from tests.sms_process import smpp_link
from tests.smsc_process import SmscProcess, smsc, smsc_process

__all__ = ["smsc", "smsc_process"]

LONG = "您的服务密码已经修改。如果不是您本人的操作，请立即联系我们。" * 4


def send(recipient: str, text: str) -> None:
    LinkMessenger().send(MessageId(uuid4()), recipient=recipient, text=text)


def test_by_smpp(smsc: SmscProcess, settings: Settings) -> None:
    phone = smsc.number()
    settings.MESSENGER_LINK = json.dumps(smpp_link(smsc, pair=True, ton=1, npi=1))
    send(phone, LONG)
    (told,) = smsc.received(phone)
    assert told["text"] == LONG
    body = smsc.submitted(wait_s=0)[-1]["body"]
    assert (body["dest_addr_ton"], body["dest_addr_npi"]) == (1, 1)
    smsc.phone(phone, known=False)
    with pytest.raises(MessengerUnavailable, match="INVDSTADR|SUBMITFAIL"):
        send("x", "code")
    smsc.phone(phone)
    # The connection is lost, and made anew by itself.
    (sender,) = link._senders.values()
    before, late, pause = sender._line.era, time.monotonic() + 30, threading.Event()
    smsc.end("reset")
    while sender._line.era == before or not sender._line.up:
        assert time.monotonic() < late, sender._line.reason
        pause.wait(0.02)
    send(phone, "123456")
    assert smsc.received(phone, after=told["number"])[0]["text"] == "123456"


@pytest.mark.parametrize("highest", Version)
def test_by_cmpp(settings: Settings, highest: Version) -> None:
    with cmpp_gateway(highest) as gateway:
        settings.MESSENGER_LINK = json.dumps(gateway.link())
        send("13800138000", LONG)
        send("13800138000", "Code 123456")
        assert gateway.received("13800138000", 1) == [LONG, "Code 123456"]


@pytest.mark.parametrize("said", ["", "{}", '{"protocol": "smpp", "name": "x"}', "[]"])
def test_without_a_link_messages_wait(settings: Settings, said: str) -> None:
    settings.MESSENGER_LINK = said
    with pytest.raises(MessengerUnavailable, match="QUDAO_MESSENGER_LINK"):
        send("13800138000", "Code 123456")


@pytest.fixture(autouse=True)
def links() -> Iterator[None]:
    yield
    link.close()
