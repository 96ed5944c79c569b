"""Make a version of a process from its folder: read once in each process of the platform."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from lxml import etree
from SpiffWorkflow.bpmn.specs.event_definitions import (
    CycleTimerEventDefinition,
    MessageEventDefinition,
    MultipleEventDefinition,
)

from qudao.platform.processes.engine.clock import SORTS, expression
from qudao.platform.processes.engine.parsing import NAMESPACES, FolderParser
from qudao.platform.processes.registry import processes
from qudao.platform.processes.types import Choice, Field, TaskKind, Timing, Words

DIAGRAM: Final = "process.bpmn"
_VERSION: Final = re.compile(r"v([1-9][0-9]*)")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NEVER: Final = (CycleTimerEventDefinition, MessageEventDefinition, MultipleEventDefinition)
"""Sorts of events for which nothing here waits."""
LONGEST: Final = {"text": 2_000, "photos": 9, "files": 9}
"""What a field of a type takes if nothing is said."""
RESERVED: Final = frozenset({"typename", "subject", "refusal", "request_key", "form"})
"""Names that no field may have: the platform's own."""


class NotUsable(Exception):
    """A process's files cannot be used as they are: a fault of the repository."""


@dataclass(frozen=True)
class Definition:
    """A version of a process, ready to be run."""

    process: str
    number: int
    digest: bytes
    spec: Any
    subspecs: Mapping[str, Any]
    tasks: Mapping[str, TaskKind]
    """User tasks, by their ids in BPMN."""
    words: Mapping[str, Words]
    """What the elements of the diagrams are called."""
    topics: frozenset[str]
    """Names of the actions that it calls."""
    start_role: str
    """Who may start it; empty: only the platform, and journeys."""
    xml: bytes

    @property
    def specs(self) -> list[Any]:
        return [self.spec, *self.subspecs.values()]


def numbers(process: str) -> list[int]:
    """Return the versions that a process's folder has, in order."""
    found = (_VERSION.fullmatch(entry.name) for entry in processes()[process].folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def newest(process: str) -> Definition:
    """Return the newest version of a process."""
    return definition(process, numbers(process)[-1])


@cache
def definition(process: str, number: int) -> Definition:
    """
    Return a version of a process.

    :raises NotUsable: if its files cannot be used.
    """
    folder = processes()[process].folder / f"v{number}"
    files = {path.name: path.read_bytes() for path in sorted(_sources(folder))}
    if DIAGRAM not in files:
        raise NotUsable(f"{process} v{number} has no {DIAGRAM}")
    parser = FolderParser()
    for name, content in files.items():
        # Decision tables before the processes that refer to them.
        if name.endswith(".dmn"):
            parser.add_dmn_str(content, name)
    for name, content in files.items():
        if name.endswith(".bpmn"):
            parser.add_bpmn_str(content, name)
    spec = parser.get_spec(process)
    subspecs = parser.get_subprocess_specs(process)
    tasks, topics, start_role = {}, set(), ""
    for one in (spec, *subspecs.values()):
        for task in one.task_specs.values():
            _fit(task, f"{process} v{number}")
            if task.bpmn_id and task.manual:
                tasks[task.bpmn_id] = _task(task)
            if topic := getattr(task, "extensions", {}).get("topic"):
                topics.add(topic)
    for task in spec.bpmn_start_events:
        start_role = task.lane or ""
    return Definition(
        process,
        number,
        _digest(files),
        spec,
        subspecs,
        tasks,
        _words(files),
        frozenset(topics),
        start_role,
        files[DIAGRAM],
    )


def _sources(folder: Path) -> list[Path]:
    return [*folder.glob("*.bpmn"), *folder.glob("*.dmn")]


def _digest(files: Mapping[str, bytes]) -> bytes:
    parts = (f"{name}\n{sha256(content).hexdigest()}\n" for name, content in files.items())
    return sha256("".join(parts).encode()).digest()


def _words(files: Mapping[str, bytes]) -> dict[str, Words]:
    return {
        node.get("id"): Words.of(node.get("name"))
        for name, content in files.items()
        if name.endswith(".bpmn")
        for node in etree.fromstring(content).iterfind(".//bpmn:process//bpmn:*[@name]", NAMESPACES)
        if node.get("id")
    }


def _fit(task: Any, where: str) -> None:
    """Put our timers in the place of the engine's, and refuse what nothing here waits for."""
    event = getattr(task, "event_definition", None)
    if isinstance(event, _NEVER):
        raise NotUsable(f"{where}: {task.name} waits for a {type(event).__name__}")
    sort = SORTS.get(type(event))
    if sort is not None and event is not None:
        task.event_definition = sort(
            event.name, expression(event.expression), description=event.description
        )


def _task(task: Any) -> TaskKind:
    extensions = task.extensions
    given = dict(extensions["properties"])
    role = given.pop("role", None) or task.lane or ""
    if not role:
        raise NotUsable(f"{task.bpmn_id} stands in no lane")
    timing = Timing(*(given.pop(name, "") for name in ("due", "remind", "escalate", "escalate_to")))
    not_by = tuple(part.strip() for part in given.pop("not_by", "").split(",") if part.strip())
    notify = given.pop("notify", "no") == "yes"
    words = Words.of(given.pop("help", ""))
    depth = int(given.pop("depth", "0"))
    if given:
        raise NotUsable(f"{task.bpmn_id}: nobody knows {', '.join(given)}")
    return TaskKind(
        task.bpmn_id,
        Words.of(task.bpmn_name),
        role,
        extensions["form"],
        tuple(_field(one) for one in extensions["fields"]),
        not_by,
        timing,
        notify,
        words,
        depth,
    )


def _field(given: Mapping[str, Any]) -> Field:
    code, rules, more = given["id"], given["constraints"], given["properties"]
    if not usable(code):
        raise NotUsable(f"no field can be called {code}")
    when, _equals, value = (more.get("required_when") or "").partition("=")
    kind = given["type"]
    return Field(
        code,
        Words.of(given["label"]),
        kind,
        required="required" in rules,
        required_when=(when.strip(), value.strip()) if when else None,
        choices=tuple(Choice(key, Words.of(name)) for key, name in given["choices"]),
        help=Words.of(more.get("help", "")),
        default=given["default"],
        longest=int(rules.get("maxlength", LONGEST.get(kind, 500))),
        least=int(rules["min"]) if "min" in rules else None,
        most=int(rules["max"]) if "max" in rules else None,
    )


def usable(name: str) -> bool:
    """Say whether data may have this name: expressions see them as variables."""
    return bool(_NAME.fullmatch(name)) and name not in RESERVED
