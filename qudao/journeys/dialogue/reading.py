"""What people send, read: answers, ways to move about, shortcuts. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from qudao.journeys.menu.item import Input, Kind, Value
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.platform.commands.arguments import LARGEST_AMOUNT, printable

LONGEST: Final = 1_000
"""Characters of a message that are looked at."""

_MONEY_MARKS: Final = re.compile(r"[¥元]|yuan|rmb|cny", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9]+")
_DATE: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_GLUED: Final = re.compile(r"[0-9][0-9.]*元?")


class Wrong(Exception):
    """An answer that is none; the message says why, in the active language."""


def clean(text: str) -> str:
    """Return what was sent without what telephones add: full-width forms, spaces around, case."""
    return unicodedata.normalize("NFKC", printable(text, LONGEST)).strip()


def folded(text: str) -> str:
    """Return text as words are compared."""
    return clean(text).casefold()


def answer(question: Input, text: str, options: Sequence[tuple[str, str]]) -> Value:
    """
    Return the answer that a text is to a question.

    `options` are what was offered: value and label, in their order.

    :raises Wrong: if it is none.
    """
    said = clean(text)
    if question.kind is Kind.CHOICE:
        return _chosen(said, options)
    try:
        return _typed(question, said)
    except Wrong:
        for nth, (value, label) in enumerate(options):
            if said in (key_of(question, nth, value), label):
                return value_of(question, value)
        raise


def takes(question: Input, text: str, options: Sequence[tuple[str, str]]) -> bool:
    """Say whether a question takes a text as an answer."""
    try:
        answer(question, text, options)
    except Wrong:
        return False
    return True


def key_of(question: Input, nth: int, value: str) -> str:
    """
    Return what one sends to take the n-th option (from 0).

    Of a choice its place in the list. What is proposed for an amount or a number is its own key:
    a place in a list would be an answer too.
    """
    if question.kind in (Kind.MONEY, Kind.NUMBER, Kind.DATE, Kind.TEXT):
        return value
    return str(nth + 1)


def value_of(question: Input, value: str) -> Value:
    """Return an option's value as the answer that it is."""
    return _typed(question, value) if question.kind is not Kind.CHOICE else value


def _chosen(said: str, options: Sequence[tuple[str, str]]) -> str:
    if said.isascii() and said.isdigit() and 1 <= int(said) <= len(options):
        return options[int(said) - 1][0]
    wanted = said.casefold()
    for value, label in options:
        if wanted in (value.casefold(), label.casefold()):
            return value
    raise Wrong(_("This is none of the choices."))


def _typed(question: Input, said: str) -> Value:
    match question.kind:
        case Kind.MONEY:
            return _money(question, said)
        case Kind.NUMBER:
            if not _NUMBER.fullmatch(said):
                raise Wrong(_("This is no number."))
            return _within(question, int(said))
        case Kind.DATE:
            return _date(said)
        case Kind.TEXT:
            if not question.shortest <= len(said) <= question.longest:
                raise Wrong(
                    _("This is too short or too long: %(shortest)s to %(longest)s characters.")
                    % {"shortest": question.shortest, "longest": question.longest}
                )
            return said
    bare = re.sub(r"[\s-]", "", said)
    if not _DIGITS.fullmatch(bare):
        raise Wrong(_("These are no digits."))
    if not question.shortest <= len(bare) <= question.longest:
        if question.shortest == question.longest:
            raise Wrong(_("%(count)s digits are needed.") % {"count": question.shortest})
        raise Wrong(
            _("%(shortest)s to %(longest)s digits are needed.")
            % {"shortest": question.shortest, "longest": question.longest}
        )
    return Secret(bare) if question.kind is Kind.PIN else bare


def _money(question: Input, said: str) -> Money:
    try:
        money = Money.parse(_MONEY_MARKS.sub("", said).strip())
    except ValueError:
        raise Wrong(_("This is no amount.")) from None
    if abs(money.minor) > LARGEST_AMOUNT:
        raise Wrong(_("This is no amount."))
    _within(question, money.minor)
    return money


def _within(question: Input, value: int) -> int:
    if question.least is not None and value < question.least:
        raise Wrong(_("This is too little."))
    if question.most is not None and value > question.most:
        raise Wrong(_("This is too much."))
    return value


def _date(said: str) -> date:
    problem = Wrong(_("This is no date: write it as 2026-11-22."))
    match = _DATE.fullmatch(said)
    if match is None:
        raise problem
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise problem from None


def stored(value: Value) -> Any:
    """Return an answer as JSON holds it; `restored` is the opposite."""
    match value:
        case Money():
            return value.minor
        case date():
            return value.isoformat()
        case Secret():
            return str.__str__(value)
    return value


def restored(question: Input, value: Any) -> Value:
    """Return the answer to a question that was stored."""
    match question.kind:
        case Kind.MONEY:
            return Money(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.PIN:
            return Secret(value)
    return value  # type: ignore[no-any-return]


def words(text: str) -> tuple[str, ...]:
    """
    Return a shortcut's parts: `*100*2*50#` → 100, 2, 50; `CZ 50` → CZ, 50.

    Full-width forms are read as their narrow ones, commas as spaces.
    """
    return tuple(word for word in re.split(r"[\s*#,，、]+", clean(text)) if word)


def behind(word: str, keyword: str) -> str | None:
    """
    Return the number that stands right behind a keyword: of `cz50` and `cz` it is 50.

    Empty for the keyword alone; None if the word is something else. Both are `folded`.
    """
    if not word.startswith(keyword):
        return None
    rest = word[len(keyword) :]
    return rest if not rest or _GLUED.fullmatch(rest) else None
