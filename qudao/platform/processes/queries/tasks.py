"""Read tasks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.models import User
from qudao.platform.processes import people
from qudao.platform.processes.driving import (
    barred,
    definition_of,
    may_do,
    run_of,
    work_of,
)
from qudao.platform.processes.engine import reading, running
from qudao.platform.processes.models import Instance, Task
from qudao.platform.processes.refusals import TaskNotFound
from qudao.platform.processes.registry import forms
from qudao.platform.processes.types import (
    OPEN,
    Field,
    InstanceId,
    TaskFilter,
    TaskId,
    TaskKind,
    TaskRow,
    Words,
)
from qudao.platform.tables.scoped import within


def worklist(ctx: Context) -> QuerySet[Task]:
    """
    Return the open tasks that the actor may do, or has taken, as rows, the most urgent first.

    :raises NotPermitted: without `processes.read`.
    """
    ctx.require("processes.read")
    held = Q(claimant=ctx.actor)
    for seat in people.seats(ctx):
        here = Scope.of([seat.path])
        passed_on = Q(escalate_to=seat.role, escalated_at__isnull=False)
        held |= within("held_at", here) & Q(role=seat.role)
        held |= within("path", here) & passed_on
    rows = Task.objects.within(ctx.scope).filter(held, state=OPEN)
    return rows.select_related("instance__version")


def tasks(ctx: Context, *, filter: TaskFilter, page: PageRequest) -> Page[TaskRow]:
    """
    Return the actor's worklist: what is due first stands first.

    :raises NotPermitted: without `processes.read`.
    """
    rows = worklist(ctx)
    if filter.process:
        rows = rows.filter(instance__process=filter.process)
    if filter.mine:
        rows = rows.filter(claimant=ctx.actor)
    if filter.free:
        rows = rows.filter(claimant__isnull=True)
    if filter.overdue:
        rows = rows.filter(due_at__lte=ctx.at)
    if filter.due_before is not None:
        rows = rows.filter(due_at__lt=filter.due_before)
    if filter.subject is not None:
        rows = rows.filter(instance__subject=filter.subject)
    ordered = rows.order_by("due_at", "created_at", "id")
    found = ordered[page.offset : page.offset + page.limit]
    return Page(tuple(task_row(row) for row in found), rows.count(), page)


def task_row(row: Task) -> TaskRow:
    """Return a task as others see it."""
    instance = row.instance
    return TaskRow(
        TaskId(row.id),
        InstanceId(instance.id),
        instance.process,
        instance.version.number,
        row.element,
        words_of(instance, row.element),
        Words(instance.title_zh, instance.title_en),
        instance.subject,
        row.path,
        row.role,
        row.state,
        row.claimant,
        row.created_at,
        row.due_at,
        row.escalated_at,
        row.done_at,
        row.done_by,
        row.data,
    )


def task(ctx: Context, *, task: TaskId) -> TaskRow:
    """
    Return a task in the actor's scope, whoever does it.

    :raises NotPermitted: without `processes.read`.
    :raises TaskNotFound: if there is none.
    """
    return task_row(_task(ctx, task))


def kind(ctx: Context, *, task: TaskId) -> TaskKind:
    """
    Return what the process says of a task.

    :raises NotPermitted: without `processes.read`.
    :raises TaskNotFound: if there is none in the actor's scope.
    :raises VersionChanged: if the files of the process were changed.
    """
    row = _task(ctx, task)
    return definition_of(row.instance).tasks[row.element]


def fields(ctx: Context, *, task: TaskId) -> tuple[Field, ...]:
    """
    Return what an open task asks for, filled in with what is known.

    :raises NotPermitted: without `processes.read`.
    :raises TaskNotFound: if there is none in the actor's scope.
    :raises VersionChanged: if the files of the process were changed.
    """
    row = _task(ctx, task)
    if row.state != OPEN:
        return ()
    run = run_of(ctx, row.instance)
    known = run.kind(row)
    work = work_of(row.instance, running.data_at(run.workflow, row.id), row.element)
    return (*known.fields, *(forms()[known.form](ctx, work) if known.form else ()))


def offered(ctx: Context, *, task: TaskId) -> bool:
    """Say whether the actor may do an open task now: by role, by place, and by four eyes."""
    row = Task.objects.within(ctx.scope).filter(id=task, state=OPEN).first()
    if row is None or not may_do(ctx, row) or row.claimant not in (None, ctx.actor):
        return False
    return barred(row.instance, definition_of(row.instance).tasks[row.element], ctx.actor) is None


def colleagues(ctx: Context, *, task: TaskId) -> tuple[UUID, ...]:
    """
    Return the others who may do a task: to whom it may be handed.

    :raises NotPermitted: without `processes.read`.
    :raises TaskNotFound: if there is none in the actor's scope.
    """
    row = _task(ctx, task)
    known = definition_of(row.instance).tasks[row.element]
    able = (one.user for one in people.holders(ctx, row.role, row.held_at))
    return tuple(
        dict.fromkeys(
            user
            for user in able
            if user != row.claimant and barred(row.instance, known, user) is None
        )
    )


def words_of(instance: Instance, element: str) -> Words:
    """Return what an element is called; its id, where the files are gone."""
    try:
        found = reading.definition(instance.process, instance.version.number)
    except (KeyError, reading.NotUsable):
        return Words(element, element)
    return found.words.get(element, Words(element, element))


def kind_of(instance: Instance, element: str) -> TaskKind | None:
    """Return what the process says of an element; None where the files are gone."""
    try:
        found = reading.definition(instance.process, instance.version.number)
    except (KeyError, reading.NotUsable):
        return None
    return found.tasks.get(element)


def names_of(users: Iterable[UUID]) -> dict[UUID, str]:
    """Return the user names of some people: of those who may do a task."""
    return dict(User.objects.filter(id__in=list(users)).values_list("id", "username"))


def _task(ctx: Context, task: TaskId) -> Any:
    ctx.require("processes.read")
    rows = Task.objects.within(ctx.scope).filter(id=task)
    row = rows.select_related("instance__version").first()
    if row is None:
        raise TaskNotFound(task)
    return row
