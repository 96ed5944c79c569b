"""The BOSS's APIs over HTTP, against TM Forum's specifications."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from simulators.boss.history import Past, load
from simulators.boss.people import person
from tests.boss_process import ROOT, BossProcess
from tests.swaggers import complaints

BASE = "/tmf-api"
ORDERS = f"{BASE}/productOrderingManagement/v4/productOrder"
PRODUCTS = f"{BASE}/productInventory/v4/product"
PAYMENTS = f"{BASE}/paymentManagement/v4/payment"
REFUNDS = f"{BASE}/paymentManagement/v4/refund"
BILLS = f"{BASE}/customerBillManagement/v4/customerBill"
BUCKETS = f"{BASE}/prepayBalanceManagement/v4/bucket"
TOPUPS = f"{BASE}/prepayBalanceManagement/v4/topupBalance"
CUSTOMERS = f"{BASE}/customerManagement/v4/customer"

DEFINITIONS = {
    ORDERS: (622, "ProductOrder"),
    PRODUCTS: (637, "Product"),
    PAYMENTS: (676, "Payment"),
    REFUNDS: (676, "Refund"),
    BILLS: (678, "CustomerBill"),
    BUCKETS: (654, "Bucket"),
    TOPUPS: (654, "TopupBalance"),
    CUSTOMERS: (629, "Customer"),
}


@pytest.fixture
def http(boss: BossProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=boss.url, trust_env=False) as client:
        yield client


def payment(msisdn: str, value: object = 50, external_id: str | None = None) -> dict[str, Any]:
    return {
        "correlatorId": external_id or str(uuid4()),
        "account": {"id": msisdn, "@referredType": "BillingAccount"},
        "paymentMethod": {"@type": "Cash", "name": "outlet"},
        "totalAmount": {"unit": "CNY", "value": value},
        "paymentItem": [{"item": {"id": msisdn, "@referredType": "Bucket"}}],
    }


def product_order(msisdn: str, product: str, action: str = "add") -> dict[str, Any]:
    return {
        "externalId": str(uuid4()),
        "productOrderItem": [
            {
                "id": "1",
                "action": action,
                "productOffering": {"id": product},
                "product": {"productSerialNumber": msisdn},
            }
        ],
    }


def topup(msisdn: str) -> dict[str, Any]:
    return {
        "amount": {"amount": 50, "units": "CNY"},
        "logicalResource": {"id": msisdn, "value": msisdn},
        "payment": {"id": str(uuid4())},
    }


def test_every_answer_is_what_the_specification_says(boss: BossProcess, http: httpx.Client) -> None:
    person = boss.fresh(lambda one: "CLIP" not in one.add_ons)
    paid = http.post(PAYMENTS, json=payment(person.msisdn)).json()
    refund = payment(person.msisdn) | {"payment": {"id": paid["id"]}}
    posted = {
        PAYMENTS: [payment(person.msisdn), payment("13000000000")],
        REFUNDS: [refund, refund | {"correlatorId": str(uuid4())}],
        ORDERS: [product_order(person.msisdn, "CLIP"), product_order(person.msisdn, "CLIP")],
        TOPUPS: [topup(person.msisdn), topup("13000000000")],
    }
    for path, bodies in posted.items():
        states = []
        for body in bodies:
            response = http.post(path, json=body)
            assert response.status_code == 201, response.text
            assert complaints(*DEFINITIONS[path], response.json()) == []
            states.append(response.json().get("state") or response.json()["status"])
        assert states == ["completed", "rejected"], path
    for path, definition in DEFINITIONS.items():
        response = http.get(path, params={"limit": "25"})
        assert response.status_code == 206
        rows = response.json()
        assert len(rows) == int(response.headers["X-Result-Count"]) > 0, path
        assert int(response.headers["X-Total-Count"]) >= len(rows)
        for row in rows:
            assert complaints(*definition, row) == []
            assert row["href"] == f"{boss.url}{path}/{row['id']}"
        again = http.get(rows[0]["href"])
        assert (again.status_code, again.json()) == (200, rows[0])


def test_lists_are_filtered_paged_and_trimmed(boss: BossProcess, http: httpx.Client) -> None:
    person = boss.fresh(lambda one: bool(one.add_ons))
    response = http.get(PRODUCTS, params={"productSerialNumber": person.msisdn})
    assert response.status_code == 200
    codes = {row["productOffering"]["id"] for row in response.json()}
    assert codes == {person.plan, *person.add_ons}
    plan = http.get(PRODUCTS, params={"productSerialNumber": person.msisdn, "fields": "status"})
    assert all(set(row) == {"id", "href", "status"} for row in plan.json())
    rows = http.get(CUSTOMERS, params={"status": "terminated"}).json()
    assert rows and {row["status"] for row in rows} == {"terminated"}
    first, second = (
        http.get(CUSTOMERS, params={"offset": str(at), "limit": "2"}).json() for at in (0, 1)
    )
    assert first[1] == second[0]
    assert http.get(CUSTOMERS, params={"nonsense": "1"}).json() == []
    assert http.get(CUSTOMERS, params={"limit": "many"}).status_code == 400


def test_the_same_request_is_answered_once_and_other_content_refused(
    boss: BossProcess, http: httpx.Client
) -> None:
    person = boss.fresh()
    body = payment(person.msisdn, 10.5)
    first = http.post(PAYMENTS, json=body)
    replay = http.post(PAYMENTS, json=dict(reversed(body.items())))
    assert (replay.status_code, replay.content) == (201, first.content)
    other = http.post(PAYMENTS, json=body | {"totalAmount": {"unit": "CNY", "value": 10.51}})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
    assert complaints(676, "Error", other.json()) == []
    elsewhere = http.post(
        ORDERS, json=product_order(person.msisdn, "CLIP") | {"externalId": body["correlatorId"]}
    )
    assert elsewhere.status_code == 409, "an external id is one for all of the BOSS"
    entry = boss.audit(body["correlatorId"])["orders"][body["correlatorId"]]
    assert (entry["received"], entry["applied"], entry["amount"]) == (4, 1, 1_050)


@pytest.mark.parametrize(
    "broken",
    [
        {"totalAmount": {"unit": "CNY", "value": "50"}},
        {"totalAmount": {"unit": "CNY", "value": 0.001}},
        {"totalAmount": {"unit": "CNY", "value": -1}},
        {"totalAmount": {"unit": "CNY", "value": True}},
        {"totalAmount": {"unit": "CNY", "value": 1e300}},
        {"totalAmount": {"unit": "USD", "value": 1}},
        {"totalAmount": {}},
        {"account": {}},
        {"account": "13800138000"},
        {"paymentMethod": None},
        {"paymentItem": [1]},
        {"correlatorId": 7},
        {"correlatorId": "x" * 201},
    ],
)
def test_a_malformed_payment_is_400_and_leaves_no_trace(
    boss: BossProcess, http: httpx.Client, broken: dict[str, Any]
) -> None:
    before = boss.audit()["totals"]
    response = http.post(PAYMENTS, json=payment(boss.fresh().msisdn) | broken)
    assert response.status_code == 400
    assert complaints(676, "Error", response.json()) == []
    assert boss.audit()["totals"] == before


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"7", b'{"productOrderItem": []}'])
def test_a_malformed_order_is_400(http: httpx.Client, data: bytes) -> None:
    assert http.post(ORDERS, content=data).status_code == 400


def test_what_is_not_there(http: httpx.Client) -> None:
    for path in (*(f"{path}/none" for path in DEFINITIONS), "/nothing"):
        response = http.get(path)
        assert (response.status_code, response.json()["status"]) == (404, "404")
    assert http.delete(PAYMENTS).status_code == 405


def test_add_ons_that_exclude_each_other(boss: BossProcess, http: httpx.Client) -> None:
    person = boss.fresh(lambda one: not one.add_ons)
    codes = []
    for product in ("DATA1GB", "DATA5GB", "DATA1GB", "DATA10MB"):
        note = http.post(ORDERS, json=product_order(person.msisdn, product)).json().get("note")
        codes.append(note[0]["id"] if note else None)
    assert codes == [None, "add_on_exclusive", "add_on_active", None]


def test_paying_all_bills_brings_a_line_back(boss: BossProcess, http: httpx.Client) -> None:
    person = boss.find(
        lambda one: one.state == "suspended" and any(bill.open for bill in one.bills)
    )
    owed = sum(bill.open for bill in person.bills)
    body = payment(person.msisdn, (owed + 500) / 100)
    del body["paymentItem"]
    paid = http.post(PAYMENTS, json=body).json()
    (customer,) = http.get(CUSTOMERS, params={"account.id": person.msisdn}).json()
    assert customer["status"] == "active"
    bills = http.get(BILLS, params={"billingAccount.id": person.msisdn}).json()
    assert {bill["state"] for bill in bills} == {"settled"}
    (bucket,) = http.get(BUCKETS, params={"logicalResource.value": person.msisdn}).json()
    assert bucket["remainingValue"]["amount"] == (person.balance + 500) / 100
    refund = body | {"correlatorId": str(uuid4()), "payment": {"id": paid["id"]}}
    assert http.post(REFUNDS, json=refund).json()["status"] == "completed"
    (customer,) = http.get(CUSTOMERS, params={"account.id": person.msisdn}).json()
    assert customer["status"] == "suspended"


def test_what_was_answered_survives_a_kill(boss: BossProcess, http: httpx.Client) -> None:
    person = boss.fresh()
    bodies = [payment(person.msisdn) for _ in range(20)]
    answers = [http.post(PAYMENTS, json=body).content for body in bodies]
    boss.restart()
    assert [http.post(PAYMENTS, json=body).content for body in bodies] == answers
    totals = boss.audit(*(body["correlatorId"] for body in bodies))["totals"]
    assert (totals["applied"], totals["applied_wrongly"]) == (20, 0)


def test_history_is_known_and_has_no_effect(boss: BossProcess, http: httpx.Client) -> None:
    person = boss.fresh(lambda one: one.payment == "prepaid" and one.balance > 2_000)
    now = datetime.now(UTC)
    rows = [
        {
            "external_id": str(uuid4()),
            "business": business,
            "msisdn": person.msisdn,
            "amount": 1_000,
            "product": product,
            "at": (now - timedelta(days=days)).isoformat(),
            "outlet": "A00001",
            "refused": refused,
        }
        for business, product, days, refused in (
            ("top_up", "", 0, ""),
            ("top_up", "", 40, ""),
            ("add_on", "CLIP", 40, "line_suspended"),
        )
    ]
    assert boss.history(rows) == {"loaded": 3, "known": 0}
    assert boss.history(rows) == {"loaded": 0, "known": 3}
    (bucket,) = http.get(BUCKETS, params={"logicalResource.value": person.msisdn}).json()
    assert bucket["remainingValue"]["amount"] == person.balance / 100
    found = [
        http.get(path, params={name: row["external_id"]}).json()
        for row, path, name in zip(
            rows,
            (PAYMENTS, PAYMENTS, ORDERS),
            ("correlatorId", "correlatorId", "externalId"),
            strict=True,
        )
    ]
    assert [entry.get("status") or entry["state"] for (entry,) in found] == [
        "completed",
        "completed",
        "rejected",
    ]
    assert complaints(676, "Payment", found[0][0]) == []
    assert complaints(622, "ProductOrder", found[2][0]) == []
    statuses = []
    for (entry,) in found[:2]:
        refund = payment(person.msisdn, 10) | {"payment": {"id": entry["id"]}}
        statuses.append(http.post(REFUNDS, json=refund).json().get("statusReason"))
    assert statuses == [None, "reversal_too_late"]
    assert rows[0]["external_id"] not in boss.audit()["orders"]


def test_the_back_door_refuses_nonsense(boss: BossProcess) -> None:
    with httpx.Client(base_url=boss.admin, trust_env=False) as admin:
        for method, path, body in (
            ("PUT", "/faults", {"reset": 2}),
            ("PUT", "/faults", {"unheard_of": 1}),
            ("PUT", "/clock", {"at": "2026-01-01T00:00:00"}),
            ("PUT", "/clock", {"at": "noon"}),
            ("POST", "/usage", {"msisdn": "13800138000", "amount": 0}),
            ("POST", "/history", {"external_id": "x"}),
        ):
            assert admin.request(method, path, json=body).status_code == 400, (path, body)
        assert admin.get("/faults").json()["reset"] == 0
        short = admin.post("/usage", json={"msisdn": boss.fresh().msisdn, "amount": 10**9})
        assert short.status_code == 409


def test_it_comes_back_by_itself(boss: BossProcess, http: httpx.Client) -> None:
    boss.faults(down={"seconds": 0.3})
    with pytest.raises(httpx.ConnectError):
        http.get("/health")
    with httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False) as patient:
        assert patient.get(f"{boss.url}/health").status_code == 200


def test_a_port_in_use_is_one_clear_line(boss: BossProcess, tmp_path: Any) -> None:
    port = boss.url.rsplit(":", 1)[1]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "simulators.boss", "--data", str(tmp_path)),
            *("--port", port, "--admin-port", "0", "--customers", "1"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and f"Port {port}" in done.stderr


def test_it_ends_when_told_to(tmp_path: Any) -> None:
    process = BossProcess(tmp_path, 10)
    try:
        assert process.stop() == 0
    finally:
        process.close()


def test_history_may_be_loaded_before_the_boss_ever_ran(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    number = person(1, 0).msisdn
    rows = [Past(str(uuid4()), "top_up", number, 1_000, now) for _ in range(3)]
    for new in (3, 0):
        assert load(tmp_path, rows, customers=10, seed=1, today=now.date()) == new
    process = BossProcess(tmp_path, 10)
    try:
        with httpx.Client(base_url=process.url, trust_env=False) as client:
            (entry,) = client.get(PAYMENTS, params={"correlatorId": rows[0].external_id}).json()
            assert entry["totalAmount"] == {"unit": "CNY", "value": 10.0}
    finally:
        process.close()
