"""Several times a day: note what outlets are. After midnight: yesterday goes to the lake."""

from __future__ import annotations

import logging
from datetime import timedelta

from qudao.domain.saleschannel import operations as saleschannel
from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled
from qudao.platform.lake.extracts.types import CONTROL

log = logging.getLogger(__name__)


@scheduled("lake.note_outlets", cron="57 * * * *")
def note_outlets(ctx: Context) -> None:
    """Note what outlets are; what was noted last on a day counts for the whole of it."""
    saleschannel.note_attributes(ctx)


@scheduled("lake.take", cron="40 * * * *")
def take(ctx: Context) -> None:
    """Load the extracts that the BOSS has dropped since."""
    from qudao.journeys import extracts
    from qudao.platform.lake import open as lakes

    drop = lakes.drop_folder()
    if any(drop.glob(f"*{CONTROL}")):
        with lakes.lake() as lake:
            for taken in extracts.take(ctx, lake, drop):
                log.info(
                    "extract %s: %s",
                    taken.control,
                    f"{taken.quarantined} aside" if taken.refusal is None else repr(taken.refusal),
                )


@scheduled("lake.export", cron="25 17 * * *")
def export(ctx: Context) -> None:
    """Write what was completed on the days of this month so far, and on the week before it."""
    # every process knows the jobs, few run this one: the engine is loaded here
    from qudao.journeys import lake as journey
    from qudao.platform.lake import open as lakes

    yesterday = business_date(ctx.at) - timedelta(days=1)
    first = min(yesterday.replace(day=1), yesterday - timedelta(days=7))
    with lakes.lake() as lake:
        lake.sweep(ctx.at - timedelta(days=1))
        journey.export(ctx, lake, first=first, last=yesterday)
