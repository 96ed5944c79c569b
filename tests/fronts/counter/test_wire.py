"""Octets on a connection: keep-alive, pieces, what is no HTTP, and how a process ends."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from qudao.domain.ordering.models import Order
from tests.counter_process import MSISDN, CounterProcess, counter_process, sale_headers
from tests.fronts.api.conftest import Shop
from tests.fronts.counter.test_together import nothing_is_written, until, until_away
from tests.province import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)

BODY = json.dumps({"offering": "TOPUP", "msisdn": MSISDN, "amount_fen": 100}).encode()


class Wire:
    """A connection on which octets are sent as they are."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self._read = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = int(headers.get("content-length", 0))
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return int(first.split()[1]), headers, body

    def is_closed(self) -> bool:
        """Whether the other side closes it, and says nothing more before."""
        return self._read == b"" and self.socket.recv(1) == b""

    def _more(self) -> None:
        data = self.socket.recv(65536)
        assert data, self._read
        self._read += data


@contextmanager
def wire(counter: CounterProcess) -> Iterator[Wire]:
    made = Wire(counter.port)
    try:
        yield made
    finally:
        made.socket.close()


def request(secret: str, key: str, body: bytes = BODY, *more: str, version: str = "1.1") -> bytes:
    lines = [f"POST /api/v1/sales HTTP/{version}", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in sale_headers(secret, key).items()]
    if not any(line.startswith("Transfer-Encoding") for line in more):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, *more, "", ""]).encode() + body


def sold() -> int:
    return Order.objects.unscoped("test").count()


