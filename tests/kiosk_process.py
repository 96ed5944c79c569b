"""
The devices of kiosks as a process of its own, for tests.

A conftest takes the fixture over with `from tests.kiosk_process import kiosk_devices`.
"""

from __future__ import annotations

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
TOKEN: Final = "kiosk-secret"


class KioskProcess:
    """The devices of all kiosks, on loopback ports that stay the same over restarts."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder, self._arguments = folder, arguments
        self._ports = ("0", "0")
        self.url = self.admin = ""
        self.start()
        self._client = httpx.Client(base_url=self.admin, trust_env=False, timeout=30)

    @property
    def address(self) -> str:
        """For `KIOSK_DEVICES_URL`."""
        return f"{self.url}/{{kiosk}}"

    def start(self) -> None:
        """Start it, and return when it answers."""
        port, admin_port = self._ports
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulators.kiosk", "--data", str(self._folder)),
                *("--port", port, "--admin-port", admin_port, "--token", TOKEN),
                *self._arguments,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "the devices do not start"
        ready = json.loads(self._process.stdout.readline())
        self.url, self.admin = ready["url"], ready["admin"]
        self._ports = (self.url.rsplit(":", 1)[1], self.admin.rsplit(":", 1)[1])

    def kill9(self) -> None:
        """End it as a power cut would."""
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

    def faults(self, kiosk: str, **faults: Any) -> None:
        """Put these and no other faults in force: see `simulators.kiosk.faults.Faults`."""
        self.ask("PUT", f"/kiosks/{kiosk}/faults", json=faults)

    def put_in(self, kiosk: str, *notes: int) -> dict[str, Any]:
        """Somebody puts notes in: which were `taken`, which `refused`."""
        return self.ask("POST", f"/kiosks/{kiosk}/notes", json={"notes": notes})

    def card(self, kiosk: str, number: str = "6222020000000001", balance: int = 100_000) -> None:
        """Somebody puts a bank card into the terminal, and enters its PIN."""
        self.ask("POST", f"/kiosks/{kiosk}/card", json={"number": number, "balance": balance})

    def document(self, kiosk: str, number: str) -> None:
        """Somebody lays an identity card on the reader."""
        self.ask("PUT", f"/kiosks/{kiosk}/document", json={"number": number})

    def empty(self, kiosk: str) -> None:
        """Another kiosk is put up in its place."""
        self.ask("DELETE", f"/kiosks/{kiosk}")

    def mend(self, kiosk: str) -> None:
        self.ask("POST", f"/kiosks/{kiosk}/mend")

    def state(self, kiosk: str) -> dict[str, Any]:
        """Everything that a kiosk holds."""
        return self.ask("GET", f"/kiosks/{kiosk}")

    def notes(self, kiosk: str) -> dict[str, int]:
        """Yuan by where they are: `escrow`, `box`, `tray`."""
        state = self.state(kiosk)
        held = (one for one in state["intakes"].values())
        return {
            "escrow": sum(
                sum(one["notes"]) for one in held if one["state"] in ("taking", "held", "stuck")
            ),
            "box": sum(int(face) * count for face, count in state["box"].items()),
            "tray": sum(state["tray"]),
        }

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = self._client.request(method, path, **request)
        assert response.status_code == 200, response.text
        return dict(response.json())


@pytest.fixture(scope="module")
def kiosk_devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KioskProcess]:
    """The devices, for one module of tests: each test takes a kiosk of its own name."""
    process = KioskProcess(tmp_path_factory.mktemp("kiosks"))
    yield process
    process.close()
