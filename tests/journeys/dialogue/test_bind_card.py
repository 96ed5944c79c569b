"""A customer binds a bank card by a link in a short message, pays nothing for it, gives it up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from pytest_django.fixtures import Settings

from qudao.domain.credential.types import Caller, Way
from qudao.journeys.dialogue.types import Screen, ScreenKind, Talk
from qudao.platform.messaging.models import OutgoingMessage
from tests.acquirer_process import PAYS, AcquirerProcess, acquirer, acquirer_process
from tests.journeys.dialogue.hall import SMS, Hall, says

__all__ = ["acquirer", "acquirer_process"]


@pytest.fixture
def at_the_acquirer(acquirer: AcquirerProcess, settings: Settings) -> Iterator[AcquirerProcess]:
    settings.ACQUIRER_URL = acquirer.url
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = acquirer.key, acquirer.secret
    yield acquirer
    acquirer.faults()


def proved(hall: Hall, line: str) -> Talk:
    """A customer who has just given the service password."""
    until = hall.at + timedelta(hours=1)
    caller = Caller(line, Way.PASSWORD, hall.at, known_until=until, money_until=until)
    return hall.talk(SMS, line, caller=caller)


def texts() -> list[tuple[str, str]]:
    """What was sent: to whom, and what."""
    rows = OutgoingMessage.objects.order_by("created_at", "id")
    return [(str(one.recipient), str(one.text)) for one in rows]


def confirmed(talk: Talk, screen: Screen) -> Screen:
    assert screen.kind is ScreenKind.CONFIRM, screen.text
    done = says(talk, "1", screen)
    assert done.kind is ScreenKind.DONE, done.text
    return done


def test_a_card_is_bound_by_a_link_and_given_up(
    hall: Hall, at_the_acquirer: AcquirerProcess
) -> None:
    acquirer, line = at_the_acquirer, hall.customer
    acquirer.unbind(line)
    talk = proved(hall, line)
    done = confirmed(talk, says(talk, "BK"))  # there is no card: nothing is asked
    assert done.facts["card"] == "no card" and done.order is None
    ((recipient, text),) = texts()
    (link,) = re.findall(r"http\S+", text)
    assert recipient == line and link.startswith(f"{acquirer.url}/bind/")
    assert link not in done.text, "only the line itself gets it"
    paid = httpx.post(link, data={"number": PAYS, "expiry": "09/99"}, trust_env=False)
    assert paid.status_code == 303 and acquirer.card(line)["tail"] == "0005"

    choice = says(talk, "BK")
    assert [one.value for one in choice.choices] == ["bind", "unbind"]
    asked = says(talk, "2", choice)
    assert "0005" in asked.text
    assert confirmed(talk, asked).facts["card"] == "no card"
    assert [to for to, _text in texts()] == [line, line]
    assert sum("no bank card is bound" in text for _to, text in texts()) == 1


def test_who_has_proved_nothing_binds_nothing(hall: Hall, at_the_acquirer: AcquirerProcess) -> None:
    refused = says(hall.talk(SMS, hall.customer), "BK")
    assert refused.kind is not ScreenKind.CONFIRM and texts() == []


def test_an_acquirer_that_is_down(hall: Hall, at_the_acquirer: AcquirerProcess) -> None:
    at_the_acquirer.faults(down={"seconds": 60})
    refused = says(proved(hall, hall.customer), "BK")
    assert "does not answer" in refused.text and texts() == []
