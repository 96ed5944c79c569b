"""
More than it takes, slower than it likes, and not what it asked for: the counter stays honest.

Each client gets its sale or is told at once that it did not; who was told so has no order.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from tests import database
from tests.counter_process import (
    MSISDN,
    CounterProcess,
    Told,
    counter,
    counter_environment,
    counter_process,
    counters,
    sale_headers,
)
from tests.fronts.api.conftest import Shop, committed_shop
from tests.province import assert_sound

__all__ = ["committed_shop", "counter", "counter_environment", "counters"]

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = 16
PATIENCE_S = 60


@pytest.fixture
def tiny(
    transactional_db: None, counter_environment: dict[str, str], tmp_path: Path
) -> Iterator[CounterProcess]:
    """A counter with little room."""
    environment = counter_environment | {
        "QUDAO_COUNTER_QUEUE": str(QUEUE),
        "QUDAO_COUNTER_SHARE": str(QUEUE // 4),
    }
    with counter_process(environment, tmp_path) as running:
        yield running


@contextmanager
def held(outlet: OrganizationId) -> Iterator[None]:
    """While inside, somebody else has the outlet's wallet."""
    with psycopg.connect(database.dsn()) as other:
        other.execute(
            "SELECT 1 FROM ledger_balance b JOIN wallet_wallet w ON w.account_id = b.account_id"
            " WHERE w.outlet_id = %s FOR UPDATE OF b",
            [outlet],
        )
        yield


def at_once(work: Callable[[int], Told], clients: int) -> list[Told]:
    gate = threading.Barrier(clients, timeout=PATIENCE_S)

    def one(n: int) -> Told:
        gate.wait()
        return work(n)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


