"""What a customer does alone, through a hall whose outlet may do it: each item to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from qudao.domain.care import operations as care
from qudao.domain.care import queries as cared
from qudao.domain.ordering.models import Order
from qudao.domain.party import queries as party
from qudao.domain.resource import queries as numbers
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import OutletChange
from qudao.journeys import campaigns
from qudao.journeys.dialogue.types import Front, Role, Screen, ScreenKind, Talk
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.journeys.menu.item import Kind, Place, items
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from qudao.platform.messaging.models import OutgoingMessage
from simulators.boss.people import Person
from simulators.boss.sims import puk
from tests.journeys.dialogue.hall import COUNTER, SMS, WEB, Hall, on_menu, says
from tests.journeys.shop import assert_all_sound

LONG = replace(SMS, fits=None)
KEYS = replace(LONG, code="phone", asks=frozenset(Kind) - {Kind.TEXT})


def mine(hall: Hall, msisdn: str, front: Front = LONG, *, language: str = "en") -> Talk:
    """A customer who has proved the line, at a hall whose outlet is an own one."""
    talk = hall.talk(front, msisdn, language=language)
    place = hall.province.hall
    path = hall.province.paths[place]
    ctx = hall.province.context("hall", place, at=hall.at, channel=front.code)
    soon = hall.at + timedelta(minutes=5)
    caller = replace(talk.caller, money_until=soon, data_until=soon)
    return replace(talk, ctx=ctx, place=Place(place, "sales_hall", "city", path), caller=caller)


def promised(screen: Screen) -> Screen:
    assert screen.kind is ScreenKind.DONE, screen.text
    assert set(items[screen.item].receipt) <= set(screen.facts)
    return screen


def settle(hall: Hall) -> None:
    """Let the BOSS do what was ordered."""
    from qudao.domain.ordering.operations.dispatch import claim
    from qudao.journeys import customers

    to_send, _to_ask = claim(hall.province.system(), most=100, lease=LEASE)
    outcomes = customers.boss().submit(to_send)
    conclude(hall.province.system(), orders=to_send, outcomes=outcomes)


def chosen(talk: Talk, screen: Screen, *labels: str) -> Screen:
    """Choose from list to list by what is written there."""
    for label in labels:
        key = next(one.key for one in screen.choices if label in one.label)
        screen = says(talk, key)
    return screen


class TestQuestions:
    def test_a_bill_in_full(self, hall: Hall) -> None:
        debtor = hall.boss.find(
            lambda one: one.state == "active" and any(bill.open for bill in one.bills)
        )
        first = promised(says(mine(hall, debtor.msisdn), "ZD"))
        assert "bill_detail" in [one.value for one in first.choices]
        asked = says(mine(hall, debtor.msisdn), "ZDXQ")
        assert len(asked.choices) == len(debtor.bills)
        facts = promised(says(mine(hall, debtor.msisdn), "1")).facts
        newest = min(debtor.bills, key=lambda bill: bill.months_ago)
        assert facts["total"] == f"¥{Money(newest.amount)}" and facts["month"]
        assert facts["due"] == f"¥{Money(newest.open)}"
        assert [code for code in facts if code.startswith("charge:")]
        prepaid = hall.boss.fresh(lambda one: one.payment == "prepaid")
        none = says(mine(hall, prepaid.msisdn), "ZDXQ")
        assert none.kind is ScreenKind.REFUSED
        assert "There is no bill for this line yet." in none.text

    @pytest.mark.parametrize(("word", "code"), [("YL", "count"), ("JFCX", "points")])
    def test_usage_and_points(self, hall: Hall, word: str, code: str) -> None:
        line = hall.customer
        facts = promised(says(mine(hall, line), word)).facts
        assert facts == promised(says(hall.talk(COUNTER), f"{word} {line}")).facts
        assert facts["msisdn"] == line and facts[code].isdigit()
        in_chinese = promised(says(mine(hall, line, language="zh-hans"), word))
        assert in_chinese.facts.keys() == facts.keys()

    def test_the_puk_is_for_who_has_proved_the_line(self, hall: Hall) -> None:
        one = hall.boss.fresh()
        assert "puk" not in on_menu(hall.talk(SMS, one.msisdn)), "nobody could prove it here"
        shown = promised(says(mine(hall, one.msisdn), "PUK"))
        assert shown.facts["puk"] == puk(one.iccid)
        covered = [line.code for line in shown.lines if line.secret]
        assert covered == ["puk", "puk2"]
        rows = JournalEntry.objects.filter(command="credential.note_look_up")
        assert [row.answer for row in rows] == [None]
        assert not any(puk(one.iccid) in str(row.arguments) for row in JournalEntry.objects.all())


class TestLines:
    def test_a_line_is_suspended_and_resumed(self, hall: Hall) -> None:
        line = hall.boss.fresh(lambda one: one.payment == "prepaid").msisdn
        for word, business, state in (
            ("TJ", "suspend", "suspended"),
            ("FJ", "resume", "active"),
        ):
            talk = mine(hall, line)
            shown = says(talk, word)
            assert shown.kind is ScreenKind.CONFIRM, shown.text
            assert [one.text for one in shown.lines if one.role is Role.PRICE] == ["¥0.00"]
            done = promised(says(talk, "1"))
            order = Order.objects.unscoped("it").get(id=done.order)
            assert (order.business, order.msisdn, order.amount) == (business, line, 0)
            settle(hall)
            known = hall.boss.line(line)
            assert known is not None and known["state"] == state
        assert_all_sound()

    def test_who_owes_pays_first(self, hall: Hall) -> None:
        owing = hall.boss.find(lambda one: one.state == "suspended" and one.payment == "postpaid")
        refused = says(mine(hall, owing.msisdn), "FJ")
        assert refused.kind is ScreenKind.REFUSED and refused.outcome == "menu.due_first"

    def test_an_add_on_ends(self, hall: Hall) -> None:
        def two(one: Person) -> bool:
            return len(one.add_ons) == 2 and not any(code[:3] == "HSC" for code in one.add_ons)

        one = hall.boss.fresh(two)
        talk = mine(hall, one.msisdn)
        asked = says(talk, "TD")
        assert [choice.value for choice in asked.choices] == list(one.add_ons)
        assert says(talk, "1").kind is ScreenKind.CONFIRM
        assert not Order.objects.unscoped("none yet").exists()
        done = promised(says(talk, "1"))
        order = Order.objects.unscoped("it").get(id=done.order)
        assert (order.business, order.details["items"][0]["code"]) == (
            "add_on_cancel",
            one.add_ons[0],
        )
        settle(hall)
        known = hall.boss.line(one.msisdn)
        assert known is not None and known["add_ons"] == [one.add_ons[1]]

    def test_a_handset_s_contract_is_told_by_name_and_does_not_end(self, hall: Hall) -> None:
        bound = hall.boss.find(lambda one: one.add_ons == ("HSC24",)).msisdn
        facts = promised(says(mine(hall, bound), "TC")).facts
        assert facts["add_on:HSC24"] == "Handset with a contract of 24 months"
        assert says(mine(hall, bound), "TD").kind is ScreenKind.REFUSED


@pytest.fixture
def desk(hall: Hall) -> Hall:
    """The own hall takes one customer at a time, on Fridays and Saturdays."""
    system, shop = hall.province.system, hall.province.hall
    hours = {"fri": [["09:00", "18:00"]], "sat": [["09:00", "10:00"]]}
    saleschannel.change(system(), outlet=shop, changes=OutletChange(opening_hours=hours))
    care.set_desk(system(), outlet=shop, seats=1, minutes=30)
    return hall


def of_line(hall: Hall, line: str) -> list[tuple[str, datetime]]:
    found = cared.appointments_of(hall.province.system(), msisdn=Personal(line))
    return [(one.state, one.starts_at) for one in found]


class TestAppointments:
    def test_one_is_booked_moved_and_cancelled(self, desk: Hall) -> None:
        hall, line = desk, desk.customer
        talk = mine(hall, line)
        cities = says(talk, "YYBK")
        assert [one.value for one in cities.choices] == ["4101"], "only where there is a desk"
        days = chosen(talk, cities, "Zhengzhou", "Zhongyuan", "HALL")
        assert [one.label[:5] for one in days.choices] == ["11-20", "11-21", "11-27", "11-28"]
        times = says(talk, "2")
        assert [one.label for one in times.choices] == ["09:00", "09:30"]
        shown = says(talk, "1")
        assert shown.kind is ScreenKind.CONFIRM and "2026-11-21 09:00" in shown.text
        assert of_line(hall, line) == []
        done = promised(says(talk, "1"))
        assert done.facts["time"] == "2026-11-21 09:00"
        assert done.facts["address"] == "1 High Street"
        # Nobody else gets the seat, nor this line another one.
        other = mine(hall, hall.customer)
        left = chosen(other, says(other, "YYBK"), "Zhengzhou", "Zhongyuan", "HALL", "11-21")
        assert [one.label for one in left.choices] == ["09:30"]
        again = mine(hall, line)
        taken = chosen(again, says(again, "YYBK"), "Zhengzhou", "Zhongyuan", "HALL", "11-21")
        assert "21 Nov 2026, 09:00" in says(again, taken.choices[0].key).text

        elsewhere = mine(hall, line, WEB)
        screen = says(elsewhere, "WDYY")
        for label in ("Another time", "11-28", "09:30"):
            key = next(one.key for one in screen.choices if label in one.label)
            screen = says(elsewhere, key, screen)
        done = promised(says(elsewhere, "1", screen))
        assert (done.facts["time"], done.facts["act"]) == ("2026-11-28 09:30", "Moved")
        shown = says(talk, "WDYY 2")
        assert shown.kind is ScreenKind.CONFIRM and "2026-11-28 09:30" in shown.text
        assert promised(says(talk, "1")).facts["act"] == "Cancelled"
        assert [state for state, _at in of_line(hall, line)] == ["cancelled"]
        assert says(talk, "WDYY").outcome == "menu.no_appointment"

    def test_a_new_line_is_begun_here_and_ended_at_a_shop(
        self, stocked_hall: Hall, desk: Hall
    ) -> None:
        hall, line = desk, desk.customer
        talk = mine(hall, line)
        screen = chosen(talk, says(talk, "KH"), "Zhengzhou", "Zhongyuan", "HALL", "Any number")
        number = screen.choices[0].value
        screen = says(talk, screen.choices[0].key)
        assert screen.choices, "plans that the number's grade allows"
        screen = says(talk, screen.choices[0].key)
        assert [one.label[:5] for one in screen.choices] == ["11-20", "11-21"], "three days ahead"
        screen = chosen(talk, screen, "11-21", "09:30")
        assert screen.kind is ScreenKind.CONFIRM and number in screen.text
        assert numbers.number(hall.province.system(), msisdn=number).state == "free"
        done = promised(says(talk, "1"))
        held = numbers.number(hall.province.system(), msisdn=number)
        assert (held.state, held.holder) == ("reserved", hall.province.hall)
        assert done.facts["until"] == "2026-11-21 10:30"
        assert of_line(hall, line)[0][0] == "confirmed"
        (sent,) = OutgoingMessage.objects.filter(kind="visit_reserved")
        assert number in sent.text and "Outlet HALL" in sent.text and sent.recipient == line


class TestCare:
    def test_a_complaint_from_its_opening_to_its_reopening(self, hall: Hall) -> None:
        person = next(one for one in iter(hall.boss.fresh, None) if one.branch in ("4101", "4103"))
        line, system = person.msisdn, hall.province.system
        talk = mine(hall, line)
        screen = chosen(talk, says(talk, "TS"), "Charges")
        assert screen.wanted is not None and screen.wanted.code == "words"
        shown = says(talk, "I was charged twice in October")
        assert shown.kind is ScreenKind.CONFIRM and "charged twice" in shown.text
        number = promised(says(talk, "1")).facts["number"]
        opened = cared.complaint_by_number(system(), number=number, msisdn=Personal(line))
        assert opened.place == party.branch_of(person.branch), (
            "the line's branch answers, not the hall"
        )
        # It is asked for through another hall, which belongs to another outlet.
        other = hall.talk(WEB, line)
        screen = says(other, "TSCX")
        assert [one.value for one in screen.choices] == [number]
        told = promised(says(other, number, screen)).facts
        assert (told["state"], told["category"]) == ("taken in", "Charges")
        assert says(hall.talk(SMS, hall.customer), f"TSCX {number}").kind is ScreenKind.QUESTION

        complaint = cared.complaint_by_number(system(), number=number, msisdn=Personal(line)).id
        whole = says(talk, "TS 1 Nobody tells me why")
        assert "Nobody tells me why" in whole.text, "all of it, not its first word"
        says(talk, "cancel")
        early = says(talk, f"ZCTS {number}")
        assert early.kind is ScreenKind.QUESTION
        assert says(talk, "Hurry up").kind is ScreenKind.QUESTION, "nobody has answered yet"
        says(talk, "00")
        care.take_complaint(system(), complaint=complaint)
        care.answer_complaint(system(), complaint=complaint, answer=Personal("We pay it back"))
        assert promised(says(talk, f"TSCX {number}")).facts["answer"] == "We pay it back"
        says(talk, f"ZCTS {number}")
        assert says(talk, "You have not").kind is ScreenKind.CONFIRM
        assert promised(says(talk, "1")).facts["number"] == number
        again = cared.complaint(system(), complaint=complaint)
        assert (again.state, again.times_reopened) == ("acknowledged", 1)

    def test_who_has_only_keys_is_called_back(self, hall: Hall) -> None:
        talk = mine(hall, hall.customer, KEYS)
        shown = says(talk, "TS 1")
        assert shown.kind is ScreenKind.CONFIRM and "call me back" in shown.text
        promised(says(talk, "1"))

    def test_waiting_for_a_person(self, hall: Hall) -> None:
        first, second = hall.customer, hall.customer
        assert promised(says(mine(hall, first), "RG")).facts["ahead"] == "0"
        hall.later(timedelta(minutes=1))
        assert promised(says(mine(hall, second), "RG")).facts["ahead"] == "1"
        hall.later(timedelta(minutes=1))
        assert promised(says(mine(hall, second), "人工")).facts["ahead"] == "1", "once in the queue"
        unknown = replace(mine(hall, first), caller=hall.talk(WEB).caller, front=WEB)
        asked = says(unknown, "RG")
        assert asked.kind is ScreenKind.QUESTION
        assert promised(says(unknown, hall.customer, asked)).facts["ahead"] == "2"
        page = PageRequest()
        queue = cared.agent_queue(hall.province.system(), page=page)
        assert (queue.total, queue.items[0].language) == (3, "en")


@dataclass
class Shelf:
    """A source of campaigns, as marketing's is one."""

    open: bool = True
    enrolled: list[tuple[str, str]] = field(default_factory=list)
    one = campaigns.Campaign("double", ("双倍流量", "Double data"), ("送流量", "More data"))
    own = campaigns.PersonalOffer("gift", ("回馈礼包", "Gift pack"), ("5元10GB", "10 GB for ¥5"))

    def any_running(self, at: datetime, *, path: str) -> bool:
        return self.open

    def running(self, at: datetime, *, path: str, msisdn: str) -> tuple[campaigns.Campaign, ...]:
        return (replace(self.one, until=date(2026, 12, 31)),) if self.open else ()

    def offers(
        self, at: datetime, *, path: str, msisdn: str
    ) -> tuple[campaigns.PersonalOffer, ...]:
        return (self.own,) if self.open else ()

    def enrol(self, ctx: Context, *, campaign: str, msisdn: str) -> None:
        self.enrolled.append((campaign, msisdn))


