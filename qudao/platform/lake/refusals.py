"""Why the lake refuses to read or to write a version. Needs no engine."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class VersionMissing(Refusal, kind=Kind.NOT_FOUND):
    """A version that was pinned is not in the lake any more."""

    version: str


@dataclass(eq=False)
class VersionChanged(Refusal, kind=Kind.CONFLICT):
    """The content of a version is not what it was when it was pinned."""

    version: str


@dataclass(eq=False)
class VersionTaken(Refusal, kind=Kind.CONFLICT):
    """Somebody else wrote the next version of this file meanwhile."""

    version: str


@dataclass(eq=False)
class NotTheDataset(Refusal, kind=Kind.INVALID):
    """Rows do not have the columns of the dataset, or hold nothing where it needs a value."""

    dataset: str
    problem: str
