"""What a menu item is made of, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import ANYBODY, Caller, Need
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.registry import Registry
from qudao.platform.commands.context import Context

Text = str | Promise
"""Words in the source language, marked for translation with gettext_lazy."""

Pair = tuple[str, str]
"""Words that are data: Chinese and English."""

Value = str | int | Money | date
"""An answer: text, digits and the value of a choice are `str`, a PIN is a `Secret`."""

Shown = str | int | Money | date | datetime | Promise | Pair
"""What a fact may be."""


class Audience(StrEnum):
    """Who may use an item."""

    ANYONE = "anyone"
    SUBSCRIBER = "subscriber"
    """A customer whose number is known."""
    CLERK = "clerk"
    """Somebody who works at an outlet, and asks for a customer."""
    TERMINAL = "terminal"
    """A machine of an outlet that takes the customer's money."""


class Pays(StrEnum):
    """How a front can pay for what it sells."""

    WALLET = "wallet"
    """From the outlet's wallet: the outlet has the customer's money."""
    BOUND = "bound"
    """By a card that the customer has bound to the line; nothing is shown or typed."""
    PAGE = "page"
    """On the acquirer's own page, to which the front sends the customer."""
    CARD = "card"
    """By a card that is put into the terminal before which the customer stands."""
    CASH = "cash"
    """In notes that the terminal holds until it is known whether the sale is made."""


class Group(StrEnum):
    """The folder of the standard menu in which an item is found."""

    NONE = ""
    """None: it stands beside the folders."""
    ACCOUNT = "account"
    PAY = "pay"
    CHANGE = "change"
    OFFERS = "offers"
    HELP = "help"


GROUPS: dict[Group, Pair] = {
    Group.ACCOUNT: ("我的账户", "My account"),
    Group.PAY: ("话费充值", "Pay and top up"),
    Group.CHANGE: ("业务办理", "Change"),
    Group.OFFERS: ("优惠活动", "Offers"),
    Group.HELP: ("帮助服务", "Help"),
}
"""The folders in their order, by name."""


class Kind(StrEnum):
    """What an input is."""

    DIGITS = "digits"
    MONEY = "money"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    PIN = "pin"
    """Digits that nobody else may see: never shown, never stored in the open."""


@dataclass(frozen=True, slots=True)
class Place:
    """The outlet in whose name a front acts: a shop's own, or the one that stands for a hall."""

    outlet: OrganizationId
    kind: str
    """Its kind of channel."""
    market: str
    path: str
    """Its place in the organization."""


@dataclass(frozen=True, slots=True)
class Call:
    """What an item may look at: who asks, where, and what was answered so far."""

    ctx: Context
    caller: Caller = ANYBODY
    audiences: frozenset[Audience] = frozenset({Audience.ANYONE})
    place: Place | None = None
    position: tuple[Decimal, Decimal] | None = None
    """Longitude and latitude, where the front knows where the customer is."""
    writes: bool = True
    """Whether the customer can answer in words."""
    answers: Mapping[str, Value] = field(default_factory=dict)
    price: Money | None = None
    """What was confirmed; None before, and for what costs nothing."""
    terms: str = ""
    """What the quote that was confirmed left for the handler."""
    ways: tuple[Pays, ...] = ()
    """Ways in which this item can be paid here."""
    means: Pays | None = None
    """The one that it is paid by; None before the confirmation, and for what costs nothing."""
    token: Secret = Secret("")
    """What the device gave, with the confirmation, that holds the customer's card or notes."""

    def text(self, code: str) -> str:
        """Return an answer that is text."""
        answer = self.answers[code]
        assert isinstance(answer, str), code
        return answer

    def money(self, code: str) -> Money:
        """Return an answer that is money."""
        answer = self.answers[code]
        assert isinstance(answer, Money), code
        return answer

    @property
    def where(self) -> Place:
        """The place, for items that are offered only where there is one."""
        assert self.place is not None, "the item is at_place"
        return self.place

    @property
    def own(self) -> str | None:
        """The number of a customer who asks for the own line; None if somebody asks for others."""
        return None if Audience.CLERK in self.audiences else self.caller.msisdn


