"""Tags and filters of the design system: `{% load design %}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, Select, Textarea
from django.http import HttpRequest
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from qudao.kernel.money import EXPONENTS, Money
from qudao.kernel.page import Page
from qudao.kernel.period import MARKET_ZONE, business_date

register = template.Library()

SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"
SYMBOLS = {"CNY": "¥"}
MINUS = "\N{MINUS SIGN}"


def babel_locale() -> str:
    """The active language, as Babel calls it."""
    return "en_GB" if (get_language() or "").startswith("en") else "zh_Hans_CN"


# ------------------------------------------------------------------ values


@register.filter
def money(value: Money | None) -> str:
    """An amount as people read it: `¥1,234.50`; nothing for None."""
    if value is None:
        return ""
    places = "0" * EXPONENTS[value.currency]
    digits = format_decimal(abs(value.amount), f"#,##0.{places}", locale=babel_locale())
    sign = MINUS if value.minor < 0 else ""
    return f"{sign}{SYMBOLS.get(value.currency, value.currency + ' ')}{digits}"


@register.filter
def money_signed(value: Money | None) -> str:
    """An amount that moves a balance: `+¥20.00`, `−¥20.00`."""
    shown = money(value)
    return f"+{shown}" if value is not None and value.minor > 0 else shown


@register.filter
def money_out(value: Money | None) -> str:
    """What went out, with its sign: a sum of 20 yuan as `−¥20.00`."""
    return money(-value) if value is not None else ""


@register.filter
def fen(value: int | None) -> Money | None:
    """Fen as money, for records that hold bare sums."""
    return None if value is None else Money(value)


@register.filter
def count(value: int | None) -> str:
    """A whole number with separators."""
    return "" if value is None else str(format_decimal(value, locale=babel_locale()))


@register.filter
def local_time(value: datetime | None, style: str = "medium") -> str:
    """
    An instant on the market's clock.

    `medium`: day and minute; `full`: year, day and second; `clock`: minute only.
    """
    if value is None:
        return ""
    local = value.astimezone(MARKET_ZONE)
    chinese = babel_locale().startswith("zh")
    patterns = {
        "medium": "M月d日 HH:mm" if chinese else "d MMM, HH:mm",
        "full": "yyyy年M月d日 HH:mm:ss" if chinese else "d MMM yyyy, HH:mm:ss",
        "clock": "HH:mm",
    }
    return str(format_datetime(local, patterns[style], tzinfo=MARKET_ZONE, locale=babel_locale()))


@register.filter
def local_date(value: date | None) -> str:
    """A business date: `2026年11月21日`, `21 Nov 2026`."""
    if value is None:
        return ""
    pattern = "y年M月d日" if babel_locale().startswith("zh") else "d MMM y"
    return str(format_date(value, pattern, locale=babel_locale()))


@register.filter
def local_day(value: datetime | None) -> str:
    """The market's day of an instant."""
    return "" if value is None else local_date(business_date(value))


@register.filter
def local_month(value: date | None) -> str:
    """A business month: `2026年11月`, `November 2026`."""
    if value is None:
        return ""
    pattern = "y年M月" if babel_locale().startswith("zh") else "MMMM y"
    return str(format_date(value, pattern, locale=babel_locale()))


@register.filter
def number(value: str | None) -> str:
    """A mobile number as people say it: `138 0000 0000`."""
    if not value:
        return ""
    return f"{value[:3]} {value[3:7]} {value[7:]}" if len(value) == 11 else value


@register.filter
def named(record: Any) -> str:
    """The name, in the active language, of a record with `name_zh` and `name_en`."""
    if record is None:
        return ""
    english = babel_locale().startswith("en")
    return str((record.name_en or record.name_zh) if english else record.name_zh)


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key that only the template knows."""
    return mapping.get(key)


# ------------------------------------------------------------------ parts


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite; with a label it speaks, without one it is decoration."""
    named = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="q-icon {}" {}><use href="{}#{}"/></svg>', css, named, static(SPRITE), name
    )


@register.simple_tag
def autofocus(when: object) -> SafeString:
    return SafeString("autofocus" if when else "")


