"""
Nothing that the counter acknowledged is lost or done twice, whatever fails while it sells.

A whole installation as `qudao run` starts it; clients sell through the counter, each repeating a
request under the same key until it has a definite answer. One thing after the other fails: a
process of the counter, all of it, PostgreSQL, the worker are killed; the wire to the BOSS is cut,
and swallows what it carries; the disk is full; the clock is set. After each the books are compared
with what the clients were told, and in the end with what the BOSS has done.

`QUDAO_TEST_FAULT_ROUNDS=20` does all of it twenty times, `QUDAO_TEST_CLIENTS=64` with more clients.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from qudao.site.bench.ports import free_port
from qudao.site.postgres.home import socket_directory
from qudao.site.postgres.server import DATABASE, OWNER
from qudao.site.processes import processes_in
from simulators.boss.people import people
from tests import installed
from tests.boss_process import BossProcess
from tests.clock import COMPILER, Clock
from tests.invariants.test_crash import (
    FAULTS,
    NOTHING_OPEN,
    SETTLED_WITHIN_S,
    Client,
    Installation,
    Told,
    assert_nothing_is_lost_doubled_or_stuck,
    descendants,
    title,
)
from tests.site.test_run import Run, until
from tests.wire import Wire

ROUNDS = int(os.environ.get("QUDAO_TEST_FAULT_ROUNDS", "1"))
CLIENTS = int(os.environ.get("QUDAO_TEST_CLIENTS", "12"))
SEED = 20090430
PATIENCE_S = 60

pytestmark = [
    pytest.mark.crash,
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds its victims through /proc"),
]


class Site(Installation):
    """`qudao run` with a counter, and a BOSS of ours behind a wire."""

    def __init__(self, data: Path) -> None:
        self.data = data
        installed.fill(data)
        self.clock = Clock(data) if COMPILER else None
        self.boss = BossProcess(data / "their-boss")
        try:
            self._start(data)
        except BaseException:
            self.boss.close()
            raise

    def _start(self, data: Path) -> None:
        address = httpx.URL(self.boss.url)
        self.wire = Wire(address.host, address.port or 0)
        port = free_port()
        self._run = Run(
            data,
            *("--counter-port", str(port), "--counter-workers", "2"),
            QUDAO_API_REQUESTS_PER_MINUTE="0",
            QUDAO_BOSS_URL=self.wire.url,
            **(self.clock.environment if self.clock else {}),
        )
        self._run.until_it_says("Ctrl-C ends everything", within_s=300)
        self.url = f"http://127.0.0.1:{self._run.web}"
        self.counter = f"http://127.0.0.1:{port}"
        self._admin = httpx.Client(base_url=self.boss.admin, trust_env=False, timeout=60)

    def children(self) -> dict[str, int]:
        """Our children by the name of the part."""
        names = {
            "postgres": "postgres",
            "cli worker": "worker",
            "cli counter": "counter",
            "granian": "web server",
        }
        found = {}
        for pid in descendants(self._run.process.pid):
            for word, name in names.items():
                if word in title(pid):
                    found[name] = pid
        return found

    def do(self, statement: str) -> None:
        """Tell the installation's database, as its owner."""
        with psycopg.connect(
            host=str(socket_directory(self.data)), user=OWNER, dbname=DATABASE, autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def tellers(self) -> list[int]:
        """The processes of the counter that sell."""
        some = descendants(self.children().get("counter"))
        return [pid for pid in some if "--among-others" in title(pid)]

    def ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.counter}/ready", timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def said(self) -> list[str]:
        """What our supervisor has said since it was asked last."""
        lines = []
        with suppress(queue.Empty):
            while (line := self._run._lines.get_nowait()) is not None:
                lines.append(f"    {line}")
        return lines

    def errors(self) -> str:
        """The ends of the logs of what answers our clients."""
        logs = [self.data / "log" / name for name in ("counter.log", "web.log")]
        return "\n".join(log.read_text(errors="replace")[-20_000:] for log in logs)

    def kill(self) -> None:
        super().kill()
        self.boss.close()
        self.wire.__exit__(None, None, None)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    data = Path(tempfile.mkdtemp(prefix="qudao-crash-"))
    data.chmod(0o711)
    made = Site(data)
    try:
        yield made
    finally:
        made.kill()
        cluster = (data / "postgres").resolve() / "cluster"
        until(lambda: not made.live())
        for pid in processes_in(cluster):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(data)


