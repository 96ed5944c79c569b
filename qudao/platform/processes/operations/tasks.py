"""Take tasks, hand them on, do them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from qudao.platform.commands.codec import Json
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.processes import people
from qudao.platform.processes.driving import (
    barred,
    definition_of,
    may_do,
    open_task,
    require_role,
    require_second,
    run_of,
    settle,
    still_running,
    work_of,
    write_step,
)
from qudao.platform.processes.engine import running
from qudao.platform.processes.models import Task
from qudao.platform.processes.operations.notes import keep
from qudao.platform.processes.refusals import (
    CannotTake,
    FieldRefused,
    NotYours,
    RemindedLately,
    TaskFree,
    TaskTaken,
    TextMissing,
)
from qudao.platform.processes.registry import forms
from qudao.platform.processes.rules import entered
from qudao.platform.processes.telling import tell_of
from qudao.platform.processes.types import DONE, InstanceId, TaskId, Upload

LONGEST_REMARK: Final = 500
REMINDED_AGAIN: Final = timedelta(hours=1)


@command("processes.claim")
def claim(ctx: Context, *, task: TaskId) -> None:
    """
    Take a task: others leave it alone from now on.

    :raises TaskNotFound: if there is none in the actor's scope.
    :raises TaskEnded: if it is done or withdrawn.
    :raises NotYours: if the actor does not hold its role for its place.
    :raises SecondPerson: if the actor did what somebody else has to check.
    :raises TaskTaken: if somebody else has it.
    """
    row, found = open_task(ctx, task)
    require_role(ctx, found)
    definition = definition_of(row)
    require_second(row, definition, definition.tasks[found.element], ctx.actor)
    _leave_to_others(ctx, found)
    if found.claimant is None:
        _give(found, ctx.actor)
        write_step(ctx, row, "claimed", found.element)


@command("processes.release")
def release(ctx: Context, *, task: TaskId) -> None:
    """
    Give a task back, so that anybody of its role may take it.

    :raises TaskNotFound: if there is none in the actor's scope.
    :raises TaskEnded: if it is done or withdrawn.
    :raises TaskFree: if nobody has it.
    :raises TaskTaken: if somebody else has it.
    """
    row, found = open_task(ctx, task)
    if found.claimant is None:
        raise TaskFree
    if found.claimant != ctx.actor:
        raise TaskTaken(found.claimant)
    _give(found, None)
    write_step(ctx, row, "released", found.element)


@command("processes.delegate")
def delegate(ctx: Context, *, task: TaskId, to: UUID, remark: str = "") -> None:
    """
    Hand a task to somebody else who may do it.

    Whoever has it may, or anybody of its role while nobody has it; and those to whom it was
    escalated, at any time.

    :raises TaskNotFound: if there is none in the actor's scope.
    :raises TaskEnded: if it is done or withdrawn.
    :raises NotYours: if the actor may not do the task.
    :raises TaskTaken: if somebody else has it.
    :raises CannotTake: if the other does not hold its role there, or did what another has to check.
    :raises TextMissing: if the remark is too long.
    """
    row, found = open_task(ctx, task)
    require_role(ctx, found)
    above = found.escalated_at is not None and people.holds(ctx, found.escalate_to, found.path)
    if not above:
        _leave_to_others(ctx, found)
    if len(remark) > LONGEST_REMARK:
        raise TextMissing(LONGEST_REMARK)
    kind = definition_of(row).tasks[found.element]
    able = {one.user for one in people.holders(ctx, found.role, found.held_at)}
    if to not in able or barred(row, kind, to) is not None:
        raise CannotTake(found.role)
    _give(found, to)
    write_step(ctx, row, "delegated", found.element, {"to": str(to), "remark": remark})
    tell_of(ctx, row, found, kind, "remind")


@command("processes.complete")
def complete(
    ctx: Context, *, task: TaskId, data: dict[str, Json], files: tuple[Upload, ...] = ()
) -> InstanceId:
    """
    Do a task, and let the instance go on as far as nobody is needed: all of it, or nothing.

    `data` holds what was entered, by the codes of the task's fields; `files` what was handed in.

    :raises TaskNotFound: if there is none in the actor's scope.
    :raises TaskEnded: if it is done or withdrawn: somebody else was faster.
    :raises NotYours: if the actor does not hold its role for its place.
    :raises SecondPerson: if the actor did what somebody else has to check.
    :raises TaskTaken: if somebody else has it.
    :raises FieldRefused: if a field cannot be used as it was entered.
    :raises FileRefused: if a file cannot be kept.
    :raises VersionChanged: if the files of the process were changed.
    :raises Refusal: of an action that follows, for which the process has no way out.
    """
    row, found = open_task(ctx, task)
    still_running(row)
    require_role(ctx, found)
    run = run_of(ctx, row)
    kind = run.kind(found)
    require_second(row, run.definition, kind, ctx.actor)
    _leave_to_others(ctx, found)
    work = work_of(row, running.data_at(run.workflow, found.id), found.element)
    fields = (*kind.fields, *(forms()[kind.form](ctx, work) if kind.form else ()))
    takes_files = {field.code for field in fields if field.kind in ("photos", "files")}
    given = {name: value for name, value in data.items() if name not in takes_files}
    if given != data:
        name = min(set(data) - set(given))
        raise FieldRefused(name, "wrong", name)
    for upload in files:
        if upload.field not in takes_files:
            raise FieldRefused(upload.field[:64], "unknown", upload.field[:64])
        given.setdefault(upload.field, []).append(upload.name)
    values = entered(fields, given)
    for code in takes_files & set(given):
        kept = [keep(ctx, row, found, one) for one in files if one.field == code]
        values[code] = [str(note) for note in kept]
    Task.objects.unscoped("checked above").filter(id=found.id).update(
        state=DONE, done_at=ctx.at, done_by=ctx.actor, data=values
    )
    write_step(ctx, row, "done", found.element, values)
    running.complete(run.workflow, found.id, values)
    run.workflow.script_engine.work = work_of(row, row.data)
    settle(run)
    return InstanceId(row.id)


@command("processes.remind")
def remind(ctx: Context, *, task: TaskId) -> int:
    """
    Remind the people of a task by a short message; return how many were told.

    :raises TaskNotFound: if there is none in the actor's scope.
    :raises TaskEnded: if it is done or withdrawn.
    :raises NotYours: if the actor neither started the instance, nor did a task of it, nor may do
        this one.
    :raises RemindedLately: if they were reminded a short while ago.
    """
    row, found = open_task(ctx, task)
    concerned = ctx.actor == row.started_by or may_do(ctx, found)
    if not concerned and not _has_done(row.id, ctx.actor):
        raise NotYours(found.role)
    if found.reminded_at is not None and ctx.at < found.reminded_at + REMINDED_AGAIN:
        raise RemindedLately(found.reminded_at + REMINDED_AGAIN)
    told = tell_of(ctx, row, found, definition_of(row).tasks[found.element], "remind")
    found.reminded_at = ctx.at
    found.save(update_fields=["reminded_at"])
    write_step(ctx, row, "reminded", found.element)
    return told


def _has_done(instance: UUID, user: UUID) -> bool:
    tasks = Task.objects.unscoped("the instance is locked")
    return tasks.filter(instance=instance, done_by=user).exists()


def _give(task: Task, user: UUID | None) -> None:
    task.claimant = user
    task.save(update_fields=["claimant"])


def _leave_to_others(ctx: Context, task: Task) -> None:
    if task.claimant is not None and task.claimant != ctx.actor:
        raise TaskTaken(task.claimant)
