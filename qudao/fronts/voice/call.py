"""One call: does with sound, keys and the web what the interpreter of pages wants."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from qudao.fronts.voice.g711 import RATE, SILENCE
from qudao.fronts.voice.rtp import Stream
from qudao.fronts.voice.speech import NoSound, Speech
from qudao.fronts.voice.vxml.interpreter import Interpreter
from qudao.fronts.voice.vxml.steps import (
    Answer,
    Ask,
    Audio,
    Done,
    End,
    Fetch,
    HungUp,
    Moved,
    NotMoved,
    Part,
    Pause,
    Pressed,
    Prompt,
    Quiet,
    Say,
    Step,
    Text,
    Transfer,
)
from qudao.fronts.voice.web import Web

log = logging.getLogger(__name__)

MOST_KEYS: int = 32
"""Pressed before they are asked for; more are forgotten."""


class Line(Protocol):
    """The telephone line of a call, as far as a call needs it."""

    gone: bool

    async def refer(self, to: str) -> int:
        """Put the caller through; gives a SIP status."""


class Call:
    """
    A conversation.

    :param take: called when the first page is there, to take the call; gives whether it could
    :param destination: the address that a destination of a page stands for; empty: there is none
    """

    def __init__(
        self,
        line: Line,
        stream: Stream,
        speech: Speech,
        web: Web,
        take: Callable[[], bool],
        destination: Callable[[str], str],
    ) -> None:
        self._line, self._stream, self._speech, self._web = line, stream, speech, web
        self._take, self._destination = take, destination
        self._keys: deque[str] = deque(maxlen=MOST_KEYS)
        self._waiting: asyncio.Future[None] | None = None
        self._stoppable = False
        self._taken = False

    def press(self, key: str) -> None:
        """The caller pressed a key."""
        if len(self._keys) < MOST_KEYS:
            self._keys.append(key)
        if self._stoppable:
            self._stream.stop()
        self._wake()

    def hung_up(self) -> None:
        """The caller is gone."""
        self._stream.stop()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def run(self, interpreter: Interpreter, url: str) -> End:
        """Do what the page at this address says, until the call is over."""
        steps = interpreter.run(url)
        try:
            step = next(steps)
            while True:
                answer = await self._do(step)
                step = steps.send(answer)
                if not self._taken:
                    self._taken = self._take()
                    if not self._taken:
                        return End("hangup")
        except StopIteration as stop:
            end: End = stop.value
            return end

    async def _do(self, step: Step) -> Answer:
        match step:
            case Fetch():
                return await self._web.page(step)
            case Say(prompts=prompts):
                await self._say(prompts, stoppable=False)
                return HungUp() if self._line.gone else Done()
            case Ask():
                return await self._ask(step)
            case Transfer(to=to):
                return await self._transfer(to)

    # Keys

    async def _ask(self, ask: Ask) -> Answer:
        await self._say(ask.prompts, stoppable=True)
        keys, timeout_s, full = "", ask.timeout_s, False
        while True:
            key = await self._key(timeout_s)
            if self._line.gone:
                return HungUp()
            if key is None:
                return Pressed(keys) if keys else Quiet()
            if full and key != ask.closing:
                self._keys.appendleft(key)  # it answers the next question
                return Pressed(keys)
            heard = ask.heard(keys + key)
            if key == ask.closing and not heard.whole and not heard.open:
                return Pressed(keys)
            keys += key
            if heard.open:
                timeout_s = ask.between_s
            elif heard.whole:
                if ask.last_s <= 0:
                    return Pressed(keys)
                timeout_s, full = ask.last_s, True
            elif len(keys) == 1 or len(keys) > 2 * MOST_KEYS:
                return Pressed(keys)
            else:
                # wrong, but the caller may be in the middle of it: what follows belongs to it
                timeout_s = ask.between_s

    async def _key(self, timeout_s: float) -> str | None:
        """The next key; None when there is none in time, or the caller is gone."""
        if not self._keys and not self._line.gone:
            self._waiting = asyncio.get_running_loop().create_future()
            await asyncio.wait({self._waiting}, timeout=timeout_s)
            self._waiting = None
        return self._keys.popleft() if self._keys else None

    # Sound

    async def _say(self, prompts: tuple[Prompt, ...], *, stoppable: bool) -> None:
        """Say these one after the other; a key stops those that it may, if `stoppable`."""
        for prompt in prompts:
            self._stoppable = stoppable and prompt.bargein
            for part in prompt.parts:
                if self._line.gone or (self._stoppable and self._keys):
                    break
                sound = await self._sound(part)
                if self._line.gone or (self._stoppable and self._keys):
                    break
                await self._stream.play(sound)
            if stoppable and not prompt.bargein:
                self._keys.clear()  # what was pressed meanwhile was not for the question
            self._stoppable = False

    async def _sound(self, part: Part) -> bytes:
        """The sound of a part: silence if it cannot be had."""
        match part:
            case Pause(milliseconds=length):
                return SILENCE * (RATE * length // 1000)
            case Text(words=words, language=language):
                return await self._tried(self._speech.of_text(words, language)) or b""
            case Audio(url=url, otherwise=otherwise):
                sound = await self._tried(self._recording(url, _language(otherwise)))
                if sound is None:
                    sound = b"".join([await self._sound(inner) for inner in otherwise])
                return sound

    async def _recording(self, url: str, language: str) -> bytes:
        """A prepared recording of this name, or the one at the address."""
        prepared = self._speech.prepared(url.rsplit("/", 1)[-1], language)
        if prepared is not None:
            return await self._speech.of_file(prepared)
        return await self._web.sound(url, self._speech)

    async def _tried(self, sound: Awaitable[bytes]) -> bytes | None:
        try:
            return await sound
        except NoSound as trouble:
            log.warning("not heard: %s", trouble)
            return None

    async def _transfer(self, to: str) -> Answer:
        address = self._destination(to)
        if not address:
            return NotMoved("error.unsupported.uri", f"no destination {to!r}")
        status = await self._line.refer(address)
        if status < 300:
            return Moved()
        if self._line.gone:
            return HungUp()
        event = "noauthorization" if status in {401, 403, 407} else "noroute"
        return NotMoved(f"error.connection.{event}", f"{address}: {status}")


def _language(parts: tuple[Part, ...]) -> str:
    """The language of a recording: that of the words in its place."""
    return next((part.language for part in parts if isinstance(part, Text)), "")
