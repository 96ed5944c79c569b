"""Every use of an item is written down as a contact, once: done, refused, left or abandoned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from qudao.domain.care import queries as care
from qudao.domain.care.types import InteractionRecord, InteractionSearch
from qudao.domain.wallet import operations as wallet
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message, ScreenKind
from qudao.kernel.page import PageRequest
from qudao.platform.dialogues import store
from qudao.platform.jobs import schedule
from tests.journeys.dialogue.hall import COUNTER, SMS, USSD, WEB, Hall, orders, says

MINUTE = timedelta(minutes=1)


def contacts(hall: Hall) -> list[InteractionRecord]:
    """All there are, the first one first."""
    found = care.interactions(
        hall.province.system(hall.at), search=InteractionSearch(), page=PageRequest(limit=50)
    ).items
    return sorted(found, key=lambda one: (one.started_at, one.item))


def told(hall: Hall) -> list[tuple[str, str]]:
    return [(one.item, one.outcome) for one in contacts(hall)]


def masked(line: str) -> str:
    return f"{line[:3]}****{line[-4:]}"


def test_what_is_done(hall: Hall) -> None:
    says(hall.talk(COUNTER), "CZ")
    began = hall.at
    hall.later(2 * MINUTE)
    says(hall.talk(COUNTER), f"{hall.customer}")
    says(hall.talk(COUNTER), "50")
    assert contacts(hall) == []
    done = says(hall.talk(COUNTER), "1", id="yes")
    assert says(hall.talk(COUNTER), "1", id="yes") == done
    (one,) = contacts(hall)
    assert (one.item, one.outcome, one.channel, one.reason) == ("top_up", "done", "portal", "")
    assert (one.started_at, one.ended_at) == (began, began + 2 * MINUTE)
    assert (one.order, one.place, one.language) == (done.order, hall.province.agent, "en")


def test_who_it_was_with_and_how_it_ended(hall: Hall) -> None:
    line = hall.customer
    talk = hall.talk(SMS, line)
    says(talk, "YE")
    says(talk, "WD")
    hall.later(MINUTE)
    says(hall.talk(SMS, line), "YY")  # another item is begun instead
    hall.later(MINUTE)
    says(hall.talk(SMS, line), "00")
    assert told(hall) == [("balance", "done"), ("outlets", "left"), ("language", "left")]
    assert {one.msisdn_masked for one in contacts(hall)} == {masked(line)}


def test_what_is_refused_and_why(hall: Hall) -> None:
    wallet.freeze(hall.province.system(), outlet=hall.province.agent, reason="audit")
    assert says(hall.talk(COUNTER), f"CZ {hall.customer} 50").kind is ScreenKind.REFUSED
    (one,) = contacts(hall)
    assert (one.outcome, one.reason) == ("refused", "ordering.wallet_is_frozen")
    assert one.order is None and orders() == 0


def test_what_was_not_understood_is_closed(hall: Hall) -> None:
    talk = hall.talk(SMS, hall.customer)
    for text in ("WD", "nowhere", "nowhere", "nowhere"):
        screen = says(talk, text)
    assert screen.kind is ScreenKind.CLOSED
    assert told(hall) == [("outlets", "closed")]


def test_what_is_abandoned_is_written_down_when_it_is_swept(hall: Hall) -> None:
    line, began = hall.customer, hall.at
    says(hall.talk(SMS, line), "WD")
    says(hall.talk(USSD, line), "*100#")  # a look at the menu is no item
    hall.later(MINUTE)
    says(hall.talk(SMS, line), "1")
    hall.later(timedelta(hours=1))
    assert schedule.run("dialogues.sweep", hall.at) == 2
    assert schedule.run("dialogues.sweep", hall.at) == 0
    (one,) = contacts(hall)
    assert (one.item, one.outcome, one.channel) == ("outlets", "abandoned", "sms")
    assert (one.started_at, one.ended_at) == (began, began + MINUTE)
    assert (one.msisdn_masked, one.place) == (masked(line), hall.province.agent)


def test_or_when_the_caller_comes_back_too_late(hall: Hall) -> None:
    line = hall.customer
    says(hall.talk(SMS, line), "WD")
    hall.later(timedelta(hours=1))
    says(hall.talk(SMS, line), "YE")
    assert told(hall) == [("outlets", "abandoned"), ("balance", "done")]
    schedule.run("dialogues.sweep", hall.at)
    assert len(contacts(hall)) == 2


def test_what_goes_on_elsewhere_has_not_ended(hall: Hall) -> None:
    line = hall.customer
    begun = says(hall.talk(USSD, line), "WD 1")
    hall.later(MINUTE)
    there = talking.resume(hall.talk(WEB, line), begun.dialogue)
    assert says(hall.talk(WEB, line), "1", there).kind is ScreenKind.DONE
    (one,) = contacts(hall)
    assert (one.channel, one.outcome) == ("web", "done")
    assert one.ended_at - one.started_at == MINUTE


def test_of_many_at_once(hall: Hall) -> None:
    talks = [hall.talk(SMS, f"1390371{n:04}") for n in range(6)]
    pairs = [(talk, Message("YY 2", f"{n}")) for n, talk in enumerate(talks)]
    talking.steps(pairs)
    talking.steps(pairs)
    assert told(hall) == [("language", "done")] * 6


def test_without_an_outlet_it_belongs_to_the_province(hall: Hall) -> None:
    says(replace(hall.talk(SMS, hall.customer), place=None), "YY 2")
    (one,) = contacts(hall)
    assert one.place == hall.province.organizations["41"]


def test_what_an_earlier_release_left_is_swept_as_well(hall: Hall) -> None:
    begun = says(hall.talk(SMS, hall.customer), "WD")
    kept = store.find(begun.dialogue)
    assert kept is not None
    assert store.replace(store.Next(kept, '{"talk":1}', None, hall.at, hall.at + MINUTE))
    hall.later(timedelta(hours=1))
    assert schedule.run("dialogues.sweep", hall.at) == 1
    assert contacts(hall) == []
