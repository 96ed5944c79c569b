"""The menus of the halls at the back office: arranged, looked at, approved, taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qudao.domain.echannel import queries
from qudao.domain.echannel.models import Configuration, Publication, Version
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from tests.domain.echannel.conftest import items as items
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import Province

pytestmark = pytest.mark.django_db

SCREEN = "echannel_configuration"


@pytest.fixture
def marketing(province: Province, enter: Enter) -> Client:
    return enter("marketing")


def form(*entries: dict[str, str], **more: str) -> dict[str, str]:
    data = {"front": "sms", "branch": "", "group": "", "edition": "0", "request_key": "k1"}
    for n, entry in enumerate(entries):
        data |= {f"item-{n}": "", f"level-{n}": "0"}
        data |= {f"{name}-{n}": value for name, value in entry.items()}
    return {**data, **more}


TWO = (
    {"item": "top_up", "digit": "1", "keywords": "CZ，充值"},
    {"item": "balance", "digit": "2", "keywords": "CXYE"},
)


def send(client: Client, data: dict[str, str]) -> Any:
    return client.post(reverse("admin:hall_menu"), data)


def draft(client: Client, **more: str) -> Configuration:
    answer = send(client, form(*TWO, do="save", **more))
    assert answer.status_code == 302, text(answer)
    return Configuration.objects.get()


def approve(enter: Enter) -> None:
    (parked,) = ParkedCommand.objects.filter(state="waiting")
    asked = text(page(enter("province"), "commands_parkedcommand", parked.pk))
    assert "Hall SMS hall" in asked and "front sms" not in asked
    data = {"key": f"a-{parked.pk}", "remark": "fine"}
    done = do(enter("province"), "commands_parkedcommand", "approve", parked.pk, **data)
    assert done.status_code == 302, text(done)


def publish(client: Client, enter: Enter, row: Configuration, version: str, key: str) -> None:
    data = {"version": version, "valid_from": "", "valid_until": "", "remark": "news"}
    answer = do(client, SCREEN, "publish", row.pk, key=key, **data)
    assert answer.status_code == 200 and "second person" in text(answer), text(answer)
    approve(enter)


def shown(front: str = "sms") -> list[str]:
    return [one.item for one in queries.menu_of(front, "", "", now()).entries]


def test_front_and_place_are_chosen_first(marketing: Client) -> None:
    chosen = marketing.get(reverse("admin:hall_menu"))
    assert "USSD hall" in text(chosen) and "Zhengzhou" in text(chosen)
    nonsense = marketing.get(reverse("admin:hall_menu"), {"front": "fax"})
    assert nonsense.status_code == 200 and "Choose the hall" in text(nonsense)
    begun = marketing.get(reverse("admin:hall_menu"), {"front": "ussd", "branch": "4101"})
    assert "USSD hall · Zhengzhou" in text(begun)
    assert "1.话费余额" in text(begun) and "1.Balance" in text(begun), "every item, to begin with"
    assert "characters" in text(begun)


def test_rows_are_moved_without_storing_anything(marketing: Client) -> None:
    bill = {"item": "bill", "digit": "1", "keywords": "ZD"}
    moved = send(marketing, form(bill, TWO[1], do="down:0"))
    body = moved.content.decode()
    assert moved.status_code == 200
    assert text(moved).index("2.Balance CXYE") < text(moved).index("1.Bill ZD")
    assert 'value="down:1" aria-label="2, down" autofocus' in body, "the keyboard stays there"
    added = send(marketing, form(*TWO, do="add"))
    assert 'name="item-2"' in added.content.decode()
    assert Configuration.objects.count() == 0
    assert JournalEntry.objects.filter(command__startswith="echannel").count() == 0


def test_a_draft_is_stored_and_what_is_wrong_is_said(marketing: Client) -> None:
    same = (TWO[0], {**TWO[1], "digit": "1"})
    refused = send(marketing, form(*same, do="save"))
    assert refused.status_code == 409 and "have the same digit 1" in text(refused)
    assert 'value="CZ，充值"' in refused.content.decode(), "what was typed is still there"
    hours = send(marketing, form(*TWO, do="save", hours="always"))
    assert hours.status_code == 422 and "Write lines such as" in text(hours)
    half = send(marketing, form(*TWO, do="save", greeting_zh="您好"))
    assert "greeting (the menu as a whole)" in text(half)
    assert Configuration.objects.count() == 0
    texts = {
        "greeting_zh": "您好",
        "greeting_en": "Hello",
        "closed_zh": "已下班",
        "closed_en": "Closed",
        "hours": "mon-fri 08:00-18:00",
    }
    row = draft(marketing, **texts)
    content = queries.rules.content_of(Version.objects.get().content)
    assert [one.keywords for one in content.entries] == [("CZ", "充值"), ("CXYE",)]
    assert content.greeting == ("您好", "Hello") and len(content.hours) == 5
    assert send(marketing, form(*TWO, do="save", **texts)).status_code == 302, "the same again"
    assert Version.objects.get().edition == 1
    other = send(marketing, form(*TWO, do="save", request_key="k2"))
    assert other.status_code == 409 and "Somebody else" in text(other)
    body = text(page(marketing, SCREEN, row.pk))
    assert "What the draft says" in body and "Hello" in body and "CXYE" in body
    assert "SMS hall All branches Everybody" in body and "Advertising line —" in body
    again = marketing.get(reverse("admin:hall_menu"), {"front": "sms"})
    assert 'name="edition" value="1"' in again.content.decode()


def test_a_menu_is_published_by_two_and_taken_back(marketing: Client, enter: Enter) -> None:
    row = draft(marketing)
    publish(marketing, enter, row, "1.1", "p1")
    assert shown() == ["top_up", "balance"]
    changed = send(
        marketing, form({"item": "bill"}, *TWO[:1], do="save", edition="0", request_key="k3")
    )
    assert changed.status_code == 302
    publish(marketing, enter, row, "2.1", "p2")
    assert shown() == ["bill", "top_up"]
    body = text(page(marketing, SCREEN, row.pk))
    assert "What customers see now" in body and "Version 2" in body
    found = marketing.get(reverse("admin:hall_menu_differences", args=[row.pk]))
    assert "From version 1 to version 2" in text(found)
    assert "Balance Entry" in text(found) and "2 CXYE" in text(found)
    publish(marketing, enter, row, "1.1", "p3")
    assert shown() == ["top_up", "balance"]
    body = text(page(marketing, SCREEN, row.pk))
    assert body.count("Past") >= 2 and "Valid" in body and "approved by" in body
    assert Publication.objects.count() == 3


def test_a_preview_shows_lines_within_the_limits(marketing: Client) -> None:
    row = draft(marketing)
    look = text(marketing.get(reverse("admin:hall_menu_preview", args=[row.pk, 1])))
    assert "2.话费余额 CXYE" in look and "2.Balance CXYE" in look
    assert "of 335 characters" in look
    assert "Top-up CZ" not in look, "the hall would not show it, and it is said why"
    assert "Top-up No outlet has been opened for this hall." in look
    assert marketing.get(reverse("admin:hall_menu_preview", args=[row.pk, 9])).status_code == 404


def test_a_menu_travels_as_a_file(marketing: Client) -> None:
    row = draft(marketing)
    fetched = marketing.get(reverse("admin:hall_menu_file", args=[row.pk, 1]))
    assert fetched["Content-Disposition"] == 'attachment; filename="sms-all-everybody-v1.json"'
    assert json.loads(fetched.content)["entries"][0]["item"] == "top_up"
    data = {"front": "sms", "branch": "4101", "group": "vip"}

    def take(key: str, content: bytes, **more: str) -> Any:
        file = SimpleUploadedFile("menu.json", content)
        return do(marketing, SCREEN, "import", key=key, **{**data, **more}, file=file)

    assert take("i1", fetched.content).status_code == 302
    assert Configuration.objects.filter(group="vip", branch__code="4101").count() == 1
    assert take("i2", b"{}").status_code == 422
    other = take("i3", fetched.content, front="ussd")
    assert other.status_code == 422 and "another front" in text(other)


def test_a_hall_is_switched_off_and_on(province: Province, enter: Enter) -> None:
    support = enter("supervisor")
    data = {"front": "ussd", "branch": "4101", "group": "", "until": ""}
    said = {"message_zh": "系统维护", "message_en": "Under repair"}
    done = do(support, SCREEN, "switch-off", **data, **said)
    assert done.status_code == 302, text(done)
    row = Configuration.objects.get()
    body = text(page(support, SCREEN, row.pk))
    assert "Switched off" in body and "Under repair" in body
    listed = text(support.get(reverse(f"admin:{SCREEN}_changelist"), {"off": "yes"}))
    assert "USSD hall" in listed
    assert queries.menu_of("ussd", "000.41.4101", "", now()).standing == "off"
    assert do(support, SCREEN, "on", row.pk, key="k2").status_code == 302
    assert queries.menu_of("ussd", "000.41.4101", "", now()).standing == "open"
    whole = do(support, SCREEN, "switch-off", key="k3", **{**data, "branch": ""}, **said)
    assert whole.status_code == 403 and "Ask the province" in text(whole)


def test_drafts_are_thrown_away_and_menus_withdrawn(marketing: Client, enter: Enter) -> None:
    row = draft(marketing)
    assert do(marketing, SCREEN, "discard", row.pk, key="d0", edition="7").status_code == 409
    assert do(marketing, SCREEN, "discard", row.pk, key="d1", edition="1").status_code == 302
    assert Version.objects.count() == 0
    assert send(marketing, form(*TWO, do="save", request_key="k4")).status_code == 302
    publish(marketing, enter, row, "1.1", "p1")
    parked = do(marketing, SCREEN, "withdraw", row.pk, key="w1", valid_from="", remark="")
    assert parked.status_code == 200
    approve(enter)
    assert shown() == list(queries.items())


def test_nobody_sees_or_changes_another_branch(province: Province, enter: Enter) -> None:
    near = enter("supervisor")
    answer = send(near, form(*TWO, do="save", branch="4101"))
    assert answer.status_code == 302, text(answer)
    row = Configuration.objects.get()
    far = enter("luoyang")
    assert page(far, SCREEN, row.pk).status_code == 404
    for name, more in (("preview", [1]), ("differences", []), ("file", [1])):
        address = reverse(f"admin:hall_menu_{name}", args=[row.pk, *more])
        assert near.get(address).status_code == 200, name
        assert far.get(address).status_code == 404, name
    elsewhere = send(far, form(*TWO, do="save", branch="4101", request_key="k2"))
    assert "Choose the hall" in text(elsewhere), "another branch is none of theirs"
    for name in ("auditor", "finance"):
        client = enter(name)
        assert client.get(reverse("admin:hall_menu")).status_code == 403
        assert send(client, form(*TWO, do="save")).status_code == 403
        assert do(client, SCREEN, "publish", row.pk, version="1.1").status_code == 403
    assert Version.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_in_both_languages(province: Province, enter: Enter, language: str) -> None:
    row = draft(enter("marketing"))
    client = enter("marketing", language)
    for address in (
        reverse(f"admin:{SCREEN}_changelist"),
        reverse(f"admin:{SCREEN}_change", args=[row.pk]),
        reverse("admin:hall_menu"),
        reverse("admin:hall_menu") + "?front=ussd",
        reverse("admin:hall_menu_differences", args=[row.pk]),
        reverse("admin:hall_menu_preview", args=[row.pk, 1]),
    ):
        body = client.get(address)
        assert body.status_code == 200
        assert ("电子厅" in text(body)) == (language == "zh-hans"), address
