"""Our link with the simulated centre in trouble: nothing is lost, nothing is said twice unasked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from qudao.platform.smpp.client import Backoff, Link
from qudao.platform.smpp.pdu import SubmitSm
from qudao.platform.smpp.receipts import MessageState
from qudao.platform.smpp.types import Binding, Limits, Mode, NotSent, Unanswered
from qudao.platform.smpp.ussd import Op, Profile, said
from tests.peers.office import Hall, text_to
from tests.peers.programs import WAIT_S
from tests.peers.scenario import CODE, MENU, TEXT
from tests.smsc_process import SmscProcess

pytestmark = pytest.mark.xdist_group("peers")

PROFILE = Profile("simulated", also={32: Op.OVER})
QUICK = Backoff(first_s=0.05, most_s=0.2)


@asynccontextmanager
async def linked(
    smsc: SmscProcess, hall: Hall, mode: Mode = Mode.TRANSCEIVER, limits: Limits | None = None
) -> AsyncIterator[Link]:
    binding = Binding(smsc.host, smsc.port, "qudao", "qudao", mode)
    link = Link(binding, hall.handle, limits=limits, backoff=QUICK)
    async with asyncio.timeout(WAIT_S), link:
        await link.bound()
        yield link


def message(phone: str, text: str = "hello", **more: int) -> SubmitSm:
    return SubmitSm(source_addr=CODE, destination_addr=phone, short_message=text.encode(), **more)


def test_a_long_text_and_its_receipts(smsc: SmscProcess) -> None:
    phone = smsc.number()

    async def talk() -> None:
        hall = Hall()
        async with linked(smsc, hall) as link:
            ids = {(await link.send(part)).message_id for part in text_to(phone, TEXT)}
            receipts = [await hall.receipts.get() for _ in ids]
            assert {each.message_id for each in receipts} == ids
            assert {each.state for each in receipts} == {MessageState.DELIVERED}

    asyncio.run(talk())
    assert [each["text"] for each in smsc.received(phone)] == [TEXT]


def test_binds_of_two_kinds(smsc: SmscProcess) -> None:
    phone = smsc.number()

    async def talk() -> None:
        hall = Hall()
        async with (
            linked(smsc, hall, Mode.RECEIVER),
            linked(smsc, hall, Mode.TRANSMITTER) as out,
        ):
            smsc.text(phone, CODE, TEXT)
            assert await hall.inbox.texts.get() == TEXT
            assert (await out.send(message(phone))).status == 0

    asyncio.run(talk())
    assert smsc.received(phone)[0]["text"] == "hello"


@pytest.mark.parametrize("segmentation", ["udh", "udh16", "sar", "payload"])
def test_parts_out_of_order_doubled_and_in_pieces(smsc: SmscProcess, segmentation: str) -> None:
    async def talk() -> None:
        hall = Hall()
        smsc.faults(reorder=True, duplicate=1, trickle=True, long_service_type=True)
        async with linked(smsc, hall) as link:
            sent = smsc.text(smsc.number(), CODE, TEXT, segmentation=segmentation)
            assert await hall.inbox.texts.get() == TEXT
            assert (await asyncio.to_thread(smsc.taken, sent))["state"] == "taken"
            assert link.session is not None and link.session.counts.bad == 0
            # the parts that came twice say nothing new; a payload is whole each time
            expected = 1 if segmentation == "payload" else 0
            assert hall.inbox.texts.qsize() <= expected

    asyncio.run(talk())


def test_throttling_slows_down_and_loses_nothing(smsc: SmscProcess) -> None:
    phones = [smsc.number() for _ in range(60)]
    smsc.faults(throttle=0.2, queue_full=0.1)

    async def talk() -> int:
        async with linked(smsc, Hall()) as link:
            answers = await asyncio.gather(*(link.send(message(phone)) for phone in phones))
            assert {answer.status for answer in answers} == {0}
            return link.counts.throttled

    assert asyncio.run(talk()) > 0
    assert [len(smsc.received(phone, wait_s=0)) for phone in phones] == [1] * 60


def test_the_window_is_kept(smsc: SmscProcess) -> None:
    phones = [smsc.number() for _ in range(40)]
    smsc.faults(latency_ms=20)

    async def talk() -> int:
        async with linked(smsc, Hall(), limits=Limits(window=8)) as link:
            await asyncio.gather(*(link.send(message(phone)) for phone in phones))
            (session,) = (each for each in smsc.sessions() if each["kind"])
            return int(session["most_unanswered"])

    assert asyncio.run(talk()) == 8


def test_a_lost_response_is_no_answer(smsc: SmscProcess) -> None:
    phone = smsc.number()
    smsc.faults(lost_response=1)

    async def talk() -> None:
        async with linked(smsc, Hall(), limits=Limits(response_s=1)) as link:
            with pytest.raises(Unanswered):
                await link.send(message(phone))
            smsc.faults()
            assert (await link.send(message(phone, "second"))).status == 0
            assert link.binds == 1

    asyncio.run(talk())
    # it had arrived: what nobody answers is not sent again by itself
    assert [each["text"] for each in smsc.received(phone)] == ["hello", "second"]


def test_a_break_in_the_middle_of_a_response(smsc: SmscProcess) -> None:
    phone = smsc.number()
    smsc.faults(disconnect=1)

    async def talk() -> None:
        async with linked(smsc, Hall()) as link:
            with pytest.raises(Unanswered):
                await link.send(message(phone))
            smsc.faults()
            assert (await link.send(message(phone, "after"), wait_s=5)).status == 0
            assert link.binds == 2

    asyncio.run(talk())
    assert [each["text"] for each in smsc.received(phone)] == ["hello", "after"]


@pytest.mark.parametrize("how", ["unbind", "close", "reset"])
def test_the_centre_ends_the_session(smsc: SmscProcess, how: str) -> None:
    async def talk() -> None:
        hall = Hall()
        async with linked(smsc, hall) as link:
            first = await link.bound()
            smsc.end(how)
            await first.wait()
            smsc.text(smsc.number(), CODE, "are you back?")
            assert await hall.inbox.texts.get() == "are you back?"
            assert link.binds == 2

    asyncio.run(talk())


def test_the_centre_dies_and_comes_back() -> None:
    smsc = SmscProcess()

    async def talk() -> None:
        hall = Hall()
        async with linked(smsc, hall) as link:
            first = await link.bound()
            smsc.kill9()
            await first.wait()
            with pytest.raises((NotSent, Unanswered)):
                await link.send(message("13900000000"))
            await asyncio.to_thread(smsc.start)
            assert (await link.send(message("13900000000"), wait_s=10)).status == 0

    try:
        asyncio.run(talk())
    finally:
        smsc.close()


def test_what_the_handler_fails_at_comes_again(smsc: SmscProcess) -> None:
    async def talk() -> None:
        failures = 2
        hall = Hall()

        async def handle(pdu: object) -> None:
            nonlocal failures
            if failures:
                failures -= 1
                raise RuntimeError("the database is away")
            await hall.handle(pdu)  # type: ignore[arg-type]

        link = Link(Binding(smsc.host, smsc.port, "qudao", "qudao"), handle, backoff=QUICK)
        async with asyncio.timeout(WAIT_S), link:
            await link.bound()
            sent = smsc.text(smsc.number(), CODE, "keep me")
            assert await hall.inbox.texts.get() == "keep me"
            assert (await asyncio.to_thread(smsc.taken, sent))["statuses"] == [0]
            assert link.counts.failed == 2 and failures == 0

    asyncio.run(talk())


def test_a_deaf_centre_is_left(smsc: SmscProcess) -> None:
    smsc.faults(deaf=True)

    async def talk() -> None:
        async with linked(smsc, Hall(), limits=Limits(enquire_s=0.3, response_s=0.3)) as link:
            first = await link.bound()
            assert await first.wait() == "no answer to enquire_link"

    asyncio.run(talk())


def test_receipts_before_their_responses(smsc: SmscProcess) -> None:
    smsc.faults(receipt_first=True)

    async def talk() -> None:
        hall = Hall()
        async with linked(smsc, hall) as link:
            sending = asyncio.create_task(link.send(message(smsc.number(), registered_delivery=1)))
            receipt = await hall.receipts.get()
            assert (await sending).message_id == receipt.message_id

    asyncio.run(talk())


def test_octets_that_are_no_pdu(smsc: SmscProcess) -> None:
    """The first can be followed, and the session lives; after the second it is opened anew."""

    async def talk() -> None:
        hall = Hall()
        async with linked(smsc, hall) as link:
            first = await link.bound()
            smsc.octets(bytes.fromhex("00000014000000ee000000000000100201020304"))
            smsc.text(smsc.number(), CODE, "one")
            assert await hall.inbox.texts.get() == "one"
            assert link.session is first and first.counts.bad == 1
            smsc.octets(bytes.fromhex("ffffffff000000050000000000001003"))
            assert "command_length" in await first.wait()
            smsc.text(smsc.number(), CODE, "two")
            assert await hall.inbox.texts.get() == "two"
            assert link.binds == 2

    asyncio.run(talk())


@pytest.mark.parametrize("session", ["fixed", "counted"])
def test_a_ussd_session_of_either_kind(session: str) -> None:
    smsc = SmscProcess("--ussd", f'{{"session": "{session}"}}')
    octets = 1 if session == "counted" else None
    profile = Profile("simulated", also={32: Op.OVER}, session_octets=octets)
    phone = smsc.number()

    async def talk() -> None:
        hall = Hall(profile)
        async with linked(smsc, hall) as link:
            screen = asyncio.create_task(asyncio.to_thread(smsc.ussd, phone, dial="*100#"))
            dialled = await hall.heard.get()
            assert (dialled.op, dialled.text, dialled.msisdn) == (Op.DIAL, "*100#", phone)
            await link.send(said(dialled, Op.MENU, MENU, profile))
            assert (await screen)["text"] == MENU
            screen = asyncio.create_task(asyncio.to_thread(smsc.ussd, phone, answer="2"))
            chosen = await hall.heard.get()
            assert (chosen.op, chosen.text, chosen.session) == (Op.ANSWER, "2", dialled.session)
            await link.send(said(chosen, Op.MENU, "Sure? [1] yes", profile))
            assert (await screen)["text"] == "Sure? [1] yes"
            await asyncio.to_thread(smsc.ussd, phone, hang_up=True)
            over = await hall.heard.get()
            assert (over.op, over.session) == (Op.OVER, dialled.session)
            assert (await link.send(said(over, Op.FINAL, "Too late", profile))).status != 0

    try:
        asyncio.run(talk())
    finally:
        smsc.close()
