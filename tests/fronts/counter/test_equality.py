"""The counter answers as the HTTP API does: the same requests to both, word for word."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from qudao.domain.ordering.models import Order
from tests.counter_process import CounterProcess, sale_headers
from tests.fronts.api.conftest import MSISDN, Shop, Terminal

pytestmark = pytest.mark.django_db(transaction=True)

SALE = {"offering": "TOPUP", "msisdn": MSISDN, "amount_fen": 5000}
OUTLET = "01890a5d-ac96-774b-bcce-b302099a8057"

CHANGES: list[dict[str, Any]] = [
    {"amount_fen": "5000"},
    {"amount_fen": 50.5},
    {"amount_fen": 5000.0},
    {"amount_fen": 5e3},
    {"amount_fen": True},
    {"amount_fen": -1},
    {"amount_fen": 2**63},
    {"amount_fen": 10**400},
    {"amount_fen": None},
    {"amount_fen": [5000]},
    {"amount_fen": 5050},
    {"msisdn": "12345678901"},
    {"msisdn": "13937100001\n"},
    {"msisdn": "１３９３７１００００１"},
    {"msisdn": 13937100001},
    {"offering": "a" * 65},
    {"offering": "TOPUP\n"},
    {"offering": "TOP\u0000UP"},
    {"offering": "\ud800"},
    {"offering": ""},
    {"offering": "NONE"},
    {"offering": "SZXJY", "amount_fen": 0},
    {"offering": "DATA1GB", "amount_fen": 1900},
    {"offering": "BILLPAY", "amount_fen": 200_000},
    {"outlet": "me"},
    {"outlet": OUTLET},
    {"outlet": OUTLET.upper()},
    {"outlet": OUTLET.replace("-", "")},
    {"outlet": f"{{{OUTLET}}}"},
    {"outlet": f"urn:uuid:{OUTLET}"},
    {"outlet": f"{OUTLET}\n"},
    {"outlet": ""},
    {"outlet": 5},
    {"discount": 1},
    {"discount": 1, "amount_fen": -1, "msisdn": ""},
    {"details": None},
    {"order": OUTLET},
]

WHOLE = json.dumps(SALE).encode()
RAW: list[bytes] = [
    b"",
    b" ",
    b"{",
    b"[]",
    b"null",
    b"5",
    b'"text"',
    b"{}",
    b'"\xff"',
    WHOLE.replace(b"TOPUP", b"TOP\xffUP"),
    WHOLE[:-1] + b', "note": NaN}',
    WHOLE.replace(b"5000", b"NaN"),
    WHOLE.replace(b"5000", b"Infinity"),
    WHOLE.replace(b"5000", b"05000"),
    WHOLE.replace(b"5000", b"5_000"),
    WHOLE + b"{}",
    WHOLE + b"\x00",
    b"[" * 500,
    b'{"offering": "TOPUP", "offering": "NONE", "msisdn": "13937100001", "amount_fen": 5000}',
    b" " * 70_000 + WHOLE,
]

HEADERS: list[dict[str, str | None]] = [
    {"Idempotency-Key": None},
    {"Idempotency-Key": ""},
    {"Idempotency-Key": "with space"},
    {"Idempotency-Key": "schl\xfcssel"},
    {"Idempotency-Key": "k" * 101},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/jsonx"},
    {"X-Dry-Run": "yes"},
    {"Prefer": "w" * 101},
    {"Authorization": None},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer nonsense"},
    {"Authorization": "Basic Y2xlcms6eA=="},
    {"Authorization": "Bearer qd_abcdefgh_" + "x" * 43},
]


def both(
    shop: Shop,
    counter: CounterProcess,
    till: Terminal,
    language: str,
    body: bytes,
    change: dict[str, str | None] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Send the same to both; what both answered."""
    headers = {
        "Authorization": f"Bearer {till.secret}",
        "Accept-Language": language,
        "Content-Type": "application/json",
        "Idempotency-Key": f"k-{uuid4()}",
    }
    headers |= change or {}  # type: ignore[arg-type]
    sent = {name: value for name, value in headers.items() if value is not None}
    fast = counter.request("POST", "/api/v1/sales", body, sent)
    slow = till._client.generic(
        "POST",
        "/api/v1/sales",
        body,
        sent.pop("Content-Type", ""),
        headers=sent,
    )
    assert isinstance(fast.document, dict), (fast, counter.log.read_text()[-3000:])
    documents = [fast.document, slow.json()]
    for document in documents:
        assert document.pop("instance").startswith("urn:qudao:request:")
    assert (fast.status, documents[0]) == (slow.status_code, documents[1])
    for name in ("Content-Type", "Retry-After", "WWW-Authenticate", "X-Content-Type-Options"):
        assert fast.headers.get(name) == slow.headers.get(name), name
    return fast.status, documents[0]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_is_wrong_is_told_alike(
    committed_shop: Shop, counter: CounterProcess, language: str
) -> None:
    till = committed_shop.terminal()
    codes = set()
    for change in CHANGES:
        body = json.dumps(SALE | change, ensure_ascii="\ud800" in str(change.values()))
        status, document = both(committed_shop, counter, till, language, _octets(body))
        assert status >= 400, change
        codes.add(document["code"])
    for raw in RAW:
        status, document = both(committed_shop, counter, till, language, raw)
        assert status >= 400, raw[:80]
        codes.add(document["code"])
    for headers in HEADERS:
        status, document = both(committed_shop, counter, till, language, WHOLE, headers)
        assert status >= 400, headers
        codes.add(document["code"])
    for body in (b"{", b" " * 70_000, WHOLE):
        both(committed_shop, counter, till, language, body, {"Idempotency-Key": " "})
    assert {"api.not_valid", "api.not_json", "api.too_large", "api.media_type"} < codes
    assert {"api.unauthenticated", "catalog.offering_unknown"} < codes
    assert {"ordering.balance_too_low", "saleschannel.outlet_unknown"} < codes
    assert Order.objects.unscoped("test").count() == 0


