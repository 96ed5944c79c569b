"""In what two versions of a configuration differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qudao.domain.echannel.rules.content import path_of
from qudao.domain.echannel.types import Content, Difference, Entry, Pair
from qudao.domain.saleschannel.queries import hours_as_text


@dataclass(frozen=True, slots=True)
class _Place:
    """An entry, and where it stands."""

    entry: Entry
    above: str
    position: int


def differences(before: Content, after: Content) -> tuple[Difference, ...]:
    """Return what changes from one version to another: the menu as a whole, then by entry."""
    return tuple(_found(before, after))


def _found(before: Content, after: Content) -> Iterator[Difference]:
    for name in ("greeting", "advertising", "closed"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference("", name, _pair(old), _pair(new))
    if before.hours != after.hours:
        yield Difference("", "hours", hours_as_text(before.hours), hours_as_text(after.hours))
    old_places, new_places = _places(before.entries), _places(after.entries)
    for name in dict.fromkeys((*new_places, *old_places)):
        yield from _entry(name, old_places.get(name), new_places.get(name))


def _entry(name: str, old: _Place | None, new: _Place | None) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference(name, "entry", _shown(old), _shown(new))
        return
    if old.position != new.position:
        yield Difference(name, "place", str(old.position), str(new.position))
    for what, was, now in (
        ("label", _pair(old.entry.label), _pair(new.entry.label)),
        ("digit", old.entry.digit, new.entry.digit),
        ("keywords", ", ".join(old.entry.keywords), ", ".join(new.entry.keywords)),
        ("off", _pair(old.entry.off), _pair(new.entry.off)),
    ):
        if was != now:
            yield Difference(name, what, was, now)


def _places(entries: Sequence[Entry], above: str = "") -> dict[str, _Place]:
    """Return every entry by its path. An item keeps its name; a folder is known by its own."""
    found: dict[str, _Place] = {}
    for position, entry in enumerate(entries, 1):
        name = path_of(entry, above)
        found[name] = _Place(entry, above, position)
        found |= _places(entry.entries, name)
    return found


def _shown(place: _Place | None) -> str:
    if place is None:
        return ""
    return (
        " ".join(filter(None, (place.entry.digit, _pair(place.entry.label), *place.entry.keywords)))
        or "+"
    )


def _pair(pair: Pair) -> str:
    return f"{pair.zh} | {pair.en}" if pair else ""
