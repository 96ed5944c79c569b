"""Read instances, their history, their files, and draw them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from lxml import etree

from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import roles, system_context
from qudao.platform.processes.driving import definition_of, may_cancel, run_of, work_of
from qudao.platform.processes.engine import reading, running
from qudao.platform.processes.engine.parsing import NAMESPACES
from qudao.platform.processes.models import Instance, Note, Step, Task
from qudao.platform.processes.queries.tasks import task_row, words_of
from qudao.platform.processes.refusals import InstanceNotFound, NoteNotFound
from qudao.platform.processes.registry import processes
from qudao.platform.processes.types import (
    OPEN,
    RUNNING,
    Drawing,
    InstanceId,
    InstanceRow,
    NoteId,
    NoteRow,
    StepRow,
    TaskId,
    TaskRow,
    Words,
    Work,
)
from qudao.platform.tables.project import project
from qudao.platform.tables.scoped import within
from qudao.platform.vault import files
from qudao.platform.vault.types import FileId


def instance(ctx: Context, *, instance: InstanceId) -> InstanceRow:
    """
    Return an instance.

    :raises NotPermitted: without `processes.read`.
    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    (row,) = project(_instances(ctx, instance), InstanceRow, version="version__number")
    return row


def instances_of(ctx: Context, *, subject: UUID) -> tuple[InstanceRow, ...]:
    """
    Return the instances of a subject, newest first.

    :raises NotPermitted: without `processes.read`.
    """
    ctx.require("processes.read")
    rows = Instance.objects.within(ctx.scope).filter(subject=subject).order_by("-started_at", "-id")
    return project(rows[:200], InstanceRow, version="version__number")


def work(ctx: Context, *, instance: InstanceId) -> Work:
    """
    Return an instance with all that was entered and found so far.

    :raises NotPermitted: without `processes.read`.
    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    row = _instances(ctx, instance).select_related("version").get()
    return work_of(row, row.data)


def tasks_of(ctx: Context, *, instance: InstanceId) -> tuple[TaskRow, ...]:
    """
    Return all tasks of an instance, oldest first.

    :raises NotPermitted: without `processes.read`.
    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    row = _instances(ctx, instance).get()
    found = Task.objects.within(ctx.scope).filter(instance=row).select_related("instance__version")
    return tuple(task_row(one) for one in found.order_by("created_at", "id")[:1000])


