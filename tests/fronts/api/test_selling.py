"""Selling through the API: offers, customers, sales, request keys."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from qudao.domain.catalog import operations as catalog
from qudao.domain.ordering.models import Order
from qudao.domain.party import operations as party
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import operations as wallets
from qudao.domain.wallet import queries as wallet_queries
from qudao.platform.commands.models import JournalEntry
from tests.boss_process import BossProcess
from tests.fronts.api.conftest import MSISDN, Shop, Terminal
from tests.province import assert_sound

pytestmark = pytest.mark.django_db


def orders() -> int:
    return Order.objects.unscoped("test").count()


def balance(shop: Shop) -> int:
    ctx = shop.province.system(shop.now)
    return wallet_queries.wallet(ctx, outlet=shop.outlet).balance.minor


def refused(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:qudao:{code}"
    assert document["title"] and document["detail"]
    assert document["instance"].endswith(answer.headers["X-Request-Id"])
    return document


def test_offers_come_best_first_with_prices_and_discounts(till: Terminal) -> None:
    items = till.get("/offers").json()["items"]
    levels = [item["fit"] for item in items]
    assert levels == sorted(levels, key=["best", "fit", "capable"].index)
    top_up = next(item for item in items if item["code"] == "TOPUP")
    assert (top_up["price_fen"], top_up["minimum_fen"], top_up["step_fen"]) == (None, 100, 100)
    assert top_up["proposed_fen"][:2] == [1000, 2000]
    pack = next(item for item in items if item["code"] == "DATA1GB")
    face = pack["price_fen"]
    assert face == 2000
    assert pack["debit_fen"] == face - (face * pack["discount_ppm"] + 500_000) // 1_000_000
    only = till.get("/offers", business="add_on").json()["items"]
    assert {item["business"] for item in only} == {"add_on"}


def test_a_sale_takes_the_price_from_the_wallet(shop: Shop, till: Terminal) -> None:
    answer = till.sell(5000)
    assert answer.status_code == 201, answer.content
    sold = answer.json()
    assert sold["amount_fen"] == 5000 and 0 < sold["debit_fen"] <= 5000
    assert sold["balance_fen"] == 100_000 - sold["debit_fen"] == balance(shop)
    assert sold["outcome"] is None
    assert answer.headers["Location"] == f"/api/v1/orders/{sold['order']}"
    order = till.get(f"/orders/{sold['order']}").json()
    assert (order["state"], order["channel"], order["is_final"]) == ("acknowledged", "api", False)
    assert (order["number"], order["msisdn"]) == (sold["number"], MSISDN)
    assert JournalEntry.objects.get(subject=sold["order"]).channel == "api"


def test_the_same_key_and_content_get_the_same_answer(shop: Shop, till: Terminal) -> None:
    first = till.sell(key="k-1")
    second = till.sell(key="k-1")
    assert (second.status_code, second.content) == (201, first.content)
    assert orders() == 1
    refused(till.sell(6000, key="k-1"), 409, "commands.key_reused")
    assert orders() == 1 and balance(shop) == first.json()["balance_fen"]


def test_a_trial_does_nothing(shop: Shop, till: Terminal) -> None:
    answer = till.sell(key="k-2", headers={"X-Dry-Run": "true"})
    assert answer.status_code == 200
    tried = answer.json()
    assert tried["balance_fen"] == 100_000 - tried["debit_fen"]
    assert (orders(), balance(shop)) == (0, 100_000)
    assert till.sell(key="k-2").json()["debit_fen"] == tried["debit_fen"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount_fen": 5050}, 400, "catalog.amount_out_of_range"),
        ({"offering": "DATA1GB", "amount_fen": 1900}, 400, "catalog.amount_out_of_range"),
        ({"offering": "NONE"}, 404, "catalog.offering_unknown"),
        ({"offering": "SZXJY", "amount_fen": 0}, 403, "catalog.not_eligible"),
        ({"outlet": str(uuid4())}, 404, "saleschannel.outlet_unknown"),
        ({"offering": "BILLPAY", "amount_fen": 200_000}, 409, "ordering.balance_too_low"),
    ],
)
def test_refusals_of_a_sale(
    shop: Shop, till: Terminal, change: dict, status: int, code: str
) -> None:
    amount = change.pop("amount_fen", 5000)
    refused(till.sell(amount, **change), status, code)
    assert (orders(), balance(shop)) == (0, 100_000)


def test_a_refusal_carries_its_facts_and_speaks_the_clients_language(shop: Shop) -> None:
    english = shop.terminal(language="en").sell(200_000, offering="BILLPAY")
    chinese = shop.terminal(language="zh-Hans").sell(200_000, offering="BILLPAY")
    one = refused(english, 409, "ordering.balance_too_low")
    other = refused(chinese, 409, "ordering.balance_too_low")
    assert one["fields"] == other["fields"]
    assert one["fields"]["available_fen"] == 100_000
    assert 190_000 < one["fields"]["price_fen"] <= 200_000
    assert one["title"] != other["title"] and one["detail"] != other["detail"]
    assert one["detail"].isascii() or "¥" in one["detail"]


@pytest.mark.parametrize(
    ("body", "where", "field", "code"),
    [
        ({"amount_fen": "5000"}, "body", "amount_fen", "int_type"),
        ({"amount_fen": 50.5}, "body", "amount_fen", "int_type"),
        ({"amount_fen": -1}, "body", "amount_fen", "greater_than_equal"),
        ({"amount_fen": 2**63}, "body", "amount_fen", "less_than_equal"),
        ({"amount_fen": None}, "body", "amount_fen", "int_type"),
        ({"msisdn": "12345678901"}, "body", "msisdn", "string_pattern_mismatch"),
        ({"msisdn": "13937100001\n"}, "body", "msisdn", "string_pattern_mismatch"),
        ({"offering": "a" * 65}, "body", "offering", "string_pattern_mismatch"),
        ({"offering": "TOP\u0000UP"}, "body", "offering", "string_pattern_mismatch"),
        ({"outlet": "me"}, "body", "outlet", "not_an_id"),
        ({"discount": 1}, "body", "discount", "extra_forbidden"),
    ],
)
def test_a_body_must_fit(till: Terminal, body: dict, where: str, field: str, code: str) -> None:
    whole = {"offering": "TOPUP", "msisdn": MSISDN, "amount_fen": 5000} | body
    document = refused(till.post("/sales", whole), 400, "api.not_valid")
    (error,) = document["errors"]
    assert (error["where"], error["field"].split(".")[-1], error["code"]) == (where, field, code)
    assert error["message"]
    assert orders() == 0


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'"\xff"', b"[" * 20_000, b'{"amount_fen": NaN}']
)
def test_a_body_must_be_json(till: Terminal, raw: bytes) -> None:
    answer = till.post("/sales", raw)
    assert answer.status_code == 400 and answer.json()["code"] in {"api.not_json", "api.not_valid"}


def test_a_key_is_required_and_has_a_form(till: Terminal) -> None:
    document = refused(till.sell(key=None), 400, "api.not_valid")
    assert document["errors"][0]["field"] == "Idempotency-Key"
    refused(till.sell(key="with space"), 400, "api.not_valid")
    refused(till.sell(key="k" * 101), 400, "api.not_valid")
    assert orders() == 0


def test_other_media_and_too_much_are_refused(till: Terminal) -> None:
    headers = {"Content-Type": "text/plain", "Idempotency-Key": "k", **till._headers}
    answer = till._client.generic("POST", "/api/v1/sales", b"{}", "text/plain", headers=headers)
    refused(answer, 415, "api.media_type")
    refused(till.post("/sales", b" " * 70_000 + b"{}"), 413, "api.too_large")
    refused(till.post("/sales", b" " * 3_000_000 + b"{}"), 413, "api.too_large")
    assert orders() == 0


def test_a_clerk_of_another_outlet_may_not_sell_here(shop: Shop) -> None:
    far = shop.terminal("farclerk")
    refused(far.sell(outlet=str(shop.outlet)), 404, "saleschannel.outlet_unknown")
    sold = shop.terminal().sell().json()
    refused(far.get(f"/orders/{sold['order']}"), 404, "ordering.order_unknown")
    refused(far.get(f"/orders/by-number/{sold['number']}"), 404, "ordering.order_unknown")
    refused(far.get("/wallet", outlet=str(shop.outlet)), 404, "wallet.wallet_not_found")
    assert far.get("/orders").json()["total"] == 0


def test_a_price_of_yesterday_is_refused(shop: Shop, till: Terminal) -> None:
    shown = next(item for item in till.get("/offers").json()["items"] if item["code"] == "DATA1GB")
    ctx = shop.province.system(datetime.now(UTC))
    catalog.publish_version(
        ctx,
        code="DATA1GB",
        version=catalog_draft(price=2500),
        valid_from=ctx.at + timedelta(microseconds=1),
    )
    document = refused(
        till.sell(shown["price_fen"], offering="DATA1GB"), 400, "catalog.amount_out_of_range"
    )
    assert document["fields"]["minimum_fen"] == document["fields"]["maximum_fen"] == 2500
    assert till.sell(2500, offering="DATA1GB").status_code == 201


def catalog_draft(price: int):
    from qudao.domain.catalog.types import VersionDraft
    from qudao.kernel.money import Money

    return VersionDraft("1GB流量包", "1 GB", price=Money(price), boss_product_code="DATA1GB")


def test_a_suspended_clerk_is_stopped_at_once(shop: Shop, till: Terminal) -> None:
    assert till.sell().status_code == 201
    membership = shop.province.people["clerk"].membership
    party.suspend_member(shop.province.system(shop.now), membership=membership, reason="inquiry")
    refused(till.sell(), 403, "api.no_membership")
    assert orders() == 1
    assert till.get("/me").json()["role"] is None
    party.resume_member(shop.province.system(shop.now), membership=membership)
    assert till.sell().status_code == 201


def test_a_suspended_outlet_is_stopped_at_once(shop: Shop, till: Terminal) -> None:
    assert till.sell().status_code == 201
    saleschannel.suspend(shop.province.system(shop.now), outlet=shop.outlet, reason="inspection")
    refused(till.sell(), 403, "saleschannel.outlet_not_active")
    refused(till.get("/offers"), 403, "saleschannel.outlet_not_active")
    assert orders() == 1


def test_a_repetition_gets_its_answer_although_the_outlet_is_shut(
    shop: Shop, till: Terminal
) -> None:
    first = till.sell(key="k-3")
    saleschannel.suspend(shop.province.system(shop.now), outlet=shop.outlet, reason="inspection")
    again = till.sell(key="k-3")
    assert (again.status_code, again.content) == (201, first.content)
    refused(till.sell(6000, key="k-3"), 409, "commands.key_reused")


def test_a_frozen_wallet_pays_nothing(shop: Shop, till: Terminal) -> None:
    wallets.freeze(shop.province.system(shop.now), outlet=shop.outlet, reason="inquiry")
    refused(till.sell(), 403, "ordering.wallet_is_frozen")
    assert till.get("/wallet").json()["available_fen"] == 0


def test_a_token_without_an_outlet_names_one(shop: Shop) -> None:
    supervisor = shop.terminal("supervisor")
    refused(supervisor.get("/wallet"), 400, "api.outlet_not_named")
    found = supervisor.get("/wallet", outlet=str(shop.outlet)).json()
    assert found["balance_fen"] == 100_000
    # May look, may not sell.
    refused(supervisor.sell(outlet=str(shop.outlet)), 403, "commands.not_permitted")


def test_waiting_gives_the_outcome(shop: Shop, till: Terminal) -> None:
    answer = till.sell(headers={"Prefer": "respond-async, wait=0"})
    assert answer.headers["Preference-Applied"] == "wait=0"
    assert answer.json()["outcome"]["state"] == "acknowledged"
    assert "Preference-Applied" not in till.sell(headers={"Prefer": "respond-async"}).headers


def test_customers_are_looked_up_and_every_look_is_journalled(
    shop: Shop, till: Terminal, live_boss: BossProcess
) -> None:
    person = live_boss.find(lambda one: one.state == "active" and bool(one.bills))
    found = till.get(f"/customers/{person.msisdn}").json()
    assert found["msisdn"] == person.msisdn and found["state"] == "active"
    assert found["name_masked"] != person.name and found["plan_code"] == person.plan
    due = till.get(f"/customers/{person.msisdn}/due").json()
    assert due["amount_fen"] == sum(bill["amount_fen"] for bill in due["bills"])
    looks = JournalEntry.objects.filter(command="customers.look_up")
    assert [look.arguments for look in looks] == [{"msisdn": person.msisdn}] * 2
    assert {look.actor for look in looks} == {shop.province.people["clerk"].user}
    refused(till.get("/customers/19999999999"), 404, "ordering.subscriber_not_found")
    refused(till.get("/customers/123"), 400, "api.not_valid")


def test_without_the_boss_a_look_up_says_when_to_try_again(
    till: Terminal, live_boss: BossProcess
) -> None:
    live_boss.kill9()
    answer = till.get(f"/customers/{MSISDN}")
    refused(answer, 503, "ordering.boss_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert till.sell().status_code == 201, "sales go on"


def at_once(count: int, act) -> None:
    """Run it in so many threads at the same time."""
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            gate.wait()
            act(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_one_key_at_the_same_time_is_one_sale(committed_shop: Shop) -> None:
    secret = committed_shop.terminal()
    answers = []

    def send(number: int) -> None:
        answers.append(Terminal(secret.secret, secret.token).sell(key="same"))

    at_once(12, send)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert orders() == 1
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_a_wallet_is_never_overdrawn(committed_shop: Shop) -> None:
    secret = committed_shop.terminal()
    answers = []

    def send(number: int) -> None:
        answers.append(Terminal(secret.secret, secret.token).sell(20_000, key=f"n-{number}"))

    at_once(12, send)
    sold = [answer for answer in answers if answer.status_code == 201]
    others = [answer.json()["code"] for answer in answers if answer.status_code != 201]
    assert len(sold) == orders() == 5
    assert set(others) == {"ordering.balance_too_low"}
    assert balance(committed_shop) == min(answer.json()["balance_fen"] for answer in sold) >= 0
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_waiting_sees_the_answer_of_the_boss(committed_shop: Shop, live_boss: BossProcess) -> None:
    till = committed_shop.terminal()
    person = live_boss.fresh(lambda one: one.payment == "prepaid")
    done = threading.Event()
    answers = []

    def dispatch(number: int) -> None:
        if number == 0:
            answers.append(till.sell(msisdn=person.msisdn, headers={"Prefer": "wait=10"}))
            done.set()
            return
        while not done.wait(0.05):
            committed_shop.fulfil()

    at_once(2, dispatch)
    assert answers[0].json()["outcome"]["state"] == "completed", answers[0].content
    assert till.get("/orders", state="completed").json()["total"] == 1
    assert_sound()
