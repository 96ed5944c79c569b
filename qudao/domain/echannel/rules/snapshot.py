"""What every front shows, at one revision: the answer to `menu_of`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Final

from qudao.domain.echannel.types import (
    Content,
    Entry,
    FrontLimits,
    FrontMenu,
    MenuEntry,
    MenuItem,
    Pair,
    Standing,
)
from qudao.domain.saleschannel.queries import is_open
from qudao.domain.saleschannel.types import OpeningHours

Key = tuple[str, str, str]
"""Front, code of the branch (empty: all), group (empty: everybody)."""

MOST_FLAT: Final = 9
"""Items of a menu without folders, where nobody has configured it."""
_FOLDER: Final = MenuItem(Pair())
"""Stands for the item of what has none."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is published for a time."""

    number: int
    content: Content


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, with what is published in it."""

    start: datetime
    end: datetime | None
    what: Published

    def contains(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Switch:
    """A front is switched off, and what is said meanwhile."""

    since: datetime
    until: datetime | None
    notice: Pair

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class MenuSnapshot:
    """
    All configurations at one revision. Immutable but for what it remembers; for threads.

    What is effective is looked for in the branch and then in all of it up to the default, each
    time for the group and then for everybody; the first that has something published is taken
    whole. A switch holds for all below it: the front is off if any of these is off.
    """

    def __init__(
        self,
        *,
        revision: int,
        published: Mapping[Key, Sequence[Span]],
        switches: Mapping[Key, Switch],
        items: Mapping[str, MenuItem],
    ) -> None:
        self.revision = revision
        self._published = published
        self._switches = switches
        self._items = items
        self._made: dict[tuple[Key, int], FrontMenu] = {}

    def menu(self, limits: FrontLimits, path: str, group: str, at: datetime) -> FrontMenu:
        """Return what a front shows; `path` leads to the branch, or to anything below it."""
        keys = list(_keys(limits.front, path, group))
        menu, hours, closed = self._effective(limits, keys, at)
        for key in reversed(keys):
            switch = self._switches.get(key)
            if switch is not None and switch.holds(at):
                return replace(menu, standing=Standing.OFF, notice=switch.notice)
        if hours and not is_open(hours, at):
            return replace(menu, standing=Standing.CLOSED, notice=closed)
        return menu

    def content(self, front: str, path: str, group: str, at: datetime) -> Published | None:
        """Return what is published for a branch and a group, or above them."""
        for key in _keys(front, path, group):
            for span in self._published.get(key, ()):
                if span.contains(at):
                    return span.what
        return None

    def _effective(
        self, limits: FrontLimits, keys: Sequence[Key], at: datetime
    ) -> tuple[FrontMenu, OpeningHours, Pair]:
        for key in keys:
            for span in self._published.get(key, ()):
                if span.contains(at):
                    content = span.what.content
                    return self._menu(key, span.what), content.hours, content.closed
        key = (limits.front, "", "")
        whole = self._made.get((key, 0))
        if whole is None:
            content = everything(limits, self._items)
            whole = self._made[key, 0] = menu_from(content, key, 0, self._items)
        return whole, {}, Pair()

    def _menu(self, key: Key, what: Published) -> FrontMenu:
        made = self._made.get((key, what.number))
        if made is None:
            made = self._made[key, what.number] = menu_from(
                what.content, key, what.number, self._items
            )
        return made


def menu_from(content: Content, key: Key, number: int, items: Mapping[str, MenuItem]) -> FrontMenu:
    """Return the menu that a configuration makes; an entry without its own words has the item's."""
    front, branch, group = key
    return FrontMenu(
        front=front,
        branch=branch,
        group=group,
        version=number,
        entries=tuple(_entries(content.entries, items)),
        greeting=content.greeting,
        advertising=content.advertising,
    )


def _entries(entries: Sequence[Entry], items: Mapping[str, MenuItem]) -> Iterator[MenuEntry]:
    taken = {entry.digit for entry in entries}
    free = (number for number in map(str, count(1)) if number not in taken)
    for entry in entries:
        digit = entry.digit or next(free)
        if entry.item and entry.item not in items:
            continue  # a release has taken it out of the menu since
        inner = tuple(_entries(entry.entries, items))
        if not entry.item and not inner:
            continue
        own = items.get(entry.item, _FOLDER)
        yield MenuEntry(
            entry.item,
            entry.label or own.name,
            digit,
            entry.keywords or own.keywords,
            entry.off,
            inner,
        )


def everything(limits: FrontLimits, items: Mapping[str, MenuItem]) -> Content:
    """
    Return what a front shows that nobody has configured: every item, as far as it has room.

    More than nine items stand in their folders, as in a dialogue's own menu.
    """
    digits = sorted(limits.digits, key=lambda digit: (digit == "0", digit))

    def numbered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
        return tuple(
            replace(entry, digit=digits[place] if place < len(digits) else "")
            for place, entry in enumerate(entries)
        )

    if len(items) <= MOST_FLAT:
        return Content(entries=numbered([Entry(item=code) for code in items]))
    inside: dict[Pair, list[Entry]] = {}
    for code, item in items.items():
        inside.setdefault(item.folder, []).append(Entry(item=code))
    beside = inside.pop(Pair(), [])
    folders = [Entry(label=name, entries=numbered(own)) for name, own in inside.items()]
    return Content(entries=numbered([*folders, *beside]))


def _keys(front: str, path: str, group: str) -> Iterator[Key]:
    """Yield for whom something may be published that holds here, the most specific first."""
    # Codes, not paths: a place that moves keeps its configuration.
    for branch in (*reversed(path.split(".") if path else ()), ""):
        if group:
            yield front, branch, group
        yield front, branch, ""
