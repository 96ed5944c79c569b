"""Drafts, versions and publications, as screens list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from qudao.domain.echannel.types.menus import Content, Pair
from qudao.domain.party.types import OrganizationId

ConfigurationId = NewType("ConfigurationId", UUID)
VersionId = NewType("VersionId", UUID)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version says, and which of its states that is."""

    content: Content
    number: int
    """Of the version; 0: there is none yet."""
    edition: int
    """How often the draft has been saved; 0: not yet."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft that was stored."""

    configuration: ConfigurationId
    number: int
    edition: int


@dataclass(frozen=True, slots=True)
class ConfigurationRecord:
    """For whom something may be published, and whether it is switched off."""

    configuration: ConfigurationId
    front: str
    branch: OrganizationId | None
    branch_code: str | None
    branch_name_zh: str | None
    branch_name_en: str | None
    group: str
    off_since: datetime | None
    off_until: datetime | None
    off_zh: str
    off_en: str


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version of a configuration, in its history."""

    version: VersionId
    number: int
    edition: int
    created_at: datetime
    created_by: UUID
    frozen_at: datetime | None
    """When it was published first; None: it is the draft."""


@dataclass(frozen=True, slots=True)
class PublicationRecord:
    """A stretch of time in which a version is what the front shows."""

    number: int
    valid_from: datetime
    valid_until: datetime | None
    published_at: datetime
    published_by: UUID


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two versions differ."""

    where: str
    """The entry, by its path (`3 / top_up`); empty for the menu as a whole."""
    what: str
    """`entry`, `label`, `digit`, `keywords`, `off`, `place`, `greeting`, `advertising`,
    `hours`, `closed`."""
    before: str
    """Empty: it was not there."""
    after: str
    """Empty: it is there no more."""


@dataclass(frozen=True, slots=True)
class Screenful:
    """One screen or message of a preview."""

    title: Pair
    """The folder that it shows; empty for the menu itself."""
    lines: tuple[str, ...]
    used: int
    """Characters, counted as the front counts them."""
    room: int | None
    """How many there may be; None: it scrolls."""
