"""Limits hold across processes, and count each client alone."""

from __future__ import annotations

import threading
import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from qudao.fronts.web.actor import equip
from qudao.fronts.web.limits import forget_old, limited, over_limit


def until_a_minute_has_time(seconds: float) -> None:
    """Counting is by the clock's minute: do not begin at its end."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left + 0.01)


@limited("test.view", per_minute=3)
def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def ask(rf: RequestFactory, address: str) -> HttpResponse:
    request = rf.get("/", REMOTE_ADDR=address)
    request.user = AnonymousUser()
    equip(request)
    return view(request)


@pytest.mark.django_db
def test_a_client_is_let_in_so_many_times(rf: RequestFactory) -> None:
    until_a_minute_has_time(5)
    assert [ask(rf, "10.0.0.1").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert ask(rf, "10.0.0.2").status_code == 200
    assert 0 < int(ask(rf, "10.0.0.1")["Retry-After"]) <= 60


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_are_all_counted() -> None:
    until_a_minute_has_time(10)
    forget_old(minutes=-1)
    let_in: list[int] = []

    def many() -> None:
        try:
            for _ in range(25):
                let_in.append(over_limit("test.many", "key", 40))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait_s == 0 for wait_s in let_in) == 40
    assert forget_old(minutes=-1) == 1
