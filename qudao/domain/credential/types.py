"""What credential shows to the floors and shelves above."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.kernel.refusals import Kind, Refusal

LineCredentialId = NewType("LineCredentialId", UUID)
PolicyId = NewType("PolicyId", UUID)


class Way(StrEnum):
    """How a caller was identified, the last time."""

    NONE = "none"
    NETWORK = "network"
    """The network told the number: SMS, USSD, a call."""
    CODE = "code"
    """A one-time code that was sent to the line."""
    PASSWORD = "password"
    """The line's service password."""
    DOCUMENT = "document"
    """The owner's identity document, read by a device."""


class Level(IntEnum):
    """How much is known of a caller; higher ones contain the lower."""

    ANONYMOUS = 0
    NUMBER = 1
    """The number is known, or was, and nothing more is proved now."""
    PROVED = 2
    """That the line is the caller's was proved a short time ago."""


class Need(StrEnum):
    """What something asks of who wants it."""

    NOTHING = "nothing"
    NUMBER = "number"
    """To know which line it is."""
    MONEY = "money"
    """Proof, because it costs money or commits the line."""
    DATA = "data"
    """Proof, because it shows personal data."""


class CodePurpose(StrEnum):
    """What a one-time code is good for, and nothing else."""

    LOGIN = "login"
    """Shows which line it is; money and data need more."""
    MONEY = "money"
    DATA = "data"
    RESET = "reset"
    """To set a service password."""