def sold_keys() -> Counter[str]:
    """Request keys of the sales that there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT request_key FROM commands_journal WHERE command = 'ordering.sell'")
        return Counter(key.removeprefix("api:") for (key,) in cursor.fetchall())


def refused_at_once(told: Told) -> bool:
    return (
        told.status == 503
        and int(told.headers["Retry-After"]) > 0
        and told.document["status"] == 503
        and told.document["instance"] == f"urn:qudao:request:{told.headers['X-Request-Id']}"
    )


def test_each_of_too_many_is_sold_to_or_told_so(committed_shop: Shop, tiny: CounterProcess) -> None:
    secret, clients = committed_shop.terminal().secret, 8 * QUEUE
    answers: list[Told] = []
    told_early = threading.Semaphore(0)

    def client(n: int) -> Told:
        told = tiny.sell(secret, f"k-{n}", 1_00)
        answers.append(told)
        told_early.release()
        return told

    with ThreadPoolExecutor(1) as background:
        with held(committed_shop.outlet):
            crowd = background.submit(at_once, client, clients)
            # What waits for the wallet has no answer yet; who found no room has one.
            for _ in range(clients - 6 * QUEUE):
                assert told_early.acquire(timeout=PATIENCE_S)
            early = list(answers)
        told = crowd.result(PATIENCE_S)
    assert all(refused_at_once(one) for one in early)
    assert all(one.status == 201 or refused_at_once(one) for one in told)
    assert sold_keys() == Counter(f"k-{n}" for n, one in enumerate(told) if one.status == 201)

    again = [tiny.sell(secret, f"k-{n}", 1_00) for n in range(clients)]
    assert [one.status for one in again] == [201] * clients, "afterwards everything works"
    for before, after in zip(told, again, strict=True):
        assert before.status != 201 or before.document == after.document
    assert set(sold_keys().values()) == {1} and len(sold_keys()) == clients
    assert_sound()


def test_an_outlet_that_floods_costs_another_one_nothing(
    committed_shop: Shop, tiny: CounterProcess
) -> None:
    """As long as one outlet offers more than its share, each request of the other is served."""
    flooding = committed_shop.terminal().secret
    modest = committed_shop.terminal("farclerk").secret
    committed_shop.province.pay_in(committed_shop.province.far, _yuan(1_000), at=committed_shop.now)
    enough, turned_away = threading.Event(), Counter[int]()

    def flood(n: int) -> Told:
        count = 0
        while True:
            count += 1
            told = tiny.sell(flooding, f"flood-{n}-{count}", 1_00)
            turned_away[told.status] += 1
            if enough.is_set():
                return told

    with ThreadPoolExecutor(1) as background:
        crowd = background.submit(at_once, flood, 2 * QUEUE)
        try:
            served = [tiny.sell(modest, f"modest-{n}", 1_00).status for n in range(20)]
        finally:
            enough.set()
        crowd.result(PATIENCE_S)
    assert served == [201] * 20
    assert turned_away[503] > 0, "it did flood"


def test_a_wallet_that_others_hold_stops_nobody_else(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    stuck = committed_shop.terminal().secret
    other = committed_shop.terminal("farclerk").secret
    committed_shop.province.pay_in(committed_shop.province.far, _yuan(1_000), at=committed_shop.now)
    with ThreadPoolExecutor(8) as pool:
        with held(committed_shop.outlet):
            waiting = [pool.submit(counter.sell, stuck, f"stuck-{n}", 1_00) for n in range(8)]
            served = [counter.sell(other, f"other-{n}", 1_00).status for n in range(10)]
            assert not any(one.done() and one.result().status == 201 for one in waiting)
        statuses = {one.result(PATIENCE_S).status for one in waiting}
    assert served == [201] * 10
    assert statuses <= {201, 503}


def test_who_goes_before_the_answer_is_sold_to_once_or_not_at_all(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    with held(committed_shop.outlet):
        for n in range(10):
            with _connect(counter) as wire:
                wire.sendall(_sale(secret, f"gone-{n}"))
    for n in range(10, 20):
        with _connect(counter) as wire:
            wire.sendall(_sale(secret, f"gone-{n}"))
    first = [counter.sell(secret, f"gone-{n}", 1_00) for n in range(20)]
    again = [counter.sell(secret, f"gone-{n}", 1_00) for n in range(20)]
    assert [one.status for one in first] == [201] * 20
    assert [one.document for one in again] == [one.document for one in first]
    assert sold_keys() == Counter(f"gone-{n}" for n in range(20))
    assert_sound()


RUBBISH = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "words": b"SELL ME A PHONE\r\n\r\n",
    "a negative length": b"POST /api/v1/sales HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "two lengths": (
        b"POST /api/v1/sales HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n{}"
    ),
    "a giant header": (
        b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 900_000 + b"\r\n\r\n"
    ),
    "many headers": (
        b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 150_000 + b"\r\n"
    ),
    "a giant body": (
        b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n"
        + bytes(3_000_000)
    ),
    "odd chunks": (
        b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    ),
}


def test_clients_that_are_slow_or_odd_hold_up_nobody(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    whole = _sale(secret, "slow")
    cuts = [1, 20, whole.index(b"\r\n\r\n"), len(whole) - 30, len(whole) - 1] * 10
    wires = [_connect(counter) for _ in cuts]
    try:
        for wire, cut in zip(wires, cuts, strict=True):
            wire.sendall(whole[:cut])
        assert counter.sell(secret, "quick", 1_00).status == 201
        assert set(sold_keys()) == {"quick"}
        # The last of them sends the rest after all.
        wires[-1].sendall(whole[cuts[-1] :])
        assert _status(wires[-1]) == 201
    finally:
        for wire in wires:
            wire.close()
    assert sold_keys() == Counter(["quick", "slow"])

    # Requests in one breath are answered in their order.
    look = f"GET /live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
    asked = [_sale(secret, "a"), look, _sale(secret, "b"), _sale(secret, "a"), look]
    with _connect(counter) as wire:
        wire.sendall(b"".join(asked))
        answers = [_read(wire) for _ in asked]
    assert [status for status, _ in answers] == [201, 200, 201, 201, 200]
    a, _, b, a_again, _ = [body for _, body in answers]
    assert a == a_again != b

    for name, rubbish in RUBBISH.items():
        with _connect(counter) as wire:
            try:
                wire.sendall(rubbish)
                status = _status(wire)
            except ConnectionError:
                continue  # it hung up on us: that is an answer, too
            assert 400 <= status < 500, (name, counter.log.read_text()[-3000:])
            assert status == 431 or "header" not in name, "it is not read to its end"
    assert sold_keys() == Counter(["quick", "slow", "a", "b"])
    assert counter.sell(secret, "last", 1_00).status == 201


def test_counters_side_by_side_sell_from_the_same_wallets(
    committed_shop: Shop,
    counter: CounterProcess,
    counter_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """No deadlock among them, no wrong answer, no wallet overdrawn, each key once."""
    province = committed_shop.province
    province.pay_in(province.far, _yuan(1_000), at=committed_shop.now)
    secrets = [committed_shop.terminal(name).secret for name in ("clerk", "owner", "farclerk")]
    second = tmp_path / "second"
    second.mkdir()
    with counter_process(counter_environment, second) as other:
        counters = [counter, other]

        def client(n: int) -> list[Told]:
            # Everybody asks for everything, at both counters.
            return [
                counters[(n + i) % 2].sell(secrets[i % 3], f"both-{i}", 60_00) for i in range(30)
            ]

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(client, range(8)))
        assert other.stop() == 0
    assert counter.stop() == 0
    statuses = Counter(one.status for some in told for one in some)
    assert set(statuses) <= {201, 409}, statuses
    for i in range(30):
        orders = {some[i].document["order"] for some in told if some[i].status == 201}
        assert len(orders) <= 1, "one key is one sale, whoever is asked"
    assert set(sold_keys().values()) == {1}
    assert_sound()
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (0,)


def _yuan(amount: int) -> Money:
    return Money(amount * 100)


def _connect(to: CounterProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", to.port), timeout=PATIENCE_S)


def _sale(secret: str, key: str) -> bytes:
    body = json.dumps({"offering": "TOPUP", "msisdn": MSISDN, "amount_fen": 1_00}).encode()
    headers = sale_headers(secret, key) | {"Host": "x", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /api/v1/sales HTTP/1.1\r\n{lines}\r\n".encode() + body


def _status(wire: socket.socket) -> int:
    return _read(wire)[0]


def _read(wire: socket.socket) -> tuple[int, bytes]:
    """The next answer on a connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = wire.recv(1)
        if not byte:
            raise ConnectionResetError("hung up")
        head += byte
    first, *lines = head.decode("latin-1").split("\r\n")
    names = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    left, body = int(names["content-length"]), b""
    while len(body) < left:
        body += wire.recv(left - len(body))
    return int(first.split()[1]), body
