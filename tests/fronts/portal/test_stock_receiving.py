"""Receiving by scanning, and sending goods: returns, exchanges."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import Goods, RequisitionId, RequisitionSearch, Terms
from qudao.domain.wallet import queries as wallets
from qudao.journeys import goods
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.stand import Branch
from tests.province import assert_sound


@pytest.fixture
def branch(shop: Shop) -> Branch:
    return Branch(shop.province)


def _url(requisition: RequisitionId, what: str = "receive") -> str:
    return reverse(f"portal:{what}", args=[requisition])


def _hidden(response: Any) -> dict[str, str]:
    return {name: str(value) for name, value in response.context["hidden"]}


def _back(client: Client, page: Any) -> Any:
    return client.post(reverse("portal:return_new"), {**_hidden(page), "again": "1"})


def _receive(client: Client, requisition: RequisitionId, key: str = "r1", **fields: str) -> Any:
    return client.post(_url(requisition), {"request_key": key, **fields})


# ------------------------------------------------------------------ receiving


def test_all_scanned_is_received_at_once(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(3)
    client = shop.client()
    page = client.get(_url(requisition))
    assert page.context["expected"] == sorted(serials)
    done = _receive(client, requisition, serials="\n".join(serials))
    assert done.url == _url(requisition, "requisition")
    assert "3 pieces are in your stock now" in client.get(done.url).content.decode()
    assert {branch.state(serial) for serial in serials} == {"in_stock"}
    again = client.get(_url(requisition))
    assert again.url == done.url, "there is nothing left to receive"


def test_what_is_missing_is_shown_first_and_then_to_both(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(3, 4)
    client = shop.client()
    check = _receive(client, requisition, serials="\n".join(serials[1:]), **{"q-ACC-CASE": "3"})
    assert check.status_code == 200
    assert branch.state(serials[0]) == "in_transit", "checking receives nothing"
    text = check.content.decode()
    assert "2 pieces have not come" in text
    assert serials[0] in text
    hidden = _hidden(check)
    back = client.post(_url(requisition), {**hidden, "again": "1"})
    assert set(back.context["form"]["serials"].value().split()) == set(serials[1:])
    first = client.post(_url(requisition, "receive_do"), hidden)
    again = client.post(_url(requisition, "receive_do"), hidden)
    assert first.url == again.url
    assert branch.state(serials[0]) == "missing"
    row = queries.requisition(branch.keeper(), requisition=requisition).row
    assert (row.received, row.missing) == (5, 2), "the branch sees it too"
    text = client.get(first.url).content.decode()
    assert "2 pieces of this delivery did not come" in text
    assert serials[0] in text


def test_what_comes_later_is_received_later(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(2)
    stock.receive(branch.clerk(), requisition=requisition, serials=serials[1:])
    client = shop.client()
    page = client.get(_url(requisition))
    assert page.context["expected"] == serials[:1]
    assert "Still missing" in page.content.decode()
    done = _receive(client, requisition, serials=serials[0])
    assert done.url == _url(requisition, "requisition")
    assert branch.state(serials[0]) == "in_stock"
    assert branch.record(requisition).row.missing == 0


def test_what_is_not_part_of_it_is_named(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(2)
    (strange,) = branch.stand.sims(1)
    client = shop.client()
    scanned = "\n".join([*serials, strange])
    page = _receive(client, requisition, serials=scanned)
    assert page.status_code == 422
    (error,) = page.context["form"].errors["serials"]
    assert "Not part of this delivery" in error
    assert strange in error
    assert branch.state(serials[0]) == "in_transit"
    done = _receive(client, requisition, serials=scanned, leave_out="on")
    assert done.status_code == 302
    assert branch.state(serials[0]) == "in_stock"
    assert branch.state(strange) == "in_stock"
    assert queries.unit(shop.province.system(), kind="sim", serial=strange).place != shop.outlet, (
        "left out means left where it is"
    )


def test_what_was_scanned_twice_is_named(shop: Shop, branch: Branch) -> None:
    requisition, (first, second) = branch.send(2)
    page = _receive(shop.client(), requisition, serials=f"{first}\n{second}\n{first}")
    assert page.status_code == 422
    assert f"{first} stands there twice" in page.content.decode()


def test_more_than_was_sent_is_refused_beside_the_field(shop: Shop, branch: Branch) -> None:
    requisition, _serials = branch.send(0, 4)
    page = _receive(shop.client(), requisition, **{"q-ACC-CASE": "5"})
    assert page.status_code == 422
    assert page.context["form"].errors["q-ACC-CASE"]
    assert branch.record(requisition).row.received == 0


def test_nothing_scanned_is_no_delivery(shop: Shop, branch: Branch) -> None:
    requisition, _serials = branch.send(1)
    page = _receive(shop.client(), requisition, serials="")
    assert page.status_code == 422
    assert "Nothing was scanned" in page.content.decode()


def test_a_sealed_box_with_one_button(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(3, 4)
    client = shop.client()
    key = client.get(_url(requisition)).context["all_key"]
    first = client.post(_url(requisition, "receive_all"), {"request_key": key})
    again = client.post(_url(requisition, "receive_all"), {"request_key": key})
    assert first.url == again.url == _url(requisition, "requisition")
    row = branch.record(requisition).row
    assert (row.received, row.missing) == (7, 0)
    assert {branch.state(serial) for serial in serials} == {"in_stock"}
    late = client.post(_url(requisition, "receive_all"), {"request_key": "other"})
    assert late.status_code == 409


def test_bought_goods_are_paid_for_when_they_come(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(4, terms=Terms.PURCHASE)
    client = shop.client()
    before = wallets.wallet(shop.province.system(), outlet=shop.outlet).balance
    check = _receive(client, requisition, serials="\n".join(serials[1:]))
    assert "¥15.00" in check.content.decode(), "three at 5.00"
    assert wallets.wallet(shop.province.system(), outlet=shop.outlet).balance == before
    hidden = _hidden(check)
    client.post(_url(requisition, "receive_do"), hidden)
    client.post(_url(requisition, "receive_do"), hidden)
    after = wallets.wallet(shop.province.system(), outlet=shop.outlet).balance
    assert before - after == Money(15_00)
    unit = queries.unit(shop.province.system(), kind="sim", serial=serials[1])
    assert unit.terms == Terms.PURCHASE
    assert_sound()


def test_goods_that_cannot_be_paid_stay_on_their_way(shop: Shop, branch: Branch) -> None:
    handsets = branch.stand.handsets(1)
    requisition, _none = branch.send(
        goods=[Goods("HS-NOVA5", serials=tuple(handsets))], terms=Terms.PURCHASE
    )
    page = shop.client().post(_url(requisition, "receive_all"), {"request_key": "all"})
    assert page.status_code in (409, 422)
    assert "Not possible" in page.content.decode()
    assert branch.state(handsets[0], "handset") == "in_transit"
    assert_sound()


def test_a_delivery_that_was_called_back_meanwhile(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(1)
    client = shop.client()
    client.get(_url(requisition))
    stock.cancel(branch.keeper(), requisition=requisition, reason="sent by mistake")
    assert _receive(client, requisition, serials=serials[0]).url == _url(requisition, "requisition")
    late = client.post(_url(requisition, "receive_do"), {"request_key": "x", "serials": serials[0]})
    assert late.status_code == 409
    text = client.get(_url(requisition, "requisition")).content.decode()
    assert "sent by mistake" in text


# ------------------------------------------------------------------ returns


def test_sending_back_with_a_reason(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(2, 5)
    client = shop.client()
    form = {
        "request_key": "b1",
        "serials": serials[0],
        "q-ACC-CASE": "2",
        "reason": "Too many here",
    }
    look = client.post(reverse("portal:return_new"), form)
    assert branch.state(serials[0]) == "in_stock", "looking sends nothing"
    assert serials[0] in look.content.decode()
    assert _back(client, look).context["form"]["serials"].value() == serials[0]
    first = client.post(reverse("portal:return_new"), _hidden(look))
    again = client.post(reverse("portal:return_new"), _hidden(look))
    assert first.status_code == 302
    assert first.url == again.url
    assert branch.state(serials[0]) == "in_transit"
    assert branch.state(serials[1]) == "in_stock"
    assert "Too many here" in client.get(first.url).content.decode()
    page = client.get(reverse("portal:returns")).context["page"]
    assert [row.dispatched for row in page.items] == [3]
    called_back = client.post(
        first.url.split("?")[0] + "cancel/", {"request_key": "b2", "reason": "sold after all"}
    )
    assert called_back.status_code == 302
    assert branch.state(serials[0]) == "in_stock"


def test_bought_goods_go_back_and_are_paid_back(shop: Shop, branch: Branch) -> None:
    requisition, serials = branch.send(1, 4, terms=Terms.PURCHASE)
    client = shop.client()
    client.post(_url(requisition, "receive_all"), {"request_key": "all"})
    before = wallets.wallet(shop.province.system(), outlet=shop.outlet).balance
    form = {
        "request_key": "b1",
        "serials": serials[0],
        "q-ACC-CASE": "4",
        "terms": "consignment",
        "reason": "Too many here",
    }
    page = client.post(reverse("portal:return_new"), form)
    assert page.status_code in (409, 422), "the counted goods lie here as bought ones"
    look = client.post(reverse("portal:return_new"), {**form, "terms": "purchase"})
    client.post(reverse("portal:return_new"), _hidden(look))
    (row,) = queries.requisitions(
        branch.keeper(), search=RequisitionSearch(source=shop.outlet), page=PageRequest()
    ).items
    goods.receive(branch.keeper(), requisition=RequisitionId(row.id), everything=True)
    after = wallets.wallet(shop.province.system(), outlet=shop.outlet).balance
    assert after - before == Money(5_00 + 4 * 12_00)
    assert_sound()


def test_defective_goods_come_back_as_such(shop: Shop, branch: Branch) -> None:
    (serial,) = branch.stocked(1)
    client = shop.client()
    form = {"request_key": "b1", "serials": serial, "damaged": "on", "reason": "Does not work"}
    client.post(
        reverse("portal:return_new"), _hidden(client.post(reverse("portal:return_new"), form))
    )
    (row,) = queries.requisitions(
        branch.keeper(), search=RequisitionSearch(source=shop.outlet), page=PageRequest()
    ).items
    stock.receive(branch.keeper(), requisition=RequisitionId(row.id), everything=True)
    assert branch.state(serial) == "defective"


def test_an_exchange_sends_back_and_asks(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(2)
    client = shop.client()
    form = {"request_key": "x1", "serials": "\n".join(serials), "reason": "Does not work"}
    look = client.post(reverse("portal:exchange_new"), form)
    assert client.post(reverse("portal:exchange_new"), _hidden(look)).status_code == 302
    page = client.get(reverse("portal:requisitions")).context["page"]
    newest = page.items[0]
    assert (newest.state, newest.asked) == ("asked", 2)
    assert branch.state(serials[0]) == "in_transit"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"serials": ""}, "serials"),
        ({"serials": "89860000000000000000"}, "serials"),
        ({"q-ACC-CASE": "6"}, "q-ACC-CASE"),
        ({"q-ACC-CASE": "-1"}, "q-ACC-CASE"),
    ],
)
def test_what_cannot_be_sent_back_is_said_beside_it(
    shop: Shop, branch: Branch, changes: dict[str, str], field: str
) -> None:
    (serial,) = branch.stocked(1, 5)
    form = {"request_key": "b1", "serials": serial, "reason": "Too many here", **changes}
    page = shop.client().post(reverse("portal:return_new"), form)
    assert page.status_code in (409, 422)
    assert page.context["form"].errors[field]
    assert branch.state(serial) == "in_stock"


def test_what_is_on_its_way_or_held_is_not_sent(shop: Shop, branch: Branch) -> None:
    branch.stocked(1)
    _requisition, coming = branch.send(1)
    form = {"request_key": "b1", "serials": coming[0], "reason": "Too many here"}
    page = shop.client().post(reverse("portal:return_new"), form)
    assert page.status_code == 409
    assert coming[0] in page.context["form"].errors["serials"][0]
