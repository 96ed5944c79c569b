"""What is said to the BOSS, and what its answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from qudao.domain.ordering.ports import BossOrder, Completed, NotFound, Outcome, Refused, Unknown
from qudao.domain.ordering.types import OrderId
from qudao.gateways.boss import tmf
from qudao.kernel.money import Money
from simulators.boss.sims import sim
from tests.gateways.boss.orders import (
    cancel,
    card_recharge,
    card_sale,
    change,
    opening,
    party,
    swap,
)
from tests.swaggers import complaints

ID = OrderId(UUID("01900000-0000-7000-8000-000000000001"))
ORIGINAL = OrderId(UUID("01900000-0000-7000-8000-000000000002"))


def order(business: str, *, amount: int = 1234, reverses: OrderId | None = None) -> BossOrder:
    return BossOrder(
        order=ID,
        business=business,
        msisdn="13800138000",
        amount=Money(amount),
        product_code="" if business in tmf.PAYMENT_BUSINESSES else "GT58",
        ordered_at=datetime(2026, 1, 1, tzinfo=UTC),
        outlet_code="A00001",
        reverses=reverses,
    )


@pytest.mark.parametrize("business", ["bill_payment", "top_up"])
def test_a_payment_is_valid_by_676_and_exact(business: str) -> None:
    data = tmf.request(order(business, amount=29))
    body = json.loads(data)
    assert complaints(676, "Payment_Create", body) == []
    assert body["correlatorId"] == str(ID)
    assert b'"totalAmount":{"unit":"CNY","value":0.29}' in data
    assert body["account"]["id"] == "13800138000"


def test_a_reversal_of_a_payment_is_a_refund_under_its_own_id() -> None:
    asked = order("top_up", reverses=ORIGINAL)
    body = json.loads(tmf.request(asked, "PA0000000007"))
    assert complaints(676, "Refund_Create", body) == []
    assert body["correlatorId"] == str(ID)
    assert body["payment"]["id"] == "PA0000000007"
    assert tmf.collection(asked) == (tmf.REFUNDS, "correlatorId")
    assert tmf.original(asked) == (tmf.PAYMENTS, "correlatorId")


@pytest.mark.parametrize(("business", "action"), [("plan_change", "modify"), ("add_on", "add")])
def test_a_product_order_is_valid_by_622(business: str, action: str) -> None:
    body = json.loads(tmf.request(order(business, amount=0)))
    assert complaints(622, "ProductOrder_Create", body) == []
    assert body["externalId"] == str(ID)
    assert body["productOrderItem"][0]["action"] == action


def test_a_reversal_of_a_product_order_names_the_original() -> None:
    body = json.loads(tmf.request(order("add_on", reverses=ORIGINAL), "PO0000000007"))
    assert complaints(622, "ProductOrder_Create", body) == []
    assert body["productOrderItem"][0]["action"] == "delete"
    assert body["productOrderItem"][0]["productOrderItemRelationship"] == [
        {"id": "PO0000000007", "relationshipType": "reverses"}
    ]


def test_the_same_order_is_the_same_request() -> None:
    assert tmf.request(order("top_up")) == tmf.request(order("top_up"))


# Lines and cards


CARD = sim(7, year=26)

MOVING = [
    opening("13800138000", CARD, "410105199001010017", "CLIP", "DATA1GB"),
    opening("13800138000", CARD, "410105199001010017", number=0, fee=0, prepay=0),
    swap("13800138000", CARD, 1_000, replaced=sim(8).iccid),
    swap("13800138000", CARD),
    change("13800138000", "13700137000", 3_000),
    cancel("13800138000"),
    card_sale("26000000000000001"),
]


@pytest.mark.parametrize("asked", MOVING, ids=lambda asked: asked.business)
def test_what_moves_lines_and_cards_is_valid_by_622(asked: BossOrder) -> None:
    body = json.loads(tmf.request(asked))
    assert complaints(622, "ProductOrder_Create", body) == []
    assert body["externalId"] == str(asked.order)
    assert body["category"] == asked.business
    assert tmf.request(asked) == tmf.request(asked)


def test_an_opening_says_all_of_it() -> None:
    body = json.loads(tmf.request(MOVING[0]))
    line, *add_ons = body["productOrderItem"]
    assert [item["action"] for item in (line, *add_ons)] == ["add"] * 3
    assert [item["productOffering"]["id"] for item in (line, *add_ons)] == [
        "DGDD28",
        "CLIP",
        "DATA1GB",
    ]
    assert {entry["name"]: entry["id"] for entry in line["product"]["realizingResource"]} == {
        "MSISDN": "13800138000",
        "ICCID": CARD.iccid,
        "IMSI": CARD.imsi,
    }
    prices = {
        price["name"]: price["price"]["taxIncludedAmount"]["value"] for price in line["itemPrice"]
    }
    assert prices == {"numberPrepayment": 200, "simFee": 10, "prepay": 50}
    (total,) = body["orderTotalPrice"]
    assert total["price"]["taxIncludedAmount"] == {"unit": "CNY", "value": 270}
    for add_on in add_ons:
        relation = {"id": "1", "relationshipType": "reliesOn"}
        assert add_on["productOrderItemRelationship"] == [relation]


def test_the_customer_of_an_opening_is_an_individual_by_632() -> None:
    (customer,) = json.loads(tmf.request(MOVING[0]))["relatedParty"]
    assert (customer["role"], customer["@referredType"]) == ("customer", "Individual")
    assert complaints(632, "Individual", customer) == []
    assert customer["fullName"] == "赵小燕"
    assert customer["individualIdentification"] == [
        {"identificationType": "resident_id", "identificationId": "410105199001010017"}
    ]
    assert [medium["characteristic"] for medium in customer["contactMedium"]] == [
        {"street1": "郑州市金水区花园路1号"},
        {"phoneNumber": "13900139000"},
    ]


def test_a_part_that_is_only_worth_something_is_no_price() -> None:
    free = swap("13800138000", CARD)
    worth = replace(free, items=(replace(free.items[0], amount=Money(1_000)),))
    assert "itemPrice" not in json.loads(tmf.request(worth))["productOrderItem"][0]


def test_a_fee_stands_beside_the_prepayment() -> None:
    body = json.loads(tmf.request(change("13800138000", "13700137000", 3_000, fee=1_000)))
    assert [
        (price["name"], price["price"]["taxIncludedAmount"]["value"])
        for price in body["productOrderItem"][0]["itemPrice"]
    ] == [("numberPrepayment", 30), ("fee", 10)]


def test_a_customer_without_address_and_phone() -> None:
    bare = replace(MOVING[0], party=party("E12345678", address="", phone=""))
    (customer,) = json.loads(tmf.request(bare))["relatedParty"]
    assert customer["contactMedium"] == []
    assert complaints(632, "Individual", customer) == []


def test_a_recharge_by_card_is_a_payment_of_its_worth() -> None:
    asked = card_recharge("13800138000", "26000000000000001", 5_000)
    body = json.loads(tmf.request(asked))
    assert complaints(676, "Payment_Create", body) == []
    assert body["totalAmount"] == {"unit": "CNY", "value": 50}
    assert body["paymentItem"][0]["item"] == {
        "id": "26000000000000001",
        "@referredType": "Voucher",
    }
    assert (body["account"]["id"], body["paymentMethod"]["@type"]) == ("13800138000", "Voucher")


@pytest.mark.parametrize("asked", MOVING, ids=lambda asked: asked.business)
def test_a_reversal_of_them_is_valid_and_names_nobody(asked: BossOrder) -> None:
    body = json.loads(tmf.request(replace(asked, reverses=ORIGINAL), "PO0000000007"))
    assert complaints(622, "ProductOrder_Create", body) == []
    assert "relatedParty" not in body
    (item,) = body["productOrderItem"]
    assert item["action"] == "delete"


def test_what_is_missing_cannot_be_said() -> None:
    for broken in (
        replace(MOVING[0], party=None),
        replace(MOVING[0], items=MOVING[0].items[1:]),
        replace(MOVING[2], items=()),
        replace(card_recharge("13800138000", "1"), items=()),
    ):
        with pytest.raises(tmf.Incomplete):
            tmf.request(broken)


def read(business: str, **body: Any) -> Outcome:
    return tmf.outcome(order(business), tmf.read_work(json.dumps(body).encode()))


def test_outcomes_of_622() -> None:
    assert read("add_on", id="7", state="completed") == Completed(ID, "7")
    note = [{"id": "same_plan", "text": "has it"}]
    assert read("add_on", id="7", state="rejected", note=note) == Refused(ID, "same_plan", "has it")
    assert read("add_on", id="7", state="failed") == Refused(ID, "failed", "failed")
    for state in ("acknowledged", "pending", "held", "inProgress", "partial", "news"):
        assert isinstance(read("add_on", id="7", state=state), Unknown)


def test_outcomes_of_676() -> None:
    assert read("top_up", id="7", status="completed") == Completed(ID, "7")
    assert read(
        "top_up", id="7", status="rejected", statusReason="balance_used", description="gone"
    ) == Refused(ID, "balance_used", "gone")
    assert isinstance(read("top_up", id="7"), Unknown)
    assert isinstance(read("top_up", status="completed"), Unknown), "no id, no proof"


def test_other_content_under_our_id_is_not_taken_for_ours() -> None:
    amount = {"unit": "CNY", "value": 12.35}
    assert isinstance(read("top_up", id="7", status="completed", totalAmount=amount), Unknown)
    account = {"id": "13900139000"}
    assert isinstance(read("top_up", id="7", status="completed", account=account), Unknown)
    item = [{"id": "1", "action": "add", "product": {"productSerialNumber": "13900139000"}}]
    assert isinstance(read("add_on", id="7", state="completed", productOrderItem=item), Unknown)
    same = {"unit": "CNY", "value": 12.34}
    assert read("top_up", id="7", status="completed", totalAmount=same) == Completed(ID, "7")


def test_what_is_found_under_an_id() -> None:
    assert tmf.found(order("top_up"), []) == NotFound(ID)
    work = tmf.read_work(b'{"id": "7", "status": "completed"}')
    assert tmf.found(order("top_up"), [work]) == Completed(ID, "7")
    assert isinstance(tmf.found(order("top_up"), [work, work]), Unknown)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b'{"id": 7}', b'{"id": "7", "state": []}'])
def test_nonsense_is_unreadable(data: bytes) -> None:
    with pytest.raises(tmf.Unreadable):
        tmf.read_work(data)


def test_a_part_of_a_fen_is_no_balance() -> None:
    plan = b'[{"productOffering":{"id":"GT58"},"status":"active","productCharacteristic":'
    plan += b'[{"name":"kind","value":"plan"}]}]'
    with pytest.raises(tmf.Unreadable):
        tmf.read_subscriber(
            "13800138000", plan, b"[]", b'[{"remainingValue":{"amount":1.005,"units":"CNY"}}]'
        )
