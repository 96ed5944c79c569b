"""Finished jobs are forgotten after a while."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

KEPT = timedelta(days=7)


@scheduled("jobs.forget_finished", cron="17 19 * * *")
def forget_finished(ctx: Context) -> int:
    """Delete jobs that ended a week ago or earlier, with their events; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs job
            WHERE job.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
              AND (SELECT max(event.at) FROM procrastinate_events event WHERE event.job_id = job.id)
                  < %s
            """,
            [ctx.at - KEPT],
        )
        return int(cursor.rowcount)
