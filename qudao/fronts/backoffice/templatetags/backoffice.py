"""How typed cells are drawn: `{% load backoffice %}`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import lookup_field
from django.http import HttpRequest
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qudao.domain.party.queries import names_of_users
from qudao.fronts.backoffice import looks
from qudao.fronts.backoffice.look import Look
from qudao.fronts.design.templatetags import design
from qudao.fronts.web.actor import asking
from qudao.journeys import halls
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Data,
    Diagram,
    Facts,
    History,
    Link,
    Mono,
    Names,
    Number,
    Person,
    Rate,
    Ref,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import SYSTEM

register = template.Library()

NOTHING = SafeString('<span class="q-muted" aria-hidden="true">—</span>')


@register.simple_tag(takes_context=True)
def cell(context: Context, value: Cell, style: str = "medium") -> SafeString:
    """Draw one typed value; `style` is how exactly an instant is shown."""
    return _draw(context["request"], value, style)


@register.filter
def is_amount(value: Cell) -> bool:
    """Whether a cell stands to the right of its column."""
    return isinstance(value, Money | Rate) or (
        isinstance(value, int) and not isinstance(value, bool)
    )


@register.filter
def section_kind(section: Section) -> str:
    match section:
        case Facts():
            return "facts"
        case History():
            return "history"
        case Diagram():
            return "diagram"
        case _:
            return "table"


@register.filter
def columns_of(section: Table) -> list[tuple[Any, bool]]:
    """The columns of a table, and whether each holds amounts."""
    first = [
        next((row[n] for row in section.rows if row[n] is not None), None)
        for n in range(len(section.columns))
    ]
    return [
        (column, is_amount(value)) for column, value in zip(section.columns, first, strict=True)
    ]


@register.filter
def labelled(section: Table) -> list[list[tuple[Any, Cell]]]:
    """The rows of a table, each cell with its column: a phone shows it beside the value."""
    return [list(zip(section.columns, row, strict=True)) for row in section.rows]


@register.simple_tag(takes_context=True)
def learn_names(context: Context, sections: Iterable[Section]) -> str:
    """Look up the names of all persons of a page at once, before it is drawn."""
    _learn(context["request"], _persons(list(sections)))
    return ""


@register.inclusion_tag("backoffice/results.html", takes_context=True)
def results(context: Context, changelist: Any) -> dict[str, Any]:
    """The rows of a list, with links to their pages and to other ways of sorting it."""
    screen = changelist.model_admin
    headers = list(result_headers(changelist))
    rows = []
    for row in changelist.result_list:
        cells = [lookup_field(name, row, screen)[2] for name in changelist.list_display]
        address = screen.url("change", row.pk) if screen.has_pages else ""
        rows.append({"url": address, "cells": cells})
    _learn(context["request"], _persons(one for row in rows for one in row["cells"]))
    for header, column in zip(headers, screen.columns, strict=True):
        header["text"] = str(column.label)
    amounts = [
        next((is_amount(row["cells"][n]) for row in rows if row["cells"][n] is not None), False)
        for n in range(len(headers))
    ]
    return {
        "request": context["request"],
        "headers": zip(headers, amounts, strict=True),
        "rows": [
            {"url": row["url"], "cells": list(zip(row["cells"], amounts, headers, strict=True))}
            for row in rows
        ],
    }


@register.simple_tag(takes_context=True)
def list_page(context: Context, changelist: Any) -> Page[Any]:
    """The list's page as the design system's pager takes it."""
    request = PageRequest(
        limit=changelist.list_per_page,
        offset=(changelist.page_num - 1) * changelist.list_per_page,
    )
    return Page(tuple(changelist.result_list), changelist.result_count, request)


@register.filter
def goes_out(screen: Any) -> bool:
    """Whether a screen's list may be fetched as a file."""
    return screen.menu is not None and screen.menu.group in ("goods", "numbers")


@register.simple_tag(takes_context=True)
def drawn_choice(context: Context, shown: Any) -> str:
    """A choice of a filter as plain text."""
    return plain(shown)


@register.simple_tag
def granted(grants: frozenset[str], permission: str) -> bool:
    return permission in grants


@register.filter
def words(code: str, field: str) -> str:
    """The words for a code that stands in a field of that name."""
    return looks.look(field, code).text


def plain(value: Any) -> str:
    """A cell as text: for files and choices."""
    match value:
        case None:
            return ""
        case Coded(field, code):
            return looks.look(field, code).text
        case Names(zh, en):
            return design.named(value_of(zh, en))
        case Ref(_screen, _key, shown):
            return plain(shown)
        case Link(_url, words):
            return str(words)
        case Rate(ppm):
            return _percent(ppm)
        case Number(msisdn):
            return msisdn
        case Mono(text):
            return text
        case bool():
            return _("yes") if value else _("no")
        case Several(items):
            return ", ".join(plain(item) for item in items)
    return str(value)


class value_of:
    """What the design system's `named` takes."""

    def __init__(self, zh: str, en: str) -> None:
        self.name_zh, self.name_en = zh, en


