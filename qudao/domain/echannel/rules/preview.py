"""A menu as lines within a front's limits: what its author looks at before it is published."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from qudao.domain.echannel.rules.measure import fits, measure, most
from qudao.domain.echannel.types import FrontLimits, FrontMenu, MenuEntry, Pair, Screenful


def menu_without(menu: FrontMenu, items: Container[str]) -> FrontMenu:
    """Return a menu without some items; a folder in which nothing is left is not shown."""
    return replace(menu, entries=_kept(menu.entries, items))


def _kept(entries: Sequence[MenuEntry], items: Container[str]) -> tuple[MenuEntry, ...]:
    inner = (replace(one, entries=_kept(one.entries, items)) for one in entries)
    return tuple(one for one in inner if (one.item not in items if one.item else one.entries))


def preview(menu: FrontMenu, limits: FrontLimits, language: str) -> tuple[Screenful, ...]:
    """
    Return the screens of a menu and of its folders, cut where the front must turn the page.

    The greeting stands first, the advertising line last. A front draws them in its own style: the
    words and their number are these.
    """
    lines = [
        menu.greeting.of(language),
        *(_line(one, limits, language) for one in menu.entries),
        menu.advertising.of(language),
    ]
    found = [*_pages(Pair(), [one for one in lines if one], limits)]
    found += _folders(menu.entries, limits, language)
    return tuple(found)


def _folders(
    entries: Sequence[MenuEntry], limits: FrontLimits, language: str
) -> Iterator[Screenful]:
    for entry in entries:
        if entry.entries:
            lines = [_line(one, limits, language) for one in entry.entries]
            yield from _pages(entry.label, lines, limits)
            yield from _folders(entry.entries, limits, language)


def _line(entry: MenuEntry, limits: FrontLimits, language: str) -> str:
    label = entry.label.of(language)
    if limits.digits:
        label = f"{entry.digit}.{label}"
    if limits.keywords and entry.keywords:
        label = f"{label} {entry.keywords[0]}"
    return label


def _pages(title: Pair, lines: Sequence[str], limits: FrontLimits) -> Iterator[Screenful]:
    page: list[str] = []
    for line in lines:
        longer = [*page, line]
        too_many = limits.lines is not None and len(longer) > limits.lines
        too_long = limits.page is not None and not fits("\n".join(longer), limits.page)
        if page and (too_many or too_long):
            yield _screenful(title, page, limits)
            longer = [line]
        page = longer
    if page:
        yield _screenful(title, page, limits)


def _screenful(title: Pair, lines: Sequence[str], limits: FrontLimits) -> Screenful:
    text = "\n".join(lines)
    room = None if limits.page is None else most(text, limits.page)
    return Screenful(title, tuple(lines), measure(text)[0], room)
