"""Move an instance's tokens, and keep them as JSON without the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import DEFAULT_CONFIG, BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.serializer.helpers import BpmnConverter, EventDefinitionConverter
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.event_definitions import ErrorEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.camunda.specs.business_rule_task import BusinessRuleTask
from SpiffWorkflow.dmn.serializer.task_spec import BaseBusinessRuleTaskConverter
from SpiffWorkflow.util.task import TaskState

from qudao.kernel.refusals import Refusal
from qudao.platform.commands.codec import Json, encode
from qudao.platform.commands.context import Context
from qudao.platform.processes.engine.clock import SORTS
from qudao.platform.processes.engine.parsing import ActionTask
from qudao.platform.processes.engine.reading import Definition, usable
from qudao.platform.processes.registry import actions
from qudao.platform.processes.types import Work

_BUILTINS: Final = {
    one.__name__: one for one in (abs, all, any, bool, int, len, max, min, sorted, str, sum)
} | {"True": True, "False": False, "None": None}
"""What expressions may call: they decide, and do nothing."""


@dataclass
class Moved:
    """What happened while tokens moved."""

    passed: list[tuple[str, Refusal | None]] = field(default_factory=list)
    """Elements that are done with, in order, and what an action refused there."""


class Actor(PythonScriptEngine):  # type: ignore[misc]
    """Evaluates expressions on data alone, and calls our actions."""

    def __init__(self, ctx: Context, work: Work) -> None:
        super().__init__(TaskDataEnvironment({"__builtins__": _BUILTINS}))
        self.ctx, self.work = ctx, work
        self.now: datetime = ctx.at
        self.refused: dict[UUID, Refusal] = {}

    def act(self, task: Any, topic: str) -> bool | None:
        """
        Call an action; a refusal takes the task's boundary error event, if it has one for it.

        :raises Refusal: of the action, if no boundary event takes it.
        """
        element = task.task_spec.bpmn_id
        work = _at(self.work, element, task.data)
        try:
            with transaction.atomic():
                found = actions()[topic](self.ctx.part(f"{element}:{task.id}"), work) or {}
        except Refusal as refusal:
            if not _catches(task, refusal.code):
                raise
            self.refused[task.id] = refusal
            task.data["refusal"] = refusal.code
            definition = ErrorEventDefinition(refusal.code, code=refusal.code)
            event = BpmnEvent(definition, {"refusal": refusal.code}, target=task.workflow)
            task.workflow.top_workflow.catch(event)
            return None  # the boundary event ends the task
        assert all(usable(name) for name in found), f"{topic} returned {sorted(found)}"
        task.data.update(encode(dict(found)))
        return True


def _at(work: Work, element: str, data: Mapping[str, Json]) -> Work:
    return Work(
        work.instance,
        work.process,
        work.version,
        work.subject,
        work.path,
        work.started_by,
        data,
        element,
        work.doers,
    )


def _catches(task: Any, code: str) -> bool:
    """Say whether a boundary event of the task itself waits for an error of this code."""
    if task.parent is None or not isinstance(task.parent.task_spec, BoundaryEventSplit):
        return False
    events = (getattr(one.task_spec, "event_definition", None) for one in task.parent.children)
    return any(isinstance(e, ErrorEventDefinition) and e.code in (None, code) for e in events)


class _State(BpmnWorkflowConverter):  # type: ignore[misc]
    """Leaves out the processes: they stand in the repository."""

    def to_dict(self, workflow: Any) -> dict[str, Any]:
        state = super(BpmnWorkflowConverter, self).to_dict(workflow)
        state["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
        return state  # type: ignore[no-any-return]

    def from_dict(
        self, dct: dict[str, Any], definition: Definition | None = None, actor: Actor | None = None
    ) -> BpmnWorkflow:
        assert definition is not None
        workflow = self.target_class(
            definition.spec, dict(definition.subspecs), script_engine=actor, deserializing=True
        )
        workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks[UUID(dct["root"])]
        self.set_default_attributes(workflow, dct)
        self.subprocesses_from_dict(dct["subprocesses"], workflow)
        return workflow


class _TimerConverter(EventDefinitionConverter):  # type: ignore[misc]
    def to_dict(self, event: Any) -> dict[str, Any]:
        return {**super().to_dict(event), "expression": event.expression}


_CONVERTERS: Final[dict[type, type[BpmnConverter]]] = {
    **DEFAULT_CONFIG,
    ActionTask: BpmnTaskSpecConverter,
    BusinessRuleTask: BaseBusinessRuleTaskConverter,
    BpmnWorkflow: _State,
    **{sort: _TimerConverter for sort in SORTS.values()},
}
SERIALIZER: Final = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(_CONVERTERS))


def begin(definition: Definition, actor: Actor, data: Mapping[str, Json]) -> BpmnWorkflow:
    """Return a new instance, with its token before the start event."""
    workflow = BpmnWorkflow(definition.spec, dict(definition.subspecs), script_engine=actor)
    workflow.task_tree.data.update(data)
    for task in workflow.get_tasks(state=TaskState.READY):
        task.data.update(data)
    return workflow


def load(definition: Definition, actor: Actor, state: Json) -> BpmnWorkflow:
    """Return an instance as it was stored."""
    inner = {key: _parents_first(one) for key, one in state["subprocesses"].items()}
    ordered = {**_parents_first(state), "subprocesses": inner}
    return SERIALIZER.from_dict(ordered, definition=definition, actor=actor)


def _parents_first(state: Json) -> Json:
    """Bring the tokens into the order in which they are restored; JSON in a table has none."""
    tasks, ordered, next_ones = state["tasks"], {}, [state["root"]]
    while next_ones:
        key = next_ones.pop()
        ordered[key] = tasks[key]
        next_ones += tasks[key]["children"]
    return {**state, "tasks": ordered}


def dump(workflow: BpmnWorkflow) -> Json:
    """Return an instance's state as JSON."""
    return SERIALIZER.to_dict(workflow)


