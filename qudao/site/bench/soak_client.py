"""The clients of a soak as a process: sales and what else tills ask, at a steady rate.

Everything that is acknowledged is written down, so that it can be compared with the books after.
`python -m qudao.site.bench.soak_client` with JSON on stdin; a line of JSON for each look.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import uvloop

from qudao.site.bench import load
from qudao.site.bench.client import many_files
from qudao.site.bench.figures import quantile
from qudao.site.bench.wire import Answer, Asked, Wire

REPEATED: Final = 0.05
LOOKED_AT: Final = 0.10
REFUSED: Final = 0.01
"""Of all requests; the others are sales."""
SALES: Final = 1 - REPEATED - LOOKED_AT - REFUSED
REMEMBERED: Final = 20_000
"""The latest sales: those that are repeated and looked at."""
TRIES: Final = 30
"""Of a sale that was not decided: each under the same key."""
UNDECIDED: Final = frozenset({0, 429, 500, 502, 503, 504})


class Told(msgspec.Struct):
    """What a sale is answered with."""

    order: str
    number: str
    amount_fen: int
    debit_fen: int
    balance_fen: int


@dataclass(slots=True)
class Sale:
    """A sale, and later its answer."""

    outlet: int
    key: str
    tries: int = 0
    sent_us: int = 0
    told: Told | None = None
    data: bytes = b""


_told: Final = msgspec.json.Decoder(Told)


class Till:
    """Makes requests, and looks at what is answered."""

    def __init__(self, wanted: dict[str, Any], log: Any) -> None:
        self.random = Random(wanted["run"])
        self.run: str = wanted["run"]
        self.outlets: int = wanted["outlets"]
        lines = Path(wanted["lines"]).read_text().split()
        assert all(line.startswith("13") for line in lines), "as the made beginnings of requests"
        self.lines: list[str] = [line[2:] for line in lines]
        self.middles = load.middles(1000)
        self.log = log
        self.serial = 0
        self.latest: list[Sale] = []
        self.place = 0
        self.waiting: list[tuple[float, Asked]] = []
        """Undecided sales, and when they are to be repeated."""
        self.acknowledged = 0
        self.given_up = 0
        self.states: Counter[str] = Counter()
        self.wrong: list[str] = []
        """Answers that should not be, in words."""

    def make(self) -> Asked:
        chance = self.random.random()
        if not self.latest or chance < SALES:
            return self._sale()
        if chance < SALES + REFUSED:
            return self._refused()
        sale = self.random.choice(self.latest)
        if chance < SALES + REFUSED + REPEATED:
            return Asked("repeated", sale.data, sale)
        assert sale.told is not None
        text = (
            f"GET /api/v1/orders/{sale.told.order} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {load.token(sale.outlet)}\r\n\r\n"
        )
        return Asked("looked at", text.encode(), sale)

    def _sale(self) -> Asked:
        self.serial += 1
        outlet = load.an_outlet(self.random, self.outlets)
        sale = Sale(outlet, f"{self.run}-{self.serial}", sent_us=time.time_ns() // 1000)
        middle, line = self.random.choice(self.middles), self.random.choice(self.lines)
        sale.data = f"{load.head(outlet)}{sale.key}{middle}{line}{load.END}".encode()
        return Asked("sale", sale.data, sale)

    def _refused(self) -> Asked:
        """A top-up of half a yuan: less than the offer's least."""
        self.serial += 1
        outlet = load.an_outlet(self.random, self.outlets)
        middle, line = load.middle("TOPUP", 50), self.random.choice(self.lines)
        text = f"{load.head(outlet)}{self.run}-no-{self.serial}{middle}{line}{load.END}"
        return Asked("refused", text.encode())

    def answered(self, asked: Asked, answer: Answer) -> None:
        if answer.status in UNDECIDED:
            if asked.what == "sale":
                self._once_more(asked, answer)
            return
        match asked.what, answer.status:
            case "sale", 201:
                self._acknowledged(asked.about, answer)
            case "sale", _:
                pass  # refused: the outlet may have been suspended
            case "repeated", 201:
                if _told.decode(answer.body) != asked.about.told:
                    self.wrong.append(f"{asked.about.key} is answered otherwise when repeated")
            case "looked at", 200:
                self._looked(asked.about.told, json.loads(answer.body))
            case "refused", status if 400 <= status < 500:
                pass
            case what, status:
                self.wrong.append(f"{what}: {status} {answer.body[:200].decode(errors='replace')}")

    def _acknowledged(self, sale: Sale, answer: Answer) -> None:
        told = sale.told = _told.decode(answer.body)
        self.acknowledged += 1
        self.log.write(
            f"{told.order}\t{sale.key}\t{told.number}\t{told.amount_fen}\t{told.debit_fen}"
            f"\t{told.balance_fen}\t{sale.outlet}\t{sale.sent_us}\t{time.time_ns() // 1000}\n"
        )
        if len(self.latest) < REMEMBERED:
            self.latest.append(sale)
        else:
            self.latest[self.place % REMEMBERED] = sale
            self.place += 1

    def _looked(self, told: Told, order: dict[str, Any]) -> None:
        self.states[order["state"]] += 1
        if (order["number"], order["amount_fen"], order["debit_fen"]) != (
            told.number,
            told.amount_fen,
            told.debit_fen,
        ):
            self.wrong.append(f"order {told.order} is not shown as it was sold")

    def _once_more(self, asked: Asked, answer: Answer) -> None:
        sale = asked.about
        sale.tries += 1
        if sale.tries >= TRIES:
            self.given_up += 1
            return
        wait_s = answer.retry_after if answer.retry_after is not None else 1
        self.waiting.append((time.perf_counter() + wait_s, asked))

    def due_again(self) -> list[Asked]:
        """Return the undecided sales whose time has come."""
        now = time.perf_counter()
        due = [asked for at, asked in self.waiting if at <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        for asked in due:
            asked.about.sent_us = time.time_ns() // 1000
        return due


async def soak(wanted: dict[str, Any]) -> None:
    """Sell as `wanted` says; print what was seen in each stretch of time."""
    with Path(wanted["log"]).open("w", buffering=1 << 20) as log:
        till = Till(wanted, log)
        wire = Wire(wanted["port"], wanted["connections"], wanted["rate"], till.make, till.answered)
        await wire.open()
        looking = asyncio.create_task(_look(till, wire, wanted["every"]))
        await wire.run(wanted["seconds"])
        looking.cancel()
        _say(till, wire, last=True)


async def _look(till: Till, wire: Wire, every: float) -> None:
    loop = asyncio.get_running_loop()
    following = loop.time() + every
    while True:
        await asyncio.sleep(0.1)
        wire.again.extend(till.due_again())
        if loop.time() >= following:
            following += every
            _say(till, wire)


def _say(till: Till, wire: Wire, *, last: bool = False) -> None:
    counts = wire.fresh_counts()
    sold = sorted(counts.latencies.get(("sale", 201), ()))
    looked = sorted(counts.latencies.get(("looked at", 200), ()))
    said = {
        "at": time.time(),
        "acknowledged": till.acknowledged,
        "sold": len(sold),
        "p50_ms": quantile(sold, 50) * 1000,
        "p99_ms": quantile(sold, 99) * 1000,
        "look_p99_ms": quantile(looked, 99) * 1000,
        "statuses": {f"{what} {status}": n for (what, status), n in counts.statuses.items()},
        "missed": counts.missed,
        "undecided": len(till.waiting),
        "given_up": till.given_up,
        "states": dict(till.states),
        "wrong": till.wrong[:20],
        "wrongs": len(till.wrong),
        "last": last,
    }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asked_for = json.loads(sys.stdin.readline())
    many_files(asked_for["connections"] + 100)
    uvloop.run(soak(asked_for))
