"""Tags of the larger parts: `{% load parts %}`. Their scripts lie beside `design/js/app.js`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.numbers import format_decimal
from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.translation import gettext as _

from qudao.fronts.design.templatetags.design import babel_locale, money
from qudao.kernel.money import Money

register = template.Library()

HENAN = "vendor/echarts-maps-4.9.0/henan.json"


def _drawn(bound: BoundField, css: str, **attributes: Any) -> Any:
    tied = " ".join(
        part
        for part, wanted in (
            (f"{bound.auto_id}_help", bound.help_text),
            (f"{bound.auto_id}_error", bound.errors),
        )
        if wanted
    )
    own = bound.field.widget.attrs.get("class", "")
    wanted = {
        "class": f"{css} {own}".strip(),
        "aria-describedby": tied,
        "aria-invalid": "true" if bound.errors else None,
        **attributes,
    }
    return bound.as_widget(attrs={name: value for name, value in wanted.items() if value})


@register.inclusion_tag("design/scan_one.html")
def scan_one(
    bound: BoundField, autofocus: bool = False, mark_optional: bool = True
) -> dict[str, Any]:
    """A field for one code: scanner, keyboard, or camera."""
    return {
        "field": bound,
        "drawn": _drawn(bound, "q-input", autofocus=autofocus or None),
        "mark_optional": mark_optional,
    }


@register.inclusion_tag("design/scanner.html")
def scanner(
    bound: BoundField,
    expected: Sequence[str] | None = None,
    autofocus: bool = False,
    mark_optional: bool = True,
) -> dict[str, Any]:
    """
    A field for many codes that collects scans in a list; without script one code a line.

    With `expected` it says how many of those codes are there, and marks a code that is not
    among them; the server decides what to do about it.
    """
    return {
        "field": bound,
        "drawn": _drawn(bound, "q-textarea", autofocus=autofocus or None),
        "most": getattr(bound.field, "most", None),
        "expected": list(expected) if expected is not None else None,
        "expected_id": f"{bound.auto_id}_expected",
        "mark_optional": mark_optional,
    }


@register.inclusion_tag("design/picture.html")
def picture(
    bound: BoundField, frame: str = "card", kept: bool = False, mark_optional: bool = True
) -> dict[str, Any]:
    """
    A picture by camera or from a file. `frame`: `card` or `face`, drawn over the camera's view;
    `kept`: the server has one already.
    """
    attributes = {
        "capture": "user" if frame == "face" else "environment",
        "required": bound.field.required and not kept,
    }
    return {
        "field": bound,
        "drawn": _drawn(bound, "q-file", **attributes),
        "frame": frame,
        "kept": kept,
        "mark_optional": mark_optional,
    }


@register.inclusion_tag("design/signature.html")
def signature(bound: BoundField, typed: BoundField, consent: BoundField) -> dict[str, Any]:
    """A pad to sign on; `typed` (a name) and `consent` (a tick) are the way without a hand."""
    return {"field": bound, "drawn": bound, "typed": typed, "consent": consent}


@register.inclusion_tag("design/countdown.html")
def countdown(until: datetime, now: datetime, what: str, over: str) -> dict[str, Any]:
    """
    The time left until an instant, counting down; `over` is what it says at zero.

    It is said aloud at five minutes and at one. `now` is the server's clock: the client's own
    is not trusted.
    """
    left = max(0, int((until - now).total_seconds()))
    shown = f"{left // 60}:{left % 60:02}"
    return {"left": left, "shown": shown, "what": what, "over": over}


@dataclass(frozen=True, slots=True)
class Digits:
    digits: str
    marked: bool


@register.inclusion_tag("design/numbered.html")
def numbered(number: str, marked: Collection[int] = ()) -> dict[str, Any]:
    """A number in groups, with some digits (by place, from 0) emphasised: bold and underlined."""
    bounds = ((0, 3), (3, 7), (7, 11)) if len(number) == 11 else ((0, len(number)),)
    groups = []
    for first, last in bounds:
        parts: list[Digits] = []
        for place in range(first, last):
            mark = place in marked
            if parts and parts[-1].marked == mark:
                parts[-1] = Digits(parts[-1].digits + number[place], mark)
            else:
                parts.append(Digits(number[place], mark))
        groups.append(parts)
    return {"groups": groups}


@register.inclusion_tag("design/badge.html")
def grade(name: str, position: int) -> dict[str, str]:
    """The grade of a number; position 1 is the best."""
    tone = {1: "plum", 2: "warn", 3: "jade", 4: "info"}.get(position, "")
    return {"text": name, "tone": tone, "icon": "diamond" if position <= 2 else "star"}


@register.inclusion_tag("design/pills.html")
def pills(bound: BoundField) -> dict[str, Any]:
    """One of several as small buttons in a row, for a field with a RadioSelect."""
    return {"field": bound}


@register.inclusion_tag("design/pill.html")
def pill(bound: BoundField) -> dict[str, Any]:
    """A yes or no as a small button, for a field with a CheckboxInput."""
    return {"field": bound}


@register.inclusion_tag("design/wizard.html")
def wizard(current: int, steps: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Where one is on a way of several pages; steps are (name, address or empty)."""
    return {
        "current": current,
        "steps": [
            {
                "name": name,
                "url": url if place != current else "",
                "done": place < current,
                "current": place == current,
            }
            for place, (name, url) in enumerate(steps, start=1)
        ],
    }


@register.inclusion_tag("design/region_map.html")
def region_map(
    identity: str,
    title: str,
    regions: Sequence[Mapping[str, Any]],
    points: Sequence[Mapping[str, Any]] = (),
    unit: str = "count",
    value_label: str = "",
    only: bool = False,
) -> dict[str, Any]:
    """
    A map of Henan with its branches in the colour of their values, and the same as a table.

    `regions`: code (of the division: `4101`, Jiyuan `4190`), name, value, perhaps url. `points`:
    name, longitude, latitude, value, perhaps url: counties, as circles, for outlines of counties
    are not to be had under a free licence. `unit`: `count` or `money` (fen). `only`: draw just
    the regions that are named.
    """
    rows = [*regions, *points] if only else list(regions)
    return {
        "identity": identity,
        "title": title,
        "value_label": value_label or _("Value"),
        "rows": [
            {"name": row["name"], "url": row.get("url", ""), "shown": _shown(row["value"], unit)}
            for row in sorted(rows, key=lambda row: -row["value"])
        ],
        "spec": {
            "geo": static(HENAN),
            "unit": unit,
            "only": only,
            "regions": [
                {
                    "id": _feature(row["code"]),
                    "name": row["name"],
                    "value": row["value"],
                    "url": row.get("url", ""),
                }
                for row in regions
            ],
            "points": [
                {
                    "name": row["name"],
                    "at": [float(row["longitude"]), float(row["latitude"])],
                    "value": row["value"],
                    "url": row.get("url", ""),
                }
                for row in points
            ],
        },
    }


def _feature(code: str) -> str:
    """The division codes of six digits by which the outlines go; Jiyuan stands alone."""
    return "419001" if code.startswith("4190") else f"{code[:4]}00"


def _shown(value: int, unit: str) -> str:
    if unit == "money":
        return money(Money(value))
    return str(format_decimal(value, locale=babel_locale()))
