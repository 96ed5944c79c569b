"""
From question to question: what is asked next, who must prove what, what is put up to be confirmed,
and the doing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.credential.types import Caller, Need
from qudao.journeys.dialogue import menus, reading
from qudao.journeys.dialogue.reading import Wrong
from qudao.journeys.dialogue.saying import said, told
from qudao.journeys.dialogue.state import Phase, State, Told, caller_of
from qudao.journeys.dialogue.types import Talk
from qudao.journeys.menu.item import (
    Call,
    Fact,
    Input,
    Item,
    Kind,
    Option,
    Pays,
    Text,
    Value,
    items,
)
from qudao.journeys.menu.parts import MEANS
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind as Why
from qudao.kernel.refusals import Refusal

MOST_OPTIONS: Final = 60
"""Of a list that a query makes: nobody reads more on a telephone, and the state stays small."""

_MENDABLE: Final = (Why.INVALID, Why.NOT_FOUND, Why.CONFLICT)
"""Kinds of refusal that another answer to the last question may mend."""


def go_on(talk: Talk, state: State, path: Sequence[str]) -> State:
    """
    Ask for what is missing next; when nothing is, put it up for confirmation, or tell.

    `path` are answers that came with a shortcut. The first one that is none stops there, and asks;
    a confirmation is never among them.
    """
    rest = list(path or state.path)
    state = state.but(path=())
    with translation.override(state.language):
        while True:
            item = items[state.item]
            try:
                proving = _proving(talk, state, item)
                if isinstance(proving, State):
                    return proving.but(path=tuple(rest))
                if proving is not None:
                    state = state.but(
                        phase=Phase.ASKING, caller=proving, proof={}, asking="", options=()
                    )
                question = _missing(talk, state, item)
                if question is None:
                    state, question = _complete(talk, state, item), MEANS
                    if state.asking != MEANS.code:
                        return state
                else:
                    known = None if question.given is None else question.given(_call(talk, state))
                    if known is not None:
                        value = reading.stored(known)
                        state = state.but(answers={**state.answers, question.code: value})
                        continue
                    state = _ask(talk, state, question)
            except Refusal as refusal:
                return _refused(talk, state, refusal)
            if not rest or state.asking != question.code:
                return state
            if question.kind is Kind.TEXT:
                rest = [" ".join(rest)]  # a text has as many words as it likes
            try:
                value = checked(talk, state, question, rest[0])
                rest.pop(0)
            except Wrong as wrong:
                left_out = question.usual and question.usual(_call(talk, state))
                if not left_out:
                    return not_understood(talk, state, str(wrong))
                value = left_out
            state = with_answer(state, question, value)


def _call(talk: Talk, state: State) -> Call:
    caller = caller_of(state, talk.caller)
    call = menus.call_of(talk, caller)
    item = items[state.item]
    answers = {
        one.code: reading.restored(one, state.answers[one.code])
        for one in item.inputs
        if one.code in state.answers
    }
    return replace(
        call,
        answers=answers,
        price=None if state.price is None else Money(state.price),
        terms=state.terms,
        ways=menus.ways(talk, item, caller),
        means=Pays(state.means) if state.means else None,
        token=Secret(state.token),
    )


def _way(talk: Talk, state: State, item: Item) -> Pays | None:
    """Return the way in which it is paid; None as long as that is not known."""
    caller = caller_of(state, talk.caller)
    return menus.way_of(talk, item, caller, state.answers.get(MEANS.code))


def need_of(talk: Talk, state: State) -> Need:
    """Return what must be proved for the item that is under way."""
    item = items[state.item]
    return menus.need_of(item, _way(talk, state, item))


def must_prove(talk: Talk, state: State) -> bool:
    """Say whether the caller must prove something before the item that is under way is done."""
    item = items[state.item]
    caller = caller_of(state, talk.caller)
    return menus.must_prove(talk, item, caller, _way(talk, state, item))


def _missing(talk: Talk, state: State, item: Item) -> Input | None:
    return next((one for one in item.inputs if one.code not in state.answers), None)


def _ask(talk: Talk, state: State, question: Input) -> State:
    """Put a question, with what there is to choose from."""
    options: Sequence[Option] = ()
    if question.choices is not None:
        options = question.choices(_call(talk, state))[:MOST_OPTIONS]
    asking = state.but(
        phase=Phase.ASKING,
        asking=question.code,
        options=_labelled(options),
        wrong=0,
        page=0,
    )
    if question.kind is Kind.CHOICE and not options:
        nothing = said(question.nothing)
        if state.asked:
            return ask_again(talk, state).but(problem=nothing)
        return state.finished(Phase.REFUSED, words=nothing)
    return asking


def _labelled(options: Sequence[Option]) -> tuple[tuple[str, str], ...]:
    return tuple((one.value, said(one.label)) for one in options)


def checked(talk: Talk, state: State, question: Input, text: str) -> Value:
    """
    Return the answer to a question.

    :raises Wrong: if the text is none, or is wrong.
    """
    value = reading.answer(question, text, state.options)
    if question.check is not None:
        try:
            problem: Text | None = question.check(_call(talk, state), value)
        except Refusal as refusal:
            raise Wrong(talk.front.word(refusal)) from refusal
        if problem is not None:
            raise Wrong(str(problem))
    return value


def with_answer(state: State, question: Input, value: Value) -> State:
    plain = reading.stored(value)
    if state.phase is Phase.PROVING:
        return state.but(proof={**state.proof, question.code: plain}, options=())
    return state.but(
        answers={**state.answers, question.code: plain},
        asked=(*state.asked, question.code),
        options=(),
    )


def _complete(talk: Talk, state: State, item: Item) -> State:
    """
    Everything is answered: quote what has to be confirmed, do what need not be. Where it costs
    something and can be paid in several ways, ask for that first.
    """
    if item.quote is None:
        return _done(talk, state, item)
    quote = item.quote(_call(talk, state))
    way = _way(talk, state, item) if quote.price else None
    if quote.price and way is None:
        return _ask(talk, state, MEANS)
    return state.but(
        phase=Phase.CONFIRMING,
        asking="",
        options=(),
        price=None if quote.price is None else quote.price.minor,
        terms=quote.terms,
        means=way or "",
        told=_told(quote.facts),
        wrong=0,
        page=0,
    )


def _refused(talk: Talk, state: State, refusal: Refusal) -> State:
    """
    A refusal before anything was done: ask again what it is about, else the last question, where
    that may help.
    """
    words = talk.front.word(refusal)
    if refusal.kind in _MENDABLE and state.asked and state.wrong + 1 < talk.front.patience:
        again = ask_again(talk, _as_far_as(state, refusal))
        again = again.but(problem=words, wrong=state.wrong + 1)
        if again.phase is Phase.ASKING:
            return again
    return state.finished(Phase.REFUSED, words=words, refused=refusal.code)


def _as_far_as(state: State, refusal: Refusal) -> State:
    """Return the state with the answer that a refusal names as the last one asked for."""
    about = refusal.__dict__
    named = [nth for nth, code in enumerate(state.asked, 1) if code in about]
    return state.but(asked=state.asked[: named[-1]]) if named else state


def ask_again(talk: Talk, state: State) -> State:
    """Ask the last answered question anew; at the first one, return to the menu."""
    if not state.asked:
        return state.at_menu()
    last = state.asked[-1]
    codes = [*(one.code for one in items[state.item].inputs), MEANS.code]
    # What was given without asking may have followed from this answer.
    gone = set(codes[codes.index(last) :])
    answers = {code: value for code, value in state.answers.items() if code not in gone}
    bare = state.but(
        phase=Phase.ASKING,
        answers=answers,
        asked=state.asked[:-1],
        asking="",
        options=(),
        price=None,
        terms="",
        means="",
        proof={},
        told=(),
        page=0,
    )
    return go_on(talk, bare, ())


def not_understood(talk: Talk, state: State, problem: str = "") -> State:
    wrong = state.wrong + 1
    if wrong >= talk.front.patience:
        words = _("This was not understood too often. Nothing was done; begin again when you like.")
        return state.finished(Phase.CLOSED, words=words).but(item="")
    return state.but(
        problem=problem or _("This was not understood."),
        wrong=wrong,
        helping=state.phase is not Phase.MENU,  # the menu itself is the help
        page=0,
    )


# ---- who it is -----------------------------------------------------------------------------------


def _proving(talk: Talk, state: State, item: Item) -> State | Caller | None:
    """
    Return the question that proves who calls, or who has just been proved to; None where nothing
    need be proved.
    """
    caller = caller_of(state, talk.caller)
    if not must_prove(talk, state):
        return None
    call, need = menus.call_of(talk, caller), need_of(talk, state)
    questions = () if talk.identify is None else talk.identify.inputs(call, need)
    if talk.identify is None or not questions:
        return state.finished(Phase.REFUSED, words=_nobody_can_tell())
    for question in questions:
        if question.code in state.proof:
            answer = reading.restored(question, state.proof[question.code])
            call = replace(call, answers={**call.answers, question.code: answer})
            continue
        talk.identify.challenge(call, need, question.code)
        options = () if question.choices is None else question.choices(call)
        return state.but(
            phase=Phase.PROVING,
            asking=question.code,
            options=_labelled(options),
            page=0,
        )
    try:
        proved = talk.identify.prove(call, need)
    except Refusal as refusal:
        return _not_proved(talk, state, refusal)
    if must_prove(talk, state.but(caller=proved)):
        return state.finished(Phase.REFUSED, words=_nobody_can_tell())
    return proved


def _nobody_can_tell() -> str:
    return _("This is not possible here: nobody can tell who you are. Visit one of our shops.")


def _not_proved(talk: Talk, state: State, refusal: Refusal) -> State:
    """Ask once more, from the beginning, as often as patience lasts."""
    words, wrong = talk.front.word(refusal), state.wrong + 1
    bare = state.but(proof={}, asking="", options=(), wrong=wrong)
    if refusal.kind not in _MENDABLE or wrong >= talk.front.patience:
        return bare.finished(Phase.REFUSED, words=words, refused=refusal.code)
    again = _proving(talk, bare, items[state.item])
    assert isinstance(again, State)  # the first question of several is asked again
    return again.but(problem=words)


# ---- doing it ------------------------------------------------------------------------------------


def act(talk: Talk, state: State) -> State:
    """
    Do what was confirmed, and return what came of it.

    The context's request key must be this step's: the same step done again, after a crash, is
    answered what it was answered.
    """
    assert state.phase is Phase.ACTING
    with translation.override(state.language):
        try:
            return _done(talk, state, items[state.item])
        except Refusal as refusal:
            words = talk.front.word(refusal)
            return state.finished(Phase.REFUSED, words=words, refused=refusal.code)


def _done(talk: Talk, state: State, item: Item) -> State:
    """:raises Refusal: what the item refuses."""
    outcome = item.handler(_call(talk, state))
    language = outcome.language or state.language
    with translation.override(language):
        caller = caller_of(state, talk.caller)
        follow = tuple(
            code
            for code in outcome.follow
            if code in items and menus.offered(talk, items[code], caller)
        )
        done = state.finished(
            Phase.DONE,
            told=_told(outcome.facts),
            order=str(outcome.order) if outcome.order else "",
            pay_at=outcome.pay_at,
            words=_to_pay(outcome.pay_at) if outcome.pay_at else "",
            follow=follow,
        )
    return done.but(language=language)


def _to_pay(address: str) -> str:
    return _(
        "Pay at %(address)s within half an hour. It is done once you have paid; a short message "
        "tells you so."
    ) % {"address": address}


def _told(facts: Sequence[Fact]) -> tuple[Told, ...]:
    return tuple(Told(*told(fact)) for fact in facts)