def test_requests_in_one_piece_in_many_and_one_behind_the_other(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    with wire(counter) as one:
        one.send(request(secret, "k-1"))
        assert one.answer()[0] == 201
        for octet in request(secret, "k-2"):
            one.send(bytes([octet]))
        assert one.answer()[0] == 201
        chunked = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (10, BODY[:10], len(BODY) - 10, BODY[10:])
        one.send(request(secret, "k-3", chunked, "Transfer-Encoding: chunked"))
        assert one.answer()[0] == 201
        bad = request(secret, "k-5", b"{")
        many = [request(secret, "k-4"), bad, b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n"]
        one.send(b"".join([*many, request(secret, "k-6"), request(secret, "k-4")]))
        told = [one.answer() for _ in range(5)]
        assert [status for status, _, _ in told] == [201, 400, 200, 201, 201]
        assert told[0][2] == told[4][2], "the same key"
    assert sold() == 5
    assert_sound()


def test_who_wants_the_connection_closed_gets_it_closed(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    for sent in (
        request(secret, "k-1", BODY, "Connection: close"),
        request(secret, "k-2", BODY, version="1.0"),
        request(secret, "k-3", b"{", "Connection: close"),
    ):
        with wire(counter) as one:
            one.send(sent)
            _, headers, _ = one.answer()
            assert headers["connection"] == "close" and one.is_closed()
    assert sold() == 2


def test_a_client_that_asks_before_it_sends_the_body_is_answered(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    whole = request(committed_shop.terminal().secret, "k-1", BODY, "Expect: 100-continue")
    with wire(counter) as one:
        one.send(whole[: -len(BODY)])
        assert one.answer()[0] == 100
        one.send(BODY)
        assert one.answer()[0] == 201


@pytest.mark.parametrize(
    "more",
    [
        ["Content-Length: 5"],
        ["Transfer-Encoding: chunked"],
        ["X-Bad\x00Name: 1"],
        ["Idempotency-Key : k"],
    ],
)
def test_what_can_be_read_in_two_ways_is_not_read(
    committed_shop: Shop, counter: CounterProcess, more: list[str]
) -> None:
    secret = committed_shop.terminal().secret
    sent = request(secret, "k-1", BODY, *more)
    if more[0].startswith("Transfer"):
        sent = sent.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1)
    with wire(counter) as one:
        one.send(sent)
        assert one.answer()[0] == 400
        assert one.is_closed()
    assert sold() == 0


def test_headers_cannot_be_put_into_the_answer(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    with wire(counter) as one:
        for given in ("a\tSet-Cookie: x=1", "ab", "x" * 65, "\xe9" * 10):
            one.send(request(secret, "k-1", BODY, f"X-Request-Id: {given}"))
            status, headers, _ = one.answer()
            assert status == 201 and "Set-Cookie" not in headers
            assert headers["x-request-id"] != given and len(headers["x-request-id"]) == 32
        one.send(request(secret, "k-1", BODY, "X-Request-Id: till-3.0001"))
        assert one.answer()[1]["x-request-id"] == "till-3.0001"
        one.send(request(secret, "k-1", BODY, "Accept-Language: en\tX: 1, zh"))
        assert one.answer()[0] == 201


def test_two_keys_are_no_key(committed_shop: Shop, counter: CounterProcess) -> None:
    with wire(counter) as one:
        secret = committed_shop.terminal().secret
        one.send(request(secret, "k-1", BODY, "Idempotency-Key: k-2"))
        status, _, body = one.answer()
        assert (status, json.loads(body)["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert sold() == 0


class TestMinute:
    @pytest.fixture
    def counter_environment(self, counter_environment: dict[str, str]) -> dict[str, str]:
        return counter_environment | {"QUDAO_API_REQUESTS_PER_MINUTE": "3"}

    def test_a_token_may_ask_so_often_in_a_minute(
        self, committed_shop: Shop, counter: CounterProcess
    ) -> None:
        secret, other = (committed_shop.terminal().secret for _ in range(2))
        # The minute may turn meanwhile, once: of eight in two minutes two at least are too many.
        told = [counter.sell(secret, f"k-{n}", 100) for n in range(8)]
        many = [one for one in told if one.status == 429]
        assert 2 <= len(many) <= 5 and sold() == 8 - len(many)
        assert {one.document["code"] for one in many} == {"api.too_many_requests"}
        assert 1 <= int(many[0].headers["Retry-After"]) <= 60
        assert counter.sell(other, "k-1", 100).status == 201, "another token has its own minute"


def test_who_knocks_in_vain_too_often_has_to_wait_and_others_do_not(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    good = committed_shop.terminal().secret
    assert counter.sell(good, "k-1", 100).status == 201
    wrong = [f"qd_{'abcdefgh'}_{n:043}" for n in range(300)]
    told = set[int]()
    with ThreadPoolExecutor(8) as pool:
        # The minute may turn meanwhile, and on a slow machine again.
        for _ in range(3):
            if 429 not in told:
                told |= set(pool.map(lambda one: counter.sell(one, "k-1", 100).status, wrong))
    assert told == {401, 429}
    assert counter.sell(good, "k-2", 100).status == 201


def test_it_answers_what_it_took_and_then_ends(
    committed_shop: Shop, own_counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    with ThreadPoolExecutor(8) as pool:
        with nothing_is_written():
            asked = [pool.submit(own_counter.sell, secret, "k-0", 100)]
            until_away(own_counter)
            asked += [pool.submit(own_counter.sell, secret, f"k-{n}", 100) for n in range(1, 5)]
            until(own_counter, 4)
            with wire(own_counter) as kept:
                kept.send(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
                assert kept.answer()[0] == 200
                own_counter.process.send_signal(signal.SIGTERM)
                pause = Event()
                while _connects(own_counter.port):
                    pause.wait(0.01)
                kept.send(request(secret, "k-5"))
                until_away(own_counter)
            # The sale on the kept connection may have come too late; then it is not done.
        told = [one.result() for one in asked]
    assert [one.status for one in told] == [201] * 5
    assert {one.headers["Connection"] for one in told} == {"close"}
    assert own_counter.process.wait(60) == 0
    assert sold() in {5, 6}
    assert_sound()


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def test_under_load_each_sale_is_either_answered_or_not_done(
    committed_shop: Shop, own_counter: CounterProcess
) -> None:
    secret = committed_shop.terminal().secret
    enough = Event()

    def sell(till: int) -> list[str]:
        answered: list[str] = []
        while True:
            key = f"k-{till}-{len(answered)}"
            try:
                told = own_counter.sell(secret, key, 100)
            except OSError:
                return answered
            assert told.status == 201, told
            answered.append(told.document["order"])
            if len(answered) == 5:
                enough.set()

    with ThreadPoolExecutor(8) as pool:
        selling = [pool.submit(sell, till) for till in range(8)]
        assert enough.wait(60)
        assert own_counter.stop() == 0
        answered = [order for one in selling for order in one.result()]
    assert len(set(answered)) == len(answered)
    assert {
        str(order) for order in Order.objects.unscoped("test").values_list("id", flat=True)
    } == (set(answered))
    assert_sound()


def test_several_processes_share_the_port_and_are_started_again(
    committed_shop: Shop, counter_environment: dict[str, str], tmp_path: Path
) -> None:
    secret = committed_shop.terminal().secret
    with counter_process(counter_environment, tmp_path, "--workers", "2") as counter:
        with ThreadPoolExecutor(16) as pool:
            told = list(pool.map(lambda n: counter.sell(secret, f"k-{n}", 100), range(60)))
        assert {one.status for one in told} == {201}
        assert sold() == 60
        path = Path(f"/proc/{counter.process.pid}/task/{counter.process.pid}/children")
        children = path.read_text().split()
        assert len(children) == 2
        os.kill(int(children[0]), signal.SIGKILL)
        pause = Event()
        while len(set(path.read_text().split()) - {children[0]}) < 2:
            pause.wait(0.05)
        # What the kernel had given to the killed one is gone: clients send the same again.
        for n in range(60, 70):
            while True:
                try:
                    assert counter.sell(secret, f"k-{n}", 100).status == 201
                    break
                except OSError:
                    pause.wait(0.05)
        assert sold() == 70
        assert counter.stop() == 0
    assert_sound()


def test_it_tells_how_it_is(committed_shop: Shop, own_counter: CounterProcess) -> None:
    secret = committed_shop.terminal().secret
    assert own_counter.request("GET", "/live").status == 200
    assert own_counter.request("GET", "/ready").document == {"status": "ready", "waiting": 0}
    own_counter.sell(secret, "k-1", 100)
    own_counter.sell(secret, "k-2", 200_000, offering="BILLPAY")
    text = own_counter.request("GET", "/metrics").document
    for line in (
        'qudao_counter_sales_total{answer="sold"} 1.0',
        'qudao_counter_sales_total{answer="ordering.balance_too_low"} 1.0',
        "qudao_counter_sale_seconds_count 2.0",
        'qudao_counter_batch_size_count{lane="fast"} 2.0',
        'qudao_counter_queue{lane="fast"} 0.0',
    ):
        assert line in text.splitlines(), text
    proxied = own_counter.request("GET", "/metrics", headers={"X-Forwarded-For": "10.0.0.9"})
    assert proxied.status == 403
