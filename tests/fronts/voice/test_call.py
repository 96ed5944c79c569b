"""Questions of a page, with keys that come at once, late, or never."""

from __future__ import annotations

import asyncio

import pytest

from qudao.fronts.voice.call import Call
from qudao.fronts.voice.rtp import Clock, Stream
from qudao.fronts.voice.speech import Speech
from qudao.fronts.voice.vxml.grammars import Grammar, builtin, of_words
from qudao.fronts.voice.vxml.steps import (
    Answer,
    Ask,
    Done,
    HungUp,
    Moved,
    NotMoved,
    Pause,
    Pressed,
    Prompt,
    Quiet,
    Say,
    Step,
    Transfer,
)
from qudao.fronts.voice.web import Servers, Web

FOUR = builtin("digits?length=4")
SOME = builtin("digits?maxlength=4")
MENU = of_words([("1", "a"), ("2", "b"), ("10", "c")])
LONG = Prompt((Pause(10_000),))
SHORT = Prompt((Pause(60),), bargein=False)


class Line:
    """A line on which nobody else is."""

    def __init__(self, status: int = 202) -> None:
        self.gone = False
        self._status = status
        self.referred = ""

    async def refer(self, to: str) -> int:
        self.referred = to
        return self._status


def ask(grammar: Grammar, *prompts: Prompt, last_s: float = 0.0, between_s: float = 0.05) -> Ask:
    return Ask(prompts, (grammar,), 0.1, between_s, last_s, "#")


def do(step: Step, keys: str = "", *, line: Line | None = None, after: int = 0) -> Answer:
    """What comes of a step; keys are pressed when so many packets were sent, `!` is hanging up."""

    async def run() -> Answer:
        clock = Clock()
        ticking = asyncio.create_task(clock.run())
        on = line or Line()
        call: Call
        stream = Stream(clock, lambda key: call.press(key))
        clock.streams.add(stream)
        servers = Servers(("http://hall.test",))
        call = Call(on, stream, Speech(), Web(servers), lambda: True, lambda to: f"sip:{to}")

        async def press() -> None:
            while clock.measures.ticks < after:
                await asyncio.sleep(0.005)
            for key in keys:
                if key == "!":
                    on.gone = True
                    call.hung_up()
                else:
                    call.press(key)

        if not after:
            await press()
        pressing = asyncio.create_task(press()) if after else None
        async with asyncio.timeout(20):
            answer = await call._do(step)
            if pressing is not None:
                await pressing
        ticking.cancel()
        await servers.close()
        return answer

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (ask(FOUR), "1234", Pressed("1234")),
        (ask(FOUR), "123456", Pressed("1234")),
        (ask(FOUR), "", Quiet()),
        (ask(FOUR), "12", Pressed("12")),
        (ask(FOUR), "12#", Pressed("12")),
        (ask(FOUR), "#", Pressed("")),
        (ask(FOUR), "1*34", Pressed("1*34")),
        (ask(FOUR), "*", Pressed("*")),
        (ask(SOME), "12#99", Pressed("12")),
        (ask(SOME), "12", Pressed("12")),
        (ask(MENU), "2", Pressed("2")),
        (ask(MENU), "9", Pressed("9")),
        (ask(MENU), "10", Pressed("10")),
        (ask(MENU), "1", Pressed("1")),
        (ask(MENU, last_s=5.0), "2#", Pressed("2")),
        (ask(MENU, last_s=5.0), "23", Pressed("2")),
        (ask(FOUR), "1!", HungUp()),
        (ask(FOUR), "!", HungUp()),
        (ask(FOUR, LONG), "1234", Pressed("1234")),
        (Say((SHORT,)), "1", Done()),
        (Say((LONG,)), "!", HungUp()),
    ],
)
def test_keys_that_are_there_already(question: Step, keys: str, answer: Answer) -> None:
    assert do(question, keys) == answer


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (ask(FOUR, LONG, between_s=5.0), "1234", Pressed("1234")),
        (ask(FOUR, LONG), "!", HungUp()),
        (Say((LONG,)), "!", HungUp()),
        (ask(FOUR, Prompt((Pause(200),), bargein=False)), "1234", Quiet()),
    ],
)
def test_keys_in_the_middle_of_what_is_said(question: Step, keys: str, answer: Answer) -> None:
    assert do(question, keys, after=3) == answer


def test_more_keys_than_anybody_needs() -> None:
    assert do(ask(builtin("digits?maxlength=64")), "5" * 500) == Pressed("5" * 32)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (202, Moved()),
        (486, NotMoved("error.connection.noroute", "sip:x: 486")),
        (403, NotMoved("error.connection.noauthorization", "sip:x: 403")),
    ],
)
def test_a_transfer(status: int, answer: Answer) -> None:
    line = Line(status)
    assert do(Transfer("x"), line=line) == answer
    assert line.referred == "sip:x"
