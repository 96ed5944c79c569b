"""
A settlement's long steps: computing, checking and posting, done by jobs in the person's name.

A person's command says that a step begins and queues the job, in one transaction. Computing and
checking read the lake outside any transaction; statements are made and posted in sets, each a
transaction of its own. A job that dies is run again: what it had recorded it leaves alone, the
rest it does anew, and repeating any of that is harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from qudao.domain.commission.operations import posting, recording
from qudao.domain.commission.operations import settlements as commission
from qudao.domain.commission.queries import book, checking, computed
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.types.settlements import Running, SettlementId, SettlementRecord
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

SET: Final = 1000
"""Statements that are posted at once."""
OUTLETS: Final = 5000
"""Whose statements are made at once."""
_RETRY: Final = RetryStrategy(max_attempts=3, wait=5)
_ONE_AT_A_TIME: Final = "settling.lines"
"""The lock of jobs that read whole months: two at once would need twice the memory."""
FAILED: Final = "failed"
"""Stands on the page when a job could not do its step for a reason that is no refusal."""


@command("settling.compute", subject="settlement")
def compute(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Have a month computed, or computed anew.

    :raises Refusal: those of `commission.start_computing`.
    """
    commission.start_computing(ctx, settlement=settlement)
    compute_job.defer(settlement=str(settlement))


@command("settling.check", subject="settlement")
def check(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Have a computed month checked.

    :raises Refusal: those of `commission.start_checking`.
    """
    commission.start_checking(ctx, settlement=settlement)
    check_job.defer(settlement=str(settlement))


@command("settling.post", subject="settlement")
def post(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Have an approved month posted.

    :raises Refusal: those of `commission.start_posting`.
    """
    commission.start_posting(ctx, settlement=settlement)
    post_job.defer(settlement=str(settlement))


def run_computing(ctx: Context, settlement: SettlementId) -> None:
    """Compute a month now, and make its statements. For jobs and set-up."""
    row = queries.settlement(ctx, settlement=settlement)
    if row.running != Running.MAKING:  # otherwise another worker has computed its lines, and died
        _compute_lines(ctx, row)
    run_making(ctx, settlement)


def run_making(ctx: Context, settlement: SettlementId) -> None:
    """Make what statements are missing of a month whose lines are computed."""
    while recording.make_some(ctx.part(f"set-{uuid4()}"), settlement=settlement, most=OUTLETS):
        continue


def _compute_lines(ctx: Context, row: SettlementRecord) -> None:
    settlement = row.id

    def tell(done: int, total: int) -> None:
        key = f"{ctx.request_key}:{done}"
        recording.note_progress(ctx.with_key(key), settlement=settlement, done=done, total=total)

    made = computed.compute_month(row.month, ctx.at, tell)
    recording.record_computed(ctx.part("record"), settlement=settlement, computed=made)


def run_checking(ctx: Context, settlement: SettlementId) -> None:
    """Check a computed month now. For jobs and set-up."""
    row = queries.settlement(ctx, settlement=settlement)
    found = checking.findings(settlement)
    recording.record_checked(
        ctx.part("record"),
        settlement=settlement,
        versions=book.mark(row.versions),
        findings=found,
    )


def run_posting(ctx: Context, settlement: SettlementId) -> None:
    """Post what is still open of an approved month now. For jobs and set-up."""
    while posting.post_some(ctx.part(f"set-{uuid4()}"), settlement=settlement, most=SET):
        continue
    recording.record_posted(ctx.part("record"), settlement=settlement)


def accrue(ctx: Context, *, province: OrganizationId, month: date) -> bool:
    """
    Have computed what a month has earned so far; return whether it is going to be.

    A month without rules is left out, and one that was approved or that somebody is at.
    """
    if not queries.has_rules(month):
        return False
    settlement = commission.open_settlement(
        ctx.part(f"open-{month}"), province=province, month=month
    )
    row = queries.settlement(ctx, settlement=settlement)
    if row.running or row.state not in commission.OPEN:
        return False
    compute(ctx.part(f"compute-{month}"), settlement=settlement)
    return True


def provinces(ctx: Context) -> list[OrganizationId]:
    """Return the provinces that settle commission."""
    found = party.organizations(ctx, PageRequest(200), kinds=["province"])
    return [row.id for row in found.items]


@app.task(
    name="settling.compute",
    queue="settling",
    retry=_RETRY,
    lock=_ONE_AT_A_TIME,
    pass_context=True,
)
def compute_job(context: JobContext, settlement: str) -> None:
    """Compute a month, in the name of who asked for it."""
    steps = (Running.COMPUTING, Running.MAKING)
    _run(context, settlement, steps, lambda row: row.computed_by, run_computing)


@app.task(
    name="settling.check",
    queue="settling",
    retry=_RETRY,
    lock=_ONE_AT_A_TIME,
    pass_context=True,
)
def check_job(context: JobContext, settlement: str) -> None:
    """Check a month, in the name of who asked for it."""
    _run(context, settlement, (Running.CHECKING,), lambda row: row.checked_by, run_checking)


@app.task(name="settling.post", queue="settling", retry=_RETRY, pass_context=True)
def post_job(context: JobContext, settlement: str) -> None:
    """Post a month, in the name of who approved it."""
    _run(context, settlement, (Running.POSTING,), lambda row: row.approved_by, run_posting)


Run = Callable[[Context, SettlementId], object]


def _run(
    context: JobContext,
    settlement: str,
    steps: tuple[Running, ...],
    of: Callable[[SettlementRecord], UUID | None],
    run: Run,
) -> None:
    wanted = SettlementId(UUID(settlement))
    system = system_context(_clock(), f"settling.{steps[0]}:{settlement}:{uuid4()}")
    row = queries.settlement(system, settlement=wanted)
    if row.running not in steps:
        # the worker died after it had recorded all, and somebody may have gone on
        _drop_unfinished(system, wanted)
        return
    try:
        _try(replace(system, actor=of(row) or system.actor), wanted, run)
    except Exception as error:
        if _RETRY.get_retry_decision(exception=error, job=context.job) is not None:
            raise
        # nobody tries again by himself: the step may be begun anew
        _give_up(system, wanted, FAILED)
        raise


def _try(ctx: Context, settlement: SettlementId, run: Run) -> None:
    """A refusal is what the person has to know: it ends the step, and stands on the page."""
    try:
        run(ctx, settlement)
    except Refusal as refusal:
        _give_up(ctx, settlement, refusal.code)


def _give_up(ctx: Context, settlement: SettlementId, problem: str) -> None:
    recording.give_up(ctx.part("give-up"), settlement=settlement, problem=problem)
    _drop_unfinished(ctx, settlement)


def _drop_unfinished(ctx: Context, settlement: SettlementId) -> None:
    while recording.drop_unfinished(
        ctx.part(f"drop-{uuid4()}"), settlement=settlement, most=OUTLETS
    ):
        continue


def _clock() -> datetime:
    """The database's time: a job has no context that would bring its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
