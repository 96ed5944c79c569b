"""What the pages of tasks and of instances share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    History,
    Mono,
    Names,
    Person,
    Ref,
    Several,
    Step,
    Text,
)
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.processes import operations, queries
from qudao.platform.processes.admin.forms import (
    AttachForm,
    CommentForm,
    content_of,
    said,
)
from qudao.platform.processes.models import Instance
from qudao.platform.processes.registry import forms, processes
from qudao.platform.processes.types import (
    Field,
    InstanceId,
    StepRow,
    TaskId,
    TaskKind,
    Words,
    Work,
)

QUIET: Final = frozenset({"passed"})
"""Steps that say something of the diagram, and little to people."""


def named(words: Words) -> Names:
    return Names(words.zh, words.en)


def process_name(code: str) -> Cell:
    known = processes().get(code)
    return named(known.words) if known else Mono(code)


def title_of(row: Instance) -> Names:
    return Names(row.title_zh, row.title_en)


def subject_of(row: Instance) -> Cell:
    """Return the link to what an instance is about."""
    known = processes().get(row.process)
    if known is None or not known.screen:
        return title_of(row)
    return Ref(known.screen, row.subject, title_of(row))


def shown_facts(ctx: Context, row: Instance) -> list[tuple[Text, Cell]]:
    """Return what the process itself says of its subject."""
    known = processes().get(row.process)
    if known is None or known.shows is None:
        return []
    work: Work = queries.work(ctx, instance=InstanceId(row.id))
    return [
        (said(words), named(value) if isinstance(value, Words) else value)
        for words, value in known.shows(ctx, work)
    ]


def beside(ctx: Context, task: Any) -> list[Facts]:
    """Return what somebody looks at who does a task: its subject, and what was said last."""
    row = task.instance
    kind = queries.kind_of(row, task.element)
    facts: list[tuple[Text, Cell]] = [
        (pgettext_lazy("process", "For"), subject_of(row)),
        (pgettext_lazy("process", "Due"), task.due_at),
    ]
    if kind is not None and kind.help.zh:
        facts.append((pgettext_lazy("task", "What to look at"), said(kind.help)))
    known = processes().get(row.process)
    title = said(known.words) if known else row.process
    found = [Facts(title, [*facts, *shown_facts(ctx, row)])]
    done = [one for one in queries.steps(ctx, instance=InstanceId(row.id)) if one.kind == "done"]
    if done:
        who: list[tuple[Text, Cell]] = [(_("Done by"), Person(done[-1].actor))]
        found.append(Facts(said(done[-1].words), [*who, *_entered(ctx, row, done[-1])]))
    return found


def _entered(ctx: Context, row: Instance, step: StepRow) -> list[tuple[Text, Cell]]:
    """Return what was entered when a task was done."""
    kind = _whole(ctx, row, queries.kind_of(row, step.element))
    return [(_label(kind, code), _cell(kind, code, value)) for code, value in _of(kind, step.data)]


def _whole(ctx: Context, row: Instance, kind: TaskKind | None) -> TaskKind | None:
    """Return a kind of task with the fields of its registered form, for their names."""
    if kind is None or not kind.form:
        return kind
    work = replace(queries.work(ctx, instance=InstanceId(row.id)), element=kind.element)
    try:
        return replace(kind, fields=(*kind.fields, *forms()[kind.form](ctx, work)))
    except Refusal:
        return kind  # who may not see what the form looks at, sees codes for names


def _of(kind: TaskKind | None, data: Json) -> list[tuple[str, Json]]:
    """Return what was entered, in the order of the form; tables do not keep one."""
    order = [field.code for field in kind.fields] if kind else []
    found = [(code, value) for code, value in (data or {}).items() if value not in (None, "", [])]
    return sorted(found, key=lambda one: order.index(one[0]) if one[0] in order else len(order))


def _field(kind: TaskKind | None, code: str) -> Field | None:
    return next((one for one in kind.fields if one.code == code), None) if kind else None


def _label(kind: TaskKind | None, code: str) -> Text:
    field = _field(kind, code)
    return said(field.words) if field else code


def _cell(kind: TaskKind | None, code: str, value: Json) -> Cell:
    field = _field(kind, code)
    match value:
        case int() if field and field.kind == "money":
            return Money(value)
        case str() if field and field.kind == "enum":
            words = next((one.words for one in field.choices if one.code == value), None)
            return named(words) if words else value
        case list():
            return len(value)  # they stand in a list of their own
        case bool() | int() | str():
            return value
    return str(value)


def history(ctx: Context, row: Instance) -> History:
    """Return who did what when."""
    rows = queries.steps(ctx, instance=InstanceId(row.id))
    return History(
        _("Who did what when"), [_step(ctx, row, one) for one in rows if one.kind not in QUIET]
    )


def _step(ctx: Context, instance: Instance, row: StepRow) -> Step:
    title: Cell = Coded("process_step", row.kind)
    if row.element:
        title = Several([named(row.words), title])
    data = _entered(ctx, instance, row) if row.kind == "done" else []
    return Step(row.at, title, Person(row.actor), _note(row), data, is_open=True)


def _note(row: StepRow) -> Cell:
    data = row.data or {}
    match row.kind:
        case "delegated":
            return Several([Person(UUID(data["to"])), data.get("remark") or ""])
        case "cancelled":
            return str(data.get("reason", ""))
        case "migrated":
            return _("from version %(from)s to %(to)s") % data
        case "refused" | "held":
            return Names(data["zh"], data["en"])
        case "escalated":
            return Coded("role", str(data.get("role", "")))
    return None


def note_acts(instance_of: Any, task_of: Any) -> Sequence[Act]:
    """Return the acts that write on an instance, from its page or from a task's."""
    return (
        Act(
            "comment",
            _("Comment"),
            "processes.comment",
            lambda ctx, row, data: operations.comment(
                ctx, instance=InstanceId(instance_of(row)), text=data["text"], task=task_of(row)
            ),
            form=CommentForm,
            icon="pencil",
        ),
        Act(
            "attach",
            _("Attach a file"),
            "processes.attach",
            lambda ctx, row, data: operations.attach(
                ctx,
                instance=InstanceId(instance_of(row)),
                name=data["file"].name,
                content=content_of(data),
                text=data["text"],
                task=task_of(row),
            ),
            form=AttachForm,
            icon="upload",
        ),
    )


def task_id(row: Any) -> TaskId:
    return TaskId(row.pk)
