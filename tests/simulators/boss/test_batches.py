"""Several orders in one request to the simulator, as TMF630 has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.boss_process import BossProcess

PAYMENTS = "/tmf-api/paymentManagement/v4/payment"
PATCH = "application/json-patch+json"


@pytest.fixture
def http(boss: BossProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=boss.url, trust_env=False) as client:
        yield client


def payment(msisdn: str, yuan: float = 10.0) -> dict[str, Any]:
    return {
        "correlatorId": str(uuid4()),
        "account": {"id": msisdn, "@referredType": "BillingAccount"},
        "paymentMethod": {"@type": "Account", "name": "A00001"},
        "totalAmount": {"unit": "CNY", "value": yuan},
    }


def send(http: httpx.Client, *bodies: Any, path: str = "/-") -> httpx.Response:
    operations = [{"op": "add", "path": path, "value": body} for body in bodies]
    return http.patch(PAYMENTS, content=json.dumps(operations), headers={"Content-Type": PATCH})


def test_it_offers_batches(http: httpx.Client) -> None:
    offer = http.options(PAYMENTS)
    assert offer.status_code == 204
    assert offer.headers["Accept-Patch"] == PATCH
    assert "PATCH" in offer.headers["Allow"]
    customers = http.options("/tmf-api/customerManagement/v4/customer")
    assert customers.status_code == 405, "nothing is added there"


@pytest.mark.parametrize("path", ["/-", "/"])
def test_each_is_answered_in_its_place(boss: BossProcess, http: httpx.Client, path: str) -> None:
    good, again = payment(boss.fresh().msisdn), payment(boss.fresh().msisdn)
    http.post(PAYMENTS, json=again)
    no_line = payment("13000000000")
    answer = send(http, good, again, no_line, path=path)
    assert answer.status_code == 200
    entries = answer.json()
    assert [entry["status"] for entry in entries] == ["completed", "completed", "rejected"]
    bodies = (good, again, no_line)
    assert [entry["correlatorId"] for entry in entries] == [body["correlatorId"] for body in bodies]
    assert all(entry["href"].startswith(boss.url) for entry in entries)
    totals = boss.audit(*(body["correlatorId"] for body in bodies))
    assert totals["orders"][again["correlatorId"]]["received"] == 2
    assert totals["totals"]["applied"] == 2


def test_an_error_is_an_entry_and_no_more(boss: BossProcess, http: httpx.Client) -> None:
    good, used = payment(boss.fresh().msisdn), payment(boss.fresh().msisdn)
    http.post(PAYMENTS, json=used)
    answer = send(http, used | {"totalAmount": {"unit": "CNY", "value": 11}}, {}, 7, good)
    assert answer.status_code == 207
    conflict, empty, number, done = answer.json()
    assert (conflict["status"], conflict["code"]) == ("409", "external_id_conflict")
    assert (empty["status"], number["status"]) == ("400", "400")
    assert done["status"] == "completed"


def test_what_is_no_batch_does_nothing(boss: BossProcess, http: httpx.Client) -> None:
    body = payment(boss.fresh().msisdn)
    for operations in ([], [{"op": "remove", "path": "/0"}], {}, [{"op": "add", "path": "/0"}]):
        content = json.dumps(operations)
        answer = http.patch(PAYMENTS, content=content, headers={"Content-Type": PATCH})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    elsewhere = [{"op": "replace", "path": "/-", "value": body}]
    answer = http.patch(PAYMENTS, content=json.dumps(elsewhere), headers={"Content-Type": PATCH})
    assert answer.status_code == 400
    assert http.patch(PAYMENTS, json=[body]).status_code == 415
    assert send(http, *([body] * 257)).status_code == 400
    assert boss.audit(body["correlatorId"])["totals"]["orders"] == 0


def test_several_are_asked_for_at_once(boss: BossProcess, http: httpx.Client) -> None:
    bodies = [payment(boss.fresh().msisdn) for _ in range(3)]
    send(http, *bodies)
    ids = [body["correlatorId"] for body in bodies]
    found = http.get(PAYMENTS, params={"correlatorId": ",".join([*ids, str(uuid4())])})
    assert sorted(entry["correlatorId"] for entry in found.json()) == sorted(ids)
    assert found.headers["X-Total-Count"] == "3"


def test_what_was_answered_survives_a_kill(boss: BossProcess, http: httpx.Client) -> None:
    bodies = [payment(boss.fresh().msisdn) for _ in range(50)]
    entries = send(http, *bodies).json()
    boss.kill9()
    boss.restart()
    found = http.get(
        PAYMENTS, params={"correlatorId": ",".join(body["correlatorId"] for body in bodies)}
    )
    assert sorted(one["id"] for one in found.json()) == sorted(one["id"] for one in entries)
