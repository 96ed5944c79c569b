"""What is on the menu for whom, and which entry is meant. Pure but for the kept catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from operator import is_
from typing import Final

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import FitLevel
from qudao.domain.credential.types import Caller, Need, may
from qudao.journeys import paying
from qudao.journeys.dialogue import reading
from qudao.journeys.dialogue.types import Entry, Menu, Talk
from qudao.journeys.menu.item import GROUPS, Audience, Call, Group, Item, Kind, Pays, items

MOST_FLAT: Final = 9
"""Items of a menu without folders."""


def call_of(talk: Talk, caller: Caller) -> Call:
    """Return what items may look at, before anything was answered."""
    return Call(
        talk.ctx,
        caller,
        talk.front.audiences,
        talk.place,
        talk.position,
        writes=Kind.TEXT in talk.front.asks,
    )


class Unmet(StrEnum):
    """Why an item is not offered."""

    AUDIENCE = "audience"
    """It is for others than those who come to this front."""
    PAYING = "paying"
    """It cannot be paid here."""
    ASKING = "asking"
    """It asks for what cannot be answered here."""
    PLACE = "place"
    """No outlet stands for the front."""
    FIT = "fit"
    """The kind of channel is unfit for its business."""
    NOTHING = "nothing"
    """There is nothing to do with it now."""
    PROOF = "proof"
    """Nobody could prove here what it needs."""


def offered(talk: Talk, item: Item, caller: Caller) -> bool:
    """Say whether an item is for this front and this caller, now."""
    return unmet(talk, item, caller) is None


def unmet(talk: Talk, item: Item, caller: Caller) -> Unmet | None:
    """Return why an item is not for this front and this caller, now; None: it is."""
    front = talk.front
    if Audience.ANYONE not in item.audiences and not item.audiences & front.audiences:
        return Unmet.AUDIENCE
    if not front.asks.issuperset(one.kind for one in item.inputs if not one.spared):
        return Unmet.ASKING
    if item.at_place and talk.place is None:
        return Unmet.PLACE
    if item.business is not None and _fit(talk, item.business) is FitLevel.UNFIT:
        return Unmet.FIT
    if item.paid_by and not ways(talk, item, caller):
        return Unmet.PAYING
    if not _open(talk, item):
        return Unmet.NOTHING
    if must_prove(talk, item, caller, None) and talk.identify is None:
        return Unmet.PROOF
    return None


def ways(talk: Talk, item: Item, caller: Caller) -> tuple[Pays, ...]:
    """
    Return the ways in which an item can be paid here: that the front and this installation have,
    and of which what they ask for can be proved.
    """
    return tuple(
        one
        for one in Pays
        if one in item.paid_by
        and one in talk.front.pays
        and (one is Pays.WALLET or paying.configured(one))
        and (talk.identify is not None or not must_prove(talk, item, caller, one))
    )


def way_of(talk: Talk, item: Item, caller: Caller, chosen: object) -> Pays | None:
    """Return the way in which an item is paid: the only one, or the chosen one of several."""
    found = ways(talk, item, caller)
    if len(found) == 1:
        return found[0]
    return next((one for one in found if one == chosen), None)


def need_of(item: Item, way: Pays | None) -> Need:
    """Return what must be proved for an item that is paid in some way."""
    if way is Pays.BOUND and item.needs in (Need.NOTHING, Need.NUMBER):
        return Need.MONEY  # a card that somebody else may have bound
    return item.needs


def must_prove(talk: Talk, item: Item, caller: Caller, way: Pays | None) -> bool:
    """Say whether the caller must prove something before the item is done."""
    if Audience.CLERK in talk.front.audiences:
        return False  # who works at an outlet has signed in there
    return not may(caller, need_of(item, way), talk.ctx.at)


def _fit(talk: Talk, business: str) -> FitLevel:
    if talk.place is None:
        return FitLevel.CAPABLE
    # What is kept may be a moment old: what is sold is verified when it is sold.
    return catalog.kept_snapshot().fit(business, talk.place.kind, talk.place.market)


def _open(talk: Talk, item: Item) -> bool:
    return item.open is None or item.open(call_of(talk, talk.caller))


def _recommended(talk: Talk, item: Item) -> bool:
    return item.business is not None and _fit(talk, item.business) is FitLevel.BEST


def menu_of(talk: Talk, caller: Caller) -> Menu:
    """Return what the front offers, without what is not for this caller."""
    if talk.identify is None and Audience.CLERK not in talk.front.audiences:
        return _made_for(talk, caller)
    # Whoever can prove what is needed is offered the same: so it is made once for all of them.
    where = talk.place
    key = (
        (talk.front.code, "", "") if where is None else (talk.front.code, where.kind, where.market)
    )
    basis = (
        talk.front,
        talk.menu,
        catalog.kept_snapshot(),
        len(items),
        *(one if _open(talk, one) else None for one in _not_always(len(items))),
        *(one if paying.configured(one) else None for one in Pays),
    )
    kept = _menus.get(key)
    if kept is None or len(kept[0]) != len(basis) or not all(map(is_, kept[0], basis)):
        kept = _menus[key] = (basis, _made_for(talk, caller))
    return kept[1]


@cache
def _not_always(count: int) -> tuple[Item, ...]:
    """The items that are open at times, of so many: more may be added, and none goes."""
    return tuple(one for one in items.values() if one.open is not None)


_menus: Final[dict[tuple[str, str, str], tuple[tuple[object, ...], Menu]]] = {}
"""The last menu of each front and kind of place, with the very things that it was made of."""


def _made_for(talk: Talk, caller: Caller) -> Menu:
    if talk.menu is None:
        return _standard(talk, caller)
    return replace(talk.menu, entries=_for(talk, caller, talk.menu.entries))


def _for(talk: Talk, caller: Caller, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that are for a caller, each with what chooses it; folders that are empty go."""
    kept = []
    for nth, entry in enumerate(entries, 1):
        own = replace(entry, digit=entry.digit or str(nth))
        if entry.item:
            if entry.item in items and offered(talk, items[entry.item], caller):
                best = entry.recommended or _recommended(talk, items[entry.item])
                kept.append(replace(own, recommended=best))
        elif inside := _for(talk, caller, entry.entries):
            kept.append(replace(own, entries=inside))
    return tuple(kept)


