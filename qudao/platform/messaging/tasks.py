"""Jobs of messaging."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from qudao.platform.messaging import delivery

_RETRY = RetryStrategy(max_attempts=delivery.MAX_ATTEMPTS, exponential_wait=3)


class NotDelivered(Exception):
    """The messenger did not take the message; the job will try again."""


@app.task(name="messaging.deliver", queue="messages", retry=_RETRY)
def deliver(message: str) -> None:
    """Deliver one message, or fail so that the job is tried again later."""
    if not delivery.deliver_now(UUID(message), _clock()):
        raise NotDelivered(message)


def _clock() -> datetime:
    """The database's time: a job has no context that would bring its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
