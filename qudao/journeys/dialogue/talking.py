"""
The door for fronts: a message in, a screen out.

Each step reads the dialogue in one statement and writes it in one, by compare-and-swap, so that of
two messages at once each is answered after the other. What has to be done only once is written
down as confirmed before it is done, and done under a request key of the dialogue and its step:
whoever finds it so afterwards, after a crash or at the same moment, does it again and is answered
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.utils import translation

from qudao.domain.catalog import queries as catalog
from qudao.journeys.dialogue import asking, contacts, elsewhere, engine, finding, languages
from qudao.journeys.dialogue.screens import screen_of
from qudao.journeys.dialogue.state import Phase, State, caller_of, dump
from qudao.journeys.dialogue.types import (
    DialogueUnknown,
    Message,
    Running,
    Screen,
    Talk,
)
from qudao.journeys.menu.parts import MEANS
from qudao.journeys.waiting import Answers, MustWait, no_waiting
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import Busy
from qudao.platform.dialogues import store
from qudao.platform.dialogues.types import Kept

ATTEMPTS: Final = 8
"""How often a message is tried again because another one was faster."""

NOTHING: Final = Message()


def start(talk: Talk, message: Message = NOTHING) -> Screen:
    """
    Begin: with the menu, or where a shortcut (`*100*2*50#`, `CZ 50`) leads.

    Where a caller has one dialogue at a time, one that is under way within the front's window is
    gone on with instead, unless the message begins something; the same message again is answered
    the same.

    :raises Busy: if others begin for the same caller at the same moment, again and again.
    """
    for _attempt in range(ATTEMPTS):
        others = finding.of_caller(talk)
        screen = _done(talk, _beginning(talk, message, others, finding.sole(talk, others)))
        if screen is not None:
            return screen
    raise Busy


def step(talk: Talk, message: Message, dialogue: UUID | None = None) -> Screen:
    """
    Answer a message to a dialogue: the given one, or the caller's on this front.

    A message that was answered before gets the screen that stands now, as does one that answers
    a screen that stands no more. Without a dialogue, where none is running, it begins one.

    :raises DialogueUnknown: if the given dialogue has expired, or is another caller's.
    :raises Busy: if others are faster, again and again.
    """
    for _attempt in range(ATTEMPTS):
        if dialogue is None:
            outcome = _considered(talk, message, finding.of_caller(talk))
        else:
            outcome = _hearing(talk, message, finding.known(talk, dialogue))
        screen = _done(talk, outcome)
        if screen is not None:
            return screen
    raise Busy


def steps(pairs: Sequence[tuple[Talk, Message]]) -> list[Screen | Exception]:
    """
    Answer many messages as `step` answers each to its caller's dialogue, reading all dialogues in
    one statement and writing them in two; the messages of one caller in their order.

    What somebody else was faster at, what is confirmed and what has no caller is done one by one.
    An answer is what `step` would have raised, where it would have: no message hurts another.
    """
    return [
        _tried(talk, message) if answer is None or isinstance(answer, MustWait) else answer
        for answer, (talk, message) in zip(together(pairs), pairs, strict=True)
    ]


def together(
    pairs: Sequence[tuple[Talk, Message]], asked: Sequence[Answers] = ()
) -> list[Screen | Exception | None]:
    """
    Answer what of `steps` can be answered in one set. None: `step` has to answer it, which may
    take longer (it does what was confirmed), so that others need not wait for it; the messages of
    one caller in their order. MustWait: another system has to be asked; nothing was done. What was
    asked is handed in with the same message again: `asked`, for each message.
    """
    answers: list[Screen | Exception | None] = [None] * len(pairs)
    first: dict[tuple[str, bytes], int] = {}
    for place, (talk, _message) in enumerate(pairs):
        key = finding.index_of(talk, talk.caller)
        if key is not None and talk.front.sole:
            first.setdefault((talk.front.code, key), place)
    known = store.of_callers({key for _front, key in first})

    begun: dict[UUID, tuple[int, _Begun]] = {}
    heard: dict[UUID, tuple[int, _Heard]] = {}
    with catalog.looked_at_once():
        for (_front, key), place in first.items():
            try:
                with no_waiting(asked[place] if asked else {}):
                    outcome = _considered(*pairs[place], known[key])
            except MustWait as wanted:
                # Its traceback would hold the whole set, and itself, until the collector comes.
                answers[place] = wanted.with_traceback(None)
                continue
            except Exception as problem:  # a fault of one item is its own message's answer
                answers[place] = problem
                continue
            match outcome:
                case Screen():
                    answers[place] = outcome
                case _Begun():
                    begun[outcome.new.id] = (place, outcome)
                case _Heard() if outcome.state.phase is not Phase.ACTING:
                    heard[outcome.kept.id] = (place, outcome)
    kept = store.begin_all([(one.new, one.known) for _place, one in begun.values()])
    kept |= store.replace_all(
        [_next(pairs[place][0], one.kept, one.state) for place, one in heard.values()]
    )
    changes: list[tuple[UUID, int, _Begun | _Heard]] = []
    changes += [(id, place, one) for id, (place, one) in begun.items() if id in kept]
    changes += [(id, place, one) for id, (place, one) in heard.items() if id in kept]
    for id, place, change in changes:
        answers[place] = screen_of(pairs[place][0], id, change.state)
    _note([(pairs[place][0], change) for _id, place, change in changes])
    return answers


def look(talk: Talk, dialogue: UUID) -> Screen:
    """
    Return the screen at which a dialogue stands, as for a page that is loaded again.

    :raises DialogueUnknown: if it has expired, or is another caller's.
    """
    kept = finding.known(talk, dialogue)
    return _answer(talk, kept, finding.read(kept))


def running(talk: Talk) -> tuple[Running, ...]:
    """Return what the caller has under way elsewhere and could go on with here, youngest first."""
    with translation.override(talk.language):
        return elsewhere.running(talk, finding.of_caller(talk))


def resume(talk: Talk, dialogue: UUID) -> Screen:
    """
    Go on here with what the same caller began on another front.

    Answers are kept; what costs money is quoted anew, and what needs proof is proved anew.

    :raises DialogueUnknown: if there is none of this caller, or this front does not offer it.
    :raises Busy: if it changes at this moment.
    """
    kept = store.find(dialogue)
    if kept is None or not finding.alive(talk, kept):
        raise DialogueUnknown
    return _resume(talk, kept)


# ---- inside --------------------------------------------------------------------------------------


def _tried(talk: Talk, message: Message) -> Screen | Exception:
    try:
        return step(talk, message)
    except Exception as problem:  # a fault of one item is its own message's answer
        return problem


@dataclass(frozen=True, slots=True)
class _Begun:
    """A new dialogue, to be kept in the place of a known one."""

    new: Kept
    known: Kept | None
    state: State
    language: str
    """In which it began."""

    def steps(self, talk: Talk) -> tuple[contacts.Step, ...]:
        """What it makes of the new dialogue, and of the one in whose place it is."""
        made = contacts.step(talk, self.new.id, None, self.state)
        return (made,) if self.known is None else (contacts.instead_of(talk, self.known), made)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A dialogue's next state, to be written."""

    kept: Kept
    state: State
    before: State

    @property
    def language(self) -> str:
        """In which it was answered."""
        return self.before.language

    def steps(self, talk: Talk) -> tuple[contacts.Step, ...]:
        """What it makes of the dialogue."""
        return (contacts.step(talk, self.kept.id, self.before, self.state),)


