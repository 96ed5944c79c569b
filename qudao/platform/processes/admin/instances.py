"""Instances: where each stands, and who did what when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, context_of, screen
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Person,
    Ref,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import Context
from qudao.platform.processes import operations, queries
from qudao.platform.processes.admin.forms import VersionForm
from qudao.platform.processes.admin.parts import (
    history,
    named,
    note_acts,
    process_name,
    shown_facts,
    subject_of,
    title_of,
)
from qudao.platform.processes.admin.worklist import ProcessFilter
from qudao.platform.processes.models import Instance, Task
from qudao.platform.processes.types import INSTANCE_STATES, InstanceId


class OfProcessFilter(ProcessFilter):
    """Keep the instances of one process."""

    column = "process"


def _standing(row: Any) -> Cell:
    return Several([named(queries.words_of(row, task.element)) for task in row.standing])


def _runs(row: Any) -> bool:
    return str(row.state) == "running"


@screen(Instance)
class InstanceScreen(Screen):
    """All that runs or ran in the viewer's area, the newest first."""

    read = "processes.read"
    title = _("Processes")
    one = _("Process")
    lead = _("What is under way in your area, and what has ended.")
    menu = Place("processes", 2, "route")
    ordering = ("-started_at", "-id")
    columns = (
        Column(pgettext_lazy("process", "For"), title_of),
        Column(_("Process"), lambda row: process_name(row.process)),
        Column(_("State"), lambda row: Coded("process_state", _state(row))),
        Column(_("Stands at"), _standing),
        Column(_("Started by"), lambda row: Person(row.started_by)),
        Column(_("Started"), lambda row: row.started_at, "started_at"),
        Column(_("Ended"), lambda row: row.ended_at, "ended_at"),
        Column(_("Version"), lambda row: row.version.number),
    )
    list_filter = (
        by_code(_("State"), "state", INSTANCE_STATES, field="process_state"),
        OfProcessFilter,
        by_flag(_("Held up"), "held", ~Q(problem="")),
        by_place(_("Place"), "path", parts),
        by_days(_("Started"), "started_at"),
    )
    acts = (
        *note_acts(lambda row: row.pk, lambda row: None),
        Act(
            "migrate",
            _("Carry over to another version"),
            "processes.migrate",
            lambda ctx, row, data: operations.migrate(
                ctx, instance=InstanceId(row.pk), version=data["version"]
            ),
            form=VersionForm,
            when=lambda row: (
                _runs(row) and bool(queries.other_versions(row.process, row.version.number))
            ),
            lead=_("What follows from where it stands is the other version's then."),
            icon="switch-horizontal",
            done=_("Carried over."),
        ),
        Act(
            "cancel",
            _("Cancel"),
            "processes.cancel",
            lambda ctx, row, data: operations.cancel(
                ctx, instance=InstanceId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: _runs(row) and row.cancellable,
            lead=_("It ends here for good. What it holds is given back."),
            icon="ban",
            tone="danger",
            done=_("Cancelled."),
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Instance]:
        standing = Task.objects.within(ctx.scope).filter(state="open").order_by("created_at", "id")
        found = Instance.objects.within(ctx.scope).select_related("version")
        return found.defer("engine", "data").prefetch_related(
            Prefetch("tasks", standing, to_attr="standing")
        )

    def row(self, request: Any, key: str) -> Any:
        row = super().row(request, key)
        row.cancellable = queries.cancellable(context_of(request), instance=InstanceId(row.pk))
        return row

    def heading(self, row: Any) -> Cell:
        return title_of(row)

    def state(self, row: Any) -> Cell:
        return Coded("process_state", _state(row))

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        facts: list[Any] = [
            (_("Process"), process_name(row.process)),
            (_("Version"), row.version.number),
            (pgettext_lazy("process", "For"), subject_of(row)),
            (_("Started by"), Person(row.started_by)),
            (_("Started"), row.started_at),
        ]
        if row.ended_at is not None:
            facts += [(_("Ended"), row.ended_at), (_("Ended by"), Person(row.ended_by))]
        if row.reason:
            facts.append((_("Reason"), row.reason))
        if row.problem:
            facts.append((_("Held up by"), Mono(row.problem)))
        yield Facts(_("Process"), [*facts, *shown_facts(ctx, row)])
        if _runs(row):
            yield Table(
                _("Where it stands"),
                [
                    _("Task"),
                    _("Role"),
                    pgettext_lazy("process", "Taken by"),
                    pgettext_lazy("process", "Came up"),
                    pgettext_lazy("process", "Due"),
                ],
                [
                    [
                        Ref("processes.task", one.pk, named(queries.words_of(row, one.element))),
                        Coded("role", one.role),
                        Person(one.claimant),
                        one.created_at,
                        one.due_at,
                    ]
                    for one in row.standing
                ],
                empty=_("It waits for nobody: the clock takes it on."),
            )
        yield history(ctx, row)


def _state(row: Any) -> str:
    return "held" if row.problem and _runs(row) else str(row.state)
