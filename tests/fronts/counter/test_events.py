"""An outlet's orders as server-sent events, from every front, without loss."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from qudao.domain.ordering.models import Order
from qudao.domain.party import operations as party
from qudao.platform.identity import operations as identity
from tests.counter_process import CounterProcess
from tests.fronts.api.conftest import Shop, Terminal

pytestmark = pytest.mark.django_db(transaction=True)
LATE_S = 20


class Stream:
    """An open stream, and what it has told."""

    def __init__(
        self, counter: CounterProcess, secret: str, path: str = "/orders/events", last: str = ""
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", counter.port, timeout=LATE_S)
        headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
        if last:
            headers["Last-Event-ID"] = last
        self._connection.request("GET", f"/api/v1{path}", headers=headers)
        self.answer = self._connection.getresponse()
        self.last = last
        self.told: list[dict[str, Any]] = []

    def blocks(self) -> Iterator[dict[str, str]]:
        """What is told, block by block, until the stream ends."""
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(":")
            if name:
                fields[name] = value.strip()
            elif fields:
                yield fields
                fields = {}

    def until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Read on until what was told is enough."""
        late = time.monotonic() + LATE_S
        if holds(self.told):
            return self.told
        for block in self.blocks():
            self.last = block.get("id", self.last)
            if "data" in block:
                assert block["event"] == "order"
                self.told.append(json.loads(block["data"]))
            if holds(self.told):
                return self.told
            assert time.monotonic() < late, self.told
        raise AssertionError(f"the stream ended: {self.told}")

    def open(self) -> Stream:
        """Read the first block: from here on nothing is missed."""
        assert self.answer.status == 200, self.answer.read()
        self.last = next(self.blocks())["id"]
        return self

    def ends(self) -> bool:
        """Read to the end."""
        for _ in self.blocks():
            continue
        return True

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


@pytest.fixture
def till(committed_shop: Shop) -> Terminal:
    return committed_shop.terminal()


def _states(told: list[dict[str, Any]], order: str) -> list[str]:
    return [one["state"] for one in told if one["order"] == order]


def _refused(stream: Stream, status: int, code: str) -> None:
    document = json.loads(stream.answer.read())
    assert (stream.answer.status, document["code"]) == (status, code)


def test_every_change_is_told_from_every_front(
    committed_shop: Shop, till: Terminal, counter: CounterProcess
) -> None:
    stream = Stream(counter, till.secret).open()
    assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
    named = Stream(counter, till.secret, f"/outlets/{committed_shop.outlet}/orders/events").open()
    here = counter.sell(till.secret, "k-1").document["order"]
    there = till.sell(3000).json()["order"]
    told = stream.until(lambda told: len(told) == 2)
    assert [one["order"] for one in told] == [here, there]
    assert [one["amount_fen"] for one in told] == [5000, 3000]
    assert {one["state"] for one in told} == {"acknowledged"}
    committed_shop.complete(here)
    told = stream.until(lambda told: _states(told, here)[-1] == "completed")
    assert told[-1]["is_final"] and told[-1]["number"]
    assert _states(told, here)[0] == "acknowledged"
    reversal = till.post(f"/orders/{here}/reversal", {"reason": "wrong number"}).json()["reversal"]
    stream.until(lambda told: _states(told, here)[-1] == "assessingCancellation")
    committed_shop.complete(reversal)
    told = stream.until(lambda told: _states(told, reversal)[-1:] == ["completed"])
    assert _states(told, here)[-1] == "cancelled"
    assert told[-1]["reverses"] == here
    assert named.until(lambda told: len(told) == len(stream.told)) == stream.told


def test_who_comes_back_has_missed_nothing(
    committed_shop: Shop, till: Terminal, counter: CounterProcess
) -> None:
    stream = Stream(counter, till.secret).open()
    first = till.sell(1000).json()["order"]
    stream.until(lambda told: len(told) == 1)
    stream.close()
    orders = [till.sell(1000 + 100 * n).json()["order"] for n in range(5)]
    committed_shop.complete(first)
    again = Stream(counter, till.secret, last=stream.last)
    told = again.until(lambda told: "completed" in _states(told, first))
    assert [one["order"] for one in told if one["state"] == "acknowledged"] == orders
    fresh = Stream(counter, till.secret).open()
    last = till.sell(2000).json()["order"]
    assert [one["order"] for one in fresh.until(lambda told: bool(told))] == [last]
    again.until(lambda told: _states(told, last) == ["acknowledged"])
    ids = [(one["order"], one["state"]) for one in again.told]
    assert len(ids) == len(set(ids)), "nothing is told twice"


def test_many_sell_at_once_and_all_of_it_is_told(till: Terminal, counter: CounterProcess) -> None:
    stream = Stream(counter, till.secret).open()
    sold: list[str] = []

    def sell(name: str) -> None:
        for n in range(10):
            sold.append(counter.sell(till.secret, f"{name}-{n}", 100).document["order"])

    threads = [threading.Thread(target=sell, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    # In the middle of it the stream breaks, and is taken up again.
    stream.until(lambda told: len(told) >= 15)
    stream.close()
    again = Stream(counter, till.secret, last=stream.last)
    for thread in threads:
        thread.join()
    told = stream.told + again.until(lambda told: len(stream.told) + len(told) == len(sold))
    assert sorted(one["order"] for one in told) == sorted(sold)
    assert Order.objects.unscoped("test").count() == 60


def test_who_may_listen(committed_shop: Shop, till: Terminal, counter: CounterProcess) -> None:
    far = committed_shop.province.far
    _refused(Stream(counter, "qd_none"), 401, "api.unauthenticated")
    _refused(
        Stream(counter, till.secret, f"/outlets/{far}/orders/events"),
        404,
        "saleschannel.outlet_unknown",
    )
    _refused(Stream(counter, till.secret, last="nonsense"), 400, "counter.last_event_unknown")
    streams = [Stream(counter, till.secret).open() for _ in range(4)]
    _refused(Stream(counter, till.secret), 503, "counter.too_many_listeners")
    streams.pop().close()
    _until_open(counter, till.secret)


def _until_open(counter: CounterProcess, secret: str) -> None:
    late = time.monotonic() + LATE_S
    while Stream(counter, secret).answer.status != 200:
        assert time.monotonic() < late
        time.sleep(0.05)


def test_a_stream_ends_with_the_token(
    committed_shop: Shop, till: Terminal, counter: CounterProcess
) -> None:
    other = committed_shop.terminal()
    revoked, kept = Stream(counter, till.secret).open(), Stream(counter, other.secret).open()
    system = committed_shop.province.system(datetime.now(UTC))
    identity.revoke_token(system, token=till.token)
    assert revoked.ends()
    order = other.sell().json()["order"]
    assert kept.until(lambda told: bool(told))[0]["order"] == order


def test_a_stream_ends_with_the_membership(
    committed_shop: Shop, till: Terminal, counter: CounterProcess
) -> None:
    stream = Stream(counter, till.secret).open()
    admitted = committed_shop.province.people["clerk"]
    system = committed_shop.province.system(datetime.now(UTC))
    party.suspend_member(system, membership=admitted.membership, reason="on leave")
    assert stream.ends()


def test_a_stream_ends_when_the_counter_does(till: Terminal, counter: CounterProcess) -> None:
    stream = Stream(counter, till.secret).open()
    counter.process.send_signal(signal.SIGTERM)
    assert stream.ends()
    assert counter.stop() == 0
