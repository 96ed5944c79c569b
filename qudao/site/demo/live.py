"""
A day's traffic against the running server: through the HTTP API, as outlets' systems sell.

For what moves things (accounts, cards, goods) the API has no address: that is done here, by the
journeys that the portal calls, in the same database.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import httpx
from django.db import connection

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.types import Sold
from qudao.domain.party import queries as people
from qudao.domain.party.queries import MemberFilter
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import NumberSearch
from qudao.domain.saleschannel import queries as channels
from qudao.domain.saleschannel.types import Market, OutletDraft, OutletFilter
from qudao.domain.stock.types import StockShort
from qudao.journeys.goods import Line
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as identity
from qudao.platform.identity.roles import system_context
from qudao.platform.identity.types import TokenId
from qudao.site.demo import counter
from qudao.site.demo.cast import Outlet, Seller
from qudao.site.demo.counter import Clerk, People
from qudao.site.demo.places import BUSY, Plan
from qudao.site.demo.stores import COUNTED
from qudao.site.demo.traffic import Customers, Traffic, Wish

OUTLETS: Final = 60
"""So many outlets at most take part."""
BAD: Final = 0.03
"""The part of the requests that are wrong on purpose."""
RETRIED: Final = 0.03
"""The part that is sent twice under the same key, at once or a little later."""
AT_COUNTER: Final = 0.04
"""The part of the customers who come for a new account, a card or goods."""
_CARDS: Final = ("RC30", "RC50", "RC100")
_SELLERS: Final = ("outlet_owner", "outlet_clerk", "hall_clerk", "api_client")
_EVERY_S: Final = 5.0


@dataclass(slots=True)
class Tally:
    """What became of the requests."""

    sent: int = 0
    accepted: int = 0
    repeated: int = 0
    """Sent again under the same key and answered the same."""
    refused: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    """No answer, or a server error."""
    wrong: int = 0
    """A repetition that was answered differently: must stay 0."""
    served: Counter[str] = field(default_factory=Counter)
    """What was sold at the counter, by what it was."""
    latencies: list[float] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    """(token, order) of the latest sales."""

    def line(self, seconds: float) -> str:
        """A running summary."""
        ordered = sorted(self.latencies)
        p50, p99 = (
            (ordered[len(ordered) // 2] * 1000, ordered[len(ordered) * 99 // 100] * 1000)
            if ordered
            else (0.0, 0.0)
        )
        parts = [
            f"{seconds:5.0f} s  sent {self.sent}, accepted {self.accepted},"
            f" repeated {self.repeated}, refused {self.refused.total()}"
            f"  p50 {p50:.0f} ms, p99 {p99:.0f} ms"
        ]
        for title, counts in (("refused", self.refused), ("no answer", self.broken)):
            if counts:
                told = ", ".join(f"{code} {count}" for code, count in counts.most_common(6))
                parts.append(f"         {title}: {told}")
        if self.served:
            told = ", ".join(f"{what} {count}" for what, count in self.served.most_common())
            parts.append(f"         at the counter: {told}")
        if self.wrong:
            parts.append(f"         {self.wrong} repetitions were answered differently")
        return "\n".join(parts)


def play(url: str, rate: float, seconds: float, say: Callable[[str], None]) -> int:
    """Sell at a rate for some time; return the exit code: 1 if the server answered wrongly."""
    now = datetime.now(UTC)
    outlets, tokens = _tokens(now, now + timedelta(seconds=seconds, hours=1))
    if not outlets:
        say("There are no outlets that sell: build the demo province first, with `qudao demo`.")
        return 1
    say(f"{len(outlets)} outlets sell, {rate:g} a second, for {seconds / 60:g} minutes, at {url}")
    traffic = Traffic(Random(), outlets, Customers(1, 20_000), now)
    tally = Tally()
    try:
        asyncio.run(_play(url, rate, seconds, traffic, outlets, tokens, tally, say))
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        _revoke(tokens)
    return 1 if tally.wrong or any(code.startswith("HTTP 5") for code in tally.broken) else 0


async def _play(
    url: str,
    rate: float,
    seconds: float,
    traffic: Traffic,
    outlets: list[Outlet],
    tokens: dict[Any, tuple[TokenId, str]],
    tally: Tally,
    say: Callable[[str], None],
) -> None:
    random = Random()
    weights = [traffic.expected[outlet.id] for outlet in outlets]
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
    began = told = time.monotonic()
    run = f"{time.time_ns():x}"
    counters = Counters(Random())
    async with (
        httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client,
        asyncio.TaskGroup() as group,
    ):
        due, number = began, 0
        while (now := time.monotonic()) - began < seconds:
            if now - told >= _EVERY_S:
                told = now
                say(tally.line(now - began))
            if due > now:
                await asyncio.sleep(min(due - now, _EVERY_S))
                continue
            due += random.expovariate(rate)
            number += 1
            (outlet,) = random.choices(outlets, weights)
            if random.random() < AT_COUNTER:
                work = asyncio.to_thread(counters.serve, outlet, f"live-{run}-{number}")
                group.create_task(_counted(work, tokens[outlet.id][1], tally))
                continue
            body = _body(traffic.wish(outlet, datetime.now(UTC)))
            if random.random() < BAD:
                _spoil(random, body)
            token = tokens[outlet.id][1]
            group.create_task(_sell(client, token, f"live-{run}-{number}", body, random, tally))
    say(tally.line(time.monotonic() - began))
    await _follow(url, tally, say)


async def _sell(
    client: httpx.AsyncClient,
    token: str,
    key: str,
    body: dict[str, Any],
    random: Random,
    tally: Tally,
) -> None:
    first = asyncio.create_task(_post(client, token, key, body, tally))
    if random.random() >= RETRIED:
        await first
        return
    if random.random() < 0.5:
        await first
    again = await _post(client, token, key, body, tally)
    if None in (await first, again):
        return
    same = await first == again
    tally.repeated += same
    tally.wrong += not same


async def _counted(work: Awaitable[Served], token: str, tally: Tally) -> None:
    done = await work
    if done.refused:
        tally.refused[done.refused] += 1
    else:
        tally.served[done.what] += 1
        tally.orders = [*tally.orders[-199:], (token, done.order)]


async def _post(
    client: httpx.AsyncClient, token: str, key: str, body: dict[str, Any], tally: Tally
) -> str | None:
    """Send a sale; return the order or the code of the refusal, None if there was no answer."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    tally.sent += 1
    began = time.perf_counter()
    try:
        answer = await client.post("/api/v1/sales", json=body, headers=headers)
    except httpx.HTTPError as error:
        tally.broken[type(error).__name__] += 1
        return None
    tally.latencies.append(time.perf_counter() - began)
    if answer.status_code == 201:
        tally.accepted += 1
        order = str(answer.json()["order"])
        tally.orders = [*tally.orders[-199:], (token, order)]
        return order
    if answer.status_code >= 500 and answer.status_code != 503:
        tally.broken[f"HTTP {answer.status_code}"] += 1
        return None
    code = str(answer.json().get("code", answer.status_code))
    tally.refused[code] += 1
    return code


