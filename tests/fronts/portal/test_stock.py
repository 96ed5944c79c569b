"""Stock of the outlet: levels, pieces, warnings, moves; who sees what."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import Goods, MovementSearch
from qudao.kernel.page import PageRequest
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.stand import Branch


@pytest.fixture
def branch(shop: Shop) -> Branch:
    return Branch(shop.province)


def _get(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(f"portal:{name}", args=args), query)
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


# ------------------------------------------------------------------ every page opens


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["owner", "clerk"])
def test_every_page_opens(shop: Shop, branch: Branch, name: str, language: str) -> None:
    (serial, *_rest) = branch.stocked(3, 4)
    on_its_way, _serials = branch.send(2, 2)
    count = stock.open_count(branch.clerk(), place=shop.outlet)
    returned = stock.return_goods(
        branch.clerk(), place=shop.outlet, goods=(Goods("ACC-CASE", 1),), reason="too many"
    )
    moves = queries.movements(
        branch.clerk(), search=MovementSearch(place=shop.outlet), page=PageRequest()
    )
    client = shop.client(name, language)
    for page, *args in [
        ("home",),
        ("stock",),
        ("stock_live",),
        ("stock_find",),
        ("stock_expiring",),
        ("stock_item", "SIM3IN1"),
        ("stock_item", "ACC-CASE"),
        ("stock_item", "GIFT-POWER"),
        ("stock_threshold", "SIM3IN1"),
        ("stock_unit", "sim", serial),
        ("stock_unit_mark", "sim", serial, "defective"),
        ("stock_moves",),
        *(("stock_move", move.id) for move in moves.items),
        ("requisitions",),
        ("requisition_new",),
        ("requisition", on_its_way),
        ("requisition", returned),
        ("requisition_cancel", returned),
        ("receive", on_its_way),
        ("returns",),
        ("return_new",),
        ("exchange_new",),
        ("counts",),
        ("count_new",),
        ("count", count),
        ("count_close", count),
    ]:
        text = _get(client, page, *args)
        if language == "zh-hans":
            assert 'lang="zh-hans"' in text or page == "stock_live"


def test_a_hall_has_stock_too(shop: Shop, branch: Branch) -> None:
    client = shop.client("teller")
    assert "No goods here yet" in _get(client, "stock")
    assert "Ask for goods" in _get(client, "stock")


def test_an_outlet_without_goods_is_told_what_to_do(shop: Shop, branch: Branch) -> None:
    client = shop.client()
    assert "press “Ask for goods”" in _get(client, "stock")
    assert "Nothing asked for yet" in _get(client, "requisitions")
    assert "Nothing was sent back" in _get(client, "returns")
    assert "There is nothing here to send" in _get(client, "return_new")
    assert "Nothing was counted yet" in _get(client, "counts")
    assert "No card expires soon" in _get(client, "stock_expiring")
    assert "Nothing moved" in _get(client, "stock_moves")


# ------------------------------------------------------------------ levels


def test_levels_with_what_runs_low_first(shop: Shop, branch: Branch) -> None:
    branch.stocked(3, 4)
    branch.send(2)
    client = shop.client("owner")
    assert "Running low" not in _get(client, "stock")
    done = client.post(
        reverse("portal:stock_threshold", args=["SIM3IN1"]), {"request_key": "t1", "low": "5"}
    )
    assert done.url == reverse("portal:stock_item", args=["SIM3IN1"])
    page = client.get(reverse("portal:stock"))
    (low,) = page.context["low"]
    assert (low.level.item, low.level.in_stock, low.level.in_transit) == ("SIM3IN1", 3, 2)
    assert low.wanted == 5, "twice the warning, less what is here and on its way"
    text = page.content.decode()
    assert "Running low" in text
    assert "3 here, wanted at least 5" in text
    assert "2 pieces are on their way" in text
    home = client.get("/").content.decode()
    assert "A delivery to receive" in home
    assert "3 of 5" in home


def test_one_click_asks_for_what_runs_low(shop: Shop, branch: Branch) -> None:
    branch.stocked(1)
    stock.set_threshold(branch.clerk(), place=shop.outlet, item="SIM3IN1", low=4)
    client = shop.client()
    (low,) = client.get(reverse("portal:stock")).context["low"]
    form = {"request_key": low.key, "item": "SIM3IN1", "quantity": str(low.wanted)}
    first = client.post(reverse("portal:reorder"), form)
    again = client.post(reverse("portal:reorder"), form)
    assert first.url == again.url
    text = client.get(first.url).content.decode()
    assert "Asked for: 7 pieces" in text
    assert client.get(reverse("portal:requisitions")).context["page"].total == 2
    nonsense = client.post(reverse("portal:reorder"), {**form, "quantity": "many"})
    assert nonsense.url == reverse("portal:requisition_new")


def test_stock_as_a_file(shop: Shop, branch: Branch) -> None:
    branch.stocked(3, 4)
    client = shop.client()
    text = client.get(reverse("portal:stock_file", args=["csv"])).content.decode("utf-8-sig")
    rows = {row["Code"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["SIM3IN1"]["In stock"] == "3"
    assert rows["ACC-CASE"]["In stock"] == "4"
    assert client.get(reverse("portal:stock_file", args=["xlsx"])).content[:2] == b"PK"
    assert client.get(reverse("portal:stock_file", args=["pdf"])).status_code == 404


def test_cards_that_expire_soon(shop: Shop, branch: Branch) -> None:
    soon = date.today() + timedelta(days=12)
    cards = branch.stand.cards(2, expires_on=soon)
    requisition, _none = branch.send(goods=[Goods("RC50", serials=tuple(cards))])
    stock.receive(branch.clerk(), requisition=requisition, everything=True)
    client = shop.client()
    assert "Cards that expire soon" in _get(client, "stock")
    rows = client.get(reverse("portal:stock_expiring")).context["rows"]
    assert [(row.item, row.expires_on, row.quantity) for row in rows] == [("RC50", soon, 2)]


# ------------------------------------------------------------------ pieces


def test_finding_by_serial(shop: Shop, branch: Branch) -> None:
    first, second = branch.stocked(2)
    client = shop.client()
    found = client.get(reverse("portal:stock_find"), {"serial": f"{first[:10]} {first[10:]}"})
    assert found.url == reverse("portal:stock_unit", args=["sim", first])
    both = client.get(reverse("portal:stock_find"), {"serial": first[:8]})
    assert {unit.serial for unit in both.context["page"].items} == {first, second}
    nothing = client.get(reverse("portal:stock_find"), {"serial": "4711"})
    assert "Nothing found" in nothing.content.decode()


def test_a_piece_shows_its_way_with_both_ends(shop: Shop, branch: Branch) -> None:
    (serial,) = branch.stocked(1)
    text = _get(shop.client(), "stock_unit", "sim", serial)
    assert "Taken in from the supplier" in text
    assert "Supplier" in text
    assert "Delivered on request" in text
    assert "It lies here for sale" in text


def test_pieces_of_an_item_by_state(shop: Shop, branch: Branch) -> None:
    branch.stocked(30)
    _on_its_way, coming = branch.send(1)
    client = shop.client()
    url = reverse("portal:stock_item", args=["SIM3IN1"])
    page = client.get(url).context["page"]
    assert (page.total, len(page.items)) == (31, 25)
    assert len(client.get(url, {"page": "2"}).context["page"].items) == 6
    moving = client.get(url, {"state": "in_transit"}).context["page"]
    assert [unit.serial for unit in moving.items] == coming
    text = client.get(reverse("portal:stock_item_file", args=["SIM3IN1", "csv"]))
    assert len(text.content.decode("utf-8-sig").splitlines()) == 32
    assert client.get(reverse("portal:stock_item", args=["NOTHING"])).status_code == 404


def test_a_broken_piece_leaves_the_shelf(shop: Shop, branch: Branch) -> None:
    (serial,) = branch.stocked(1)
    client = shop.client()
    url = reverse("portal:stock_unit_mark", args=["sim", serial, "defective"])
    assert client.post(url, {"request_key": "d0", "reason": ""}).status_code == 422
    assert branch.state(serial) == "in_stock"
    done = client.post(url, {"request_key": "d1", "reason": "chip scratched"})
    assert done.url == reverse("portal:stock_unit", args=["sim", serial])
    assert branch.state(serial) == "defective"
    refused = client.post(url, {"request_key": "d2", "reason": "again"})
    assert refused.status_code == 409
    assert serial in refused.content.decode()
    assert "Not possible" in refused.content.decode()
    nonsense = reverse("portal:stock_unit_mark", args=["sim", serial, "lovely"])
    assert client.get(nonsense).status_code == 404


# ------------------------------------------------------------------ warnings


def test_a_warning_is_refused_beside_its_field(shop: Shop, branch: Branch) -> None:
    client = shop.client("owner")
    url = reverse("portal:stock_threshold", args=["SIM3IN1"])
    for low in ("", "-1", "x"):
        response = client.post(url, {"request_key": "t", "low": low})
        assert response.status_code == 422
        assert response.context["form"].errors["low"]
    assert client.get(reverse("portal:stock_threshold", args=["NONE"])).status_code == 404


def test_a_warning_of_nought_is_none(shop: Shop, branch: Branch) -> None:
    client = shop.client("owner")
    url = reverse("portal:stock_threshold", args=["SIM3IN1"])
    client.post(url, {"request_key": "t1", "low": "5"})
    assert "Running low" in _get(client, "stock")
    client.post(url, {"request_key": "t2", "low": "0"})
    assert "Running low" not in _get(client, "stock")


# ------------------------------------------------------------------ moves


def test_moves_are_documents_with_two_ends(shop: Shop, branch: Branch) -> None:
    serials = branch.stocked(2, 5)
    client = shop.client()
    page = client.get(reverse("portal:stock_moves")).context["page"]
    (move,) = page.items
    assert (move.kind, move.quantity, move.target) == ("dispatch", 7, shop.outlet)
    text = _get(client, "stock_move", move.id)
    assert all(serial in text for serial in serials)
    file = client.get(reverse("portal:stock_moves_file", args=["csv"]))
    assert move.number in file.content.decode()
    today = datetime.now(UTC).date()
    earlier = {"last": str(today - timedelta(days=9))}
    assert client.get(reverse("portal:stock_moves"), earlier).context["page"].total == 0
    of_cases = {"item": "ACC-CASE", "kind": "dispatch"}
    assert client.get(reverse("portal:stock_moves"), of_cases).context["page"].total == 1
    assert client.get(reverse("portal:stock_move", args=[uuid4()])).status_code == 404


# ------------------------------------------------------------------ who sees what


def test_another_outlet_sees_nothing(shop: Shop, branch: Branch) -> None:
    (serial, other) = branch.stocked(2)
    requisition, _serials = branch.send(1)
    count = stock.open_count(branch.clerk(), place=shop.outlet)
    (move, *_rest) = queries.movements(
        branch.clerk(), search=MovementSearch(place=shop.outlet), page=PageRequest()
    ).items
    far = shop.client("farclerk")
    for page, *args in [
        ("stock_unit", "sim", serial),
        ("stock_unit_mark", "sim", serial, "defective"),
        ("stock_move", move.id),
        ("requisition", requisition),
        ("requisition_cancel", requisition),
        ("receive", requisition),
        ("count", count),
        ("count_close", count),
    ]:
        response = far.get(reverse(f"portal:{page}", args=args))
        assert response.status_code == 404, page
    for page, *args in [
        ("receive_all", requisition),
        ("receive_do", requisition),
        ("count_save", count),
        ("count_cancel", count),
    ]:
        response = far.post(reverse(f"portal:{page}", args=args), {"request_key": "f"})
        assert response.status_code == 404, page
    assert far.get(reverse("portal:stock")).context["groups"] == []
    assert far.get(reverse("portal:stock_item", args=["SIM3IN1"])).context["page"].total == 0
    found = far.get(reverse("portal:stock_find"), {"serial": serial})
    assert found.context["page"].total == 0
    sent = far.post(
        reverse("portal:return_new"),
        {"request_key": "f2", "serials": other, "reason": "mine now"},
    )
    assert branch.state(other) == "in_stock"
    assert sent.status_code == 422


def test_nobody_comes_in_without_signing_in(shop: Shop) -> None:
    for name in ("stock", "requisitions", "returns", "counts", "stock_moves"):
        response = Client().get(reverse(f"portal:{name}"))
        assert response.status_code == 302
        assert "/accounts/login/" in response.url


def test_transfers_are_for_those_who_may(shop: Shop, branch: Branch) -> None:
    branch.stocked(1)
    client = shop.client("owner")
    assert client.get(reverse("portal:transfer_new")).status_code == 403
    assert reverse("portal:transfer_new") not in _get(client, "returns")
