"""
Where nobody may wait for another system: in a set of messages that are answered at once, one that
waits for the BOSS would hold up all the others.

What has to be asked is told instead (`MustWait`); who has asked it answers the message anew, and
hands in what came of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import SetCommand

R = TypeVar("R")
Answers = Mapping[object, object]
"""What other systems have answered, by what they were asked; a Refusal is one as well."""

_here: Final = threading.local()


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be written down before another system is asked."""

    ctx: Context
    command: SetCommand[Any, bool]
    request: object


class MustWait(Exception):
    """Another system has to be asked, and this is no place for it; nothing was done."""

    def __init__(self, key: object, note: Note, ask: Callable[[], Any]) -> None:
        super().__init__(key)
        self.key = key
        self.note = note
        self.noted: bool | Refusal = False
        """Whether the note is written; a Refusal: it may not be asked."""
        self._ask = ask

    def asked(self) -> object:
        """Ask, and return what to hand in under `key`: an answer, or a Refusal."""
        try:
            if not self.noted:
                self.note.command.one(self.note.ctx, self.note.request)
            elif isinstance(self.noted, Refusal):
                return self.noted
            return self._ask()
        except Refusal as refusal:
            return refusal


def write_down(waiting: Sequence[MustWait]) -> None:
    """Write the notes of many, in one set for each command; the threads that ask need not then."""
    sets: dict[str, list[MustWait]] = {}
    for one in waiting:
        if not one.note.ctx.dry_run:
            sets.setdefault(one.note.command.name, []).append(one)
    for alike in sets.values():
        command = alike[0].note.command
        answers = command([(one.note.ctx, one.note.request) for one in alike])
        for one, answer in zip(alike, answers, strict=True):
            one.noted = answer


@contextmanager
def no_waiting(answers: Answers) -> Iterator[None]:
    """Within, on this thread, `waited` knows only these answers."""
    _here.answers = answers
    try:
        yield
    finally:
        _here.answers = None


def waited(key: object, note: Note, ask: Callable[[], R]) -> R:
    """
    Return what another system answers, asked once the note is written.

    :param key: what it is asked.
    :raises MustWait: where nobody may wait for it, and it is not known.
    :raises Refusal: those of the note's command, and of `ask`.
    """
    answers: Answers | None = getattr(_here, "answers", None)
    if answers is None:
        note.command.one(note.ctx, note.request)
        return ask()
    if key not in answers:
        raise MustWait(key, note, ask)
    answer = answers[key]
    if isinstance(answer, Refusal):
        raise answer
    return answer  # type: ignore[return-value]
