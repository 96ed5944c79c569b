"""Programs of others: how they are started, what they say, and what to do when they are missing."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

import pytest

HERE: Final = Path(__file__).parent
NODE: Final = HERE / "node"
WAIT_S: Final = 40

Event = dict[str, Any]


def need_debian(package: str, *files: str) -> None:
    """Skip the test if a Debian package is missing; tools/debian-packages.sh installs it."""
    if not all(shutil.which(each) or Path(each).exists() for each in files):
        pytest.skip(f"Debian's {package} is not installed (sh tools/debian-packages.sh)")


@cache
def install_node_peers() -> None:
    """The locked npm packages, in node_modules beside their lock, as often as the lock changes."""
    need_debian("nodejs", "node")
    need_debian("npm", "npm")
    lock, stamp = NODE / "package-lock.json", NODE / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts"], cwd=NODE, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    stamp.write_bytes(lock.read_bytes())


def node(script: str, *arguments: str) -> list[str]:
    install_node_peers()
    return ["node", str(NODE / script), *arguments]


def perl(script: str, *arguments: str) -> list[str]:
    need_debian("libnet-smpp-perl", "perl", "/usr/share/perl5/Net/SMPP.pm")
    return ["perl", str(HERE / "perl" / script), *arguments]


def smpp34(script: str, *arguments: str) -> list[str]:
    return _python("smpp34", script, *arguments)


def pycmpp(script: str, *arguments: str) -> list[str]:
    return _python("pycmpp", script, *arguments)


def _python(package: str, script: str, *arguments: str) -> list[str]:
    assert importlib.util.find_spec(package), f"{package} is in requirements/dev.lock: install it"
    return [sys.executable, str(HERE / script), *arguments]


class Program:
    """A running one. What it writes as lines of JSON are its events."""

    def __init__(self, process: asyncio.subprocess.Process, errors: IO[bytes]) -> None:
        self.process = process
        self._errors = errors
        self.events: list[Event] = []
        self._more = asyncio.Condition()
        self._ended = False
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            async for line in self.process.stdout:
                async with self._more:
                    self.events.append(json.loads(line))
                    self._more.notify_all()
        finally:
            async with self._more:
                self._ended = True
                self._more.notify_all()

    def of(self, name: str) -> list[Event]:
        return [event for event in self.events if event["event"] == name]

    async def told(self, name: str, count: int = 1) -> list[Event]:
        """Its events of this name, as soon as there are so many."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.of(name)) >= count or self._ended)
        found = self.of(name)
        assert len(found) >= count, f"it ended without {count} × {name}: {self.events}\n{self.said}"
        return found

    async def ended(self) -> list[Event]:
        """All that it said; it must have ended well."""
        await self._reading
        code = await self.process.wait()
        assert code == 0, f"it ended with {code}: {self.events}\n{self.said}"
        return self.events

    @property
    def said(self) -> str:
        """What it wrote to its standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")


@asynccontextmanager
async def running(command: list[str], *, talks: bool = False) -> AsyncIterator[Program]:
    """
    Run it until the end of the block at the latest; all within `WAIT_S`, or twice as long if it is
    one that is talked to.
    """
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if talks else None,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        program = Program(process, errors)
        try:
            async with asyncio.timeout(2 * WAIT_S if talks else WAIT_S):
                yield program
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await asyncio.wait([program._reading])
            sys.stderr.write(program.said)
