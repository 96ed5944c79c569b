"""Tokens, limits, addresses, methods, and the API's own description."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from qudao.fronts.web import limits
from qudao.platform.identity import operations as identity
from qudao.platform.identity.models import ApiToken, User
from tests.fronts.api.conftest import Shop, Terminal
from tests.fronts.api.test_selling import refused
from tests.province import PASSWORD

pytestmark = pytest.mark.django_db


def test_who_am_i(shop: Shop, till: Terminal) -> None:
    me = till.get("/me").json()
    assert (me["username"], me["role"]) == ("clerk", "outlet_clerk")
    assert me["outlet"]["id"] == me["organization"] == str(shop.outlet)
    assert {"ordering.sell", "wallet.read"} <= set(me["grants"])
    boss = shop.terminal("supervisor").get("/me").json()
    assert (boss["organization_kind"], boss["outlet"]) == ("branch", None)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nonsense", "Basic Y2xlcms6eA==", "Bearer qd_abcdefgh_" + "x" * 43],
)
def test_without_a_valid_token_nothing_is_answered(shop: Shop, header: str) -> None:
    answer = Client().get("/api/v1/wallet", headers={"Authorization": header})
    refused(answer, 401, "api.unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="qudao"'


def test_a_session_of_a_browser_is_no_token(shop: Shop) -> None:
    client = Client()
    User.objects.filter(username="clerk").update(must_change_password=False)
    client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})
    assert client.get(reverse("portal:home")).status_code == 200, "signed in"
    refused(client.get("/api/v1/wallet"), 401, "api.unauthenticated")
    refused(client.post("/api/v1/sales"), 401, "api.unauthenticated")


def test_a_revoked_token_stops_at_once(shop: Shop, till: Terminal) -> None:
    assert till.get("/wallet").status_code == 200
    identity.revoke_token(shop.province.system(shop.now), token=till.token)
    refused(till.get("/wallet"), 401, "api.unauthenticated")
    refused(till.sell(), 401, "api.unauthenticated")


def test_an_expired_token_stops(shop: Shop) -> None:
    till = shop.terminal(expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert till.get("/wallet").status_code == 200
    ApiToken.objects.filter(id=till.token).update(
        created_at=shop.now - timedelta(days=2), expires_at=shop.now - timedelta(days=1)
    )
    refused(till.get("/wallet"), 401, "api.unauthenticated")


def test_a_rotated_token_works_beside_its_successor(shop: Shop, till: Terminal) -> None:
    fresh = identity.rotate_token(
        shop.province.system(datetime.now(UTC)), token=till.token, overlap_s=600
    )
    successor = Terminal(str.__str__(fresh.secret), fresh.token)
    assert till.get("/me").status_code == successor.get("/me").status_code == 200


def test_a_token_bound_to_an_outlet_acts_nowhere_else(shop: Shop) -> None:
    elsewhere = shop.terminal(organization=shop.province.far)
    assert elsewhere.get("/me").json()["role"] is None
    refused(elsewhere.get("/wallet", outlet=str(shop.outlet)), 403, "api.no_membership")


def test_too_many_requests_are_told_when_to_go_on(
    shop: Shop, till: Terminal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr(limits.time, "time", lambda: 6_000_000_010.0)  # ten seconds past
    assert [till.get("/me").status_code for _ in range(3)] == [200] * 3
    answer = till.sell()
    document = refused(answer, 429, "api.too_many_requests")
    assert answer.headers["Retry-After"] == "50"
    assert document["fields"] == {"retry_after_s": 50}
    assert shop.terminal().get("/me").status_code == 200, "another token has its own minute"
    settings.API_REQUESTS_PER_MINUTE = 0
    assert till.get("/me").status_code == 200


def test_unknown_addresses_and_wrong_methods_are_problems_too(till: Terminal) -> None:
    refused(till.get("/nothing/here"), 404, "api.no_such_address")
    refused(till.get("/orders/not-an-id"), 404, "api.no_such_address")
    refused(till.get("/orders/two%0Alines/reversal"), 404, "api.no_such_address")
    strict = Client(enforce_csrf_checks=True)
    refused(strict.post("/api/v1/orders/not-an-id/receipt"), 404, "api.no_such_address")
    refused(strict.post("/api/v1/openapi.json"), 405, "api.wrong_method")
    for method, path, allowed in (
        ("PUT", "/sales", "POST"),
        ("DELETE", "/orders", "GET"),
        ("TRACE", "/wallet", "GET"),
    ):
        answer = till._client.generic(method, f"/api/v1{path}", headers=till._headers)
        refused(answer, 405, "api.wrong_method")
        assert answer.headers["Allow"] == allowed


def test_an_error_of_ours_is_a_problem_below_the_api_and_a_page_elsewhere(
    shop: Shop, till: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qudao.domain.wallet import queries

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(queries, "wallet", broken)
    till._client.raise_request_exception = False
    refused(till.get("/wallet"), 500, "api.internal_error")


def test_answers_are_kept_out_of_caches(till: Terminal) -> None:
    assert "no-store" in till.get("/wallet").headers["Cache-Control"]


def test_the_description_names_every_answer(client: Client) -> None:
    answer = client.get(reverse("api:openapi"))
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            statuses = set(operation["responses"])
            assert {"400", "401", "403", "429"} <= statuses, (method, path)
            for status, one in operation["responses"].items():
                kind = "application/problem+json" if int(status) >= 400 else "application/json"
                if path.endswith("/contract") and status == "200":
                    kind = "application/pdf"
                assert list(one.get("content", ())) == ([] if status == "204" else [kind])
    assert "null" not in json.dumps(
        [
            one["schema"]
            for m in document["paths"].values()
            for o in m.values()
            for one in o["parameters"]
        ]
    )


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_people_can_read_the_reference(client: Client, language: str) -> None:
    answer = client.get("/api/v1/docs", headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "POST /api/v1/sales" in page and "Idempotency-Key" in page
    shown = "What the outlet may sell now" if language == "en" else "网点现在可销售的产品"
    assert shown in page
    assert "<script>" not in page and "style=" not in page and "//cdn" not in page
