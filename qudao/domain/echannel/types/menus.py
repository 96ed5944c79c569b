"""Menus: what is configured, what a front shows, and what it is able to show."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from qudao.domain.saleschannel.types import OpeningHours

DIGITS: Final = "0123456789"


class Pair(NamedTuple):
    """A text in both languages; empty: none."""

    zh: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def of(self, language: str) -> str:
        """Return the text in a language, by its code."""
        return self.en if language.startswith("en") else self.zh


class Standing(StrEnum):
    """Whether a front serves."""

    OPEN = "open"
    CLOSED = "closed"
    """It is outside its opening hours."""
    OFF = "off"
    """Somebody has switched it off."""


@dataclass(frozen=True, slots=True)
class Room:
    """
    How long a text may be.

    `narrow` counts the septets of the GSM alphabet (3GPP TS 23.038), `wide` holds as soon as one
    character needs UCS-2, and counts those.
    """

    narrow: int
    wide: int


@dataclass(frozen=True, slots=True)
class FrontLimits:
    """What a front can show; the front says so when it registers."""

    front: str
    """Its code: `Context.channel`, `web`, `sms`, …"""
    name_zh: str
    name_en: str
    page: Room | None
    """All lines of one screen or message, with a line end between two; None: it scrolls."""
    lines: int | None
    """Most lines of one screen."""
    label: Room
    """The text of one entry."""
    text: Room
    """The greeting, the advertising line, what is said while it is closed."""
    entries: int
    """Most entries of one level."""
    depth: int
    """How deep folders go; 1: there are none."""
    digits: str = DIGITS
    """The digits that an entry may have; the others belong to the dialogue. Empty: none."""
    keywords: bool = False
    """Whether entries are asked for by words."""
    reserved: frozenset[str] = frozenset()
    """Words that the dialogue itself understands: help, back, …"""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An item of the menu, as far as a front's configuration must know it."""

    name: Pair
    keywords: tuple[str, ...] = ()
    """By which it is asked for where nothing else is configured."""
    folder: Pair = Pair()
    """In which it stands where nothing else is configured; empty: in none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a configured menu: an item, or a folder of further entries."""

    item: str = ""
    """Code of the item; empty for a folder."""
    label: Pair = Pair()
    """What is shown; empty: the item's own name."""
    digit: str = ""
    keywords: tuple[str, ...] = ()
    """Empty: the item's own."""
    off: Pair = Pair()
    """The item is switched off, and this is said instead; empty: it is not."""
    entries: tuple[Entry, ...] = ()
    """What is in a folder."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one version of a configuration says."""

    entries: tuple[Entry, ...] = ()
    greeting: Pair = Pair()
    advertising: Pair = Pair()
    hours: OpeningHours = field(default_factory=dict)
    """On the market's clock; empty: always."""
    closed: Pair = Pair()
    """Said outside the hours; needed where there are any."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu as a front offers it."""

    item: str
    """Code of the item; empty for a folder."""
    label: Pair
    digit: str
    """What chooses it; a number that is free at its level where none was configured."""
    keywords: tuple[str, ...] = ()
    off: Pair = Pair()
    """Said instead of doing it; empty: it is offered."""
    entries: tuple[MenuEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontMenu:
    """What a front shows at one moment, in one branch, to one group of customers."""

    front: str
    branch: str
    """Code of the branch whose own configuration this is; empty: that for all branches."""
    group: str
    """The group that it is for; empty: everybody."""
    version: int
    """Number of the published version; 0: nobody has configured it, it shows every item."""
    entries: tuple[MenuEntry, ...]
    greeting: Pair = Pair()
    advertising: Pair = Pair()
    standing: Standing = Standing.OPEN
    notice: Pair = Pair()
    """What is said while it is not open; then never empty."""


def normal(text: str) -> str:
    """Return a keyword as it is compared: full-width characters narrow (NFKC), case gone."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
