"""The acquirer's doors: signatures, pages, links, notices."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from simulators.acquirer.cards import TEST_CARDS, cleaned, valid
from simulators.acquirer.signing import KEY, SIGNATURE, TIME, Key
from tests.acquirer_process import PAYS, ROOT, AcquirerProcess

OURS = Key(AcquirerProcess.key, AcquirerProcess.secret)
WAIT_S = 30


class Notice(NamedTuple):
    """A notice as it came in."""

    body: dict[str, Any]
    octets: bytes
    headers: dict[str, str]


class Office:
    """Takes notices, or declines the first ones."""

    def __init__(self) -> None:
        self.came: Queue[Notice] = Queue()
        self.decline = 0
        office = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                octets = self.rfile.read(int(self.headers["Content-Length"]))
                declined, office.decline = office.decline > 0, office.decline - 1
                office.came.put(Notice(json.loads(octets), octets, dict(self.headers)))
                self.send_response(500 if declined else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/payments/notices"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def next(self) -> Notice:
        return self.came.get(timeout=WAIT_S)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def office(acquirer: AcquirerProcess) -> Iterator[Office]:
    office = Office()
    acquirer.notices(office.url)
    yield office
    acquirer.notices("")
    office.close()


@pytest.fixture
def client(acquirer: AcquirerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=acquirer.url, trust_env=False, timeout=WAIT_S) as client:
        yield client


def send(
    client: httpx.Client, method: str, path: str, content: Any = None, **headers: str
) -> httpx.Response:
    """A signed request."""
    body = b"" if content is None else json.dumps(content).encode()
    signed = OURS.headers(method, path, body, time.time())
    return client.request(method, path, content=body, headers={**signed, **headers})


def a_page(client: httpx.Client, return_to: str = "") -> tuple[str, str]:
    """A payment that waits on a page: its id, and the page's address."""
    id = str(uuid4())
    wanted = {"method": "page", "amount": 5_000, "msisdn": "13937100001", "merchant": "<H&M>"}
    made = send(client, "PUT", f"/payments/{id}", wanted | {"return_to": return_to})
    assert made.status_code == 200, made.text
    return id, made.json()["url"]


# ---- signatures


