"""Orders, receipts, reversals: what one sees, what is counted, and what stays hidden."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.urls import reverse
from openpyxl import load_workbook

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import OrderId, Sale
from qudao.kernel.money import Money
from qudao.platform.tables import months
from tests.fronts.portal.conftest import Shop
from tests.province import assert_sound


def _foreign_order(shop: Shop) -> str:
    """An order of the outlet in the other branch."""
    province, at = shop.province, datetime.now(UTC)
    province.pay_in(province.far, Money(100_00), at=at)
    ctx = province.context("outlet_clerk", province.far, at=at)
    sold = sell.one(ctx, Sale(province.far, shop.top_up, shop.customer(), Money(30_00)))
    return str(sold.order)


def test_list_filters_by_number_state_and_receipt(shop: Shop) -> None:
    number = shop.customer()
    mine, other = shop.sale(msisdn=number), shop.sale()
    client = shop.client()

    def found(**query: str) -> set[str]:
        page = client.get(reverse("portal:orders"), query).context["page"]
        return {order.number for order in page.items}

    assert found() == {mine.number, other.number}
    assert found(text=number) == {mine.number}
    assert found(text=f"{number[:3]} {number[3:7]} {number[7:]}") == {mine.number}
    assert found(text=other.number) == {other.number}
    assert found(text=other.number[:-1] + str((int(other.number[-1]) + 1) % 10)) == set()
    assert found(state="completed") == set()
    shop.complete(mine.order)
    assert found(state="completed") == {mine.number}
    assert found(business="bill_payment") == set()
    assert found(first="2020-01-01", last="2020-01-31") == set()


def test_who_looks_back_is_told_of_the_archive(shop: Shop) -> None:
    shop.sale()
    client = shop.client()
    told = "operator's archive"
    assert told not in client.get(reverse("portal:orders")).text
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA archive")
        for table in months.tables():
            cursor.execute(f"CREATE TABLE archive.{table}_2024_05 (LIKE {table})")
    page = client.get(reverse("portal:orders"))
    assert "2024" in page.text and told in page.text, "the list ends here"
    assert told in client.get(reverse("portal:orders"), {"first": "2024-05-31"}).text
    assert told not in client.get(reverse("portal:orders"), {"first": "2024-06-01"}).text


def test_pages(shop: Shop) -> None:
    for _n in range(27):
        shop.sale(10_00)
    client = shop.client()
    first = client.get(reverse("portal:orders")).context["page"]
    second = client.get(reverse("portal:orders"), {"page": "2"}).context["page"]
    assert (len(first.items), len(second.items), first.total) == (25, 2, 27)
    assert client.get(reverse("portal:orders"), {"page": "x"}).context["page"] == first


def test_files(shop: Shop) -> None:
    sold = shop.sale(50_00)
    client = shop.client(language="zh-hans")
    answer = client.get(reverse("portal:orders_file", args=["csv"]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[0] == "收据"
    assert row[0] == sold.number
    assert row[5:7] == ["50.00", "49.60"]
    sheet = load_workbook(
        io.BytesIO(client.get(reverse("portal:orders_file", args=["xlsx"])).content)
    ).active
    assert sheet is not None
    cells = list(sheet.iter_rows(min_row=2, values_only=True))
    assert cells[0][0] == sold.number
    assert cells[0][5] == 50
    assert client.get(reverse("portal:orders_file", args=["pdf"])).status_code == 404


def test_what_belongs_to_others_is_not_there(shop: Shop) -> None:
    order = _foreign_order(shop)
    client = shop.client("owner")
    key = {"request_key": str(uuid4()), "reason": "mine now"}
    for name in ("order", "order_live", "order_reverse", "receipt", "receipt_pdf"):
        assert client.get(reverse(f"portal:{name}", args=[order])).status_code == 404
    for name in ("order_reverse", "receipt_print"):
        assert client.post(reverse(f"portal:{name}", args=[order]), key).status_code == 404
    record = ordering.order(shop.province.system(), order=OrderId(UUID(order)))
    assert (record.state, record.prints) == ("acknowledged", 0)


def test_receipt_is_counted_and_copies_are_marked(shop: Shop) -> None:
    sold = shop.sale()
    shop.complete(sold.order)
    client = shop.client()
    receipt = reverse("portal:receipt", args=[sold.order])
    assert client.get(receipt).status_code == 404, "not printed yet"
    key = {"request_key": str(uuid4())}
    for _again in range(2):  # the same click twice is one printing
        assert client.post(reverse("portal:receipt_print", args=[sold.order]), key).url == receipt
    assert "REPRINT" not in client.get(receipt).content.decode()
    client.post(reverse("portal:receipt_print", args=[sold.order]), {"request_key": "another"})
    assert "补打 REPRINT 1" in client.get(receipt).content.decode()
    page = client.get(reverse("portal:order", args=[sold.order])).content.decode()
    assert "Receipt printed again (copy)" in page
    pdf = client.get(reverse("portal:receipt_pdf", args=[sold.order]))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


def test_taking_back(shop: Shop) -> None:
    number = shop.customer()
    sold = shop.sale(msisdn=number)
    shop.fulfil()
    client = shop.client()
    address = reverse("portal:order_reverse", args=[sold.order])
    empty = client.post(address, {"request_key": "k1", "reason": " "})
    assert empty.status_code == 422
    asked = client.post(address, {"request_key": "k1", "reason": "wrong number"})
    assert asked.url == reverse("portal:order", args=[sold.order])
    assert client.get(asked.url).context["order"].state == "assessingCancellation"
    shop.fulfil()
    page = client.get(asked.url)
    assert page.context["order"].state == "cancelled"
    assert "Taken back by the operator" in page.content.decode()
    again = client.post(address, {"request_key": "k2", "reason": "once more"})
    assert again.status_code == 409
    assert "cannot be taken back" in again.content.decode()
    assert_sound()


def test_a_large_reversal_waits_for_a_second_person(shop: Shop) -> None:
    sold = shop.sale(300_00)
    shop.complete(sold.order)
    asked = shop.client().post(
        reverse("portal:order_reverse", args=[sold.order]),
        {"request_key": "k1", "reason": "wrong number"},
    )
    assert asked.status_code == 202
    assert "Waiting for approval" in asked.content.decode()


def test_live_part_sends_the_browser_on_when_it_is_settled(shop: Shop) -> None:
    sold = shop.sale()
    client = shop.client()
    live = reverse("portal:order_live", args=[sold.order])
    waiting = client.get(live)
    assert waiting.status_code == 200
    assert "every 2s" in waiting.content.decode()
    shop.complete(sold.order)
    assert client.get(live)["HX-Redirect"] == reverse("portal:order", args=[sold.order])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The line is suspended. The bill has to be paid first."),
        ("zh-hans", "号码已停机，须先缴清"),
    ],
)
def test_the_operators_refusal_is_worded(shop: Shop, language: str, words: str) -> None:
    sold = shop.sale()
    at = datetime.now(UTC)
    shop.province.dispatch(at=at)
    shop.province.refuse([sold.order], at=at)
    page = shop.client(language=language).get(reverse("portal:order", args=[sold.order]))
    assert words in page.content.decode()
