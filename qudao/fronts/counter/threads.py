"""A few threads for what asks the database outside of the batches."""

from __future__ import annotations

import asyncio
import contextvars
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from django.db import close_old_connections, connection

TRUSTED_S: Final = 5.0
"""So long after its last use a connection is not asked whether it still works, unless its socket
says that something came: the question would cost as much as most of what is asked here."""

P = ParamSpec("P")
R = TypeVar("R")


class TooBusy(Exception):
    """All threads have something to do, and enough waits for them already."""


def _something_came() -> bool:
    """
    Whether this thread's connection has something to read. Nobody waits for an answer on it, so
    this is most likely its end: the server was stopped, or has ended it.
    """
    if connection.connection is None or connection.connection.closed:
        return False
    socket = select.poll()
    socket.register(connection.connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


class Threads:
    """So many threads, and so many calls that may wait for one."""

    def __init__(self, threads: int = 8, waiting: int = 64) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="counter call")
        self._most = threads + waiting
        self._calls = 0
        self._own = threading.local()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """
        Call a function that may use the database, and wait for its answer.

        :raises TooBusy: if too many wait already.
        """
        if self._calls >= self._most:
            raise TooBusy
        self._calls += 1
        context = contextvars.copy_context()

        def call() -> R:
            idle_s = time.monotonic() - getattr(self._own, "used_s", 0.0)
            if idle_s > TRUSTED_S or _something_came():
                close_old_connections()
            try:
                return context.run(function, *args, **kwargs)
            finally:
                self._own.used_s = time.monotonic()
                if connection.errors_occurred:
                    close_old_connections()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._calls -= 1

    def end(self) -> None:
        """Wait for the threads to end."""
        self._pool.shutdown()
