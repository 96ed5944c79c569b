"""Which dialogue a message belongs to, and whether it can still be gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from qudao.domain.credential.types import Caller
from qudao.journeys.dialogue.state import FORMAT, Phase, State, load
from qudao.journeys.dialogue.types import LANGUAGES, DialogueUnknown, Message, Talk
from qudao.journeys.menu.item import Audience, items
from qudao.platform.dialogues import store
from qudao.platform.dialogues.types import Kept


def read(kept: Kept) -> State:
    """Return a dialogue's state; what an earlier release left unfinished begins anew."""
    try:
        state = load(kept.state)
    except msgspec.ValidationError:
        return State(language=LANGUAGES[0])
    if state.v == FORMAT and (not state.item or state.item in items):
        return state
    return State(language=state.language, step=state.step, seen=state.seen)


def index_of(talk: Talk, caller: Caller) -> bytes | None:
    """Return what a dialogue is found by: who works there, or who calls; None for nobody known."""
    if Audience.CLERK in talk.front.audiences:
        return store.caller_index(f"actor:{talk.ctx.actor}")
    return None if caller.msisdn is None else store.caller_index(f"msisdn:{caller.msisdn}")


def of_caller(talk: Talk) -> tuple[Kept, ...]:
    key = index_of(talk, talk.caller)
    return () if key is None else store.of_caller(key)


def sole(talk: Talk, kept: Sequence[Kept]) -> Kept | None:
    """The caller's one dialogue on a front where there is one, expired or not."""
    if not talk.front.sole:
        return None
    return next((one for one in kept if one.sole and one.front == talk.front.code), None)


def known(talk: Talk, dialogue: UUID) -> Kept:
    kept = store.find(dialogue)
    if kept is None or kept.front != talk.front.code or not alive(talk, kept):
        raise DialogueUnknown
    key = index_of(talk, talk.caller)
    # A front that does not know its caller knows the dialogue's id, which nobody guesses.
    if key is not None and kept.caller is not None and key != kept.caller:
        raise DialogueUnknown
    return kept


def alive(talk: Talk, kept: Kept) -> bool:
    return talk.ctx.at < kept.expires_at


def over(talk: Talk, kept: Kept, message: Message) -> bool:
    """Whether a caller's dialogue is over, so that a message begins another one."""
    if not alive(talk, kept):
        return True
    state = read(kept)
    return state.phase is Phase.CLOSED and not repeated(message, state)


def repeated(message: Message, state: State) -> bool:
    return bool(message.id) and message.id in state.seen
