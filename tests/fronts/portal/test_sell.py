"""Selling through plain forms: what is shown, what is refused and how, and that it happens once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import operations as wallet_operations
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from tests.fronts.portal.conftest import Shop
from tests.province import assert_sound


def _sold(shop: Shop) -> int:
    search = OrderSearch(outlet=shop.outlet)
    return ordering.orders(shop.province.system(), search=search, page=PageRequest()).total


def _balance(shop: Shop) -> Money:
    return wallets.wallet(shop.province.system(), outlet=shop.outlet).balance


def _form(shop: Shop, amount: str = "50", msisdn: str = "", key: str = "") -> dict[str, str]:
    return {
        "msisdn": msisdn or shop.customer(),
        "offering": shop.top_up,
        "amount": amount,
        "request_key": key or str(uuid4()),
    }


def _post(client: Client, step: str, data: dict[str, str], business: str = "top_up", **more: str):  # type: ignore[no-untyped-def]
    return client.post(reverse(f"portal:sell_{step}", args=[business]), data, **more)


def test_four_steps(shop: Shop) -> None:
    client = shop.client()
    assert client.get(reverse("portal:sell", args=["top_up"])).status_code == 200
    customer = _post(client, "customer", {"msisdn": shop.customer()})
    assert customer.status_code == 200
    assert "*" in customer.context["customer"].name_masked
    form = customer.context["form"]
    data = {
        "msisdn": form.initial["msisdn"],
        "request_key": form.initial["request_key"],
        "offering": shop.top_up,
        "amount": "50",
    }
    confirm = _post(client, "confirm", data)
    assert confirm.status_code == 200
    assert confirm.context["amount"] == Money(50_00)
    assert confirm.context["debit"] + confirm.context["earned"] == Money(50_00)
    assert _sold(shop) == 0, "a confirmation is asked for, nothing is sold"
    before = _balance(shop)
    placed = _post(client, "place", data)
    assert placed.status_code == 302
    assert _sold(shop) == 1
    assert _balance(shop) == before - confirm.context["debit"]
    shop.fulfil()
    page = client.get(placed.url)
    assert page.context["order"].state == "completed"
    assert_sound()


def test_the_same_form_sells_once(shop: Shop) -> None:
    client, data = shop.client(), _form(shop)
    first, second = _post(client, "place", data), _post(client, "place", data)
    assert first.url == second.url
    assert _sold(shop) == 1
    other = _post(client, "place", {**data, "amount": "60"})
    assert other.status_code == 409
    assert "already sent with other content" in other.content.decode()
    assert _sold(shop) == 1


def test_htmx_gets_the_address_to_go_to(shop: Shop) -> None:
    placed = _post(shop.client(), "place", _form(shop), HTTP_HX_REQUEST="true")
    assert placed.status_code == 204
    assert placed["HX-Redirect"].startswith("/orders/")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "is no mobile number"), ("zh-hans", "手机号码不正确")]
)
def test_an_impossible_number(shop: Shop, language: str, words: str) -> None:
    response = _post(shop.client(language=language), "customer", {"msisdn": "12345"})
    assert response.status_code == 422
    assert words.removeprefix("is ") in response.content.decode()


def test_a_number_that_the_operator_does_not_know(shop: Shop) -> None:
    response = _post(shop.client(), "customer", {"msisdn": "19999999999"})
    assert response.status_code == 404
    assert "no line with the number 19999999999" in response.content.decode()


@pytest.mark.parametrize("amount", ["", "0", "-5", "1e3", "abc", "12.345", "9" * 20])
def test_amounts_that_are_none(shop: Shop, amount: str) -> None:
    before = _balance(shop)
    data = _form(shop, amount)
    confirm = _post(shop.client(), "confirm", data)
    assert confirm.status_code in (422,), confirm.status_code
    _post(shop.client(), "place", data)
    assert _sold(shop) == 0
    assert _balance(shop) == before


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Your wallet cannot pay for this"), ("zh-hans", "钱包余额不足")]
)
def test_more_than_the_wallet_holds(shop: Shop, language: str, words: str) -> None:
    client = shop.client(language=language)
    for _n in range(2):
        shop.sale(450_00)
    before, sold = _balance(shop), _sold(shop)
    response = _post(client, "place", _form(shop, "200"))
    assert response.status_code == 409
    assert words in response.content.decode()
    assert (_balance(shop), _sold(shop)) == (before, sold)


def test_a_frozen_wallet(shop: Shop) -> None:
    at = datetime.now(UTC)
    wallet_operations.freeze(shop.province.system(at), outlet=shop.outlet, reason="audit")
    client = shop.client()
    response = _post(client, "place", _form(shop))
    assert response.status_code == 403
    assert "Your wallet is frozen" in response.content.decode()
    assert "Your wallet is frozen" in client.get("/").content.decode()
    assert _sold(shop) == 0


def test_a_suspended_outlet(shop: Shop) -> None:
    at = datetime.now(UTC)
    saleschannel.suspend(shop.province.system(at), outlet=shop.outlet, reason="inspection")
    client = shop.client()
    response = _post(client, "place", _form(shop))
    assert response.status_code == 403
    assert "This outlet may not sell: its state is suspended" in response.content.decode()
    assert _sold(shop) == 0


def test_the_boss_is_away(shop: Shop) -> None:
    number = shop.customer()
    shop.boss.faults(down={"seconds": 60, "how": "503"})
    response = _post(shop.client(), "customer", {"msisdn": number})
    shop.boss.faults()
    assert response.status_code == 503
    assert "does not answer at the moment" in response.content.decode()


def test_a_business_that_does_not_exist_leads_to_the_start(shop: Shop) -> None:
    client = shop.client()
    assert client.get("/sell/lottery/").url == reverse("portal:sell_start")
    assert _post(client, "place", _form(shop), business="lottery").status_code == 302
    assert _sold(shop) == 0


def test_steps_opened_by_address_lead_to_the_first(shop: Shop) -> None:
    client = shop.client()
    for step in ("customer", "confirm", "place"):
        response = client.get(reverse(f"portal:sell_{step}", args=["top_up"]))
        assert response.url == reverse("portal:sell", args=["top_up"])


def test_forms_need_their_token(shop: Shop) -> None:
    name = shop.client().session  # signs in once, so that the account is ready
    assert name is not None
    client = Client(enforce_csrf_checks=True)
    client.cookies = shop.client().cookies
    assert _post(client, "place", _form(shop)).status_code == 403
    assert _sold(shop) == 0
