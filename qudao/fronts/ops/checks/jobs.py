"""The worker is alive and keeps up with its queue."""

from django.db import DatabaseError

from qudao.platform.jobs.queries import queue_state
from qudao.platform.observability.health import Unwell, check

LONGEST_WAIT_S = 300


@check("worker", essential=False)
def worker() -> str:
    try:
        state = queue_state()
    except DatabaseError:
        raise Unwell("unknown: the database does not answer") from None
    if state.workers == 0:
        raise Unwell("no worker gave a sign of life within the last minute")
    if state.oldest_waiting_s > LONGEST_WAIT_S:
        raise Unwell(f"a job has been waiting for {state.oldest_waiting_s:.0f} s")
    return f"{state.workers} at work, {state.waiting} jobs waiting"
