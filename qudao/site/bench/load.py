"""What is asked of the platform: which sales, by whom, in which shares.

pgbench, wrk and our own client all draw from here, so that they ask for the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Final

from qudao.site.bench.stand import FIRST_OUTLET

HOT_OUTLETS: Final = 0.01
"""The part of the outlets that sells most: the first ones."""
HOT_SALES: Final = 0.30
"""What they make of all sales."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One offering, and how much of it is sold."""

    offering: str
    percent: int
    """Of all sales."""
    lowest: int
    highest: int
    """fen; the same for what has a price"""
    step: int = 100

    def amount(self, random: Random) -> int:
        """Return an amount that a customer may name, in fen."""
        return self.lowest + self.step * random.randint(
            0, (self.highest - self.lowest) // self.step
        )


KINDS: Final = (
    Kind("TOPUP", 58, 1_000, 10_000, 500),
    Kind("BILLPAY", 30, 1_000, 20_000, 1),
    Kind("DATA1GB", 4, 2_000, 2_000),
    Kind("DATA5GB", 3, 3_000, 3_000),
    Kind("CLIP", 2, 500, 500),
    Kind("5G128", 2, 0, 0),
    Kind("SZX18", 1, 0, 0),
)
"""What an agent's counter sells without a form to fill in: mostly top-ups and bill payments, some
add-ons, few plan changes. Shares are assumed, not measured anywhere; the writes are alike."""


def hot_outlets(outlets: int) -> int:
    """Return how many outlets make the large share."""
    return max(1, ceil(outlets * HOT_OUTLETS))


def an_outlet(random: Random, outlets: int) -> int:
    """Return the number of an outlet, from 1."""
    hot = hot_outlets(outlets)
    if random.random() < HOT_SALES:
        return random.randint(1, hot)
    return random.randint(min(hot + 1, outlets), outlets)


def token(outlet: int) -> str:
    """Return the bearer token of an outlet, as seed.sql makes it."""
    prefix = "b" + f"{outlet:07}".translate(str.maketrans("0123456789", "abcdefghjk"))
    return f"qd_{prefix}_{outlet:043}"


def head(outlet: int) -> str:
    """Return an outlet's sale as far as the request key."""
    return (
        "POST /api/v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token(outlet)}\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: "
    )


def middle(offering: str, amount: int) -> str:
    """Return what follows the key, as far as the last nine digits of the customer's line.

    What follows those is `END`.
    """
    body = json.dumps({"offering": offering, "amount_fen": amount}, separators=(",", ":"))
    body = body[:-1] + ',"msisdn":"13'
    return f"\r\nContent-Length: {len(body) + 9 + len(END)}\r\n\r\n{body}"


END: Final = '"}'


def middles(count: int, seed: int = 1) -> list[str]:
    """Return so many sales, each kind in its share."""
    random = Random(seed)
    chosen = [kind for kind in KINDS for _ in range(round(count * kind.percent / 100))]
    return [middle(kind.offering, kind.amount(random)) for kind in chosen]


def pgbench_scripts(outlets: int) -> list[tuple[str, int]]:
    """Return pgbench's scripts, each with its weight."""
    first, last = FIRST_OUTLET, FIRST_OUTLET + outlets - 1
    hot = FIRST_OUTLET + hot_outlets(outlets) - 1
    return [
        (
            f"\\set outlet case when random(1, 1000) <= {round(1000 * HOT_SALES)}"
            f" then random({first}, {hot}) else random({min(hot + 1, last)}, {last}) end\n"
            "\\set line random(13100000000, 13999999999)\n"
            f"\\set amount {kind.lowest} + {kind.step}"
            f" * random(0, {(kind.highest - kind.lowest) // kind.step})\n"
            f"SELECT bench_sell(:outlet, :line, :amount, '{kind.offering}');\n",
            kind.percent,
        )
        for kind in KINDS
    ]
