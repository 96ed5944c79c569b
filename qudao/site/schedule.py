"""Wires the scheduled jobs to procrastinate."""

from __future__ import annotations

from django.conf import settings
from procrastinate import App

from qudao.platform.jobs import schedule


def register(app: App) -> None:
    """Called by procrastinate when Django is ready (`PROCRASTINATE_ON_APP_READY`)."""
    schedule.load(settings.SCHEDULE_FOLDERS)
    schedule.register_with(app)
