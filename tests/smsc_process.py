"""
The short-message centre as a process of its own, for tests.

A conftest takes the fixture over with `from tests.smsc_process import smsc, smsc_process`.
"""

from __future__ import annotations

import itertools
import json
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
WAIT_S: Final = 30
"""How long a test waits for what must come."""


class SmscProcess:
    """A centre on loopback ports; `system_id` and `password` are `qudao` unless accounts say so."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._numbers = itertools.count(13_900_000_000)
        self._ports = ("0", "0")
        self.url = self.admin = ""
        self.start()
        self._client = httpx.Client(base_url=self.admin, trust_env=False, timeout=70)

    def start(self) -> None:
        """Start it, and return when it answers."""
        port, admin_port = self._ports
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulators.smsc"),
                *("--port", port, "--admin-port", admin_port, *self._arguments),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "the short-message centre does not start"
        ready = json.loads(self._process.stdout.readline())
        self.url, self.admin = ready["url"], ready["admin"]
        self._ports = (str(self.port), self.admin.rsplit(":", 1)[1])

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def kill9(self) -> None:
        """End it as a power cut would; what it had in memory is gone."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        self._client.close()
        if self._process.poll() is None:
            self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        self._process.send_signal(number)
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def number(self) -> str:
        """A phone that no test has had."""
        return str(next(self._numbers))

    def faults(self, **faults: Any) -> None:
        """Put these and no other faults in force: see `simulators.smsc.faults.Faults`."""
        self.ask("PUT", "/faults", json=faults)

    def text(self, msisdn: str, to: str, text: str, **more: Any) -> int:
        """A phone sends a message (see `simulators.smsc.admin.Text`); its id."""
        body = {"to": to, "text": text, **more}
        return int(self.ask("POST", f"/mobile/{msisdn}/messages", json=body)["id"])

    def taken(self, message_id: int, wait_s: float = WAIT_S) -> dict[str, Any]:
        """What became of a message of a phone: `state` is waiting, taken or refused."""
        return self.ask("GET", f"/messages/{message_id}", params={"wait": wait_s})

    def received(self, msisdn: str, after: int = 0, wait_s: float = WAIT_S) -> list[dict[str, Any]]:
        """The messages on a phone, as soon as there is one after `after`."""
        wanted = {"after": after, "wait": wait_s}
        return list(self.ask("GET", f"/mobile/{msisdn}/messages", params=wanted)["messages"])

    def ussd(self, msisdn: str, wait_s: float = WAIT_S, **act: Any) -> dict[str, Any]:
        """`dial`, `answer` or `hang_up`; the screen, once the application has spoken."""
        return self.ask("POST", f"/mobile/{msisdn}/ussd", json=act, params={"wait": wait_s})

    def screen(self, msisdn: str, after: int = 0, wait_s: float = WAIT_S) -> dict[str, Any]:
        """What a phone shows, as soon as the screen's number is above `after`."""
        wanted = {"after": after, "wait": wait_s}
        return self.ask("GET", f"/mobile/{msisdn}/ussd", params=wanted)

    def phone(self, msisdn: str, **condition: bool) -> None:
        """`on=False` switches it off, `known=False` takes its number back."""
        self.ask("PUT", f"/mobile/{msisdn}", json=condition)

    def submitted(self, after: int = 0, wait_s: float = WAIT_S) -> list[dict[str, Any]]:
        """What applications submitted after number `after`, as soon as there is something."""
        wanted = {"after": after, "wait": wait_s}
        return list(self.ask("GET", "/submitted", params=wanted)["messages"])

    @property
    def latest(self) -> int:
        """The number of what was submitted last."""
        return int(self.ask("GET", "/submitted", params={"most": 0})["latest"])

    def sessions(self, bound: int = 0, wait_s: float = WAIT_S) -> list[dict[str, Any]]:
        """The sessions, as soon as so many are bound."""
        wanted = {"bound": bound, "wait": wait_s}
        return list(self.ask("GET", "/sessions", params=wanted)["sessions"])

    def end(self, how: str, system_id: str = "qudao") -> None:
        """The sessions of an application end by `unbind`, `close` or `reset`."""
        self.ask("POST", f"/sessions/{system_id}/end", json={"how": how})

    def octets(self, octets: bytes, system_id: str = "qudao") -> None:
        """These octets go to an application as they are."""
        self.ask("POST", f"/sessions/{system_id}/octets", json={"hex": octets.hex()})

    def clear(self) -> None:
        """Break every session, drop what is on its way, end faults."""
        self.ask("POST", "/clear")

    @property
    def problems(self) -> list[str]:
        """What applications did wrong so far, in words."""
        return list(self.ask("GET", "/problems")["problems"])

    def load(self, **load: Any) -> dict[str, Any]:
        """Many phones talk at once: see `simulators.smsc.load.Load`."""
        return self.ask("POST", "/load", json=load)

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = self._client.request(method, path, **request)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def refused(self, method: str, path: str, **request: Any) -> tuple[int, str]:
        """Status and reason of what the back door declines."""
        response = self._client.request(method, path, **request)
        assert response.status_code >= 400, response.text
        return response.status_code, str(response.json()["reason"])


@pytest.fixture(scope="session")
def smsc_process() -> Iterator[SmscProcess]:
    """One centre for the whole run."""
    process = SmscProcess()
    yield process
    process.close()


@pytest.fixture
def smsc(smsc_process: SmscProcess) -> Iterator[SmscProcess]:
    """The centre without faults, and without anything on its way from another test."""
    smsc_process.clear()
    yield smsc_process
    smsc_process.clear()
