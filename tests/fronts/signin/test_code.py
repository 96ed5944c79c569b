"""Signing in with a one-time code: sent to the right phone, once, for a short time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from qudao.gateways.sms.spool import spooled
from qudao.platform.identity.models import User
from qudao.platform.messaging.delivery import deliver_now
from qudao.platform.messaging.models import OutgoingMessage
from tests.fronts.signin.test_password import sign_in, signed_in, text

PHONE = "13800138000"


def request_code(client: Client, phone: str = PHONE) -> HttpResponse:
    return client.post(reverse("account_request_login_code"), {"phone": phone})  # type: ignore[return-value]


def confirm(client: Client, code: str) -> HttpResponse:
    return client.post(reverse("account_confirm_login_code"), {"code": code})  # type: ignore[return-value]


def delivered(spool: Path) -> list[tuple[str, str]]:
    """Deliver what is queued; return recipients and the codes in the texts."""
    for message in OutgoingMessage.objects.filter(state="queued").order_by("created_at"):
        assert deliver_now(message.id, datetime.now(UTC))
    return [
        (note.recipient, match[0])
        for note in spooled(spool)
        if (match := re.search(r"\d{6}", note.text))
    ]


def test_a_code_signs_in(client: Client, clerk: User, spool: Path) -> None:
    response = request_code(client, "138 0013 8000")
    assert (response.status_code, response["Location"]) == (
        302,
        reverse("account_confirm_login_code"),
    )
    page = client.get(reverse("account_confirm_login_code"))
    assert page.status_code == 200
    ((recipient, code),) = delivered(spool)
    assert recipient == PHONE
    assert code not in page.content.decode()
    response = confirm(client, code)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(clerk.pk)


def test_the_text_is_in_the_persons_language(client: Client, clerk: User, spool: Path) -> None:
    request_code(client)
    delivered(spool)
    (note,) = spooled(spool)
    assert "验证码" in note.text
    User.objects.update(language="en")
    request_code(Client())
    delivered(spool)
    assert "sign-in code" in spooled(spool)[-1].text


def test_a_code_works_once_and_only_in_its_session(
    client: Client, clerk: User, spool: Path
) -> None:
    request_code(client)
    ((_, code),) = delivered(spool)
    thief = Client()
    confirm(thief, code)
    assert not signed_in(thief)
    confirm(client, code)
    client.post(reverse("account_logout"))
    confirm(client, code)
    assert not signed_in(client)


def test_wrong_codes_end_the_attempt(client: Client, clerk: User, spool: Path) -> None:
    request_code(client)
    ((_, code),) = delivered(spool)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(3):
        confirm(client, wrong)
    confirm(client, code)
    assert not signed_in(client)


def test_wrong_codes_count_towards_the_lockout(client: Client, clerk: User, spool: Path) -> None:
    statuses = []
    for _ in range(2):
        request_code(client)
        code = delivered(spool)[-1][1]
        wrong = "000000" if code != "000000" else "111111"
        statuses += [confirm(client, wrong).status_code for _ in range(3)]
    assert statuses[4] == 429
    assert sign_in(client, "clerk").status_code == 429


def test_a_locked_account_is_closed_to_codes_too(client: Client, clerk: User, spool: Path) -> None:
    for _ in range(5):
        sign_in(client, "clerk", "wrong")
    request_code(client)
    code = delivered(spool)[-1][1]
    assert confirm(client, code).status_code == 429
    assert not signed_in(client)


def test_an_unknown_phone_gets_the_same_page_and_no_message(
    client: Client, clerk: User, spool: Path
) -> None:
    known, unknown = Client(), Client()
    assert (
        request_code(known, PHONE)["Location"] == request_code(unknown, "13900139000")["Location"]
    )
    page = reverse("account_confirm_login_code")
    one, other = known.get(page), unknown.get(page)
    assert text(one).replace(PHONE, "X") == text(other).replace("13900139000", "X")  # type: ignore[arg-type]
    assert [recipient for recipient, _ in delivered(spool)] == [PHONE]
    assert confirm(unknown, "123456").status_code == 200


def test_a_closed_account_gets_no_code(client: Client, clerk: User, spool: Path) -> None:
    User.objects.update(is_active=False)
    assert request_code(client).status_code == 302
    assert delivered(spool) == []


def test_what_is_no_phone_is_said_to_be_none(client: Client, spool: Path) -> None:
    for wrong in ("", "12345", "clerk", "1" * 11, "13800138000000000000000"):
        assert request_code(client, wrong).status_code == 200
    assert not OutgoingMessage.objects.exists()


def test_codes_are_not_sent_without_end(client: Client, clerk: User, spool: Path) -> None:
    for _ in range(6):
        request_code(Client())
    assert OutgoingMessage.objects.count() == 3
