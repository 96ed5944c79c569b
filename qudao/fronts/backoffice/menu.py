"""The menu: screens and pages that the viewer may see, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.fronts.backoffice.desk import pages
from qudao.platform.backoffice.values import Text
from qudao.platform.commands.context import Context

GROUPS: Final[dict[str, Text]] = {
    "overview": _("Overview"),
    "sales": pgettext_lazy("menu", "Sales"),
    "channels": _("Channels"),
    "people": _("People"),
    "customers": _("Real names"),
    "care": _("Customer care"),
    "numbers": _("Numbers"),
    "goods": _("Goods"),
    "catalogue": _("Catalogue"),
    "halls": pgettext_lazy("menu", "Halls"),
    "commission": _("Commission"),
    "processes": pgettext_lazy("menu", "Processes"),
    "money": _("Money"),
    "control": _("Control"),
}


@dataclass(frozen=True, slots=True)
class Item:
    title: Text
    icon: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: Text
    items: tuple[Item, ...]


def of(site: Any, ctx: Context, here: str) -> list[Group]:
    """Return the groups that have something for the viewer."""
    found: list[tuple[str, int, Text, str, str]] = []
    for screen in site._registry.values():
        if screen.menu is not None and screen.open_to(ctx):
            place = screen.menu
            address = screen.url("changelist")
            found.append((place.group, place.position, screen.title, place.icon, address))
    for page in pages.values():
        if page.group and page.open_to(ctx) and page.only_for(ctx):
            address = reverse(f"admin:{page.views[0][2]}")
            found.append((page.group, page.position, page.title, page.icon, address))
    home = reverse("admin:index")
    addresses = [entry[4] for entry in found if entry[4] != home or here == home]
    best = max((one for one in addresses if here.startswith(one)), key=len, default="")
    return [
        Group(
            title,
            tuple(
                Item(label, icon, url, url == best)
                for group, _position, label, icon, url in sorted(
                    found, key=lambda entry: (entry[1], str(entry[2]))
                )
                if group == code
            ),
        )
        for code, title in GROUPS.items()
        if any(entry[0] == code for entry in found)
    ]
