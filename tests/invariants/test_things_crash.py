"""
Numbers, cards and goods are lost, doubled or stuck by nothing, whatever is killed meanwhile.

A whole installation as in `test_crash`, the BOSS with its faults switched on. Counters, each a
process, open accounts, change lines, sell cards and goods; they, the web server, the worker, the
BOSS and PostgreSQL get SIGKILL. At the end things, orders and the BOSS's own lines are compared.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulators.boss.people import people
from tests.invariants.stocked_province import PAID_IN_FEN
from tests.invariants.test_crash import (
    FAULTS,
    IN_FLIGHT,
    NOTHING_OPEN,
    SETTLED_WITHIN_S,
    Installation,
    Killer,
    installation,
)
from tests.site.test_run import until

LOAD_S = float(os.environ.get("QUDAO_TEST_CRASH_S", "10"))
CLIENTS = 4

pytestmark = [
    pytest.mark.crash,
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds its victims through /proc"),
]

__all__ = ["installation"]


class Counters:
    """The processes of the counters, and the folders that they write into."""

    def __init__(self, at: Installation, folder: Path, wants: list[dict[str, Any]]) -> None:
        self._at, self.folder = at, folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        for n, want in enumerate(wants):
            own = folder / str(n)
            own.mkdir()
            (own / "wants.json").write_text(json.dumps(want))
            self._start(n)

    def _start(self, n: int) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        environment |= {
            "QUDAO_DATA": str(self._at.data),
            "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
        }
        with (self.folder / str(n) / "errors").open("ab") as errors:
            self._processes[n] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.invariants.counter"),
                    *(str(self.folder / str(n)), f"counter-{n}"),
                ],
                env=environment,
                stderr=errors,
            )

    def kill_one(self, dice: random.Random) -> Callable[[], bool]:
        """Kill one in the middle of what it does; it starts again at once."""
        n = dice.randrange(len(self._processes))
        self._processes[n].kill()
        self._processes[n].wait()
        before = len(self.said(n))
        self._start(n)
        return lambda: len(self.said(n)) > before

    def said(self, n: int) -> list[dict[str, Any]]:
        log = self.folder / str(n) / "done.jsonl"
        found = []
        for line in log.read_text().splitlines() if log.exists() else []:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def finish(self) -> None:
        """Let each end what it has begun."""
        (self.folder / "stop").touch()
        for n, process in self._processes.items():
            assert process.wait(150) == 0, (self.folder / str(n) / "errors").read_text()

    def end(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


class ThingsKiller(Killer):
    """Kills counters too."""

    def __init__(self, at: Installation, counters: Counters) -> None:
        super().__init__(at, LOAD_S)
        self._victims["counter"] = lambda: counters.kill_one(self._dice)


ORDERS = """
SELECT o.id::text, o.business, o.state, o.debit, o.msisdn, o.details FROM ordering_order o
"""

BOUND = """
SELECT (SELECT count(*) FROM resource_number WHERE state = 'bound')
     + (SELECT count(*) FROM stock_unit WHERE state = 'held')
     + (SELECT count(*) FROM stock_hold)
     + (SELECT count(*) FROM customer_dossier WHERE state = 'submitted')
     + (SELECT count(*) FROM customer_line WHERE state = 'pending')
