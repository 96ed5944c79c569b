"""What processes show to the floors above."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NewType
from uuid import UUID

from qudao.kernel.personal import Personal
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context

InstanceId = NewType("InstanceId", UUID)
TaskId = NewType("TaskId", UUID)
NoteId = NewType("NoteId", int)

RUNNING: Final = "running"
COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
INSTANCE_STATES: Final = (RUNNING, COMPLETED, CANCELLED)

OPEN: Final = "open"
DONE: Final = "done"
WITHDRAWN: Final = "withdrawn"
TASK_STATES: Final = (OPEN, DONE, WITHDRAWN)

STARTER: Final = "starter"
"""In `not_by`: whoever started the instance."""

KINDS: Final = (
    "string",
    "text",
    "long",
    "money",
    "boolean",
    "date",
    "enum",
    "position",
    "photos",
    "files",
)
"""
Types of fields, as a form in BPMN names them. A value is stored as JSON: `money` as whole fen,
`date` as ISO 8601, `enum` as the choice's code, `position` as `latitude,longitude`, `photos` and
`files` as the ids of notes.
"""


@dataclass(frozen=True, slots=True)
class Words:
    """A name in both languages. In BPMN files: `中文|English`."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: str | None) -> Words:
        zh, _bar, en = (text or "").partition("|")
        return cls(zh.strip(), en.strip() or zh.strip())

    def __str__(self) -> str:
        return f"{self.zh}|{self.en}"

    def say(self, english: bool) -> str:
        return self.en if english else self.zh


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    words: Words


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a task asks for; its code is the name under which data hold it."""

    code: str
    words: Words
    kind: str = "string"
    required: bool = True
    required_when: tuple[str, str] | None = None
    """Required if that other field has that value (`!value`: another one), and only then."""
    choices: tuple[Choice, ...] = ()
    help: Words = Words("", "")
    default: Json = None
    longest: int = 500
    """Characters of a text, or photos and files at most."""
    least: int | None = None
    most: int | None = None
    """Bounds of a whole number or of an amount, in fen."""
    zero: bool = True
    """Whether the amount may be nothing."""

    def __post_init__(self) -> None:
        assert self.kind in KINDS, f"{self.code}: no field is a {self.kind}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody hands in with a task: for which field, its name and what it holds."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Work:
    """An instance, as actions and forms see it."""

    instance: InstanceId
    process: str
    version: int
    subject: UUID
    path: str
    """Of the organization to which the instance belongs."""
    started_by: UUID
    data: Mapping[str, Json]
    """What was entered and found so far."""
    element: str
    """The BPMN id of the task or action at hand; empty if there is none."""
    doers: Mapping[str, UUID]
    """Who completed each task that is done, by the task's BPMN id."""


Action = Callable[[Context, Work], Mapping[str, Json] | None]
"""
What the platform does at a service task; what it returns is added to the data.

It runs in the transaction of whatever led to it, so either all is done or nothing. A Refusal takes
the boundary error event with its code (or with none), if the task has one; without one, the whole
command is refused.
"""
Form = Callable[[Context, Work], Iterable[Field]]
"""The fields of a task whose form depends on more than the process."""
Shown = Callable[[Context, Work], Sequence[tuple[Words, Any]]]
"""What the pages of an instance say of its subject: names and values."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can be started: its versions are the folders `v1`, `v2`, … of its folder."""

    code: str
    """Also the id of the process in `process.bpmn`."""
    words: Words
    folder: Path
    single: bool = True
    """At most one instance at a time of the same subject."""
    cancelled_by: frozenset[str] = frozenset()
    """Roles that may cancel an instance; whoever started it may anyway."""
    on_cancel: Action | None = None
    screen: str = ""
    """The back office's screen of the subject: `saleschannel.outlet`."""
    shows: Shown | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """By when a task is wanted: durations after it has come up, ISO 8601 (`P3D`, `PT4H`)."""

    due: str = ""
    remind: str = ""
    """How long before it is due its people are reminded; they are also when it is due."""
    escalate: str = ""
    """How long after it is due it goes to another role as well."""
    escalate_to: str = ""


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A user task of a process."""

    element: str
    words: Words
    role: str
    form: str
    """Key of a registered form; empty if the fields stand in BPMN, or there are none."""
    fields: tuple[Field, ...]
    not_by: tuple[str, ...]
    """Tasks (or `starter`) whose doers may not do this one."""
    timing: Timing
    notify: bool
    """Send a short message when it comes up."""
    help: Words
    depth: int = 0
    """Levels from the root to where its role is held at most: 2 is a province; 0: to the path."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A role that somebody holds, and where."""

    role: str
    path: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who holds a role, and where to send a short message."""

    user: UUID
    phone: Personal | None
    language: str
    """Empty: the platform's own."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task of the worklist."""

    id: TaskId
    instance: InstanceId
    process: str
    version: int
    element: str
    words: Words
    title: Words
    """What the instance is about."""
    subject: UUID
    path: str
    role: str
    state: str
    claimant: UUID | None
    created_at: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    done_at: datetime | None
    done_by: UUID | None
    data: Json
    """What was entered when it was done."""


@dataclass(frozen=True, slots=True)
class InstanceRow:
    id: InstanceId
    process: str
    version: int
    subject: UUID
    title_zh: str
    title_en: str
    path: str
    state: str
    started_by: UUID
    started_at: datetime
    ended_at: datetime | None
    reason: str
    problem: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One thing that happened in an instance."""

    kind: str
    element: str
    words: Words
    actor: UUID
    at: datetime
    data: Json


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A comment or a file."""

    id: NoteId
    task: TaskId | None
    author: UUID
    at: datetime
    text: str
    name: str
    """Of the file; empty for a comment alone."""
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list; None and empty mean any."""

    process: str = ""
    mine: bool = False
    """Claimed by the actor."""
    free: bool = False
    """Claimed by nobody."""
    overdue: bool = False
    due_before: datetime | None = None
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page needs to draw an instance on its diagram."""

    xml: str
    passed: tuple[str, ...] = field(default=())
    """Elements that are done with, in the order in which they were."""
    waiting: tuple[str, ...] = field(default=())
    """Elements at which the instance stands."""
