"""What the counter answers besides sales: the HTTP API's own operations, the same documents."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_django.fixtures import Settings

from qudao.domain.ordering.models import Order
from qudao.domain.stock import queries as stock
from qudao.platform.commands.models import JournalEntry
from tests.boss_process import BossProcess
from tests.counter_process import CounterProcess
from tests.fronts.api.conftest import Shop, Terminal, keys
from tests.fronts.api.test_dialogues import Store
from tests.province import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


class Answer:
    """What the counter said, read as Django's test client reads."""

    def __init__(self, status: int, content: Any, headers: Any) -> None:
        self.status_code, self.headers, self.content = status, headers, content

    def json(self) -> Any:
        return self.content


class Far(Terminal):
    """The same program at the counter."""

    def __init__(self, counter: CounterProcess, near: Terminal) -> None:
        super().__init__(near.secret, near.token)
        self.counter = counter

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        asked = f"/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        told = self.counter.request("GET", asked, None, self._headers | (headers or {}))
        return Answer(*told)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        headers: dict[str, str] | None = None,
        kind: str = "application/json",
    ) -> Any:
        sent = self._headers | {"Content-Type": kind} | (headers or {})
        if key is not None:
            sent["Idempotency-Key"] = key or f"key-{next(keys)}"
        content = json.dumps(body).encode() if isinstance(body, dict | list) else body
        return Answer(*self.counter.request(method, f"/api/v1{path}", content, sent))


@pytest.fixture
def counter(boss_counter: CounterProcess) -> CounterProcess:
    return boss_counter


@pytest.fixture
def near(committed_shop: Shop) -> Terminal:
    return committed_shop.terminal()


@pytest.fixture
def far(counter: CounterProcess, near: Terminal) -> Far:
    return Far(counter, near)


def _without_moment(document: Any) -> Any:
    return {**document, "instance": ""} if "instance" in document else document


def _open_orders() -> int:
    return Order.objects.unscoped("test").filter(state="acknowledged").count()


def _in_background(function: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def _until(holds: Callable[[], bool]) -> None:
    late = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < late
        time.sleep(0.02)


def test_both_doors_give_the_same_answers(
    committed_shop: Shop, near: Terminal, far: Far, live_boss: BossProcess, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    sold = near.sell().json()
    customer = live_boss.find(lambda one: one.state == "active" and bool(one.bills)).msisdn
    for path, query in (
        ("/me", {}),
        ("/offers", {"business": "top_up"}),
        ("/offers", {"outlet": "nonsense"}),
        (f"/customers/{customer}", {}),
        (f"/customers/{customer}/due", {}),
        ("/customers/13900000000/due", {}),
        ("/orders", {"limit": 1}),
        ("/orders", {"limit": 0, "colour": "blue"}),
        (f"/orders/{sold['order']}", {}),
        (f"/orders/{committed_shop.outlet}", {}),
        (f"/orders/by-number/{sold['number']}", {}),
        (f"/orders/{sold['order']}/receipt", {}),
        ("/wallet", {}),
        ("/wallet/statement", {"first": "2026-01-01"}),
        ("/reports/daily", {}),
        ("/cards", {}),
        ("/nothing", {}),
    ):
        here, there = near.get(path, **query), far.get(path, **query)
        assert here.status_code == there.status_code, (path, here.content, there.content)
        assert _without_moment(here.json()) == _without_moment(there.json()), path
        assert here.headers["Content-Type"] == there.headers["Content-Type"]
    for method, path, body, kind in (
        ("POST", "/me", {}, "application/json"),
        ("POST", "/cards/sales", {"item": "NONE"}, "application/json"),
        ("POST", "/cards/sales", {"item": 5}, "application/json"),
        ("POST", "/cards/sales", b"{", "application/json"),
        ("POST", "/cards/sales", b"item=RC50", "application/x-www-form-urlencoded"),
        ("POST", "/cards/sales", b" " * 70_000 + b"{}", "application/json"),
        ("POST", f"/orders/{sold['order']}/reversal", {"reason": "no"}, "application/json"),
    ):
        key = f"both-{next(keys)}"
        here = near.send(method, path, body, key=key, kind=kind)
        there = far.send(method, path, body, key=key, kind=kind)
        assert here.status_code == there.status_code >= 400, (path, there.content)
        assert _without_moment(here.json()) == _without_moment(there.json()), path


def test_a_key_is_one_at_both_doors(committed_shop: Shop, near: Terminal, far: Far) -> None:
    store = Store(committed_shop, far)
    first = far.post("/cards/sales", {"item": "RC50"}, key="card-1").json()
    assert near.post("/cards/sales", {"item": "RC50"}, key="card-1").json() == first
    assert store.till.get("/cards").json()["items"][0]["in_stock"] == 9


def test_an_account_is_opened_at_the_counter(committed_shop: Shop, far: Far) -> None:
    store = Store(committed_shop, far)
    dossier = store.ready(add_ons=["DATA1GB"])
    paper = far.get(f"/dossiers/{dossier}/contract")
    assert paper.headers["Content-Type"] == "application/pdf"
    opened = store.submit(dossier, key="open-1")
    assert opened.status_code == 201, opened.content
    assert store.submit(dossier, opened.json()["amount_fen"], key="open-1").json() == opened.json()
    committed_shop.fulfil()
    assert far.get(f"/dossiers/{dossier}").json()["state"] == "completed"
    assert_sound()


def test_a_card_with_its_pin_in_the_answer(committed_shop: Shop, far: Far) -> None:
    store = Store(committed_shop, far)
    sold: list[Any] = []
    thread = _in_background(
        lambda: sold.append(
            far.post("/cards/sales", {"item": "RC50"}, key="c-1", headers={"Prefer": "wait=10"})
        )
    )
    _until(lambda: _open_orders() == 1)
    committed_shop.fulfil()
    thread.join()
    (answer,) = sold
    card = answer.json()
    assert answer.headers["Preference-Applied"] == "wait=10"
    assert card["outcome"]["state"] == "completed"
    pins = dict(store.shelf.cards)
    assert card["pin"] == pins[card["serial"]]
    again = far.post("/cards/sales", {"item": "RC50"}, key="c-1", headers={"Prefer": "wait=1"})
    assert again.json() == card | {"pin": None}, "a PIN is said once"
    assert stock.unit(store.ctx(), kind="recharge_card", serial=card["serial"]).state == "sold"
    assert pins[card["serial"]] not in str(
        list(JournalEntry.objects.values_list("arguments", "answer", "events"))
    )
    assert pins[card["serial"]] not in far.counter.log.read_text()


def test_a_sale_that_is_waited_for(committed_shop: Shop, near: Terminal, far: Far) -> None:
    waited = far.sell(headers={"Prefer": "wait=0"}).json()
    assert waited["outcome"]["state"] == "acknowledged"
    order = near.get(f"/orders/{waited['order']}").json()
    assert waited["outcome"] == order
    answers: list[Any] = []
    threads = [
        _in_background(lambda: answers.append(far.sell(headers={"Prefer": "wait=10"})))
        for _ in range(8)
    ]
    _until(lambda: _open_orders() == 9)
    committed_shop.fulfil()
    for thread in threads:
        thread.join()
    assert {one.json()["outcome"]["state"] for one in answers} <= {"completed", "failed"}
    assert len({one.json()["order"] for one in answers}) == 8
    assert_sound()