# ---- the load ------------------------------------------------------------------------------------


class Seller(Client):
    """Sells through the counter, takes back through the web server; rests when it is told to."""

    load: Load

    async def sell_until(self, end: threading.Event) -> None:
        async with httpx.AsyncClient(
            base_url=f"{self._url}/api/v1",
            headers={"Authorization": f"Bearer {self._till['token']}", "Accept-Language": "en"},
            timeout=15,
            trust_env=False,
        ) as http:
            count = 0
            while not end.is_set():
                await self.load.turn()
                count += 1
                chance = self._dice.random()
                try:
                    if chance < 0.10 and self._requests:
                        await self._repeat(http)
                    elif chance < 0.15 and self._requests:
                        await self._take_back(http)
                    else:
                        await self._sell(http, f"{self._number}-{count}")
                finally:
                    self.load.busy -= 1
                await asyncio.sleep(self._dice.uniform(0, 0.1))

    async def _definite(
        self, http: httpx.AsyncClient, path: str, key: str, body: dict[str, Any]
    ) -> httpx.Response:
        began = time.monotonic()
        if path != "/sales":
            path = f"{self.load.site.url}/api/v1{path}"
        answer = await super()._definite(http, path, key, body)
        if answer.status_code == 201 and path == "/sales":
            self.load.served.append((began, time.monotonic()))
        return answer


class Load:
    """Clients that sell until the end of the block; `hold` lets all of them finish and rest."""

    def __init__(self, site: Site, tills: list[dict[str, str]], told: Told) -> None:
        self.site, self.told = site, told
        self.busy = 0
        self.served: list[tuple[float, float]] = []
        """Of each sale, when it was asked for first and when it was acknowledged."""
        self._tills = tills
        self._end = threading.Event()
        self._go = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Load:
        self._go.set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._go.set()
        self._end.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    async def turn(self) -> None:
        """Wait while the load is held; then be busy."""
        while not self._go.is_set():
            await asyncio.sleep(0.02)
        self.busy += 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """While inside, nobody asks for anything, and everybody has been answered."""
        self._go.clear()
        until(lambda: self.busy == 0 or self._failure is not None, within_s=120)
        assert self._failure is None, self._failure
        yield
        self._go.set()

    def serves_since(self, moment: float) -> float | None:
        """How long after `moment` the first sale asked for since then was acknowledged."""
        return min((end - moment for began, end in self.served if began > moment), default=None)

    def sold_since(self, moment: float) -> int:
        """How many sales that were asked for since then were acknowledged."""
        return sum(began > moment for began, _ in self.served)

    def longest_pause(self, since: float) -> float:
        """The longest time since then in which nothing was acknowledged."""
        ends = sorted(end for _, end in self.served if end > since)
        return max(b - a for a, b in pairwise([since, *ends]))

    def _run(self) -> None:
        try:
            asyncio.run(self._sell())
        except BaseException as error:
            self._failure = error

    async def _sell(self) -> None:
        lines = [person.msisdn for person in people(1, 500)]
        # Numbers of their own in each test: they begin the request keys.
        first = 1000 * len(self.told.sold)
        async with asyncio.TaskGroup() as group:
            for n in range(CLIENTS):
                till = self._tills[n % len(self._tills)]
                one = Seller(first + n, till, self.site.counter, lines, self.told)
                one.load = self
                group.create_task(one.sell_until(self._end))


@pytest.fixture(scope="module")
def tills(site: Site) -> list[dict[str, str]]:
    return prepared(site)


@pytest.fixture(scope="module")
def told() -> Told:
    """What all clients of the module's installation were told."""
    return Told()


def prepared(site: Site) -> list[dict[str, str]]:
    done = site.program("tests.invariants.small_province")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


# ---- what fails ----------------------------------------------------------------------------------


