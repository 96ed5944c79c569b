"""What is known about the queue: for health and metrics."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue at a glance."""

    workers: int
    """Workers that gave a sign of life within the last minute."""
    waiting: int
    """Jobs that could run now."""
    failed: int
    """Jobs that failed for good within the last day."""
    oldest_waiting_s: float
    """How long the oldest of the waiting has been waiting, in seconds."""


def queue_state() -> QueueState:
    """Return how the queue stands now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT
              (SELECT count(*) FROM procrastinate_workers
               WHERE last_heartbeat > now() - interval '60 seconds'),
              count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
              (SELECT count(DISTINCT job_id) FROM procrastinate_events
               WHERE type = 'failed' AND at > now() - interval '1 day'),
              coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, deferred.at))
                FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now())), 0)
            FROM procrastinate_jobs job
            LEFT JOIN procrastinate_events deferred
              ON deferred.job_id = job.id AND deferred.type = 'deferred'
            WHERE job.status = 'todo'
            """
        )
        workers, waiting, failed, oldest = cursor.fetchone()
    return QueueState(workers, waiting, failed, float(oldest))
