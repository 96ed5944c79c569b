"""What all operations on an instance share: lock it, move its tokens, and write down the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from qudao.platform.commands.codec import Json
from qudao.platform.commands.command import record_subject
from qudao.platform.commands.context import SYSTEM, Context
from qudao.platform.processes import people
from qudao.platform.processes.engine import clock, reading, running
from qudao.platform.processes.engine.reading import Definition
from qudao.platform.processes.models import Instance, Step, Task, Version
from qudao.platform.processes.refusals import (
    InstanceEnded,
    InstanceNotFound,
    NotYours,
    SecondPerson,
    TaskEnded,
    TaskNotFound,
    VersionChanged,
)
from qudao.platform.processes.registry import processes
from qudao.platform.processes.telling import tell_of, worded
from qudao.platform.processes.types import (
    COMPLETED,
    DONE,
    OPEN,
    RUNNING,
    STARTER,
    WITHDRAWN,
    InstanceId,
    TaskId,
    TaskKind,
    Words,
    Work,
)


@dataclass
class Run:
    """An instance that this transaction holds, with its tokens."""

    ctx: Context
    row: Instance
    definition: Definition
    workflow: Any

    def kind(self, task: Task) -> TaskKind:
        return self.definition.tasks[task.element]


def locked(ctx: Context, instance: InstanceId) -> Instance:
    """
    Return an instance, locked until the end of the transaction.

    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    rows = Instance.objects.within(ctx.scope).select_for_update(of=["self"])
    row = rows.select_related("version").filter(id=instance).first()
    if row is None:
        raise InstanceNotFound(instance)
    record_subject(row.id)
    return row


def still_running(row: Instance) -> Instance:
    """
    :raises InstanceEnded: if the instance has ended.
    """
    if row.state != RUNNING:
        raise InstanceEnded(row.state)
    return row


def open_task(ctx: Context, task: TaskId) -> tuple[Instance, Task]:
    """
    Return a task that is still to be done, with its instance locked.

    :raises TaskNotFound: if there is none in the actor's scope.
    :raises TaskEnded: if it is done or withdrawn.
    """
    tasks = Task.objects.within(ctx.scope)
    instance = tasks.filter(id=task).values_list("instance_id", flat=True).first()
    if instance is None:
        raise TaskNotFound(task)
    row = locked(ctx, InstanceId(instance))
    found = tasks.get(id=task)
    if found.state != OPEN:
        raise TaskEnded(found.state)
    return row, found


def definition_of(row: Instance) -> Definition:
    """
    Return the version of its process on which an instance stands.

    :raises VersionChanged: if its files were changed since.
    """
    found = reading.definition(row.process, row.version.number)
    if found.digest != bytes(row.version.digest):
        raise VersionChanged(row.process, row.version.number)
    return found


def version_of(ctx: Context, definition: Definition) -> Version:
    """
    Return the row of a version; it is written down when it is used first.

    :raises VersionChanged: if its files were changed since.
    """
    row, _made = Version.objects.get_or_create(
        process=definition.process,
        number=definition.number,
        defaults={"digest": definition.digest, "used_at": ctx.at},
    )
    if bytes(row.digest) != definition.digest:
        raise VersionChanged(definition.process, definition.number)
    return row


def work_of(
    row: Instance, data: Mapping[str, Json], element: str = "", *, new: bool = False
) -> Work:
    """Return an instance as actions and forms see it."""
    return Work(
        InstanceId(row.id),
        row.process,
        row.version.number,
        row.subject,
        row.path,
        row.started_by,
        data,
        element,
        {} if new else doers(row.id),
    )


def doers(instance: UUID) -> dict[str, UUID]:
    """Return who did each task that is done; the last one, where a task came up again."""
    done = Task.objects.unscoped("the instance is the caller's").filter(
        instance=instance, state=DONE
    )
    rows = done.order_by("done_at").values_list("element", "done_by")
    return {element: user for element, user in rows if user is not None}


def run_of(ctx: Context, row: Instance) -> Run:
    """
    Return an instance with its tokens where they stand.

    :raises VersionChanged: if the files of its version were changed.
    """
    definition = definition_of(row)
    actor = running.Actor(ctx, work_of(row, row.data))
    return Run(ctx, row, definition, running.load(definition, actor, row.engine))


