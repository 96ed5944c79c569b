"""How often somebody may ask: counted in the database, so it holds across processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qudao.fronts.web.clients import client_ip

P = ParamSpec("P")

_HIT = """
INSERT INTO web_rate AS r (name, key, minute, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (name, key) DO UPDATE
       SET count = CASE WHEN r.minute = excluded.minute THEN r.count + 1 ELSE 1 END,
           minute = excluded.minute
RETURNING count
"""


def over_limit(name: str, key: str, per_minute: int) -> int:
    """
    Count one request; return 0, or in how many seconds the next one may come.

    The minute is the clock's: at its turn a client may send up to twice the limit in a minute.
    """
    now = time.time()
    with connection.cursor() as cursor:
        cursor.execute(_HIT, [name, key, int(now // 60)])
        count: int = cursor.fetchone()[0]
    return 0 if count <= per_minute else max(1, int(60 - now % 60))


def client_key(request: HttpRequest) -> str:
    """Return whom to count a request to: its token, else its user, else its address."""
    bearer = getattr(request, "bearer", None)
    if bearer is not None:
        return f"token:{bearer.token}"
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"ip:{client_ip(request)}"


def limited(
    name: str, per_minute: int
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Let a client use a view so many times a minute; answer 429 beyond that."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def run(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            wait_s = over_limit(name, client_key(request), per_minute)
            if wait_s == 0:
                return view(request, *args, **kwargs)
            response = render(request, "429.html", {"wait_s": wait_s}, status=429)
            response["Retry-After"] = str(wait_s)
            return response

        return run

    return decorate


def forget_old(minutes: int = 60) -> int:
    """Drop counters that nobody has touched for a while; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM web_rate WHERE minute < %s", [int(time.time() // 60) - minutes])
        return int(cursor.rowcount)
