"""Each item done to its end, at the counter or by a customer; its receipt has what it promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from qudao.domain.catalog import operations as offerings
from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.models import Order
from qudao.domain.ordering.operations.dispatch import claim
from qudao.domain.resource import queries as numbers
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import OutletChange
from qudao.journeys import cards
from qudao.journeys.dialogue import menus
from qudao.journeys.dialogue.types import Role, Screen, ScreenKind
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import items
from qudao.kernel.money import Money
from qudao.platform.commands.models import JournalEntry
from tests.journeys.dialogue.hall import COUNTER, KIOSK, SMS, Hall, orders, says
from tests.journeys.shop import answer, assert_all_sound

ENGLISH = "YY 2"


def promised(screen: Screen) -> Screen:
    assert screen.kind is ScreenKind.DONE, screen.text
    assert set(items[screen.item].receipt) <= set(screen.facts)
    return screen


def the_order() -> Order:
    found: Order = Order.objects.unscoped("the only one").get()
    return found


@pytest.mark.parametrize("word", ["YE", "ZD", "TC"])
def test_questions_about_a_line(hall: Hall, word: str) -> None:
    line = hall.customer
    mine = promised(says(hall.talk(SMS, line), word))
    theirs = promised(says(hall.talk(COUNTER), f"{word} {line}"))
    assert mine.facts == theirs.facts and mine.facts["msisdn"] == line


def test_a_bill_with_months(hall: Hall) -> None:
    debtor = hall.boss.find(
        lambda one: one.state == "active" and any(bill.open for bill in one.bills)
    )
    facts = promised(says(hall.talk(SMS, debtor.msisdn), "ZD")).facts
    assert facts["due"] != "¥0.00"
    assert [code for code in facts if code.startswith("month:")]


@pytest.mark.parametrize(
    ("text", "business"),
    [
        ("CZ {line} 30", "top_up"),
        ("JF {line} 20", "bill_payment"),
        ("DG {line} 2", "add_on"),
        ("BGTC {line} 3", "plan_change"),
    ],
)
@pytest.mark.parametrize("front", [COUNTER, KIOSK], ids=lambda front: front.code)
def test_what_is_sold(hall: Hall, text: str, business: str, front: object) -> None:
    line = hall.boss.fresh(lambda one: True).msisdn
    caller = replace(
        hall.talk(SMS, line).caller,
        money_until=hall.at + timedelta(minutes=5),
        data_until=hall.at + timedelta(minutes=5),
    )
    own = front is KIOSK and business in ("add_on", "plan_change")
    said = text.format(line="" if own else line)
    talk = hall.talk(front, caller=None if front is COUNTER else caller)  # type: ignore[arg-type]
    shown = says(talk, said)
    assert shown.kind is ScreenKind.CONFIRM, shown.text
    price = next(one.text for one in shown.lines if one.role is Role.PRICE)
    done = promised(says(talk, "yes", None if front is COUNTER else shown))
    order = the_order()
    assert (order.business, order.msisdn) == (business, line)
    assert f"¥{Money(order.amount)}" == price == done.facts["paid"]


@pytest.mark.parametrize(
    ("word", "business", "words"),
    [
        ("BGTC", "plan_change", "There is no other plan for this line here"),
        ("DG", "add_on", "There is no further add-on for this line here"),
    ],
)
def test_what_the_line_has_is_not_offered_to_it(
    hall: Hall, word: str, business: str, words: str
) -> None:
    talk = hall.talk(COUNTER)
    on_offer = parts.offers(menus.call_of(talk, talk.caller), business)
    sold = {one.boss_product_code: one.code for one in on_offer}
    person = hall.boss.fresh(lambda one: bool(sold.keys() & {one.plan, *one.add_ons}))
    had = sold.keys() & {person.plan, *person.add_ons}
    asked = says(talk, f"{word} {person.msisdn}")
    assert {one.value for one in asked.choices} == {sold[one] for one in sold.keys() - had}
    assert says(talk, "1").kind is ScreenKind.CONFIRM
    looked_up = JournalEntry.objects.filter(command="customers.look_up")
    assert looked_up.count() == 1, "the BOSS is asked once, however many steps it takes"
    for one in sold.keys() - had:
        offerings.end_version(hall.province.system(), code=sold[one])
    catalog.forget()
    nothing = says(hall.talk(COUNTER), f"{word} {person.msisdn}")
    assert words in nothing.text and not nothing.choices
    assert nothing.wanted is not None and nothing.wanted.code == "msisdn", "another line may do"


def test_what_is_due_is_proposed(hall: Hall) -> None:
    debtor = hall.boss.find(
        lambda one: one.state == "active" and any(bill.open for bill in one.bills)
    )
    asked = says(hall.talk(COUNTER), f"JF {debtor.msisdn}")
    (proposed,) = asked.choices
    shown = says(hall.talk(COUNTER), proposed.key)
    assert shown.kind is ScreenKind.CONFIRM
    assert [one.text for one in shown.lines if one.role is Role.PRICE] == [proposed.label]


def test_a_card_by_its_pin(stocked_hall: Hall) -> None:
    hall, line = stocked_hall, stocked_hall.customer
    assert hall.shelf is not None
    serial, pin = hall.shelf.card()
    ctx = hall.talk(COUNTER).ctx
    cards.sell(ctx, outlet=hall.province.agent, serial=serial)
    settle(hall)
    talk = hall.talk(SMS, line)
    asked = says(talk, "CZK")
    assert [one.value for one in asked.choices] == [line], "the own number is proposed"
    says(talk, "1")
    wrong = says(talk, "9" * 18)
    assert wrong.kind is ScreenKind.QUESTION and wrong.wanted is not None and wrong.wanted.secret
    shown = says(talk, pin)
    assert shown.kind is ScreenKind.CONFIRM and "¥50.00" in shown.text
    assert pin not in shown.text
    before = orders()
    done = promised(says(talk, "1"))
    assert (done.facts["value"], orders() - before) == ("¥50.00", 1)
    settle(hall)
    assert_all_sound()


def test_a_number_is_chosen_and_held(stocked_hall: Hall) -> None:
    hall = stocked_hall
    talk = hall.talk(SMS, hall.customer)
    says(talk, "XH")
    listed = says(talk, "1")
    assert listed.choices and "1340371" in listed.choices[0].value
    shown = says(talk, listed.choices[0].key)
    number = listed.choices[0].value
    assert shown.kind is ScreenKind.CONFIRM and number in shown.text
    done = promised(says(talk, "1"))
    assert done.facts["number"] == number
    held = numbers.number(hall.province.system(), msisdn=number)
    assert (held.state, held.holder) == ("reserved", hall.province.agent)
    ending = says(talk, f"XH 4 {number[-3:]}")
    assert all(one.value.endswith(number[-3:]) and one.value != number for one in ending.choices)


def test_offers_are_described(hall: Hall) -> None:
    done = promised(says(hall.talk(SMS), "YW 2 1"))
    assert done.facts["price"].startswith("¥")


def test_outlets_near_a_place_and_in_a_district(hall: Hall) -> None:
    far, near = hall.province.agent, hall.province.hall
    for outlet, latitude in ((far, "34.80"), (near, "34.75")):
        saleschannel.change(
            hall.province.system(),
            outlet=outlet,
            changes=OutletChange(
                longitude=Decimal("113.62"),
                latitude=Decimal(latitude),
                opening_hours={"fri": [["09:00", "18:00"]]},
            ),
        )
    position = (Decimal("113.62"), Decimal("34.749"))
    done = promised(says(replace(hall.talk(SMS), position=position), "WD"))
    shops = [line for line in done.lines if line.code.startswith("outlet:")]
    assert [line.label for line in shops] == ["Outlet HALL", "Outlet AGENT"]
    assert shops[0].text == "1 High Street; 09:00-18:00; 0.1 km"
    found = outlets.near(divisions=["4103"])
    assert [one.outlet for one in found] == [hall.province.far] and found[0].distance_m is None
    assert outlets.near(divisions=["410305"]) == found
    assert outlets.near(divisions=["4102"]) == () == outlets.near(divisions=[])
    saleschannel.suspend(hall.province.system(), outlet=hall.province.far, reason="audit")
    assert outlets.near(divisions=["4103"]) == ()


def test_the_language(hall: Hall) -> None:
    assert promised(says(hall.talk(SMS), ENGLISH)).facts["language"] == "English"


def settle(hall: Hall) -> None:
    """Let the BOSS complete what is due."""
    to_send, to_ask = claim(hall.province.system(), most=100, lease=LEASE)
    due = [*to_send, *to_ask]
    conclude(
        hall.province.system(),
        orders=due,
        outcomes=[answer(one.order, "completed") for one in due],
    )
