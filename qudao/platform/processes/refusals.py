"""What processes decline, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class ProcessUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such process."""

    process: str


@dataclass(eq=False)
class InstanceNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such instance in the actor's scope."""

    instance: UUID


@dataclass(eq=False)
class TaskNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such task in the actor's scope."""

    task: UUID


@dataclass(eq=False)
class NoteNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such file in the actor's scope."""

    note: int


@dataclass(eq=False)
class OutOfArea(Refusal, kind=Kind.FORBIDDEN):
    """The place to which an instance shall belong lies outside the actor's scope."""

    path: str


@dataclass(eq=False)
class NotYours(Refusal, kind=Kind.FORBIDDEN):
    """This is for somebody who holds another role, or holds it elsewhere."""

    role: str


@dataclass(eq=False)
class SecondPerson(Refusal, kind=Kind.FORBIDDEN):
    """Whoever did an earlier task may not do this one."""

    element: str
    label: str = ""
    """What the earlier task is called: `中文|English`."""


@dataclass(eq=False)
class AlreadyRunning(Refusal, kind=Kind.CONFLICT):
    """The subject already has a running instance of this process."""

    process: str
    instance: UUID


@dataclass(eq=False)
class ProcessLeads(Refusal, kind=Kind.CONFLICT):
    """A process is under way about this: its tasks do what was asked for."""

    label: str
    """What the process is called: `中文|English`."""


@dataclass(eq=False)
class InstanceEnded(Refusal, kind=Kind.CONFLICT):
    """The instance is completed or cancelled."""

    instance_state: str


@dataclass(eq=False)
class TaskEnded(Refusal, kind=Kind.CONFLICT):
    """The task was done, or is not wanted any more."""

    task_state: str


@dataclass(eq=False)
class TaskTaken(Refusal, kind=Kind.CONFLICT):
    """Somebody else has taken the task."""

    claimant: UUID


@dataclass(eq=False)
class TaskFree(Refusal, kind=Kind.CONFLICT):
    """Nobody has taken the task."""


@dataclass(eq=False)
class CannotTake(Refusal, kind=Kind.INVALID):
    """The person to whom a task shall go does not hold its role there, or has to be another."""

    role: str


@dataclass(eq=False)
class FieldRefused(Refusal, kind=Kind.INVALID):
    """What was entered into a field cannot be used."""

    field: str
    fault: str
    """`missing`, `unknown`, `wrong`, `too_long`, `too_many`, `out_of_range`, `zero`,
    `no_choice`, `not_done`."""
    label: str = ""
    """What the field is called: `中文|English`."""


@dataclass(eq=False)
class DataNotUsable(Refusal, kind=Kind.INVALID):
    """What an instance is started with has names that nobody may use, or is too much."""


@dataclass(eq=False)
class FileRefused(Refusal, kind=Kind.INVALID):
    """Only JPEG and PNG pictures and PDF files are taken, none too large, and not too many."""

    fault: str
    """`empty`, `too_large`, `not_allowed`, `too_many`."""
    name: str


@dataclass(eq=False)
class TextMissing(Refusal, kind=Kind.INVALID):
    """A comment or a reason has some text, and not too much."""

    longest: int


@dataclass(eq=False)
class RemindedLately(Refusal, kind=Kind.CONFLICT):
    """The people of a task were reminded a short while ago."""

    again_at: datetime


@dataclass(eq=False)
class VersionChanged(Refusal, kind=Kind.UNAVAILABLE):
    """The files of a version are not what they were when instances began on it."""

    process: str
    version: int


@dataclass(eq=False)
class CannotMigrate(Refusal, kind=Kind.CONFLICT):
    """The instance stands where the other version differs, so it ends on its own."""

    fault: str
    """`same`, `no_version`, `changed`, `removed`, `history`, `inside`."""
    element: str = ""
    version: int = 0
    label: str = ""
    """What the element is called: `中文|English`."""
