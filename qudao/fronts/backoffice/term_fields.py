"""The terms of a scheme as fields of a form: shown from JSON, read back, faults beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import get_language, gettext, gettext_noop

from qudao.domain.commission.types import Term, TermKind, terms_of
from qudao.kernel.money import Money

LONGEST: Final = 2_000
MOST_ROWS: Final = 40
MILLION: Final = 1_000_000

_BETWEEN = re.compile(r"[\s,，、;；]+")
_PLAIN = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,6}))?")
_LISTS = frozenset({TermKind.MONTHS, TermKind.BUSINESSES, TermKind.RULES, TermKind.VERDICTS})

Sent = Mapping[str, Sequence[str]]
Faults = dict[str, str]
"""What is wrong, by the name of the field."""


@dataclass
class Shown:
    """One field as the page draws it: `kind` says how."""

    name: str
    kind: str
    label: str
    help: str = ""
    unit: str = ""
    value: Any = ""
    fault: str = ""
    required: bool = False
    choices: Sequence[tuple[str, str]] = ()
    fields: Sequence[Shown] = ()
    """Of a part."""
    rows: Sequence[Sequence[Shown]] = ()
    heads: Sequence[Shown] = field(default_factory=tuple)
    """Fields of an empty row: its column heads."""


# ------------------------------------------------------------------ from JSON to what is typed


def typed_of(terms: Sequence[Term], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return terms as people type them: `{"rate_ppm": 8000}` is `{"rate_ppm": "0.8"}`."""
    return {one.name: _typed(one, values.get(one.name, one.default)) for one in terms}


def _typed(term: Term, value: Any) -> Any:
    match term.kind:
        case TermKind.PART:
            inner = terms_of(term.record) if term.record else ()
            if value is not None and not isinstance(value, Mapping):
                value = {one.name: getattr(value, one.name) for one in inner}
            return {"on": "on" if value is not None else "", **typed_of(inner, value or {})}
        case TermKind.ROWS:
            inner = terms_of(term.record) if term.record else ()
            return [typed_of(inner, row) for row in value or () if isinstance(row, Mapping)]
        case kind if kind in _LISTS:
            found = [str(one) for one in value or ()]
            return found if kind is TermKind.BUSINESSES else ", ".join(found)
        case TermKind.FLAG:
            return "on" if value else ""
    if value is None:
        return ""
    match term.kind:
        case TermKind.MONEY:
            return str(Money(value))
        case TermKind.RATE:
            return _point(value, 10_000)
        case TermKind.COEFFICIENT:
            return _point(value, MILLION)
    return str(value)


def _point(value: int, of: int) -> str:
    places = len(str(of)) - 1
    sign = "-" if value < 0 else ""
    text = f"{sign}{abs(value) // of}.{abs(value) % of:0{places}d}"
    return text.rstrip("0").rstrip(".")


# ------------------------------------------------------------------ from the request


def sent_terms(terms: Sequence[Term], sent: Sent, at: str) -> dict[str, Any]:
    """Return what was typed into the fields below a name."""
    return {one.name: _sent(one, sent, f"{at}.{one.name}") for one in terms}


def _sent(term: Term, sent: Sent, at: str) -> Any:
    match term.kind:
        case TermKind.PART:
            inner = terms_of(term.record) if term.record else ()
            return {"on": first(sent, f"{at}.on"), **sent_terms(inner, sent, at)}
        case TermKind.ROWS:
            inner = terms_of(term.record) if term.record else ()
            count = first(sent, f"{at}.rows")
            many = min(int(count), MOST_ROWS) if count.isascii() and count.isdigit() else 0
            return [sent_terms(inner, sent, f"{at}.{n}") for n in range(many)]
        case TermKind.BUSINESSES:
            return [one[:64] for one in sent.get(at, ())][:100]
    return first(sent, at)


def first(sent: Sent, name: str) -> str:
    """Return what one field holds, without blanks around it."""
    return next(iter(sent.get(name, ())), "").strip()[:LONGEST]


# ------------------------------------------------------------------ from what is typed to JSON


def read(terms: Sequence[Term], typed: Mapping[str, Any], at: str, faults: Faults) -> Any:
    """Return terms as JSON; what cannot be read is left out, and its fault noted."""
    found = {one.name: _read(one, typed[one.name], f"{at}.{one.name}", faults) for one in terms}
    return {name: value for name, value in found.items() if value is not _NOTHING}


_NOTHING: Final = object()


