"""What fronts and dialogues say to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from qudao.domain.credential.types import ANYBODY, Caller, Need
from qudao.journeys.menu.item import Audience, Call, Input, Kind, Pair, Pays, Place
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind as Why
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context

LANGUAGES: Final = ("zh-hans", "en")


@dataclass(eq=False)
class DialogueUnknown(Refusal, kind=Why.NOT_FOUND):
    """There is no such dialogue of this caller that could be gone on with."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What one sends to move about, on any screen; an answer that the question takes goes first."""

    back: tuple[str, ...] = ("0", "back", "返回")
    menu: tuple[str, ...] = ("00", "menu", "菜单")
    cancel: tuple[str, ...] = ("cancel", "取消")
    help: tuple[str, ...] = ("?", "help", "帮助")
    more: tuple[str, ...] = ("#", "more", "下页")
    previous: tuple[str, ...] = ("*", "previous", "上页")
    yes: tuple[str, ...] = ("1", "y", "yes", "ok", "是", "确认")
    no: tuple[str, ...] = ("2", "n", "no", "否")
    resume: str = "88"
    """On the menu: go on with what was begun on another front."""


@dataclass(frozen=True, slots=True)
class Front:
    """What a front is able to do; data, made once."""

    code: str
    audiences: frozenset[Audience]
    word: Callable[[Refusal], str]
    """Words a refusal in the active language."""
    pays: frozenset[Pays] = frozenset()
    fits: Callable[[str], bool] | None = None
    """Whether a text fits one screen; None: any does."""
    most_choices: int | None = None
    """Choices on one screen; None: any number."""
    sole: bool = True
    """A caller has one dialogue at a time here, found by the caller's number alone."""
    window: timedelta = timedelta(minutes=10)
    """For so long after its last message a dialogue can be gone on with."""
    patience: int = 3
    """Answers in a row that are not understood before the dialogue is closed."""
    keys: Keys = Keys()
    remembers: bool = False
    """A dialogue begins in the language in which the caller was last talked with."""
    asks: frozenset[Kind] = frozenset(Kind)
    """
    What can be answered here. An item that asks for anything else is not offered, unless it has an
    answer of its own.
    """


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: an item, or a folder of further ones."""

    item: str = ""
    """Code of the item; empty for a folder."""
    digit: str = ""
    """What chooses it; empty: its place in the list."""
    keywords: tuple[str, ...] = ()
    """Words that begin it; empty: the item's own."""
    label: Pair = ("", "")
    """How it is called; empty: by the item's own name."""
    off: Pair = ("", "")
    """Said instead of doing it; empty: it is done."""
    entries: tuple[Entry, ...] = ()
    """What is in a folder."""
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """What a front offers to somebody just now."""

    entries: tuple[Entry, ...]
    greeting: Pair = ("", "")
    advertising: Pair = ("", "")
    shut: Pair = ("", "")
    """Said to whoever comes now; empty: the front is open. What is under way is finished."""


class Identify(Protocol):
    """How a front's callers prove who they are."""

    def inputs(self, call: Call, need: Need) -> tuple[Input, ...]:
        """Return what to ask; none if the level cannot be proved here. Changes nothing."""

    def challenge(self, call: Call, need: Need, code: str) -> None:
        """
        Called before an input is asked for the first time: sends the one-time code, for example.

        `call.answers` are the answers to the inputs before it.
        """

    def prove(self, call: Call, need: Need) -> Caller:
        """
        Return who has proved to be who. `call.answers` are the answers to all inputs.

        :raises Refusal: if nothing was proved.
        """


@dataclass(frozen=True, slots=True)
class Talk:
    """One contact: who talks through which front, as the front knows it now."""

    ctx: Context
    front: Front
    caller: Caller = ANYBODY
    place: Place | None = None
    language: str = "zh-hans"
    menu: Menu | None = None
    """None: the standard menu."""
    position: tuple[Decimal, Decimal] | None = None
    identify: Identify | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What came in."""

    text: str = ""
    id: str = ""
    """The same when the same message is delivered again: its number at the centre, a form's token;
    empty where the front has no such thing."""
    step: int | None = None
    """The step of the screen that it answers, where the front knows."""
    calls: bool = False
    """It only calls, as a code does that is dialled: it begins a dialogue, or goes on with the one
    that is under way, but answers nothing."""
    token: Secret = Secret("")
    """With a confirmation: what the device gave that holds the customer's card or notes."""


class ScreenKind(StrEnum):
    MENU = "menu"
    QUESTION = "question"
    CONFIRM = "confirm"
    DONE = "done"
    REFUSED = "refused"
    CLOSED = "closed"


class Role(StrEnum):
    """What a line is; its look is the front's."""

    TITLE = "title"
    GREETING = "greeting"
    NOTICE = "notice"
    PROBLEM = "problem"
    PROMPT = "prompt"
    HELP = "help"
    FACT = "fact"
    PRICE = "price"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a screen, in the dialogue's language."""

    role: Role
    text: str
    label: str = ""
    """Of a fact: what it is."""
    code: str = ""
    """Of a fact: its code."""
    secret: bool = False
    """For the customer's eyes alone: not printed, and covered where others may look on."""

    def __str__(self) -> str:
        return f"{self.label}: {self.text}" if self.label else self.text


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be sent: `key`; what it stands for: `value`."""

    key: str
    label: str
    value: str = ""
    recommended: bool = False

    def __str__(self) -> str:
        return f"{self.key} {self.label}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The input that a question waits for."""

    code: str
    kind: Kind
    shortest: int
    longest: int
    least: int | None
    most: int | None
    help: str = ""
    """What to answer and where it is found, in the dialogue's language."""

    @property
    def secret(self) -> bool:
        return self.kind is Kind.PIN


@dataclass(frozen=True, slots=True)
class Screen:
    """What to show: everything a front needs, and nothing of its look."""

    dialogue: UUID
    step: int
    kind: ScreenKind
    language: str
    item: str
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...] = ()
    wanted: Wanted | None = None
    moves: tuple[Choice, ...] = ()
    """Ways to move about that make sense here: back, more, …; value is the name in `Keys`."""
    page: int = 1
    pages: int = 1
    order: UUID | None = None
    outcome: str = ""
    """Of what was refused: the refusal's code."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Of what was done: fact code → text, whatever the page."""
    price: Money | None = None
    """Of what is to be confirmed: what it costs; None if it costs nothing."""
    means: str = ""
    """Of what is to be confirmed: code of the way in which it is paid."""
    pay_at: str = ""
    """Of what was done but for its payment: where the customer is to pay."""

    @property
    def text(self) -> str:
        """The screen as plain text, as a small screen shows it."""
        return plain_text(self.lines, (*self.choices, *self.moves))

    @property
    def goes_on(self) -> bool:
        """Whether an answer is waited for."""
        return self.kind in (ScreenKind.MENU, ScreenKind.QUESTION, ScreenKind.CONFIRM)


def plain_text(lines: tuple[Line, ...], choices: tuple[Choice, ...]) -> str:
    """Return lines and choices as text, one below the other."""
    return "\n".join([*map(str, lines), *map(str, choices)])


@dataclass(frozen=True, slots=True)
class Running:
    """A dialogue of the same caller on another front, that could be gone on with here."""

    dialogue: UUID
    item: str
    name: str
    front: str
