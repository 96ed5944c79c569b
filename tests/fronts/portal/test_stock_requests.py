"""Asking the branch for goods: the form, the check, the request's way, cancelling, again."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest
from django.urls import reverse

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import RequisitionId, RequisitionSearch, Terms
from qudao.kernel.page import PageRequest
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.stand import Branch


@pytest.fixture
def branch(shop: Shop) -> Branch:
    return Branch(shop.province)


def _form(**changes: str) -> dict[str, str]:
    return {
        "request_key": "ask-1",
        "terms": "consignment",
        "note": "for the market day",
        "q-SIM3IN1": "20",
        "q-ACC-CASE": "",
        **changes,
    }


def _asked(branch: Branch) -> int:
    return queries.requisitions(
        branch.clerk(), search=RequisitionSearch(), page=PageRequest()
    ).total


def test_the_form_says_what_is_here_and_usual(shop: Shop, branch: Branch) -> None:
    branch.stocked(2)
    stock.set_threshold(branch.clerk(), place=shop.outlet, item="SIM3IN1", low=6)
    page = shop.client().get(reverse("portal:requisition_new"))
    first = page.context["rows"][0]
    assert (first.item.code, first.here, first.usual, first.low) == ("SIM3IN1", 2, 10, True)
    text = page.content.decode()
    assert "2 here" in text
    assert "wholesale ¥5.00" in text
    assert "usual: 10" in text


def test_ask_check_send(shop: Shop, branch: Branch) -> None:
    client, before = shop.client(), _asked(branch)
    check = client.post(reverse("portal:requisition_check"), _form())
    assert check.status_code == 200
    assert _asked(branch) == before, "checking asks for nothing"
    assert "Zhengzhou" in check.content.decode() or "4101" in check.content.decode()
    hidden = {name: str(value) for name, value in check.context["hidden"]}
    assert hidden["q-SIM3IN1"] == "20"
    first = client.post(reverse("portal:requisition_place"), hidden)
    again = client.post(reverse("portal:requisition_place"), hidden)
    assert first.url == again.url
    assert _asked(branch) == before + 1, "a form that is sent twice asks once"
    page = client.get(first.url)
    text = page.content.decode()
    assert "Asked for: 20 pieces" in text
    assert "for the market day" in text
    assert "You may still cancel it" in text
    changed = client.post(reverse("portal:requisition_new"), hidden)
    assert changed.context["form"]["q-SIM3IN1"].value() == "20"


def test_another_request_under_the_same_key_is_refused(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    client.post(reverse("portal:requisition_place"), _form())
    other = client.post(reverse("portal:requisition_place"), _form(**{"q-SIM3IN1": "21"}))
    assert other.status_code == 409
    assert "already sent with other content" in other.content.decode()
    assert _asked(branch) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("q-SIM3IN1", "-1", "greater than or equal to 0"),
        ("q-SIM3IN1", "lots", "Enter a whole number"),
        ("q-SIM3IN1", "100001", "less than or equal to 100000"),
        ("q-SIM3IN1", "", "Say how many you want"),
        ("terms", "gift", "Choose one"),
        ("terms", "", "Choose one"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_it(
    shop: Shop, branch: Branch, field: str, value: str, words: str
) -> None:
    response = shop.client().post(reverse("portal:requisition_check"), _form(**{field: value}))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert _asked(branch) == 0


def test_goods_that_went_out_of_use_are_refused(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    stock.change_item(shop.province.system(), item="SIM3IN1", active=False)
    response = client.post(reverse("portal:requisition_place"), _form())
    assert response.status_code == 422, "the form knows only goods in use"
    assert _asked(branch) == 0


def test_purchase_shows_prices_and_the_sum(shop: Shop, branch: Branch) -> None:
    form = _form(terms="purchase", **{"q-ACC-CASE": "10"})
    page = shop.client().post(reverse("portal:requisition_check"), form)
    text = page.content.decode()
    assert "¥220.00" in text, "20 × 5 + 10 × 12"
    assert "from the wallet when you receive" in text
    assert "Pay in before the goods come" not in text
    dear = _form(terms="purchase", **{"q-HS-NOVA5": "3"})
    page = shop.client().post(reverse("portal:requisition_check"), dear)
    assert "Pay in before the goods come" in page.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_way_of_a_request(shop: Shop, branch: Branch, language: str) -> None:
    words = {
        "en": ["Accepted in part: 12 of 20", "Sent: 12 pieces", "Received: 11 pieces", "missing"],
        "zh-hans": ["部分受理：12/20", "已发出：12件", "已收到：11件", "缺"],
    }[language]
    client = shop.client(language=language)
    asked = client.post(reverse("portal:requisition_place"), _form())
    requisition = RequisitionId(asked.url.rstrip("/").rsplit("/", 1)[-1])  # type: ignore[arg-type]
    branch.decide(requisition, {"SIM3IN1": 12}, reason="Only twelve left this week")
    serials = branch.stand.sims(12)
    text = client.get(asked.url).content.decode()
    assert words[0] in text
    assert "Only twelve left this week" in text
    from qudao.domain.stock.types import Goods

    stock.dispatch(
        branch.keeper(), requisition=requisition, goods=[Goods("SIM3IN1", serials=tuple(serials))]
    )
    text = client.get(asked.url).content.decode()
    assert words[1] in text
    assert reverse("portal:receive", args=[requisition]) in text
    stock.receive(branch.clerk(), requisition=requisition, serials=serials[1:])
    text = client.get(asked.url).content.decode()
    assert words[2] in text
    assert words[3] in text
    assert serials[0] in text, "what did not come is named"
    page = client.get(reverse("portal:requisitions"), {"state": "received"}).context["page"]
    assert [row.missing for row in page.items] == [1]


def test_declined(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    asked = client.post(reverse("portal:requisition_place"), _form())
    requisition = RequisitionId(asked.url.rstrip("/").rsplit("/", 1)[-1])  # type: ignore[arg-type]
    branch.decide(requisition, {}, reason="You have enough")
    text = client.get(asked.url).content.decode()
    assert "Declined" in text
    assert "You have enough" in text
    assert reverse("portal:requisition_cancel", args=[requisition]) not in text


def test_cancelling(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    asked = client.post(reverse("portal:requisition_place"), _form())
    url = asked.url + "cancel/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"request_key": "c0", "reason": ""}).status_code == 422
    done = client.post(url, {"request_key": "c1", "reason": "found some"})
    again = client.post(url, {"request_key": "c1", "reason": "found some"})
    assert done.url == again.url == asked.url
    text = client.get(asked.url).content.decode()
    assert "Cancelled" in text
    assert "found some" in text
    late = client.post(url, {"request_key": "c2", "reason": "once more"})
    assert late.status_code == 409
    assert "Not possible" in late.content.decode()


def test_asking_for_the_same_again(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    asked = client.post(reverse("portal:requisition_place"), _form(terms="purchase"))
    requisition = asked.url.rstrip("/").rsplit("/", 1)[-1]
    page = client.get(reverse("portal:requisition_new"), {"again": requisition})
    assert page.context["form"]["q-SIM3IN1"].value() == 20
    assert page.context["form"]["terms"].value() == Terms.PURCHASE
    for nonsense in ("x", str(uuid4())):
        answer = client.get(reverse("portal:requisition_new"), {"again": nonsense})
        assert answer.status_code == 404


def test_what_runs_low_fills_the_form(shop: Shop, branch: Branch) -> None:
    branch.stocked(1, 2)
    for item in ("SIM3IN1", "ACC-CASE"):
        stock.set_threshold(branch.clerk(), place=shop.outlet, item=item, low=5)
    client = shop.client()
    form = client.get(reverse("portal:requisition_new"), {"low": "1"}).context["form"]
    assert (form["q-SIM3IN1"].value(), form["q-ACC-CASE"].value()) == (9, 8)
    one = client.get(reverse("portal:requisition_new"), {"item": "ACC-CASE"}).context["form"]
    assert (one["q-SIM3IN1"].value(), one["q-ACC-CASE"].value()) == (None, 8)


def test_requests_as_a_file(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    client.post(reverse("portal:requisition_place"), _form())
    text = client.get(reverse("portal:requisitions_file", args=["csv"])).content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Asked for"], row["State"], row["Missing"]) == ("20", "Asked for", "0")


def test_forms_are_sent_by_post(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    for name in ("requisition_check", "requisition_place", "reorder"):
        assert client.get(reverse(f"portal:{name}")).status_code == 405