"""

BALANCE = """
SELECT b.balance FROM wallet_wallet w JOIN ledger_balance b ON b.account_id = w.account_id
JOIN ledger_posting p ON w.account_id IN (p.source_id, p.target_id) GROUP BY b.account_id, b.home
"""

NOT_OF_THE_BOSS = {"goods", "own_goods", "goods_purchase"}


def assert_things_agree(at: Installation, counters: Counters) -> None:
    orders = {row[0]: row[1:] for row in at.rows(ORDERS)}
    said = [one for n in range(CLIENTS) for one in counters.said(n) if "answer" in one]
    keys = Counter(one["key"] for one in said)
    assert max(keys.values()) == 1, "each thing was answered once"

    # Whoever was told of an order has it, and there is no order that nobody was told of.
    told = [order for one in said for order in one["orders"]]
    assert len(told) == len(set(told)) and set(told) == set(orders)

    # What we say of an order is what the BOSS has done, and it has done it once or never.
    audit = at.audit()
    assert audit["totals"]["applied_wrongly"] == 0
    for order, (business, state, *_) in orders.items():
        assert state in ("completed", "failed"), (order, state)
        work = audit["orders"].get(order)
        applied = work["applied"] if work else 0
        if business in NOT_OF_THE_BOSS:
            assert (applied, state) == (0, "completed")
        else:
            assert applied == (state == "completed"), (order, business, state, work)
    assert set(audit["orders"]) <= set(orders)

    # Nothing is stuck, and all books agree.
    assert at.rows(BOUND) == [(0,)]
    assert at.rows(IN_FLIGHT) == [(0,)]
    checked = at.program("qudao.site.cli", "check")
    assert (checked.returncode, checked.stdout) == (0, "everything balances\n"), checked
    spent = sum(row[2] for row in orders.values() if row[1] == "completed")
    assert at.rows(BALANCE) == [(PAID_IN_FEN - spent,)]

    # Our numbers and cards are what the BOSS's lines and cards say.
    active = {
        number
        for (number,) in at.rows("SELECT number::text FROM resource_number WHERE state = 'active'")
    }
    opened = {}
    for business, state, _, msisdn, details in orders.values():
        codes = {item["kind"]: item["code"] for item in (details or {}).get("items", ())}
        if state != "completed":
            continue
        if business == "account_opening":
            opened[msisdn] = codes["sim"]
        if business == "number_change":
            opened[codes["number"]] = ""
    assert active == set(opened)
    for number, sim in opened.items():
        line = at.line(number)
        assert line is not None and line["state"] == "active", (number, line)
        assert sim in ("", line["iccid"])
    for (number,) in at.rows("SELECT number::text FROM resource_number WHERE state <> 'active'"):
        line = at.line(number)
        assert line is None or line["state"] == "terminated", (number, line)
    for serial, state in at.rows(
        "SELECT serial, state FROM stock_unit WHERE kind = 'recharge_card'"
    ):
        card = at.card(serial)
        assert {"in_stock": None, "sold": "valid", "used": "used"}[state] == (
            card and card["state"]
        ), serial


def test_kills_lose_double_and_block_no_thing(installation: Installation, tmp_path: Path) -> None:
    at = installation
    prepared = at.program("tests.invariants.stocked_province", str(CLIENTS))
    assert prepared.returncode == 0, prepared.stderr
    lines = [one.msisdn for one in people(1, 300) if one.state == "active"]
    wants = [
        want | {"lines": lines[n::CLIENTS]}
        for n, want in enumerate(json.loads(prepared.stdout.splitlines()[-1]))
    ]
    at.faults(**FAULTS)
    counters = Counters(at, tmp_path, wants)
    try:
        killer = ThingsKiller(at, counters)
        killer.kill_for_a_while(threading.Event())
        at.faults()
        counters.finish()
    finally:
        counters.end()
    began = time.monotonic()
    until(lambda: at.answers() and at.rows(NOTHING_OPEN) == [(0,)], within_s=SETTLED_WITHIN_S)

    said = [one for n in range(CLIENTS) for one in counters.said(n) if "answer" in one]
    print(f"\n{Counter(one['answer'] for one in said)}")
    print(at.rows("SELECT business, state, count(*) FROM ordering_order GROUP BY 1, 2 ORDER BY 1"))
    print(f"all settled {time.monotonic() - began:.1f} s after the last sale")
    for name, times in sorted(killer.away_s.items()):
        print(f"  {name}: away {', '.join(f'{s:.1f}' for s in times)} s")
    assert killer.everything_was_killed()
    assert sum(one["answer"] == "sold" for one in said) > 20
    assert_things_agree(at, counters)
    at.stop()