def _octets(body: str) -> bytes:
    return body.encode("utf-8", "backslashreplace")


def test_what_is_done_is_told_alike(committed_shop: Shop, counter: CounterProcess) -> None:
    till = committed_shop.terminal()
    fast = counter.sell(till.secret, "k-1")
    slow = till.sell(key="k-2")
    assert (fast.status, fast.document.keys()) == (slow.status_code, slow.json().keys())
    same = ("amount_fen", "debit_fen", "outcome")
    assert [fast.document[name] for name in same] == [slow.json()[name] for name in same]
    assert fast.document["balance_fen"] == slow.json()["balance_fen"] + slow.json()["debit_fen"]
    orders = Order.objects.unscoped("test").order_by("ordered_at").values()
    one, other = ({**row} for row in orders)
    differ = {name for name in one if one[name] != other[name]}
    assert differ == {"id", "hold_id", "ordered_at"}


def test_a_trial_does_nothing(committed_shop: Shop, counter: CounterProcess) -> None:
    till = committed_shop.terminal()
    tried = counter.sell(till.secret, "k-1", headers={"X-Dry-Run": "true"})
    assert (tried.status, tried.document) == (
        200,
        till.sell(key="k-1", headers={"X-Dry-Run": "true"}).json(),
    )
    assert Order.objects.unscoped("test").count() == 0
    assert counter.sell(till.secret, "k-1").status == 201


def test_anything_else_is_no_address(committed_shop: Shop, counter: CounterProcess) -> None:
    for path in ("/", "/api/v1/nothing", "/office/", "/api/v1/sales/"):
        told = counter.request("GET", path)
        assert (told.status, told.document["code"]) == (404, "api.no_such_address"), path
        assert told.headers["X-Request-Id"] in told.document["instance"]
    secret = committed_shop.terminal().secret
    told = counter.request("PUT", "/api/v1/sales", b"{}", sale_headers(secret, "k-1"))
    assert (told.status, told.document["code"]) == (405, "api.wrong_method")
    assert told.headers["Allow"] == "POST"