def _considered(talk: Talk, message: Message, others: Sequence[Kept]) -> Screen | _Begun | _Heard:
    """Return what a message to the caller's one dialogue makes of it, before anything is kept."""
    kept = finding.sole(talk, others)
    if kept is None or message.calls or finding.over(talk, kept, message):
        return _beginning(talk, message, others, kept)
    return _hearing(talk, message, kept)


def _beginning(
    talk: Talk, message: Message, others: Sequence[Kept], known: Kept | None
) -> Screen | _Begun:
    """Return how a dialogue begins, or where the known one stands if that is gone on with."""
    if known is not None and finding.alive(talk, known):
        state = finding.read(known)
        if finding.repeated(message, state) or state.phase is Phase.ACTING:
            return _answer(talk, known, state)
        if state.under_way and not engine.begins(talk, state, message.text):
            # Who comes back has not said just now what was wrong then.
            return _answer(talk, known, state.but(problem="", helping=False))
    language = languages.of(talk, others)
    blank = State(language=language)
    state = engine.open_at(talk, blank, message.text).remember(message.id)
    if state.phase is Phase.MENU:
        state = state.but(options=elsewhere.to_resume(talk, language, others, known))
    key, at = finding.index_of(talk, talk.caller), talk.ctx.at
    new = Kept(
        id=new_id(at),
        front=talk.front.code,
        caller=finding.index_of(talk, caller_of(state, talk.caller)),
        sole=talk.front.sole and key is not None,
        state=dump(state),
        version=0,
        changed_at=at,
        expires_at=at + talk.front.window,
    )
    return _Begun(new, known, state, language)