def steps(ctx: Context, *, instance: InstanceId) -> tuple[StepRow, ...]:
    """
    Return who did what when in an instance, oldest first.

    :raises NotPermitted: without `processes.read`.
    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    row = _instances(ctx, instance).select_related("version").get()
    return tuple(
        StepRow(
            one.kind,
            one.element,
            words_of(row, one.element) if one.element else Words("", ""),
            one.actor,
            one.at,
            one.data,
        )
        for one in Step.objects.filter(instance=row).order_by("id")[:1000]
    )


def notes(ctx: Context, *, instance: InstanceId) -> tuple[NoteRow, ...]:
    """
    Return the comments and files of an instance, oldest first.

    :raises NotPermitted: without `processes.read`.
    :raises InstanceNotFound: if there is none in the actor's scope.
    """
    row = _instances(ctx, instance).get()
    found = Note.objects.filter(instance=row).select_related("file").order_by("id")
    return tuple(
        NoteRow(
            NoteId(one.id),
            None if one.task_id is None else TaskId(one.task_id),
            one.author,
            one.at,
            one.text,
            one.name,
            one.media_type,
            0 if one.file is None else one.file.size,
        )
        for one in found
    )


def attachment(ctx: Context, *, note: NoteId) -> tuple[NoteRow, bytes]:
    """
    Return a file with what is known of it.

    :raises NotPermitted: without `processes.read`.
    :raises NoteNotFound: if there is none in the actor's scope.
    """
    ctx.require("processes.read")
    row = Note.objects.filter(
        within("instance__path", ctx.scope), id=note, file__isnull=False
    ).first()
    if row is None or row.file_id is None:
        raise NoteNotFound(note)
    (found,) = (one for one in notes(ctx, instance=InstanceId(row.instance_id)) if one.id == row.id)
    return found, files.get(FileId(row.file_id))


def drawing(ctx: Context, *, instance: InstanceId, english: bool) -> Drawing:
    """
    Return an instance's diagram in one language, and where the instance stands on it.

    :raises NotPermitted: without `processes.read`.
    :raises InstanceNotFound: if there is none in the actor's scope.
    :raises VersionChanged: if the files of the process were changed.
    """
    row = _instances(ctx, instance).select_related("version").get()
    known = definition_of(row)
    kinds = ("passed", "done", "refused")
    passed = Step.objects.filter(instance=row, kind__in=kinds).order_by("id")
    waiting = Task.objects.within(ctx.scope).filter(instance=row, state=OPEN)
    return Drawing(
        _said(known.xml, english),
        tuple(dict.fromkeys(passed.values_list("element", flat=True))),
        tuple(waiting.values_list("element", flat=True)) if row.state == RUNNING else (),
    )


def due(at: datetime, *, most: int) -> list[InstanceId]:
    """Return the running instances in which the clock has something to do, the oldest first."""
    rows = Instance.objects.unscoped("the clock goes everywhere").filter(
        state=RUNNING, next_at__lte=at
    )
    return [InstanceId(key) for key in rows.order_by("next_at").values_list("id", flat=True)[:most]]


def unsound() -> list[str]:
    """Return what is wrong with the instances that run, in words; nothing when all is sound."""
    problems: list[str] = []
    rows = Instance.objects.unscoped("a check of the whole").select_related("version")
    for row in rows.filter(state=RUNNING).order_by("id").iterator(200):
        name = f"process {row.process} {row.id}"
        try:
            run = run_of(system_context(row.started_at, "check"), row)
        except (KeyError, OSError, reading.NotUsable, Refusal) as error:
            problems.append(f"{name}: its version cannot be read: {error!r}")
            continue
        tasks = Task.objects.unscoped("a check of the whole").filter(instance=row, state=OPEN)
        if dict(tasks.values_list("id", "element")) != running.waiting(run.workflow):
            problems.append(f"{name}: its tasks are not where it stands")
    return problems


def names() -> Iterable[tuple[str, Words]]:
    """Return every process's code and name."""
    return [(code, processes()[code].words) for code in sorted(processes())]


def other_versions(process: str, number: int) -> list[int]:
    """Return the versions of a process besides one, in order; none of a process that is gone."""
    if process not in processes():
        return []
    return [one for one in reading.numbers(process) if one != number]


def cancellable(ctx: Context, *, instance: InstanceId) -> bool:
    """Say whether the actor may cancel an instance."""
    row = Instance.objects.within(ctx.scope).filter(id=instance).first()
    if row is None or row.state != RUNNING or row.process not in processes():
        return False
    return may_cancel(ctx, row)


def _said(xml: bytes, english: bool) -> str:
    """Put the names of one language into a diagram; lanes are called as their roles are."""
    root = etree.fromstring(xml)
    for node in root.iterfind(".//*[@name]"):
        name = node.get("name") or ""
        if node.tag == f"{{{NAMESPACES['bpmn']}}}lane" and name in roles:
            role = roles[name]
            node.set("name", role.name_en if english else role.name_zh)
        elif "|" in name:
            node.set("name", Words.of(name).say(english))
    return str(etree.tostring(root, encoding="unicode"))


def _instances(ctx: Context, instance: InstanceId) -> QuerySet[Instance]:
    ctx.require("processes.read")
    rows = Instance.objects.within(ctx.scope).filter(id=instance)
    if not rows.exists():
        raise InstanceNotFound(instance)
    return rows
