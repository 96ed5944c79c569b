"""Lines and cards over HTTP, the back door to them, and books of an earlier version."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from qudao.gateways.boss import tmf
from qudao.kernel.numbers import luhn_ok, valid_document
from simulators.boss import store
from simulators.boss.people import branch_of, people
from tests.boss_process import BossProcess
from tests.gateways.boss.orders import cancel, card_recharge, card_sale, change, opening, swap
from tests.simulators.boss.test_apis import CUSTOMERS, ORDERS, PAYMENTS, PRODUCTS
from tests.swaggers import complaints

Body = dict[str, Any]


@pytest.fixture
def http(boss: BossProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=boss.url, trust_env=False) as client:
        yield client


def an_opening(boss: BossProcess) -> Body:
    order = opening(boss.number(), boss.sim(), boss.document(), "CLIP", "DATA1GB")
    return dict(json.loads(tmf.request(order)))


def test_every_answer_is_what_the_specification_says(boss: BossProcess, http: httpx.Client) -> None:
    serial = boss.card()
    for order in (
        opening(boss.number(), boss.sim(), boss.document(), "CLIP"),
        swap(boss.fresh().msisdn, boss.sim()),
        change(boss.fresh().msisdn, boss.number()),
        cancel(boss.fresh().msisdn),
        card_sale(serial),
        card_recharge(boss.fresh().msisdn, serial),
    ):
        path, _ = tmf.collection(order)
        definition = (622, "ProductOrder") if path == ORDERS else (676, "Payment")
        states = []
        for name in (None, str(uuid4())):
            body = json.loads(tmf.request(order))
            if name is not None:
                body["externalId" if path == ORDERS else "correlatorId"] = name
            answer = http.post(path, json=body)
            assert answer.status_code == 201, answer.text
            assert complaints(*definition, answer.json()) == []
            assert http.get(answer.json()["href"]).json() == answer.json()
            states.append(answer.json().get("state") or answer.json()["status"])
        assert states == ["completed", "rejected"], "none of them can be done twice"


def test_the_answer_refers_to_the_customer_and_does_not_repeat_them(
    boss: BossProcess, http: httpx.Client
) -> None:
    body = an_opening(boss)
    opened = http.post(ORDERS, json=body).json()
    number = body["productOrderItem"][0]["product"]["productSerialNumber"]
    (customer,) = http.get(CUSTOMERS, params={"account.id": number}).json()
    assert opened["relatedParty"] == [
        {"id": customer["id"], "role": "customer", "@referredType": "Customer"}
    ]
    assert [item["state"] for item in opened["productOrderItem"]] == ["completed"] * 3
    refused = http.post(ORDERS, json=body | {"externalId": str(uuid4())}).json()
    assert refused["relatedParty"] == [
        {"id": "1", "role": "customer", "@referredType": "Individual"}
    ]
    plan = http.get(PRODUCTS, params={"productSerialNumber": number}).json()[-1]
    assert complaints(637, "Product", plan) == []
    assert [entry["name"] for entry in plan["realizingResource"]] == ["MSISDN", "ICCID", "IMSI"]
    line = boss.line(number)
    assert line is not None and line["customer"] == customer["id"]


def _without(*path: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        *folder, name = path
        for step in folder:
            body = body[int(step)] if step.isdigit() else body[step]
        del body[int(name) if name.isdigit() else name]  # type: ignore[arg-type]

    return change


def _with(value: object, *path: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        *folder, name = path
        for step in folder:
            body = body[int(step)] if step.isdigit() else body[step]
        body[name] = value

    return change


ITEM = ("productOrderItem", "0")


@pytest.mark.parametrize(
    "damage",
    [
        _without("relatedParty"),
        _with("agent", "relatedParty", "0", "role"),
        _without("relatedParty", "0", "fullName"),
        _without("relatedParty", "0", "individualIdentification"),
        _with([], "relatedParty", "0", "individualIdentification"),
        _without("relatedParty", "0", "individualIdentification", "0", "identificationId"),
        _without(*ITEM, "productOffering"),
        _without(*ITEM, "product", "realizingResource"),
        _without(*ITEM, "product", "realizingResource", "0"),
        _without(*ITEM, "product", "realizingResource", "1"),
        _with("13800138000", *ITEM, "product", "realizingResource", "0", "id"),
        _with("12345678901", *ITEM, "product", "realizingResource", "0", "id"),
        _with("modify", *ITEM, "action"),
        _with("delete", "productOrderItem", "1", "action"),
        _with("13800138000", "productOrderItem", "1", "product", "productSerialNumber"),
        _with([], "orderTotalPrice"),
        _with([{"name": "prepay"}], *ITEM, "itemPrice"),
        _with("sim_swap", "category"),
        _with("cancellation", "category"),
        _with("recharge_card", "category"),
        _with("no_such_business", "category"),
    ],
)
def test_a_malformed_order_is_400_and_leaves_no_trace(
    boss: BossProcess, http: httpx.Client, damage: Callable[[Body], None]
) -> None:
    body = an_opening(boss)
    damage(body)
    before = boss.audit()["totals"]
    response = http.post(ORDERS, json=body)
    assert response.status_code == 400, response.text
    assert complaints(622, "Error", response.json()) == []
    assert boss.audit()["totals"] == before


def test_the_back_door_to_lines_cards_and_documents(boss: BossProcess) -> None:
    person = boss.fresh()
    assert boss.line(person.msisdn) == {
        "msisdn": person.msisdn,
        "iccid": person.iccid,
        "imsi": person.imsi,
        "plan": person.plan,
        "payment": person.payment,
        "state": "active",
        "balance": person.balance,
        "since": (boss.line(person.msisdn) or {})["since"],
        "customer": f"{410_000_000_000 + person.number}",
        "add_ons": list(person.add_ons),
    }
    assert boss.line("13000000000") is None
    assert boss.card_state("1") is None
    with httpx.Client(base_url=boss.admin, trust_env=False) as admin:
        before = admin.get("/blacklist").json()["documents"]
        for _ in range(2):
            boss.blacklist("passport", "E12345678")
        assert admin.get("/blacklist").json()["documents"] == before + 1
        boss.blacklist("passport", "e12345678", off=True)
        assert admin.get("/blacklist").json()["documents"] == before
        for body in ({}, {"kind": "passport"}, {"kind": "passport", "number": ""}):
            assert admin.put("/blacklist", json=body).status_code == 400


def test_what_tests_take_is_well_formed(boss: BossProcess) -> None:
    numbers = {boss.number("4103") for _ in range(20)}
    assert len(numbers) == 20 and {branch_of(number) for number in numbers} == {"4103"}
    assert all(boss.line(number) is None for number in numbers)
    assert branch_of("13800138000") == "4101", "a number of no branch"
    cards = [boss.sim() for _ in range(20)]
    assert len({card.iccid for card in cards} | {card.imsi for card in cards}) == 40
    assert all(len(card.iccid) == 20 and luhn_ok(card.iccid) for card in cards)
    documents = {boss.document() for _ in range(20)}
    assert len(documents) == 20 and all(valid_document(number) for number in documents)


FIRST_VERSION = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE line (
    msisdn TEXT PRIMARY KEY, customer TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    branch TEXT NOT NULL, market TEXT NOT NULL, payment TEXT NOT NULL, plan TEXT NOT NULL,
    state TEXT NOT NULL, since TEXT NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0)
);
CREATE TABLE add_on (
    msisdn TEXT NOT NULL REFERENCES line, code TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (msisdn, code)
) WITHOUT ROWID;
CREATE VIEW product AS
    SELECT msisdn || '-plan' AS id, msisdn, plan AS code, 'plan' AS kind, since, state, payment,
        customer, name
    FROM line
    UNION ALL
    SELECT add_on.msisdn || '-' || add_on.code, add_on.msisdn, add_on.code, 'addOn',
        add_on.since, line.state, line.payment, line.customer, line.name
    FROM add_on JOIN line ON line.msisdn = add_on.msisdn;
"""


