"""Sound and keys on the wire."""

from __future__ import annotations

import asyncio
import struct

import pytest

from qudao.fronts.voice import g711
from qudao.fronts.voice.rtp import SAMPLES, Clock, Ports, Stream

CALLER = ("127.0.0.1", 40_000)
EVENT_TYPE = 96


def event(timestamp: int, code: int, *, payload_type: int = EVENT_TYPE, extra: int = 0) -> bytes:
    """A packet of a key."""
    sources = b"\0\0\0\1" * extra
    header = struct.pack("!BBHII", 0x80 | extra, payload_type, 7, timestamp, 1)
    return header + sources + struct.pack("!BBH", code, 10, 400)


@pytest.fixture
def stream() -> Stream:
    pressed: list[str] = []
    stream = Stream(Clock(), pressed.append)
    stream.agree(CALLER, g711.PCMA, EVENT_TYPE)
    stream.heard = pressed  # type: ignore[attr-defined]
    return stream


def heard(stream: Stream, *packets: bytes, sender: tuple[str, int] = CALLER) -> str:
    for packet in packets:
        stream.datagram_received(packet, sender)
    return "".join(stream.heard)  # type: ignore[attr-defined]


def test_a_key_comes_in_many_packets_and_is_one_key(stream: Stream) -> None:
    packets = [event(1000, 5)] * 6 + [event(2000, 5)] * 3 + [event(1000, 5)] + [event(3000, 11)]
    assert heard(stream, *packets) == "55#"


def test_two_keys_of_one_time_are_two(stream: Stream) -> None:
    assert heard(stream, event(1000, 2), event(1000, 2), event(1000, 1), event(1000, 2)) == "21"


def test_contributing_sources_stand_before_the_key(stream: Stream) -> None:
    assert heard(stream, event(1, 10, extra=2)) == "*"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80",
        event(1, 5)[:13],
        event(1, 16),
        event(1, 255),
        event(1, 5, payload_type=101),
        event(1, 5, payload_type=g711.PCMA),
        b"\x00" * 16,
        b"\xff" * 16,
        event(1, 5)[:12] + b"\x05",
        b"\x9f" + event(1, 5)[1:],
    ],
)
def test_what_is_no_key_is_none(stream: Stream, packet: bytes) -> None:
    assert heard(stream, packet) == ""


@pytest.mark.parametrize("sender", [("127.0.0.1", 40_001), ("127.0.0.2", 40_000)])
def test_a_flood_of_strangers_presses_no_key(stream: Stream, sender: tuple[str, int]) -> None:
    flood = [event(at, at % 12) for at in range(5_000)]
    assert heard(stream, *flood, sender=sender) == ""
    assert stream._clock.measures.strangers == 5_000
    assert heard(stream, event(1, 1)) == "1"


def test_laws() -> None:
    """A-law and µ-law of one sample are nearly one sound: 1/32 of it apart at the most."""
    for octet in range(256):
        one, other = g711.a_law_sample(octet) * 2, g711.u_law_sample(g711.U_OF_A[octet])
        assert abs(one - other) <= max(abs(one) // 32, 4), octet
    assert g711.a_law_sample(0xD5) == 1
    assert abs(g711.u_law_sample(g711.U_OF_A[0xD5])) <= 2
    assert max(g711.a_law_sample(octet) for octet in range(256)) == 4032


@pytest.mark.parametrize("payload_type", [g711.PCMA, g711.PCMU])
def test_sound_is_sent_in_order_and_silence_after_it(payload_type: int) -> None:
    async def listen() -> list[bytes]:
        packets: list[bytes] = []
        enough = asyncio.Event()

        class Ear(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: object) -> None:
                packets.append(data)
                if len(packets) == 6:
                    enough.set()

        loop = asyncio.get_running_loop()
        ear, _ = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
        clock = Clock()
        ticking = asyncio.create_task(clock.run())
        stream = Stream(clock, lambda key: None)
        port = await Ports("127.0.0.1", 30_000, 30_998).open(stream)
        assert port is not None and port % 2 == 0
        stream.agree(ear.get_extra_info("sockname"), payload_type, 0)
        played = stream.play(bytes(range(256)) + b"\x2a" * 100)  # 2 packets and 36 octets
        async with asyncio.timeout(10):
            await played
            await enough.wait()
        stream.close()
        ear.close()
        ticking.cancel()
        return packets

    packets = asyncio.run(listen())
    sound = g711.encoded(bytes(range(256)) + b"\x2a" * 100, payload_type)
    silence = g711.encoded(g711.SILENCE, payload_type)
    payloads = b"".join(packet[12:] for packet in packets)
    assert payloads == sound + silence * (len(payloads) - len(sound))
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    assert [head[1] for head in heads] == [payload_type | 0x80] + [payload_type] * (len(heads) - 1)
    for one, other in zip(heads, heads[1:], strict=False):
        assert (other[2] - one[2]) % (1 << 16) == 1
        assert (other[3] - one[3]) % (1 << 32) == SAMPLES
        assert one[4] == other[4]


def test_what_is_stopped_is_done() -> None:
    async def stop() -> bool:
        stream = Stream(Clock(), lambda key: None)
        played = stream.play(b"\xd5" * 80_000)
        stream.stop()
        return played.done() and stream.play(b"").done()

    assert asyncio.run(stop())
