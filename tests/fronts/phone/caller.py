"""Somebody on the telephone: hears what pages say, presses keys. The interpreter is our own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Protocol

from qudao.fronts.voice.vxml.interpreter import Interpreter
from qudao.fronts.voice.vxml.steps import (
    Answer,
    Ask,
    Done,
    End,
    Failed,
    Fetch,
    Fetched,
    HungUp,
    Moved,
    NotMoved,
    Pressed,
    Quiet,
    Say,
    Transfer,
    words,
)
from tests.halls.driver import folder_of

SPOKEN: Final = {"星号键": "*", "井号键": "#", "the star key": "*", "the hash key": "#"}
SECRET: Final = "a-secret-of-the-platform"


class Get(Protocol):
    """Answers a request of the platform: status and content."""

    def __call__(self, method: str, url: str, fields: dict[str, str]) -> tuple[int, bytes]: ...


@dataclass
class Telephone:
    """A call; `heard` is what was said since the last key."""

    get: Get
    start: str
    """Path and query of the first page."""
    takes_transfers: bool = True
    pages: list[bytes] = field(default_factory=list)
    heard: str = ""
    said: list[str] = field(default_factory=list)
    """All that was said in the call."""
    pressed: list[str] = field(default_factory=list)
    transferred: str = ""
    end: End | None = None
    _ask: Ask | None = None

    def __post_init__(self) -> None:
        self._run = Interpreter(
            {"connection": {"remote": {"uri": ""}, "local": {"uri": "10086"}}}
        ).run(f"http://hall.test{self.start}")
        self._go(None)

    def press(self, keys: str) -> str:
        """Press keys, and hear what comes until the next question; those that end it included."""
        assert self._ask is not None, f"the call is over: {self.end}"
        grammars, closing = self._ask.grammars, self._ask.closing
        row = keys.removesuffix(closing) if closing else keys
        known = any(grammar.heard(row).whole for grammar in grammars)
        assert known, f"{keys} cannot be pressed: {self.heard}"
        self.pressed.append(keys)
        return self._go(Pressed(row))

    def press_wrong(self, keys: str) -> str:
        return self._go(Pressed(keys))

    def wait(self) -> str:
        """Press nothing."""
        return self._go(Quiet())

    def hang_up(self) -> None:
        self._go(HungUp())

    def key(self, label: str) -> str:
        """The key for what is called so, or begins so; empty if it is not offered."""
        begun = " ".join(label) if label.isdigit() and len(label) > 4 else label
        for rest in ("", "[^。.，,]*"):
            found = re.search(
                rf"(?:^|[。.,，：:？?] ?|For ){re.escape(begun)}{rest}[，,] ?(?:请按|press )"
                r"([0-9]+|星号键|井号键|the star key|the hash key)",
                self.heard,
            )
            if found is not None and label:
                return SPOKEN.get(found[1], found[1])
        return ""

    def offered(self) -> set[str]:
        """All keys that were offered."""
        found = re.findall(
            r"(?:请按|press )([0-9]+|星号键|井号键|the star key|the hash key)[。.]", self.heard
        )
        return {SPOKEN.get(one, one) for one in found}

    def choose(self, label: str) -> str:
        """Press the key of a choice, in whatever folder and on whatever page it is."""
        if not self.key(label) and (folder := self.key(folder_of(label) or label)):
            self.press(folder)
        for _page in range(20):
            if key := self.key(label):
                return self.press(key)
            if key := self.key(folder_of(label)):
                self.press(key)
                continue
            assert "#" in self.offered(), f"no {label} in {self.heard}"
            self.press("#")
        raise AssertionError(f"no {label}")

    def _go(self, answer: Answer | None) -> str:
        self.heard, self._ask = "", None
        while True:
            try:
                step = next(self._run) if answer is None else self._run.send(answer)
            except StopIteration as stop:
                self.end = stop.value
                return self.heard
            match step:
                case Fetch(url=url, method=method, fields=fields):
                    status, content = self.get(method, url, dict(fields))
                    self.pages.append(content)
                    answer = Fetched(url, content) if status == 200 else Failed(status, "")
                case Say(prompts=prompts):
                    self._hear(words(prompts))
                    answer = Done()
                case Ask(prompts=prompts):
                    self._hear(words(prompts))
                    self._ask = step
                    return self.heard
                case Transfer(to=to):
                    self.transferred = to
                    answer = Moved() if self.takes_transfers else NotMoved("error.connection", "")

    def _hear(self, text: str) -> None:
        self.heard = f"{self.heard} {text}".strip()
        self.said.append(text)
