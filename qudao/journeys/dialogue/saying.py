"""Values as words of the active language, short enough for a telephone."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import get_language

from qudao.journeys.menu.item import Fact, Pair, Shown, Text
from qudao.kernel.money import Money
from qudao.kernel.period import MARKET_ZONE


def said(value: Shown | Text | Pair) -> str:
    """Return a fact, a label, a name as text: `¥12.30`, `2026-11-22 14:30`."""
    match value:
        case Money():
            return f"{'-' if value.minor < 0 else ''}¥{abs(value.amount):,.2f}"
        case datetime():
            return f"{value.astimezone(MARKET_ZONE):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case (chinese, english):
            return (english if english_now() else chinese) or chinese or english
        case Promise() | int():
            return str(value)
    assert isinstance(value, str), value
    return value


def english_now() -> bool:
    """Say whether the active language is English."""
    return (get_language() or "").startswith("en")


def told(fact: Fact) -> tuple[str, str, str, bool]:
    """Return a fact's code, label and text, and whether it is secret."""
    return fact.code, said(fact.label), said(fact.value), fact.secret
