"""Jobs that run by the clock."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from procrastinate import App

from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

Function = Callable[[Context], object]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A function and when it runs: five cron fields, in UTC."""

    name: str
    cron: str
    function: Function


scheduled_jobs: dict[str, Scheduled] = {}
"""Every scheduled job by name."""


def scheduled(name: str, *, cron: str) -> Callable[[Function], Function]:
    """
    Register a function to run at the times that `cron` names (UTC), as the platform itself.

    It runs at most once for each time and never twice at the same moment. Its context's `at` is
    the time it was due, and its request key is made of name and time. A time that passes while no
    worker runs is left out, so a job does whatever is due, not just the last portion.
    """

    def register(function: Function) -> Function:
        assert name not in scheduled_jobs, name
        scheduled_jobs[name] = Scheduled(name, cron, function)
        return function

    return register


def run(name: str, at: datetime) -> object:
    """Run a scheduled job as if it were due at this moment; returns what it returns."""
    ctx = system_context(at, f"{name}@{at.isoformat()}", channel="worker")
    return scheduled_jobs[name].function(ctx)


def load(folders: Iterable[str]) -> None:
    """Import every module of these packages, so that their jobs are registered."""
    for folder in folders:
        package = importlib.import_module(folder)
        for module in pkgutil.iter_modules(package.__path__, f"{folder}."):
            importlib.import_module(module.name)


def register_with(app: App) -> None:
    """Tell procrastinate about every scheduled job."""
    for job in scheduled_jobs.values():
        _register(app, job)


def _register(app: App, job: Scheduled) -> None:
    @app.periodic(cron=job.cron)
    @app.task(
        name=job.name, queue="schedule", lock=job.name, queueing_lock=job.name, pass_context=False
    )
    def task(timestamp: int) -> None:
        run(job.name, datetime.fromtimestamp(timestamp, UTC))
