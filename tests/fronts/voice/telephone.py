"""A telephone of paper: does what the interpreter wants, from a table of what the caller does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from qudao.fronts.voice.vxml.interpreter import Interpreter
from qudao.fronts.voice.vxml.state import Limits
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

QUIET: Final = None
"""The caller presses nothing."""
GONE: Final = "gone"
"""The caller hangs up."""
START: Final = "http://hall.test/start"

Does = str | None


@dataclass
class Told:
    """How a call went."""

    end: End
    lines: list[str] = field(default_factory=list)
    """What was said, asked, fetched and put through, in order."""


def page(inside: str, *, head: str = "") -> bytes:
    """A page."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="zh-CN">'
        f"{head}{inside}</vxml>"
    ).encode()


def call(
    pages: bytes | Mapping[str, bytes | int],
    caller: Sequence[Does] = (),
    *,
    limits: Limits | None = None,
    moved: bool = True,
) -> Told:
    """
    Do the page at `START`; a page that is a number is that HTTP status.

    Lines: `say …`, `ask …`, `GET url fields`, `transfer …`. When the caller has nothing more to do,
    the call is hung up.
    """
    found: dict[str, bytes | int] = {START: pages} if isinstance(pages, bytes) else dict(pages)
    does = iter(caller)
    interpreter = Interpreter(
        {"connection": {"remote": {"uri": "13937100001"}, "local": {"uri": "10086"}}}, limits
    )
    run = interpreter.run(START)
    lines: list[str] = []
    answer: Answer | None = None
    while True:
        try:
            step = next(run) if answer is None else run.send(answer)
        except StopIteration as stop:
            return Told(stop.value, lines)
        match step:
            case Fetch(url=url, method=method, fields=fields):
                sent = " ".join(f"{name}={value}" for name, value in fields)
                lines.append(f"{method} {url} {sent}".strip())
                content = found.get(url, 404)
                if isinstance(content, int):
                    answer = Failed(content, "as the test wants it")
                else:
                    answer = Fetched(url, content)
            case Say(prompts=prompts):
                lines.append(f"say {words(prompts)}")
                answer = Done()
            case Ask(prompts=prompts):
                lines.append(f"ask {words(prompts)}".strip())
                answer = _keys(step, next(does, GONE))
            case Transfer(to=to):
                lines.append(f"transfer {to}")
                answer = Moved() if moved else NotMoved("error.connection.noroute", "nobody there")


def _keys(ask: Ask, does: Does) -> Answer:
    if does is QUIET:
        return Quiet()
    return HungUp() if does == GONE else Pressed(does)
