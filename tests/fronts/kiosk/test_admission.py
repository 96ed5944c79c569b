"""Which browsers are kiosks, and what the others get."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from qudao.domain.saleschannel import operations as saleschannel
from qudao.fronts.kiosk.hall import COOKIE
from qudao.platform.identity import operations as identity
from tests.fronts.kiosk.pages import Pages
from tests.fronts.kiosk.stand import Stand, fetching

ADMISSION = ("Admit this kiosk", "登记本终端")


@pytest.fixture
def stranger(stand: Stand) -> Pages:
    """Another browser."""
    return Pages(fetching(Client(enforce_csrf_checks=True)))


def test_only_an_admitted_browser_is_a_kiosk(stand: Stand, stranger: Pages) -> None:
    """Others see nothing, whatever token they show; one kiosk does not see another's visit."""
    for path in ("", "talk/", "escrow/", "card/"):
        stranger.get(f"/kiosk/{path}")
        assert stranger.heading in ADMISSION, path
    clerk = stand.province.people["clerk"].user
    other = identity.issue_token(stand.province.system(), user=clerk, name="till").secret
    for token in ("", "guess", "qd_aaaaaaaa_" + "a" * 43, str.__str__(other), "x" * 10_000):
        stranger.admit(token)
        assert stranger.heading in ADMISSION
        assert stranger.status in (200, 422)
    stand.begin()
    stand.touch("Top-up")
    stranger.admit(stand.kiosk.token)
    stranger.get("/kiosk/talk/")
    assert stranger.offers("English"), "its own session is not known there"


def test_a_kiosk_s_token_opens_these_pages_alone(stand: Stand) -> None:
    """As a token, as a cookie, and without the page's own token against forgeries."""
    client = Client(headers={"Authorization": f"Bearer {stand.kiosk.token}"})
    for path in ("/api/v1/orders", "/api/v1/outlet", "/api/v1/catalog"):
        assert client.get(path).status_code in (403, 404), path
    assert client.get("/office/").status_code == 302
    cookie = stand.client.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/kiosk/"
    stand.begin()
    stand.post("/kiosk/talk/", text="1", step="1")
    assert stand.status == 403


def test_a_revoked_token_ends_it_at_once(stand: Stand) -> None:
    stand.begin()
    identity.revoke_token(stand.province.system(), token=stand.kiosk.token_id)
    stand.get("/kiosk/talk/")
    assert stand.heading in ADMISSION


def test_a_kiosk_whose_outlet_is_closed_serves_nobody(stand: Stand) -> None:
    at = datetime.now(UTC)
    saleschannel.suspend(stand.province.system(at), outlet=stand.kiosk.outlet, reason="broken")
    stand.get("/kiosk/")
    assert stand.heading in ADMISSION
