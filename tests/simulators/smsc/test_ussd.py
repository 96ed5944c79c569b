"""USSD sessions as an application sees them, and as the phone's screen shows them."""

import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from simulators.smsc.pdus import Parameters, Pdu, Status, Tag
from tests.simulators.smsc.application import Application
from tests.smsc_process import SmscProcess


def says(application: Application, phone: str, op: int, text: str, about: Pdu) -> int:
    """The application's next word in the session of `about`; the status of the answer."""
    parameters: Parameters = [
        (Tag.USSD_SERVICE_OP, bytes([op])),
        (Tag.ITS_SESSION_INFO, about.parameter(Tag.ITS_SESSION_INFO) or b""),
    ]
    coded: dict[str, Any] = {"service_type": "USSD", "data_coding": 8}
    return application.submit(phone, text.encode("utf-16-be"), parameters, **coded).status


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """The phone waits for its screen while the application works."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_a_whole_session(
    smsc: SmscProcess, application: Application, pool: ThreadPoolExecutor
) -> None:
    phone = smsc.number()
    screen = pool.submit(smsc.ussd, phone, dial="*100#")
    dialled = application.delivery()
    assert dialled.body["service_type"] == "USSD"
    assert (dialled.body["source_addr"], dialled.octets) == (phone, b"*100#")
    assert dialled.parameter(Tag.USSD_SERVICE_OP) == b"\x01"
    assert says(application, phone, 2, "1 余额", dialled) == 0
    shown = screen.result()
    assert (shown["state"], shown["text"], shown["octets"]) == ("menu", "1 余额", 8)

    screen = pool.submit(smsc.ussd, phone, answer="1")
    answered = application.delivery()
    assert answered.octets == b"1"
    assert answered.parameter(Tag.USSD_SERVICE_OP) == b"\x12"
    for tag in (Tag.ITS_SESSION_INFO, Tag.USER_MESSAGE_REFERENCE):
        value = answered.parameter(tag)
        assert value == dialled.parameter(tag) and value is not None and len(value) == 2
    assert says(application, phone, 17, "余额 8.00", answered) == 0
    assert screen.result()["state"] == "final"
    # it is over
    assert says(application, phone, 2, "more", answered) == Status.SUBMIT_FAILED
    assert smsc.refused("POST", f"/mobile/{phone}/ussd", json={"answer": "1"})[0] == 409


def test_a_phone_hangs_up(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.ussd(phone, dial="*100#", wait_s=0)
    dialled = application.delivery()
    assert smsc.refused("POST", f"/mobile/{phone}/ussd", json={"dial": "*1#"})[0] == 409
    assert smsc.ussd(phone, hang_up=True)["state"] == "closed"
    ended = application.delivery()
    assert ended.parameter(Tag.USSD_SERVICE_OP) == b"\x20" and ended.octets == b""
    assert ended.parameter(Tag.ITS_SESSION_INFO) == dialled.parameter(Tag.ITS_SESSION_INFO)
    assert says(application, phone, 2, "still there?", dialled) == Status.SUBMIT_FAILED


@pytest.mark.parametrize("code", ["", "*１００#", "balance", "*100#\n"])
def test_what_no_key_dials_is_refused(smsc: SmscProcess, code: str) -> None:
    status, reason = smsc.refused("POST", f"/mobile/{smsc.number()}/ussd", json={"dial": code})
    assert status == 400 and "dial" in reason


def test_nobody_answers(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.ussd(phone, dial="*100#", wait_s=0)
    application.delivery(Status.RECEIVER_TEMPORARY_ERROR)
    shown = smsc.screen(phone, after=1)
    assert (shown["state"], shown["text"]) == ("closed", "Connection problem or invalid MMI code.")
    smsc.end("reset")
    assert smsc.ussd(smsc.number(), dial="*100#")["state"] == "closed"


def test_what_does_not_fit_a_screen(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.ussd(phone, dial="*100#", wait_s=0)
    dialled = application.delivery()
    assert says(application, phone, 2, "字" * 81, dialled) == Status.INVALID_MESSAGE_LENGTH
    assert says(application, phone, 2, "字" * 80, dialled) == 0
    assert smsc.screen(phone, after=1)["text"] == "字" * 80


def test_another_sessions_number_is_refused(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.ussd(phone, dial="*100#", wait_s=0)
    dialled = application.delivery()
    info = dialled.parameter(Tag.ITS_SESSION_INFO) or b""
    dialled.parameters = [(Tag.ITS_SESSION_INFO, bytes([info[0], info[1] ^ 1]))]
    assert says(application, phone, 2, "menu", dialled) == Status.SUBMIT_FAILED


def test_an_application_begins(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    menu: Parameters = [(Tag.USSD_SERVICE_OP, b"\x02")]
    assert application.submit(phone, b"Buy?", menu, service_type="USSD").status == 0
    assert smsc.screen(phone)["state"] == "menu"
    smsc.ussd(phone, answer="1", wait_s=0)
    answered = application.delivery()
    assert answered.body["destination_addr"] == "10086"
    assert says(application, phone, 17, "Bought", answered) == 0
    notice: Parameters = [(Tag.USSD_SERVICE_OP, b"\x03")]
    assert application.submit(phone, b"News", notice, service_type="USSD").status == 0
    assert smsc.screen(phone, after=3)["text"] == "News"


def test_sessions_time_out_and_vendors_differ() -> None:
    gateway = (
        '{"session_s": 0.2, "session": "counted", "ended": 200, "reference": false, "dial": 77}'
    )
    smsc = SmscProcess("--ussd", gateway)
    application = Application(smsc.host, smsc.port)
    try:
        application.bind()
        phone = smsc.number()
        smsc.ussd(phone, dial="*100#", wait_s=0)
        dialled, ended = application.delivery(), application.delivery()
        assert dialled.parameter(Tag.USSD_SERVICE_OP) == bytes([77])
        assert dialled.parameter(Tag.USER_MESSAGE_REFERENCE) is None
        assert ended.parameter(Tag.USSD_SERVICE_OP) == bytes([200])
        # session 1; its first unit, and its second with the end bit
        assert dialled.parameter(Tag.ITS_SESSION_INFO) == b"\x01\x00"
        assert ended.parameter(Tag.ITS_SESSION_INFO) == b"\x01\x03"
        assert smsc.screen(phone, after=1)["state"] == "closed"
    finally:
        application.close()
        smsc.close()


def test_load(smsc: SmscProcess, application: Application, pool: ThreadPoolExecutor) -> None:
    """Two phones dial and answer; what is still open after the last text is hung up."""
    load = {"texts": ["*100#", "1"], "ussd": True, "phones": 2, "for_s": 0.01}
    run = pool.submit(smsc.load, first_msisdn="13600000000", **load)
    run.add_done_callback(lambda _: application.socket.shutdown(socket.SHUT_RD))
    seen: Counter[str] = Counter()
    with suppress(EOFError):
        while True:
            pdu = application.delivery()
            op = pdu.parameter(Tag.USSD_SERVICE_OP) or b""
            seen[op.hex()] += 1
            if op != b"\x20":
                says(application, pdu.body["source_addr"], 2, "1 余额", pdu)
    result = run.result()
    assert result["unanswered"] == 0
    assert result["steps"] == seen["01"] + seen["12"]
    assert seen["01"] == seen["12"] >= 2
