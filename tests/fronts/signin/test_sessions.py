"""Sessions, second factors, the membership to act in, the language."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.test import Client, RequestFactory
from django.urls import reverse

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId
from qudao.fronts.web.actor import asking
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.models import User
from qudao.site.privacy import rewrap_second_factors
from tests.domain.party.conftest import system
from tests.fronts.signin.conftest import LONG_AGO, PASSWORD, admit
from tests.fronts.signin.test_password import sign_in, signed_in

SESSIONS = "/accounts/sessions/"


def alive(client: Client) -> bool:
    return client.get(SESSIONS).status_code == 200


def test_a_session_ended_elsewhere_is_really_ended(client: Client, clerk: User) -> None:
    till = Client(headers={"User-Agent": "Till"})
    sign_in(till, "clerk")
    sign_in(client, "clerk")
    assert "Till" in client.get(SESSIONS).content.decode()
    session = UserSession.objects.get(session_key=till.session.session_key)
    client.post(SESSIONS, {"session": str(session.pk)})
    assert not alive(till)
    assert alive(client)
    assert JournalEntry.objects.filter(command="identity.end_session", subject=clerk.pk).exists()


def test_all_others_at_once(client: Client, clerk: User) -> None:
    others = [Client(), Client()]
    for one in (*others, client):
        sign_in(one, "clerk")
    client.post(SESSIONS, {"session": "others"})
    assert [alive(one) for one in (*others, client)] == [False, False, True]


def test_sessions_of_others_cannot_be_ended(
    client: Client, clerk: User, tree: dict[str, OrganizationId]
) -> None:
    admit(tree["A00001"], "second", "outlet_clerk")
    second = Client()
    sign_in(second, "second")
    sign_in(client, "clerk")
    session = UserSession.objects.get(session_key=second.session.session_key)
    client.post(SESSIONS, {"session": str(session.pk)})
    for rubbish in ("0", "-1", "9" * 30, "x", "²"):
        client.post(SESSIONS, {"session": rubbish})
    assert alive(second)


def test_a_new_password_ends_the_other_sessions(client: Client, clerk: User) -> None:
    other = Client()
    sign_in(other, "clerk")
    sign_in(client, "clerk")
    fresh = "quite-another-7"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh},
    )
    assert alive(client)
    assert not alive(other)


def current_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_a_second_factor(client: Client, clerk: User) -> None:
    sign_in(client, "clerk")
    activate = reverse("mfa_activate_totp")
    # the password once more, before something sensitive
    assert client.get(activate)["Location"].startswith(reverse("account_reauthenticate"))
    again = f"{reverse('account_reauthenticate')}?next={activate}"
    assert client.get(again).status_code == 200
    assert client.post(again, {"password": "wrong"}).status_code == 200
    assert client.post(again, {"password": PASSWORD, "next": activate})["Location"] == activate
    assert client.get(activate).status_code == 200
    secret = client.session["mfa.totp.secret"]
    assert client.post(activate, {"code": "000000"}).status_code == 200
    assert client.post(activate, {"code": current_code(secret)}).status_code == 302
    stored = Authenticator.objects.get(type="totp")
    assert secret not in str(stored.data)
    assert client.get(reverse("mfa_index")).status_code == 200
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert len(codes) == 10

    other = Client()
    assert sign_in(other, "clerk")["Location"] == reverse("mfa_authenticate")
    assert not signed_in(other)
    page = other.get(reverse("mfa_authenticate"))
    assert page.status_code == 200
    assert other.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert not signed_in(other)
    assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert signed_in(other)

    # a new key for personal data takes second factors along
    before = Authenticator.objects.get(type="totp").data["secret"]
    assert rewrap_second_factors() == 2
    assert Authenticator.objects.get(type="totp").data["secret"] != before
    third = Client()
    sign_in(third, "clerk")
    third.post(reverse("mfa_authenticate"), {"code": codes[1]})
    assert signed_in(third)

    again = Client()
    sign_in(again, "clerk")
    again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert not signed_in(again)


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_request_login_code",
        "account_reset_password",
        "account_inactive",
    ],
)
def test_pages_of_strangers(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_generate_recovery_codes",
        "account_change_password",
        "account_logout",
        "account_reauthenticate",
        "usersessions_list",
        "signin_acting",
    ],
)
def test_pages_of_the_signed_in(client: Client, clerk: User, name: str) -> None:
    sign_in(client, "clerk")
    assert client.get(reverse(name)).status_code in {200, 302}


def test_somebody_with_two_memberships_chooses(
    client: Client, tree: dict[str, OrganizationId]
) -> None:
    boss = admit(tree["A00001"], "boss", "outlet_owner")
    second = party.add_membership(
        system(LONG_AGO), user=boss.pk, organization=tree["A00003"], role="outlet_clerk"
    )
    foreign = admit(tree["A00002"], "foreign", "outlet_owner")
    sign_in(client, "boss")

    def path() -> str:
        held = client.get(reverse("signin_acting")).context["acting"]
        return str(held.path)

    assert path().endswith("A00001")
    client.post(reverse("signin_acting"), {"membership": str(second)})
    assert path().endswith("A00003")
    for wrong in ("", "x", str(foreign.pk)):
        client.post(reverse("signin_acting"), {"membership": wrong})
        assert path().endswith("A00003")
    party.end_membership(system(LONG_AGO), membership=second, reason="over")
    assert path().endswith("A00001")
    away = client.post(
        reverse("signin_acting"), {"membership": "x", "next": "https://evil.example/"}
    )
    assert not away["Location"].startswith("https://evil")


def test_the_language_is_the_accounts(client: Client, clerk: User) -> None:
    sign_in(client, "clerk")
    assert 'lang="zh-hans"' in client.get(SESSIONS).content.decode().lower()
    english = {"Accept-Language": "en-GB"}
    assert 'lang="en"' in client.get(SESSIONS, headers=english).content.decode().lower()
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert User.objects.get(pk=clerk.pk).language == "en"
    other = Client()
    other.cookies["qudao_language"] = "zh-hans"
    sign_in(other, "clerk")
    assert 'lang="en"' in other.get(SESSIONS).content.decode().lower()
    client.post(reverse("set_language"), {"language": "tlh", "next": "/"})
    assert User.objects.get(pk=clerk.pk).language == "en"


def test_a_stranger_may_do_nothing(rf: RequestFactory, db: None) -> None:
    from django.contrib.auth.models import AnonymousUser

    from qudao.fronts.web.actor import equip

    request = rf.get("/")
    request.user = AnonymousUser()
    equip(request)
    ctx = asking(request).ctx_for()
    assert (ctx.grants, ctx.scope.paths) == (frozenset(), frozenset())