def _hearing(talk: Talk, message: Message, kept: Kept) -> Screen | _Heard:
    """Return what a message makes of a dialogue, or where that stands if it makes nothing."""
    state = finding.read(kept)
    stale = message.step is not None and message.step != state.step
    if state.phase is Phase.ACTING or stale or finding.repeated(message, state):
        return _answer(talk, kept, state)
    other = engine.resumed(talk, state, message.text)
    if other:
        return resume(talk, UUID(other))
    return _Heard(kept, engine.hear(talk, state, message).remember(message.id), state)


def _done(talk: Talk, outcome: Screen | _Begun | _Heard) -> Screen | None:
    """Keep what has come of a message; None if another one was faster: it is read again."""
    match outcome:
        case Screen():
            return outcome
        case _Begun(new, known, state):
            if not store.begin(new, instead_of=known):
                return None
            _note([(talk, outcome)])
            return screen_of(talk, new.id, state)
    kept, state = outcome.kept, outcome.state
    written = _write(talk, kept, state)
    if state.phase is not Phase.ACTING:
        if written is None:
            return None
        _note([(talk, outcome)])
        return screen_of(talk, kept.id, state)
    if written is not None:
        return _conclude(talk, written, state)
    # A confirmation is for what was shown: if that has changed meanwhile, it confirms nothing.
    now = store.find(kept.id) or finding.sole(talk, finding.of_caller(talk))
    if now is None:
        raise DialogueUnknown
    return _answer(talk, now, finding.read(now))


def _note(done: Sequence[tuple[Talk, _Begun | _Heard]]) -> None:
    """Note what has come of messages besides the dialogues themselves."""
    contacts.record([step for talk, one in done for step in one.steps(talk)])
    for talk, one in done:
        languages.remember(talk, one.language, one.state)


def _answer(talk: Talk, kept: Kept, state: State) -> Screen:
    """Return where a dialogue stands; what was confirmed and not concluded is concluded first."""
    if state.phase is Phase.ACTING:
        return _conclude(talk, kept, state)
    return screen_of(talk, kept.id, state)


def _conclude(talk: Talk, kept: Kept, state: State) -> Screen:
    """Do what was confirmed, and write down what came of it."""
    key = f"dialogue:{kept.id}:{state.step}"
    done = asking.act(replace(talk, ctx=talk.ctx.with_key(key)), state)
    for _attempt in range(ATTEMPTS):
        if _write(talk, kept, done) is not None:
            contacts.record([contacts.step(talk, kept.id, state, done)])
            return screen_of(talk, kept.id, done)
        found = store.find(kept.id)
        if found is None:
            return screen_of(talk, kept.id, done)
        now = finding.read(found)
        refused_meanwhile = now.phase is Phase.REFUSED and now.step == done.step
        if done.phase is Phase.REFUSED or not refused_meanwhile:
            return screen_of(talk, kept.id, now)
        kept = found  # it was done, whatever somebody else at the same moment was refused
    raise Busy


def _resume(talk: Talk, kept: Kept) -> Screen:
    state = finding.read(kept)
    key = finding.index_of(talk, talk.caller)
    if key is None or kept.caller != key or not elsewhere.goes_on_here(talk, state):
        raise DialogueUnknown
    if kept.front == talk.front.code:
        return screen_of(talk, kept.id, state)
    bare = state.but(
        phase=Phase.ASKING,
        asking="",
        options=(),
        proof={},
        caller=None,
        price=None,
        terms="",
        means="",
        answers={code: value for code, value in state.answers.items() if code != MEANS.code},
        asked=tuple(code for code in state.asked if code != MEANS.code),
        told=(),
        problem="",
        helping=False,
        wrong=0,
    )
    new = asking.go_on(talk, bare, ()).remember("")
    at = talk.ctx.at
    moved = store.move(
        kept,
        front=talk.front.code,
        sole=talk.front.sole,
        state=dump(new),
        at=at,
        expires_at=at + talk.front.window,
    )
    if not moved:
        raise Busy
    return screen_of(talk, kept.id, new)


def _next(talk: Talk, kept: Kept, state: State) -> store.Next:
    at, caller = talk.ctx.at, caller_of(state, talk.caller)
    text, until = dump(state), at + talk.front.window
    return store.Next(kept, text, finding.index_of(talk, caller), at, until)


def _write(talk: Talk, kept: Kept, state: State) -> Kept | None:
    """Write the next version; return it as it is kept, or None if another one was faster."""
    next = _next(talk, kept, state)
    if not store.replace(next):
        return None
    return replace(
        kept,
        state=next.state,
        caller=kept.caller or next.caller,
        version=kept.version + 1,
        changed_at=next.at,
        expires_at=next.expires_at,
    )
