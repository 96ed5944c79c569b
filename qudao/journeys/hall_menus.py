"""The menu as the configuration of fronts knows it, and what is configured as dialogues take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.utils import translation

from qudao.domain.echannel import queries as echannel
from qudao.domain.echannel.types import FrontMenu, MenuEntry, MenuItem, Pair, Standing
from qudao.journeys.dialogue.types import LANGUAGES, Entry, Menu
from qudao.journeys.menu.item import GROUPS, Text, items

SHUT: Final = Pair("现在不在服务时间，请稍后再来。", "This is closed just now. Come back later.")
"""Said where nothing else is configured."""


class Items:
    """The items of the menu, for `echannel.ports.provide`."""

    def items(self) -> Mapping[str, MenuItem]:
        ordered = sorted(items.values(), key=lambda one: one.position)
        names = {group: Pair(*name) for group, name in GROUPS.items()}
        return {
            one.code: MenuItem(_both(one.name), one.keywords, names.get(one.group, Pair()))
            for one in ordered
        }


def arranged(front: str, branch_path: str, group: str, at: datetime) -> Menu | None:
    """
    Return what was arranged for a front, as a dialogue takes it; None: the standard menu.

    Arguments and costs as `echannel.menu_of`.

    :raises FrontUnknown: if no front of this code is registered.
    """
    found = echannel.menu_of(front, branch_path, group, at)
    if found.standing is Standing.OPEN and found.version == 0:
        return None
    return _menu(found)


def _menu(found: FrontMenu) -> Menu:
    return Menu(
        entries=_entries(found.entries),
        greeting=found.greeting,
        advertising=found.advertising,
        shut=_shut(found),
    )


def _shut(found: FrontMenu) -> Pair:
    """What is said to whoever comes while the front does not serve; empty while it does."""
    return Pair() if found.standing is Standing.OPEN else found.notice or SHUT


def _entries(entries: Sequence[MenuEntry]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            item=one.item,
            digit=one.digit,
            keywords=one.keywords,
            label=one.label,
            off=one.off,
            entries=_entries(one.entries),
        )
        for one in entries
    )


def _both(text: Text) -> Pair:
    def said(language: str) -> str:
        with translation.override(language):
            return str(text)

    return Pair(*map(said, LANGUAGES))