@contextmanager
def stocked() -> Iterator[Shelf]:
    shelf = Shelf()
    campaigns.register(shelf)
    yield shelf
    campaigns.unregister(shelf)


class TestOffers:
    def test_nothing_runs_until_somebody_stocks_it(self, hall: Hall) -> None:
        talk = mine(hall, hall.customer)
        assert "campaign" not in on_menu(talk) and "my_offers" in on_menu(talk)
        shown = promised(says(talk, "ZSYH"))
        assert shown.facts["count"] == "0" and "offers" in [one.value for one in shown.choices]

    def test_a_campaign_is_joined(self, hall: Hall) -> None:
        talk = mine(hall, hall.customer)
        with stocked() as shelf:
            assert "campaign" in on_menu(talk)
            shown = promised(says(talk, "ZSYH"))
            assert shown.facts["offer:gift"] == "10 GB for ¥5"
            says(talk, "HD")
            shown = says(talk, "1")
            assert shown.kind is ScreenKind.CONFIRM and "2026-12-31" in shown.text
            assert promised(says(talk, "1")).facts["campaign"] == "Double data"
            assert shelf.enrolled == [("double", talk.caller.msisdn)]
            says(talk, "HD 1")
            shelf.open = False
            assert says(talk, "1").outcome == "campaigns.campaign_over"
            assert len(shelf.enrolled) == 1