def test_nothing_is_done_unsigned(client: httpx.Client, acquirer: AcquirerProcess) -> None:
    path, body = f"/payments/{uuid4()}", b'{"method":"page","amount":1}'
    right = OURS.headers("PUT", path, body, time.time())
    wrong = [
        {},
        right | {SIGNATURE: "0" * 64},
        right | {KEY: "other"},
        right | {TIME: str(int(right[TIME]) + 1)},
        right | {TIME: "²"},
        OURS.headers("POST", path, body, time.time()),
        OURS.headers("PUT", path, body + b" ", time.time()),
        OURS.headers("PUT", path, body, time.time() - 600),
        OURS.headers("PUT", path, body, time.time() + 600),
    ]
    for headers in wrong:
        raw = {name: value.encode() for name, value in headers.items()}
        answer = client.put(path, content=body, headers=raw)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert acquirer.payment(path.rsplit("/", 1)[1]) is None
    assert client.put(path, content=body, headers=right).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "{",
        [],
        {"method": "page"},
        {"method": "page", "amount": 0},
        {"method": "page", "amount": 1.5},
        {"method": "page", "amount": True},
        {"method": "cash", "amount": 1},
        {"method": "bound", "amount": 1},
        {"method": "page", "amount": 1, "msisdn": "１３９"},
        {"method": "page", "amount": 1, "return_to": "javascript:alert(1)"},
        {"method": "page", "amount": 1, "currency": "USD"},
        {"method": "page", "amount": 1, "more": 1},
    ],
)
def test_what_is_malformed_is_declined(client: httpx.Client, wanted: Any) -> None:
    answer = send(client, "PUT", f"/payments/{uuid4()}", wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_limits_of_requests(client: httpx.Client) -> None:
    assert send(client, "PUT", f"/payments/{uuid4()}", "x" * 20_000).status_code == 413
    assert send(client, "PUT", f"/payments/{'x' * 65}", {}).status_code == 400
    assert send(client, "POST", f"/payments/{uuid4()}/steal").status_code == 404
    assert send(client, "POST", f"/payments/{uuid4()}/capture").json()["code"] == "payment_unknown"


def test_it_does_not_start_without_a_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulators.acquirer", "--port", "0"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 2 and "QUDAO_ACQUIRER_SECRET" in done.stderr


# ---- pages


def test_a_customer_pays_on_the_page(client: httpx.Client, acquirer: AcquirerProcess) -> None:
    id, url = a_page(client, "http://127.0.0.1:1/back?a=1")
    shown = client.get(url)
    assert shown.status_code == 200 and 'lang="zh-Hans"' in shown.text
    assert "&lt;H&amp;M&gt;" in shown.text and "<H&M>" not in shown.text
    assert "139****0001" in shown.text and "13937100001" not in shown.text
    assert "¥50.00" in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    paid = client.post(url, data={"number": "6200 0000 0000 0005", "expiry": "9/2099"})
    assert (paid.status_code, paid.headers["location"]) == (303, "http://127.0.0.1:1/back?a=1")
    found = acquirer.payment(id)
    assert found is not None and (found["state"], found["card"]) == ("authorised", "0005")
    again = client.post(url, data={"number": PAYS, "expiry": "09/99"})
    assert again.status_code == 200 and "支付成功" in again.text
    assert acquirer.audit(id)["payments"][id]["effects"] == {"hold": 1}
    english = re.sub("language=[^&]*", "language=en", url)
    assert "You may close this page" in client.get(english).text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({}, "This is no card number"),
        ({"number": "6200000000000006", "expiry": "09/99"}, "This is no card number"),
        (
            {"number": "６２０００００００００００００５", "expiry": "09/99"},
            "This is no card number",
        ),
        ({"number": PAYS, "expiry": ""}, "This date"),
        ({"number": PAYS, "expiry": "13/99"}, "This date"),
        ({"number": PAYS, "expiry": "01/20"}, "This date"),
        ({"number": "6200000000000013", "expiry": "09/99"}, "limit does not suffice"),
        ({"number": "6200000000000021", "expiry": "09/99"}, "has expired"),
    ],
)
def test_a_page_says_what_is_wrong(
    client: httpx.Client, acquirer: AcquirerProcess, typed: dict[str, str], problem: str
) -> None:
    id, url = a_page(client)
    answer = client.post(url.replace("language=zh-hans", "language=en"), data=typed)
    assert answer.status_code == 422 and problem in answer.text and 'role="alert"' in answer.text
    found = acquirer.payment(id)
    assert found is not None and found["state"] == "pending"


def test_three_declined_cards_are_enough(client: httpx.Client, acquirer: AcquirerProcess) -> None:
    id, url = a_page(client)
    for expected in (422, 422, 303):
        typed = {"number": "6200000000000039", "expiry": "09/99"}
        assert client.post(url, data=typed).status_code == expected
    found = acquirer.payment(id)
    assert found is not None and (found["state"], found["code"]) == ("declined", "declined")


def test_a_customer_cancels(client: httpx.Client, acquirer: AcquirerProcess) -> None:
    id, url = a_page(client)
    back = client.post(url, data={"act": "cancel"})
    assert back.status_code == 303
    ended = client.get(back.headers["location"])
    assert "已取消" in ended.text and "<form" not in ended.text
    found = acquirer.payment(id)
    assert found is not None and (found["state"], found["code"]) == ("declined", "cancelled")


def test_no_page(client: httpx.Client) -> None:
    for path in (f"/page/{uuid4()}", "/bind/x"):
        answer = client.get(f"{path}?language=en")
        assert answer.status_code == 404 and "not valid" in answer.text
    assert client.get("/page.css").headers["content-type"].startswith("text/css")


