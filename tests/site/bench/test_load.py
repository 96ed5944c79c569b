"""What the clients ask is what an outlet asks, in the shares that are stated."""

from __future__ import annotations

import json
import re
from collections import Counter
from random import Random

import pytest
from django.db import connection

from qudao.site import reference
from qudao.site.bench import load
from qudao.site.bench.stand import FIRST_OUTLET, fill


def test_the_shares_are_of_all_sales() -> None:
    assert sum(kind.percent for kind in load.KINDS) == 100
    offered = Counter(re.findall(r'"offering":"(\w+)"', "".join(load.middles(1000))))
    assert offered == {kind.offering: 10 * kind.percent for kind in load.KINDS}
    weights = [weight for _, weight in load.pgbench_scripts(10_000)]
    assert weights == [kind.percent for kind in load.KINDS]


def test_a_hundredth_of_the_outlets_makes_its_share() -> None:
    random = Random(3)
    chosen = [load.an_outlet(random, 10_000) for _ in range(20_000)]
    assert min(chosen) >= 1 and max(chosen) <= 10_000
    assert 0.28 < sum(outlet <= 100 for outlet in chosen) / len(chosen) < 0.32
    script, _ = load.pgbench_scripts(10_000)[0]
    assert f"random(1, 1000) <= 300 then random({FIRST_OUTLET}, {FIRST_OUTLET + 99})" in script
    assert f"else random({FIRST_OUTLET + 100}, {FIRST_OUTLET + 9_999}) end" in script


def test_a_request_is_whole() -> None:
    text = f"{load.head(7)}key-1{load.middle('TOPUP', 3000)}{123_456_789}{load.END}"
    head, _, body = text.partition("\r\n\r\n")
    assert f"Content-Length: {len(body)}" in head.split("\r\n")
    assert "Idempotency-Key: key-1" in head.split("\r\n")
    assert json.loads(body) == {"offering": "TOPUP", "amount_fen": 3000, "msisdn": "13123456789"}


@pytest.mark.django_db
def test_the_tokens_are_those_of_the_stand() -> None:
    for _ in reference.load():
        pass
    with connection.cursor() as cursor:
        for script in fill(12):
            cursor.execute(script)
        cursor.execute("SELECT bench_token(n) FROM generate_series(1, 12) n ORDER BY n")
        assert [row[0] for row in cursor.fetchall()] == [load.token(n) for n in range(1, 13)]
        cursor.execute(
            "SELECT count(*) FROM bench_offer WHERE code = ANY(%s)",
            [[kind.offering for kind in load.KINDS]],
        )
        assert cursor.fetchone()[0] == len(load.KINDS)