class Trouble:
    """Makes one thing fail after the other, and measures how long it is away."""

    def __init__(self, site: Site, load: Load) -> None:
        self.site, self.load = site, load
        self._dice = random.Random(SEED)
        self.seen: list[str] = []
        self.struck = 0.0

    def happens(self, name: str, strike: Callable[[], Callable[[], bool]]) -> None:
        """Strike; wait until all is whole and sells again; look at the books."""
        until(lambda: len(self.load.served) > 0, within_s=PATIENCE_S)
        whole = strike()
        until(whole, within_s=120)
        back = time.monotonic()
        until(lambda: self._sells_since(back), within_s=PATIENCE_S)
        pause = self.load.longest_pause(self.struck)
        with self.load.held():
            assert_books_hold(self.site, self.load.told)
        self.seen.append(
            f"  {name}: whole after {back - self.struck:.1f} s, {pause:.1f} s without a sale"
        )

    def a_teller_dies(self) -> Callable[[], bool]:
        before = self.site.tellers()
        victim = self._dice.choice(before)
        self._kill(victim)

        def whole() -> bool:
            now = self.site.tellers()
            return victim not in now and len(now) >= len(before) and self.site.ready()

        return whole

    def dies(self, name: str) -> Callable[[], Callable[[], bool]]:
        def strike() -> Callable[[], bool]:
            old = self.site.children()[name]
            self._kill(old)
            return lambda: (
                self.site.children().get(name, old) != old
                and self.site.answers()
                and self.site.ready()
            )

        return strike

    def the_worker_dies(self) -> Callable[[], bool]:
        back = self.dies("worker")()
        return lambda: back() and self._completes()

    def the_wire_is(self, how: Callable[[], None]) -> Callable[[], Callable[[], bool]]:
        """For three seconds; sales go on, and the orders are brought to the BOSS afterwards."""

        def strike() -> Callable[[], bool]:
            how()
            cut = self.struck = time.monotonic()
            until(lambda: time.monotonic() > cut + 3 and self._sells_since(cut))
            self.site.wire.mend()
            return self._completes_from_now()

        return strike

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.struck = time.monotonic()

    def _sells_since(self, moment: float) -> bool:
        return self.load.serves_since(moment) is not None

    def _completes_from_now(self) -> Callable[[], bool]:
        self._mark = self._last()
        return self._completes

    _mark: Any = None

    def _completes(self) -> bool:
        """The worker has settled something since it was back."""
        if self._mark is None:
            self._mark = self._last()
        done = self._last()
        if done is None or self._mark is None or done <= self._mark:
            return False
        self._mark = None
        return True

    def _last(self) -> Any:
        try:
            return self.site.rows("SELECT count(settled_at) FROM ordering_order")[0][0]
        except psycopg.Error:
            return None

    def the_clock_is_set(self, offset: timedelta) -> Callable[[], Callable[[], bool]]:
        def strike() -> Callable[[], bool]:
            assert self.site.clock is not None
            self.site.clock.set(offset)
            self.struck = time.monotonic()
            until(lambda: self.load.sold_since(self.struck) > 2 * CLIENTS, within_s=PATIENCE_S)
            return self._completes_from_now()

        return strike


ONCE = """
SELECT j.request_key, count(*), min(o.id::text) FROM commands_journal j
LEFT JOIN ordering_order o ON o.id = j.subject
WHERE j.command = 'ordering.sell' GROUP BY j.request_key
"""

BALANCES = """
SELECT b.account_id, b.balance, coalesce(sum(
    CASE WHEN p.target_id = b.account_id THEN p.amount ELSE -p.amount END), 0)
FROM ledger_balance b LEFT JOIN ledger_posting p ON b.account_id IN (p.source_id, p.target_id)
GROUP BY b.account_id, b.balance HAVING b.balance <> coalesce(sum(
    CASE WHEN p.target_id = b.account_id THEN p.amount ELSE -p.amount END), 0)
"""

FLIGHT = """
WITH leg AS (
    SELECT CASE WHEN p.target_id = a.id THEN p.amount ELSE -p.amount END AS amount
    FROM ledger_account a JOIN ledger_posting p ON a.id IN (p.source_id, p.target_id)
    WHERE a.kind = 'in_flight'
)
SELECT (SELECT coalesce(sum(amount), 0) FROM leg)
     - (SELECT coalesce(sum(debit), 0) FROM ordering_order
        WHERE state IN ('acknowledged', 'inProgress', 'pending') AND reverses_id IS NULL)
"""


def assert_books_hold(site: Site, told: Told) -> None:
    """Every acknowledged sale is there, once, and no other; wallets and flight add up."""
    kept = {key.removeprefix("api:"): (count, order) for key, count, order in site.rows(ONCE)}
    assert kept == {key: (1, answer["order"]) for key, answer in told.sold.items()}
    assert site.rows(BALANCES) == []
    assert site.rows(FLIGHT) == [(0,)]


