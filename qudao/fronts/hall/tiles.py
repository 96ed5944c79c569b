"""The menu as a page shows it: sections of tiles, and what a search finds among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.fronts.hall.looks import icon_of
from qudao.journeys.dialogue import menus, reading
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.types import LANGUAGES, Entry, Menu, Talk
from qudao.journeys.menu.item import Item, items

FOUND: Final = 8
"""Tiles that a search shows at most."""
FEATURED: Final = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """An item that can be begun here, or says why it cannot just now."""

    item: str
    name: str
    about: str
    icon: str
    off: str
    recommended: bool
    begins: str
    """The message that begins it."""


@dataclass(frozen=True, slots=True)
class Section:
    """A folder of the menu; without a name: what stands in none."""

    name: str
    tiles: tuple[Tile, ...]


def menu_of(talk: Talk) -> Menu:
    """Return what is offered to the visitor, now and here: nothing while the hall is shut."""
    menu = menus.menu_of(talk, talk.caller)
    return replace(menu, entries=()) if said(menu.shut) else menu


def sections(menu: Menu, but: Sequence[Tile] = ()) -> tuple[Section, ...]:
    """
    Return the menu in the active language: the folders, then what stands in none.

    `but` are tiles that stand elsewhere already.
    """
    elsewhere = {one.item for one in but}
    found = (_tile(one) for one in menu.entries if one.item)
    loose = tuple(one for one in found if one.item not in elsewhere)
    folders = tuple(
        Section(said(one.label), tuple(_tile(entry) for entry in _flat(one.entries)))
        for one in menu.entries
        if not one.item
    )
    return (*folders, Section("", loose)) if loose else folders


def tiles(menu: Menu) -> tuple[Tile, ...]:
    """Return all tiles, in their order; each item once."""
    found = {tile.item: tile for section in sections(menu) for tile in section.tiles}
    return tuple(found.values())


def featured(menu: Menu) -> tuple[Tile, ...]:
    """Return what this hall is best for; a single thing needs no place of its own."""
    best = tuple(one for one in tiles(menu) if one.recommended and not one.off)[:FEATURED]
    return best if len(best) > 1 else ()


def search(menu: Menu, wanted: str) -> tuple[Tile, ...]:
    """
    Return what a search means, best first: by name, keyword and description, in both languages.

    A keyword with answers behind it (`CZ 50`) finds its item, with the answers given.
    """
    words = reading.folded(wanted)
    if not words:
        return ()
    of = {one.item: one for one in tiles(menu)}
    meant = menus.meant(menu, reading.words(wanted), keys=False)
    ranked = sorted(
        (rank, place, tile)
        for place, tile in enumerate(of.values())
        if (rank := _rank(items[tile.item], tile, words)) is not None
    )
    found = [tile for _rank, _place, tile in ranked]
    if meant is not None and meant.path and meant.entry.item in of:
        first = of[meant.entry.item]
        given = _("%(name)s: %(answers)s") % {"name": first.name, "answers": " ".join(meant.path)}
        shortcut = _given(first, given, wanted)
        found = [shortcut, *(one for one in found if one.item != first.item)]
    return tuple(found[:FOUND])


def tile_of(menu: Menu, item: str) -> Tile | None:
    """Return the tile of an item; None if it is not offered."""
    return next((one for one in tiles(menu) if one.item == item), None)


def _given(tile: Tile, name: str, begins: str) -> Tile:
    return Tile(
        tile.item, name, tile.about, tile.icon, tile.off, tile.recommended, reading.clean(begins)
    )


def _rank(item: Item, tile: Tile, words: str) -> int | None:
    """0 for the best; None if the item is not meant."""
    names = [tile.name, *_in_both(item.name)]
    keys = [one.casefold() for one in item.keywords]
    if words in keys or words in (one.casefold() for one in names):
        return 0
    if any(one.casefold().startswith(words) for one in names):
        return 1
    if any(words in one.casefold() for one in names):
        return 2
    if any(one.startswith(words) or len(words) > 1 and words in one for one in keys):
        return 3
    if any(words in one.casefold() for one in _in_both(item.about)):
        return 4
    return None


def _in_both(text: object) -> list[str]:
    said_in = []
    for language in LANGUAGES:
        with translation.override(language):
            said_in.append(str(text))
    return said_in


def _flat(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.item:
            yield entry
        else:
            yield from _flat(entry.entries)


def _tile(entry: Entry) -> Tile:
    item = items[entry.item]
    return Tile(
        item=item.code,
        name=said(entry.label) or said(item.name),
        about=said(item.about),
        icon=icon_of(item.code),
        off=said(entry.off),
        recommended=entry.recommended,
        begins=(entry.keywords or item.keywords)[0],
    )
