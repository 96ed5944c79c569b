"""What fronts of pages need besides: a question put anew, and who was identified meanwhile."""

from __future__ import annotations

from uuid import UUID

from qudao.domain.credential.types import Caller
from qudao.journeys.dialogue import asking, finding, talking
from qudao.journeys.dialogue.screens import screen_of
from qudao.journeys.dialogue.state import Phase, State, caller_of, dump
from qudao.journeys.dialogue.types import Screen, Talk
from qudao.platform.dialogues import store


def renew(talk: Talk, dialogue: UUID) -> Screen:
    """
    Put anew what is being asked, in the talk's language and by its way of proving who calls: the
    reader has changed the language, or wants another code.

    What was answered and proved is kept; choices and quotes are made anew. What is over stays as
    it is.

    :raises DialogueUnknown: if it has expired, or is another caller's.
    """
    kept = finding.known(talk, dialogue)
    state = finding.read(kept)
    if not state.under_way or state.phase is Phase.ACTING:
        return talking.look(talk, dialogue)
    new = asking.go_on(talk, _unasked(state, talk.language), ()).remember("")
    key = finding.index_of(talk, caller_of(new, talk.caller))
    until = talk.ctx.at + talk.front.window
    if store.replace(store.Next(kept, dump(new), key, talk.ctx.at, until)):
        return screen_of(talk, dialogue, new)
    return talking.look(talk, dialogue)  # an answer was faster


def caller(talk: Talk, dialogue: UUID) -> Caller:
    """
    Return who talks, with what was proved in a dialogue: a front that keeps its callers with a
    session need not ask for the same proof in the next one.

    :raises DialogueUnknown: if it has expired, or is another caller's.
    """
    return caller_of(finding.read(finding.known(talk, dialogue)), talk.caller)


def _unasked(state: State, language: str) -> State:
    return state.but(
        language=language,
        phase=Phase.ASKING,
        asking="",
        options=(),
        price=None,
        terms="",
        means="",
        told=(),
        problem="",
        helping=False,
        page=0,
    )
