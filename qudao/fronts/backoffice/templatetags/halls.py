"""What the form of a hall's menu draws: `{% load halls %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from qudao.fronts.design.templatetags import design
from qudao.fronts.wording import menu_terms

register = template.Library()

MOVES: Final[Mapping[str, tuple[str, str | Promise]]] = {
    "up": ("arrow-up", _("up")),
    "down": ("arrow-down", _("down")),
    "out": ("arrow-left", _("out of the folder")),
    "in": ("arrow-right", _("into the folder above")),
    "drop": ("trash", _("take away, with what is in it")),
}


@register.filter
def menu_path(where: str) -> str:
    """The way to an entry of a menu, by names."""
    return menu_terms.path(where)


@register.simple_tag
def hall_move(what: str, row: int, place: str, focus: str) -> SafeString:
    """A button that moves a row; it has the keyboard again after it was used."""
    icon, label = MOVES[what]
    order = f"{what}:{row}"
    return format_html(
        '<button class="q-btn q-btn-quiet q-btn-icon" type="submit" name="do" value="{}"'
        ' aria-label="{}, {}" {}>{}</button>',
        order,
        place,
        label,
        design.autofocus(order == focus),
        design.icon(icon),
    )
