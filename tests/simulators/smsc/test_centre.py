"""Messages both ways, receipts, and what the centre says to an application that errs."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulators.smsc.pdus import GENERIC_NACK, HEADER, RESPONSE, Bad, Command, Status, Tag
from simulators.smsc.times import seconds_until
from tests.simulators.smsc.application import Application
from tests.smsc_process import SmscProcess

Connect = Callable[[], Application]
LONG = "一部长短信，" * 30


def test_binds_of_all_three_kinds(smsc: SmscProcess, connect: Connect) -> None:
    for command in (Command.BIND_RECEIVER, Command.BIND_TRANSMITTER, Command.BIND_TRANSCEIVER):
        assert connect().bind(command) == 0
    kinds = sorted(each["kind"] for each in smsc.sessions(bound=3))
    assert kinds == ["receiver", "transceiver", "transmitter"]


def test_who_may_not_bind(smsc: SmscProcess, connect: Connect) -> None:
    assert connect().bind(name="nobody") == Status.INVALID_SYSTEM_ID
    assert connect().bind(password="wrong") == Status.INVALID_PASSWORD
    bound = connect()
    assert [bound.bind(), bound.bind()] == [0, Status.ALREADY_BOUND]
    smsc.faults(refuse_bind=True)
    assert connect().bind() == Status.BIND_FAILED


def test_a_transmitter_gets_nothing_and_a_receiver_submits_nothing(
    smsc: SmscProcess, connect: Connect
) -> None:
    receiver, transmitter = connect(), connect()
    receiver.bind(Command.BIND_RECEIVER)
    transmitter.bind(Command.BIND_TRANSMITTER)
    assert receiver.submit("13900", b"x").status == Status.INVALID_BIND_STATUS
    assert connect().submit("13900", b"x").status == Status.INVALID_BIND_STATUS
    phone = smsc.number()
    smsc.text(phone, "10086", "hello")
    assert receiver.delivery().octets == b"hello"
    assert transmitter.submit(phone, b"hi").status == 0
    assert transmitter.deliveries == []


def test_a_phone_shows_what_was_submitted(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    application.submit(phone, b"\x00 10 \x1be")
    application.submit(phone, "余额".encode("utf-16-be"), data_coding=8)
    application.submit(phone, b"", [(Tag.MESSAGE_PAYLOAD, b"much" * 100)])
    application.ask(
        Command.DATA_SM,
        [(Tag.MESSAGE_PAYLOAD, b"data")],
        source_addr="10086",
        destination_addr=phone,
    )
    shown = [message["text"] for message in smsc.received(phone, after=0)]
    assert shown == ["@ 10 €", "余额", "much" * 100, "data"]
    assert {message["sender"] for message in smsc.received(phone)} == {"10086"}


def test_a_phone_puts_parts_together(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    halves = [LONG[:60].encode("utf-16-be"), LONG[60:120].encode("utf-16-be")]
    # the second first, and once more
    for number in (2, 2, 1):
        header = bytes([5, 0, 3, 77, 2, number])
        application.submit(phone, header + halves[number - 1], esm_class=0x40, data_coding=8)
    for number in (2, 1):
        sar = [
            (Tag.SAR_REFERENCE, b"\x01\x02"),
            (Tag.SAR_TOTAL, b"\x02"),
            (Tag.SAR_NUMBER, bytes([number])),
        ]
        application.submit(phone, halves[number - 1], sar, data_coding=8)
    messages = smsc.received(phone, after=1)
    assert [(each["text"], each["parts"], each["whole"]) for each in smsc.received(phone)] == [
        (LONG[:120], 2, True)
    ] * 2
    assert len(messages) == 1


@pytest.mark.parametrize("segmentation", ["udh", "udh16", "sar", "payload"])
def test_a_long_message_of_a_phone(
    smsc: SmscProcess, application: Application, segmentation: str
) -> None:
    phone = smsc.number()
    sent = smsc.text(phone, "10086", LONG, segmentation=segmentation)
    if segmentation == "payload":
        pdu = application.delivery()
        assert pdu.parameter(Tag.MESSAGE_PAYLOAD) == LONG.encode("utf-16-be")
    else:
        skip = {"udh": 6, "udh16": 7, "sar": 0}[segmentation]
        parts = [application.delivery() for _ in range(3)]
        octets = b"".join(part.octets[skip:] for part in parts)
        assert octets.decode("utf-16-be") == LONG
        assert {part.body["esm_class"] for part in parts} == {0x40 if skip else 0}
    assert smsc.taken(sent)["state"] == "taken"


def test_a_receipt(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    answer = application.submit(phone, b"12345678901234567890+", registered_delivery=1)
    receipt = application.delivery()
    message_id = answer.body["message_id"]
    assert receipt.body["esm_class"] == 0x04
    assert (receipt.body["source_addr"], receipt.body["destination_addr"]) == (phone, "10086")
    written = receipt.octets.decode()
    assert written.startswith(f"id:{message_id} sub:001 dlvrd:001 submit date:")
    assert written.endswith("stat:DELIVRD err:000 Text:12345678901234567890")
    assert receipt.parameter(Tag.RECEIPTED_MESSAGE_ID) == message_id.encode() + b"\0"
    assert receipt.parameter(Tag.MESSAGE_STATE) == b"\x02"
    found = application.ask(Command.QUERY_SM, message_id=message_id, source_addr="10086")
    assert found.body["message_state"] == 2 and len(found.body["final_date"]) == 16


def test_receipts_of_what_fails(smsc: SmscProcess, application: Application) -> None:
    nobody, off = smsc.number(), smsc.number()
    smsc.phone(nobody, known=False)
    smsc.phone(off, on=False)
    assert application.submit(nobody, b"x", registered_delivery=2).status == 0
    assert b"stat:UNDELIV err:001" in application.delivery().octets
    for_a_second = {"registered_delivery": 1, "validity_period": "000000000001000R"}
    assert application.submit(off, b"x", **for_a_second).status == 0
    assert b"stat:EXPIRED err:027" in application.delivery().octets
    smsc.phone(off, on=True)
    assert smsc.received(off, wait_s=0) == []


def test_a_phone_that_is_off_gets_it_later(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.phone(phone, on=False)
    ids = [application.submit(phone, b"old").body["message_id"] for _ in range(3)]
    state = application.ask(Command.QUERY_SM, message_id=ids[0], source_addr="10086")
    assert state.body["message_state"] == 1
    assert application.ask(Command.CANCEL_SM, message_id=ids[1]).status == 0
    assert application.ask(Command.CANCEL_SM, message_id=ids[1]).status == Status.CANCEL_FAILED
    replaced = application.ask(Command.REPLACE_SM, message_id=ids[2], short_message=b"new")
    assert replaced.status == 0
    assert smsc.received(phone, wait_s=0) == []
    smsc.phone(phone, on=True)
    assert [message["text"] for message in smsc.received(phone)] == ["old", "new"]


def test_a_message_for_later(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    application.submit(phone, b"later", schedule_delivery_time="000000000001000R")
    assert smsc.received(phone, wait_s=0) == []
    assert smsc.received(phone)[0]["text"] == "later"


def test_what_is_not_answered_with_yes_comes_again(
    smsc: SmscProcess, application: Application
) -> None:
    sent = smsc.text(smsc.number(), "10086", "again")
    first = application.delivery(Status.RECEIVER_TEMPORARY_ERROR)
    second = application.delivery()
    assert first.octets == second.octets and first.sequence != second.sequence
    assert smsc.taken(sent)["state"] == "taken"
    refused = smsc.text(smsc.number(), "10086", "never")
    application.delivery(Status.RECEIVER_REJECTS)
    assert smsc.taken(refused) | {"from": ""} == {
        "id": refused,
        "from": "",
        "to": "10086",
        "parts": 1,
        "state": "refused",
        "statuses": [Status.RECEIVER_REJECTS],
    }


def test_what_a_broken_session_had_goes_to_the_next(smsc: SmscProcess, connect: Connect) -> None:
    first = connect()
    first.bind()
    sent = smsc.text(smsc.number(), "10086", "hold on")
    assert first.read().octets == b"hold on"
    first.close()
    second = connect()
    second.bind()
    assert second.delivery().octets == b"hold on"
    assert smsc.taken(sent)["state"] == "taken"


def test_what_an_application_does_wrong(smsc: SmscProcess, application: Application) -> None:
    assert application.submit("", b"x").status == Status.INVALID_DESTINATION
    assert application.submit("12", bytes(255)).status == Status.INVALID_MESSAGE_LENGTH
    scheduled = application.submit("12", b"x", schedule_delivery_time="tomorrow")
    assert scheduled.status == Status.INVALID_SCHEDULED_TIME
    assert application.submit("12", b"x", validity_period="99").status == Status.INVALID_EXPIRY_TIME
    unknown = application.ask(Command.QUERY_SM, message_id="77", source_addr="")
    assert unknown.status == Status.QUERY_FAILED
    application.socket.sendall(HEADER.pack(16, 0xAA, 0, 99))
    nack = application.read()
    assert (nack.command, nack.status) == (GENERIC_NACK, Status.INVALID_COMMAND_ID)
    assert nack.sequence == 99
    # a body that ends too early: the session goes on
    application.socket.sendall(HEADER.pack(18, Command.SUBMIT_SM, 0, 100) + b"ab")
    assert application.read().status == Status.INVALID_COMMAND_LENGTH
    assert application.ask(Command.ENQUIRE_LINK).command == Command.ENQUIRE_LINK | RESPONSE
    assert any("0xaa" in problem for problem in smsc.problems)


@pytest.mark.parametrize("length", [0, 15, 70_001, 0xFFFFFFFF])
def test_a_length_that_cannot_be_ends_the_session(application: Application, length: int) -> None:
    application.socket.sendall(HEADER.pack(length, 4, 0, 1))
    nack = application.read()
    assert (nack.command, nack.status) == (GENERIC_NACK, Status.INVALID_COMMAND_LENGTH)
    with pytest.raises(EOFError):
        application.read()


def test_sessions_end_as_told(smsc: SmscProcess, connect: Connect) -> None:
    for how in ("unbind", "close", "reset"):
        one = connect()
        one.bind()
        smsc.end(how)
        if how == "unbind":
            pdu = one.read()
            assert pdu.command == Command.UNBIND
            one.socket.sendall(HEADER.pack(16, Command.UNBIND | RESPONSE, 0, pdu.sequence))
        with pytest.raises(EOFError):
            one.read()


def test_the_back_door_says_what_it_cannot(smsc: SmscProcess) -> None:
    assert smsc.refused("GET", "/mobile/abc")[0] == 404
    assert smsc.refused("POST", "/mobile/139/messages", json={"to": "10086"})[0] == 400
    bad = {"to": "10086", "text": "字", "coding": "gsm7"}
    assert smsc.refused("POST", "/mobile/139/messages", json=bad)[0] == 400
    assert smsc.refused("GET", "/messages/999999999")[0] == 404


NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("", None),
        ("000000000130000R", 90),
        ("000001020304000R", 86_400 + 2 * 3_600 + 3 * 60 + 4),
        ("260131130000000+", 3_600),
        ("260131210000032+", 3_600),
        ("260131110000004-", 0),
        ("260131120000004-", 3_600),
    ],
)
def test_times(written: str, seconds: float | None) -> None:
    assert seconds_until(written, NOW, Status.INVALID_EXPIRY_TIME) == seconds


@pytest.mark.parametrize(
    "written", ["1", "260231000000000+", "26013112000000 +", "²" * 15 + "R", "x" * 16]
)
def test_no_times(written: str) -> None:
    with pytest.raises(Bad):
        seconds_until(written, NOW, Status.INVALID_EXPIRY_TIME)
