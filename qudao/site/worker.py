"""
The worker: dispatchers that bring orders to the BOSS, the relay, queued and scheduled jobs.

Any number of workers may run; the database shares the work out among them. Each loop waits on
the stop event, never blindly, so that the worker ends within a second.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, close_old_connections, connection

from qudao.journeys.customers import boss
from qudao.journeys.fulfilment import fulfil
from qudao.platform.commands.context import Context
from qudao.platform.events import relay
from qudao.platform.identity.roles import system_context
from qudao.platform.jobs.runner import run_jobs

DISPATCHERS: Final = 4
"""Each waits for the slowest answer of its own set only."""
MOST: Final = 64
"""Orders in one set."""
IDLE_S: Final = 0.1
"""Between two looks at an empty queue."""
TROUBLE_S: Final = 2.0
"""Before the next try when the database or the BOSS cannot be reached."""

logger = logging.getLogger(__name__)


def _context() -> Context:
    at = datetime.now(UTC)
    return system_context(at, f"worker:{at.isoformat()}")


def _dispatch() -> float:
    """Bring one set to the BOSS; return how long to wait before the next."""
    taken, reached = fulfil(_context, boss(), most=1 if _dark.is_set() else MOST)
    if not reached:
        # While the BOSS is away one order at a time is the probe; the others keep their place.
        _dark.set()
        return TROUBLE_S
    if taken:
        _dark.clear()
        return 0
    return IDLE_S


def _relay() -> float:
    return 0 if relay.run_all() else IDLE_S * 2


_dark = threading.Event()
"""Set while the BOSS cannot be reached."""


def _loop(step: Callable[[], float], stop: threading.Event) -> None:
    while not stop.is_set():
        close_old_connections()
        try:
            wait = step()
        except DatabaseError as error:
            logger.warning("the database did not answer: %s", error)
            connection.close()
            wait = TROUBLE_S
        stop.wait(wait)
    connection.close()


async def _jobs(stop: threading.Event) -> None:
    """Run queued and scheduled jobs until told to stop; come back when the database does."""
    while not stop.is_set():
        worker = asyncio.create_task(run_jobs())
        ended = asyncio.create_task(asyncio.to_thread(stop.wait))
        await asyncio.wait([worker, ended], return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        (result,) = await asyncio.gather(worker, return_exceptions=True)
        if not stop.is_set():
            logger.warning("the job worker ended: %s", result)
            await asyncio.to_thread(stop.wait, TROUBLE_S)


def main() -> int:
    """Work until SIGTERM or SIGINT; then finish what is in hand."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    steps = [_dispatch] * DISPATCHERS + [_relay]
    threads = [threading.Thread(target=_loop, args=(step, stop)) for step in steps]
    threads.append(threading.Thread(target=lambda: asyncio.run(_jobs(stop))))
    for thread in threads:
        thread.start()
    # Wait in slices: a signal is handled between two of them.
    while not stop.wait(0.5):
        if not all(thread.is_alive() for thread in threads):
            logger.error("a part of the worker has died; ending so that it is started anew")
            stop.set()
            return_code = 1
            break
    else:
        return_code = 0
    for thread in threads:
        thread.join()
    return return_code