def test_a_customer_binds_a_card_once(client: httpx.Client, acquirer: AcquirerProcess) -> None:
    msisdn = acquirer.number()
    assert send(client, "GET", f"/cards/{msisdn}").json()["tail"] == ""
    path, wanted = f"/bindings/{uuid4()}", {"msisdn": msisdn, "language": "en"}
    url = send(client, "PUT", path, wanted).json()["url"]
    assert send(client, "PUT", path, wanted).json()["url"] == url
    other = wanted | {"msisdn": acquirer.number()}
    assert send(client, "PUT", path, other).status_code == 409
    assert "Bind a bank card" in client.get(url).text
    declined = client.post(url, data={"number": "6200000000000021", "expiry": "09/99"})
    assert declined.status_code == 422
    assert client.post(url, data={"number": PAYS, "expiry": "09/99"}).status_code == 303
    assert send(client, "GET", f"/cards/{msisdn}").json()["tail"] == "0005"
    assert send(client, "DELETE", f"/cards/{msisdn}").json()["tail"] == ""
    # The link has done its work: it binds no second card.
    assert "The card is bound" in client.post(url, data={"number": PAYS, "expiry": "09/99"}).text
    assert send(client, "GET", f"/cards/{msisdn}").json()["tail"] == ""


# ---- notices


def test_a_notice_is_signed_and_repeated_until_it_is_taken(
    client: httpx.Client, acquirer: AcquirerProcess, office: Office
) -> None:
    id, _url = a_page(client)
    office.decline = 1
    acquirer.pay(id)
    declined, taken = office.next(), office.next()
    assert declined.octets == taken.octets
    assert (taken.body["payment"], taken.body["state"], taken.body["amount"]) == (
        id,
        "authorised",
        5_000,
    )
    given = (taken.headers[KEY], taken.headers[TIME], taken.headers[SIGNATURE])
    arguments = ("POST", "/payments/notices", taken.octets)
    assert OURS.problem(*arguments, given, time.time()) == ""
    assert Key("qudao", "other").problem(*arguments, given, time.time()) != ""


def test_notices_outlive_a_power_cut(client: httpx.Client, acquirer: AcquirerProcess) -> None:
    id, _url = a_page(client)
    acquirer.pay(id)
    acquirer.restart()  # it was told no address: the notice stands in its books
    office = Office()
    acquirer.notices(office.url)
    seen = [office.next().body]
    while seen[-1]["payment"] != id:
        seen.append(office.next().body)
    office.close()
    assert seen[-1]["state"] == "authorised"


def test_notices_come_twice_and_in_the_wrong_order(
    client: httpx.Client, acquirer: AcquirerProcess, office: Office
) -> None:
    acquirer.faults(duplicate_notices=True, reorder_notices=True)
    id, _url = a_page(client)
    acquirer.pay(id)
    send(client, "POST", f"/payments/{id}/capture")
    states = [office.next().body["state"] for _ in range(4)]
    assert sorted(states) == ["authorised", "authorised", "captured", "captured"]


def test_a_late_notice(client: httpx.Client, acquirer: AcquirerProcess, office: Office) -> None:
    acquirer.faults(late_notices_s=86_400)
    id, _url = a_page(client)
    acquirer.pay(id)
    early, _ = a_page(client)  # whatever else it does, it does not send
    assert early and office.came.empty()
    acquirer.faults()
    assert office.next().body["payment"] == id


# ---- cards


def test_card_numbers() -> None:
    assert all(valid(number) for number in TEST_CARDS)
    assert valid("4111111111111111") and valid(cleaned("6200-0000 0000 0005"))
    for wrong in ("", "0", "4111111111111112", "41111111111111110", "x" * 16, "4" * 20, "６" * 16):
        assert not valid(wrong), wrong
    swapped = "2600000000000005"  # two digits that changed places
    assert not valid(swapped)
