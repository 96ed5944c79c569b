"""Signing in with a password: who gets in, who does not, and what nobody learns from it."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from qudao.domain.party.types import OrganizationId
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.models import User
from tests.fronts.signin.conftest import PASSWORD, admit

LOGIN = "/accounts/login/"


def sign_in(client: Client, login: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post(LOGIN, {"login": login, "password": password, **more})  # type: ignore[return-value]


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def text(response: HttpResponse) -> str:
    """What a page says, without what differs from page to page by itself."""
    page = response.content.decode()
    return re.sub(r'"[A-Za-z0-9]{64}"', '"token"', page)


@pytest.mark.parametrize("login", ["clerk", "CLERK", " clerk ", "13800138000", "+86 138 0013 8000"])
def test_user_name_or_phone(client: Client, clerk: User, login: str) -> None:
    response = sign_in(client, login)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(clerk.pk)
    assert client.session.get_expire_at_browser_close()


def test_one_returns_to_where_one_wanted_to_go(client: Client, clerk: User) -> None:
    assert sign_in(client, "clerk", next="/orders/?page=2")["Location"] == "/orders/?page=2"


def test_but_not_to_another_site(client: Client, clerk: User) -> None:
    assert sign_in(client, "clerk", next="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_look_the_same(client: Client, clerk: User) -> None:
    known = sign_in(client, "clerk", "wrong")
    unknown = sign_in(Client(), "nobody", "wrong")
    phone = sign_in(Client(), "13800138000", "wrong")
    strange = sign_in(Client(), "13900139000", "wrong")
    assert known.status_code == unknown.status_code == 200
    assert text(known).replace("clerk", "nobody") == text(unknown)
    assert text(phone).replace("13800138000", "13900139000") == text(strange)
    assert not signed_in(client)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_speaks_both_languages(client: Client, clerk: User, language: str) -> None:
    client.cookies["qudao_language"] = language
    page = sign_in(client, "clerk", "wrong").content.decode()
    with translation.override(language):
        wrong = translation.gettext("The user name or the password is not right.")
    assert wrong in page
    assert ("不正确" in wrong) == (language == "zh-hans")


def test_a_closed_account_is_told_so_only_with_the_right_password(
    client: Client, clerk: User
) -> None:
    User.objects.update(is_active=False)
    assert sign_in(client, "clerk", "wrong").status_code == 200
    assert sign_in(client, "clerk")["Location"] == reverse("account_inactive")
    assert client.get(reverse("account_inactive")).status_code == 200
    assert not signed_in(client)


def test_a_closed_account_is_out_at_its_next_request(client: Client, clerk: User) -> None:
    sign_in(client, "clerk")
    assert client.get(reverse("usersessions_list")).status_code == 200
    User.objects.update(is_active=False)
    assert client.get(reverse("usersessions_list")).status_code == 302


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "confirm-email/abc/", "password/reset/key/1-x/"],
)
def test_what_is_not_offered_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}", {"username": "x"}).status_code == 404
    assert not User.objects.exists()


def test_a_forgotten_password_leads_to_people(client: Client) -> None:
    assert client.get(reverse("account_reset_password")).status_code == 200


def test_five_failures_close_the_account_to_this_address(client: Client, clerk: User) -> None:
    for _ in range(4):
        assert sign_in(client, "clerk", "wrong").status_code == 200
    # the phone is another name of the same account
    locked = sign_in(client, "13800138000", "wrong")
    assert locked.status_code == 429
    assert 14 * 60 < int(locked["Retry-After"]) <= 15 * 60
    assert "15" in locked.content.decode()
    assert sign_in(client, "clerk").status_code == 429
    assert not signed_in(client)
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    assert sign_in(elsewhere, "clerk").status_code == 302


def test_unknown_names_are_locked_alike(client: Client) -> None:
    codes = [sign_in(client, "nobody", "wrong").status_code for _ in range(5)]
    assert codes == [200] * 4 + [429]


def test_success_forgets_failures(client: Client, clerk: User) -> None:
    for _ in range(2):
        for _ in range(4):
            sign_in(client, "clerk", "wrong")
        assert sign_in(client, "clerk").status_code == 302
        client.post(reverse("account_logout"))


def test_the_first_password_has_to_be_changed(
    client: Client, tree: dict[str, OrganizationId]
) -> None:
    fresh = admit(tree["A00001"], "fresh", "outlet_clerk", fresh=True)
    sign_in(client, "fresh")
    change = reverse("account_change_password")
    for path in ("/", reverse("usersessions_list"), reverse("mfa_index"), "/sell/"):
        response = client.get(path)
        assert (response.status_code, response.get("Location")) == (302, change), path
    htmx = client.get(reverse("usersessions_list"), headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx["HX-Redirect"]) == (204, change)
    assert client.get(change).status_code == 200

    def to(password: str, old: str = PASSWORD) -> HttpResponse:
        data = {"oldpassword": old, "password1": password, "password2": password}
        return client.post(change, data)  # type: ignore[return-value]

    for refused in (PASSWORD, "short", "12345678", "password1"):
        assert to(refused).status_code == 200, refused
    assert to("quite-another-7", old="wrong").status_code == 200
    fresh.refresh_from_db()
    assert fresh.must_change_password and fresh.check_password(PASSWORD)

    done = to("quite-another-7")
    assert (done.status_code, done["Location"]) == (302, "/")
    fresh.refresh_from_db()
    assert not fresh.must_change_password and fresh.check_password("quite-another-7")
    assert client.get(reverse("usersessions_list")).status_code == 200
    entry = JournalEntry.objects.get(command="identity.set_password", actor=fresh.pk)
    assert entry.arguments == {"password": "•••"}


def test_signing_out_needs_a_post(client: Client, clerk: User) -> None:
    sign_in(client, "clerk")
    assert client.get(reverse("account_logout")).status_code == 200
    assert signed_in(client)
    client.post(reverse("account_logout"))
    assert not signed_in(client)


def test_pages_of_a_person_are_kept_out_of_caches(client: Client, clerk: User) -> None:
    sign_in(client, "clerk")
    response = client.get(reverse("mfa_index"))
    assert "no-store" in response["Cache-Control"]
    assert "camera=(self)" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"