def may_do(ctx: Context, task: Task) -> bool:
    """Say whether the actor holds the role of a task, or the one to which it was escalated."""
    if people.holds(ctx, task.role, task.held_at):
        return True
    return task.escalated_at is not None and people.holds(ctx, task.escalate_to, task.path)


def require_role(ctx: Context, task: Task) -> None:
    """
    :raises NotYours: if the actor may not do the task.
    """
    if not may_do(ctx, task):
        raise NotYours(task.role)


_STARTED = Words("发起", "the start")


def barred(row: Instance, kind: TaskKind, user: UUID) -> str | None:
    """Return the earlier task for which somebody may not do this one: four eyes."""
    done = Task.objects.unscoped("the instance is the caller's").filter(
        instance=row.id, state=DONE, element__in=kind.not_by, done_by=user
    )
    if STARTER in kind.not_by and row.started_by == user:
        return STARTER
    found: str | None = done.values_list("element", flat=True).first()
    return found


def require_second(row: Instance, definition: Definition, kind: TaskKind, user: UUID) -> None:
    """
    :raises SecondPerson: if the person did an earlier task that another one has to check.
    """
    element = barred(row, kind, user)
    if element is not None:
        raise SecondPerson(element, str(definition.words.get(element, _STARTED)))


def may_cancel(ctx: Context, row: Instance) -> bool:
    """Say whether the actor started an instance, or holds a role that may cancel it."""
    roles = processes()[row.process].cancelled_by
    return ctx.actor in (SYSTEM, row.started_by) or any(
        people.holds(ctx, role, row.path) for role in roles
    )


def write_step(
    ctx: Context, row: Instance, kind: str, element: str = "", data: Json = None
) -> None:
    """Write down that something happened in an instance."""
    Step.objects.create(
        instance=row, kind=kind, element=element, actor=ctx.actor, at=ctx.at, data=data
    )


def settle(run: Run) -> None:
    """
    Move the tokens as far as they come, and write down where the instance stands then.

    :raises Refusal: of an action for which the process has no way out.
    """
    ctx, row = run.ctx, run.row
    moved = running.move(run.workflow)
    for element, refusal in moved.passed:
        if refusal is None:
            write_step(ctx, row, "passed", element)
        else:
            said = worded(refusal)
            data = {"code": refusal.code, "zh": said.zh, "en": said.en}
            write_step(ctx, row, "refused", element, data)
    wanted = running.waiting(run.workflow)
    tasks = Task.objects.unscoped("the instance is locked").filter(instance=row)
    tasks.filter(state=OPEN).exclude(id__in=wanted).update(state=WITHDRAWN)
    known = set(tasks.filter(state=OPEN).values_list("id", flat=True))
    row.data = running.data_of(run.workflow)
    row.engine = running.dump(run.workflow)
    row.problem = ""
    if run.workflow.is_completed():
        row.state, row.ended_at, row.ended_by = COMPLETED, ctx.at, ctx.actor
        write_step(ctx, row, "completed")
    for key, element in wanted.items():
        if key not in known:
            _come_up(run, key, run.definition.tasks[element])
    row.next_at = None if row.state != RUNNING else _next(run)
    row.save()


def _come_up(run: Run, key: UUID, kind: TaskKind) -> None:
    ctx, row, timing = run.ctx, run.row, kind.timing
    due_at = clock.after(ctx.at, timing.due) if timing.due else None
    remind_at = due_at
    if due_at is not None and timing.remind:
        remind_at = max(ctx.at, due_at - clock.span(timing.remind, ctx.at))
    escalates = due_at is not None and bool(timing.escalate)
    task = Task.objects.create(
        id=key,
        instance=row,
        element=kind.element,
        role=kind.role,
        path=row.path,
        held_at=".".join(row.path.split(".")[: kind.depth or None]),
        state=OPEN,
        created_at=ctx.at,
        due_at=due_at,
        remind_at=remind_at,
        escalate_at=clock.after(due_at, timing.escalate) if due_at and escalates else None,
        escalate_to=timing.escalate_to if escalates else "",
    )
    if kind.notify:
        tell_of(ctx, row, task, kind, "new")


def _next(run: Run) -> Any:
    tasks = Task.objects.unscoped("the instance is locked").filter(instance=run.row, state=OPEN)
    moments = [moment for row in tasks.values_list("remind_at", "escalate_at") for moment in row]
    moments.append(running.next_timer(run.workflow))
    return min((moment for moment in moments if moment is not None), default=None)
