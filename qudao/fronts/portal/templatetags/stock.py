"""Tags and filters of the pages about goods: `{% load stock %}`."""

from __future__ import annotations

from typing import Any

from django import template

from qudao.fronts.design.templatetags.design import babel_locale
from qudao.fronts.portal import stock_looks as looks
from qudao.fronts.portal.looks import Look

register = template.Library()

UNKNOWN = Look("", "", "package")


def named_as(record: Any, part: str) -> str:
    """The name of a part of a record: its `item_name_zh`, its `place_name_en`."""
    english = babel_locale().startswith("en")
    chinese: str | None = getattr(record, f"{part}_name_zh")
    return str(((getattr(record, f"{part}_name_en") if english else "") or chinese) or "")


register.filter("named_as", named_as)


@register.filter
def goods_icon(kind: str) -> str:
    return looks.GOODS_KINDS.get(kind, UNKNOWN).icon


@register.filter
def goods_kind(kind: str) -> str:
    look = looks.GOODS_KINDS.get(kind)
    return str(look.label) if look else kind


@register.filter
def terms_name(terms: str) -> str:
    return str(looks.TERMS.get(terms, terms))


@register.filter
def move_name(kind: str) -> str:
    look = looks.MOVES.get(kind)
    return str(look.label) if look else kind


@register.filter
def move_icon(kind: str) -> str:
    return looks.MOVES.get(kind, UNKNOWN).icon


@register.filter
def end_of(move: Any, which: str) -> str:
    """One end of a move: the name of a place, or what lies outside of all places."""
    outside: str = getattr(move, f"{which}_end")
    return str(looks.ENDS.get(outside, outside)) if outside else named_as(move, which)


@register.filter
def requisition_name(kind: str) -> str:
    look = looks.REQUISITION_KINDS.get(kind)
    return str(look.label) if look else kind


@register.filter
def requisition_icon(kind: str) -> str:
    return looks.REQUISITION_KINDS.get(kind, UNKNOWN).icon


@register.filter
def less(value: int, other: int) -> int:
    return value - other


@register.inclusion_tag("design/badge.html")
def unit_state(state: str) -> dict[str, object]:
    return _badge(looks.UNIT_STATES.get(state, Look(state, "", "point")))


@register.inclusion_tag("design/badge.html")
def requisition_state(state: str) -> dict[str, object]:
    return _badge(looks.REQUISITION_STATES.get(state, Look(state, "", "point")))


@register.inclusion_tag("design/badge.html")
def count_state(state: str) -> dict[str, object]:
    return _badge(looks.COUNT_STATES.get(state, Look(state, "", "point")))


@register.inclusion_tag("design/badge.html")
def finding(code: str) -> dict[str, object]:
    return _badge(looks.FINDINGS.get(code, Look(code, "", "point")))


def _badge(look: Look) -> dict[str, object]:
    return {"text": look.label, "tone": look.tone, "icon": look.icon}
