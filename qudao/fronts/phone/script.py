"""What is said on a screen, in its order: lines, what can be pressed for what, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from qudao.fronts.phone.keys import PROPOSED, Pad, pressable, proposed
from qudao.fronts.phone.spoken import Said, parts
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.types import Choice, Line, Role, Screen, ScreenKind
from qudao.journeys.menu.item import Kind, items

PHRASES: Final[Mapping[str, Promise]] = {
    "welcome": gettext_lazy("Welcome to the phone hall."),
    "move-back": gettext_lazy("To go back,"),
    "move-more": gettext_lazy("For more,"),
    "move-menu": gettext_lazy("For the main menu,"),
    "confirm-yes": gettext_lazy("To confirm,"),
    "confirm-no": gettext_lazy("To leave it undone,"),
    "hang-up": gettext_lazy("Or hang up."),
    "end-with-hash": gettext_lazy("Then press the hash key."),
    "for-example": gettext_lazy("For example:"),
    "amounts": gettext_lazy("Amounts are in yuan; the star key is the decimal point."),
    "dates": gettext_lazy("Eight digits: year, month and day."),
    "no-input": gettext_lazy("Nothing was pressed."),
    "no-match": gettext_lazy("This cannot be pressed here."),
    "transfer": gettext_lazy("You are being put through."),
    "no-transfer": gettext_lazy("Nobody can be reached just now."),
    "disturbed": gettext_lazy("Something went wrong with us. Call again in a minute to go on."),
    "too-fast": gettext_lazy("That was too often. Call again in a minute."),
    "goodbye": gettext_lazy("Thank you for calling. Goodbye."),
}
"""What is always said in the same words, by the name of its recording."""

KEYS_SAID: Final = {"*": gettext_noop("the star key"), "#": gettext_noop("the hash key")}
OTHER: Final = {"zh-hans": "en", "en": "zh-hans"}
_ENDS: Final = frozenset(".。!！?？:：,，;；")
OTHER_KEY: Final = "*"
"""At the main menu: go on in the other language."""


def phrase(name: str) -> Said:
    """Return a phrase, in the active language."""
    return Said(str(PHRASES[name]), recording=name)


def press(key: str) -> Said:
    """Return `press 1.`, in the active language."""
    spoken = " ".join(_(KEYS_SAID[one]) if one in KEYS_SAID else one for one in _keys(key))
    names = {"*": "star", "#": "hash"}
    return Said(
        _("press %(key)s.") % {"key": spoken},
        recording=f"press-{''.join(names.get(one, one) for one in key)}",
    )


def _keys(key: str) -> Iterator[str]:
    """`12` is a number, `*1` two keys."""
    if key.isdigit():
        yield key
    else:
        yield from key


def lines(screen: Screen, before: str) -> Iterator[Said]:
    """
    Return what a screen tells, in the active language.

    `before` is the item of the screen before: an item is named when it begins.
    """
    for line in screen.lines:
        if line.role is Role.TITLE and screen.item == before:
            continue
        yield from _line(screen, line)


def _line(screen: Screen, line: Line) -> Iterator[Said]:
    recording = _recording(screen, line)
    if recording:
        yield Said(_ended(line.text), recording=recording)
        return
    label = f"{line.label}: " if line.label else ""
    told = list(parts(f"{label}{line.text}", screen.language))
    yield from told[:-1]
    for last in told[-1:]:
        if last.digits:
            yield last
            yield Said(_stop())
        else:
            yield Said(_ended(last.words))


def _recording(screen: Screen, line: Line) -> str:
    """The name of the recording that says a line, where its words are always the same."""
    if line.role is Role.TITLE and line.text == said(items[screen.item].name):
        return f"item-{screen.item}"
    if line.role is Role.PROMPT and screen.kind is ScreenKind.CONFIRM:
        return "ask-confirm"
    if line.role is Role.PROMPT and screen.kind is ScreenKind.MENU:
        return "ask-menu"
    if line.role is Role.PROMPT and screen.wanted is not None:
        return f"ask-{screen.item}-{screen.wanted.code}"
    return ""


def choices(screen: Screen, pad: Pad) -> Iterator[Said]:
    """Return what can be pressed for what, in the active language."""
    wanted = screen.wanted
    if pad.digits is not None and wanted is not None:
        if one := proposed(screen):
            yield from parts(_("For %(what)s,") % {"what": one.label}, screen.language)
            yield press(PROPOSED)
        elif screen.choices and wanted.kind is not Kind.DIGITS:
            yield phrase("for-example")
            for example in screen.choices:
                yield from parts(_ended(example.label), screen.language)
    else:
        for one in screen.choices:
            if pressable(one.key):
                yield from _for(screen, one)
    if pad.digits is not None:
        if wanted is not None and wanted.kind is Kind.DATE:
            yield phrase("dates")
        elif pad.digits.least != pad.digits.most or pad.digits.point:
            yield phrase("end-with-hash")
    for move in screen.moves:
        if move.key in pad.rows and f"move-{move.value}" in PHRASES:
            yield phrase(f"move-{move.value}")
            yield press(move.key)
    if not screen.goes_on:
        yield phrase("hang-up")


def _for(screen: Screen, one: Choice) -> Iterator[Said]:
    if screen.kind is ScreenKind.CONFIRM:
        yield phrase(f"confirm-{one.value}")
    elif one.value in items and one.label == said(items[one.value].name):
        yield Said(_("For %(what)s,") % {"what": one.label}, recording=f"item-{one.value}")
    else:
        yield from parts(_("For %(what)s,") % {"what": one.label}, screen.language)
    yield press(one.key)


def other_language(language: str) -> Said:
    """Return how to go on in the other language, in that language."""
    with translation.override(OTHER[language]):
        words = _("For English, press star.") if language != "en" else _("For Chinese, press star.")
        return Said(words, recording=f"language-{OTHER[language]}")


def _ended(text: str) -> str:
    """A sentence that a voice ends, before it begins the next."""
    bare = " ".join(text.split())
    return bare if bare[-1:] in _ENDS else f"{bare}{_stop()}"


def _stop() -> str:
    return "." if translation.get_language() == "en" else "。"
