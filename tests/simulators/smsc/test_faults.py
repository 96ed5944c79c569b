"""Faults strike as asked, can be repeated, and end."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec
import pytest

from simulators.smsc.faults import Fate, Faults, Switchboard
from simulators.smsc.pdus import Command, Status, Tag
from tests.simulators.smsc.application import Application
from tests.smsc_process import SmscProcess

Connect = Callable[[], Application]
SOME = Faults(
    seed=3, throttle=0.2, queue_full=0.1, lost_response=0.3, disconnect=0.1, duplicate=0.5
)


def fates(faults: Faults, keys: list[str]) -> dict[str, list[Fate]]:
    switchboard = Switchboard(faults, lambda: 0.0)
    seen: dict[str, list[Fate]] = {}
    for key in keys:
        seen.setdefault(key, []).append(switchboard.fate(key))
    return seen


def test_the_order_of_arrival_does_not_matter() -> None:
    keys = [str(at % 50) for at in range(150)]
    assert fates(SOME, keys) == fates(SOME, sorted(keys))
    assert fates(SOME, keys) != fates(msgspec.structs.replace(SOME, seed=4), keys)


def test_switching_one_fault_on_does_not_shift_the_others() -> None:
    keys = [str(at) for at in range(200)]
    with_it, without = fates(SOME, keys), fates(msgspec.structs.replace(SOME, throttle=0), keys)
    assert [f.lost_response for k in keys for f in with_it[k]] == [
        f.lost_response for k in keys for f in without[k]
    ]


def test_time_ends_them() -> None:
    now = 0.0
    switchboard = Switchboard(Faults(throttle=1, for_s=5), lambda: now)
    assert switchboard.fate("x").throttle
    now = 5.0
    assert not switchboard.fate("x").throttle


def test_throttling(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.faults(throttle=1)
    assert application.submit(phone, b"x").status == Status.THROTTLED
    smsc.faults(queue_full=1)
    assert application.submit(phone, b"x").status == Status.QUEUE_FULL
    smsc.faults(rate_per_s=5)
    statuses = {application.submit(phone, b"x").status for _ in range(20)}
    assert statuses == {Status.OK, Status.THROTTLED}


def test_a_lost_response(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.faults(lost_response=1)
    application.write(
        Command.SUBMIT_SM, source_addr="1", destination_addr=phone, short_message=b"x"
    )
    assert smsc.received(phone)[0]["text"] == "x"
    assert application.ask(Command.ENQUIRE_LINK).status == 0
    assert application.deliveries == []


def test_a_break_in_the_middle_of_a_response(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.faults(disconnect=1)
    with pytest.raises(EOFError) as caught:
        application.submit(phone, b"x")
    assert len(caught.value.args[0]) > 0
    assert smsc.received(phone)[0]["text"] == "x"


def test_a_duplicate(smsc: SmscProcess, application: Application) -> None:
    smsc.faults(duplicate=1)
    smsc.text(smsc.number(), "10086", "twice")
    first, second = application.delivery(), application.delivery()
    assert first.octets == second.octets == b"twice"
    assert first.sequence != second.sequence


def test_parts_out_of_order(smsc: SmscProcess, application: Application) -> None:
    smsc.faults(reorder=True)
    smsc.text(smsc.number(), "10086", "x" * 500)
    numbers = [application.delivery().octets[5] for _ in range(4)]
    assert sorted(numbers) == [1, 2, 3, 4] != numbers


def test_receipts_late_never_and_first(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.faults(receipts="never")
    application.submit(phone, b"x", registered_delivery=1)
    smsc.faults(receipts="late", receipt_delay_s=0.1)
    late = application.submit(phone, b"x", registered_delivery=1)
    receipted = application.delivery().parameter(Tag.RECEIPTED_MESSAGE_ID)
    assert receipted == late.body["message_id"].encode() + b"\0"
    smsc.faults(receipt_first=True)
    # `submit` returns with the response: the receipt was there before it
    overtaken = application.submit(phone, b"x", registered_delivery=1)
    assert len(application.deliveries) == 1
    receipted = application.delivery().parameter(Tag.RECEIPTED_MESSAGE_ID)
    assert receipted == overtaken.body["message_id"].encode() + b"\0"


def test_a_service_type_longer_than_allowed(smsc: SmscProcess, connect: Connect) -> None:
    # this codec is as strict as the specification, so it looks at the octets
    application = connect()
    application.bind()
    smsc.faults(long_service_type=True)
    smsc.text(smsc.number(), "10086", "x")
    assert b"\0USSDGATEWAY\0" in b"\0" + application.socket.recv(1_000)[16:]


def test_pieces_and_latency(smsc: SmscProcess, application: Application) -> None:
    phone = smsc.number()
    smsc.faults(trickle=True, latency_ms=50)
    assert application.submit(phone, b"x").status == 0
    smsc.text(phone, "10086", "in pieces " * 10)
    assert application.delivery().octets == b"in pieces " * 10


def test_a_deaf_centre(smsc: SmscProcess, application: Application) -> None:
    smsc.faults(deaf=True)
    application.write(Command.ENQUIRE_LINK)
    assert application.submit(smsc.number(), b"x").status == 0
    assert application.deliveries == []


def test_octets_as_they_are(smsc: SmscProcess, application: Application) -> None:
    cut = bytes.fromhex("0000001000000015")
    smsc.octets(cut)
    assert application.socket.recv(100) == cut


def test_load(smsc: SmscProcess, application: Application) -> None:
    """Two phones that say two texts each, and begin anew until their time is over."""
    load = {"texts": ["CX", "Y"], "to": "10086", "phones": 2, "for_s": 0.05}
    answered = 0
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(smsc.load, first_msisdn="13700000000", **load)
        run.add_done_callback(lambda _: application.socket.shutdown(socket.SHUT_RD))
        with suppress(EOFError):
            while True:
                phone = application.delivery().body["source_addr"]
                answered += 1
                application.submit(phone, b"1.00")
    result = run.result()
    assert (result["steps"], result["unanswered"]) == (answered, 0)
    assert answered >= 4 and answered % 2 == 0