def _standard(talk: Talk, caller: Caller) -> Menu:
    """
    The menu of a front that nobody has arranged: what it offers, in the items' own order.

    More than nine items, the keys of a telephone, are put into folders.
    """
    ordered = sorted(items.values(), key=lambda one: one.position)
    found = [one for one in ordered if offered(talk, one, caller)]
    if len(found) <= MOST_FLAT:
        return Menu(_listed(talk, found))
    folders = [
        Entry(label=name, entries=own)
        for group, name in GROUPS.items()
        if (own := _listed(talk, [one for one in found if one.group is group]))
    ]
    beside = _listed(talk, [one for one in found if one.group is Group.NONE])
    return Menu(
        tuple(replace(one, digit=str(nth)) for nth, one in enumerate((*folders, *beside), 1))
    )


def _listed(talk: Talk, found: Sequence[Item]) -> tuple[Entry, ...]:
    return tuple(
        Entry(one.code, str(nth), recommended=_recommended(talk, one))
        for nth, one in enumerate(found, 1)
    )


def inside(menu: Menu, folder: Sequence[str]) -> tuple[Entry, ...]:
    """Return the entries of a folder; of the nearest one that there still is."""
    entries = menu.entries
    for key in folder:
        found = next((one for one in entries if one.digit == key and one.entries), None)
        if found is None:
            break
        entries = found.entries
    return entries


@dataclass(frozen=True, slots=True)
class Meant:
    """What words begin."""

    entry: Entry
    folder: tuple[str, ...]
    """The way to it."""
    path: tuple[str, ...]
    """The words behind it: answers."""


def meant(
    menu: Menu,
    words: Sequence[str],
    *,
    keys: bool,
    dialled: bool = False,
    folder: Sequence[str] = (),
) -> Meant | None:
    """
    Return what words begin, or None.

    By a keyword, wherever it stands in the menu, with or without a space before the first answer;
    where `keys` count, by digits from the folder on in which one is. Of what was `dialled` a
    service code before them (`*100*2#`) is passed over.
    """
    found = _by_keyword(menu, words)
    if found is not None:
        return found
    if not keys:
        return None
    found = _by_keys(menu, words, tuple(folder))
    if found is None and dialled and words and words[0].isdigit():
        found = _by_keys(menu, words[1:], tuple(folder))
    return found


def _by_keyword(menu: Menu, words: Sequence[str]) -> Meant | None:
    """The entry whose keyword a text begins with: of several the longest."""
    if not words:
        return None
    whole = reading.folded(words[0])
    longest, found = -1, None
    for keyword, entry, way in _keywords(menu):
        if len(keyword) <= longest or not whole.startswith(keyword):
            continue
        glued = reading.behind(whole, keyword)
        if glued is not None:
            rest = (glued, *words[1:]) if glued else tuple(words[1:])
            longest, found = len(keyword), Meant(entry, way, rest)
    return found


_Keyword = tuple[str, Entry, tuple[str, ...]]


def _keywords(menu: Menu) -> tuple[_Keyword, ...]:
    """The keywords of a menu, folded, with the entry and the way to it; made once for each menu."""
    kept = _tables.get(id(menu))
    if kept is None or kept[0] is not menu:
        if len(_tables) >= TABLES_KEPT:
            _tables.clear()
        table = tuple(
            (reading.folded(keyword), entry, way)
            for entry, way in _flat(menu.entries)
            for keyword in entry.keywords or (items[entry.item].keywords if entry.item else ())
        )
        kept = _tables[id(menu)] = (menu, table)
    return kept[1]


TABLES_KEPT: Final = 64
_tables: Final[dict[int, tuple[Menu, tuple[_Keyword, ...]]]] = {}


def named(words: Sequence[str]) -> Item | None:
    """Return the item of which words begin with a keyword, whether it is offered or not."""
    found = _by_keyword(_everything(len(items)), words)
    return None if found is None else items[found.entry.item]


@cache
def _everything(count: int) -> Menu:
    """All items, so many: more may be added, and none goes."""
    return Menu(tuple(Entry(code) for code in items))


def _by_keys(menu: Menu, words: Sequence[str], folder: tuple[str, ...]) -> Meant | None:
    found: Meant | None = None
    entries, rest = inside(menu, folder), [reading.clean(word) for word in words]
    while rest and (entry := next((one for one in entries if one.digit == rest[0]), None)):
        found = Meant(entry, folder, tuple(rest[1:]))
        if not entry.entries:
            break
        folder, entries, rest = (*folder, entry.digit), entry.entries, rest[1:]
    return found


def _flat(
    entries: Sequence[Entry], way: tuple[str, ...] = ()
) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    for entry in entries:
        yield entry, way
        yield from _flat(entry.entries, (*way, entry.digit))