def _read(term: Term, typed: Any, at: str, faults: Faults) -> Any:
    match term.kind:
        case TermKind.PART:
            inner = terms_of(term.record) if term.record else ()
            return read(inner, typed, at, faults) if typed["on"] else None
        case TermKind.ROWS:
            inner = terms_of(term.record) if term.record else ()
            return [read(inner, row, f"{at}.{n}", faults) for n, row in enumerate(typed)]
        case TermKind.BUSINESSES:
            return typed
        case TermKind.RULES | TermKind.VERDICTS:
            return [one for one in _BETWEEN.split(typed) if one]
        case TermKind.FLAG:
            return bool(typed)
    if not typed:
        if term.required and term.kind is not TermKind.MONTHS:
            faults[at] = gettext("Fill this in.")
        return [] if term.kind is TermKind.MONTHS else _NOTHING
    try:
        return _READERS.get(term.kind, str)(typed)
    except ValueError:
        faults[at] = gettext(_FAULTS[term.kind])
        return _NOTHING


def _money(text: str) -> int:
    return Money.parse(text.lstrip("¥￥").replace("，", ",")).minor


def _scaled(of: int) -> Callable[[str], int]:
    places = len(str(of)) - 1

    def scale(text: str) -> int:
        match = _PLAIN.fullmatch(text.rstrip("%％ "))
        if match is None or not text.isascii() or len(match[3] or "") > places:
            raise ValueError(text)
        return int(f"{match[1]}{match[2]}{match[3] or '':0<{places}}")

    return scale


def _count(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", text) or not text.isascii():
        raise ValueError(text)
    return int(text)


rate: Final = _scaled(10_000)
"""Reads a rate in per cent as parts per million; raises ValueError."""

_READERS: Final[Mapping[TermKind, Callable[[str], Any]]] = {
    TermKind.MONEY: _money,
    TermKind.RATE: rate,
    TermKind.COEFFICIENT: _scaled(MILLION),
    TermKind.COUNT: _count,
    TermKind.MONTHS: lambda text: [_count(one) for one in _BETWEEN.split(text) if one],
}


_FAULTS: Final = {
    TermKind.MONEY: gettext_noop("Enter an amount in yuan, with at most two decimals."),
    TermKind.RATE: gettext_noop("Enter a rate in per cent, with at most four decimals."),
    TermKind.COEFFICIENT: gettext_noop("Enter a factor such as 1.2."),
    TermKind.COUNT: gettext_noop("Enter a whole number."),
    TermKind.MONTHS: gettext_noop("Enter whole numbers with commas between them."),
}


# ------------------------------------------------------------------ what the page draws


def draw(
    terms: Sequence[Term],
    typed: Mapping[str, Any],
    at: str,
    faults: Mapping[str, str],
    businesses: Sequence[tuple[str, str]],
) -> list[Shown]:
    """Return the fields of terms with what was typed into them."""
    return [
        _draw(one, typed.get(one.name, ""), f"{at}.{one.name}", faults, businesses) for one in terms
    ]


def _draw(
    term: Term,
    typed: Any,
    at: str,
    faults: Mapping[str, str],
    businesses: Sequence[tuple[str, str]],
) -> Shown:
    english = (get_language() or "").startswith("en")
    shown = Shown(
        at,
        term.kind,
        term.en if english else term.zh,
        (term.help_en if english else term.help_zh) or _help(term.kind),
        _unit(term),
        typed,
        faults.get(at, ""),
        term.required,
    )
    inner = terms_of(term.record) if term.record else ()
    match term.kind:
        case TermKind.PART:
            shown.value = typed["on"]
            shown.fields = draw(inner, typed, at, faults, businesses)
        case TermKind.ROWS:
            shown.heads = draw(inner, typed_of(inner, {}), f"{at}.x", {}, businesses)
            shown.rows = [
                draw(inner, row, f"{at}.{n}", faults, businesses) for n, row in enumerate(typed)
            ]
        case TermKind.BUSINESS | TermKind.BUSINESSES:
            shown.choices = businesses
        case TermKind.CHOICE:
            shown.choices = [
                (code, names[0] if english else names[1]) for code, names in term.choices.items()
            ]
    return shown


def _help(kind: TermKind) -> str:
    """Return what may be typed where codes are: nobody could guess."""
    match kind:
        case TermKind.RULES:
            return gettext("Codes of rules, of this policy or another, with commas between them.")
        case TermKind.VERDICT | TermKind.VERDICTS:
            return gettext("What risk control calls it, such as suspected_lines.")
    return ""


def _unit(term: Term) -> str:
    """Return what stands behind a field: yuan, %, minutes, …"""
    match term.kind:
        case TermKind.MONEY:
            return gettext("yuan")
        case TermKind.RATE:
            return "%"
        case TermKind.COEFFICIENT:
            return "×"
    return {
        "month": gettext("months"),
        "s": gettext("seconds"),
        "kb": "KB",
        "line": gettext("lines"),
        "transaction": gettext("transactions"),
        "%": "%",
    }.get(term.unit, "")


def places(at: str) -> Iterator[str]:
    """Yield a field's name, then those of what it stands in, the innermost first."""
    while at:
        yield at
        at = at.rpartition(".")[0]
