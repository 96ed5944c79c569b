"""The door for gateways that call over HTTP: whole sessions, and what is no session."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django.fixtures import Settings

from qudao.fronts.ussd import gateways, sessions
from qudao.platform.smpp.ussd import STANDARD, fits
from tests.fronts.electronic import ElectronicHall
from tests.halls.driver import folder_of

SECRET = "a-secret-of-the-gateway"
BEARER = f"Bearer {SECRET}"


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.USSD_GATEWAYS = json.dumps(
        {"cloud": {"secret": SECRET}, "abroad": {"secret": SECRET[::-1], "language": "en"}}
    )


class Phone:
    """A phone behind a gateway that sends all that was typed each time."""

    def __init__(self, client: Client, msisdn: str, session: str = "s1") -> None:
        self.client, self.msisdn, self.session = client, msisdn, session
        self.whole = ""
        self.shown = ""

    def dial(self, text: str = "") -> str:
        self.whole = text
        return self.send()

    def answer(self, text: str) -> str:
        assert self.shown.startswith("CON "), self.shown
        self.whole = f"{self.whole}*{text}" if self.whole else text
        return self.send()

    def send(self) -> str:
        """Send what was typed, once more if it was sent before."""
        fields = {
            "sessionId": self.session,
            "phoneNumber": f"+86{self.msisdn}",
            "serviceCode": "*100#",
            "networkCode": "46000",
            "text": self.whole,
        }
        response = self.client.post("/ussd/cloud", fields, headers={"Authorization": BEARER})
        assert response.status_code == 200, response.content
        self.shown = response.content.decode()
        assert self.shown[:4] in ("CON ", "END ")
        assert fits(self.shown[4:], STANDARD), self.shown
        return self.shown

    def choose(self, label: str) -> str:
        """Answer with the key of a choice, in whatever folder and on whatever page it is."""
        for _page in range(20):
            keys = dict(line.split(" ", 1)[::-1] for line in self.shown.splitlines() if " " in line)
            found = next((one for one in (label, folder_of(label)) if one in keys), "更多")
            self.answer(keys[found].removeprefix("CON "))
            if found == label:
                return self.shown
        raise AssertionError(f"no {label}")


@pytest.mark.django_db
class TestSessions:
    def test_from_the_menu_to_the_balance(self, client: Client, hall: ElectronicHall) -> None:
        phone = Phone(client, hall.line())
        assert phone.dial().startswith("CON ")
        shown = phone.choose("余额")
        assert phone.msisdn in shown and "¥" in shown

    def test_a_recharge_that_is_sent_twice(self, client: Client, hall: ElectronicHall) -> None:
        """Each request of a whole dialogue with money comes twice: one order."""
        phone, pin = Phone(client, hall.line()), hall.card()
        phone.dial()
        phone.choose("充值卡充值")
        for answer in (phone.msisdn, pin, "1"):
            shown = phone.answer(answer)
            assert phone.send() == shown
        assert hall.orders() == 1
        assert phone.shown.startswith("END ") and "业务单号" in phone.shown

    def test_a_shortcut_and_a_session_that_drops(
        self, client: Client, hall: ElectronicHall
    ) -> None:
        line, pin = hall.line(), hall.card()
        phone = Phone(client, line)
        phone.dial()
        phone.choose("充值卡充值")
        short = Phone(client, line, "s2")
        asked = short.dial(f"{phone.whole}*{line}")
        assert "密码" in asked or "PIN" in asked
        again = Phone(client, line, "s3")
        assert again.dial() == asked
        again.answer(pin)
        assert again.answer("1").startswith("END ") and hall.orders() == 1

    def test_a_phone_from_abroad_and_one_that_hurries(
        self, client: Client, hall: ElectronicHall
    ) -> None:
        fields = {"sessionId": "x", "phoneNumber": "+44 7700 900123", "text": ""}
        headers = {"Authorization": f"Bearer {SECRET[::-1]}"}
        shown = client.post("/ussd/abroad", fields, headers=headers).content.decode()
        assert shown == "END This service is for mobile numbers of this country."
        phone = Phone(client, hall.line())
        # a minute may turn meanwhile
        shown = next(text for _ in range(130) if (text := phone.dial()).startswith("END "))
        assert "太快" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("gateway", "header"),
    [
        ("cloud", ""),
        ("cloud", "Bearer wrong"),
        ("cloud", "Basic !!!"),
        ("cloud", "Bearer "),
        ("nobody", BEARER),
    ],
)
def test_strangers_stay_outside(client: Client, gateway: str, header: str) -> None:
    fields = {"sessionId": "s", "phoneNumber": "13800138000", "text": ""}
    headers = {"Authorization": header} if header else {}
    answers = [client.post(f"/ussd/{gateway}", fields, headers=headers) for _ in range(62)]
    assert {one.status_code for one in answers[:59]} == {401}
    assert answers[-1].status_code == 429


@pytest.mark.django_db
class TestBadRequests:
    def post(self, client: Client, body: bytes, kind: str) -> int:
        return client.generic(
            "POST", "/ussd/cloud", body, kind, headers={"Authorization": BEARER}
        ).status_code

    def test_they_are_told_what_is_wrong(self, client: Client, hall: ElectronicHall) -> None:
        form = "application/x-www-form-urlencoded"
        good = {"sessionId": "s", "phoneNumber": hall.line(), "text": ""}
        assert self.post(client, urlencode(good).encode(), form) == 200
        for gone in ("sessionId", "phoneNumber"):
            assert self.post(client, urlencode({**good, gone: ""}).encode(), form) == 400
        for name, most in (("sessionId", 200), ("phoneNumber", 32), ("text", 1_500)):
            long = urlencode({**good, name: "1" * (most + 1)}).encode()
            assert self.post(client, long, form) == 400
        assert self.post(client, b"text=" + b"1" * 5_000, form) == 413
        assert self.post(client, b"{}", "application/json") == 400
        broken = urlencode(good).encode() + b"&text=%ff%fe%00*" + b"\xff\x00"
        assert self.post(client, broken, form) == 200
        assert self.post(client, b"", "multipart/form-data; boundary=x") == 400
        assert client.get("/ussd/cloud", headers={"Authorization": BEARER}).status_code == 405

    def test_a_secret_in_the_address(self, client: Client, hall: ElectronicHall) -> None:
        import base64

        basic = base64.b64encode(f"cloud:{SECRET}".encode()).decode()
        fields = {"sessionId": "s", "phoneNumber": hall.line(), "text": ""}
        answer = client.post("/ussd/cloud", fields, headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("whole", "known", "typed"),
    [
        ("1", 0, "1"),
        ("1*2", 1, "2"),
        ("1**", 1, "*"),
        ("1**2", 2, "2"),
        ("1*10*20", 1, "10*20"),
        ("1*2", 9, "2"),
        ("1**", 9, "*"),
        ("*", 9, "*"),
        ("1*", 1, ""),
    ],
)
def test_what_was_typed_last(whole: str, known: int, typed: str) -> None:
    assert sessions.last(whole, known) == typed


class TestConfiguration:
    def test_a_gateway_of_ones_own(self, settings: Settings) -> None:
        link = {
            "name": "gw",
            "host": "10.0.0.1",
            "port": 2775,
            "system_id": "q",
            "password": "p",
            "profile": {
                "like": "numbered",
                "ops": {"menu": 3},
                "also": {"32": "over"},
                "codings": {"ucs2": 72},
                "octets": 140,
                "session": None,
            },
        }
        settings.USSD_LINKS = json.dumps([link])
        (found,) = gateways.links()
        assert found.profile.ops[gateways.Op.MENU] == 3 and found.profile.ops[gateways.Op.DIAL] == 1
        assert found.profile.also == {32: gateways.Op.OVER}
        assert found.profile.session is None and found.profile.marks_end
        assert not fits("字" * 71, found.profile) and fits("字" * 70, found.profile)
        settings.USSD_LINKS = json.dumps([link, link])
        with pytest.raises(ImproperlyConfigured, match="one name"):
            gateways.links()

    @pytest.mark.parametrize(
        "wrong",
        [
            "[1]",
            "{",
            '[{"name": "gw"}]',
            '[{"name": "gw", "host": "h", "port": 1, "system_id": "", "password": "",'
            ' "profile": {"like": "other"}}]',
            '[{"name": "gw", "host": "h", "port": 1, "system_id": "", "password": "",'
            ' "profile": {"also": {"x": "over"}}}]',
        ],
    )
    def test_what_cannot_be_is_said(self, settings: Settings, wrong: str) -> None:
        settings.USSD_LINKS = wrong
        with pytest.raises(ImproperlyConfigured, match="QUDAO_USSD_LINKS"):
            gateways.links()

    def test_a_short_secret(self, settings: Settings) -> None:
        settings.USSD_GATEWAYS = '{"cloud": {"secret": "short"}}'
        with pytest.raises(ImproperlyConfigured, match="QUDAO_USSD_GATEWAYS"):
            gateways.gateways()
