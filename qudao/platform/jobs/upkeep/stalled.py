"""Jobs whose worker was killed are queued again."""

from __future__ import annotations

from django.db import connection

from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

SILENT_S = 60
"""A worker that has not given a sign of life for so long is gone; it gives one every 10 s."""


@scheduled("jobs.requeue_stalled", cron="* * * * *")
def requeue_stalled(ctx: Context) -> int:
    """Queue again what dead workers had begun, and forget those workers; returns how many jobs."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL)
            FROM procrastinate_jobs job
            LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
            WHERE job.status = 'doing' AND job.task_name <> 'jobs.requeue_stalled'
              AND (worker.id IS NULL
                   OR worker.last_heartbeat < now() - make_interval(secs => %s))
            """,
            [SILENT_S],
        )
        requeued = int(cursor.rowcount)
        cursor.execute(
            "DELETE FROM procrastinate_workers"
            " WHERE last_heartbeat < now() - make_interval(secs => %s)",
            [10 * SILENT_S],
        )
    return requeued
