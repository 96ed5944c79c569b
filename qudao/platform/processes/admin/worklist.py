"""The worklist: what waits for the viewer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin import SimpleListFilter
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_place
from qudao.platform.backoffice.screen import Column, Place, Screen, context_of, screen
from qudao.platform.backoffice.values import Cell, Coded, Facts, Person, Ref, Section
from qudao.platform.commands.context import Context
from qudao.platform.processes import operations, queries
from qudao.platform.processes.admin.forms import DelegateForm, TaskForm, said
from qudao.platform.processes.admin.parts import (
    beside,
    history,
    named,
    note_acts,
    process_name,
    shown_facts,
    subject_of,
    task_id,
    title_of,
)
from qudao.platform.processes.models import Task


class WhichFilter(SimpleListFilter):
    """Which tasks: without a choice those that wait for the viewer."""

    title = _("Which")
    parameter_name = "which"
    control = "select"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("taken", _("Taken by me")),
            ("free", _("Taken by nobody")),
            ("late", _("Overdue")),
            ("area", _("All open ones of my area")),
            ("done", _("Done by me")),
        ]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ctx = context_of(request)
        waiting = Q(pk__in=queries.worklist(ctx).values("pk"))
        match self.value():
            case "taken":
                return queryset.filter(waiting, claimant=ctx.actor)
            case "free":
                return queryset.filter(waiting, claimant__isnull=True)
            case "late":
                return queryset.filter(waiting, due_at__lte=ctx.at)
            case "area":
                return queryset.filter(state="open")
            case "done":
                return queryset.filter(done_by=ctx.actor)
        return queryset.filter(waiting)


class ProcessFilter(SimpleListFilter):
    """Keep what belongs to one process."""

    title = _("Process")
    parameter_name = "process"
    control = "select"
    column: ClassVar[str] = "instance__process"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, said(words)) for code, words in queries.names()]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {code for code, _shown in self.lookup_choices}
        if self.value() not in known:
            return queryset
        return queryset.filter(**{self.column: self.value()})


def _timing(row: Any) -> Cell:
    if row.state != "open":
        return Coded("task_state", row.state)
    if row.late:
        return Coded("task_state", "escalated" if row.escalated_at else "overdue")
    return Coded("task_state", "taken" if row.claimant else "open")


@screen(Task)
class WorklistScreen(Screen):
    """Tasks: those due first on top."""

    read = "processes.read"
    title = _("Worklist")
    one = _("Task")
    lead = _("What waits for you, by your roles. Those due first stand on top.")
    menu = Place("processes", 1, "list-check")
    ordering = (F("due_at").asc(nulls_last=True), "created_at", "id")
    columns = (
        Column(_("What is to do"), lambda row: named(queries.words_of(row.instance, row.element))),
        Column(pgettext_lazy("process", "For"), lambda row: title_of(row.instance)),
        Column(_("Process"), lambda row: process_name(row.instance.process)),
        Column(_("State"), _timing),
        Column(pgettext_lazy("process", "Due"), lambda row: row.due_at, "due_at"),
        Column(_("Role"), lambda row: Coded("role", row.role)),
        Column(pgettext_lazy("process", "Taken by"), lambda row: Person(row.claimant)),
        Column(pgettext_lazy("process", "Came up"), lambda row: row.created_at, "created_at"),
    )
    list_filter = (WhichFilter, ProcessFilter, by_place(_("Place"), "path", parts))
    acts = (
        Act(
            "complete",
            _("Do it"),
            "processes.complete",
            lambda ctx, row, data: operations.complete(
                ctx, task=task_id(row), **data["form"].entered()
            ),
            form=TaskForm,
            when=lambda row: row.offered,
            verb=pgettext_lazy("process", "Send"),
            headed=True,
            beside=beside,
            icon="check",
            done=_("Done: the process goes on."),
        ),
        Act(
            "claim",
            _("Take it"),
            "processes.claim",
            lambda ctx, row, data: operations.claim(ctx, task=task_id(row)),
            when=lambda row: row.offered and row.claimant is None,
            lead=_("Others leave it to you then."),
            icon="user-check",
        ),
        Act(
            "release",
            _("Give it back"),
            "processes.release",
            lambda ctx, row, data: operations.release(ctx, task=task_id(row)),
            when=lambda row: row.mine,
            lead=_("Anybody of the role can take it then."),
            icon="user-minus",
        ),
        Act(
            "delegate",
            _("Hand it on"),
            "processes.delegate",
            lambda ctx, row, data: operations.delegate(
                ctx, task=task_id(row), to=UUID(data["to"]), remark=data["remark"]
            ),
            form=DelegateForm,
            when=lambda row: row.offered or row.escalated_at is not None and row.state == "open",
            lead=_("To somebody who may do it; they are told by a short message."),
            icon="user-plus",
        ),
        Act(
            "remind",
            _("Remind"),
            "processes.remind",
            lambda ctx, row, data: operations.remind(ctx, task=task_id(row)),
            when=lambda row: row.state == "open" and not row.offered,
            lead=_("Whoever has it, or may do it, gets a short message."),
            icon="bell-ringing",
            done=_("They were reminded."),
        ),
        *note_acts(lambda row: row.instance_id, task_id),
    )

    def rows(self, ctx: Context) -> QuerySet[Task]:
        late = Q(due_at__isnull=False, due_at__lte=ctx.at)
        found = Task.objects.within(ctx.scope).select_related("instance__version")
        return found.annotate(late=late)

    def row(self, request: Any, key: str) -> Any:
        row, ctx = super().row(request, key), context_of(request)
        row.offered = row.state == "open" and queries.offered(ctx, task=task_id(row))
        row.mine = row.state == "open" and row.claimant == ctx.actor
        return row

    def heading(self, row: Any) -> Cell:
        return named(queries.words_of(row.instance, row.element))

    def state(self, row: Any) -> Cell:
        return _timing(row)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        instance, kind = row.instance, queries.kind_of(row.instance, row.element)
        facts: list[Any] = [
            (pgettext_lazy("process", "For"), subject_of(instance)),
            (_("Process"), Ref("processes.instance", instance.pk, process_name(instance.process))),
            (_("Role"), Coded("role", row.role)),
            (pgettext_lazy("process", "Taken by"), Person(row.claimant)),
            (pgettext_lazy("process", "Came up"), row.created_at),
            (pgettext_lazy("process", "Due"), row.due_at),
        ]
        if row.escalated_at is not None:
            facts.append((_("Passed on to"), Coded("role", row.escalate_to)))
        if row.done_at is not None:
            facts += [(_("Done by"), Person(row.done_by)), (_("Done at"), row.done_at)]
        if kind is not None and kind.help.zh:
            facts.append((pgettext_lazy("task", "What to look at"), said(kind.help)))
        yield Facts(_("Task"), [*facts, *shown_facts(ctx, instance)])
        yield history(ctx, instance)