@dataclass(frozen=True, slots=True)
class Option:
    """One of a list: the answer that it stands for, and how it is called."""

    value: str
    label: Shown
    """Shown as facts are; of a pair, the words in the dialogue's language."""


@dataclass(frozen=True, slots=True)
class Input:
    """A question."""

    code: str
    kind: Kind
    prompt: Text
    help: Text
    """What to answer, and where it is found; also said when an answer is not understood."""
    shortest: int = 1
    """Characters of digits, text and PIN."""
    longest: int = 200
    least: int | None = None
    """Of a number; of money in fen."""
    most: int | None = None
    choices: Callable[[Call], Sequence[Option]] | None = None
    """Of a choice: all there are. Of other kinds: what is proposed."""
    nothing: Text = _("There is nothing to choose from just now.")
    """Said where there is no choice at all."""
    given: Callable[[Call], Value | None] | None = None
    """The answer, where it is known without asking; None: ask."""
    spared: bool = False
    """`given` answers it wherever the front cannot ask it."""
    usual: Callable[[Call], Value | None] | None = None
    """The answer that a shortcut may leave out, such as the own number; None: none."""
    check: Callable[[Call, Any], Text | None] | None = None
    """What is wrong with an answer of the right form; None: nothing."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that an item tells, by a code that fronts and tests know."""

    code: str
    label: Text | Pair
    value: Shown
    secret: bool = False
    """For the customer's eyes alone: a front does not print it, nor show it to who stands near."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What is put before a customer who is to confirm."""

    facts: tuple[Fact, ...]
    price: Money | None = None
    """What it costs; the handler takes this and nothing else. None: nothing is paid."""
    terms: str = ""
    """What the handler must not find out anew, such as the code of the offering: it may be called
    again when the catalogue has changed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an item has done or found out."""

    facts: tuple[Fact, ...]
    order: UUID | None = None
    follow: tuple[str, ...] = ()
    """Codes of items that one may want next."""
    pay_at: str = ""
    """Where the customer is to pay it first: it is done once that has happened."""
    language: str | None = None
    """The language in which the dialogue goes on."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the menu."""

    code: str
    name: Text
    about: Text
    """What it is good for, in a sentence."""
    position: int
    """Place in the standard menu; unique."""
    keywords: tuple[str, ...]
    """By which a message begins it, in capitals; unique over all items."""
    audiences: frozenset[Audience]
    inputs: tuple[Input, ...]
    handler: Callable[[Call], Outcome]
    """
    Do it, or find it out; refuses by raising a Refusal.

    Of what `confirm`s it may be called again with the same context key and answers, after a
    crash: what it writes goes by commands under that key, or under parts of it.
    """
    receipt: tuple[str, ...]
    """Codes of the facts that its outcome always has, but for one that is still to be paid."""
    group: Group = Group.NONE
    """Its folder in a menu that nobody has arranged."""
    business: str | None = None
    """Code of the catalogue's business, for fit."""
    open: Callable[[Call], bool] | None = None
    """
    Whether there is anything to do with it at this place now, for whoever comes; asked for each
    menu, so it must be cheap.
    """
    needs: Need = Need.NOTHING
    """
    What a customer must have proved, however it is paid; a way of paying may ask for more. People
    who work for the operator are known otherwise.
    """
    at_place: bool = False
    """Is done in the name of an outlet."""
    paid_by: frozenset[Pays] = frozenset()
    """Ways in which it can be paid; empty: nothing is paid."""
    confirm: bool = False
    """Ask before it is done: whatever changes something does."""
    quote: Callable[[Call], Quote] | None = None
    """What is to be confirmed and what it costs; changes nothing. Refuses by raising a Refusal."""

    def __post_init__(self) -> None:
        assert self.confirm == (self.quote is not None), f"{self.code}: confirm what is quoted"
        assert self.confirm or not self.paid_by, f"{self.code}: money is confirmed"

    def input(self, code: str) -> Input:
        """Return one of its inputs."""
        return next(one for one in self.inputs if one.code == code)


items: Registry[Item] = Registry("qudao.journeys.menu")
"""All items by code."""


def add(item: Item) -> Item:
    """Put an item on the menu."""
    return items.register(item.code)(item)
