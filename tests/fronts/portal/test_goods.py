"""Recharge cards, their PIN and use; handsets and goods, alone and with a contract."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch, OrderState
from qudao.domain.stock import queries as shelf
from qudao.domain.stock.types import UnitState
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.things import Counter
from tests.province import assert_sound
from tests.stocked import imei, shelve


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def _orders(counter: Counter) -> int:
    search = OrderSearch(outlet=counter.shop.outlet)
    return ordering.orders(counter.ctx(), search=search, page=PageRequest()).total


def _balance(counter: Counter) -> Money:
    return wallets.wallet(counter.ctx(), outlet=counter.shop.outlet).balance


def _sold_card(counter: Counter) -> tuple[UUID, str, str]:
    """A card that a customer has bought: order, serial, PIN."""
    serial, pin = counter.shelf.card()
    answer = counter.post("cards", serial=serial, act="sell")
    counter.shop.fulfil()
    order = counter.client.get(answer.url).context["order"]
    assert order.state == OrderState.COMPLETED, (order.refusal_code, order.refusal_reason)
    return order.id, serial, pin


def _sound() -> None:
    assert_sound()
    assert shelf.unsound() == []


def test_a_card_is_looked_at_sold_and_its_pin_shown_once(counter: Counter) -> None:
    serial, pin = counter.shelf.card()
    before = _balance(counter)
    look = counter.post("cards", serial=serial)
    assert look.status_code == 200
    assert "¥50.00" in look.content.decode() and serial in look.content.decode()
    assert _orders(counter) == 0 and _balance(counter) == before, "it was only tried"
    key = look.context["form"].initial["request_key"]
    sold = [counter.post("cards", serial=serial, act="sell", request_key=key) for _n in (1, 2)]
    assert sold[0].url == sold[1].url and _orders(counter) == 1
    order = counter.client.get(sold[0].url).context["order"]
    assert counter.post("order_pin", order.id).status_code == 404, "not before it is completed"
    counter.shop.fulfil()
    assert "PIN for the customer" in counter.client.get(sold[0].url).content.decode()
    shown = counter.post("order_pin", order.id)
    assert shown.status_code == 200
    assert pin in shown.content.decode().replace(" ", "")
    again = counter.post("order_pin", order.id)
    assert again.status_code == 409
    assert pin not in again.content.decode().replace(" ", "")
    asked = counter.post("order_pin", order.id, act="again", reason="the printer jammed")
    assert asked.status_code == 202, "a second person decides"
    _sound()


def test_cards_that_cannot_be_sold(counter: Counter) -> None:
    other = shelve(counter.shop.province, counter.shop.province.far, at=datetime.now(UTC))
    for serial in ("", "123", other.card()[0]):
        answer = counter.post("cards", serial=serial)
        assert answer.status_code in (404, 409, 422)
        assert 'id="id_serial_error"' in answer.content.decode(), serial
    _order, serial, _pin = _sold_card(counter)
    gone = counter.post("cards", serial=serial)
    assert gone.status_code == 409
    assert _orders(counter) == 1


def test_a_card_is_used_by_its_pin(counter: Counter) -> None:
    _order, serial, pin = _sold_card(counter)
    number = counter.shop.customer()
    look = counter.post("card_use", pin=pin, msisdn=number)
    assert look.status_code == 200
    assert "¥50.00" in look.content.decode()
    assert shelf.unit(counter.ctx(), kind="recharge_card", serial=serial).state == UnitState.SOLD
    answer = counter.post("card_use", pin=pin, msisdn=number, act="use")
    counter.shop.fulfil()
    order = counter.client.get(answer.url).context["order"]
    assert order.state == OrderState.COMPLETED, (order.refusal_code, order.refusal_reason)
    assert shelf.unit(counter.ctx(), kind="recharge_card", serial=serial).state == UnitState.USED
    twice = counter.post("card_use", pin=pin, msisdn=number)
    assert twice.status_code == 409
    assert 'id="id_pin_error"' in twice.content.decode()
    _sound()


@pytest.mark.parametrize(
    ("pin", "msisdn", "field"),
    [
        ("", "", "pin"),
        ("000000", "", "pin"),
        ("1", "12345", "msisdn"),
        ("1", "19999999999", "msisdn"),
    ],
)
def test_pins_and_lines_that_are_none(counter: Counter, pin: str, msisdn: str, field: str) -> None:
    answer = counter.post("card_use", pin=pin, msisdn=msisdn or counter.shop.customer())
    assert answer.status_code in (404, 422)
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert _orders(counter) == 0


def test_a_basket_of_handsets_and_gifts(counter: Counter) -> None:
    serial, before = counter.shelf.handset(), _balance(counter)
    page = counter.get("goods")
    assert "50 there" in page.content.decode()
    basket = {"serials": serial, "piece-0": "3"}
    look = counter.post("goods", **basket)
    assert look.status_code == 200, look.content.decode()
    assert serial in look.content.decode() and "× 3" in look.content.decode()
    assert _orders(counter) == 0 and _balance(counter) == before
    total = look.context["amount"]
    sold = counter.post("goods", **basket, act="sell", total=str(total))
    assert sold.url == reverse("portal:orders"), "an order for each line"
    assert _orders(counter) == 2
    counter.shop.fulfil()
    assert shelf.unit(counter.ctx(), kind="handset", serial=serial).state == UnitState.SOLD
    one = counter.post("goods", serials=counter.shelf.handset(), act="sell")
    assert "/orders/" in one.url
    _sound()


def test_the_same_basket_sells_once(counter: Counter) -> None:
    basket = {"serials": counter.shelf.handset(), "act": "sell", "request_key": str(uuid4())}
    first = counter.post("goods", **basket)
    assert first.status_code == 302
    counter.post("goods", **basket)
    assert _orders(counter) == 1


@pytest.mark.parametrize(
    "basket", ["nothing", "twice", "unknown", "sim", "elsewhere", "too many", "price"]
)
def test_baskets_that_do_not_do(counter: Counter, basket: str) -> None:
    handset = counter.shelf.handset()
    data = {
        "nothing": {"serials": ""},
        "twice": {"serials": f"{handset}\n{handset}"},
        "unknown": {"serials": imei()},
        "sim": {"serials": counter.shelf.sim()},
        "elsewhere": {"serials": ""},
        "too many": {"piece-0": "51"},
        "price": {"serials": handset, "act": "sell", "total": "1"},
    }[basket]
    if basket == "elsewhere":
        other = shelve(counter.shop.province, counter.shop.province.far, at=datetime.now(UTC))
        data = {"serials": other.handset()}
    before = _balance(counter)
    answer = counter.post("goods", **data)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert 'role="alert"' in answer.content.decode()
    assert (_orders(counter), _balance(counter)) == (0, before)


def test_a_handset_with_a_contract(counter: Counter) -> None:
    page = counter.get("contract_handset")
    offers = page.context["offers"]
    assert offers
    unbound = counter.shop.boss.fresh(lambda person: not person.add_ons)
    serial = counter.shelf.handset()
    data = {"serial": serial, "msisdn": unbound.msisdn, "contract": offers[0].code}
    look = counter.post("contract_handset", **data)
    assert look.status_code == 200, look.content.decode()
    assert look.context["amount"] < look.context["full"]
    price = str(look.context["amount"])
    sold = counter.post("contract_handset", **data, act="sell", price=price)
    assert sold.status_code == 302, sold.content.decode()
    counter.shop.fulfil()
    order = counter.client.get(sold.url).context["order"]
    assert order.state == OrderState.COMPLETED, (order.refusal_code, order.refusal_reason)
    wrong = counter.post("contract_handset", **{**data, "serial": imei()})
    assert 'id="id_serial_error"' in wrong.content.decode()
    _sound()


def test_another_outlets_card_shows_no_pin(counter: Counter) -> None:
    order, _serial, _pin = _sold_card(counter)
    far = counter.shop.client("farclerk")
    address = reverse("portal:order_pin", args=[order])
    assert far.post(address, {"request_key": str(uuid4())}).status_code == 404


def _sold_handset(counter: Counter) -> tuple[UUID, str]:
    serial = counter.shelf.handset()
    answer = counter.post("goods", serials=serial, act="sell")
    counter.shop.fulfil()
    return UUID(answer.url.split("/")[2]), serial


def test_goods_that_come_back(counter: Counter) -> None:
    before = _balance(counter)
    order, serial = _sold_handset(counter)
    page = counter.get("order", order).content.decode()
    assert "Return or exchange" in page and "Take back" not in page
    assert counter.post("order_return", order, what="good", reason="").status_code == 422
    back = counter.post("order_return", order, what="good", reason="not wanted")
    assert back.status_code == 302, back.content.decode()
    counter.shop.fulfil()
    assert _balance(counter) == before
    assert shelf.unit(counter.ctx(), kind="handset", serial=serial).state == UnitState.IN_STOCK
    twice = counter.post("order_return", order, what="good", reason="not wanted")
    assert twice.status_code == 409
    _sound()


def test_a_defective_one_is_exchanged(counter: Counter) -> None:
    order, serial = _sold_handset(counter)
    new = counter.shelf.handset()
    none = counter.post("order_return", order, what="exchange", reason="screen is dark")
    assert none.status_code == 422 and 'id="id_new_error"' in none.content.decode()
    wrong = counter.post("order_return", order, what="exchange", reason="dark", new=imei())
    assert wrong.status_code == 404 and 'id="id_new_error"' in wrong.content.decode()
    done = counter.post("order_return", order, what="exchange", reason="screen is dark", new=new)
    assert done.status_code == 302, done.content.decode()
    assert shelf.unit(counter.ctx(), kind="handset", serial=serial).state == UnitState.DEFECTIVE
    assert shelf.unit(counter.ctx(), kind="handset", serial=new).state == UnitState.SOLD
    _sound()
