"""
Nothing is lost, doubled or stuck, whatever is killed while outlets sell.

A whole installation as `qudao run` starts it: its own PostgreSQL with fsync, web server, worker,
and the BOSS simulator with its faults switched on. Clients sell through the HTTP API, each
repeating a request under the same key until it has a definite answer. Meanwhile web server,
worker, BOSS and PostgreSQL get SIGKILL, and it is the installation's own supervisor that starts
them again. At the end the books are compared with what the clients were told and with what the
BOSS has done.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from qudao.site.postgres.home import socket_directory
from qudao.site.postgres.server import DATABASE, OWNER
from qudao.site.processes import processes_in
from simulators.boss.people import people
from tests import installed
from tests.invariants.small_province import PAID_IN_FEN
from tests.site.test_run import Run, until

LOAD_S = float(os.environ.get("QUDAO_TEST_CRASH_S", "12"))
"""How long clients sell and processes are killed; longer if not everything was killed by then."""
LONGEST_S = max(240, 4 * LOAD_S)
CLIENTS = 16
SEED = 20081001
SETTLED_WITHIN_S = 240
"""What a killed worker held is free after seconds; a minute is the longest pause between tries."""

FAULTS = {
    "seed": SEED,
    "latency_ms": {"median": 20, "p99": 400},
    "reset": 0.05,
    "error_before": 0.05,
    "refuse": 0.05,
    "duplicate": 0.05,
    "late_ms": 50,
    "lost_answer": 0.08,
    "error_after": 0.05,
}

pytestmark = [
    pytest.mark.crash,
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds its victims through /proc"),
]


class Installation:
    """`qudao run` on a data folder and ports of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        installed.fill(data)
        self._run = Run(data, QUDAO_API_REQUESTS_PER_MINUTE="0")
        self._run.until_it_says("Ctrl-C ends everything", within_s=300)
        self.url = f"http://127.0.0.1:{self._run.web}"
        self._admin = httpx.Client(
            base_url=f"http://127.0.0.1:{self._run.boss + 1}", trust_env=False, timeout=60
        )

    def program(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of our programs on the same data."""
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        environment |= {
            "QUDAO_DATA": str(self.data),
            "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
        }
        return subprocess.run(
            [sys.executable, "-m", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the installation's database."""
        with psycopg.connect(
            host=str(socket_directory(self.data)), user=OWNER, dbname=DATABASE, connect_timeout=5
        ) as connection:
            return connection.execute(query.encode()).fetchall()

    def answers(self) -> bool:
        """The database does."""
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg.Error:
            return False

    def live(self) -> bool:
        """The web server answers."""
        return self._run.get("/health/live")[0] == 200

    def children(self) -> dict[str, int]:
        return self._run.children()

    def faults(self, **faults: Any) -> None:
        """Put these faults in force; those of a BOSS that is being started, once it is there."""
        deadline = time.monotonic() + 60
        while True:
            try:
                assert self._admin.put("/faults", json=faults).status_code == 200
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the BOSS does not come back"
                time.sleep(0.1)

    def boss_is_there(self) -> bool:
        try:
            return self._admin.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def audit(self) -> dict[str, Any]:
        return dict(self._admin.get("/audit").json())

    def line(self, msisdn: str) -> dict[str, Any] | None:
        """What the BOSS knows of a line; None if it never was."""
        return self._look("/lines", msisdn=msisdn)

    def card(self, serial: str) -> dict[str, Any] | None:
        """What the BOSS knows of a recharge card; None if it never became valid."""
        return self._look("/cards", serial=serial)

    def _look(self, path: str, **wanted: str) -> dict[str, Any] | None:
        response = self._admin.get(path, params=wanted)
        assert response.status_code in (200, 404), response.text
        return dict(response.json()) if response.status_code == 200 else None

    def stop(self) -> None:
        self._admin.close()
        self._run.stop()

    def kill(self) -> None:
        if self._run.process.poll() is None:
            self._run.process.kill()
            self._run.process.wait()


@pytest.fixture
def installation() -> Iterator[Installation]:
    data = Path(tempfile.mkdtemp(prefix="qudao-crash-"))
    data.chmod(0o711)
    made = Installation(data)
    try:
        yield made
    finally:
        made.kill()
        cluster = (data / "postgres").resolve() / "cluster"
        until(lambda: not made.live())
        for pid in processes_in(cluster):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(data)


# ---- the clients ---------------------------------------------------------------------------------


@dataclass
class Told:
    """What the clients were told."""

    sold: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Request key → the answer."""
    taken_back: dict[str, str] = field(default_factory=dict)
    """Order → the reversal's."""
    refused: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    """Why requests had to be sent again."""
    longest_s: float = 0.0
    """From the first try to a definite answer."""


class Client:
    """Sells at one till, one request after the other."""

    def __init__(
        self, number: int, till: dict[str, str], url: str, lines: list[str], told: Told
    ) -> None:
        self._dice = random.Random(f"{SEED}:{number}")
        self._number, self._till, self._lines, self._told = number, till, lines, told
        self._url = url
        self._requests: dict[str, tuple[str, dict[str, Any]]] = {}

    async def sell_until(self, end: threading.Event) -> None:
        async with httpx.AsyncClient(
            base_url=f"{self._url}/api/v1",
            headers={"Authorization": f"Bearer {self._till['token']}", "Accept-Language": "en"},
            timeout=15,
            trust_env=False,
        ) as http:
            count = 0
            while not end.is_set():
                count += 1
                chance = self._dice.random()
                if chance < 0.10 and self._requests:
                    await self._repeat(http)
                elif chance < 0.20 and self._requests:
                    await self._take_back(http)
                else:
                    await self._sell(http, f"{self._number}-{count}")
                await asyncio.sleep(self._dice.uniform(0, 0.3))

    async def _sell(self, http: httpx.AsyncClient, key: str) -> None:
        offering, fen = self._dice.choice(
            [("TOPUP", 10_00), ("TOPUP", 50_00), ("BILLPAY", 33_44), ("DATA1GB", 20_00)]
        )
        body = {
            "outlet": self._till["outlet"],
            "offering": offering,
            "msisdn": self._dice.choice(self._lines),
            "amount_fen": fen,
        }
        # Now and then the same request twice at the same time: an impatient finger.
        times = 2 if self._dice.random() < 0.2 else 1
        answers = await asyncio.gather(
            *(self._definite(http, "/sales", key, body) for _ in range(times))
        )
        first, *others = answers
        for other in others:
            assert (other.status_code, other.json()) == (first.status_code, first.json())
        if first.status_code == 201:
            self._told.sold[key] = first.json()
            self._requests[key] = (first.json()["order"], body)
        else:
            self._told.refused[first.json()["code"]] += 1

    async def _repeat(self, http: httpx.AsyncClient) -> None:
        key = self._dice.choice(sorted(self._requests))
        again = await self._definite(http, "/sales", key, self._requests[key][1])
        assert again.status_code == 201, again.text
        assert again.json() == self._told.sold[key]

    async def _take_back(self, http: httpx.AsyncClient) -> None:
        order = self._requests[self._dice.choice(sorted(self._requests))][0]
        key = f"back-{order}-{self._dice.random()}"
        answer = await self._definite(
            http, f"/orders/{order}/reversal", key, {"reason": "typed the wrong number"}
        )
        if answer.status_code == 201:
            assert order not in self._told.taken_back or (
                self._told.taken_back[order] != answer.json()["reversal"]
            )
            self._told.taken_back[order] = answer.json()["reversal"]
        else:
            self._told.refused[answer.json()["code"]] += 1

    async def _definite(
        self, http: httpx.AsyncClient, path: str, key: str, body: dict[str, Any]
    ) -> httpx.Response:
        """Send it until the answer is a yes or a no."""
        began = time.monotonic()
        while True:
            try:
                answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if answer.status_code < 500:
                    self._told.longest_s = max(self._told.longest_s, time.monotonic() - began)
                    return answer
                why = str(answer.status_code)
            self._told.repeated[why] += 1
            assert time.monotonic() - began < 120, f"no answer to {key}: {why}"
            await asyncio.sleep(self._dice.uniform(0.1, 0.5))


async def sell_everywhere(
    url: str, tills: list[dict[str, str]], lines: list[str], told: Told, end: threading.Event
) -> None:
    clients = [Client(n, tills[n % len(tills)], url, lines, told) for n in range(CLIENTS)]
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(client.sell_until(end))


# ---- the killer ----------------------------------------------------------------------------------


class Killer:
    """Kills at random moments, and measures how long the part is away."""

    def __init__(self, installation: Installation, load_s: float = LOAD_S) -> None:
        self._at = installation
        self._load_s = load_s
        self._dice = random.Random(SEED)
        self.away_s: dict[str, list[float]] = defaultdict(list)
        self._victims: dict[str, Callable[[], Callable[[], bool]]] = {
            "web server": self._web_server,
            "web worker": self._web_worker,
            "worker": self._worker,
            "BOSS": self._boss,
            "postmaster": self._postmaster,
            "database session": self._session,
        }

    def kill_for_a_while(self, end: threading.Event) -> None:
        """Set `end` when all were killed at least once, and for long enough."""
        try:
            self._kill_for_a_while()
        finally:
            end.set()

    def everything_was_killed(self) -> bool:
        return set(self.away_s) == set(self._victims)

    def _kill_for_a_while(self) -> None:
        names = sorted(self._victims)
        round_of: list[str] = []
        start = time.monotonic()
        while time.monotonic() < start + (
            self._load_s if self.everything_was_killed() else LONGEST_S
        ):
            if not round_of:
                round_of = self._dice.sample(names, len(names))
            # Mostly one at a time, sometimes two at once.
            both = [round_of.pop() for _ in range(min(len(round_of), self._dice.choice((1, 1, 2))))]
            began = time.monotonic()
            waiting = {name: self._victims[name]() for name in both}
            while waiting:
                assert time.monotonic() - began < 240, f"not back: {sorted(waiting)}"
                for name, back in list(waiting.items()):
                    if back():
                        self.away_s[name].append(time.monotonic() - began)
                        del waiting[name]
                time.sleep(0.05)
            if self._dice.random() < 0.3:
                how = self._dice.choice(("refused", "503"))
                self._at.faults(**FAULTS, down={"seconds": self._dice.uniform(1, 4), "how": how})
            time.sleep(self._dice.uniform(0.2, 2.0))

    def _web_server(self) -> Callable[[], bool]:
        old = self._kill("granian")
        return lambda: self._at.children().get("granian", old) != old and self._at.live()

    def _web_worker(self) -> Callable[[], bool]:
        master = self._at.children().get("granian")
        workers = descendants(master)
        if not workers:
            return lambda: True
        victim = self._dice.choice(workers)
        kill(victim)
        count = len(workers)

        def back() -> bool:
            now = descendants(self._at.children().get("granian"))
            return victim not in now and len(now) >= count and self._at.live()

        return back

    def _worker(self) -> Callable[[], bool]:
        old = self._kill("cli worker")
        newest = "SELECT coalesce(max(id), 0) FROM commands_journal"
        killed: int | None = None

        def back() -> bool:
            nonlocal killed
            if killed is None:  # the database may be away itself
                killed = self._at_database(newest)
                return False
            # It works again when it has taken or settled an order that it met afterwards.
            done = self._at_database(
                f"SELECT max(id) FROM commands_journal WHERE channel = 'worker' AND id > {killed}"
            )
            return done is not None and self._at.children().get("cli worker", old) != old

        return back

    def _boss(self) -> Callable[[], bool]:
        old = self._kill("simulators.boss")

        def back() -> bool:
            there = self._at.children().get("simulators.boss", old) != old
            if there and self._at.boss_is_there():
                self._at.faults(**FAULTS)  # a new process knows nothing of them
                return True
            return False

        return back

    def _postmaster(self) -> Callable[[], bool]:
        old = self._kill("postgres")
        return lambda: self._at.children().get("postgres", old) != old and self._at.answers()

    def _session(self) -> Callable[[], bool]:
        """A back-end that dies takes all sessions with it; the postmaster recovers by itself."""
        sessions = [
            pid
            for pid in descendants(self._at.children().get("postgres"))
            if re.search(rf"{OWNER} {DATABASE} \[local\]", title(pid))
        ]
        if not sessions:
            return lambda: True
        victim = self._dice.choice(sessions)
        kill(victim)
        return lambda: (
            victim not in descendants(self._at.children().get("postgres")) and (self._at.answers())
        )

    def _kill(self, name: str) -> int:
        pid = self._at.children().get(name, 0)
        if pid:
            kill(pid)
        return pid

    def _at_database(self, query: str) -> Any:
        """None while the database is away."""
        try:
            return self._at.rows(query)[0][0]
        except psycopg.OperationalError:
            return None


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def descendants(parent: int | None) -> list[int]:
    """The children of a process."""
    try:
        tasks = list(Path(f"/proc/{parent}/task").iterdir())
        found = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    except OSError:
        return []
    return sorted(found)


# ---- the reckoning -------------------------------------------------------------------------------

NOTHING_OPEN = """
SELECT (SELECT count(*) FROM ordering_dispatch)
     + (SELECT count(*) FROM ordering_order
        WHERE state NOT IN ('completed', 'failed', 'cancelled'))
     + (SELECT count(*) FROM commands_journal j, events_cursor c
        WHERE c.consumer = 'ordering.hourly_sales' AND (j.xid, j.id) > (c.xid, c.position)
          AND j.command IN ('ordering.sell', 'ordering.settle'))
"""

ORDERS = """
SELECT o.id::text, o.state, o.reverses_id::text, j.request_key, j.answer->>'debit',
       p.id IS NOT NULL
FROM ordering_order o
LEFT JOIN commands_journal j ON j.subject = o.id AND j.command = 'ordering.sell'
LEFT JOIN ledger_posting p ON p.id = o.hold_id
"""

DOUBLE_KEYS = """
SELECT actor, request_key, count(*) FROM commands_journal WHERE command = 'ordering.sell'
GROUP BY actor, request_key HAVING count(*) > 1
"""

IN_FLIGHT = """
SELECT coalesce(sum(CASE WHEN p.target_id = a.id THEN p.amount ELSE -p.amount END), 0)
FROM ledger_account a JOIN ledger_posting p ON a.id IN (p.source_id, p.target_id)
WHERE a.kind = 'in_flight'
"""

WALLETS = """
SELECT w.outlet_id::text, b.balance, (
    SELECT coalesce(sum(CASE WHEN p.target_id = w.account_id THEN p.amount ELSE -p.amount END), 0)
    FROM ledger_posting p WHERE w.account_id IN (p.source_id, p.target_id)), (
    SELECT coalesce(sum(o.debit), 0) FROM ordering_order o
    WHERE o.outlet_id = w.outlet_id AND o.state = 'completed' AND o.reverses_id IS NULL)
FROM wallet_wallet w JOIN ledger_balance b ON b.account_id = w.account_id
"""

HOURS_KEPT = """
SELECT outlet_id::text, business_date, hour, business, channel, taken, taken_amount, completed,
       completed_amount, debited, failed, reversed
FROM ordering_hourly_sales ORDER BY 1, 2, 3, 4, 5
"""

HOURS_COUNTED = """
SELECT outlet_id::text, business_date,
       extract(hour FROM ordered_at AT TIME ZONE 'Asia/Shanghai')::smallint, business, channel,
       count(*)::int, sum(amount)::bigint,
       count(*) FILTER (WHERE state = 'completed')::int,
       coalesce(sum(amount) FILTER (WHERE state = 'completed'), 0)::bigint,
       coalesce(sum(debit) FILTER (WHERE state = 'completed'), 0)::bigint,
       count(*) FILTER (WHERE state = 'failed')::int,
       count(*) FILTER (WHERE state = 'cancelled')::int
FROM ordering_order WHERE reverses_id IS NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""


def assert_nothing_is_lost_doubled_or_stuck(at: Installation, told: Told) -> None:
    orders = {row[0]: row[1:] for row in at.rows(ORDERS)}
    sales = {order: row for order, row in orders.items() if row[1] is None}
    reversals = {order: row for order, row in orders.items() if row[1] is not None}

    # Every acknowledged order exists, once, and nobody has an order that was not acknowledged.
    acknowledged = {answer["order"]: key for key, answer in told.sold.items()}
    assert len(acknowledged) == len(told.sold)
    assert {order: f"api:{key}" for order, key in acknowledged.items()} == {
        order: row[2] for order, row in sales.items()
    }
    assert at.rows(DOUBLE_KEYS) == []
    assert set(told.taken_back.values()) <= set(reversals)

    # What we say of an order is what the BOSS has done, and it has done it once or never.
    audit = at.audit()
    assert audit["totals"]["applied_wrongly"] == 0
    assert set(audit["orders"]) <= set(orders)
    for order, (state, original, *_) in orders.items():
        work = audit["orders"].get(order)
        applied = work["applied"] if work else 0
        assert applied == (0 if state == "failed" else 1), (order, state, work)
        if original is None:
            taken_back = any(
                row[1] == order and row[0] == "completed" for row in reversals.values()
            )
            assert (state == "cancelled") == taken_back
            assert work is None or (work["reversed_by"] is not None) == taken_back, (order, work)

    # Our books.
    checked = at.program("qudao.site.cli", "check")
    assert (checked.returncode, checked.stdout) == (0, "everything balances\n"), checked
    assert at.rows(IN_FLIGHT) == [(0,)]
    for outlet, balance, postings, spent in at.rows(WALLETS):
        assert balance == postings == PAID_IN_FEN - spent, outlet
    assert at.rows(HOURS_KEPT) == at.rows(HOURS_COUNTED)


def test_kills_under_load_lose_double_and_block_nothing(installation: Installation) -> None:
    at = installation
    prepared = at.program("tests.invariants.small_province")
    assert prepared.returncode == 0, prepared.stderr
    tills = json.loads(prepared.stdout.splitlines()[-1])
    lines = [person.msisdn for person in people(1, 500)]
    at.faults(**FAULTS)
    told, killer = Told(), Killer(at)

    async def load() -> None:
        end = threading.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(killer.kill_for_a_while, end))
            group.create_task(sell_everywhere(at.url, tills, lines, told, end))

    asyncio.run(load())
    at.faults()
    began = time.monotonic()
    until(lambda: at.answers() and at.rows(NOTHING_OPEN) == [(0,)], within_s=SETTLED_WITHIN_S)

    print(f"\n{len(told.sold)} sales, {len(told.taken_back)} reversals; refused {told.refused}")
    print(f"repeated {dict(told.repeated)}; longest to a definite answer {told.longest_s:.1f} s")
    print(f"all settled {time.monotonic() - began:.1f} s after the last sale")
    for name, times in sorted(killer.away_s.items()):
        print(f"  {name}: away {', '.join(f'{s:.1f}' for s in times)} s")

    assert killer.everything_was_killed()
    assert len(told.sold) > 50
    assert "500" not in told.repeated, "what is away is told as such"
    assert_nothing_is_lost_doubled_or_stuck(at, told)
    at.stop()
