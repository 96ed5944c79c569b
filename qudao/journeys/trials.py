"""
Trials of commission policies: what a draft would have cost, and how it can be gamed.

They are asked for by people and answered by a worker, which reads the lake: minutes for months of
a province. How far it is shows meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries as policies
from qudao.domain.commission.types import (
    PolicyId,
    Prices,
    Rule,
    Source,
    TrialId,
    TrialKind,
    TrialRecord,
    VersionRecord,
)
from qudao.kernel.money import PPM, Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

if TYPE_CHECKING:
    from qudao.platform.lake.store import Lake

log = logging.getLogger(__name__)

DEAREST: Final = Money(10_000_00)

FAILED: Final = "failed"
"""The fault of a trial that no attempt could answer: the log says why."""
LACKING: Final = "lacking"
"""The fault of a what-if of months that lack data: its result says which, and what they lack."""

_RETRY: Final = RetryStrategy(max_attempts=2, wait=5)


@dataclass(eq=False)
class PriceOutOfRange(Refusal, kind=Kind.INVALID):
    """A price of the red team is below nothing, or beyond what anything costs."""

    field: str


@command("trials.ask_what_if", subject="policy")
def ask_what_if(ctx: Context, *, policy: PolicyId, months: tuple[date, ...]) -> TrialId:
    """
    Ask what a policy's newest version would have cost in past months, beside what holds now.

    :raises Refusal: those of `commission.ask_trial`.
    """
    made = commission.ask_trial(
        ctx, policy=policy, kind=TrialKind.WHAT_IF, months=months, question={}
    )
    run_job.defer(trial=str(made))
    return made


@command("trials.ask_red_team", subject="policy")
def ask_red_team(
    ctx: Context,
    *,
    policy: PolicyId,
    months: tuple[date, ...],
    card: Money,
    use: Money,
    floor: Money,
    resale_ppm: int,
) -> TrialId:
    """
    Ask how a policy's newest version can be gamed, and who behaves so in past months.

    `card` is what a SIM card costs, `use` the least use of a month, `floor` the least that a line
    in use has to pay in a month, `resale_ppm` the share of money paid in that comes back.

    :raises PriceOutOfRange: if a price cannot be.
    :raises Refusal: those of `commission.ask_trial`.
    """
    for name, price in (("card", card), ("use", use), ("floor", floor)):
        if not Money.zero() <= price <= DEAREST:
            raise PriceOutOfRange(name)
    if not 0 <= resale_ppm <= PPM:
        raise PriceOutOfRange("resale_ppm")
    made = commission.ask_trial(
        ctx,
        policy=policy,
        kind=TrialKind.RED_TEAM,
        months=months,
        question={
            "card": card.minor,
            "use": use.minor,
            "floor": floor.minor,
            "resale_ppm": resale_ppm,
        },
    )
    run_job.defer(trial=str(made))
    return made


@app.task(name="trials.run", queue="trials", retry=_RETRY, pass_context=True)
def run_job(context: JobContext, trial: str) -> None:
    """Answer a trial; when nobody tries again, say that it failed."""
    wanted = TrialId(UUID(trial))
    try:
        run(wanted)
    except Exception as error:
        if _RETRY.get_retry_decision(exception=error, job=context.job) is None:
            commission.finish_trial(_ctx(wanted, "failed"), trial=wanted, result={}, fault=FAILED)
        raise


def run(trial: TrialId) -> None:
    """
    Answer a trial in steps, each its own transaction; what is answered already is left alone.

    A refusal (an amount too large) ends it with the refusal's code.
    """
    record = policies.trial(_ctx(trial, "read"), trial)
    if record.state in {"done", "failed"}:
        return
    try:
        result, outlets, fault = _answer(record, _progress(trial))
    except Refusal as refusal:
        log.info("trial %s: %s", trial, refusal.code)
        result, outlets, fault = {}, b"", refusal.code
    commission.finish_trial(
        _ctx(trial, "finish"), trial=trial, result=result, outlets=outlets, fault=fault
    )


def _answer(
    record: TrialRecord, progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], bytes, str]:
    # every process knows the jobs, few run this one: the engine is loaded here
    from qudao.domain.commission.queries import what_if
    from qudao.platform.lake import open as lakes

    version = policies.version(_ctx(record.trial, "version"), record.policy, record.number)
    months = [date.fromisoformat(text) for text in record.question["months"]]
    with lakes.lake() as lake:
        if record.kind == TrialKind.RED_TEAM:
            lacking = _lacking(lake, months, {Source.OUTLETS, Source.SUBSCRIBERS})
            known = [one for one in months if one.isoformat() not in lacking]
            found = _red_team(record, version, known, lake, progress)
            return {**found, LACKING: lacking}, b"", ""
        both = what_if.compared(version.code, version.draft)
        if lacking := _lacking(lake, months, _read_by(both.rules)):
            return {LACKING: lacking}, b"", LACKING
        result, rows = what_if.what_if(lake, months, both, progress)
    return {**result, "against": version.code}, policies.packed(rows), ""


def _read_by(rules: Iterable[Rule]) -> set[Source]:
    """Return what of a month itself rules are computed from."""
    return {Source.OUTLETS, *(rule.terms.source for rule in rules)} - {Source.LINES}


def _lacking(lake: Lake, months: list[date], read: set[Source]) -> dict[str, list[str]]:
    """Return, by month, which of these datasets the lake has nothing of."""
    known = {str(name): set(lake.months(name)) for name in sorted(read)}
    found = {
        one.isoformat(): [name for name, there in known.items() if one not in there]
        for one in months
    }
    return {month: names for month, names in found.items() if names}


def _red_team(
    record: TrialRecord,
    version: VersionRecord,
    months: list[date],
    lake: Lake,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    from qudao.domain.commission.queries import red_team

    asked = record.question
    prices = Prices(asked["card"], asked["use"], asked["resale_ppm"], asked["floor"])
    plans = version.draft.plans if version.configured is None else version.configured
    others = red_team.beside(version.code, version.draft)
    finding, best = red_team.red_team(version.draft, plans, prices, progress, others)
    alike = red_team.alike(lake, months, best) if best and months else []
    return {**finding, "alike": alike, "looked_at": [one.isoformat() for one in months]}


def _progress(trial: TrialId) -> Callable[[int, int], None]:
    """Write down how far it is, at most a hundred times."""
    told = [-1]

    def note(done: int, total: int) -> None:
        share = done * 100 // max(total, 1)
        if share > told[0]:
            told[0] = share
            commission.note_trial(
                _ctx(trial, f"{done}-{total}"), trial=trial, done=done, total=total
            )

    return note


def _ctx(trial: TrialId, step: str) -> Context:
    at = _clock()
    return system_context(at, f"trials.{step}:{trial}:{at.timestamp()}", channel="worker")


def _clock() -> datetime:
    """The database's time: a job has no context that would bring its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
