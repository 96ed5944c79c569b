"""Files that crashes left in the vault are removed."""

from __future__ import annotations

from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled
from qudao.platform.vault.files import sweep


@scheduled("vault.sweep", cron="41 19 * * *")
def sweep_vault(ctx: Context) -> int:
    """Remove files without a row; returns how many."""
    return sweep(ctx.at)
