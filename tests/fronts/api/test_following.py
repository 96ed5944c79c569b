"""Orders, receipts, reversals, money and reports through the API."""

from datetime import UTC, datetime, timedelta

import pytest

from qudao.domain.ordering.models import Order
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.commands import operations as commands
from qudao.platform.commands.models import ParkedCommand
from tests.fronts.api.conftest import MSISDN, Shop, Terminal
from tests.fronts.api.test_selling import refused
from tests.province import assert_sound

pytestmark = pytest.mark.django_db


def test_orders_are_listed_filtered_and_paged(shop: Shop, till: Terminal) -> None:
    top_ups = [till.sell(amount).json() for amount in (1000, 2000, 3000)]
    pack = till.sell(2000, offering="DATA1GB", msisdn="13937100002").json()
    everything = till.get("/orders").json()
    assert everything["total"] == 4
    assert [one["id"] for one in everything["items"]] == [
        pack["order"],
        *(one["order"] for one in reversed(top_ups)),
    ]
    shop.complete(top_ups[0]["order"])

    def ids(**query: object) -> list[str]:
        return [one["id"] for one in till.get("/orders", **query).json()["items"]]

    assert ids(state="completed") == [top_ups[0]["order"]]
    assert ids(business="add_on") == ids(msisdn="13937100002") == [pack["order"]]
    assert ids(number=top_ups[1]["number"]) == [top_ups[1]["order"]]
    assert ids(reversals="true") == []
    assert len(ids(outlet=str(shop.outlet))) == 4
    assert ids(outlet=str(shop.province.far)) == []
    today = business_date(shop.now)
    assert len(ids(first=str(today), last=str(today))) == 4
    assert ids(first=str(today + timedelta(days=1))) == []
    page = till.get("/orders", limit=1, offset=3).json()
    assert (page["limit"], page["offset"], page["total"]) == (1, 3, 4)
    assert page["items"][0]["id"] == top_ups[0]["order"]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"limit": 0}, "limit", "greater_than_equal"),
        ({"limit": 201}, "limit", "less_than_equal"),
        ({"offset": -1}, "offset", "greater_than_equal"),
        ({"limit": "ten"}, "limit", "int_parsing"),
        ({"first": "0"}, "first", "not_a_date"),
        ({"first": "2026-02-30"}, "first", "not_a_date"),
        ({"first": "2026-02-02", "last": "2026-02-01"}, "", "backwards"),
        ({"state": "done"}, "state", "enum"),
        ({"outlet": "mine"}, "outlet", "not_an_id"),
        ({"msisnd": MSISDN}, "msisnd", "extra_forbidden"),
        ({"number": "1" * 21}, "number", "string_pattern_mismatch"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_bad_queries_are_refused(
    shop: Shop, query: dict, field: str, code: str, language: str
) -> None:
    document = refused(
        shop.terminal(language=language).get("/orders", **query), 400, "api.not_valid"
    )
    (error,) = document["errors"]
    assert (error["where"], error["field"], error["code"]) == ("query", field, code)
    assert error["message"] and error["message"].isascii() == (language == "en")


def test_an_order_is_found_by_its_receipt_number(till: Terminal) -> None:
    sold = till.sell().json()
    number = sold["number"]
    assert till.get(f"/orders/by-number/{number}").json()["id"] == sold["order"]
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    refused(till.get(f"/orders/by-number/{mistyped}"), 404, "ordering.order_unknown")


def test_a_receipt_is_counted_and_a_copy_is_marked(till: Terminal) -> None:
    sold = till.sell().json()
    path = f"/orders/{sold['order']}/receipt"
    refused(till.get(path), 409, "api.not_yet_printed")
    first = till.post(path, key="p-1")
    assert first.status_code == 200, first.content
    assert till.post(path, key="p-1").json()["copy_number"] == 0, "asked again, printed once"
    second = till.post(path, key="p-2").json()
    assert (first.json()["copy_number"], second["copy_number"]) == (0, 1)
    shown = till.get(path).json()
    assert (shown["number"], shown["copy_number"], shown["clerk"]) == (sold["number"], 1, "clerk")
    assert shown["outlet"]["name_en"] == "Outlet AGENT"
    assert till.get(f"/orders/{sold['order']}").json()["prints"] == 2


def test_a_sale_of_today_is_taken_back(shop: Shop, till: Terminal) -> None:
    sold = till.sell(5000).json()
    path = f"/orders/{sold['order']}/reversal"
    refused(till.post(path, {"reason": "wrong number"}), 409, "ordering.not_reversible")
    shop.complete(sold["order"])
    refused(till.post(path, {"reason": " "}), 400, "ordering.reason_missing")
    refused(till.post(path, {"reason": "a\nb"}), 400, "api.not_valid")
    refused(till.post(path, {"reason": "x" * 201}), 400, "api.not_valid")
    answer = till.post(path, {"reason": "wrong number"}, key="r-1")
    assert answer.status_code == 201, answer.content
    reversal = answer.json()["reversal"]
    assert answer.headers["Location"] == f"/api/v1/orders/{reversal}"
    assert till.post(path, {"reason": "wrong number"}, key="r-1").content == answer.content
    refused(till.post(path, {"reason": "again"}, key="r-1"), 409, "commands.key_reused")
    assert till.get(f"/orders/{sold['order']}").json()["state"] == "assessingCancellation"
    refused(till.post(f"/orders/{reversal}/receipt"), 409, "api.no_receipt")
    shop.complete(reversal)
    assert till.get(f"/orders/{sold['order']}").json()["state"] == "cancelled"
    assert till.get("/wallet").json()["balance_fen"] == 100_000
    only = till.get("/orders", reversals="true").json()
    assert [one["id"] for one in only["items"]] == [reversal]
    assert_sound()


def test_a_large_reversal_waits_for_a_second_person(shop: Shop, till: Terminal) -> None:
    sold = till.sell(30_000).json()
    shop.complete(sold["order"])
    path = f"/orders/{sold['order']}/reversal"
    held = till.post(path, {"reason": "wrong number"}, key="r-2")
    assert held.status_code == 202, held.content
    assert held.json()["reason"] == "ordering.reversal_high"
    assert till.post(path, {"reason": "wrong number"}, key="r-2").content == held.content
    assert ParkedCommand.objects.count() == 1
    assert Order.objects.unscoped("test").count() == 1
    ctx = shop.province.context(
        "branch_supervisor",
        shop.province.organizations["4101"],
        at=datetime.now(UTC),
    )
    commands.approve(ctx, parked=ParkedCommand.objects.get().id)
    assert till.get(f"/orders/{sold['order']}").json()["state"] == "assessingCancellation"


def test_the_wallet_and_its_statement(shop: Shop, till: Terminal) -> None:
    wallet = till.get("/wallet").json()
    assert wallet == {
        "outlet": str(shop.outlet),
        "balance_fen": 100_000,
        "credit_limit_fen": 0,
        "available_fen": 100_000,
        "spent_today_fen": 0,
        "low_balance_fen": 20_000,
        "is_low": False,
        "frozen": False,
    }
    sold = till.sell(5000).json()
    after = till.get("/wallet").json()
    assert after["spent_today_fen"] == sold["debit_fen"]
    lines = till.get("/wallet/statement").json()
    assert lines["total"] == 2
    newest, oldest = lines["items"]
    assert (newest["amount_fen"], newest["balance_fen"], newest["cause"]) == (
        -sold["debit_fen"],
        sold["balance_fen"],
        sold["order"],
    )
    assert (oldest["kind"], oldest["amount_fen"], oldest["balance_fen"]) == (
        "pay_in",
        100_000,
        100_000,
    )
    assert till.get("/wallet/statement", kind="pay_in").json()["total"] == 1
    assert till.get("/wallet/closings").json()["items"] == []


def test_closings_add_up(shop: Shop, till: Terminal) -> None:
    from qudao.domain.wallet import operations as wallets

    sold = till.sell(5000).json()
    tomorrow = shop.now + timedelta(days=1)
    wallets.close_day(shop.province.system(tomorrow), day=business_date(shop.now))
    (day,) = till.get("/wallet/closings").json()["items"]
    assert (day["paid_in_fen"], day["sold_fen"]) == (100_000, sold["debit_fen"])
    assert day["closing_fen"] == (
        day["opening_fen"]
        + day["paid_in_fen"]
        - day["sold_fen"]
        + day["returned_fen"]
        + day["adjusted_fen"]
    )


@pytest.mark.django_db(transaction=True)
def test_the_daily_report_follows_the_sales(committed_shop: Shop) -> None:
    till = committed_shop.terminal()
    kept = till.sell(5000).json()
    till.sell(3000)
    committed_shop.complete(kept["order"])
    committed_shop.province.relay()
    report = till.get("/reports/daily").json()
    today = str(business_date(datetime.now(UTC)))
    assert (report["first"], report["last"]) == (today, today)
    (row,) = report["items"]
    assert (row["business_date"], row["business"]) == (today, "top_up")
    assert (row["taken"], row["taken_fen"]) == (2, 8000)
    assert (row["completed"], row["completed_fen"]) == (1, 5000)
    assert (row["debited_fen"], row["open"]) == (kept["debit_fen"], 1)
    refused(till.get("/reports/daily", first="2020-01-01"), 400, "api.too_many_days")
    old = till.get("/reports/daily", first="2020-01-01", last="2020-01-31").json()
    assert old["items"] == []


def test_money_is_shown_whole(shop: Shop, till: Terminal) -> None:
    shop.province.pay_in(shop.outlet, Money(9_000_000_000_00), at=datetime.now(UTC))
    assert till.get("/wallet").json()["balance_fen"] == 900_000_100_000