def test_books_of_the_first_version_are_brought_up(tmp_path: Path) -> None:
    path = store.books(tmp_path)
    db = sqlite3.connect(path)
    db.executescript(FIRST_VERSION)
    for one in people(1, 10):
        values = (one.msisdn, f"{410_000_000_000 + one.number}", one.name, one.branch, one.market)
        values += (one.payment, one.plan, one.state, "2024-01-01", one.balance)
        db.execute("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    db.execute("INSERT INTO meta VALUES ('seed', '1'), ('customers', '10')")
    db.commit()
    db.close()
    for _ in range(2):
        store.prepare(path, 1, 10, datetime.now(UTC).date())
    boss = BossProcess(tmp_path, 10)
    try:
        for one in people(1, 10):
            line = boss.line(one.msisdn)
            assert line is not None
            assert (line["iccid"], line["imsi"], line["balance"]) == (
                one.iccid,
                one.imsi,
                one.balance,
            )
        with httpx.Client(base_url=boss.url, trust_env=False) as http:
            body = an_opening(boss)
            assert http.post(ORDERS, json=body).json()["state"] == "completed"
            assert len(http.get(PRODUCTS).json()) == 13
    finally:
        boss.close()


def test_history_may_have_all_businesses(boss: BossProcess, http: httpx.Client) -> None:
    person, now = boss.fresh(), datetime.now(UTC)
    rows = [
        {
            "external_id": str(uuid4()),
            "business": business,
            "msisdn": person.msisdn,
            "amount": 1_000,
            "product": "DGDD28" if business == "account_opening" else "",
            "at": now.isoformat(),
        }
        for business in (
            *("account_opening", "sim_swap", "number_change", "cancellation"),
            *("recharge_card", "card_recharge"),
        )
    ]
    assert boss.history(rows) == {"loaded": 6, "known": 0}
    for row in rows:
        payment = row["business"] == "card_recharge"
        path, name = (PAYMENTS, "correlatorId") if payment else (ORDERS, "externalId")
        (entry,) = http.get(path, params={name: row["external_id"]}).json()
        assert (
            complaints(676 if payment else 622, "Payment" if payment else "ProductOrder", entry)
            == []
        )
    line = boss.line(person.msisdn)
    assert line is not None and (line["state"], line["balance"]) == ("active", person.balance)
