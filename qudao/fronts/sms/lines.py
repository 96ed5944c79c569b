"""Messages that wait for their answers: of one number one after the other, of many together."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qudao.platform.shortmessages.types import Address


@dataclass(frozen=True, slots=True)
class Mail:
    """A whole message of a phone."""

    id: UUID
    """The same when it comes again."""
    rows: tuple[tuple[UUID, bytes], ...]
    """What is kept of it: ids and digests."""
    link: str
    msisdn: str
    text: str
    sender: Address
    recipient: Address
    tag: str
    taken_at: datetime
    came_s: float = 0.0
    """On the event loop's clock."""


class Lines:
    """Of whom one message is being answered, the next waits."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Mail]] = {}
        self._ready: deque[str] = deque()
        self._bell = asyncio.Event()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, mail: Mail) -> None:
        """Put a message at the end of its number's line."""
        line = self._lines.get(mail.msisdn)
        if line is None:
            line = self._lines[mail.msisdn] = deque()
            self._ready.append(mail.msisdn)
            self._bell.set()
        line.append(mail)
        self._count += 1

    async def take(self, most: int) -> list[Mail]:
        """Wait until there is something, and take up to so many: one of each number."""
        while not self._ready:
            self._bell.clear()
            await self._bell.wait()
        return [self._lines[self._ready.popleft()][0] for _ in range(min(most, len(self._ready)))]

    def again(self, mail: Mail) -> None:
        """What was taken could not be answered: it is the next of its number once more."""
        self._ready.append(mail.msisdn)
        self._bell.set()

    def done(self, mail: Mail) -> None:
        """What was taken is answered: the next of its number may be taken."""
        line = self._lines[mail.msisdn]
        line.popleft()
        self._count -= 1
        if line:
            self._ready.append(mail.msisdn)
            self._bell.set()
        else:
            del self._lines[mail.msisdn]
