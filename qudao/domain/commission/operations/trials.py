"""Trials of drafts: asked for, how far they are, what came of them."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from qudao.domain.commission.models import Trial
from qudao.domain.commission.operations.versions import _held
from qudao.domain.commission.types import (
    PolicyId,
    TrialId,
    TrialKind,
    TrialMonthsInvalid,
    TrialUnderWay,
    TrialUnknown,
)
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

MOST_MONTHS: Final = 12
LONGEST_FAULT: Final = 500


@command("commission.ask_trial", subject="policy")
def ask_trial(
    ctx: Context,
    *,
    policy: PolicyId,
    kind: TrialKind,
    months: tuple[date, ...],
    question: dict[str, int],
) -> TrialId:
    """
    Keep the question of a trial of a policy's newest version; a worker answers it.

    `months` are past ones, by their first days; `question` holds the prices of a red team's search,
    by name, in fen and parts per million.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises TrialMonthsInvalid: if they are none, too many, or no first days of months.
    :raises TrialUnderWay: if one of the same kind is waiting or running.
    """
    _row, version = _held(ctx, policy)
    wanted = tuple(sorted(set(months)))
    if not 0 < len(wanted) <= MOST_MONTHS or any(month.day != 1 for month in wanted):
        raise TrialMonthsInvalid(wanted[: MOST_MONTHS + 1])
    if Trial.objects.filter(version=version, kind=kind, state__in=["queued", "running"]).exists():
        raise TrialUnderWay
    made = Trial.objects.create(
        id=new_id(ctx.at),
        version=version,
        edition=version.edition,
        kind=kind,
        question={"months": [month.isoformat() for month in wanted], **question},
        state="queued",
        asked_by=ctx.actor,
        asked_at=ctx.at,
    )
    return TrialId(made.id)


@command("commission.note_trial", subject="trial")
def note_trial(ctx: Context, *, trial: TrialId, done: int, total: int) -> None:
    """
    Write down how far a trial is; of one that is over, nothing is changed.

    :raises TrialUnknown: if there is none.
    """
    row = _trial(trial)
    if row.state in {"queued", "running"}:
        row.state, row.done, row.total = "running", max(0, done), max(0, total)
        row.save(update_fields=["state", "done", "total"])


@command("commission.finish_trial", subject="trial")
def finish_trial(
    ctx: Context, *, trial: TrialId, result: dict[str, Any], outlets: bytes = b"", fault: str = ""
) -> None:
    """
    Write down what came of a trial, or the fault that ended it and what there is to say about that.

    What was written first, stays.

    :raises TrialUnknown: if there is none.
    """
    row = _trial(trial)
    if row.state in {"done", "failed"}:
        return
    row.state = "failed" if fault else "done"
    row.fault = fault[:LONGEST_FAULT]
    row.result = result or None
    row.outlets = outlets or None
    row.finished_at = ctx.at
    row.save(update_fields=["state", "fault", "result", "outlets", "finished_at"])


def _trial(trial: TrialId) -> Trial:
    row = Trial.objects.select_for_update(no_key=True).filter(id=trial).first()
    if row is None:
        raise TrialUnknown(str(trial))
    return row
