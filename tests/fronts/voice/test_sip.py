"""The endpoint on a loopback port, spoken to octet by octet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("aiosipua", reason="the extra `voice` is not installed")

from qudao.fronts.voice.media import Unacceptable, agree
from qudao.fronts.voice.sip.endpoint import Endpoint, SipCall

OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 40000 RTP/AVP 0 8 96
a=rtpmap:96 telephone-event/8000
"""
PATIENCE_S = 20


class Phone(asyncio.DatagramProtocol):
    """Somebody's telephone: sends what it is told, and keeps what comes."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[str] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.came.put_nowait(data.decode())

    def send(self, message: str | bytes) -> None:
        content = message if isinstance(message, bytes) else message.encode()
        self.transport.sendto(content)

    def request(
        self,
        method: str,
        *,
        to_tag: str = "",
        branch: str = "b1",
        sequence: int = 1,
        call_id: str = "c1",
        body: str = "",
        kind: str = "application/sdp",
        more: str = "",
    ) -> str:
        body = body.replace("\n", "\r\n")
        tag = f";tag={to_tag}" if to_tag else ""
        typed = f"Content-Type: {kind}\r\n" if body else ""
        return (
            f"{method} sip:10086@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{branch};rport\r\n"
            f"From: <sip:13937100001@127.0.0.1>;tag=mine\r\n"
            f"To: <sip:10086@127.0.0.1>{tag}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {sequence} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:me@127.0.0.1:{self.port}>\r\n{more}{typed}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def next(self, beginning: str, containing: str = "") -> str:
        """The next message that begins so; others before it are passed over."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.came.get()
                if message.startswith(beginning) and containing in message:
                    return message


def tag(message: str) -> str:
    found = re.search(r"^To:.*tag=([^\s;]+)", message, re.M)
    assert found, message
    return found[1]


class Desk:
    """Who takes the calls."""

    def __init__(self, *, answer: bool) -> None:
        self.calls: list[SipCall] = []
        self.keys: list[str] = []
        self.gone: list[str] = []
        self._answer = answer

    def take(self, call: SipCall) -> None:
        self.calls.append(call)
        call.on_key = self.keys.append
        call.on_gone = lambda: self.gone.append(call.dialog.call_id)
        call.on_offer = lambda offer: "v=0\r\nchanged\r\n"
        if self._answer:
            call.answer("v=0\r\n")