class Outcome(StrEnum):
    """What came of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    """The line is locked: nothing was tried."""
    EXPIRED = "expired"
    """There is no code that could be right."""
    THROTTLED = "throttled"
    """Too many wrong tries came from this address: nothing was tried."""


class SetBy(StrEnum):
    """How a service password was set."""

    CODE = "code"
    OLD_PASSWORD = "old_password"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that an operator may change; durations say their unit."""

    password_digits: int = 6
    password_tries: int = 5
    """Wrong ones that lock a line."""
    lock_h: int = 24
    """How long; and how long wrong tries are remembered."""
    code_life_s: int = 300
    code_tries: int = 5
    code_wait_s: int = 60
    """Between two codes for one line and purpose."""
    codes_per_line: int = 10
    """In 24 hours, whatever for."""
    codes_per_address: int = 60
    """In an hour."""
    wrong_per_address: int = 30
    """In an hour."""
    known_min: int = 720
    """How long a number is believed."""
    money_min: int = 10
    """How long a proof is good for money."""
    data_min: int = 10
    """How long a proof is good for personal data."""


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who talks to a hall, what was proved, and until when it holds.

    Plain data: a front keeps it with its session, and gives it back. Each moment is the first one
    at which it does not hold any more; None: it never held.
    """

    msisdn: str | None = None
    way: Way = Way.NONE
    identified_at: datetime | None = None
    known_until: datetime | None = None
    money_until: datetime | None = None
    data_until: datetime | None = None

    def level(self, at: datetime) -> Level:
        """Return how much is known of the caller at a moment."""
        if not may(self, Need.NUMBER, at):
            return Level.ANONYMOUS
        proved = may(self, Need.MONEY, at) or may(self, Need.DATA, at)
        return Level.PROVED if proved else Level.NUMBER

    def and_also(self, proof: Caller) -> Caller:
        """
        Return the caller after one more proof: what was known before still holds.

        A proof of another line is another caller.
        """
        if self.msisdn != proof.msisdn:
            return proof
        return replace(
            proof,
            known_until=_later(self.known_until, proof.known_until),
            money_until=_later(self.money_until, proof.money_until),
            data_until=_later(self.data_until, proof.data_until),
        )


ANYBODY: Final = Caller()
"""Nothing is known of who talks."""


def may(caller: Caller, need: Need, at: datetime) -> bool:
    """Say whether a caller may do, at a moment, what needs this; else a proof is asked for."""
    match need:
        case Need.NOTHING:
            return True
        case Need.NUMBER:
            until = caller.known_until
        case Need.MONEY:
            until = caller.money_until
        case Need.DATA:
            until = caller.data_until
    known = caller.msisdn is not None and caller.known_until is not None and at < caller.known_until
    return known and until is not None and at < until


def demand(caller: Caller, need: Need, at: datetime) -> None:
    """
    :raises StepUpNeeded: if the caller may not, unless they prove more.
    """
    if not may(caller, need, at):
        raise StepUpNeeded(need)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What came of a try. It is an answer and no refusal, so that the try is counted and journalled
    although nothing is given for it.
    """

    outcome: Outcome
    way: Way
    caller: Caller | None = None
    """Who it is, if it was right."""
    tries_left: int = 0
    """If it was wrong."""
    until: datetime | None = None
    """If nothing was tried: when it is possible again."""

    def identified(self) -> Caller:
        """
        Return who it is.

        :raises PasswordWrong: if the service password was.
        :raises CodeWrong: if the code was.
        :raises DocumentDiffers: if the document was not the owner's.
        :raises LineLocked: if the line is locked, or now was.
        :raises CodeExpired: if there is no code that could be right.
        :raises TooManyTries: if too many wrong tries came from one address.
        """
        if self.outcome == Outcome.RIGHT:
            assert self.caller is not None
            return self.caller
        if self.outcome == Outcome.EXPIRED:
            raise CodeExpired
        if self.outcome == Outcome.WRONG:
            match self.way:
                case Way.CODE:
                    raise CodeWrong(self.tries_left)
                case Way.DOCUMENT:
                    raise DocumentDiffers(self.tries_left)
            raise PasswordWrong(self.tries_left)
        assert self.until is not None
        if self.outcome == Outcome.LOCKED:
            raise LineLocked(self.until)
        raise TooManyTries(self.until)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code is on its way."""

    expires_at: datetime
    again_at: datetime
    """When another one may be asked for."""


@dataclass(eq=False)
class NotALine(Refusal, kind=Kind.INVALID):
    """The number is no mobile number."""

    number: str


@dataclass(eq=False)
class StepUpNeeded(Refusal, kind=Kind.FORBIDDEN):
    """The caller has to prove first, or once more, that the line is theirs."""

    need: str


@dataclass(eq=False)
class PasswordWrong(Refusal, kind=Kind.INVALID):
    """It is not the service password; or the line has none: the two look alike."""

    tries_left: int


@dataclass(eq=False)
class CodeWrong(Refusal, kind=Kind.INVALID):
    """It is not the code that was sent."""

    tries_left: int


@dataclass(eq=False)
class CodeExpired(Refusal, kind=Kind.CONFLICT):
    """No code was sent, or it is too old, was used, or was tried too often."""


@dataclass(eq=False)
class DocumentDiffers(Refusal, kind=Kind.INVALID):
    """The document is not the one that the line was opened with."""

    tries_left: int


@dataclass(eq=False)
class LineLocked(Refusal, kind=Kind.FORBIDDEN):
    """After too many wrong tries nothing is tried for this line for a while."""

    until: datetime


@dataclass(eq=False)
class TooManyTries(Refusal, kind=Kind.UNAVAILABLE):
    """Too many wrong tries came from one place."""

    until: datetime


@dataclass(eq=False)
class CodeTooSoon(Refusal, kind=Kind.UNAVAILABLE):
    """A code was sent a moment ago."""

    again_at: datetime


@dataclass(eq=False)
class TooManyCodes(Refusal, kind=Kind.UNAVAILABLE):
    """So many codes were sent to this line, or asked for from one place, that it is enough."""

    again_at: datetime


@dataclass(eq=False)
class PasswordWeak(Refusal, kind=Kind.INVALID):
    """The new service password could be guessed, or is none."""

    weakness: str
    """`digits`, `length`, `same`, `run`, `pattern`, `number`, `common`, `personal`."""
    digits: int
    """How many it has."""


@dataclass(eq=False)
class PasswordSame(Refusal, kind=Kind.INVALID):
    """The new service password is the old one."""


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