@register.inclusion_tag("design/field.html")
def field(
    bound: BoundField,
    autofocus: bool = False,
    css: str = "",
    placeholder: str = "",
    mark_optional: bool = True,
) -> dict[str, Any]:
    """A form's field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    attributes = {
        "aria-describedby": " ".join(
            part
            for part, wanted in (
                (f"{bound.auto_id}_help", bound.help_text),
                (f"{bound.auto_id}_error", bound.errors),
            )
            if wanted
        ),
        "aria-invalid": "true" if bound.errors else None,
        "autofocus": autofocus or None,
        "placeholder": placeholder or None,
    }
    is_check = isinstance(widget, CheckboxInput)
    if not is_check:
        base = (
            "q-select"
            if isinstance(widget, Select)
            else "q-textarea"
            if isinstance(widget, Textarea)
            else "q-input"
        )
        attributes["class"] = f"{base} {css} {widget.attrs.get('class', '')}".strip()
    drawn = bound.as_widget(attrs={name: value for name, value in attributes.items() if value})
    return {
        "field": bound,
        "drawn": drawn,
        "is_check": is_check,
        "hidden": bound.is_hidden,
        "optional": mark_optional
        and not bound.field.required
        and bound.name not in getattr(bound.form, "conditional", ()),
    }


@register.simple_tag
def field_input(bound: BoundField) -> SafeString:
    """A field's control alone, where the page labels it itself."""
    return bound.as_widget(attrs={"class": "q-input"})


@register.inclusion_tag("design/badge.html")
def badge(text: str, tone: str = "", icon: str = "") -> dict[str, str]:
    return {"text": text, "tone": tone, "icon": icon}


@register.inclusion_tag("design/empty.html")
def empty(title: str, text: str = "", icon: str = "list-details") -> dict[str, str]:
    """What stands where a list has nothing to show."""
    return {"title": title, "text": text, "icon": icon}


@register.inclusion_tag("design/stat.html")
def stat(label: str, value: str, note: str = "", icon: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note, "icon": icon}


@register.inclusion_tag("design/alert.html")
def alert(text: str, tone: str = "info", title: str = "") -> dict[str, str]:
    icons = {
        "info": "info-circle",
        "good": "circle-check",
        "warn": "alert-triangle",
        "bad": "circle-x",
    }
    return {"text": text, "tone": tone, "title": title, "icon": icons[tone]}


@register.inclusion_tag("design/steps.html")
def steps(current: int, *names: str) -> dict[str, Any]:
    """Where one is on a short way; `current` counts from 1."""
    return {
        "steps": [
            {"name": name, "done": place < current, "current": place == current}
            for place, name in enumerate(names, start=1)
        ]
    }


@register.inclusion_tag("design/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], parameter: str = "page") -> dict[str, Any]:
    """Links to the pages around this one, keeping the list's filters."""
    request: HttpRequest = context["request"]

    def link(number: int) -> str:
        query = request.GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    here, offset = page.request.number, page.request.offset
    return {
        "page": page,
        # behind the last page there is nothing, and the way back leads to the last
        "first": offset + 1 if page.items else 0,
        "last": offset + len(page.items) if page.items else 0,
        "previous": link(min(here - 1, page.pages)) if page.has_previous else "",
        "next": link(here + 1) if page.has_next else "",
    }


@register.inclusion_tag("design/chart.html")
def chart(
    identity: str,
    title: str,
    categories: Sequence[str],
    series: Sequence[Mapping[str, Any]],
    unit: str = "money",
    kind: str = "bar",
    stack: bool = True,
) -> dict[str, Any]:
    """A chart from plain lists; money in fen. The page shows the same figures in a table."""
    return {
        "identity": identity,
        "title": title,
        "spec": {
            "kind": kind,
            "stack": stack,
            "unit": unit,
            "categories": list(categories),
            "series": list(series),
        },
    }


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """This page's query string with some parameters changed; None or empty drops one."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


# ------------------------------------------------------------------ preferences


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The theme that the visitor chose: light, dark or auto."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("qudao_theme", "") if request is not None else ""
    return chosen if chosen in ("light", "dark") else "auto"


@register.inclusion_tag("design/preferences.html", takes_context=True)
def preferences(context: Context) -> dict[str, Any]:
    """Language and theme, as buttons that work without script."""
    request: HttpRequest | None = context.get("request")
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "theme": theme(context),
        "here": request.get_full_path() if request is not None else "/",
        "language": "en" if babel_locale().startswith("en") else "zh-hans",
    }