def speak(
    talk: Callable[[Phone, Desk, Endpoint], Awaitable[None]],
    *,
    answer: bool = True,
    most: int = 10,
) -> None:
    """Let a phone talk with an endpoint."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        desk = Desk(answer=answer)
        endpoint = Endpoint(desk.take, most)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: endpoint, local_addr=("127.0.0.1", 0)
        )
        phone = Phone()
        await loop.create_datagram_endpoint(
            lambda: phone, remote_addr=transport.get_extra_info("sockname")
        )
        try:
            await talk(phone, desk, endpoint)
        finally:
            await endpoint.close()
            phone.transport.close()

    asyncio.run(run())


async def established(phone: Phone) -> str:
    """A call that was answered and confirmed; its tag on our side."""
    phone.send(phone.request("INVITE", body=OFFER))
    answer = await phone.next("SIP/2.0 200", "Call-ID: c1\r\n")
    phone.send(phone.request("ACK", to_tag=tag(answer), branch="ack"))
    return tag(answer)


def test_a_call_from_invite_to_bye() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        phone.send(phone.request("INVITE", body=OFFER))
        await phone.next("SIP/2.0 100")
        answer = await phone.next("SIP/2.0 200")
        assert "Content-Type: application/sdp" in answer and "Contact: <sip:127.0.0.1:" in answer
        assert f"rport={phone.port}" in answer
        call = desk.calls[0]
        assert (call.caller, call.callee) == ("13937100001", "10086")
        assert call.offer.startswith("v=0")
        phone.send(phone.request("ACK", to_tag=tag(answer), branch="ack"))
        bye = phone.request("BYE", to_tag=tag(answer), branch="bye", sequence=2)
        phone.send(bye)
        first = await phone.next("SIP/2.0 200")
        assert desk.gone == ["c1"] and not endpoint.calls
        phone.send(bye)
        assert await phone.next("SIP/2.0 200") == first

    speak(talk)


def test_a_repeated_invite_is_one_call_and_gets_the_same_answer() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        invite = phone.request("INVITE", body=OFFER)
        phone.send(invite)
        first = await phone.next("SIP/2.0 200")
        phone.send(invite)
        assert await phone.next("SIP/2.0 200") == first
        assert len(desk.calls) == 1

    speak(talk)


def test_an_answer_is_repeated_until_it_is_confirmed() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        phone.send(phone.request("INVITE", body=OFFER))
        answers = [await phone.next("SIP/2.0 200") for _ in range(3)]
        assert len(set(answers)) == 1
        phone.send(phone.request("ACK", to_tag=tag(answers[0]), branch="ack"))
        phone.send(phone.request("OPTIONS", call_id="other", branch="o"))
        await phone.next("SIP/2.0 200")
        known = endpoint.exchanges.known(desk.calls[0]._key)
        assert known is not None and known.repeating is not None
        with suppress(asyncio.CancelledError):
            await known.repeating
        assert known.repeating.cancelled() and phone.came.empty()

    speak(talk)


def test_our_bye_is_repeated_until_it_is_answered() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        await established(phone)
        ending = asyncio.create_task(desk.calls[0].hang_up())
        first, second = await phone.next("BYE "), await phone.next("BYE ")
        assert first == second
        via = re.search(r"^Via: .*$", first, re.M)
        assert via and not ending.done()
        head = "\r\n".join(
            line
            for line in first.splitlines()
            if line.split(":")[0] in {"From", "To", "Call-ID", "CSeq"}
        )
        phone.send(f"SIP/2.0 200 OK\r\n{via[0].strip()}\r\n{head}\r\nContent-Length: 0\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            await ending
        assert desk.gone == ["c1"]

    speak(talk)


def test_who_gives_up_before_the_answer_is_told_so() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        phone.send(phone.request("INVITE", body=OFFER))
        await phone.next("SIP/2.0 100")
        phone.send(phone.request("CANCEL"))
        await phone.next("SIP/2.0 200")
        ended = await phone.next("SIP/2.0 487")
        assert desk.gone == ["c1"]
        phone.send(phone.request("ACK", to_tag=tag(ended)))
        desk.calls[0].answer("v=0\r\n")  # too late: nothing is sent
        phone.send(phone.request("CANCEL", call_id="nobody", branch="x"))
        await phone.next("SIP/2.0 481")

    speak(talk, answer=False)


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("application/dtmf-relay", "Signal=5\nDuration=160\n", "5"),
        ("application/dtmf-relay", "Signal= 11\nDuration=160\n", "#"),
        ("application/dtmf", "*", "*"),
        ("application/dtmf-relay", "Signal=55\n", None),
        ("application/dtmf-relay", "nothing", None),
    ],
)
def test_keys_as_messages(kind: str, body: str, key: str | None) -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        to = await established(phone)
        info = phone.request("INFO", to_tag=to, branch="i", sequence=2, kind=kind, body=body)
        phone.send(info)
        await phone.next("SIP/2.0 200")
        phone.send(info)
        await phone.next("SIP/2.0 200")
        assert desk.keys == ([key] if key else [])

    speak(talk)


def test_a_key_for_somebody_elses_call_is_refused() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        await established(phone)
        phone.send(
            phone.request(
                "INFO", to_tag="guessed", branch="i", body="5", kind="application/dtmf", sequence=2
            )
        )
        await phone.next("SIP/2.0 481")
        phone.send(phone.request("BYE", to_tag="guessed", branch="j", sequence=3))
        await phone.next("SIP/2.0 481")
        assert not desk.keys and not desk.gone

    speak(talk)


def test_other_media_in_the_middle_of_a_call() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        to = await established(phone)
        phone.send(phone.request("INVITE", to_tag=to, branch="again", sequence=2, body=OFFER))
        assert "changed" in await phone.next("SIP/2.0 200")
        phone.send(phone.request("ACK", to_tag=to, branch="ack2", sequence=2))
        phone.send(phone.request("INVITE", to_tag=to, branch="third", sequence=3))
        await phone.next("SIP/2.0 488")
        assert len(desk.calls) == 1 and not desk.gone

    speak(talk)


def test_a_transfer_and_what_becomes_of_it() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        to = await established(phone)
        moving = asyncio.create_task(desk.calls[0].refer("sip:agent@127.0.0.1"))
        refer = await phone.next("REFER ")
        assert "Refer-To: <sip:agent@127.0.0.1>" in refer
        head = "\r\n".join(
            line
            for line in refer.splitlines()
            if line.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}
        )
        phone.send(f"SIP/2.0 202 Accepted\r\n{head}\r\nContent-Length: 0\r\n\r\n")
        for sequence, status in ((2, "100 Trying"), (3, "486 Busy Here")):
            phone.send(
                phone.request(
                    "NOTIFY",
                    to_tag=to,
                    branch=f"n{sequence}",
                    sequence=sequence,
                    more="Event: refer\r\n",
                    kind="message/sipfrag",
                    body=f"SIP/2.0 {status}\n",
                )
            )
            await phone.next("SIP/2.0 200")
        async with asyncio.timeout(PATIENCE_S):
            assert await moving == 486

    speak(talk)


def test_too_many_calls_are_told_that_we_are_busy() -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        for number in range(2):
            phone.send(
                phone.request("INVITE", call_id=f"c{number}", branch=f"b{number}", body=OFFER)
            )
            await phone.next("SIP/2.0 200")
        phone.send(phone.request("INVITE", call_id="c9", branch="b9", body=OFFER))
        await phone.next("SIP/2.0 486")
        assert len(desk.calls) == 2 and endpoint.refused == 1

    speak(talk, most=2)


@pytest.mark.parametrize(
    ("method", "status"), [("OPTIONS", 200), ("REGISTER", 405), ("BYE", 481), ("SUBSCRIBE", 405)]
)
def test_what_is_no_call(method: str, status: int) -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        phone.send(phone.request(method))
        await phone.next(f"SIP/2.0 {status}")
        assert not desk.calls

    speak(talk)


ABUSE = [
    b"\x00" * 40,
    b"\r\n\r\n",
    b"hello",
    b"INVITE",
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"INVITE sip:x SIP/2.0\r\nVia: nonsense\r\nCSeq: x\r\n\r\n",
    b"SIP/2.0 abc\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnobody\r\n\r\n",
    b"INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:99999;branch=z9hG4bKp\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: p\r\nCSeq: 1 INVITE\r\n\r\n",
    b"A" * 40_000,
    b"INVITE sip:x SIP/2.0\r\n" + b"X: y\r\n" * 2_000 + b"\r\n",
]


@pytest.mark.parametrize("abuse", ABUSE, ids=range(len(ABUSE)))
def test_nonsense_hurts_nobody(abuse: bytes) -> None:
    async def talk(phone: Phone, desk: Desk, endpoint: Endpoint) -> None:
        for _ in range(50):
            phone.send(abuse)
        to = await established(phone)
        phone.send(phone.request("BYE", to_tag=to, branch="bye", sequence=2))
        await phone.next("SIP/2.0 200", "CSeq: 2 BYE")
        assert desk.gone == ["c1"]

    speak(talk)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 600), st.binary(max_size=20))
def test_an_invite_with_any_octets_in_it_raises_nothing(at: int, octets: bytes) -> None:
    phone = Phone()
    phone.port = 5070
    message = phone.request("INVITE", body=OFFER).encode()

    async def receive() -> None:
        endpoint = Endpoint(lambda call: call.refuse(486), 5)
        endpoint.datagram_received(message[:at] + octets + message[at:], ("127.0.0.1", 5070))
        await endpoint.close()

    asyncio.run(receive())


def test_what_is_agreed_on() -> None:
    agreed = agree(OFFER, "127.0.0.1", 20_000, lambda host: host == "127.0.0.1")
    assert (agreed.caller, agreed.payload_type, agreed.event_type) == (("127.0.0.1", 40_000), 0, 96)
    assert "m=audio 20000 RTP/AVP 0 96" in agreed.answer
    a_law = agree(OFFER.replace("0 8 96", "18 8"), "127.0.0.1", 20_000, lambda host: True)
    assert (a_law.payload_type, a_law.event_type) == (8, 0)
    held = agree(OFFER + "a=sendonly\n", "127.0.0.1", 20_000, lambda host: False)
    assert held.caller is None and "a=recvonly" in held.answer


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "nonsense",
        OFFER.replace("0 8 96", "18"),
        OFFER.replace("audio", "video"),
        OFFER.replace("40000", "0"),
        OFFER.replace("40000", "70000"),
        OFFER.replace("40000", "x"),
        OFFER.replace("127.0.0.1", "victim.test"),
        OFFER.replace("127.0.0.1", "192.0.2.1"),
        OFFER.replace("c=IN IP4 127.0.0.1\n", ""),
        OFFER.replace("rtpmap:96", "rtpmap:x"),
    ],
)
def test_what_is_not(offer: str) -> None:
    with pytest.raises(Unacceptable):
        agree(offer, "127.0.0.1", 20_000, lambda host: host == "127.0.0.1")
