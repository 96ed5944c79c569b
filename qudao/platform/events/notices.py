"""
Hears what has changed, at once: for caches and for whoever waits.

The database's triggers and functions send notices on one channel, at the commit of what they tell
of: `outlet:<id>`, `account:<id>`, `catalog`, `settled:…`. A notice may get lost with its
connection, so it is never the only way to find out.
"""

from __future__ import annotations

import logging
import selectors
import socket
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any, Final

import psycopg
from django.db import connection

CHANNEL: Final = "qudao"

Handler = Callable[[str], None]
"""Gets what follows the kind and its colon; runs in the thread of notices, so it is quick."""

_BEAT_S = 5.0
"""After so long a silence the server is asked whether it is still there."""

_PAUSES_S = (0.1, 2.0)
"""Before connecting anew: the first time, and, doubled each time, at most."""

_WATCHFUL = {
    "application_name": "qudao notices",
    "connect_timeout": 5,
    # A peer that has vanished without a word is noticed within seconds, not hours.
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}

_log = logging.getLogger(__name__)


class Notices(Thread):
    """
    Listens on a connection of its own, and hands each notice to the handler of its kind.

    Whenever a connection has begun to listen, the first one too, `lost` is called: what was said
    before was not heard, so caches are dropped and who waits looks for himself. What is read after
    that, and changes after that, is told. It is called when the connection is lost, too, and when
    a handler failed: that is logged, and the connection made anew.
    """

    def __init__(self, handlers: Mapping[str, Handler], lost: Callable[[], None]) -> None:
        super().__init__(name="notices", daemon=True)
        self.listening = Event()
        """Set while notices are heard."""
        self._handlers = dict(handlers)
        self._lost = lost
        self._ended = Event()
        self._wake, self._woken = socket.socketpair()

    def run(self) -> None:
        pause_s, longest_s = _PAUSES_S
        while not self._ended.is_set():
            try:
                self._listen()
            except Exception as error:  # a handler's too: who goes deaf must not stay so
                inner = not isinstance(error, psycopg.Error)
                _log.warning("Notices are not heard: %s", error, exc_info=inner)
                if self.listening.is_set():
                    self.listening.clear()
                    self._lost()
                    pause_s = _PAUSES_S[0]
                self._ended.wait(pause_s)
                pause_s = min(2 * pause_s, longest_s)
        self._woken.close()

    def stop(self) -> None:
        """End; returns when the connection is closed."""
        self._ended.set()
        self._wake.close()
        if self.is_alive():
            self.join()

    def _listen(self) -> None:
        with (
            psycopg.connect(**_parameters(), autocommit=True) as listener,
            selectors.DefaultSelector() as waiting,
        ):
            listener.execute(f"LISTEN {CHANNEL}")
            waiting.register(listener.fileno(), selectors.EVENT_READ)
            waiting.register(self._woken, selectors.EVENT_READ)
            self._lost()
            self.listening.set()
            while not self._ended.is_set():
                for notice in listener.notifies(timeout=0):
                    kind, _, text = notice.payload.partition(":")
                    if kind in self._handlers:
                        self._handlers[kind](text)
                if not waiting.select(_BEAT_S):
                    listener.execute("SELECT 1")
        self.listening.clear()


def _parameters() -> dict[str, Any]:
    """Return how Django connects, without what Django puts into its own connections."""
    given = connection.get_connection_params()
    return {
        name: value
        for name, value in {**_WATCHFUL, **given}.items()
        if name not in {"context", "cursor_factory", "prepare_threshold"}
    }
