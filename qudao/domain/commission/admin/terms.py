"""The terms of a rule in one text, in the active language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, pgettext

from qudao.domain.catalog import queries as catalog
from qudao.domain.commission import queries
from qudao.domain.commission.types import RuleDraft, Term, TermKind, terms_of
from qudao.kernel.money import Money


def terms_text(rule: RuleDraft) -> str:
    """Return what a rule pays, as `Share: 0.8 %; Businesses: Top-up`."""
    form = queries.forms().get(rule.scheme)
    return _all(form.terms, rule.terms) if form else str(rule.terms)


def _all(terms: Sequence[Term], values: Mapping[str, Any]) -> str:
    found = [
        f"{_label(term)}: {text}" for term in terms if (text := _text(term, values.get(term.name)))
    ]
    return "; ".join(found)


def _text(term: Term, value: Any) -> str:
    if value is None or value == [] or value == "" or (value == 0 and not term.required):
        return ""
    match term.kind:
        case TermKind.MONEY:
            return f"¥{Money(value).amount:,}"
        case TermKind.RATE:
            return f"{_point(value, 10_000)} %"
        case TermKind.COEFFICIENT:
            return f"× {_point(value, 1_000_000)}"
        case TermKind.PART if term.record:
            return f"({_all(terms_of(term.record), value)})"
        case TermKind.ROWS if term.record:
            inner = terms_of(term.record)
            return " / ".join(_row(inner, row) for row in value)
        case TermKind.CHOICE:
            names = term.choices.get(str(value), (str(value), str(value)))
            return names[0] if (get_language() or "").startswith("en") else names[1]
        case TermKind.BUSINESS:
            return _business(value)
        case TermKind.BUSINESSES:
            return pgettext("list separator", ", ").join(map(_business, value))
    if isinstance(value, list):
        return pgettext("list separator", ", ").join(map(str, value))
    return str(value)


def _label(term: Term) -> str:
    return term.en if (get_language() or "").startswith("en") else term.zh


def _business(code: str) -> str:
    known = catalog.businesses().get(code)
    if known is None:
        return code
    return known.name_en if (get_language() or "").startswith("en") else known.name_zh


def _row(terms: Sequence[Term], row: Mapping[str, Any]) -> str:
    """Return a row as `Star 5, Coefficient × 1.2`; of a band its ends: `¥10.00–¥20.00: 8 %`."""
    texts = {term.name: _text(term, row.get(term.name)) for term in terms}
    if {"least", "below"} <= set(texts):
        ends = f"{texts.pop('least') or '0'}–{texts.pop('below')}"
        return f"{ends}: {', '.join(text for text in texts.values() if text) or '0'}"
    named = [f"{_label(term)} {texts[term.name]}" for term in terms if texts[term.name]]
    return pgettext("list separator", ", ").join(named)


def _point(value: int, of: int) -> str:
    places = len(str(of)) - 1
    return f"{value // of}.{value % of:0{places}d}".rstrip("0").rstrip(".")
