"""`/health`, `/metrics` and the request log."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from qudao.platform.observability import health


@pytest.fixture
def boss(settings: Settings) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        settings.BOSS_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield listener


@pytest.mark.django_db
def test_each_dependency_is_told(client: Client, boss: socket.socket) -> None:
    answer = client.get("/health")
    told = answer.json()
    assert answer.status_code == 200
    assert set(told["checks"]) == {
        "boss",
        "database",
        "disk",
        "dispatch",
        "relays",
        "sms",
        "worker",
    }
    assert told["checks"]["database"]["status"] == "ok"
    assert told["checks"]["boss"]["status"] == "ok"
    # No worker runs here: degraded, but it serves.
    assert told["checks"]["worker"]["status"] == "fail"
    assert told["status"] == "degraded"
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache")


@pytest.mark.django_db
def test_an_absent_boss_does_not_stop_us(client: Client, boss: socket.socket) -> None:
    boss.close()
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["checks"]["boss"] == {
        "status": "fail",
        "detail": "not reached: Connection refused",
        "took_ms": answer.json()["checks"]["boss"]["took_ms"],
    }


def test_without_what_is_essential_it_is_down(client: Client) -> None:
    # No database fixture: pytest-django blocks the database, as a dead one would.
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert answer.json()["checks"]["database"]["status"] == "fail"


def test_a_check_that_breaks_is_a_finding(client: Client) -> None:
    @health.check("broken", essential=False)
    def broken() -> str:
        raise DatabaseError("password=secret")

    try:
        answer = client.get("/health")
    finally:
        del health.checks["broken"]
    assert answer.json()["checks"]["broken"]["detail"] == "DatabaseError"
    assert "secret" not in answer.content.decode()


def test_it_lives_without_a_database(client: Client) -> None:
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "address", "token", "status"),
    [
        ({}, "127.0.0.1", "", 200),
        ({}, "::1", "", 200),
        ({}, "10.0.0.1", "", 403),
        ({"X-Forwarded-For": "10.0.0.1"}, "127.0.0.1", "", 403),
        ({}, "127.0.0.1", "open", 403),
        ({"Authorization": "Bearer open"}, "10.0.0.1", "open", 200),
        ({"Authorization": "Bearer closed"}, "10.0.0.1", "open", 403),
    ],
)
def test_who_may_see_measurements(
    client: Client,
    settings: Settings,
    headers: dict[str, str],
    address: str,
    token: str,
    status: int,
) -> None:
    settings.METRICS_TOKEN = token
    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=address)
    assert answer.status_code == status
    assert (b"qudao_relay_lag_seconds" in answer.content) == (status == 200)
    told = client.get("/health", headers=headers, REMOTE_ADDR=address).json()
    assert ("detail" in told["checks"]["disk"]) == (status == 200)


@pytest.mark.django_db
def test_a_request_is_logged_and_measured_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="qudao.request"):
        answer = client.get("/office/?phone=13812345678", headers={"X-Request-Id": "given-by-me"})
    assert answer.headers["X-Request-Id"] == "given-by-me"
    (record,) = [r for r in caplog.records if r.name == "qudao.request"]
    assert record.getMessage() == f"GET /office/ {answer.status_code}"
    measured = client.get("/metrics").content.decode()
    assert f'{{front="backoffice",method="GET",status="{answer.status_code}"}}' in measured


@pytest.mark.django_db
def test_an_id_that_is_not_well_formed_is_replaced(client: Client) -> None:
    given = "x" * 65
    answer = client.get("/health/live", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given
    assert len(answer.headers["X-Request-Id"]) == 32


def test_health_is_json(client: Client) -> None:
    assert json.loads(client.get("/health").content)
