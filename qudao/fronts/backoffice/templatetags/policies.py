"""What the forms of commission policies draw: `{% load policies %}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from qudao.domain.commission.types import CaseRow
from qudao.fronts.backoffice.case_sheet import FIELDS, RowSheet
from qudao.fronts.backoffice.templatetags.backoffice import rate
from qudao.fronts.backoffice.term_fields import Shown
from qudao.fronts.design.templatetags import design
from qudao.fronts.wording.terms import term

register = template.Library()

NUMBERS = frozenset({"money", "rate", "coefficient", "count"})


@register.simple_tag
def fault(text: str, identity: str = "") -> SafeString:
    """What is wrong with a field, beside it."""
    if not text:
        return SafeString("")
    return format_html(
        '<div class="q-error"{} role="alert">{}<span>{}</span></div>',
        format_html(' id="{}_error"', identity) if identity else "",
        design.icon("alert-triangle"),
        text,
    )


@register.simple_tag
def field_fault(name: str, faults: Mapping[str, str]) -> SafeString:
    """The same, of a field by its name."""
    return fault(faults.get(name, ""), name)


@register.simple_tag
def typed_text(
    name: str,
    value: str,
    faults: Mapping[str, str],
    type: str = "text",
    mode: str = "",
    lang: str = "",
) -> SafeString:
    """A line of text that is typed."""
    return format_html(
        '<input class="q-input" id="{0}" name="{0}" type="{1}" value="{2}" maxlength="200"'
        ' autocomplete="off"{3}{4}{5}>',
        name,
        type,
        value,
        format_html(' inputmode="{}"', mode) if mode else "",
        format_html(' lang="{}"', lang) if lang else "",
        _wrong(name, faults.get(name, "")),
    )


@register.simple_tag
def labelled_field(
    label: str, control: SafeString, name: str, faults: Mapping[str, str], help: str = ""
) -> SafeString:
    """A control with its label, help and fault."""
    return format_html(
        '<div class="q-field"><label class="q-label" for="{}">{}</label>{}{}{}</div>',
        name,
        label,
        control,
        format_html('<p class="q-help">{}</p>', help) if help else "",
        fault(faults.get(name, ""), name),
    )


@register.simple_tag
def term_input(one: Shown, row: int = 0) -> SafeString:
    """The control of one term; in a row, named by its head and the row's number."""
    named = format_html(' aria-label="{}, {}"', one.label, row) if row else SafeString("")
    wrong = _wrong(one.name, one.fault)
    if one.kind in ("choice", "business"):
        empty = mark_safe('<option value=""></option>') if one.kind == "business" else ""
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (code, mark_safe(" selected") if code == one.value else "", name)
                for code, name in one.choices
            ),
        )
        return format_html(
            '<select class="q-select" id="{0}" name="{0}"{1}{2}>{3}{4}</select>',
            one.name,
            named,
            wrong,
            empty,
            options,
        )
    if one.kind == "flag":
        return format_html(
            '<input type="checkbox" id="{0}" name="{0}" value="on"{1}{2}>',
            one.name,
            named,
            mark_safe(" checked") if one.value else "",
        )
    return format_html(
        '<input class="q-input{1}" id="{0}" name="{0}" value="{2}" maxlength="200"'
        ' autocomplete="off"{3}{4}{5}>',
        one.name,
        " q-num" if one.kind in NUMBERS else "",
        one.value,
        mark_safe(' inputmode="decimal"') if one.kind in NUMBERS else "",
        named,
        wrong,
    )


def _wrong(name: str, text: str) -> SafeString:
    if not text:
        return SafeString("")
    return format_html(' aria-invalid="true" aria-describedby="{}_error"', name)


@register.simple_tag
def at_fault(at: str, name: str, faults: Mapping[str, str]) -> SafeString:
    """What is wrong with a field of a part of the form."""
    return fault(faults.get(f"{at}.{name}", ""), f"{at}.{name}")


@register.simple_tag
def case_fields(
    at: str,
    row: int,
    sheet: RowSheet,
    faults: Mapping[str, str],
    businesses: Iterable[tuple[str, str]],
) -> SafeString:
    """The fields that belong to a fact of a test case, each with its label and fault."""
    options = {
        "business": [("", ""), *businesses],
        "active": [("yes", gettext("In use")), ("no", gettext("Let go"))],
    }
    names = ("day", *sheet.asked, "times", "expected")
    return format_html_join(
        "",
        '<div class="q-field"><label class="q-label" for="{0}.{1}.{2}">{3}</label>{4}{5}</div>',
        (
            (
                at,
                row,
                name,
                _cell_label(sheet.what, name),
                _cell(f"{at}.{row}.{name}", name, getattr(sheet, name), faults, options.get(name)),
                fault(faults.get(f"{at}.{row}.{name}", ""), f"{at}.{row}.{name}"),
            )
            for name in names
        ),
    )


