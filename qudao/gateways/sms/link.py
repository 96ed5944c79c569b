"""
The carrier of an installation: messages go to a short-message centre, by SMPP or CMPP.

A process that sends has one link (`QUDAO_MESSENGER_LINK`), connected when it sends the first time.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from qudao.kernel.period import MARKET_ZONE
from qudao.platform.messaging.ports import MessengerUnavailable
from qudao.platform.messaging.types import MessageId
from qudao.platform.shortmessages.config import Link, SmppLink, read_link
from qudao.platform.shortmessages.lines import line_of
from qudao.platform.shortmessages.types import Address, Line, NotTaken, Part
from qudao.platform.smpp.types import NotSent, Unanswered

WAIT_S: Final = 10.0
"""For the connection; whoever sends tries again later."""
PATIENCE_S: Final = 75.0
"""For the centre's answer; longer than it may tell us to slow down."""

_log = logging.getLogger(__name__)


class LinkMessenger:
    """Sends by the link of this process; may be used by many threads."""

    def send(self, message: MessageId, *, recipient: str, text: str) -> None:
        """
        Send one message.

        Of one that went out without an answer nobody knows whether it arrived: it counts as sent,
        for a code that comes twice confuses, and one that did not come is asked for again.
        """
        _sender(settings.MESSENGER_LINK).send(recipient, text)


def close() -> None:
    """End this process's links; the next message makes one anew."""
    with _lock:
        while _senders:
            _senders.popitem()[1].close()


atexit.register(close)
_lock: Final = threading.Lock()
_senders: Final[dict[str, _Sender]] = {}


def _sender(configured: str) -> _Sender:
    with _lock:
        if configured not in _senders:
            if not configured.strip():
                raise MessengerUnavailable("no link is configured: set QUDAO_MESSENGER_LINK")
            try:
                _senders[configured] = _Sender(read_link(configured))
            except ValueError as error:
                why = f"QUDAO_MESSENGER_LINK cannot be used: {error}"
                raise MessengerUnavailable(why) from None
        return _senders[configured]


class _Sender:
    """A link in an event loop of its own, in a thread."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._from = Address(link.number)
        self._loop = asyncio.new_event_loop()
        self._line = self._made()
        threading.Thread(target=self._loop.run_forever, name="sms link", daemon=True).start()
        self._run(self._line.open())

    def send(self, recipient: str, text: str) -> None:
        to = Address(recipient)
        if isinstance(self._link, SmppLink):
            to = Address(recipient, self._link.ton, self._link.npi)
        try:
            self._run(self._line.say(text, to=to, sender=self._from, wait_s=WAIT_S))
        except Unanswered as error:
            _log.warning("nobody knows of a message: %s", error)
        except (NotSent, NotTaken, ValueError, TimeoutError) as error:
            raise MessengerUnavailable(str(error) or "no answer") from error

    def _made(self) -> Line:
        async def made() -> Line:
            return line_of(self._link, _nothing, _unasked, lambda: datetime.now(MARKET_ZONE))

        return self._loop.run_until_complete(made())

    def close(self) -> None:
        """Say goodbye to the centre."""
        self._run(self._line.close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)


async def _nothing(part: Part) -> None:
    """What phones write to this link's number is for nobody."""


def _unasked(state: str, final: bool) -> None:
    """What becomes of messages is the centre's affair: each is sent once."""
