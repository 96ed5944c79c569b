"""Keeps child processes running: starts, restarts with back-off, and ends them in order."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from qudao.site.postgres.home import DatabaseTrouble
from qudao.site.postgres.server import Server
from qudao.site.processes import dies_with_us, kill_group, send

SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
# A part that ran this long before it ended begins again with the shortest pause.
SETTLED_S = 60.0
LARGEST_LOG = 50 << 20


class Part(Protocol):
    """Something that runs beside us until we stop it."""

    name: str

    def start(self) -> None: ...

    def ended(self) -> str | None:
        """How it ended, or None while it runs."""

    def stop(self) -> None: ...


@dataclass
class Child:
    """A program, in a process group of its own so that nothing of it stays behind."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    output: Path | None
    """Where it writes; None: where we do."""
    patience_s: float = 3.0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with ExitStack() as files:
            output = None
            if self.output is not None:
                rotate(self.output)
                output = files.enter_context(self.output.open("ab"))
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGTERM),
            )

    def ended(self) -> str | None:
        if self._process is None:
            return "was not started"
        code = self._process.poll()
        if code is None:
            return None
        kill_group(self._process.pid)  # workers that outlive their master would keep the port
        return _how(code)

    def ask_to_stop(self) -> None:
        """Ask it to end, and do not wait for it: `stop` does."""
        if self._process is not None and self._process.poll() is None:
            send(self._process.pid, signal.SIGTERM)

    def stop(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self.ask_to_stop()
            try:
                self._process.wait(self.patience_s)
            except subprocess.TimeoutExpired:
                send(self._process.pid, signal.SIGKILL)
                self._process.wait()
        kill_group(self._process.pid)


@dataclass
class Database:
    """The embedded server as a part."""

    server: Server
    say: Callable[[str], None]
    name: str = "database"

    def start(self) -> None:
        self.server.start(self.say)

    def ended(self) -> str | None:
        code = self.server.process.poll()
        return None if code is None else _how(code)

    def stop(self) -> None:
        self.server.stop()


@dataclass
class _Watched:
    part: Part
    started: float
    pause_s: float = SHORTEST_PAUSE_S
    again_at: float | None = None


@dataclass
class Supervisor:
    """Runs parts in the order they are added, and ends them in the opposite order.

    Use it from the main thread: children are tied to the thread that starts them.
    """

    say: Callable[[str], None]
    stopping: bool = False
    restarts: int = 0
    """How often a part had to be started again so far."""
    _watched: list[_Watched] = field(default_factory=list)
    _wake: tuple[int, int] = (-1, -1)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """While inside, SIGINT and SIGTERM ask us to stop; on the way out all parts are ended."""
        self._wake = (
            os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if sys.platform == "linux" else os.pipe()
        )
        os.set_blocking(self._wake[0], False)
        os.set_blocking(self._wake[1], False)
        handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {which: signal.signal(which, self._asked) for which in handled}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        try:
            yield
        finally:
            self.stop_all()
            signal.set_wakeup_fd(-1)
            for which, handler in before.items():
                signal.signal(which, handler)
            for descriptor in self._wake:
                os.close(descriptor)

    def add(self, part: Part) -> None:
        """Starts a part and watches it from now on."""
        # Watched before it is started: a start that fails half-way is cleaned up as well.
        watched = _Watched(part, time.monotonic())
        self._watched.append(watched)
        part.start()
        watched.started = time.monotonic()

    def tick(self, timeout_s: float = 5.0) -> None:
        """Sleeps until something happens, at most so long, and restarts what has ended."""
        due = [w.again_at - time.monotonic() for w in self._watched if w.again_at is not None]
        self.sleep(max(0.0, min([timeout_s, *due])))
        for watched in self._watched:
            if self.stopping:
                return
            self._look_at(watched)

    def sleep(self, timeout_s: float) -> None:
        """Sleeps until a child ends, a signal comes, or the time is over."""
        ready, _, _ = select.select([self._wake[0]], [], [], timeout_s)
        if ready:
            os.read(self._wake[0], 4096)

    def run_step(self, command: list[str], environment: Mapping[str, str], log: Path | None) -> int:
        """Runs a program to its end while the parts are watched; gives its exit code."""
        output = log.open("wb") if log else None
        step = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGTERM),
        )
        if output:
            output.close()
        try:
            while step.poll() is None and not self.stopping:
                self.tick(1.0)
        finally:
            kill_group(step.pid)
        return step.wait()

    def stop_all(self) -> None:
        """Ends every part, the last one first."""
        self.stopping = True
        while self._watched:
            self._watched.pop().part.stop()

    def _asked(self, number: int, _frame: object) -> None:
        if self.stopping and number == signal.SIGINT:
            self.say("Still stopping; a moment, please.")
        self.stopping = True

    def _look_at(self, watched: _Watched) -> None:
        now = time.monotonic()
        if watched.again_at is None:
            how = watched.part.ended()
            if how is None:
                if isinstance(watched.part, Child) and watched.part.output is not None:
                    rotate(watched.part.output)
                return
            if now - watched.started > SETTLED_S:
                watched.pause_s = SHORTEST_PAUSE_S
            self.say(f"{watched.part.name} {how}; starting it again in {watched.pause_s:g} s")
            watched.again_at = now + watched.pause_s
        elif now >= watched.again_at:
            watched.again_at = None
            self.restarts += 1
            watched.pause_s = min(watched.pause_s * 2, LONGEST_PAUSE_S)
            try:
                watched.part.start()
            except DatabaseTrouble as trouble:
                self.say(str(trouble))
                watched.again_at = time.monotonic() + watched.pause_s
            watched.started = time.monotonic()


def rotate(log: Path) -> None:
    """Keeps one older log file beside the current one when that has grown large.

    Programs append to the file that they were given, so it is copied and emptied, not renamed.
    """
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        shutil.copyfile(log, log.with_suffix(".old.log"))
        os.truncate(log, 0)


def _how(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
