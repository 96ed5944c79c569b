"""
What a message does to a dialogue: a function from state and message to state.

Items are asked for choices and quotes, which change nothing; what changes something is done by
`asking.act` alone, once the state that says so is kept (`talking`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.journeys.dialogue import asking, menus, reading, screens
from qudao.journeys.dialogue.reading import Wrong
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.state import Phase, State, caller_of
from qudao.journeys.dialogue.types import Message, Talk
from qudao.journeys.menu.item import Kind

RESUME: Final = "resume:"
"""Begins the value of a menu's choice that goes on with another dialogue."""


def open_at(talk: Talk, state: State, text: str) -> State:
    """Return where a dialogue begins: at the menu, or where a shortcut leads."""
    words = reading.words(text)
    with translation.override(state.language):
        if (closed := _shut(talk, state)) is not None:
            return closed
        # A digit alone may be a late answer to what is over: it begins nothing.
        begun = _begin(talk, state, words, keys=len(words) > 1, dialled=True)
        if begun is not None:
            return begun
        # A number alone is the code that was dialled to come here: `*100#`.
        if words and not (len(words) == 1 and words[0].isdigit()):
            at_menu = state.at_menu()
            moved = _moved(talk, at_menu, text)
            return moved if moved is not None else _lost(talk, at_menu, words)
    return state.at_menu()


def _shut(talk: Talk, state: State) -> State | None:
    """Close where the front is closed or off: what is under way is finished, nothing begins."""
    words = "" if talk.menu is None else said(talk.menu.shut)
    return state.at_menu().finished(Phase.CLOSED, words=words) if words else None


def _begin(
    talk: Talk, state: State, words: Sequence[str], *, keys: bool, dialled: bool = False
) -> State | None:
    """Begin what words mean on the menu; None if they mean nothing there."""
    menu = menus.menu_of(talk, caller_of(state, talk.caller))
    found = menus.meant(menu, words, keys=keys, dialled=dialled, folder=state.folder)
    if found is None:
        return None
    if (closed := _shut(talk, state)) is not None:
        return closed
    if not found.entry.item:
        return state.at_menu().but(folder=(*found.folder, found.entry.digit), wrong=0)
    if off := said(found.entry.off):
        return state.at_menu(off).but(folder=found.folder, wrong=0)
    return asking.go_on(talk, _begun_at(talk, state, found.entry.item), found.path)


def _begun_at(talk: Talk, state: State, item: str) -> State:
    """Begin an item, here and now."""
    place = None if talk.place is None else talk.place.outlet
    number = caller_of(state, talk.caller).msisdn or ""
    return state.begin(item, at=talk.ctx.at, place=place, number=number)


def begins(talk: Talk, state: State, text: str) -> bool:
    """Say whether a message begins something, and does not just call."""
    words = reading.words(text)
    menu = menus.menu_of(talk, caller_of(state, talk.caller))
    return menus.meant(menu, words, keys=len(words) > 1, dialled=True) is not None


def hear(talk: Talk, state: State, message: Message) -> State:
    """Return what a message makes of a dialogue that waits for one."""
    assert state.phase is not Phase.ACTING
    with translation.override(state.language):
        heard = _hear(talk, state.but(problem="", helping=False), message.text)
    if heard.phase is Phase.ACTING:
        return heard.but(token=str.__str__(message.token))
    return heard


def _hear(talk: Talk, state: State, text: str) -> State:
    if not reading.clean(text):
        return asking.not_understood(talk, state)
    match state.phase:
        case Phase.ASKING | Phase.PROVING:
            return _answered(talk, state, text)
        case Phase.CONFIRMING:
            return _confirmed(talk, state, text)
        case Phase.MENU:
            return _chosen(talk, state, text)
    return _after(talk, state, text)


def _answered(talk: Talk, state: State, text: str) -> State:
    question = screens.question_of(talk, state)
    assert question is not None
    # An answer goes before a way to move about; but to a question for text anything is an answer.
    taken = question.kind is not Kind.TEXT and reading.takes(question, text, state.options)
    moved = None if taken else _moved(talk, state, text)
    if moved is not None:
        return moved
    try:
        value = asking.checked(talk, state, question, text)
    except Wrong as wrong:
        begun = _begun(talk, state, text)
        return begun if begun is not None else asking.not_understood(talk, state, str(wrong))
    return asking.go_on(talk, asking.with_answer(state, question, value), ())


