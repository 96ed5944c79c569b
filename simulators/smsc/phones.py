"""The phones behind the centre: what they received, and what their screens show."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from simulators.smsc import alphabet
from simulators.smsc.messages import Message
from simulators.smsc.parts import part_of
from simulators.smsc.pdus import Pdu

MOST_MESSAGES: Final = 1_000
"""That a phone keeps; the oldest make room."""
MOST_PHONES: Final = 200_000
MOST_HALVES: Final = 50
"""Messages of a phone that wait for their other parts; the oldest is shown as it is."""

ScreenState = Literal["idle", "waiting", "menu", "final", "closed"]


class Bell:
    """Wakes those who wait for something to have become true."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def ring(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None

    async def until(self, ready: Callable[[], bool], within_s: float) -> bool:
        """Whether it became true in time."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + within_s
        while not ready():
            if self._event is None:
                self._event = asyncio.Event()
            try:
                await asyncio.wait_for(self._event.wait(), max(0.0, ends - loop.time()))
            except TimeoutError:
                return ready()
        return True


class Received(msgspec.Struct, frozen=True):
    """A message on a phone."""

    number: int
    """From 1, rising."""
    sender: str
    text: str
    data_coding: int
    parts: int
    whole: bool
    """False: some of its parts never came."""


class Screen(msgspec.Struct, frozen=True):
    """What a phone shows of its USSD session."""

    number: int
    """From 1, rising with every change."""
    state: ScreenState
    """`menu` wants an answer, `final` is the last, `closed` is the network's word, not the
    application's."""
    text: str = ""
    session: int = 0
    octets: int = 0
    """Length of the text as it was sent."""


@dataclass(slots=True)
class _Half:
    coding: int
    total: int
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Phone:
    msisdn: str
    on: bool = True
    known: bool = True
    """False: the network has no such number."""
    messages: deque[Received] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    screen: Screen = Screen(0, "idle")
    kept: deque[Message] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    """What waits until the phone is on again."""
    bell: Bell = field(default_factory=Bell)
    references: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _halves: OrderedDict[tuple[str, int, int], _Half] = field(default_factory=OrderedDict)

    def receive(self, pdu: Pdu) -> None:
        """A message or a part of one has come over the air."""
        sender: str = pdu.body["source_addr"]
        coding: int = pdu.body["data_coding"]
        part, octets = part_of(pdu)
        if part is None or not 1 <= part[2] <= part[1] or part[1] < 2:
            self._show(sender, octets, coding, 1, True)
            return
        reference, total, number = part
        key = (sender, reference, total)
        half = self._halves.setdefault(key, _Half(coding, total))
        half.parts.setdefault(number, octets)
        if len(half.parts) == total:
            del self._halves[key]
            self._show_parts(sender, half, True)
        elif len(self._halves) > MOST_HALVES:
            (old, _, _), oldest = self._halves.popitem(last=False)
            self._show_parts(old, oldest, False)

    def _show_parts(self, sender: str, half: _Half, whole: bool) -> None:
        octets = b"".join(half.parts[number] for number in sorted(half.parts))
        self._show(sender, octets, half.coding, half.total, whole)

    def _show(self, sender: str, octets: bytes, coding: int, parts: int, whole: bool) -> None:
        text = alphabet.decode(octets, coding)
        self.messages.append(Received(next(self._numbers), sender, text, coding, parts, whole))
        self.bell.ring()

    def after(self, number: int) -> list[Received]:
        """What came after the message of this number."""
        newer = itertools.takewhile(
            lambda message: message.number > number, reversed(self.messages)
        )
        return list(newer)[::-1]

    @property
    def latest(self) -> int:
        """The number of the latest message; 0: none yet."""
        return self.messages[-1].number if self.messages else 0

    def display(
        self, state: ScreenState, text: str = "", session: int = 0, octets: int = 0
    ) -> None:
        self.screen = Screen(self.screen.number + 1, state, text, session, octets)
        self.bell.ring()


class Phones:
    """Those that were ever spoken of; the oldest make room."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}

    def __getitem__(self, msisdn: str) -> Phone:
        phone = self._phones.get(msisdn)
        if phone is None:
            if len(self._phones) >= MOST_PHONES:
                del self._phones[next(iter(self._phones))]
            phone = self._phones[msisdn] = Phone(msisdn)
        return phone
