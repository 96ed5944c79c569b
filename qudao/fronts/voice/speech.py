"""
Sound for prompts: texts spoken by espeak-ng, and recordings, both brought to A-law by sox.

Both are programs of Debian and run as processes, few at a time, fed through their standard input:
no word of a page ever stands on a command line. What was made is kept in memory; what was not used
for the longest time goes first when there is too much of it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

MOST_OCTETS: Final = 64 * 1024 * 1024
"""Kept in memory: about two hours of sound."""
LONGEST_S: Final = 120
"""Of one piece of sound."""
_PATIENCE_S: Final = 15
_AT_ONCE: Final = 2
_TO_A_LAW: Final = ("-t", "raw", "-r", "8000", "-c", "1", "-e", "a-law", "-", "trim", "0")
_FILE: Final = re.compile(r"[\w-]{1,100}(?:\.[\w-]{1,20})*\.wav")


class NoSound(Exception):
    """It cannot be heard: why."""


def missing() -> list[str]:
    """The programs that are needed and not there, by the name of their Debian package."""
    return [name for name in ("espeak-ng", "sox") if shutil.which(name) is None]


class Speech:
    """
    Makes sound, and keeps it.

    :param folder: prepared recordings: `NAME.wav`, or `zh-hans/NAME.wav` and `en/NAME.wav`
    """

    def __init__(self, folder: Path | None = None, most_octets: int = MOST_OCTETS) -> None:
        self._folder, self._most = folder, most_octets
        self._kept: OrderedDict[object, bytes] = OrderedDict()
        self._octets = 0
        self._coming: dict[object, asyncio.Future[bytes]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of_text(self, words: str, language: str) -> bytes:
        """
        Words as they are spoken.

        :raises NoSound: if espeak-ng or sox fail
        """
        voice = "cmn" if is_chinese(language) else "en"

        async def make() -> bytes:
            command = ("espeak-ng", "-b", "1", "-v", voice, "-s", "160", "--stdin", "--stdout")
            spoken = await self._run(*command, given=words.encode())
            return await self._run(*_SOX_INPUT, *_TO_A_LAW, str(LONGEST_S), given=spoken)

        return await self._made((voice, words), make)

    def prepared(self, name: str, language: str) -> Path | None:
        """The prepared recording of this name, for this language rather than for all."""
        if self._folder is None or not _FILE.fullmatch(name):
            return None
        tongue = "zh-hans" if is_chinese(language) else "en"
        places = (self._folder / tongue / name, self._folder / name)
        return next((place for place in places if place.is_file()), None)

    async def of_file(self, path: Path) -> bytes:
        """
        A prepared recording, read anew when the file has changed.

        :raises NoSound: if sox cannot read it
        """
        try:
            content, changed = path.read_bytes(), path.stat().st_mtime_ns
        except OSError as error:
            raise NoSound(str(error)) from error
        return await self.of_recording((str(path), changed), content)

    async def of_recording(self, key: object, content: bytes) -> bytes:
        """
        A recording (a WAV file of any rate) that is called `key`.

        :raises NoSound: if sox cannot read it
        """
        return await self._made(
            key, lambda: self._run(*_SOX_INPUT, *_TO_A_LAW, str(LONGEST_S), given=content)
        )

    async def _made(self, key: object, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """What is kept; else made once, however many want it now."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key in self._coming:
            return await asyncio.shield(self._coming[key])
        coming = self._coming[key] = asyncio.ensure_future(make())
        coming.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(coming)

    def _keep(self, key: object, made: asyncio.Future[bytes]) -> None:
        del self._coming[key]
        if made.cancelled() or made.exception() is not None:
            return
        self._kept[key] = made.result()
        self._octets += len(made.result())
        while self._octets > self._most:
            self._octets -= len(self._kept.popitem(last=False)[1])

    async def _run(self, *command: str, given: bytes) -> bytes:
        async with self._turns:
            pipe = asyncio.subprocess.PIPE
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=pipe, stdout=pipe, stderr=pipe
                )
            except OSError as error:
                raise NoSound(f"{command[0]}: {error}") from error
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    sound, told = await process.communicate(given)
            except TimeoutError:
                raise NoSound(f"{command[0]} takes longer than {_PATIENCE_S} s") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0 or not sound:
            raise NoSound(f"{command[0]}: {' '.join(told.decode(errors='replace').split())}")
        return sound


_SOX_INPUT: Final = ("sox", "-V1", "--ignore-length", "-t", "wav", "-")


def is_chinese(language: str) -> bool:
    """Whether a language tag (`zh-CN`, `cmn`) is one of Chinese; a page without one is, too."""
    return not language or language.lower().split("-")[0] in {"zh", "cmn"}
