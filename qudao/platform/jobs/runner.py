"""Runs queued and scheduled jobs in this process."""

from __future__ import annotations

from typing import Final

from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params

CONCURRENCY: Final = 4
"""Jobs at the same time; each runs in a thread of its own."""
PATIENCE_S: Final = 3.0
"""With a database that does not answer, and with jobs in progress when told to stop."""


async def run_jobs() -> None:
    """
    Take jobs and run them until cancelled.

    New jobs are announced by the database, so that the queue is idle while nothing happens.
    """
    connector = PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=CONCURRENCY, timeout=PATIENCE_S
    )
    with app.replace_connector(connector) as worker:
        async with worker.open_async():
            await worker.run_worker_async(
                name="qudao",
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                shutdown_graceful_timeout=PATIENCE_S,
            )
