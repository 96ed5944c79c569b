"""Counting on a phone: open, scan, go on after a lost connection, look, close."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import CountId
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.stand import Branch


@pytest.fixture
def branch(shop: Shop) -> Branch:
    return Branch(shop.province)


def _open(client: Client, item: str = "", key: str = "o1") -> CountId:
    answer = client.post(reverse("portal:count_new"), {"request_key": key, "item": item})
    assert answer.status_code == 302, answer.context["form"].errors
    return CountId(UUID(answer.url.rstrip("/").rsplit("/", 1)[-1]))


def _url(count: CountId, what: str = "count") -> str:
    return reverse(f"portal:{what}", args=[count])


def test_a_count_with_differences(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(3, 5)
    client = shop.client()
    count = _open(client)
    assert "0 of 8 counted" in client.get(_url(count)).content.decode()
    saved = client.post(
        _url(count),
        {"request_key": "s1", "serials": "\n".join(serials[:2]), "q-ACC-CASE": "4"},
    )
    assert saved.url == _url(count)
    page = client.get(_url(count))
    assert "6 of 8 counted" in page.content.decode()
    assert page.context["form"]["q-ACC-CASE"].value() == 4, "what was saved stands there again"
    look = client.get(_url(count, "count_close"))
    assert (look.context["short"], look.context["over"]) == (2, 0)
    assert serials[2] in look.content.decode()
    assert branch.state(serials[2]) == "in_stock", "looking changes nothing"
    key = look.context["form"]["request_key"].value()
    first = client.post(_url(count, "count_close"), {"request_key": key})
    again = client.post(_url(count, "count_close"), {"request_key": key})
    assert first.url == again.url == _url(count)
    assert branch.state(serials[2]) == "missing"
    text = client.get(_url(count)).content.decode()
    assert "Closed" in text
    assert serials[2] in text
    file = client.get(reverse("portal:count_file", args=[count, "csv"]))
    assert serials[0] in file.content.decode()
    assert client.get(reverse("portal:counts")).context["page"].items[0].short == 2


def test_what_was_missing_turns_up(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(2)
    client = shop.client()
    count = _open(client)
    client.post(_url(count), {"request_key": "s", "serials": serials[0]})
    client.post(_url(count, "count_close"), {"request_key": "c"})
    assert branch.state(serials[1]) == "missing"
    page = client.get(reverse("portal:stock_unit", args=["sim", serials[1]]))
    assert "It has turned up" in page.content.decode()
    url = reverse("portal:stock_unit_mark", args=["sim", serials[1], "found"])
    assert client.post(url, {"request_key": "f", "reason": "behind the desk"}).status_code == 302
    assert branch.state(serials[1]) == "in_stock"


def test_a_count_of_one_item(shop: Shop, branch: Branch) -> None:
    branch.stocked(2, 5)
    client = shop.client()
    count = _open(client, "ACC-CASE")
    page = client.get(_url(count))
    assert "serials" not in page.context["form"].fields
    assert "0 of 5 counted" in page.content.decode()
    client.post(_url(count), {"request_key": "s", "q-ACC-CASE": "5"})
    look = client.get(_url(count, "count_close"))
    assert "No differences" in look.content.decode()
    done = client.post(_url(count, "count_close"), {"request_key": "c"})
    assert "All was right" in client.get(done.url).content.decode()


def test_saving_while_one_scans_is_harmless_twice(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(3)
    client = shop.client()
    count = _open(client)
    form = {"request_key": "any", "serials": "\n".join(serials[:2])}
    for _again in range(2):
        answer = client.post(_url(count, "count_save"), form)
        assert answer.status_code == 200
        assert "2 of 3 counted" in answer.content.decode()
    more = {**form, "serials": "\n".join(serials)}
    assert "3 of 3 counted" in client.post(_url(count, "count_save"), more).content.decode(), (
        "the same form goes on growing under one key"
    )


def test_another_device_goes_on(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(2)
    phone, desk = shop.client("clerk"), shop.client("owner")
    count = _open(phone)
    phone.post(_url(count, "count_save"), {"request_key": "a", "serials": serials[0]})
    running = desk.get(reverse("portal:counts"))
    assert running.context["open"].id == count
    desk.post(_url(count, "count_save"), {"request_key": "b", "serials": serials[1]})
    assert "2 of 2 counted" in phone.get(_url(count)).content.decode()


def test_an_unknown_serial_is_said_beside_the_field(shop: Shop, branch: Branch) -> None:
    (serial,) = branch.stocked(1)
    client = shop.client()
    count = _open(client)
    page = client.post(_url(count), {"request_key": "s", "serials": f"{serial}\n4711"})
    assert page.status_code == 404
    assert "4711" in page.context["form"].errors["serials"][0]
    part = client.post(_url(count, "count_save"), {"request_key": "s", "serials": "4711"})
    assert "Not saved" in part.content.decode()
    assert queries.count(shop.province.system(), count=count).counted == 0


def test_quantities_are_whole_numbers(shop: Shop, branch: Branch) -> None:
    branch.stocked(0, 5)
    client = shop.client()
    count = _open(client)
    page = client.post(_url(count), {"request_key": "s", "q-ACC-CASE": "-2"})
    assert page.status_code == 422
    assert page.context["form"].errors["q-ACC-CASE"]


def test_only_one_count_at_a_time(shop: Shop, branch: Branch) -> None:
    branch.stocked(1)
    client = shop.client()
    count = _open(client)
    again = client.post(reverse("portal:count_new"), {"request_key": "o1", "item": ""})
    assert again.url == _url(count), "the same form opens the same count"
    second = client.post(reverse("portal:count_new"), {"request_key": "o2", "item": ""})
    assert second.status_code == 409
    assert second.context["form"].errors["item"]


def test_giving_up_changes_nothing(shop: Shop, branch: Branch) -> None:
    (serial,) = branch.stocked(1)
    client = shop.client()
    count = _open(client)
    done = client.post(_url(count, "count_cancel"), {"request_key": "g"})
    assert done.url == reverse("portal:counts")
    assert branch.state(serial) == "in_stock"
    assert "Cancelled" in client.get(_url(count)).content.decode()
    late = client.post(_url(count, "count_save"), {"request_key": "x", "serials": serial})
    assert "This count is over" in late.content.decode()
    assert client.get(_url(count, "count_close")).url == _url(count)
    over = client.post(_url(count, "count_cancel"), {"request_key": "y"})
    assert over.status_code == 409


def test_what_lies_elsewhere_is_said(shop: Shop, branch: Branch) -> None:
    branch.stocked(1)
    (strange,) = branch.stand.sims(1)
    client = shop.client()
    count = _open(client)
    client.post(_url(count), {"request_key": "s", "serials": strange})
    look = client.get(_url(count, "count_close"))
    assert "Belongs elsewhere" in look.content.decode()


def test_a_count_that_the_branch_closed_meanwhile(shop: Shop, branch: Branch) -> None:
    branch.stocked(1)
    client = shop.client()
    count = _open(client)
    look = client.get(_url(count, "count_close"))
    stock.close_count(branch.keeper(), count=count)
    key = look.context["form"]["request_key"].value()
    assert client.post(_url(count, "count_close"), {"request_key": key}).url == _url(count)
