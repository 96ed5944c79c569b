"""Whether a configuration can be shown by its front, and leads to one entry each time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from qudao.domain.echannel.rules.measure import fits, measure, most
from qudao.domain.echannel.types import (
    Content,
    DigitNotPossible,
    DigitTaken,
    Entry,
    EntryInvalid,
    EntryTwice,
    FrontLimits,
    HoursInvalid,
    ItemUnknown,
    KeywordAmbiguous,
    KeywordNotPossible,
    KeywordTaken,
    MenuItem,
    Pair,
    Room,
    TextMissing,
    TextTooLong,
    TooDeep,
    TooManyEntries,
    normal,
)
from qudao.domain.saleschannel.queries import opening_hours_problem

LONGEST_KEYWORD: Final = 16
KEYWORDS_OF_ONE: Final = 8

_KEYWORD = re.compile(r"\w+")


def check(content: Content, limits: FrontLimits, items: Mapping[str, MenuItem]) -> None:
    """
    Look through a configuration; `items` are those that the menu has, by code.

    :raises TextMissing: if a text stands in one language only, or none outside the hours.
    :raises TextTooLong: if the front cannot show a text of that length.
    :raises HoursInvalid: if the opening hours make no sense.
    :raises TooDeep, TooManyEntries: if the front cannot show so much.
    :raises EntryInvalid, EntryTwice, ItemUnknown: if an entry leads nowhere, or one twice.
    :raises DigitNotPossible, DigitTaken: if a digit leads nowhere, or to two entries.
    :raises KeywordNotPossible, KeywordTaken, KeywordAmbiguous: likewise of a keyword.
    """
    for name in ("greeting", "advertising", "closed"):
        _text(getattr(content, name), name, "", limits.text)
    if opening_hours_problem(content.hours) is not None:
        raise HoursInvalid
    if content.hours and not content.closed:
        raise TextMissing("closed", "")
    _level(content.entries, _Look(limits, items), "", 1)


@dataclass(slots=True)
class _Look:
    """What has been seen so far."""

    limits: FrontLimits
    items: Mapping[str, MenuItem]
    keywords: dict[str, str] = field(default_factory=dict)
    """Keyword, as it is compared → the path of its entry."""


def _level(entries: Sequence[Entry], look: _Look, above: str, depth: int) -> None:
    if len(entries) > look.limits.entries:
        raise TooManyEntries(above, look.limits.entries)
    if entries and depth > look.limits.depth:
        raise TooDeep(above, look.limits.depth)
    digits: dict[str, str] = {}
    seen: set[str] = set()
    for entry in entries:
        where = path_of(entry, above)
        _what(entry, where, look)
        if entry.item and entry.item in seen:
            raise EntryTwice(entry.item, above)
        seen.add(entry.item)
        label = entry.label or look.items[entry.item].name
        _text(label, "label", where, look.limits.label)
        _text(entry.off, "off", where, look.limits.text)
        if entry.digit:
            if len(entry.digit) != 1 or entry.digit not in look.limits.digits:
                raise DigitNotPossible(entry.digit, where, look.limits.digits)
            if entry.digit in digits:
                raise DigitTaken(entry.digit, where, digits[entry.digit])
            digits[entry.digit] = where
        _keywords(entry, where, look)
        _level(entry.entries, look, where, depth + 1)


def path_of(entry: Entry, above: str) -> str:
    """
    Return how an entry is named in a message: by the codes and names of what leads to it.

    Names are `Chinese|English`.
    """
    name = entry.item or f"{entry.label.zh}|{entry.label.en}"
    return f"{above} / {name}" if above else name


def _what(entry: Entry, where: str, look: _Look) -> None:
    if entry.item:
        if entry.entries:
            raise EntryInvalid(where)
        if entry.item not in look.items:
            raise ItemUnknown(entry.item)
    elif not entry.label or not entry.entries or entry.off:
        raise EntryInvalid(where)


def _keywords(entry: Entry, where: str, look: _Look) -> None:
    found = entry.keywords
    if not found and entry.item and look.limits.keywords:
        found = look.items[entry.item].keywords
    if len(found) > KEYWORDS_OF_ONE:
        raise KeywordNotPossible(found[KEYWORDS_OF_ONE], where)
    for keyword in found:
        word = normal(keyword)
        if (
            not look.limits.keywords
            or not 0 < len(word) <= LONGEST_KEYWORD
            or not _KEYWORD.fullmatch(word)
            or word.isdigit()
            or word in {normal(one) for one in look.limits.reserved}
        ):
            raise KeywordNotPossible(keyword, where)
        if word in look.keywords:
            raise KeywordTaken(keyword, where, look.keywords[word])
        for other, its_place in look.keywords.items():
            if _continues(word, other) or _continues(other, word):
                raise KeywordAmbiguous(keyword, where, its_place)
        look.keywords[word] = where


def _continues(longer: str, shorter: str) -> bool:
    """Say whether one keyword is another one with digits after it: those would be its answer."""
    tail = longer.removeprefix(shorter)
    return tail != longer and tail.isascii() and tail.isdigit()


def _text(pair: Pair, name: str, where: str, room: Room) -> None:
    if not pair:
        return
    for text in pair:
        if not text.strip():
            raise TextMissing(name, where)
        if not fits(text, room):
            raise TextTooLong(name, where, measure(text)[0], most(text, room))
