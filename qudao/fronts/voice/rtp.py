"""
RTP (RFC 3550): sends the sound of a call, and hears its keys as telephone-events (RFC 4733).

One clock ticks for all calls: every 20 ms each stream sends one packet, of sound or of silence.
What a caller says is not listened to. Packets are taken from the caller's address only, the one
that was agreed on; whatever else comes to the port is dropped, so nobody else can press keys.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import struct
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from qudao.fronts.voice import g711

log = logging.getLogger(__name__)

TICK_S: Final = 0.02
SAMPLES: Final = 160
"""Of a packet."""
_MOST_BEHIND: Final = 5
"""Packets that are sent at once after a delay; more are left out."""
_REMEMBERED: Final = 8
"""Keys."""
_SAME_KEY_S: Final = 0.4
_EVENTS: Final = "0123456789*#ABCD"
_HEADER: Final = struct.Struct("!BBHII")
_HEADER_OCTETS: Final = 12

Address = tuple[str, int]


@dataclass
class Measures:
    """What the clock has seen."""

    ticks: int = 0
    late: int = 0
    """Ticks that came more than 10 ms after their time."""
    latest_ms: float = 0
    packets: int = 0
    strangers: int = 0
    """Packets from an address that is not the caller's."""


@dataclass
class Clock:
    """Ticks for all streams."""

    measures: Measures = field(default_factory=Measures)
    streams: set[Stream] = field(default_factory=set)

    async def run(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += TICK_S
            await asyncio.sleep(max(0.0, due - loop.time()))
            late = loop.time() - due
            measures = self.measures
            measures.ticks += 1
            measures.late += late > 0.01
            measures.latest_ms = max(measures.latest_ms, late * 1000)
            if late > _MOST_BEHIND * TICK_S:
                due = loop.time()  # what was not sent in time is not sent in a burst
            for stream in tuple(self.streams):
                stream.tick()


class Stream(asyncio.DatagramProtocol):
    """The sound and keys of one call, on a port of its own."""

    def __init__(self, clock: Clock, on_key: Callable[[str], None]) -> None:
        self._clock, self._on_key = clock, on_key
        self._transport: asyncio.DatagramTransport | None = None
        self._caller: Address | None = None
        self._payload_type = g711.PCMA
        self._event_type = 0
        self._sequence = secrets.randbelow(1 << 16)
        self._timestamp = secrets.randbits(32)
        self._source = secrets.randbits(32)
        self._first = True
        self._sound, self._at = b"", 0
        self._played: asyncio.Future[None] | None = None
        self._silence = g711.encoded(g711.SILENCE * SAMPLES, g711.PCMA)
        self._pressed: OrderedDict[tuple[int, int], float] = OrderedDict()
        """The last keys, with their times in the stream, and when a packet of each came last."""

    def agree(self, caller: Address | None, payload_type: int, event_type: int) -> None:
        """
        Where to send, and in which form; None: nowhere for now (the caller holds the line).

        :param event_type: payload type of telephone-events; 0: there are none
        """
        self._caller, self._payload_type, self._event_type = caller, payload_type, event_type
        self._silence = g711.encoded(g711.SILENCE * SAMPLES, payload_type)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # uvloop's is no child of it
        self._clock.streams.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clock.streams.discard(self)

    def error_received(self, exc: Exception) -> None:
        log.debug("RTP: %s", exc)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr != self._caller:
            self._clock.measures.strangers += 1
            return
        if len(data) < _HEADER_OCTETS + 4 or data[0] >> 6 != 2:
            return
        if not self._event_type or data[1] & 0x7F != self._event_type:
            return
        start = _HEADER_OCTETS + 4 * (data[0] & 15)  # contributing sources
        event = data[start] if len(data) >= start + 4 and not data[0] & 0x10 else len(_EVENTS)
        if event < len(_EVENTS) and self._is_new(int.from_bytes(data[4:8]), event):
            self._on_key(_EVENTS[event])

    def _is_new(self, timestamp: int, event: int) -> bool:
        """
        Whether a packet begins a key. A key comes in many packets of one time, some of them late;
        there are telephones that give the same time to two keys, one after the other.
        """
        now, key = time.monotonic(), (timestamp, event)
        last = self._pressed.pop(key, None)
        self._pressed[key] = now
        if len(self._pressed) > _REMEMBERED:
            self._pressed.popitem(last=False)
        return last is None or now - last > _SAME_KEY_S

    def play(self, sound: bytes) -> asyncio.Future[None]:
        """Send this (A-law) from the next tick on; done when it was sent, or stopped."""
        self.stop()
        self._sound, self._at = g711.encoded(sound, self._payload_type), 0
        self._played = played = asyncio.get_running_loop().create_future()
        if not sound:
            self.stop()
        return played

    def stop(self) -> None:
        """Say no more."""
        self._sound, self._at = b"", 0
        if self._played is not None and not self._played.done():
            self._played.set_result(None)
        self._played = None

    def tick(self) -> None:
        """Send a packet."""
        payload = self._sound[self._at : self._at + SAMPLES]
        if payload:
            self._at += SAMPLES
            if len(payload) < SAMPLES:
                payload += self._silence[len(payload) :]
        else:
            payload = self._silence
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + SAMPLES) & 0xFFFFFFFF
        if self._caller is not None and self._transport is not None:
            marker = 0x80 if self._first else 0
            self._first = False
            header = _HEADER.pack(
                0x80, marker | self._payload_type, self._sequence, self._timestamp, self._source
            )
            self._transport.sendto(header + payload, self._caller)
            self._clock.measures.packets += 1
        if self._played is not None and self._at >= len(self._sound):
            self.stop()

    def close(self) -> None:
        """Give the port back."""
        self.stop()
        self._clock.streams.discard(self)
        if self._transport is not None:
            self._transport.close()


class Ports:
    """Hands out ports for streams: even ones, as RTP wants it, in turn."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self.host = host
        self._ports = deque(range(first + first % 2, last + 1, 2))

    async def open(self, stream: Stream) -> int | None:
        """Bind a stream to the next free port; None: there is none."""
        loop = asyncio.get_running_loop()
        for _ in range(len(self._ports)):
            port = self._ports[0]
            self._ports.rotate(-1)
            try:
                await loop.create_datagram_endpoint(lambda: stream, local_addr=(self.host, port))
            except OSError:
                continue  # somebody else has it
            return port
        return None
