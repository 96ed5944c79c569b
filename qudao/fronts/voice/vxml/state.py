"""What a call knows on its way through pages, and what all of the interpreter asks of it."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from qudao.fronts.voice.vxml.documents import Node, Page
from qudao.fronts.voice.vxml.expressions import Value, text, truth
from qudao.fronts.voice.vxml.prompts import prompt_of
from qudao.fronts.voice.vxml.scopes import Scope
from qudao.fronts.voice.vxml.steps import Answer, End, HungUp, Prompt, Say, Step
from qudao.fronts.voice.vxml.trouble import Thrown, TooLong, bad_expression, bad_page

T = TypeVar("T")
Run = Generator[Step, Answer, T]
"""Gives steps, is sent what came of them, and ends with a T."""

HANGUP: Final = "connection.disconnect.hangup"
_DEFAULTS: Final = {
    "timeout": "5s",
    "interdigittimeout": "3s",
    "termtimeout": "0s",
    "termchar": "#",
    "bargein": "true",
    "fetchtimeout": "10s",
}
_MOST_WORDS: Final = 5_000
"""Characters that may wait to be said."""


@dataclass(frozen=True)
class Limits:
    """Where a call ends that would go on for ever."""

    steps: int = 2_000
    """Elements done, and items visited, since the last key."""
    pages: int = 500
    """Pages in a call."""
    quiet: int = 10
    """Questions in a row to which no key was pressed."""


class Leave(Exception):
    """The call is over."""

    def __init__(self, end: End) -> None:
        super().__init__(end.why)
        self.end = end


class Go(Exception):
    """On to a dialog, of this page or another."""

    def __init__(self, page: Page | None, dialog: str) -> None:
        super().__init__(dialog)
        self.page, self.dialog = page, dialog


class ToItem(Exception):
    """On to an item of this form."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Visit:
    """An item of the form that is being done, or the form itself while it is being begun."""

    name: str
    node: Node
    prompts: int = 1
    events: dict[str, int] = field(default_factory=dict)
    """How often an event, or one whose name begins so, was thrown here."""


class Machine:
    """
    A call: its variables, where it is, what waits to be said, and its counts.

    :param session: variables that a page finds under `session.`
    """

    def __init__(self, session: Mapping[str, Value], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._session = Scope("session", fixed=True)
        self._session.variables |= session
        self._application = Scope("application", self._session)
        self._application.variables["lastresult$"] = None
        self._scope = self._document = self._application
        self._said: list[Prompt] = []
        self._steps = self._pages = self._quiet = 0
        self._gone = self._reprompt = False
        self._page: Page | None = None
        self._form: Node | None = None
        self._visit: Visit | None = None
        self._items: dict[str, Visit] = {}

    def _hung_up(self, answer: Answer) -> Exception:
        if not isinstance(answer, HungUp):
            return TypeError(f"{answer!r} is no answer to this step")
        if self._gone:
            return Leave(End("hangup"))
        self._gone = True
        self._said.clear()
        return Thrown(HANGUP)

    def _where(self) -> str:
        where = self._visit.node.where() if self._visit else "the beginning"
        return f"{self._page.url if self._page else ''}, {where}"

    def _say(self, part: Node | str) -> None:
        assert self._page is not None
        self._said.append(
            prompt_of(
                part, self._page.url, self._page.language, self._scope, self._property("bargein")
            )
        )
        length = sum(prompt.length() for prompt in self._said)
        if length > _MOST_WORDS:
            self._said.clear()
            raise bad_expression(f"{length} characters are to be said; {_MOST_WORDS} may be")

    def _take(self) -> tuple[Prompt, ...]:
        said, self._said = tuple(self._said), []
        return () if self._gone else said

    def _flush(self) -> Run[None]:
        if self._said:
            answer = yield Say(self._take())
            if isinstance(answer, HungUp):
                raise self._hung_up(answer)

    def _count(self) -> None:
        self._steps += 1
        if self._steps > self._limits.steps:
            raise TooLong(f"{self._limits.steps} steps without a key")

    def _value(self, expression: str | None) -> Value:
        return None if expression is None else self._scope.evaluate(expression)

    def _holds(self, node: Node) -> bool:
        condition = node.given.get("cond")
        return condition is None or truth(self._value(condition))

    def _attribute(self, node: Node, plain: str, worked_out: str) -> str:
        if plain in node.given:
            return node.given[plain]
        return text(self._value(node.given.get(worked_out)))

    def _property(self, name: str) -> str:
        """A property from the innermost place that sets it."""
        owners = [
            self._visit.node if self._visit else None,
            self._form,
            self._page.root if self._page else None,
        ]
        for owner in owners:
            if owner is None:
                continue
            for node in owner.all("property"):
                if node.given["name"] == name:
                    return node.given["value"]
        return _DEFAULTS[name]


def counted(node: Node) -> int:
    count = node.given.get("count", "1")
    if not re.fullmatch(r"[1-9]\d{0,3}", count):
        raise bad_page(f"{node.where()}: count {count!r}")
    return int(count)
