"""Carry an instance over to another version of its process."""

from __future__ import annotations

from typing import Any, Final

from SpiffWorkflow.bpmn.util.diff import SpecDiff, WorkflowDiff, migrate_workflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from qudao.platform.processes.engine.reading import Definition
from qudao.platform.processes.engine.running import SERIALIZER
from qudao.platform.processes.refusals import CannotMigrate

_STANDING: Final = TaskState.READY | TaskState.WAITING | TaskState.STARTED
_FOLLOWING: Final = frozenset({"inputs", "outputs"})
"""What lies before and behind an element may change under it: the way on is predicted anew."""


def migrate(workflow: BpmnWorkflow, old: Definition, new: Definition) -> None:
    """
    Put the tokens of an instance on another version.

    :raises CannotMigrate: if one stands on an element that is changed or gone, or passed one that
        is gone, or stands inside a subprocess.
    """
    if workflow.subprocesses:
        raise CannotMigrate("inside", version=new.number)
    difference = SpecDiff(SERIALIZER.registry, old.spec, new.spec)
    mine = WorkflowDiff(workflow, difference)
    for task in mine.removed:
        if task.has_state(_STANDING):
            raise CannotMigrate("removed", *_element(task, old, new))
        if task.has_state(TaskState.FINISHED_MASK):
            raise CannotMigrate("history", *_element(task, old, new))
    for task in mine.changed:
        changes = set(difference.changed[task.task_spec]) - _FOLLOWING
        if task.has_state(_STANDING) and changes:
            raise CannotMigrate("changed", *_element(task, old, new))
    # Timers that run go on running: what they wait for is kept with their tokens.
    kept = {task.id: dict(task.internal_data) for task in workflow.get_tasks(state=_STANDING)}
    migrate_workflow(mine, workflow, new.spec)
    workflow.subprocess_specs = dict(new.subspecs)
    for key, data in kept.items():
        task = workflow.tasks.get(key)
        if task is not None and task.has_state(_STANDING):
            task.internal_data.update(data)
            if "event_value" in data:
                workflow.event_manager.add_task(task)
    for task in workflow.tasks.values():
        if new.spec.task_specs.get(task.task_spec.name) is not task.task_spec:
            raise CannotMigrate("history", *_element(task, old, new))


def _element(task: Any, old: Definition, new: Definition) -> tuple[str, int, str]:
    element = str(task.task_spec.bpmn_id or task.task_spec.name)
    return element, new.number, str(old.words.get(element, element))