def _draw(request: HttpRequest, value: Cell, style: str) -> SafeString:
    match value:
        case None | "":
            return NOTHING
        case bool():
            return _flag(value)
        case Money():
            return format_html('<span class="q-num q-nowrap">{}</span>', design.money(value))
        case datetime():
            return format_html(
                '<time class="q-nowrap" datetime="{}">{}</time>',
                value.isoformat(),
                design.local_time(value, style),
            )
        case date():
            return format_html('<span class="q-nowrap">{}</span>', design.local_date(value))
        case int():
            return format_html('<span class="q-num">{}</span>', design.count(value))
        case Coded(field, code):
            return _coded(looks.look(field, code))
        case Names() | Mono() | Number() | Rate() | Data() | Person():
            return _special(request, value)
        case Ref():
            return _reference(request, value, style)
        case Link(url, words):
            return format_html('<a class="q-link" href="{}">{}</a>', url, words)
        case Several(items):
            return format_html(
                '<span class="q-row-s">{}</span>',
                format_html_join(
                    " ", "<span>{}</span>", ((_draw(request, one, style),) for one in items)
                ),
            )
    return format_html("{}", value)


def _special(request: HttpRequest, value: Cell) -> SafeString:
    match value:
        case Names(zh, en):
            return format_html("{}", design.named(value_of(zh, en)))
        case Mono(text):
            return format_html('<span class="q-mono">{}</span>', text) if text else NOTHING
        case Number(msisdn):
            return format_html('<span class="q-num q-nowrap">{}</span>', design.number(msisdn))
        case Rate(ppm):
            return format_html('<span class="q-num">{}</span>', _percent(ppm))
        case Data(json_value):
            if json_value in (None, {}, []):
                return NOTHING
            text = json.dumps(json_value, ensure_ascii=False, indent=1, sort_keys=True)
            return format_html('<pre class="o-json" tabindex="0">{}</pre>', text)
        case Person(user):
            if user is None:
                return NOTHING
            if user == SYSTEM:
                return format_html('<span class="q-muted">{}</span>', _("the platform"))
            if user == halls.ACTOR:
                return format_html('<span class="q-muted">{}</span>', _("a customer, at a hall"))
            known = _learn(request, [user])
            return format_html("{}", known.get(user) or str(user)[:8])
    raise AssertionError(value)


def _reference(request: HttpRequest, ref: Ref, style: str) -> SafeString:
    from qudao.fronts.backoffice.site import office

    shown = _draw(request, ref.shown, style)
    ctx = asking(request).ctx_for()
    for screen in office._registry.values():
        if screen.screen_name == ref.screen and ref.key is not None and screen.open_to(ctx):
            return format_html('<a href="{}">{}</a>', screen.url("change", ref.key), shown)
    return shown


def _coded(look: Look) -> SafeString:
    if not look.text:
        return NOTHING
    if not look.tone and not look.icon:
        return format_html("{}", look.text)
    icon = design.icon(look.icon) if look.icon else ""
    tone = f" q-badge-{look.tone}" if look.tone else ""
    return format_html('<span class="q-badge{}">{}{}</span>', tone, icon, look.text)


def _flag(value: bool) -> SafeString:
    if value:
        return format_html('<span class="q-good">{} {}</span>', design.icon("check"), _("yes"))
    return format_html('<span class="q-muted">{} {}</span>', design.icon("minus"), _("no"))


def _percent(ppm: int) -> str:
    text = f"{ppm // 10_000}.{ppm % 10_000:04d}".rstrip("0").rstrip(".")
    return f"{text} %"


def _learn(request: HttpRequest, users: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the user names that this request knows, having asked for those it does not."""
    known: dict[UUID, str] = request.__dict__.setdefault("office_names", {})
    missing = {user for user in users if user is not None and user not in known}
    if missing:
        known.update(dict.fromkeys(missing, ""))
        known.update(names_of_users(asking(request).ctx_for(), missing))
    return known


def _persons(thing: Any) -> Iterator[UUID]:
    match thing:
        case Person(user):
            if user is not None and user not in (SYSTEM, halls.ACTOR):
                yield user
        case Facts(_title, items):
            for _label, value in items:
                yield from _persons(value)
        case Table():
            for row in thing.rows:
                yield from _persons(row)
        case History(_title, steps):
            for step in steps:
                yield from _persons(step.who)
        case Ref(_screen, _key, shown):
            yield from _persons(shown)
        case Several(items):
            yield from _persons(list(items))
        case str():
            return
        case list() | tuple() | Iterator():
            for one in thing:
                yield from _persons(one)


@register.simple_tag
def coded(field: str, code: str) -> SafeString:
    """A code with its words, tone and icon."""
    return _coded(looks.look(field, code))


@register.filter
def named_of(record: Any, part: str) -> str:
    """The name of a part of a record: `row|named_of:"place"` of `place_name_zh` and `…_en`."""
    zh = getattr(record, f"{part}_name_zh") or ""
    return design.named(value_of(zh, getattr(record, f"{part}_name_en") or zh))


@register.filter
def rate(ppm: int) -> str:
    return _percent(ppm)


@register.inclusion_tag("backoffice/chart.html")
def live_chart(identity: str, categories: list[str], series: list[Any]) -> dict[str, Any]:
    """A stacked chart of money that stays in place while its figures are fetched anew."""
    return {
        "identity": identity,
        "title": _("Completed sales by business"),
        "spec": {
            "kind": "bar",
            "stack": True,
            "unit": "money",
            "categories": categories,
            "series": series,
        },
    }


@register.filter
def customer_facts(customer: Any) -> list[tuple[str, Cell]]:
    """What the BOSS says of a customer, as names and values."""
    who, due = customer.subscriber, customer.due
    return looks.customer_facts(who, due)
