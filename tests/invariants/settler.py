"""
Settles November, from the export to the files for the bank: a child that tests kill.

    python -m tests.invariants.settler FINANCE AUDITOR PROVINCE BRANCH…

For each line on standard input it forks a process that goes on from wherever the last one was
killed, says which step it begins and ends, and `done`. A line that names a step has it die before
the next one; `check` has the installation checked.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from qudao.site.cli import django_setup

MONTH: Final = date(2026, 11, 1)
FIRST, LAST = date(2026, 11, 17), date(2026, 11, 20)
AT: Final = datetime(2026, 12, 2, 4, 0, tzinfo=UTC)
STEPS: Final = ("export", "computing", "making", "checking", "posting", "payout")


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


_last = STEPS[-1]


@contextmanager
def step(name: str) -> Iterator[None]:
    if STEPS.index(name) > STEPS.index(_last):
        say("done")
        os._exit(0)
    say(f"begin {name}")
    yield
    say(f"end {name}")


def stepped(name: str, function: Callable[..., None]) -> Callable[..., None]:
    """Return a function that says when it begins and ends."""

    def run(*arguments: object) -> None:
        with step(name):
            function(*arguments)

    return run


def settle(finance: UUID, auditor: UUID, province: UUID, branches: list[UUID]) -> None:
    from qudao.domain.commission.operations import payouts, recording
    from qudao.domain.commission.operations import settlements as commission
    from qudao.domain.commission.queries import settlements as queries
    from qudao.domain.party.types import OrganizationId
    from qudao.journeys import lake as exporting
    from qudao.journeys import settling
    from qudao.platform.commands.context import Context
    from qudao.platform.identity.roles import system_context
    from qudao.platform.jobs import schedule
    from qudao.platform.lake.open import lake as opened

    settling.SET = settling.OUTLETS = 3  # so that there are many sets of a small province's
    work = ("_compute_lines", "run_making", "run_checking", "run_posting")
    for name, function in zip(STEPS[1:], work, strict=False):
        setattr(settling, function, stepped(name, getattr(settling, function)))
    make_some = recording.make_some

    def told(ctx: Context, **arguments: Any) -> bool:
        say("between sets")
        return make_some(ctx, **arguments)

    settling.recording.make_some = told

    def by(who: UUID) -> Context:
        return replace(system_context(AT, f"settler:{uuid4()}"), actor=who)

    _let_time_pass()
    schedule.run("jobs.requeue_stalled", datetime.now(UTC))
    with step("export"), opened() as lake:
        exporting.export(by(finance), lake, first=FIRST, last=LAST)
    made = commission.open_settlement(by(finance), province=OrganizationId(province), month=MONTH)
    begin: dict[str, Callable[[], None]] = {
        "draft": lambda: settling.compute(by(finance), settlement=made),
        "computed": lambda: settling.check(by(finance), settlement=made),
        "checked": lambda: commission.approve_settlement(by(auditor), settlement=made),
        "approved": lambda: settling.post(by(finance), settlement=made),
    }
    while (row := queries.settlement(by(finance), settlement=made)).state != "posted":
        assert not row.problem, row.problem
        if not row.running:
            begin[row.state]()
            continue
        asyncio.run(_work())
        after = queries.settlement(by(finance), settlement=made)
        assert not after.running, "no job is left that would do what is said to run"
    with step("payout"):
        for branch in branches:
            try:
                payouts.make_payout(
                    by(finance),
                    settlement=made,
                    branch=OrganizationId(branch),
                    account_number="410000170017",
                    bank_code="102491000005",
                )
            except payouts.NothingPayable:
                continue
    say("done")


def _let_time_pass() -> None:
    """A killed worker is silent for a minute; then its jobs are taken from it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 h'")


async def _work() -> None:
    """Do the jobs that are queued, as the worker does."""
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    with app.replace_connector(PsycopgConnector(kwargs=connector_params())) as worker:
        async with worker.open_async():
            await worker.run_worker_async(
                queues=["settling"], concurrency=1, wait=False, install_signal_handlers=False
            )


def check() -> None:
    from click.testing import CliRunner

    from qudao.site.lake import lake
    from qudao.site.maintenance import check as whole

    for command, arguments in ((whole, []), (lake, ["check", "--month", f"{MONTH:%Y-%m}"])):
        done = CliRunner().invoke(command, arguments)
        say(f"checked {done.exit_code} {done.output.strip()}")
    say("done")


def main(finance: str, auditor: str, province: str, *branches: str) -> None:
    global _last
    django_setup()
    # loaded once, for all that are forked: threads and connections are theirs alone
    from qudao.domain.commission import computing
    from qudao.journeys import lake

    assert computing and lake
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                if line.strip() == "check":
                    check()
                else:
                    _last = line.strip() or STEPS[-1]
                    settle(
                        UUID(finance),
                        UUID(auditor),
                        UUID(province),
                        [UUID(one) for one in branches],
                    )
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
        say(f"pid {child}")
        say(f"gone {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")


if __name__ == "__main__":
    main(*sys.argv[1:])
