"""Entries of a hall's menu as words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qudao.fronts.design.templatetags.design import babel_locale
from qudao.journeys.menu.item import items


def label(names: str) -> str:
    """Return the name of an entry, stored as `Chinese|English`."""
    zh, _bar, en = names.partition("|")
    return en if en and babel_locale().startswith("en") else zh


def path(way: str) -> str:
    """Return the way to an entry, stored as codes of items and names of folders."""
    steps = way.split(" / ") if way else []
    return " / ".join(_step(one) for one in steps) or _("the menu as a whole")


def _step(one: str) -> str:
    item = items.get(one)
    if item is not None:
        return str(item.name)
    return label(one) or one.strip("|") or _("a folder without a name")