HOT = "ordering_order", "ledger_posting", "commands_journal"


@contextmanager
def small_disk(site: Site) -> Iterator[Path]:
    """While inside, what the counter writes lies on a disk of 48 MB."""
    folder = Path(tempfile.mkdtemp(prefix="qudao-disk-"))
    folder.chmod(0o711)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m,mode=711", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("a small disk cannot be mounted here")
    try:
        space = folder / "space"
        space.mkdir(mode=0o700)
        owner = ((site.data / "postgres").resolve() / "cluster").stat()
        os.chown(space, owner.st_uid, owner.st_gid)
        site.do(f"CREATE TABLESPACE small LOCATION '{space}'")
        move(site, "small")
        yield folder
        move(site, "pg_default")
        site.do("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def move(site: Site, space: str) -> None:
    for table in HOT:
        for (part,) in site.rows(
            f"SELECT relid::regclass::text FROM pg_partition_tree('{table}') WHERE isleaf"
        ):
            site.do(f"ALTER TABLE {part} SET TABLESPACE {space}")


def test_a_full_disk_is_told_and_gone_when_there_is_space(
    site: Site, tills: list[dict[str, str]], told: Told
) -> None:
    with small_disk(site) as disk, Load(site, tills, told) as load:
        trouble = Trouble(site, load)

        def fill_and_clear() -> Callable[[], bool]:
            before = told.repeated["503"]
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(1 << 16))
            until(lambda: told.repeated["503"] > before + CLIENTS, within_s=PATIENCE_S)
            ballast.unlink()
            trouble.struck = time.monotonic()
            return trouble._completes_from_now()

        for _ in range(ROUNDS):
            trouble.happens("disk full; since there was space again", fill_and_clear)
    print("", *trouble.seen, sep="\n")


def test_what_is_killed_or_cut_loses_and_doubles_nothing(
    site: Site, tills: list[dict[str, str]], told: Told
) -> None:
    site.boss.faults(**FAULTS)
    with Load(site, tills, told) as load:
        trouble = Trouble(site, load)
        for _ in range(ROUNDS):
            # The lease of what the worker had in hand runs out while the others fail.
            trouble.happens("PostgreSQL killed", trouble.dies("postgres"))
            trouble.happens("worker killed", trouble.the_worker_dies)
            trouble.happens("one process of the counter killed", trouble.a_teller_dies)
            trouble.happens("counter killed", trouble.dies("counter"))
            trouble.happens("wire to the BOSS cut", trouble.the_wire_is(site.wire.cut))
            trouble.happens("wire swallows", trouble.the_wire_is(site.wire.swallow))
    print("", *trouble.seen, *site.said(), sep="\n")


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler, for a clock that can be set")
def test_a_clock_that_is_set_back_and_forth_loses_and_doubles_nothing(
    site: Site, tills: list[dict[str, str]], told: Told
) -> None:
    """All but the database's: of the counter, the worker and the web server."""
    minute, hour, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
    with Load(site, tills, told) as load:
        trouble = Trouble(site, load)
        for _ in range(ROUNDS):
            for offset in (5 * minute, -5 * minute, 3 * hour, -3 * hour, day, -day, 0 * day):
                name = f"clock set by {offset.total_seconds():+.0f} s"
                trouble.happens(name, trouble.the_clock_is_set(offset))
    print("", *trouble.seen, sep="\n")


def test_in_the_end_all_is_as_clients_were_told_and_the_boss_has_it(site: Site, told: Told) -> None:
    """After all of the above, once: the leases of killed workers run out meanwhile."""
    site.boss.faults()
    began = time.monotonic()
    until(lambda: site.answers() and site.rows(NOTHING_OPEN) == [(0,)], within_s=SETTLED_WITHIN_S)
    print(f"  all settled {time.monotonic() - began:.1f} s after the last sale")
    print(f"  {len(told.sold)} sales, {len(told.taken_back)} reversals; refused {told.refused}")
    print(f"  repeated {dict(told.repeated)}; longest to a definite answer {told.longest_s:.1f} s")
    assert "500" not in told.repeated, site.errors()
    assert_nothing_is_lost_doubled_or_stuck(site, told)
