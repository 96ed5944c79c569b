"""Wallet, reports, clerks, account, and who may come in at all."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.party import queries as party
from qudao.domain.wallet import operations as wallet_operations
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.platform.identity.models import User
from tests.fronts.portal.conftest import Shop


def test_nobody_comes_in_without_signing_in(shop: Shop) -> None:
    for name in ("home", "orders", "wallet", "report_day", "clerks", "account", "sell_start"):
        response = Client().get(reverse(f"portal:{name}"))
        assert response.status_code == 302
        assert "/accounts/login/" in response.url


def test_who_has_no_outlet_is_sent_on(shop: Shop) -> None:
    assert shop.client("province").get("/").url == reverse("admin:index")


def test_a_suspended_clerk_is_told(shop: Shop) -> None:
    client = shop.client("clerk")
    assert client.get("/").status_code == 200
    owner = shop.client("owner")
    members = owner.get(reverse("portal:clerks")).context["people"]
    (clerk,) = [one for one in members if one.row.username == "clerk"]
    done = owner.post(
        reverse("portal:clerk_suspend", args=[clerk.row.membership]),
        {"request_key": "k1", "reason": "on leave"},
    )
    assert done.url == reverse("portal:clerks")
    response = client.get("/")
    assert response.status_code == 403
    assert "You do not act for an outlet" in response.content.decode()
    owner.post(reverse("portal:clerk_resume", args=[clerk.row.membership]), {"request_key": "k2"})
    assert client.get("/").status_code == 200


def test_home_warns_of_a_low_balance(shop: Shop) -> None:
    client = shop.client()
    assert "Your balance is low" not in client.get("/").content.decode()
    wallet_operations.set_low_balance(
        shop.province.system(), outlet=shop.outlet, amount=Money(5_000_00)
    )
    assert "Your balance is low" in client.get("/").content.decode()
    assert "Your balance is low" in client.get(reverse("portal:home_live")).content.decode()


def test_home_shows_what_is_lost(shop: Shop) -> None:
    sold = shop.sale()
    at = datetime.now(UTC)
    shop.province.dispatch(at=at)
    shop.province.lose([sold.order], at=at)
    page = shop.client().get("/")
    assert [order.id for order in page.context["open_orders"]] == [sold.order]
    assert "Unknown" in page.content.decode()


def test_statement_ties_to_the_balance(shop: Shop) -> None:
    shop.sale(50_00)
    client = shop.client()
    page = client.get(reverse("portal:wallet"))
    lines = page.context["page"].items
    assert [line.amount.minor for line in lines] == [-49_60, 1_000_00]
    assert lines[0].balance == page.context["wallet"].balance
    only = client.get(reverse("portal:wallet"), {"kind": "pay_in"}).context["page"].items
    assert [line.amount.minor for line in only] == [1_000_00]
    answer = client.get(reverse("portal:statement_file", args=["csv"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == ["-49.60", "1000.00"]
    assert rows[1][2] == "Top-up"
    assert client.get(reverse("portal:pay_ins")).context["page"].total == 1


def test_the_warning_is_the_owners(shop: Shop) -> None:
    address = reverse("portal:low_balance")
    data = {"request_key": "k1", "amount": "350"}
    refused = shop.client("clerk").post(address, data)
    assert refused.status_code == 403
    assert "Your role does not allow this" in refused.content.decode()
    assert shop.client("owner").post(address, data).url == reverse("portal:wallet")
    held = wallets.wallet(shop.province.system(), outlet=shop.outlet)
    assert held.low_balance == Money(350_00)
    wrong = shop.client("owner").post(address, {"request_key": "k2", "amount": "much"})
    assert wrong.status_code == 422


def test_closings(shop: Shop) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    shop.province.pay_in(shop.outlet, Money(500_00), at=yesterday - timedelta(days=5))
    shop.province.pay_in(shop.outlet, Money(10_00), at=yesterday)
    wallet_operations.close_day(
        shop.province.system(datetime.now(UTC)), day=business_date(yesterday)
    )
    client = shop.client()
    (closing,) = client.get(reverse("portal:closings")).context["page"].items
    assert (closing.opening, closing.paid_in) == (Money(500_00), Money(10_00))
    assert closing.closing == Money(510_00)
    assert client.get(reverse("portal:closings_file", args=["xlsx"])).status_code == 200


@pytest.mark.django_db(transaction=True)  # the relay reads what was committed
def test_reports_add_up(shop: Shop) -> None:
    for fen in (50_00, 30_00):
        shop.complete(shop.sale(fen).order)
    shop.province.relay()
    client = shop.client()
    day = client.get(reverse("portal:report_day"))
    assert (day.context["total"].count, day.context["total"].face) == (2, Money(80_00))
    month = client.get(reverse("portal:report_month"))
    assert month.context["total"].face == Money(80_00)
    assert sum(value for one in month.context["series"] for value in one["values"]) == 80_00
    for span in ("day", "month"):
        for kind in ("csv", "xlsx"):
            answer = client.get(reverse("portal:report_file", args=[span, kind]))
            assert answer.status_code == 200
    assert client.get(reverse("portal:report_file", args=["year", "csv"])).status_code == 404
    for nonsense in ("2026-13", "1999-01", "2999-12", "x"):
        assert client.get(reverse("portal:report_month"), {"month": nonsense}).status_code == 200


def test_clerks_are_the_owners(shop: Shop) -> None:
    client = shop.client("clerk")
    new = {"name": "李小明", "username": "xiaoming", "request_key": "k1"}
    assert client.get(reverse("portal:clerk_new")).status_code == 403
    assert client.post(reverse("portal:clerk_new"), new).status_code == 403
    assert not User.objects.filter(username="xiaoming").exists()


def test_admitting_a_clerk(shop: Shop) -> None:
    owner = shop.client("owner")
    address = reverse("portal:clerk_new")
    new = {"name": "李小明", "username": "xiaoming", "request_key": str(uuid4())}
    made = owner.post(address, new)
    password = made.context["password"]
    assert re.fullmatch(r"[\w-]{8,}", password)
    user = User.objects.get(username="xiaoming")
    assert user.must_change_password
    assert user.check_password(password)
    taken = owner.post(address, {**new, "request_key": str(uuid4()), "name": "李大明"})
    assert taken.status_code == 409
    assert "The user name xiaoming is in use" in taken.content.decode()
    invalid = owner.post(address, {**new, "phone": "123"})
    assert invalid.status_code == 422
    found = party.members(
        shop.province.system(),
        PageRequest(),
        party.MemberFilter(organization=shop.outlet, role="outlet_clerk"),
    )
    assert {one.username for one in found.items} == {"clerk", "xiaoming"}


def test_a_foreign_clerk_is_not_there(shop: Shop) -> None:
    foreign = shop.province.people["farclerk"].membership
    owner = shop.client("owner")
    for name in ("clerk_suspend", "clerk_resume", "clerk_password"):
        response = owner.post(
            reverse(f"portal:{name}", args=[foreign]), {"request_key": "k", "reason": "mine"}
        )
        assert response.status_code == 404
    assert User.objects.get(username="farclerk").is_active


def test_a_new_password_for_a_clerk(shop: Shop) -> None:
    clerk = shop.province.people["clerk"]
    answer = shop.client("owner").post(
        reverse("portal:clerk_password", args=[clerk.membership]), {"request_key": "k"}
    )
    user = User.objects.get(username="clerk")
    assert user.check_password(answer.context["password"])
    assert user.must_change_password


def test_pages_are_kept_out_of_caches_and_framed_by_nobody(shop: Shop) -> None:
    response = shop.client().get("/")
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    body = response.content.decode()
    assert not re.search(r"\son\w+=", body), "no inline handlers"
    assert " style=" not in body
    assert not re.search(r"<script(?![^>]*(src=|application/json))", body), "no inline script"
