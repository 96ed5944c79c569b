"""Scheduled jobs, and the upkeep of the queue."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from qudao.platform.commands.context import SYSTEM, Context
from qudao.platform.jobs import schedule
from qudao.platform.jobs.queries import queue_state
from qudao.platform.jobs.runner import run_jobs

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CRON = r"^(\S+ ){4}\S+$"


def execute(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def job(status: str, *, worker: int | None = None, events: dict[str, datetime]) -> int:
    # The events are written as they are given, not as the queue's triggers would.
    execute("SET LOCAL session_replication_role = replica")
    ((id_,),) = execute(
        "INSERT INTO procrastinate_jobs (task_name, queue_name, status, worker_id)"
        " VALUES ('messaging.deliver', 'test', %s::procrastinate_job_status, %s) RETURNING id",
        status,
        worker,
    )
    for kind, at in events.items():
        execute(
            "INSERT INTO procrastinate_events (job_id, type, at)"
            " VALUES (%s, %s::procrastinate_job_event_type, %s)",
            id_,
            kind,
            at,
        )
    execute("SET LOCAL session_replication_role = origin")
    assert isinstance(id_, int)
    return id_


def worker(silent_for: timedelta) -> int:
    ((id_,),) = execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s) RETURNING id",
        silent_for,
    )
    assert isinstance(id_, int)
    return id_


@pytest.mark.parametrize("name", list(schedule.scheduled_jobs))
def test_every_job_is_known_to_the_queue(name: str) -> None:
    tasks = {
        periodic.task.name: periodic for periodic in app.periodic_registry.periodic_tasks.values()
    }
    assert tasks[name].cron == schedule.scheduled_jobs[name].cron
    assert app.tasks[name].lock == app.tasks[name].queueing_lock == name


def test_a_job_runs_as_the_platform_at_its_time() -> None:
    seen: list[Context] = []

    @schedule.scheduled("tests.notice", cron="0 0 1 1 *")
    def notice(ctx: Context) -> int:
        seen.append(ctx)
        return 7

    try:
        assert schedule.run("tests.notice", AT) == 7
    finally:
        del schedule.scheduled_jobs["tests.notice"]
    (ctx,) = seen
    assert (ctx.actor, ctx.at, ctx.channel) == (SYSTEM, AT, "worker")
    assert ctx.request_key == "tests.notice@2026-03-01T12:00:00+00:00"


@pytest.mark.django_db
def test_what_dead_workers_began_is_queued_again() -> None:
    now = datetime.now(UTC)
    alive, dead = worker(timedelta(seconds=5)), worker(timedelta(minutes=5))
    long_gone = worker(timedelta(hours=1))
    begun = {"deferred": now, "started": now}
    kept = job("doing", worker=alive, events=begun)
    lost = job("doing", worker=dead, events=begun)
    orphan = job("doing", events=begun)
    done = job("succeeded", worker=dead, events=begun)
    assert schedule.run("jobs.requeue_stalled", AT) == 2
    states = dict(execute("SELECT id, status::text FROM procrastinate_jobs"))  # type: ignore[arg-type]
    assert states == {kept: "doing", lost: "todo", orphan: "todo", done: "succeeded"}
    workers = {id_ for (id_,) in execute("SELECT id FROM procrastinate_workers")}
    assert workers == {alive, dead}, f"{long_gone} is forgotten"


@pytest.mark.django_db
def test_finished_jobs_are_forgotten_after_a_week() -> None:
    old, recent = AT - timedelta(days=8), AT - timedelta(days=6)
    job("succeeded", events={"deferred": old, "succeeded": old})
    job("failed", events={"deferred": old, "failed": old})
    kept = {
        job("succeeded", events={"deferred": old, "succeeded": recent}),
        job("todo", events={"deferred": old}),
    }
    assert schedule.run("jobs.forget_finished", AT) == 2
    assert {id_ for (id_,) in execute("SELECT id FROM procrastinate_jobs")} == kept
    assert {id_ for (id_,) in execute("SELECT job_id FROM procrastinate_events")} == kept


@pytest.mark.django_db
def test_the_queue_at_a_glance() -> None:
    now = datetime.now(UTC)
    worker(timedelta(seconds=5))
    worker(timedelta(minutes=5))
    job("todo", events={"deferred": now - timedelta(seconds=90)})
    job("todo", events={"deferred": now})
    job("failed", events={"deferred": now, "failed": now})
    job("failed", events={"deferred": now, "failed": now - timedelta(days=2)})
    state = queue_state()
    assert (state.workers, state.waiting, state.failed) == (1, 2, 1)
    assert 89 < state.oldest_waiting_s < 120


@pytest.mark.django_db(transaction=True)
def test_a_queued_job_is_run() -> None:
    @app.task(name="tests.write", queue="test")
    def write(text: str) -> None:
        execute("INSERT INTO tests_written VALUES (%s)", text)

    execute("CREATE TABLE tests_written (text text)")
    try:
        write.defer(text="done")

        async def run_until_done() -> None:
            running = asyncio.create_task(run_jobs())
            deadline = asyncio.get_running_loop().time() + 20
            while not await asyncio.to_thread(done):
                assert asyncio.get_running_loop().time() < deadline
                await asyncio.sleep(0.05)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        def done() -> bool:
            try:
                return bool(
                    execute("SELECT 1 FROM procrastinate_jobs WHERE status = 'succeeded'")
                ) and bool(execute("SELECT 1 FROM tests_written WHERE text = 'done'"))
            finally:
                connection.close()

        # In a thread of its own: browser tests leave a running loop behind in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(run_until_done())).result()
    finally:
        execute("DROP TABLE tests_written")
        execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
