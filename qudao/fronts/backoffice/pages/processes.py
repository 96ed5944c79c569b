"""What the screens of processes show besides: the diagram, files, and the subjects' processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.design.templatetags import design
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import (
    Coded,
    Diagram,
    Link,
    Names,
    Person,
    Ref,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import Context
from qudao.platform.processes import queries
from qudao.platform.processes.registry import processes
from qudao.platform.processes.types import (
    OPEN,
    RUNNING,
    InstanceId,
    InstanceRow,
    NoteId,
    TaskId,
    TaskRow,
)

_KIB = 1024


def drawing(desk: Desk, instance: UUID) -> HttpResponse:
    """Answer with an instance's diagram, and who did what of it."""
    english = (get_language() or "").startswith("en")
    drawn = queries.drawing(desk.ctx, instance=InstanceId(instance), english=english)
    done = [
        (task.element, task.done_by, task.done_at)
        for task in queries.tasks_of(desk.ctx, instance=InstanceId(instance))
        if task.done_by is not None and task.done_at is not None
    ]
    names = queries.names_of({user for _element, user, _at in done})
    latest: dict[str, tuple[UUID, datetime]] = {element: (user, at) for element, user, at in done}
    answer = JsonResponse(
        {
            "xml": drawn.xml,
            "passed": drawn.passed,
            "waiting": drawn.waiting,
            "done": [
                {
                    "element": element,
                    "who": names.get(user, ""),
                    "at": design.local_time(at, "medium"),
                }
                for element, (user, at) in latest.items()
            ],
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def file(desk: Desk, note: int) -> HttpResponse:
    """Answer with an attached file: pictures in the browser, others to be saved."""
    row, content = queries.attachment(desk.ctx, note=NoteId(note))
    answer = HttpResponse(content, content_type=row.media_type)
    saved = not row.media_type.startswith("image/")
    answer["Content-Disposition"] = content_disposition_header(saved, row.name) or "attachment"
    answer["Cache-Control"] = "no-store"
    return answer


def _drawn(ctx: Context, key: UUID) -> Iterator[Section]:
    address = reverse("admin:process_drawing", args=[key])
    yield Diagram(_("Where it stands on its diagram"), address)
    yield _notes(ctx, InstanceId(key))


def _of_task(ctx: Context, key: UUID) -> Iterator[Section]:
    instance = queries.task(ctx, task=TaskId(key)).instance
    yield Diagram(
        _("Where it stands on its diagram"), reverse("admin:process_drawing", args=[instance])
    )
    yield _notes(ctx, instance)


def _notes(ctx: Context, instance: InstanceId) -> Section:
    return Table(
        _("Comments and files"),
        [_("By"), _("At"), _("Comment"), _("File"), _("Size")],
        [
            [
                Person(one.author),
                one.at,
                one.text or None,
                Link(reverse("admin:process_file", args=[one.id]), one.name) if one.name else None,
                f"{-(-one.size // _KIB)} kB" if one.size else None,
            ]
            for one in queries.notes(ctx, instance=instance)
        ],
    )


def _of_subject(ctx: Context, key: UUID) -> Iterator[Section]:
    if "processes.read" not in ctx.grants:
        return
    found = queries.instances_of(ctx, subject=key)
    if found:
        yield Table(
            _("Processes"),
            [_("Process"), _("State"), _("Stands at"), _("Started by"), _("Started"), _("Ended")],
            [
                [
                    Ref("processes.instance", one.id, _name(one.process)),
                    Coded("process_state", one.state),
                    _standing(ctx, one),
                    Person(one.started_by),
                    one.started_at,
                    one.ended_at,
                ]
                for one in found
            ],
        )


def _standing(ctx: Context, row: InstanceRow) -> Several | None:
    """Return the tasks for which an instance waits."""
    found = [_named(task) for task in _open(ctx, row)]
    return Several(found) if found else None


def _open(ctx: Context, row: InstanceRow) -> list[TaskRow]:
    if row.state != RUNNING:
        return []
    return [one for one in queries.tasks_of(ctx, instance=row.id) if one.state == OPEN]


def _named(task: TaskRow) -> Ref:
    return Ref("processes.task", task.id, Names(task.words.zh, task.words.en))


def _own_tasks(ctx: Context, key: UUID) -> Iterator[Link]:
    """What waits for the viewer in the processes of a subject."""
    if "processes.read" not in ctx.grants:
        return
    english = (get_language() or "").startswith("en")
    for one in queries.instances_of(ctx, subject=key):
        for task in _open(ctx, one):
            if queries.offered(ctx, task=task.id):
                text = _("Task: %(what)s") % {"what": task.words.say(english)}
                yield Link(reverse("admin:processes_task_change", args=[task.id]), text)


def _name(process: str) -> Names:
    known = processes().get(process)
    return Names(known.words.zh, known.words.en) if known else Names(process, process)


add_to("processes.instance", sections=_drawn)
add_to("processes.task", sections=_of_task)
for _screen in sorted({known.screen for known in processes().values() if known.screen}):
    add_to(_screen, sections=_of_subject, links=_own_tasks)

pages.register("processes")(
    Page(
        code="processes",
        title=_("Processes"),
        group="",
        position=0,
        icon="route",
        permissions=frozenset({"processes.read"}),
        views=(
            ("processes/<uuid:instance>/drawing/", drawing, "process_drawing"),
            ("processes/files/<int:note>/", file, "process_file"),
        ),
    )
)
