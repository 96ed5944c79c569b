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
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import prometheus_client
from django.db import DatabaseError, close_old_connections, connection

from qudao.domain.ordering.operations import beat
from qudao.domain.ordering.ports import Outcome
from qudao.domain.ordering.types import OrderState
from qudao.journeys.customers import boss
from qudao.journeys.fulfilment import LEASE, Brought, Taken, take, tell, write_down
from qudao.platform.commands.context import Context
from qudao.platform.events import relay
from qudao.platform.identity.roles import system_context
from qudao.platform.jobs.runner import run_jobs

SENDERS: Final = 3
"""While one waits for the BOSS, others write down and take."""
MOST: Final = 256
"""Orders in one set."""
PAUSE_S: Final = 0.02
"""Before the next look when the last one has emptied the queue: a set costs little more than one
order, and what comes meanwhile goes together."""
IDLE_S: Final = 0.1
"""Between two looks at an empty queue."""
BEAT_S: Final = 1.0
"""Between two signs of life; see `ordering_beat`."""
TROUBLE_S: Final = 2.0
"""Before the next try when the database or the BOSS cannot be reached."""

SETTLED: Final = prometheus_client.Counter(
    "qudao_dispatch_settled_total", "Orders that the BOSS has decided, by state.", ["state"]
)
SETS: Final = prometheus_client.Histogram(
    "qudao_dispatch_set_orders",
    "Orders in one set of a dispatcher.",
    buckets=(1, 4, 16, 64, 128, 192, 256),
)

DECIDED: Final = frozenset({OrderState.COMPLETED, OrderState.FAILED})

Step = Callable[[], float]

logger = logging.getLogger(__name__)


def _context() -> Context:
    at = datetime.now(UTC)
    return system_context(at, f"worker:{at.isoformat()}")


class Dispatchers:
    """
    The threads that bring orders to the BOSS: several that send, and one that asks.

    One sender at a time looks into the queue, so that sets are as large as the queue allows and
    few when there is little to do. Asking has a thread of its own: a BOSS that is slow to answer
    questions holds up no sale.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._runner = uuid4()
        self._turn = threading.Lock()
        self._look_at = 0.0
        """Not before: seconds of the monotonic clock."""
        self._dark = threading.Event()
        """Set while the BOSS cannot be reached: one order at a time is the probe then, and the
        others keep their place."""
        self._settled: Counter[str] = Counter()
        self._counting = threading.Lock()

    def steps(self) -> list[Step]:
        """What each thread does again and again: once, and then how long to wait."""
        return [*([self.send] * SENDERS), self.ask, self.beat]

    def send(self) -> float:
        """Bring one set to the BOSS."""
        with self._turn:
            if self._stop.wait(max(0.0, self._look_at - time.monotonic())):
                return 0
            self._look_at = time.monotonic() + TROUBLE_S  # if the database does not answer
            taken = take(_context(), most=self._most(), ask=False, runner=self._runner)
            pause = 0 if len(taken) == MOST else PAUSE_S if taken else IDLE_S
            self._look_at = time.monotonic() + (TROUBLE_S if taken and self._dim() else pause)
        self._bring(taken)
        return 0

    def ask(self) -> float:
        """Ask for one set."""
        dim = self._dim()
        taken = take(_context(), most=self._most(), send=False, runner=self._runner)
        self._bring(taken)
        return (TROUBLE_S if dim else 0) if taken else IDLE_S

    def beat(self) -> float:
        """Say that we are alive, and what was done since."""
        with self._counting:
            settled, self._settled = self._settled, Counter()
        freed = beat(
            _context(),
            runner=self._runner,
            lease=LEASE,
            completed=settled[OrderState.COMPLETED],
            refused=settled[OrderState.FAILED],
            breaker=boss().breaker_state(),
        )
        if freed:
            logger.warning("%d orders were freed of a dispatcher that is no more", freed)
        return BEAT_S

    def _dim(self) -> bool:
        return self._dark.is_set() or boss().breaker_state() != "closed"

    def _most(self) -> int:
        return 1 if self._dim() else MOST

    def _bring(self, taken: Taken) -> None:
        if not taken:
            return
        brought = self._written(taken, tell(boss(), taken))
        if brought.heard:
            self._dark.clear()
        elif not brought.reached:
            self._dark.set()
        final = Counter(state for state in brought.states.values() if state in DECIDED)
        for state, count in final.items():
            SETTLED.labels(state).inc(count)
        SETS.observe(len(taken))
        with self._counting:
            self._settled += final

    def _written(self, taken: Taken, outcomes: Sequence[Outcome]) -> Brought:
        """
        Write down what the BOSS said, also when the database is away just then.

        When it stays away for about as long as the orders are ours, or we are asked to stop,
        somebody else asks for them.

        :raises DatabaseError: then.
        """
        until = time.monotonic() + LEASE.total_seconds() / 2
        while True:
            try:
                return write_down(_context(), taken, outcomes)
            except DatabaseError as error:
                connection.close()
                if time.monotonic() > until or self._stop.wait(TROUBLE_S):
                    raise
                logger.warning("what the BOSS said waits for the database: %s", error)


def _relay() -> float:
    return 0 if relay.run_all() else IDLE_S * 2


def _loop(step: Step, stop: threading.Event) -> None:
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
    steps = [*Dispatchers(stop).steps(), _relay]
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
