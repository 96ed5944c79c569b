"""Whole calls: pages of the hall, read by our own interpreter, with a caller who presses keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from qudao.fronts.phone import views
from tests.fronts.electronic import ElectronicHall
from tests.fronts.phone.caller import SECRET, Telephone
from tests.fronts.phone.schema import faults

pytestmark = pytest.mark.django_db

AGENTS = "sip:agents@127.0.0.1"
Calls = Callable[..., Telephone]


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.PHONE_GATEWAYS = json.dumps(
        {
            "voice": {"secret": SECRET, "agents": AGENTS},
            "abroad": {"secret": SECRET, "language": "en", "vouches": False},
        }
    )


@pytest.fixture
def calls(client: Client) -> Calls:
    """Returns a function that calls; each page of the call is looked over."""

    def get(method: str, url: str, fields: dict[str, str]) -> tuple[int, bytes]:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"Authorization": f"Bearer {SECRET}"}
        if method == "GET":
            response = client.get(path, fields, headers=headers)
        else:
            response = client.post(path, fields, headers=headers)
        content = bytes(response.getvalue())
        if response.status_code == 200:
            assert faults(content) == []
        return response.status_code, content

    def call(msisdn: str, gateway: str = "voice", language: str = "") -> Telephone:
        return Telephone(get, f"/vxml/{gateway}?caller={msisdn}&call=x&language={language}")

    return call


def test_a_query_with_the_number_of_the_network(calls: Calls, hall: ElectronicHall) -> None:
    line = hall.line()
    call = calls(line)
    assert call.heard.startswith("欢迎使用电话营业厅。")
    assert call.heard.endswith("For English, press star.")
    told = call.choose("余额")
    assert " ".join(line) in told  # digit by digit
    assert re.search(r"\d+元", told) and "¥" not in told
    assert "返回主菜单， 请按0。" in told and told.endswith("结束请挂机。")
    call.press("0")
    assert "欢迎" not in call.heard and "我的账户， 请按1。" in call.heard
    call.hang_up()
    assert call.end is not None and call.end.why == "hangup"


def test_money_with_a_call_that_drops(calls: Calls, hall: ElectronicHall) -> None:
    line, pin = hall.line(), hall.card()
    call = calls(line)
    assert f"{' '.join(line)} ， 请按井号键。" in call.choose("充值卡充值")
    call.press("#")
    call.hang_up()
    again = calls(line)
    assert "密码" in again.heard and "欢迎" not in again.heard
    confirm = again.press(f"{pin}#")
    assert "50元" in confirm and "确认， 请按1。 取消， 请按2。" in confirm
    done = again.press("1")
    assert hall.orders() == 1 and "50元" in done
    assert pin not in " ".join(again.said)
    again.wait()
    again.wait()
    assert again.end is not None and again.end.why == "disconnect"
    assert again.heard.endswith("感谢您的来电，再见。")


def test_an_answer_that_is_sent_twice(calls: Calls, hall: ElectronicHall, client: Client) -> None:
    line, pin = hall.line(), hall.card()
    call = calls(line)
    call.choose("充值卡充值")
    call.press(f"{line}#")
    call.press(f"{pin}#")
    talk = re.search(r"expr=\"'([^']+)'\"", call.pages[-1].decode())
    assert talk is not None
    fields = {"talk": talk[1], "answer": "1"}
    headers = {"Authorization": f"Bearer {SECRET}"}
    first, second = (client.post("/vxml/voice/step", fields, headers=headers) for _ in "12")
    assert first.status_code == second.status_code == 200
    assert hall.orders() == 1
    strip = re.compile(rb"<var [^>]*>")
    assert strip.sub(b"", first.content) == strip.sub(b"", second.content)


def test_in_english_and_wrong_keys(calls: Calls, hall: ElectronicHall) -> None:
    call = calls(hall.line())
    call.press("*")
    assert call.heard.startswith("What would you like to do?")
    assert 'xml:lang="en-US"' in call.pages[-1].decode()
    call.choose("Nearest outlets")
    first = call.heard
    assert (
        call.press_wrong("98765") == f"This cannot be pressed here. Choose one of the list. {first}"
    )
    assert call.wait() == f"Nothing was pressed. {first}"
    call.press("*")
    assert "For My account, press 1" in call.heard
    call.wait()
    call.wait()
    call.wait()
    assert (
        call.heard == "Thank you for calling. Goodbye."
        and call.end is not None
        and call.end.why == "disconnect"
    )


def test_whoever_is_not_vouched_for_proves_a_number(calls: Calls, hall: ElectronicHall) -> None:
    line = hall.line()
    call = calls(line, "abroad")
    call.choose("Balance")
    assert "Which number is it about?" in call.heard
    call.press(line)
    assert "service password" in call.heard
    told = call.press("270519#")
    assert " ".join(line) in told and "yuan" in told
    assert "270519" not in " ".join(call.said)


@pytest.mark.parametrize("takes", [True, False])
def test_a_person_is_asked_for(calls: Calls, hall: ElectronicHall, takes: bool) -> None:
    call = calls(hall.line())
    call.takes_transfers = takes
    call.choose("人工服务")
    assert call.transferred == AGENTS
    told = " ".join(call.said)
    assert "正在为您转接" in told
    if takes:
        assert call.end is not None and call.end.why == "transfer"
    else:
        assert "现在暂时无法转接" in told and "请按1。" in call.heard


def test_recordings_are_named_where_there_are_some(
    calls: Calls, hall: ElectronicHall, settings: Settings, tmp_path: Path, client: Client
) -> None:
    (tmp_path / "zh-hans").mkdir()
    for name in ("item-agent", "press-1", "welcome", "../evil"):
        (tmp_path / "zh-hans" / f"{name}.wav").write_bytes(b"RIFF")
    settings.PHONE_RECORDINGS = str(tmp_path)
    call = calls(hall.line())
    page = call.pages[-1].decode()
    assert '<audio src="/vxml/voice/sound/zh-hans/item-agent.wav">人工服务，</audio>' in page
    assert '<audio src="/vxml/voice/sound/zh-hans/press-1.wav">请按1。</audio>' in page
    headers = {"Authorization": f"Bearer {SECRET}"}
    sound = "/vxml/voice/sound/zh-hans/welcome.wav"
    assert client.get(sound).status_code == 401
    assert client.get(sound, headers=headers).getvalue() == b"RIFF"
    for gone in ("en/welcome", "zh-hans/nothing"):
        assert client.get(f"/vxml/voice/sound/{gone}.wav", headers=headers).status_code == 404


class TestStrangers:
    def test_without_the_secret(self, client: Client) -> None:
        for header in ("", "Bearer wrong", "Basic eDp5"):
            headers = {"Authorization": header} if header else {}
            assert client.get("/vxml/voice", headers=headers).status_code == 401
            assert client.post("/vxml/voice/step", headers=headers).status_code == 401
        assert (
            client.get("/vxml/nobody", headers={"Authorization": f"Bearer {SECRET}"}).status_code
            == 401
        )

    def test_what_is_no_answer(self, client: Client, calls: Calls, hall: ElectronicHall) -> None:
        call = calls(hall.line())
        found = re.search(r"expr=\"'([^']+)'\"", call.pages[-1].decode())
        assert found is not None
        talk = found[1]
        headers = {"Authorization": f"Bearer {SECRET}"}

        def status(**fields: str) -> int:
            return client.post("/vxml/voice/step", fields, headers=headers).status_code

        assert status(talk=talk, answer="1") == 200
        for wrong in ("", "x", f"{talk}x", talk[:-3], talk.replace(":", "'")):
            assert status(talk=wrong, answer="1") == 400
        assert status(talk=talk, answer="1" * 9_000) == 413
        for odd in ("", "1'2", "<x/>", "１", "\x00", "9" * 200):
            assert status(talk=talk, answer=odd) == 200

    def test_too_many_calls_of_one_number(self, client: Client, hall: ElectronicHall) -> None:
        headers = {"Authorization": f"Bearer {SECRET}"}
        line = hall.line()
        assert not any(views._too_often("voice", line) for _ in range(views.PER_MINUTE // 2))
        for _call in range(2 * views.PER_MINUTE):  # a minute may turn meanwhile
            page = client.get("/vxml/voice", {"caller": line}, headers=headers).content
            if "操作太频繁" in page.decode():
                break
        assert "操作太频繁" in page.decode() and faults(page) == []