@dataclass(frozen=True, slots=True)
class Served:
    """What was asked for at a counter, and what came of it."""

    what: str
    order: str = ""
    refused: str = ""
    """Code of the refusal; empty when it was sold."""


class Counters:
    """Serves those who come in person, each in a thread of its own."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._people = People(random)

    def serve(self, outlet: Outlet, key: str) -> Served:
        """Sell an account, a card or goods; what the outlet has run out of is refused."""
        random, at = self._random, datetime.now(UTC)
        seller = random.choice(outlet.sellers)
        clerk = counter.clerk_of(outlet, seller, key)
        kinds = ("card", "goods", "account")[
            : 2 if outlet.plan.draft.kind == "recharge_point" else 3
        ]
        what = random.choice(kinds)
        try:
            sold = self._sell(clerk, at, what)
        except Refusal as refusal:
            return Served(what, refused=refusal.code)
        finally:
            connection.close()
        return Served(what, str(sold.order))

    def _sell(self, clerk: Clerk, at: datetime, what: str) -> Sold:
        match what:
            case "card":
                return counter.sell_card(clerk, at, self._serial(clerk, *_CARDS))
            case "goods":
                line = Line(item=self._random.choice(list(COUNTED)))
                return counter.sell_goods(clerk, at, line)
        sim = self._serial(clerk, "SIM3IN1")
        search = NumberSearch(grade="ordinary")
        found = numbers.search(clerk.context(at), outlet=clerk.outlet, search=search)
        return counter.open_account(
            clerk,
            at,
            self._people.newcomer(business_date(at)),
            sim=sim,
            number=found.items[0].number if found.items else "",
            random=self._random,
        )

    def _serial(self, clerk: Clerk, *items: str) -> str:
        """One of what lies there of these, whichever is there.

        :raises StockShort: if none lies there.
        """
        shelves = counter.on_shelf([(clerk.outlet, item) for item in items], most=20)
        serials = [serial for shelf in shelves for serial in shelf]
        if not serials:
            raise StockShort(items[0], 0)
        return self._random.choice(serials)


async def _follow(url: str, tally: Tally, say: Callable[[str], None]) -> None:
    """Ask what became of the latest sales."""
    states: Counter[str] = Counter()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        for token, order in tally.orders[-100:]:
            answer = await client.get(
                f"/api/v1/orders/{order}", headers={"Authorization": f"Bearer {token}"}
            )
            states[str(answer.json().get("state", answer.status_code))] += 1
    if states:
        told = ", ".join(f"{state} {count}" for state, count in states.most_common())
        say(f"The latest {states.total()} sales are: {told}")


def _body(wish: Wish) -> dict[str, Any]:
    return {"offering": wish.offering, "msisdn": wish.msisdn, "amount_fen": wish.amount}


def _spoil(random: Random, body: dict[str, Any]) -> None:
    """Make one mistake that clients make."""
    match random.randrange(6):
        case 0:
            body["msisdn"] = body["msisdn"][:-1]
        case 1:
            body["amount_fen"] = -100
        case 2:
            body["amount_fen"] = 99_999_999
        case 3:
            body["offering"] = "NOSUCH"
        case 4:
            del body["amount_fen"]
        case _:
            body["outlet"] = "00000000-0000-7000-8000-000000000000"


def _tokens(now: datetime, until: datetime) -> tuple[list[Outlet], dict[Any, tuple[TokenId, str]]]:
    """Choose outlets that are active, and make a token for somebody at each."""
    ctx = _system(now, "look")
    random = Random(1)
    outlets: list[Outlet] = []
    tokens: dict[Any, tuple[TokenId, str]] = {}
    snapshot = catalog.snapshot(catalog.revision())
    found = channels.outlets(
        ctx, filter=OutletFilter(states=frozenset({"active"})), page=PageRequest(200)
    )
    for row in random.sample(found.items, min(OUTLETS, len(found.items))):
        members = people.members(
            ctx, PageRequest(20), MemberFilter(organization=row.outlet, state="active", at=now)
        )
        seller = next((one for one in members.items if one.role in _SELLERS), None)
        if seller is None or row.kind not in BUSY:
            continue
        if not snapshot.offers(row.kind, row.market, row.path, now):
            continue
        issued = identity.issue_token(
            _system(now, f"token.{row.outlet}"),
            user=seller.user,
            name="qudao demo --live",
            expires_at=until,
            organization=row.outlet,
        )
        tokens[row.outlet] = issued.token, str.__str__(issued.secret)
        draft = OutletDraft(row.name_zh, row.name_en, row.kind, Market(row.market), "")
        branch, county = row.path.split(".")[2:4]
        busy = BUSY[row.kind] * random.lognormvariate(-0.25, 0.75)
        outlets.append(
            Outlet(
                row.outlet,
                row.path,
                row.node_code,
                Plan(county, branch, draft, busy),
                (Seller(seller.user, seller.role),),
            )
        )
    return outlets, tokens


def _revoke(tokens: dict[Any, tuple[TokenId, str]]) -> None:
    now = datetime.now(UTC)
    for token, _ in tokens.values():
        identity.revoke_token(_system(now, f"revoke.{token}"), token=token)


def _system(now: datetime, what: str) -> Context:
    return system_context(now, f"demo.live.{now.isoformat()}.{what}", channel="console")
