"""The state of a dialogue: all that must be known when the next message comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import field
from msgspec.structs import replace

from qudao.domain.credential.types import Caller

FORMAT: Final = 1
REMEMBERED: Final = 8
"""Ids of the last messages, to know a repeated one by."""


class Phase(StrEnum):
    MENU = "menu"
    ASKING = "asking"
    PROVING = "proving"
    """Asking who it is."""
    CONFIRMING = "confirming"
    ACTING = "acting"
    """Confirmed, and written down as such, before anything is done."""
    DONE = "done"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as it was told: in words."""

    code: str
    label: str
    text: str
    secret: bool = False


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """Small: a few hundred octets as JSON. Encrypted where it is kept."""

    language: str
    v: int = field(default_factory=lambda: FORMAT)
    """Made by a function so that it is always written."""
    step: int = 0
    phase: Phase = Phase.MENU
    folder: tuple[str, ...] = ()
    """Keys of the folders of the menu that one has gone into."""
    item: str = ""
    turn: int = 0
    """How many items were begun so far."""
    since: datetime | None = None
    """When the item was begun."""
    place: UUID | None = None
    """The outlet at which it was."""
    number: str = ""
    """Who called when it was."""
    answers: dict[str, Any] = field(default_factory=dict)
    """To the item's inputs, as `reading.stored` makes them."""
    asked: tuple[str, ...] = ()
    """Inputs that were asked and answered, in this order: what `back` goes along."""
    asking: str = ""
    """The input that is being asked, of the item or of identification."""
    options: tuple[tuple[str, str], ...] = ()
    """What was offered as answers: value, label."""
    path: tuple[str, ...] = ()
    """Answers of a shortcut that wait until it is known who calls."""
    proof: dict[str, Any] = field(default_factory=dict)
    """Answers to what identification asks; forgotten once it has been decided."""
    caller: Caller | None = None
    """Who was identified in this dialogue."""
    price: int | None = None
    """Fen that are to be confirmed, or were."""
    terms: str = ""
    """Of the quote."""
    means: str = ""
    """Code of the way in which what is to be confirmed is paid."""
    token: str = ""
    """What a device gave with the confirmation; forgotten once it is concluded."""
    told: tuple[Told, ...] = ()
    """What is to be confirmed, or has come out."""
    order: str = ""
    refused: str = ""
    """Code of the refusal."""
    words: str = ""
    """Of a refusal, or of a dialogue that was closed."""
    pay_at: str = ""
    """Where what was done is still to be paid."""
    follow: tuple[str, ...] = ()
    problem: str = ""
    """What was wrong with the last answer, in words."""
    wrong: int = 0
    """Answers in a row that were wrong."""
    page: int = 0
    helping: bool = False
    seen: tuple[str, ...] = ()

    @property
    def under_way(self) -> bool:
        """Whether there is something to go on with."""
        return self.phase in (Phase.ASKING, Phase.PROVING, Phase.CONFIRMING, Phase.ACTING)

    def but(self, **changes: Any) -> State:
        """Return the same but for what is given."""
        return replace(self, **changes)

    def at_menu(self, problem: str = "") -> State:
        """Return to the menu; who was identified stays so."""
        return State(
            language=self.language,
            step=self.step,
            turn=self.turn,
            caller=self.caller,
            problem=problem,
            wrong=self.wrong,
            seen=self.seen,
        )

    def begin(self, item: str, *, at: datetime, place: UUID | None, number: str) -> State:
        """Begin an item anew."""
        return self.at_menu().but(
            phase=Phase.ASKING,
            item=item,
            turn=self.turn + 1,
            since=at,
            place=place,
            number=number,
            wrong=0,
        )

    def remember(self, message: str) -> State:
        """Count a step, and note the message that made it."""
        seen = (*self.seen, message)[-REMEMBERED:] if message else self.seen
        return self.but(step=self.step + 1, seen=seen)

    def finished(self, phase: Phase, **facts: Any) -> State:
        """Return the end of the item; what was answered is forgotten."""
        return State(
            language=self.language,
            step=self.step,
            caller=self.caller,
            seen=self.seen,
            phase=phase,
            item=self.item,
            turn=self.turn,
            since=self.since,
            place=self.place,
            number=self.number,
            price=self.price,
            **facts,
        )


def caller_of(state: State, known: Caller) -> Caller:
    """Return who talks: as the front knows it, with what was proved in this dialogue."""
    proved = state.caller
    if proved is None or known.msisdn not in (None, proved.msisdn):
        return known
    return known.and_also(proved)


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(State)


def dump(state: State) -> str:
    """Return a state as JSON; what is as it always is at the beginning is left out."""
    return _encoder.encode(state).decode()


def load(text: str) -> State:
    """Return the state that `dump` wrote."""
    return _decoder.decode(text.encode())
