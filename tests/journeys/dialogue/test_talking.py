"""Whole conversations: what is asked, what is understood, what is done, and that once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from qudao.domain.ordering.models import Order
from qudao.domain.wallet import operations as wallet
from qudao.journeys.dialogue import asking, state, talking
from qudao.journeys.dialogue.state import Phase
from qudao.journeys.dialogue.types import (
    DialogueUnknown,
    Entry,
    Menu,
    Message,
    Role,
    Screen,
    ScreenKind,
)
from qudao.kernel.money import Money
from qudao.platform.dialogues import store
from qudao.platform.jobs import schedule
from tests.journeys.dialogue.hall import (
    COUNTER,
    KIOSK,
    SMS,
    USSD,
    WEB,
    Hall,
    on_menu,
    orders,
    says,
    way,
)
from tests.platform.commands.test_budgets import Statements

MENU, QUESTION, CONFIRM = ScreenKind.MENU, ScreenKind.QUESTION, ScreenKind.CONFIRM
DONE, REFUSED, CLOSED = ScreenKind.DONE, ScreenKind.REFUSED, ScreenKind.CLOSED


def told(screen: Screen, role: Role) -> list[str]:
    return [str(line) for line in screen.lines if line.role is role]


def offered(screen: Screen) -> list[str]:
    return [one.value for one in screen.choices]


class TestAsking:
    def test_from_the_menu_to_the_answer(self, hall: Hall) -> None:
        talk = hall.talk(SMS, hall.customer)
        menu = says(talk, "*100#")
        assert menu.kind is MENU and told(menu, Role.PROMPT) == ["What would you like to do?"]
        account, balance = way(talk, "balance")
        assert "1 My account" in [str(one) for one in menu.choices]
        folder = says(talk, account)
        assert [one.key for one in folder.choices if one.value == "balance"] == [balance]
        done = says(talk, balance)
        assert done.kind is DONE and done.item == "balance"
        assert {"msisdn", "state", "balance"} <= set(done.facts)
        assert done.facts["msisdn"] == talk.caller.msisdn
        assert done.facts["balance"].startswith("¥") and done.facts["state"] == "active"

    def test_money_is_confirmed_and_then_paid(self, hall: Hall) -> None:
        talk, line = hall.talk(COUNTER), hall.customer
        asked = says(talk, "CZ")
        assert asked.kind is QUESTION and told(asked, Role.PROMPT) == ["For which mobile number?"]
        asked = says(talk, line)
        assert told(asked, Role.PROMPT) == ["How much?"] and "50" in offered(asked)
        shown = says(talk, "50元")
        assert shown.kind is CONFIRM and told(shown, Role.PRICE) == ["Price: ¥50.00"]
        assert [one.value for one in shown.choices] == ["yes", "no"]
        assert orders() == 0
        done = says(talk, "1")
        assert done.kind is DONE and orders() == 1
        order = Order.objects.unscoped("the only one").get()
        assert order.id == done.order and order.amount == 50_00 and order.msisdn == line
        assert order.channel == "portal"
        assert done.facts["paid"] == "¥50.00" and len(done.facts["receipt"]) == 17

    def test_in_chinese(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER, language="zh-hans")
        asked = says(talk, f"充值{hall.customer}")
        assert told(asked, Role.PROMPT) == ["充多少？"]
        shown = says(talk, "３０")
        assert told(shown, Role.PROMPT) == ["确认办理吗？"]
        done = says(talk, "是")
        assert done.kind is DONE and orders() == 1
        assert told(done, Role.TITLE) == ["充值"]

    def test_no_leaves_it_undone(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        assert says(talk, f"CZ {hall.customer} 50").kind is CONFIRM
        menu = says(talk, "2")
        assert menu.kind is MENU and told(menu, Role.PROBLEM) == ["Nothing was done."]
        assert orders() == 0

    def test_back_goes_question_by_question(self, hall: Hall) -> None:
        talk, line = hall.talk(COUNTER), hall.customer
        says(talk, f"CZ {line} 50")
        assert told(says(talk, "0"), Role.PROMPT) == ["How much?"]
        assert told(says(talk, "0"), Role.PROMPT) == ["For which mobile number?"]
        assert says(talk, "0").kind is MENU
        says(talk, f"CZ {line} 50")
        says(talk, "0")
        assert told(says(talk, "30"), Role.PRICE) == ["Price: ¥30.00"]

    def test_a_wrong_answer_is_explained_and_three_close(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        says(talk, "CZ")
        asked = says(talk, "12")
        assert told(asked, Role.PROBLEM) == ["11 digits are needed."]
        assert told(asked, Role.HELP) == ["A mobile number has 11 digits and begins with 13 to 19."]
        assert told(says(talk, "22222222222"), Role.PROBLEM) == ["This is no mobile number."]
        closed = says(talk, "?!")
        assert closed.kind is CLOSED and not closed.goes_on
        assert says(talk, "hello").kind is MENU, "one begins again"

    def test_who_calls_again_hears_the_question_and_not_what_was_wrong(self, hall: Hall) -> None:
        talk = hall.talk(USSD, hall.customer)
        says(talk, "CZK")
        assert told(says(talk, "12"), Role.PROBLEM)
        again = talking.start(talk)
        assert again.item == "card_recharge" and not told(again, Role.PROBLEM)

    def test_a_right_answer_forgives_the_wrong_ones(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        for text in ("CZ", "1", "2", hall.customer, "x", "y"):
            screen = says(talk, text)
        assert screen.kind is QUESTION

    def test_help_and_cancel(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        says(talk, "CZ")
        assert told(says(talk, "?"), Role.HELP)
        assert told(says(talk, "cancel"), Role.PROBLEM) == ["Nothing was done."]
        assert says(talk, "取消").kind is CLOSED

    def test_an_amount_that_is_not_sold_is_asked_for_again(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        asked = says(talk, f"CZ {hall.customer} 5000")
        assert asked.kind is QUESTION and "1,000.00" in told(asked, Role.PROBLEM)[0]
        assert says(talk, "100").kind is CONFIRM

    def test_a_line_that_is_none_is_asked_for_again(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        asked = says(talk, "YE 13000000000")
        assert asked.kind is QUESTION and "no line" in told(asked, Role.PROBLEM)[0]
        assert says(talk, hall.customer).kind is DONE
        asked = says(talk, "CZ 13000000000 50")
        assert asked.wanted is not None and asked.wanted.code == "msisdn", "not the amount"

    def test_what_cannot_be_mended_is_refused(self, hall: Hall) -> None:
        wallet.freeze(hall.province.system(), outlet=hall.province.agent, reason="audit")
        screen = says(hall.talk(COUNTER), f"CZ {hall.customer} 50")
        assert screen.kind is REFUSED and screen.outcome == "ordering.wallet_is_frozen"
        assert orders() == 0

    def test_another_item_begins_by_its_keyword_from_anywhere(self, hall: Hall) -> None:
        talk = hall.talk(SMS, hall.customer)
        assert says(talk, "WD").kind is QUESTION
        assert says(talk, "余额").item == "balance"

    def test_the_language_is_changed(self, hall: Hall) -> None:
        talk = hall.talk(SMS, hall.customer)
        assert says(talk, "YY 1").language == "zh-hans"
        assert "您想办理什么业务？" in told(says(talk, "00"), Role.PROMPT)

    def test_it_is_remembered_where_nobody_can_ask(self, hall: Hall) -> None:
        front, line = replace(SMS, remembers=True), hall.customer
        assert says(hall.talk(front, line), "YY 1").language == "zh-hans"
        hall.later(timedelta(days=1))
        schedule.run("dialogues.sweep", hall.at)
        assert says(hall.talk(front, line), "?!").language == "zh-hans"
        assert says(hall.talk(replace(front, code="ussd"), line), "?!").language == "zh-hans"
        assert says(hall.talk(front, "13903710009"), "?!").language == "en", "another's is not"
        assert says(hall.talk(WEB, line), "?!").language == "en", "a page has its own"
        (answer,) = talking.steps([(hall.talk(front, line), Message("YY 2", "set"))])
        hall.later(timedelta(days=1))
        assert says(hall.talk(front, line), "?!").language == "en"


class TestOffering:
    def test_a_front_offers_what_it_can_do(self, hall: Hall) -> None:
        def codes(talk: object) -> set[str]:
            return on_menu(talk)  # type: ignore[arg-type]

        paid = {"top_up", "bill_payment", "plan_change", "add_on"}
        assert paid <= codes(hall.talk(COUNTER))
        customers = codes(hall.talk(WEB, hall.customer))
        assert not paid & customers, "a front that takes no money offers nothing that costs any"
        assert {"balance", "bill", "plan", "outlets", "language"} <= customers
        anybody = codes(hall.talk(WEB))
        assert "outlets" in anybody and "balance" not in anybody
        nowhere = replace(hall.talk(WEB), place=None)
        assert offered(talking.start(nowhere)) == ["outlets", "language"], "few need no folders"
        assert {"top_up", "bill_payment"} <= codes(hall.talk(KIOSK))

    def test_what_is_unfit_is_not_offered(self, hall: Hall) -> None:
        from qudao.domain.catalog import operations as catalog
        from qudao.domain.catalog.types import FitCell, FitLevel

        cell = FitCell("top_up", "agency_point", "city", FitLevel.UNFIT)
        catalog.set_fit(hall.province.system(), cells=(cell,))
        from qudao.domain.catalog import queries

        queries.snapshot()  # as a process does that listens to changes
        menu = on_menu(hall.talk(COUNTER))
        assert "top_up" not in menu and "bill_payment" in menu

    def test_a_menu_of_its_own(self, hall: Hall) -> None:
        menu = Menu(
            (
                Entry("balance", "7", ("钱",), ("还剩多少", "What is left")),
                Entry(label=("更多", "More"), digit="8", entries=(Entry("outlets", "1"),)),
                Entry("bill", off=("维护中", "Under repair")),
                Entry("top_up"),
            ),
            greeting=("您好", "Hello"),
            advertising=("新套餐", "New plans"),
        )
        talk = replace(hall.talk(SMS, hall.customer), menu=menu)
        first = says(talk, "*100#")
        assert [str(one) for one in first.choices] == ["7 What is left", "8 More", "3 Bill"]
        assert told(first, Role.GREETING) == ["Hello"] and told(first, Role.NOTICE) == ["New plans"]
        folder = says(talk, "8")
        assert [str(one) for one in folder.choices] == ["1 Nearest outlets"]
        assert says(talk, "0").choices == first.choices
        assert told(says(talk, "3"), Role.PROBLEM) == ["Under repair"]
        assert says(talk, "*100*8*1*4*2#").item == "outlets"
        assert says(talk, "钱").item == "balance"

    def test_a_front_that_is_shut_finishes_what_is_under_way(self, hall: Hall) -> None:
        talk = hall.talk(SMS, hall.customer)
        says(talk, "WD")
        shut = replace(talk, menu=Menu((Entry("outlets"),), shut=("已关闭", "Closed")))
        assert says(shut, "1").kind is QUESTION
        screen = says(shut, "WD")
        assert screen.kind is CLOSED and told(screen, Role.TEXT) == ["Closed"], "nothing new begins"
        other = replace(shut, caller=hall.talk(SMS, "13903710009").caller)
        screen = says(other, "WD")
        assert screen.kind is CLOSED and told(screen, Role.TEXT) == ["Closed"]


class TestShortcuts:
    @pytest.mark.parametrize(
        "text", ["CZ {line} 50", "ＣＺ　{line}　５０", "cz{line} 50", "充值 {line} 50元"]
    )
    def test_words(self, hall: Hall, text: str) -> None:
        shown = says(hall.talk(COUNTER), text.format(line=hall.customer))
        assert shown.kind is CONFIRM and told(shown, Role.PRICE) == ["Price: ¥50.00"]

    def test_digits(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        keys = "*".join(way(talk, "top_up"))
        shown = says(talk, f"*100*{keys}*{hall.customer}*50#")
        assert shown.kind is CONFIRM

    def test_none_confirms(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        shown = says(talk, f"CZ {hall.customer} 50 1")
        assert shown.kind is CONFIRM and orders() == 0

    def test_one_that_goes_wrong_asks_where_it_did(self, hall: Hall) -> None:
        screen = says(hall.talk(COUNTER), f"CZ {hall.customer} much 50")
        assert screen.kind is QUESTION and told(screen, Role.PROBLEM) == ["This is no amount."]

    @pytest.mark.parametrize("text", ["menu", "菜单", "?", "back"])
    def test_a_way_to_move_about_begins_at_the_menu(self, hall: Hall, text: str) -> None:
        screen = says(hall.talk(SMS, hall.customer), text)
        assert screen.kind is MENU and not told(screen, Role.PROBLEM)

    @pytest.mark.parametrize("before", [(), ("00",), ("YE",)])
    def test_what_is_not_offered_here_is_told_by_name(
        self, hall: Hall, before: tuple[str, ...]
    ) -> None:
        talk = hall.talk(SMS, hall.customer)
        for text in before:
            says(talk, text)
        screen = says(talk, "CZ 50")
        assert screen.kind is MENU
        assert told(screen, Role.PROBLEM) == ["Top-up: this is not done here just now."]

    def test_a_lone_digit_begins_nothing(self, hall: Hall) -> None:
        assert says(hall.talk(COUNTER), "1").kind is MENU


class TestOnce:
    def test_the_same_message_gets_the_same_answer(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        first = says(talk, f"CZ {hall.customer} 50", id="a")
        assert says(talk, f"CZ {hall.customer} 50", id="a") == first
        done = says(talk, "1", id="b")
        assert done.kind is DONE and says(talk, "1", id="b") == done
        assert says(talk, "CZ", id="a") == done, "an older one, delivered late"
        assert orders() == 1

    def test_an_answer_to_a_screen_that_is_gone_changes_nothing(self, hall: Hall) -> None:
        talk = hall.talk(WEB, hall.customer)
        first = talking.start(talk)
        second = says(talk, "WD", first)
        again = says(talk, "YE", first)
        assert again == second

    def test_after_a_crash_it_is_done_again_and_answered_the_same(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        shown = says(talk, f"CZ {hall.customer} 50")
        # What a process does that is killed after the sale, before it has noted it.
        kept = store.find(shown.dialogue)
        assert kept is not None
        acting = state.load(kept.state).but(phase=Phase.ACTING).remember("yes")
        later = hall.at + timedelta(minutes=5)
        written = state.dump(acting)
        assert store.replace(store.Next(kept, written, None, hall.at, later))
        key = f"dialogue:{kept.id}:{acting.step}"
        asking.act(replace(talk, ctx=talk.ctx.with_key(key)), acting)
        assert orders() == 1
        answer = says(talk, "cancel")
        assert answer.kind is DONE, "it cannot be cancelled: it was confirmed"
        assert says(talk, "1", id="yes") == answer
        assert orders() == 1 and Order.objects.unscoped("it").get().id == answer.order


class TestTime:
    def test_it_goes_on_within_the_window_and_not_after(self, hall: Hall) -> None:
        line = hall.customer
        asked = says(hall.talk(USSD, line), "WD")
        hall.later(timedelta(minutes=2))
        again = talking.start(hall.talk(USSD, line), Message("*100#"))
        assert again.dialogue == asked.dialogue and again.kind is QUESTION
        hall.later(timedelta(minutes=3))
        assert talking.start(hall.talk(USSD, line), Message("*100#")).kind is MENU

    def test_a_page_that_was_left_too_long_is_told_so(self, hall: Hall) -> None:
        screen = talking.start(hall.talk(WEB))
        hall.later(timedelta(minutes=10))
        with pytest.raises(DialogueUnknown):
            says(hall.talk(WEB), "WD", screen)
        with pytest.raises(DialogueUnknown):
            talking.look(hall.talk(WEB), uuid4())

    def test_another_caller_does_not_get_in(self, hall: Hall) -> None:
        screen = says(hall.talk(WEB, hall.customer), "WD")
        with pytest.raises(DialogueUnknown):
            talking.look(hall.talk(WEB, "13903710009"), screen.dialogue)
        with pytest.raises(DialogueUnknown):
            talking.resume(hall.talk(SMS, "13903710009"), screen.dialogue)

    def test_begun_on_one_front_and_finished_on_another(self, hall: Hall) -> None:
        line = hall.customer
        begun = says(hall.talk(USSD, line), "WD 1")
        (waiting,) = talking.running(hall.talk(WEB, line))
        assert (waiting.dialogue, waiting.item, waiting.front) == (
            begun.dialogue,
            "outlets",
            "ussd",
        )
        there = talking.resume(hall.talk(WEB, line), begun.dialogue)
        assert there.dialogue == begun.dialogue and there.kind is QUESTION
        assert told(there, Role.PROMPT) == ["In which district?"]
        assert says(hall.talk(WEB, line), "1", there).kind is DONE
        assert talking.start(hall.talk(USSD, line)).kind is MENU, "it is not there any more"

    def test_the_menu_tells_of_what_waits_elsewhere(self, hall: Hall) -> None:
        line = hall.customer
        begun = says(hall.talk(USSD, line), "WD 1")
        menu = says(hall.talk(SMS, line), "menu please")
        assert "88 Go on: Nearest outlets" in map(str, menu.choices)
        there = says(hall.talk(SMS, line), "88")
        assert there.dialogue == begun.dialogue and there.kind is QUESTION


class TestSmallScreens:
    def test_long_lists_come_in_pages_that_fit(self, hall: Hall) -> None:
        talk = hall.talk(USSD, hall.customer, language="zh-hans")
        screen = says(talk, "WD")
        seen = list(screen.choices)
        assert screen.pages > 1 and screen.page == 1
        for page in range(2, screen.pages + 1):
            screen = says(talk, "#")
            assert screen.page == page and USSD.fits is not None and USSD.fits(screen.text)
            seen += screen.choices
        assert len(seen) == 18 and [one.key for one in seen] == [str(n) for n in range(1, 19)]
        assert "more" not in [one.value for one in screen.moves]
        assert says(talk, "*").page == screen.pages - 1
        assert told(says(talk, "18"), Role.PROMPT) == ["哪个区县？"]

    def test_so_many_choices_and_no_more(self, hall: Hall) -> None:
        screen = talking.start(hall.talk(KIOSK, hall.customer))
        assert len(screen.choices) == 6 and screen.pages == 2


class TestBudget:
    @pytest.fixture
    def warm(self, hall: Hall) -> Hall:
        says(hall.talk(COUNTER), f"CZ {hall.customer} 50")
        says(hall.talk(COUNTER), "1")
        return hall

    def test_a_step_costs_two_statements(self, warm: Hall) -> None:
        talk = warm.talk(SMS, warm.customer)
        for text in ("*100#", "WD", "1", "x", "0", "cancel"):
            with Statements() as statements:
                says(talk, text)
            # What was left is written down as a contact: where it belongs, and the contact.
            most = 4 if text == "cancel" else 2
            assert len(statements.work) <= most, (text, statements.work)

    def test_a_step_by_a_dialogue_s_id_too(self, warm: Hall) -> None:
        talk = warm.talk(WEB, warm.customer)
        screen = says(talk, "WD")
        with Statements() as statements:
            says(talk, "1", screen)
        assert len(statements.work) == 2

    def test_a_confirmed_one_is_noted_first(self, warm: Hall) -> None:
        talk = warm.talk(COUNTER)
        says(talk, f"CZ {warm.customer} 50")
        with Statements() as statements:
            says(talk, "1")
        own = [text for text in statements.work if "dialogues_dialogue" in text]
        assert len(own) == 3, own


def test_messages_without_ids_are_taken_as_they_come(hall: Hall) -> None:
    talk = hall.talk(COUNTER)
    for text, kind in (("CZ", QUESTION), (hall.customer, QUESTION), ("50", CONFIRM), ("1", DONE)):
        assert talking.step(talk, Message(text)).kind is kind
    assert orders() == 1 and Order.objects.unscoped("it").get().debit <= Money(50_00).minor


class TestMany:
    def test_each_is_answered_as_if_alone(self, hall: Hall) -> None:
        lines = [f"1390371{n:04}" for n in range(8)]
        texts = ["WD", "YY 2", "*100#", "nonsense", "", "WD 1", "WD 99", "YE"]
        talks = [hall.talk(SMS, line) for line in lines]
        pairs = [(talk, Message(text, "1")) for talk, text in zip(talks, texts, strict=True)]
        together = talking.steps(pairs)
        assert talking.steps(pairs) == together, "repeated, the same"
        for line, text, screen in zip(lines, texts, together, strict=True):
            alone = says(hall.talk(replace(SMS, code="sms2"), line), text)
            assert isinstance(screen, Screen)
            assert (screen.kind, screen.text, screen.step) == (alone.kind, alone.text, alone.step)
        on = talking.steps([(talk, Message("1", "2")) for talk in talks])
        assert [one.step for one in on if isinstance(one, Screen)] == [2] * 8

    def test_those_of_one_caller_in_their_order(self, hall: Hall) -> None:
        talk = hall.talk(COUNTER)
        texts = ["CZ", hall.customer, "50", "1"]
        answers = talking.steps([(talk, Message(text, f"{n}")) for n, text in enumerate(texts)])
        kinds = [one.kind for one in answers if isinstance(one, Screen)]
        assert kinds == [QUESTION, QUESTION, CONFIRM, DONE] and orders() == 1

    def test_three_statements_however_many(self, hall: Hall) -> None:
        talks = [hall.talk(SMS, f"1390371{n:04}") for n in range(40)]
        talking.steps([(talk, Message("WD", "1")) for talk in talks[:20]])
        with Statements() as statements:
            pairs = [(talk, Message("1", "2")) for talk in talks[:20]]
            pairs += [(talk, Message("WD 2", "2")) for talk in talks[20:]]
            answers = talking.steps(pairs)
        assert all(isinstance(one, Screen) and one.item == "outlets" for one in answers)
        assert len(statements.work) == 3, statements.work

    def test_two_more_where_items_end(self, hall: Hall) -> None:
        talks = [hall.talk(SMS, f"1390371{n:04}") for n in range(40)]
        talking.steps([(talk, Message("WD", "1")) for talk in talks[:20]])
        with Statements() as statements:
            talking.steps([(talk, Message("YY 2", "2")) for talk in talks])
        assert len(statements.work) == 5, statements.work

    def test_what_breaks_hurts_nobody_else(self, hall: Hall) -> None:
        class Broken:
            def inputs(self, call: object, need: object) -> tuple[()]:
                raise ZeroDivisionError

        front = replace(SMS, audiences=KIOSK.audiences, pays=KIOSK.pays)
        broken = hall.talk(front, "13903710001", identify=Broken())  # type: ignore[arg-type]
        pairs = [(broken, Message("DG 1")), (hall.talk(SMS, hall.customer), Message("WD"))]
        first, second = talking.steps(pairs)
        assert isinstance(first, ZeroDivisionError)
        assert isinstance(second, Screen) and second.item == "outlets"
