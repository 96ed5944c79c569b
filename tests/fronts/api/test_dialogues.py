"""Cards, openings, line business and goods through the API: the portal's steps, one by one."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from qudao.domain.customer import queries as customers
from qudao.domain.customer.models import Picture
from qudao.domain.ordering.models import Order
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import NumberState
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import UnitState
from qudao.kernel.money import Money
from qudao.platform.commands.models import JournalEntry
from tests.boss_process import BossProcess
from tests.fronts.api.conftest import MSISDN, Shop
from tests.fronts.api.test_selling import refused
from tests.province import assert_sound
from tests.stocked import Shelf, load_numbers, photo, resident_id, shelve, signature

pytestmark = pytest.mark.django_db

PERSON = {
    "kind": "resident_id",
    "name": "王小明",
    "valid_until": "2030-01-01",
    "address": "河南省郑州市中原区建设路1号",
    "phone": "13903710001",
}
SIGNATURE = base64.b64encode(signature()).decode()


class Store:
    """The shop with numbers, cards and goods on its shelf, and a program at its till."""

    def __init__(self, shop: Shop, till: Any) -> None:
        self.shop, self.till = shop, till
        self.shelf: Shelf = shelve(shop.province, shop.outlet, at=shop.now)
        load_numbers(shop.province)
        shop.province.pay_in(shop.outlet, Money(5_000_00), at=shop.now)

    def ctx(self) -> Any:
        return self.shop.province.system(self.shop.now)

    def begin(self, purpose: str = "account_opening", **more: Any) -> str:
        answer = self.till.post("/dossiers", {"purpose": purpose, **more})
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def hold(self, **search: Any) -> dict[str, Any]:
        found = self.till.get("/numbers", grade="ordinary", **search).json()["items"]
        answer = self.till.post("/holds", {"number": found[0]["number"]})
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    def put(self, dossier: str, what: str, body: Any, **options: Any) -> Any:
        return self.till.send("PUT", f"/dossiers/{dossier}/{what}", body, **options)

    def identify(self, dossier: str, **more: Any) -> Any:
        return self.put(dossier, "persons/customer", PERSON | {"number": resident_id()} | more)

    def picture(self, dossier: str, kind: str, content: bytes = b"") -> Any:
        return self.put(dossier, f"pictures/{kind}", content or photo(), kind="image/jpeg")

    def ready(self, **choices: Any) -> str:
        """An opening that has come to its contract."""
        dossier = self.begin()
        chosen = {
            "hold": self.hold()["hold"],
            "sim": self.shelf.sim(),
            "plan": "GT58",
            "add_ons": [],
            "prepay_fen": 10_000,
        }
        for body in ({"hold": chosen.pop("hold")}, chosen | choices):
            answer = self.put(dossier, "choices", body)
            assert answer.status_code == 200, answer.content
        assert self.identify(dossier).status_code == 200
        for kind in ("front", "back", "portrait"):
            answer = self.picture(dossier, kind)
            assert answer.status_code == 200, answer.content
        assert answer.json()["missing"] == ["signature"]
        return dossier

    def submit(self, dossier: str, total_fen: int | None = None, **more: Any) -> Any:
        """Submit it for what it costs."""
        if total_fen is None:
            total_fen = self.till.get(f"/dossiers/{dossier}/quote").json()["total_fen"]
        options = {name: more.pop(name) for name in ("key", "headers") if name in more}
        body = {"total_fen": total_fen, "signature": SIGNATURE} | more
        return self.till.post(f"/dossiers/{dossier}/submission", body, **options)


@pytest.fixture
def store(shop: Shop, live_boss: BossProcess) -> Store:
    return Store(shop, shop.terminal())


def _orders() -> int:
    return Order.objects.unscoped("test").count()


# ---- recharge cards


def test_a_card_is_sold_and_its_pin_said_once(store: Store) -> None:
    (level,) = store.till.get("/cards").json()["items"]
    assert (level["item"], level["price_fen"], level["in_stock"]) == ("RC50", 5000, 10)
    tried = store.till.post("/cards/sales", {"item": "RC50"}, headers={"X-Dry-Run": "true"})
    assert tried.status_code == 200 and tried.json()["amount_fen"] == 5000
    sold = store.till.post("/cards/sales", {"item": "RC50"}, key="card-1")
    assert sold.status_code == 201, sold.content
    card = sold.json()
    assert card["pin"] is None, "it is not valid yet"
    path = f"/orders/{card['order']}/pin"
    refused(store.till.post(path), 409, "api.no_card_sold")
    store.shop.fulfil()
    pins = dict(store.shelf.cards)
    answer = store.till.post(path, key="pin-1")
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["serial"], shown["pin"]) == (card["serial"], pins[card["serial"]])
    refused(store.till.post(path, key="pin-1"), 409, "stock.pin_shown_already")
    refused(store.till.post(path), 409, "stock.pin_shown_already")
    again = store.till.post("/cards/sales", {"item": "RC50"}, key="card-1").json()
    assert (again["order"], again["serial"], again["pin"]) == (card["order"], card["serial"], None)
    assert _orders() == 1
    rows = JournalEntry.objects.values_list("arguments", "answer", "events")
    assert pins[card["serial"]] not in str(list(rows))
    assert_sound()


def test_a_certain_card_and_its_value_on_a_line(store: Store) -> None:
    serial, pin = store.shelf.card()
    sold = store.till.post("/cards/sales", {"serial": serial}).json()
    assert sold["serial"] == serial
    refused(store.till.post("/cards/sales", {"serial": serial}), 409, "stock.unit_not_for_sale")
    store.shop.fulfil()
    body = {"pin": pin, "msisdn": MSISDN}
    tried = store.till.post("/cards/redemptions", body, headers={"X-Dry-Run": "true"})
    assert tried.status_code == 200, tried.content
    used = store.till.post("/cards/redemptions", body)
    assert used.status_code == 201 and used.json()["debit_fen"] == 0
    refused(store.till.post("/cards/redemptions", body), 409, "stock.card_used")
    wrong = store.till.post("/cards/redemptions", {"pin": "0" * 18, "msisdn": MSISDN})
    refused(wrong, 404, "stock.pin_wrong")
    assert_sound()


def test_cards_run_out(store: Store) -> None:
    serials = {
        store.till.post("/cards/sales", {"item": "RC50"}).json()["serial"] for _ in range(10)
    }
    assert serials == {serial for serial, _ in store.shelf.cards}
    refused(store.till.post("/cards/sales", {"item": "RC50"}), 409, "cards.no_card_left")


@pytest.mark.parametrize("body", [{}, {"serial": "2600000000000001", "item": "RC50"}])
def test_a_card_is_named_in_one_way(store: Store, body: dict[str, str]) -> None:
    answer = refused(store.till.post("/cards/sales", body), 400, "api.not_valid")
    assert answer["errors"][0]["message"] == "Name exactly one of serial and item."
    assert _orders() == 0


# ---- openings


def test_an_opening_step_by_step(store: Store) -> None:
    dossier = store.ready(add_ons=["DATA1GB"])
    record = store.till.get(f"/dossiers/{dossier}").json()
    assert record["persons"]["customer"]["name_masked"] == "王*明"
    assert "王小明" not in str(record)
    quote = store.till.get(f"/dossiers/{dossier}/quote").json()
    assert [part["label"] for part in quote["parts"]][:2] == [
        "Prepayment for the number",
        "SIM card",
    ]
    assert quote["total_fen"] == sum(part["amount_fen"] for part in quote["parts"])
    paper = store.till.get(f"/dossiers/{dossier}/contract")
    assert paper.headers["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
    opened = store.submit(dossier, key="open-1")
    assert opened.status_code == 201, opened.content
    sold = opened.json()
    assert sold["amount_fen"] == quote["total_fen"]
    assert numbers.number(store.ctx(), msisdn=quote["number"]).state == NumberState.BOUND
    again = store.submit(dossier, quote["total_fen"], key="open-1")
    assert (again.status_code, again.json()["order"]) == (201, sold["order"])
    refused(store.submit(dossier, quote["total_fen"]), 409, "customer.dossier_closed")
    assert _orders() == 1
    store.shop.fulfil()
    assert store.till.get(f"/orders/{sold['order']}").json()["state"] == "completed"
    assert store.till.get(f"/dossiers/{dossier}").json()["state"] == "completed"
    assert numbers.number(store.ctx(), msisdn=quote["number"]).state == NumberState.ACTIVE
    assert stock.unit(store.ctx(), kind="sim", serial=quote["sim"]).state == UnitState.SOLD
    signed = store.till.post(f"/orders/{sold['order']}/contract")
    assert signed.content.startswith(b"%PDF") and signed.content != paper.content
    assert_sound()
    assert customers.unsound() == []


def test_what_an_opening_still_needs(store: Store) -> None:
    dossier = store.begin()
    answer = refused(store.till.get(f"/dossiers/{dossier}/quote"), 409, "dossiers.choices_missing")
    assert answer["fields"]["missing"] == ["sim", "plan"]
    sim = store.shelf.sim()
    refused(store.put(dossier, "choices", {"sim": sim}), 400, "opening.number_missing")
    held = store.hold()
    assert store.put(dossier, "choices", {"hold": held["hold"], "sim": sim}).status_code == 200
    store.put(dossier, "choices", {"plan": "GT58", "prepay_fen": 100})
    refused(store.till.get(f"/dossiers/{dossier}/quote"), 400, "opening.prepay_too_low")
    store.put(dossier, "choices", {"prepay_fen": 10_000})
    refused(store.till.get(f"/dossiers/{dossier}/contract"), 409, "customer.dossier_incomplete")
    assert store.identify(dossier).json()["lines_left"] == 5
    refused(store.submit(dossier), 409, "customer.dossier_incomplete")
    refused(store.submit(dossier, signature=None), 400, "api.not_signed")
    other = store.hold()
    assert store.put(dossier, "choices", {"hold": other["hold"]}).json()["chosen"]["sim"] == sim
    held_now = [one["number"] for one in store.till.get("/holds").json()["items"]]
    assert held_now == [other["number"]], "the first one is free again"
    assert _orders() == 0


def test_the_price_that_was_shown(store: Store) -> None:
    dossier = store.ready()
    answer = refused(store.submit(dossier, 1), 409, "opening.price_changed")
    total = answer["fields"]["total_fen"]
    assert _orders() == 0
    assert store.till.get(f"/dossiers/{dossier}").json()["missing"] == ["signature"]
    assert store.submit(dossier, total).status_code == 201


def test_what_was_refused_may_be_sent_again_under_its_key(store: Store) -> None:
    dossier = store.ready(prepay_fen=1_500_000)
    refused(store.submit(dossier, key="once-more"), 409, "ordering.balance_too_low")
    assert store.put(dossier, "choices", {"prepay_fen": 10_000}).status_code == 200
    assert store.submit(dossier, key="once-more").status_code == 201


def test_a_typed_signature(store: Store) -> None:
    dossier = store.ready()
    answer = store.submit(dossier, signature=None, typed_name="王小明")
    assert answer.status_code == 201, answer.content


def test_giving_up(store: Store) -> None:
    dossier = store.ready()
    assert Picture.objects.count() == 3
    assert store.till.send("DELETE", f"/dossiers/{dossier}").status_code == 204
    assert store.till.get("/holds").json()["items"] == []
    assert Picture.objects.count() == 0
    assert store.till.get(f"/dossiers/{dossier}").json()["state"] == "abandoned"
    refused(store.identify(dossier), 409, "customer.dossier_closed")
    held = store.hold()
    assert store.till.send("DELETE", f"/holds/{held['hold']}").status_code == 204
    refused(store.till.send("DELETE", f"/holds/{held['hold']}"), 404, "resource.hold_unknown")


def test_pictures_have_their_own_limit(store: Store) -> None:
    dossier = store.begin()
    refused(store.picture(dossier, "front", b"x" * 70_000), 400, "vault.picture_unreadable")
    refused(store.picture(dossier, "front", b"x" * ((2 << 20) + 1)), 413, "api.too_large")
    refused(store.picture(dossier, "cat"), 400, "customer.picture_kind_unknown")
    large = {"purpose": "account_opening", "outlet": "x" * 70_000}
    refused(store.till.post("/dossiers", large), 413, "api.too_large")


# ---- lines


def test_another_sim_for_a_line(store: Store, live_boss: BossProcess) -> None:
    line = live_boss.fresh().msisdn
    dossier = store.begin("sim_swap", msisdn=line)
    store.identify(dossier)
    for kind in store.till.get(f"/dossiers/{dossier}").json()["missing"]:
        assert store.picture(dossier, kind).status_code == 200
    sim = store.shelf.sim()
    assert store.put(dossier, "choices", {"sim": sim}).status_code == 200
    quote = store.till.get(f"/dossiers/{dossier}/quote").json()
    assert (quote["number"], quote["sim"], quote["parts"]) == (line, sim, [])
    refused(store.till.get(f"/dossiers/{dossier}/contract"), 409, "api.nothing_to_sign")
    sold = store.submit(dossier, signature=None)
    assert sold.status_code == 201, sold.content
    store.shop.fulfil()
    assert store.till.get(f"/orders/{sold.json()['order']}").json()["state"] == "completed"
    assert_sound()


def test_a_line_is_named_unless_one_is_opened(store: Store) -> None:
    for body in ({"purpose": "sim_swap"}, {"purpose": "account_opening", "msisdn": MSISDN}):
        refused(store.till.post("/dossiers", body), 400, "api.not_valid")


# ---- goods


def test_a_basket(store: Store) -> None:
    lines = [
        {"kind": "handset", "serial": store.shelf.handset()},
        {"item": "GIFT-UMBRELLA", "quantity": 2},
    ]
    refused(store.till.post("/goods/sales", {"lines": lines}), 400, "api.price_not_said")
    tried = store.till.post("/goods/sales", {"lines": lines}, headers={"X-Dry-Run": "true"})
    assert tried.status_code == 200 and _orders() == 0
    total = tried.json()["total_fen"]
    refused(
        store.till.post("/goods/sales", {"lines": lines, "total_fen": total + 1}),
        409,
        "goods.basket_price_changed",
    )
    sold = store.till.post("/goods/sales", {"lines": lines, "total_fen": total}, key="b-1")
    assert sold.status_code == 201, sold.content
    assert len(sold.json()["orders"]) == 2 == _orders()
    again = store.till.post("/goods/sales", {"lines": lines, "total_fen": total}, key="b-1")
    assert again.json() == sold.json() and _orders() == 2
    assert_sound()