def move(workflow: BpmnWorkflow) -> Moved:
    """
    Let all tokens go as far as they come without a person, by the actor's time.

    :raises Refusal: of an action for which the process has no way out.
    """
    moved, actor = Moved(), workflow.script_engine

    def done(task: Any) -> None:
        spec = task.task_spec
        if spec.bpmn_id and not spec.manual:
            moved.passed.append((spec.bpmn_id, actor.refused.get(task.id)))

    while True:
        workflow.refresh_timers()
        workflow.do_engine_steps(did_complete_task=done)
        ready = workflow.get_tasks(state=TaskState.READY)
        if all(task.task_spec.manual for task in ready):
            return moved


def complete(workflow: BpmnWorkflow, task: UUID, data: Mapping[str, Json]) -> None:
    """Complete a user task with what was entered."""
    found = workflow.get_task_from_id(task)
    assert found.state == TaskState.READY, found
    found.data.update(data)
    found.run()


def waiting(workflow: BpmnWorkflow) -> dict[UUID, str]:
    """Return the user tasks that wait for somebody: their BPMN ids, by the tokens' ids."""
    return {
        task.id: task.task_spec.bpmn_id
        for task in workflow.get_tasks(state=TaskState.READY)
        if task.task_spec.manual
    }


def data_at(workflow: BpmnWorkflow, task: UUID) -> dict[str, Json]:
    """Return the data that a task sees."""
    return dict(workflow.get_task_from_id(task).data)


def data_of(workflow: BpmnWorkflow) -> dict[str, Json]:
    """Return all that was entered and found so far."""
    found = dict(workflow.data)
    found.pop("data_objects", None)
    for task in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING | TaskState.STARTED):
        found.update(task.data)
    return found


def next_timer(workflow: BpmnWorkflow) -> datetime | None:
    """Return when the first of its timers goes off."""
    moments: Sequence[str] = [
        task.internal_data["event_value"]
        for task in workflow.event_manager.tasks.values()
        if task.state == TaskState.WAITING and "event_value" in task.internal_data
    ]
    return min(map(datetime.fromisoformat, moments), default=None)
