"""
The BOSS simulator as a process of its own, for tests.

A conftest takes the fixture over with `from tests.boss_process import boss, boss_process`.
"""

from __future__ import annotations

import itertools
import json
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from simulators.boss.people import Person, people, person
from simulators.boss.sims import Sim, sim

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 1
START_S: Final = 60


class BossProcess:
    """A BOSS simulator on loopback ports that stay the same over restarts."""

    def __init__(self, folder: Path, customers: int = 2_000, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self._customers = customers
        self._given: set[str] = set()
        self._numbers = itertools.count(customers)
        self._serials = itertools.count(1)
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
                *(sys.executable, "-m", "simulators.boss", "--data", str(self.folder)),
                *("--port", port, "--admin-port", admin_port, "--seed", str(SEED)),
                *("--customers", str(self._customers), *self._arguments),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "the BOSS simulator does not start"
        ready = json.loads(self._process.stdout.readline())
        self.url, self.admin = ready["url"], ready["admin"]
        self._ports = (self.url.rsplit(":", 1)[1], self.admin.rsplit(":", 1)[1])

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

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        status = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return status

    def faults(self, **faults: Any) -> None:
        """Put these and no other faults in force: see `simulators.boss.faults.Faults`."""
        self._admin("PUT", "/faults", json=faults)

    def clock(self, at: datetime | None = None) -> None:
        """Set its clock; nothing: the real time again."""
        self._admin("PUT", "/clock", json={"at": at.isoformat()} if at else {})

    def spend(self, msisdn: str, amount: int) -> None:
        """A customer uses up some of the balance (fen)."""
        self._admin("POST", "/usage", json={"msisdn": msisdn, "amount": amount})

    def history(self, rows: list[dict[str, Any]]) -> dict[str, int]:
        """Load orders of the past."""
        lines = "\n".join(json.dumps(row) for row in rows)
        return dict(self._admin("POST", "/history", content=lines))

    def audit(self, *external_ids: object) -> dict[str, Any]:
        """How often each order was received and applied; see `admin.audit_of`."""
        wanted = [("externalId", str(external_id)) for external_id in external_ids]
        return dict(self._admin("GET", "/audit", params=wanted))

    def fresh(self, choose: Callable[[Person], bool] = lambda person: True) -> Person:
        """An active customer whom no test has had before, and none gets after."""
        person = self.find(lambda one: one.state == "active" and choose(one))
        self._given.add(person.msisdn)
        return person

    def find(self, choose: Callable[[Person], bool]) -> Person:
        """A customer to be looked at, whom no test has changed: the first one like this."""
        return next(
            person
            for person in people(SEED, self._customers)
            if person.msisdn not in self._given and choose(person)
        )

    def number(self, branch: str = "") -> str:
        """A number that no line has had, of any branch or of this one (`4101`)."""
        others = (person(SEED, at) for at in self._numbers)
        return next(one.msisdn for one in others if branch in ("", one.branch))

    def sim(self) -> Sim:
        """A SIM card that no line has had."""
        return sim(next(self._serials), year=26)

    def card(self) -> str:
        """The serial of a recharge card that the BOSS does not know yet."""
        return f"26{next(self._serials):015}"

    def document(self) -> str:
        """The number of a resident's identity card that nobody has shown before."""
        serial = next(self._serials)
        digits = f"410105{1950 + serial // 1000 % 50}0101{serial % 1000:03}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
        return digits + "10X98765432"[total % 11]

    def line(self, msisdn: str) -> dict[str, Any] | None:
        """Number, ICCID, plan, state, balance and add-ons of a line; None if there is none."""
        return self._look("/lines", msisdn=msisdn)

    def card_state(self, serial: str) -> dict[str, Any] | None:
        """Value, state and user of a recharge card; None if it never became valid."""
        return self._look("/cards", serial=serial)

    def blacklist(self, kind: str, number: str, *, off: bool = False) -> None:
        """Put a document on the BOSS's own blacklist, or take it off."""
        self._admin("DELETE" if off else "PUT", "/blacklist", json={"kind": kind, "number": number})

    def _look(self, path: str, **wanted: str) -> dict[str, Any] | None:
        response = self._client.get(path, params=wanted)
        assert response.status_code in (200, 404), response.text
        return dict(response.json()) if response.status_code == 200 else None

    def _admin(self, method: str, path: str, **request: Any) -> Any:
        response = self._client.request(method, path, **request)
        assert response.status_code == 200, response.text
        return response.json()

    def close(self) -> None:
        self._client.close()
        if self.running:
            self._end(signal.SIGKILL)


@pytest.fixture(scope="session")
def boss_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BossProcess]:
    """One simulator for the whole run."""
    process = BossProcess(tmp_path_factory.mktemp("boss"))
    yield process
    process.close()


@pytest.fixture
def boss(boss_process: BossProcess) -> BossProcess:
    """The simulator, running, without faults and on time."""
    if not boss_process.running:
        boss_process.start()
    boss_process.faults()
    boss_process.clock()
    return boss_process
