"""
The acquirer simulator as a process of its own, for tests.

A conftest takes the fixture over with `from tests.acquirer_process import acquirer,
acquirer_process`; `acquirer.environment` is what a process of ours is told, and
`settings.ACQUIRER_URL = acquirer.url` what this one is (with `acquirer.key`, `acquirer.secret`).
"""

from __future__ import annotations

import itertools
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

ROOT: Final = Path(__file__).parents[1]
START_S: Final = 60
PAYS: Final = "6200000000000005"
"""A card's number that pays; others: `simulators.acquirer.cards.TEST_CARDS`."""


class AcquirerProcess:
    """An acquirer on loopback ports that stay the same over restarts."""

    key, secret = "qudao", "a secret that both sides know"

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self._numbers = itertools.count(13_800_900_000)
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = ("0", "0")
        self.url = self.admin = ""
        self.start()
        self._client = httpx.Client(base_url=self.admin, trust_env=False, timeout=30)

    def start(self) -> None:
        """Start it, and return when it answers."""
        port, admin_port = self._ports
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulators.acquirer", "--data", str(self.folder)),
                *("--port", port, "--admin-port", admin_port, *self._arguments),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ, **self.secrets},
        )
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "the acquirer does not start"
        ready = json.loads(self._process.stdout.readline())
        self.url, self.admin = ready["url"], ready["admin"]
        self._ports = (self.url.rsplit(":", 1)[1], self.admin.rsplit(":", 1)[1])

    @property
    def secrets(self) -> dict[str, str]:
        return {"QUDAO_ACQUIRER_KEY": self.key, "QUDAO_ACQUIRER_SECRET": self.secret}

    @property
    def environment(self) -> dict[str, str]:
        """What a process of ours needs to know to reach it."""
        return {**self.secrets, "QUDAO_ACQUIRER_URL": self.url}

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill9(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; returns its exit status."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Kill it if it lives, and start it on the same books and ports."""
        if self.running:
            self.kill9()
        self.start()

    def close(self) -> None:
        self._client.close()
        if self.running:
            self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        status = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return status

    def faults(self, **faults: Any) -> None:
        """Put these and no other faults in force: see `simulators.acquirer.faults.Faults`."""
        self.ask("PUT", "/faults", json=faults)

    def number(self) -> str:
        """A line that no test has had."""
        return str(next(self._numbers))

    def bind(self, msisdn: str, **card: Any) -> None:
        """Bind a card to a line: `limit` (fen), `declines` (a code), `tail`."""
        self.ask("PUT", f"/cards/{msisdn}", json=card)

    def unbind(self, msisdn: str) -> None:
        self.ask("DELETE", f"/cards/{msisdn}")

    def card(self, msisdn: str) -> dict[str, Any]:
        """What a line's card has `available` (fen), its `tail`, the code with which it declines."""
        return dict(self.ask("GET", f"/cards/{msisdn}"))

    def pay(self, payment: Any, number: str = PAYS) -> dict[str, Any]:
        """A customer pays on the page of a payment; the payment as it is then."""
        return dict(self.ask("POST", f"/payments/{payment}/pay", json={"number": number}))

    def cancel(self, payment: Any) -> dict[str, Any]:
        """A customer cancels on the page of a payment."""
        return dict(self.ask("POST", f"/payments/{payment}/pay", json={"cancel": True}))

    def payment(self, payment: Any) -> dict[str, Any] | None:
        """A payment, whole; None: the acquirer has never heard of it."""
        response = self._client.get(f"/payments/{payment}")
        assert response.status_code in (200, 404), response.text
        return dict(response.json()) if response.status_code == 200 else None

    def audit(self, *payments: Any) -> dict[str, Any]:
        """What was received and done: see `simulators.acquirer.admin.audit_of`."""
        wanted = {"payment": [str(payment) for payment in payments]}
        return dict(self.ask("GET", "/audit", params=wanted))

    def notices(self, url: str | None = None) -> list[dict[str, Any]]:
        """The notices, newest first; with an address, send them there from now on."""
        told = (
            self.ask("GET", "/notices")
            if url is None
            else self.ask("PUT", "/notices", json={"url": url})
        )
        return list(told["notices"])

    def forget_notices(self) -> None:
        """Drop what waits, and send nothing from now on."""
        self.ask("PUT", "/notices", json={"drop": True})

    def ask(self, method: str, path: str, **request: Any) -> Any:
        response = self._client.request(method, path, **request)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="session")
def acquirer_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AcquirerProcess]:
    """One acquirer for the whole run."""
    process = AcquirerProcess(tmp_path_factory.mktemp("acquirer"))
    yield process
    process.close()


@pytest.fixture
def acquirer(acquirer_process: AcquirerProcess) -> Iterator[AcquirerProcess]:
    """The acquirer, running, without faults; notices go nowhere, and none wait."""
    if not acquirer_process.running:
        acquirer_process.start()
    acquirer_process.faults()
    acquirer_process.forget_notices()
    yield acquirer_process
    if acquirer_process.running:
        acquirer_process.forget_notices()
