"""Complaints, appointments and calls for an agent that nobody ends are ended."""

from __future__ import annotations

from qudao.domain.care import operations as care
from qudao.domain.care.types import Swept
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled


@scheduled("care.sweep", cron="*/10 * * * *")
def sweep(ctx: Context) -> Swept:
    """End what is due."""
    return care.sweep(ctx)
