"""From a dialogue's state to the screen that shows it. Nothing is looked up here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.journeys.dialogue import asking, menus, paging, reading
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.state import Phase, State, caller_of
from qudao.journeys.dialogue.types import (
    Choice,
    Entry,
    Line,
    Menu,
    Role,
    Screen,
    ScreenKind,
    Talk,
    Wanted,
)
from qudao.journeys.menu.item import Input, Kind, Pays, items
from qudao.journeys.menu.parts import MEANS, PAYS
from qudao.kernel.money import Money

KINDS = {
    Phase.MENU: ScreenKind.MENU,
    Phase.ASKING: ScreenKind.QUESTION,
    Phase.PROVING: ScreenKind.QUESTION,
    Phase.CONFIRMING: ScreenKind.CONFIRM,
    Phase.DONE: ScreenKind.DONE,
    Phase.REFUSED: ScreenKind.REFUSED,
    Phase.CLOSED: ScreenKind.CLOSED,
}


def screen_of(talk: Talk, dialogue: UUID, state: State) -> Screen:
    """Return what a state looks like; always the same for the same state."""
    with translation.override(state.language):
        question = question_of(talk, state)
        lines = tuple(_lines(talk, state, question))
        choices = choices_of(talk, state, question)

        @cache
        def moves(first: bool, last: bool) -> tuple[Choice, ...]:
            return tuple(_moves(talk, state, first=first, last=last))

        parts = paging.split(
            (*lines, *choices),
            moves,
            fits=talk.front.fits,
            most_choices=talk.front.most_choices,
        )
        page = min(state.page, len(parts) - 1)
        confirming = state.phase is Phase.CONFIRMING
        shown = parts[page]
        return Screen(
            dialogue=dialogue,
            step=state.step,
            kind=KINDS[state.phase],
            language=state.language,
            item=state.item,
            lines=tuple(one for one in shown if isinstance(one, Line)),
            choices=tuple(one for one in shown if isinstance(one, Choice)),
            wanted=None if question is None else _wanted(question),
            moves=moves(page == 0, page == len(parts) - 1),
            page=page + 1,
            pages=len(parts),
            order=UUID(state.order) if state.order else None,
            outcome=state.refused,
            facts={one.code: one.text for one in state.told} if state.phase is Phase.DONE else {},
            price=Money(state.price) if state.price and confirming else None,
            means=state.means if confirming else "",
            pay_at=state.pay_at,
        )


def question_of(talk: Talk, state: State) -> Input | None:
    """Return the input that is being asked."""
    if state.phase is Phase.ASKING:
        return MEANS if state.asking == MEANS.code else items[state.item].input(state.asking)
    if state.phase is Phase.PROVING:
        assert talk.identify is not None
        call = menus.call_of(talk, caller_of(state, talk.caller))
        asked = talk.identify.inputs(call, asking.need_of(talk, state))
        return next(one for one in asked if one.code == state.asking)
    return None


def choices_of(talk: Talk, state: State, question: Input | None) -> tuple[Choice, ...]:
    """Return what may be chosen on all pages of a screen, in the active language."""
    match state.phase:
        case Phase.MENU:
            caller = caller_of(state, talk.caller)
            menu = menus.menu_of(talk, caller)
            waiting = tuple(
                Choice(talk.front.keys.resume, label, value) for value, label in state.options
            )
            return (*waiting, *_entries(menu, state))
        case Phase.CONFIRMING:
            keys = talk.front.keys
            return Choice(keys.yes[0], _("Yes"), "yes"), Choice(keys.no[0], _("No"), "no")
        case Phase.DONE | Phase.REFUSED:
            return tuple(
                Choice(str(nth), said(items[code].name), code)
                for nth, code in enumerate(state.follow, 1)
            )
    if question is None:
        return ()
    return tuple(
        Choice(reading.key_of(question, nth, value), label, value)
        for nth, (value, label) in enumerate(state.options)
    )


def _entries(menu: Menu, state: State) -> tuple[Choice, ...]:
    """What is in the folder of a menu; put into words once for each menu, folder and language."""
    key = (id(menu), state.folder, state.language)
    kept = _worded.get(key)
    if kept is None or kept[0] is not menu:
        if len(_worded) >= WORDED_KEPT:
            _worded.clear()
        choices = tuple(
            Choice(one.digit, _name(one), one.item, recommended=one.recommended)
            for one in menus.inside(menu, state.folder)
        )
        kept = _worded[key] = (menu, choices)
    return kept[1]


WORDED_KEPT: Final = 256
_worded: Final[dict[tuple[int, tuple[str, ...], str], tuple[Menu, tuple[Choice, ...]]]] = {}


def _name(entry: Entry) -> str:
    return said(entry.label) or said(items[entry.item].name)


def _lines(talk: Talk, state: State, question: Input | None) -> Iterator[Line]:
    if state.item:
        yield Line(Role.TITLE, said(items[state.item].name))
    elif state.phase is Phase.MENU and talk.menu is not None and not state.folder:
        for role, pair in (
            (Role.GREETING, talk.menu.greeting),
            (Role.NOTICE, talk.menu.advertising),
        ):
            if words := said(pair):
                yield Line(role, words)
    if state.problem:
        yield Line(Role.PROBLEM, state.problem)
    if state.helping:
        yield Line(Role.HELP, _help(talk, state, question))
    if question is not None:
        yield Line(Role.PROMPT, said(question.prompt))
    if state.words:
        yield Line(Role.TEXT, state.words)
    for one in state.told:
        yield Line(Role.FACT, one.text, one.label, one.code, one.secret)
    if state.phase is Phase.CONFIRMING:
        if state.price is not None:
            yield Line(Role.PRICE, said(Money(state.price)), _("Price"), "price")
        if state.means and state.means != Pays.WALLET:
            yield Line(Role.FACT, said(PAYS[Pays(state.means)]), _("Way of paying"), "means")
        yield Line(Role.PROMPT, _("Shall this be done?"))
    elif state.phase is Phase.MENU:
        yield Line(Role.PROMPT, _("What would you like to do?"))


def _help(talk: Talk, state: State, question: Input | None) -> str:
    keys = talk.front.keys
    if question is not None:
        return said(question.help)
    if state.phase is Phase.CONFIRMING:
        return _("%(yes)s does it, %(no)s leaves it undone.") % {
            "yes": keys.yes[0],
            "no": keys.no[0],
        }
    return _(
        "Send the number in front of what you want. %(back)s goes back, %(menu)s comes here."
    ) % {
        "back": keys.back[0],
        "menu": keys.menu[0],
    }


def _moves(talk: Talk, state: State, *, first: bool, last: bool) -> Iterator[Choice]:
    keys, question = talk.front.keys, question_of(talk, state)

    def key(words: tuple[str, ...]) -> str:
        """The first word that the question would not take for an answer."""
        if question is None or question.kind is Kind.TEXT:
            return words[0]
        options = state.options
        return next((one for one in words if not reading.takes(question, one, options)), words[-1])

    if not last:
        yield Choice(key(keys.more), _("More"), "more")
    if not first:
        yield Choice(key(keys.previous), _("Previous"), "previous")
    if state.phase in (Phase.ASKING, Phase.PROVING, Phase.CONFIRMING) or state.folder:
        yield Choice(key(keys.back), _("Back"), "back")
    elif state.phase in (Phase.DONE, Phase.REFUSED):
        yield Choice(key(keys.menu), _("Menu"), "menu")


def _wanted(question: Input) -> Wanted:
    return Wanted(
        question.code,
        question.kind,
        question.shortest,
        question.longest,
        question.least,
        question.most,
        said(question.help),
    )