def _confirmed(talk: Talk, state: State, text: str) -> State:
    word = reading.folded(text)
    if word in talk.front.keys.yes:
        if asking.must_prove(talk, state):
            return asking.go_on(talk, state, ())  # what was proved is too long ago by now
        return state.but(phase=Phase.ACTING, wrong=0, page=0)
    if word in talk.front.keys.no:
        return state.at_menu(_("Nothing was done."))
    moved = _moved(talk, state, text)
    if moved is None:
        moved = _begun(talk, state, text)
    return moved if moved is not None else asking.not_understood(talk, state)


def _chosen(talk: Talk, state: State, text: str) -> State:
    dialled = reading.clean(text).startswith("*")
    words = reading.words(text)
    begun = _begin(talk, state, words, keys=True, dialled=dialled)
    if begun is not None:
        return begun
    moved = _moved(talk, state, text)
    return moved if moved is not None else _lost(talk, state, words)


def _after(talk: Talk, state: State, text: str) -> State:
    """After the end of an item: on to what follows, or anywhere else."""
    word = reading.clean(text)
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(state.follow):
        closed = _shut(talk, state)
        if closed is not None:
            return closed
        return asking.go_on(talk, _begun_at(talk, state, state.follow[int(word) - 1]), ())
    begun = _begun(talk, state, text)
    if begun is not None:
        return begun
    moved = _moved(talk, state, text)
    if moved is not None:
        return moved
    # Whoever says thanks is shown the menu, without a word.
    return state.at_menu(_not_here(reading.words(text)))


def _lost(talk: Talk, state: State, words: Sequence[str]) -> State:
    """Say at the menu that words were not understood, or that what they mean is not done here."""
    return asking.not_understood(talk, state, _not_here(words))


def _not_here(words: Sequence[str]) -> str:
    item = menus.named(words)
    if item is None:
        return ""
    return _("%(item)s: this is not done here just now.") % {"item": said(item.name)}


def _begun(talk: Talk, state: State, text: str) -> State | None:
    """Begin another item by its keyword, from anywhere."""
    return _begin(talk, state, reading.words(text), keys=False)


def resumed(talk: Talk, state: State, text: str) -> str:
    """Return the id of the dialogue of another front that a message at the menu chooses."""
    if state.phase is not Phase.MENU or reading.clean(text) != talk.front.keys.resume:
        return ""
    return next((v.removeprefix(RESUME) for v, _l in state.options if v.startswith(RESUME)), "")


# ---- moving about --------------------------------------------------------------------------------


def _moved(talk: Talk, state: State, text: str) -> State | None:
    word, keys = reading.folded(text), talk.front.keys
    for name, move in _MOVES.items():
        if word in getattr(keys, name):
            return move(talk, state)
    return None


def _back(talk: Talk, state: State) -> State:
    if state.phase is Phase.CONFIRMING or state.phase is Phase.ASKING and state.asked:
        return asking.ask_again(talk, state)
    if state.phase is Phase.PROVING and state.proof:
        proof = dict(list(state.proof.items())[:-1])
        return asking.go_on(talk, state.but(proof=proof), ())
    if state.phase is Phase.PROVING and state.asked:
        return asking.ask_again(talk, state)
    return state.at_menu().but(folder=state.folder[:-1])


def _menu(talk: Talk, state: State) -> State:
    return state.at_menu().but(wrong=0)


def _cancel(talk: Talk, state: State) -> State:
    if state.under_way:
        return state.at_menu(_("Nothing was done.")).but(wrong=0)
    return state.finished(Phase.CLOSED, words=_("Goodbye."))


def _help(talk: Talk, state: State) -> State:
    return state.but(helping=True, page=0)


def _turn(by: int) -> Callable[[Talk, State], State]:
    def turn(talk: Talk, state: State) -> State:
        shown = screens.screen_of(talk, _NO_DIALOGUE, state)
        return state.but(page=max(0, min(shown.pages - 1, shown.page - 1 + by)), wrong=0)

    return turn


_NO_DIALOGUE: Final = UUID(int=0)

_MOVES: Final[Mapping[str, Callable[[Talk, State], State]]] = {
    "back": _back,
    "menu": _menu,
    "cancel": _cancel,
    "help": _help,
    "more": _turn(1),
    "previous": _turn(-1),
}
"""By their names in `Keys`."""