def _cell(
    field: str,
    name: str,
    value: str,
    faults: Mapping[str, str],
    options: Iterable[tuple[str, str]] | None,
) -> SafeString:
    wrong = _wrong(field, faults.get(field, ""))
    if options is not None:
        return format_html(
            '<select class="q-select" id="{0}" name="{0}"{1}>{2}</select>',
            field,
            wrong,
            format_html_join(
                "",
                '<option value="{}"{}>{}</option>',
                ((c, mark_safe(" selected") if c == value else "", shown) for c, shown in options),
            ),
        )
    extra = {"day": "", "verdict": mark_safe(' list="verdicts"')}.get(
        name, mark_safe(' inputmode="text"' if name == "expected" else ' inputmode="decimal"')
    )
    return format_html(
        '<input class="q-input{0}" id="{1}" name="{1}" type="{2}" value="{3}" maxlength="{4}"'
        ' autocomplete="off"{5}{6}>',
        "" if name in ("day", "verdict") else " q-num",
        field,
        "date" if name == "day" else "text",
        value,
        40 if name == "verdict" else 18,
        extra,
        wrong,
    )


def _cell_label(what: str, name: str) -> str:
    return str(LABELS.get((what, name)) or CELLS[name])


@register.simple_tag
def verdict(right: bool) -> SafeString:
    """A sign that says whether something is as expected."""
    tone, icon = ("good", "check") if right else ("bad", "x")
    return format_html(
        '<span class="q-badge q-badge-{}">{}{}</span>', tone, design.icon(icon), right_text(right)
    )


def right_text(right: bool) -> str:
    return gettext("as expected") if right else gettext("not as expected")


@register.filter
def fact_text(row: CaseRow) -> str:
    """What a row of a test case says, on one line."""
    return " · ".join(f"{label} {value}" for label, value in fact_values(row))


def fact_values(row: CaseRow) -> Iterator[tuple[str, str]]:
    """Yield label and value of all that a row of a test case says; nothing that is left empty."""
    yield _told_label(row.what, "day"), design.local_date(row.day)
    for name in FIELDS[row.what]:
        match name:
            case "business":
                value = term("business", row.business)
            case "amount":
                value = design.money(row.amount)
            case "active":
                value = gettext("In use") if row.active else gettext("Let go")
            case "share":
                value = rate(row.share_ppm) if row.share_ppm else ""
            case _:
                value = str(getattr(row, name) or "")
        if value:
            yield _told_label(row.what, name), value


def _told_label(what: str, name: str) -> str:
    return str(TOLD.get((what, name)) or _cell_label(what, name))


@register.simple_tag
def computed_of(result: Mapping[str, Any] | None, row: int) -> SafeString:
    """What came out for a row of a test case, once it was tried."""
    if not result:
        return SafeString("—")
    amount, right = result["rows"][row]
    return format_html("{} {}", design.money(amount), verdict(right))


CELLS: Final[Mapping[str, str | Promise]] = {
    "day": pgettext_lazy("test case", "Day"),
    "business": gettext_lazy("Business"),
    "amount": gettext_lazy("Amount (yuan)"),
    "of": gettext_lazy("About row no."),
    "line": gettext_lazy("Line no."),
    "back": gettext_lazy("Months back"),
    "calls": gettext_lazy("Calls"),
    "voice_min": gettext_lazy("Minutes"),
    "data_mb": pgettext_lazy("use", "Data in MB"),
    "active": pgettext_lazy("test case", "Line is"),
    "verdict": gettext_lazy("Code of the verdict"),
    "share": gettext_lazy("Share suspected (%)"),
    "times": gettext_lazy("How many such"),
    "expected": gettext_lazy("Expected (yuan)"),
}

LABELS: Final[Mapping[tuple[str, str], str | Promise]] = {
    ("line", "day"): gettext_lazy("Opened on"),
    ("line", "amount"): gettext_lazy("Collected (yuan)"),
    ("line", "of"): gettext_lazy("Sold in row no."),
    ("reversal", "day"): gettext_lazy("Taken back on"),
    ("reversal", "of"): gettext_lazy("Sale in row no."),
    ("verdict", "day"): gettext_lazy("Found on"),
}
"""Where a field of a fact has another name than usual."""

TOLD: Final[Mapping[tuple[str, str], str | Promise]] = {
    ("sale", "amount"): gettext_lazy("Amount"),
    ("line", "amount"): pgettext_lazy("test case", "Collected"),
    ("verdict", "share"): pgettext_lazy("test case", "Share suspected"),
}
"""Where the value says its unit itself."""
