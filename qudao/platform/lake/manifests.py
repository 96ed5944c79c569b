"""What is written beside the files: which rows, from where, in whose stead."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec


@dataclass(frozen=True, slots=True, order=True)
class VersionId:
    """One version of a dataset's file of one month and branch."""

    dataset: str
    month: date
    branch: str
    number: int

    def __str__(self) -> str:
        return f"{self.dataset} {self.month:%Y-%m} {self.branch} v{self.number}"


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file. Later versions may keep it: then their manifests name it, too."""

    path: str
    """Below the lake's folder."""
    rows: int
    totals: dict[str, int]
    octets: int
    sha256: str
    day: date | None = None
    """The business day that it holds; None: of the whole month."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version: its parts, their sums, and where they came from."""

    dataset: str
    month: date
    branch: str
    number: int
    parts: tuple[Part, ...]
    rows: int
    totals: dict[str, int]
    """Sums of the money columns and of other control totals."""
    source: str
    """What it was made from: `postgres`, an extract's name, a computation."""
    made_at: datetime
    supersedes: int | None = None
    """The number of the version before it."""
    places: int = 0
    """The highest place that any version has given to a row: later rows come after."""
    lineage: tuple[str, ...] = ()
    """Digests of the manifests that it was computed from."""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def version(self) -> VersionId:
        return VersionId(self.dataset, self.month, self.branch, self.number)

    @property
    def digest(self) -> str:
        """Stands for all that the version holds: another content has another digest."""
        content = [self.version, self.rows, self.totals, [one.sha256 for one in self.parts]]
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


@dataclass(frozen=True, slots=True)
class Input:
    """A version that was read, and the digest that it had."""

    version: VersionId
    digest: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """Exactly the versions that something was computed from: kept, it can be computed again."""

    versions: tuple[Input, ...]

    @property
    def digest(self) -> str:
        lines = (f"{one.version} {one.digest}" for one in self.versions)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def number(self, dataset: str, month: date, branch: str) -> int | None:
        """Return the number of the version that was read of a file; None: of none."""
        for one in self.versions:
            found = one.version
            if (found.dataset, found.month, found.branch) == (dataset, month, branch):
                return found.number
        return None

    def __or__(self, other: Inputs) -> Inputs:
        return inputs_of({*self.versions, *other.versions})


def inputs_of(versions: Iterable[Input]) -> Inputs:
    """Return them in their order, so that the digest does not depend on who asked how."""
    return Inputs(tuple(sorted(versions, key=lambda one: (one.version, one.digest))))


def to_json(value: Manifest | Inputs) -> bytes:
    """Return the text that a manifest's file, or a settlement's row, keeps."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def manifest_from(text: bytes) -> Manifest:
    """Read a manifest back."""
    return msgspec.json.decode(text, type=Manifest)


def inputs_from(text: bytes | str) -> Inputs:
    """Read pinned inputs back."""
    return msgspec.json.decode(text, type=Inputs)
