"""Start, carry on, migrate and cancel instances."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from qudao.kernel.ids import new_id
from qudao.platform.commands.codec import Json, encode
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import SYSTEM, Context
from qudao.platform.processes import people
from qudao.platform.processes.driving import (
    Run,
    locked,
    may_cancel,
    run_of,
    settle,
    still_running,
    version_of,
    work_of,
    write_step,
)
from qudao.platform.processes.engine import moving, reading, running
from qudao.platform.processes.models import Instance, Task
from qudao.platform.processes.refusals import (
    AlreadyRunning,
    CannotMigrate,
    DataNotUsable,
    NotYours,
    OutOfArea,
    ProcessUnknown,
    TextMissing,
)
from qudao.platform.processes.registry import processes
from qudao.platform.processes.telling import tell_of
from qudao.platform.processes.types import CANCELLED, OPEN, RUNNING, WITHDRAWN, InstanceId, Words

LONGEST_TITLE: Final = 200
LONGEST_REASON: Final = 500
MOST_DATA: Final = 64 << 10
"""Octets of what an instance is started with, as JSON."""
AGAIN: Final = timedelta(hours=1)
"""After so long the clock tries again what was refused."""


@command("processes.start")
def start(
    ctx: Context,
    *,
    process: str,
    subject: UUID,
    path: str,
    title: Words,
    data: dict[str, Json] | None = None,
) -> InstanceId:
    """
    Start an instance of the newest version of a process, and go as far as nobody is needed.

    `path` is that of the organization to which it belongs: who holds a lane's role there, or
    above, does the lane's tasks. `title` says what it is about, in lists.

    :raises ProcessUnknown: if there is no such process.
    :raises OutOfArea: if the path lies outside the actor's scope.
    :raises NotYours: if the start event's lane is another role's.
    :raises AlreadyRunning: if the subject has a running instance, and only one may run.
    :raises DataNotUsable: if the data are too much, or a name of them cannot be used.
    :raises TextMissing: if the title is empty or too long.
    :raises Refusal: of an action for which the process has no way out.
    """
    if process not in processes():
        raise ProcessUnknown(process[:64])
    if not ctx.scope.covers(path):
        raise OutOfArea(path)
    if not title.zh or max(len(title.zh), len(title.en)) > LONGEST_TITLE:
        raise TextMissing(LONGEST_TITLE)
    given = encode(data or {})
    if not all(map(reading.usable, given)) or len(msgspec.json.encode(given)) > MOST_DATA:
        raise DataNotUsable
    definition, known = reading.newest(process), processes()[process]
    role = definition.start_role
    if ctx.actor != SYSTEM and role and not people.holds(ctx, role, path):
        raise NotYours(role)
    row = Instance(
        id=new_id(ctx.at),
        version=version_of(ctx, definition),
        process=process,
        subject=subject,
        single=known.single,
        title_zh=title.zh,
        title_en=title.en or title.zh,
        path=path,
        state=RUNNING,
        started_by=ctx.actor,
        started_at=ctx.at,
        engine={},
        data=given,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        other = (
            Instance.objects.unscoped("the subject's own instance")
            .filter(process=process, subject=subject, state=RUNNING)
            .values_list("id", flat=True)
            .first()
        )
        if other is None:
            raise
        raise AlreadyRunning(process, other) from error
    record_subject(row.id)
    write_step(ctx, row, "started", data={"version": definition.number})
    actor = running.Actor(ctx, work_of(row, given, new=True))
    settle(Run(ctx, row, definition, running.begin(definition, actor, given)))
    return InstanceId(row.id)


@command("processes.cancel", subject="instance")
def cancel(ctx: Context, *, instance: InstanceId, reason: str) -> None:
    """
    End a running instance before its end, and undo by the process's own action what it holds.

    :raises InstanceNotFound: if there is none in the actor's scope.
    :raises InstanceEnded: if it has ended.
    :raises NotYours: if the actor neither started it nor holds a role that may cancel it.
    :raises TextMissing: without a reason, or with too long a one.
    """
    row = still_running(locked(ctx, instance))
    known = processes()[row.process]
    if not may_cancel(ctx, row):
        raise NotYours(min(known.cancelled_by, default=""))
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise TextMissing(LONGEST_REASON)
    if known.on_cancel is not None:
        known.on_cancel(ctx, work_of(row, row.data))
    tasks = Task.objects.unscoped("the instance is locked").filter(instance=row, state=OPEN)
    tasks.update(state=WITHDRAWN)
    row.state, row.ended_at, row.ended_by, row.next_at = CANCELLED, ctx.at, ctx.actor, None
    row.reason = reason.strip()
    row.save()
    write_step(ctx, row, "cancelled", data={"reason": row.reason})


@command("processes.migrate", subject="instance")
def migrate(ctx: Context, *, instance: InstanceId, version: int | None = None) -> int:
    """
    Carry a running instance over to another version of its process, the newest if none is named.

    Where the instance stands has to be the same in both; what follows is the other version's.
    Returns the version's number.

    :raises InstanceNotFound: if there is none in the actor's scope.
    :raises InstanceEnded: if it has ended.
    :raises CannotMigrate: if it stands on a task that is changed or gone, or passed one that is
        gone, or there is no such version.
    :raises VersionChanged: if the files of either version were changed.
    """
    row = still_running(locked(ctx, instance))
    numbers = reading.numbers(row.process)
    wanted = numbers[-1] if version is None else version
    if wanted == row.version.number:
        raise CannotMigrate("same", version=wanted)
    if wanted not in numbers:
        raise CannotMigrate("no_version", version=wanted)
    run, target = run_of(ctx, row), reading.definition(row.process, wanted)
    before = row.version.number
    moving.migrate(run.workflow, run.definition, target)
    row.version = version_of(ctx, target)
    write_step(ctx, row, "migrated", data={"from": before, "to": wanted})
    settle(Run(ctx, row, target, run.workflow))
    return wanted


@command("processes.advance", subject="instance")
def advance(ctx: Context, *, instance: InstanceId) -> None:
    """
    Do what the clock has to do in an instance: timers, reminders, escalations.

    :raises InstanceNotFound: if there is none in the actor's scope.
    :raises VersionChanged: if the files of its version were changed.
    :raises Refusal: of an action for which the process has no way out.
    """
    row = locked(ctx, instance)
    if row.state != RUNNING:
        return
    run = run_of(ctx, row)
    due = Task.objects.unscoped("the instance is locked").filter(instance=row, state=OPEN)
    for task in due.order_by("created_at", "id"):
        kind = run.kind(task)
        if task.remind_at is not None and task.remind_at <= ctx.at:
            late = task.due_at is not None and task.due_at <= ctx.at
            tell_of(ctx, row, task, kind, "due" if late else "remind")
            task.remind_at, task.reminded_at = (None if late else task.due_at), ctx.at
            write_step(ctx, row, "reminded", task.element)
        if task.escalate_at is not None and task.escalate_at <= ctx.at:
            tell_of(ctx, row, task, kind, "escalated")
            task.escalate_at, task.escalated_at = None, ctx.at
            write_step(ctx, row, "escalated", task.element, {"role": task.escalate_to})
        task.save(update_fields=["remind_at", "reminded_at", "escalate_at", "escalated_at"])
    settle(run)


@command("processes.note_problem", subject="instance")
def note_problem(ctx: Context, *, instance: InstanceId, code: str, words: Words) -> None:
    """
    Write down what the clock was refused in an instance, and let it try again in an hour.

    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    row = locked(ctx, instance)
    if row.state == RUNNING:
        row.problem, row.next_at = code[:100], ctx.at + AGAIN
        row.save(update_fields=["problem", "next_at"])
        write_step(ctx, row, "held", data={"code": row.problem, "zh": words.zh, "en": words.en})
