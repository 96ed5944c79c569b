"""
The counter as a process of its own, on a free port of this machine.

    def test_…(committed_province, counter: CounterProcess) -> None:
        status, document, headers = counter.sell(secret, key="k-1")

It sees what is committed: tests that use it need `committed_province`.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from qudao.site.bench.ports import free_port

MSISDN = "13937100001"
START_S = 60


class Told(NamedTuple):
    """An answer."""

    status: int
    document: Any
    headers: Mapping[str, str]


@dataclass
class CounterProcess:
    """A running counter."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60,
    ) -> Told:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            content = answer.read()
            kind = answer.headers.get("Content-Type", "")
            document: Any = content
            if not kind.startswith("application/pdf"):
                document = json.loads(content) if "json" in kind else content.decode()
            return Told(answer.status, document, answer.headers)
        finally:
            connection.close()

    def sell(
        self,
        secret: str,
        key: str,
        amount_fen: int = 5000,
        *,
        offering: str = "TOPUP",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Told:
        """Sell a top-up, or what else the body says."""
        body = {"offering": offering, "msisdn": MSISDN, "amount_fen": amount_fen} | more
        return self.request(
            "POST", "/api/v1/sales", json.dumps(body).encode(), sale_headers(secret, key, headers)
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait until it has; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(START_S)


def sale_headers(secret: str, key: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {secret}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "Accept-Language": "en",
        **(more or {}),
    }


@contextmanager
def counter_process(
    environment: Mapping[str, str], folder: Path, *options: str
) -> Iterator[CounterProcess]:
    """A counter that is ready, until the block ends."""
    port = free_port()
    log = folder / f"counter-{port}.log"
    command = [sys.executable, "-m", "qudao.site.cli", "counter", "--port", str(port), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={"QUDAO_LOG_LEVEL": "WARNING", **environment},
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    running = CounterProcess(port, process, log)
    try:
        _wait_until_ready(running)
        yield running
    finally:
        try:
            running.stop()
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(running: CounterProcess) -> None:
    late = time.monotonic() + START_S
    while True:
        try:
            if running.request("GET", "/ready").status == 200:
                return
        except OSError:
            time.sleep(0.05)  # it is not listening yet
        assert running.process.poll() is None, running.log.read_text(errors="replace")
        assert time.monotonic() < late, running.log.read_text(errors="replace")


@pytest.fixture
def counter_environment(server_environment: dict[str, str]) -> dict[str, str]:
    """What the counter is told; a test may add to it before it asks for `counter`."""
    return {**server_environment, "QUDAO_API_REQUESTS_PER_MINUTE": "0", "PATH": os.environ["PATH"]}


class Counters:
    """Counters that a worker's tests share: one that has ended is started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[tuple[tuple[str, str], ...], CounterProcess] = {}
        self._stack = ExitStack()

    def told(self, environment: Mapping[str, str]) -> CounterProcess:
        """Give a counter that was told the same, and one that was started now if there is none."""
        key = tuple(sorted((k, v) for k, v in environment.items() if not k.startswith("PYTEST_")))
        running = self._running.get(key)
        if running is None or running.process.poll() is not None:
            running = self._stack.enter_context(counter_process(environment, self._folder))
            self._running[key] = running
        return running

    def stop(self) -> None:
        self._stack.close()


@pytest.fixture(scope="session")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    shared = Counters(tmp_path_factory.mktemp("counters"))
    yield shared
    shared.stop()


@pytest.fixture
def counter(
    transactional_db: None, counter_environment: dict[str, str], counters: Counters
) -> CounterProcess:
    """A counter on the database of this process."""
    return counters.told(counter_environment)


@pytest.fixture
def own_counter(
    transactional_db: None, counter_environment: dict[str, str], tmp_path: Path
) -> Iterator[CounterProcess]:
    """One of this test alone, that has done nothing yet."""
    with counter_process(counter_environment, tmp_path) as running:
        yield running
