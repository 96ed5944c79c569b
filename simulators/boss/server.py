"""The BOSS over HTTP: its TM Forum APIs, with whatever faults are switched on."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.boss import answers
from simulators.boss.faults import Fate, Faults, Switchboard
from simulators.boss.lines import LINES_PER_DOCUMENT
from simulators.boss.orders import JSON, PREFIXES, Malformed, Order, Rejected
from simulators.boss.questions import COLLECTIONS, MOST, Collection, page_number, select
from simulators.boss.requests import read_batch, read_order
from simulators.boss.store import Answer, process, refuse
from simulators.commit import GroupCommit, connect
from simulators.listener import Listener

Handler = Callable[[Request], Awaitable[Response]]

LARGEST: Final = 262_144
"""Octets of one order."""
PATCH: Final = "application/json-patch+json"
MOST_IN_BATCH: Final = 256


class Boss:
    """One BOSS: its books, its clock, its faults and its address."""

    def __init__(
        self,
        path: Path,
        faults: Faults,
        host: str,
        port: int,
        token: str = "",
        lines_per_document: int = LINES_PER_DOCUMENT,
        most_in_batch: int = MOST_IN_BATCH,
    ) -> None:
        self.commit = GroupCommit(path)
        self.reader = connect(path)
        self.reader.execute("PRAGMA query_only = ON")
        self.switchboard = Switchboard(faults, time.monotonic)
        self.clock_offset = timedelta()
        self._token = token
        self._lines_per_document = lines_per_document
        self._most_in_batch = most_in_batch
        self.listener = Listener(self._application(), host, port)
        self._return: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.clock_offset

    async def switch(self, faults: Faults) -> None:
        """Put faults in force, those that concern the address included."""
        self.switchboard.set(faults)
        if self._return is not None:
            self._return.cancel()
            self._return = None
        if faults.down and faults.down.how == "refused":
            self.listener.vanish()
            self._return = asyncio.create_task(self._come_back(faults.down.seconds))
        else:
            await self.listener.open()

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.listener.open()

    async def close(self) -> None:
        if self._return is not None:
            self._return.cancel()
        await self.listener.close()
        await self.commit.close()
        self.reader.close()

    def _application(self) -> Starlette:
        routes = [Route("/health", self._guarded(self._health), methods=["GET"])]
        for collection in COLLECTIONS:
            handlers: dict[str, Handler] = {"GET": partial(self._list, collection)}
            if collection.name in PREFIXES:
                handlers["POST"] = partial(self._order, collection.name)
                if self._most_in_batch:
                    handlers["PATCH"] = partial(self._batch, collection.name)
                    handlers["OPTIONS"] = self._offer
            routes += [
                Route(
                    collection.path,
                    self._guarded(partial(_by_method, handlers)),
                    methods=list(handlers),
                ),
                Route(
                    f"{collection.path}/{{id}}",
                    self._guarded(partial(self._one, collection)),
                    methods=["GET"],
                ),
            ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _http_error})

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            if self.switchboard.up_in_s:
                return _error(503, "down", "The BOSS is down")
            given = request.headers.get("authorization", "")
            if self._token and not hmac.compare_digest(given, f"Bearer {self._token}"):
                return _error(401, "unauthorized", "The bearer token is missing or wrong")
            try:
                return await handler(request)
            except Malformed as error:
                return _error(400, "malformed", error.reason)
            except sqlite3.Error as error:
                return _error(500, "books", str(error))

        return guarded

    async def _health(self, request: Request) -> Response:
        return _json(200, {"status": "ok"})

    async def _order(self, api: str, request: Request) -> Response:
        data = await request.body()
        if len(data) > LARGEST:
            raise Malformed("the request is too large")
        order = read_order(api, data)
        fate = self.switchboard.fate(order.external_id, order=True)
        early = await self._before(request, fate)
        if early is not None:
            return early
        answer = await self._apply(order, fate)
        if fate.duplicate:
            answer = await self._apply(order, fate)
            await asyncio.sleep(self.switchboard.current.late_ms / 1_000)
        if fate.lost_answer:
            await self.listener.hang_up(request, reset=False)
            return Response(status_code=500)
        if fate.error_after:
            return self._fault()
        return self._send(answer)

    async def _offer(self, request: Request) -> Response:
        """What a collection takes, batches among it: RFC 5789."""
        return Response(
            status_code=204,
            headers={"Allow": "GET, HEAD, POST, PATCH, OPTIONS", "Accept-Patch": PATCH},
        )

    async def _batch(self, api: str, request: Request) -> Response:
        """
        Several orders in one request, each judged and done as if it had come alone.

        The answer has an entry for each, in their order: the resource, or an error with its
        status; `null` where a fault swallowed what there is to say. Faults strike the batch as
        one request, and each order in it.
        """
        if request.headers.get("content-type", "").partition(";")[0] != PATCH:
            return _error(415, "media_type", f"A batch is {PATCH}")
        data = await request.body()
        if len(data) > LARGEST * self._most_in_batch:
            raise Malformed("the request is too large")
        values = read_batch(data, self._most_in_batch)
        fate = self.switchboard.fate(f"batch:{hashlib.sha256(data).hexdigest()}", order=True)
        early = await self._before(request, fate)
        if early is not None:
            return early
        entries = await self._entries(api, values)
        if fate.duplicate:
            entries = await self._entries(api, values)
            await asyncio.sleep(self.switchboard.current.late_ms / 1_000)
        if fate.lost_answer:
            await self.listener.hang_up(request, reset=False)
            return Response(status_code=500)
        if fate.error_after:
            return self._fault()
        every = all(entry is not None and entry.status < 300 for entry in entries)
        bodies = (b"null" if entry is None else entry.body for entry in entries)
        return self._send(Answer(200 if every else 207, b"[%s]" % b",".join(bodies)))

    async def _entries(self, api: str, values: list[bytes]) -> list[Answer | None]:
        """What is said of each order of a batch; nothing where its answer is lost."""
        entries: list[Answer | None] = [None] * len(values)
        orders: dict[int, tuple[Order, Fate]] = {}
        for place, value in enumerate(values):
            try:
                order = read_order(api, value)
            except Malformed as problem:
                entries[place] = _said(400, "malformed", problem.reason)
                continue
            fate = self.switchboard.fate(order.external_id, order=True)
            if fate.error_before:
                entries[place] = self._said_fault()
            elif not fate.reset:
                orders[place] = order, fate
        writes = [(place, self._work(order, fate)) for place, (order, fate) in orders.items()]
        writes += [
            (place, self._work(order, fate))
            for place, (order, fate) in orders.items()
            if fate.duplicate
        ]
        done = await self.commit.write_all([work for _, work in writes])
        for (place, _), answer in zip(writes, done, strict=True):
            _, fate = orders[place]
            if isinstance(answer, sqlite3.Error):
                entries[place] = _said(500, "books", str(answer))
            elif isinstance(answer, Exception):
                raise answer
            elif fate.error_after:
                entries[place] = self._said_fault()
            elif not fate.lost_answer:
                entries[place] = answer
        return entries

    async def _apply(self, order: Order, fate: Fate) -> Answer:
        return await self.commit.write(self._work(order, fate))

    def _work(self, order: Order, fate: Fate) -> Callable[[sqlite3.Connection], Answer]:
        """What is written for an order."""
        if fate.refuse:
            refusal = Rejected(
                self.switchboard.current.refuse_code, "系统规则拒绝 / Refused by rule"
            )
            return lambda db: refuse(db, order, self.now(), refusal)
        return lambda db: process(db, order, self.now(), self._lines_per_document)

    async def _one(self, collection: Collection, request: Request) -> Response:
        early = await self._before(request, self._fate_of_question(request))
        if early is not None:
            return early
        body = collection.one(self.reader, request.path_params["id"], self.now())
        if body is None:
            return _error(404, "not_found", f"There is no such {collection.name}")
        fields = request.query_params.get("fields")
        return self._send(Answer(200, answers.encode(select(body, fields) if fields else body)))

    async def _list(self, collection: Collection, request: Request) -> Response:
        early = await self._before(request, self._fate_of_question(request))
        if early is not None:
            return early
        wanted = dict(request.query_params)
        fields = wanted.pop("fields", "")
        paged = "offset" in wanted or "limit" in wanted
        offset = page_number(wanted.pop("offset", None), 0)
        limit = min(page_number(wanted.pop("limit", None), MOST), MOST)
        rows, total = collection.list(self.reader, wanted, offset, limit, self.now())
        body = [select(row, fields) for row in rows] if fields else rows
        response = self._send(Answer(206 if paged else 200, answers.encode(body)))
        response.headers["X-Total-Count"] = str(total)
        response.headers["X-Result-Count"] = str(len(rows))
        return response

    def _fate_of_question(self, request: Request) -> Fate:
        return self.switchboard.fate(f"{request.url.path}?{request.url.query}", order=False)

    async def _before(self, request: Request, fate: Fate) -> Response | None:
        """The faults that strike before anything is done."""
        if fate.latency_s:
            await asyncio.sleep(fate.latency_s)
        if fate.reset:
            await self.listener.hang_up(request, reset=True)
            return Response(status_code=500)
        return self._fault() if fate.error_before else None

    def _fault(self) -> Response:
        return _error(self.switchboard.current.error_status, "fault", "An internal error")

    def _said_fault(self) -> Answer:
        return _said(self.switchboard.current.error_status, "fault", "An internal error")

    def _send(self, answer: Answer) -> Response:
        body = answer.body.replace(b'"href":"@', b'"href":"' + self.listener.url.encode())
        return Response(body, answer.status, media_type="application/json")


async def _by_method(handlers: Mapping[str, Handler], request: Request) -> Response:
    return await handlers["GET" if request.method == "HEAD" else request.method](request)


def _json(status: int, body: JSON) -> Response:
    return Response(answers.encode(body), status, media_type="application/json")


def _said(status: int, code: str, reason: str) -> Answer:
    """An error as an entry of the answer to a batch."""
    return Answer(status, answers.encode(answers.error(status, code, reason)))


def _error(status: int, code: str, reason: str) -> Response:
    return _json(status, answers.error(status, code, reason))


async def _http_error(request: Request, error: Exception) -> Response:
    """A path or a method that the BOSS does not have."""
    assert isinstance(error, HTTPException)
    return _error(
        error.status_code, "not_found" if error.status_code == 404 else "method", error.detail
    )
