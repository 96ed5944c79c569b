"""The acquirer over HTTP: signed requests of the operator, pages of its customers."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from simulators.acquirer import cards, payments, requests, signing
from simulators.acquirer.faults import Faults, Switchboard
from simulators.acquirer.notices import Notices
from simulators.acquirer.pages import CSS, Page, web_address
from simulators.acquirer.payments import Asked, Json, WrongState
from simulators.acquirer.signing import Key
from simulators.commit import GroupCommit, connect
from simulators.listener import Listener

_EXPIRY: Final = re.compile(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?(\d\d)\s*", re.ASCII)


class Acquirer:
    """One acquirer: its books, its faults, its notices and its address."""

    def __init__(
        self,
        folder: Path,
        faults: Faults,
        host: str,
        port: int,
        *,
        key: Key,
        notices: str = "",
        page_s: float = 900.0,
        address: str = "",
    ) -> None:
        path = payments.prepare(folder)
        self.commit = GroupCommit(path)
        self.reader = connect(path)
        self.reader.execute("PRAGMA query_only = ON")
        self.switchboard = Switchboard(faults, time.monotonic)
        self.notices = Notices(self.commit, self.reader, key, notices, self.switchboard)
        self.listener = Listener(self._application(), host, port)
        self._key, self._page_s, self._address = key, page_s, address
        self._tasks: list[asyncio.Task[None]] = []
        self._return: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """
        Listen, and send notices.

        :raises OSError: if the address is taken.
        """
        await self.listener.open()
        await self.switch(self.switchboard.current)
        self._tasks.append(asyncio.create_task(self.notices.run()))

    async def switch(self, faults: Faults) -> None:
        """Put faults in force, those that concern the address included."""
        self.switchboard.set(faults)
        self.notices.ring()
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
        for task in (*self._tasks, *([self._return] if self._return else [])):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.listener.close()
        await self.notices.close()
        await self.commit.close()
        self.reader.close()

    @property
    def address(self) -> str:
        """Where browsers find it."""
        return self._address or self.listener.url

    def _application(self) -> Starlette:
        signed, page = self._signed, self._page
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/payments/{id}", signed(self._payment), methods=["GET", "PUT"]),
                Route("/payments/{id}/{act}", signed(self._act), methods=["POST"]),
                Route("/bindings/{id}", signed(self._binding), methods=["PUT"]),
                Route("/cards/{msisdn}", signed(self._card), methods=["GET", "DELETE"]),
                Route("/page/{token}", page(self._pay), methods=["GET", "POST"]),
                Route("/bind/{token}", page(self._bind), methods=["GET", "POST"]),
                Route("/page.css", self._css, methods=["GET"]),
            ],
            exception_handlers={HTTPException: requests.http_error},
        )

    # ---- for the operator

    def _signed(
        self, handler: Callable[[Request, bytes], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if self.switchboard.up_in_s:
                return requests.error(503, "down", "the acquirer is down")
            query = request.url.query
            target = f"{request.url.path}?{query}" if query else request.url.path
            names = (signing.KEY, signing.TIME, signing.SIGNATURE)
            key, at, signature = (request.headers.get(name, "") for name in names)
            given = (key, at, signature)
            try:
                body = await requests.body_of(request)
                if problem := self._key.problem(request.method, target, body, given, time.time()):
                    return requests.error(401, "unauthorized", problem)
                return await handler(request, body)
            except requests.Declined as declined:
                return requests.error(declined.status, declined.code, str(declined))
            except WrongState as wrong:
                return requests.answer(409, self._shown(wrong.payment))
            except sqlite3.Error as error:
                return requests.error(500, "books", str(error))

        return endpoint

    async def _payment(self, request: Request, body: bytes) -> Response:
        """PUT asks for an amount, GET tells how it stands."""
        id = requests.id_of(request)
        if request.method == "GET":
            return await self._fated(request, "ask", id, lambda decline: self._find(id))
        wanted = requests.read(body, requests.Payment)
        if wanted.method == "bound" and not wanted.msisdn:
            raise requests.Declined(422, "malformed", "`msisdn` says whose card pays")
        asked = Asked(
            id=id,
            method=wanted.method,
            msisdn=wanted.msisdn,
            amount=wanted.amount,
            merchant=wanted.merchant,
            description=wanted.description,
            return_to=wanted.return_to,
            language=wanted.language,
            digest=hashlib.sha256(
                msgspec.json.encode((wanted.method, wanted.amount, wanted.msisdn))
            ).digest(),
        )
        now, page_s = time.time(), self._page_s

        async def authorise(decline: str) -> Json:
            found = await self.commit.write(
                lambda db: payments.authorise(db, asked, now, page_s, decline)
            )
            if found is None:
                raise requests.Declined(
                    409, "conflict", "the id was used before with other content"
                )
            return found

        return await self._fated(request, "authorise", id, authorise)

    async def _act(self, request: Request, body: bytes) -> Response:
        """POST `capture`, `void` or `refund`; doing it twice does it once."""
        id, act = requests.id_of(request), request.path_params["act"]
        now = time.time()

        async def do(decline: str) -> Json:
            if act == "void":
                empty = Asked(id, "", "", 0, "", "", "", "zh-hans", b"")
                return await self.commit.write(lambda db: payments.void(db, empty, now))
            move = payments.capture if act == "capture" else payments.refund
            found = await self.commit.write(lambda db: move(db, id, now))
            if found is None:
                raise requests.Declined(404, "payment_unknown", "there is no such payment")
            return found

        if act not in ("capture", "void", "refund"):
            raise requests.Declined(404, "not_found", "`capture`, `void` or `refund`")
        return await self._fated(request, act, id, do)

    async def _find(self, id: str) -> Json:
        found = payments.of_id(self.reader, id)
        if found is None:
            raise requests.Declined(404, "payment_unknown", "there is no such payment")
        return found

    async def _binding(self, request: Request, body: bytes) -> Response:
        """PUT makes a link on which the owner of a line binds a card."""
        id, wanted = requests.id_of(request), requests.read(body, requests.Binding)
        made = await self.commit.write(
            lambda db: payments.offer_binding(
                db, id, wanted.msisdn, wanted.return_to, wanted.language, time.time()
            )
        )
        if made is None:
            raise requests.Declined(409, "conflict", "the id was used before for another line")
        url = f"{self.address}/bind/{made['token']}?language={wanted.language}"
        return requests.answer(200, {"msisdn": wanted.msisdn, "url": url})

    async def _card(self, request: Request, body: bytes) -> Response:
        """GET tells which card is bound to a line, DELETE gives it up."""
        msisdn = request.path_params["msisdn"]
        if request.method == "DELETE":
            await self.commit.write(lambda db: payments.unbind(db, msisdn))
        card = payments.card_of(self.reader, msisdn)
        return requests.answer(
            200, {"msisdn": msisdn, "tail": "" if card is None else card["tail"]}
        )

    async def _fated(
        self, request: Request, act: str, id: str, do: Callable[[str], Awaitable[Json]]
    ) -> Response:
        """Do it, with whatever faults strike before and after."""
        fate = self.switchboard.fate(act, id)
        if fate.latency_s:
            await asyncio.sleep(fate.latency_s)
        if fate.reset:
            await self.listener.hang_up(request, reset=True)
            return Response(status_code=500)
        if fate.error_before:
            return requests.error(500, "fault", "an internal error")
        done = await do(self.switchboard.current.decline_code if fate.decline else "")
        self.notices.ring()
        if fate.lost_answer:
            await self.listener.hang_up(request, reset=False)
            return Response(status_code=500)
        if fate.error_after:
            return requests.error(500, "fault", "an internal error")
        return requests.answer(200, self._shown(done))

    def _shown(self, payment: Json) -> Json:
        """A payment as the operator is told of it."""
        shown = {
            "id": payment["id"],
            "reference": payment["reference"],
            "state": payment["state"],
            "amount": payment["amount"],
            "currency": "CNY",
        }
        if payment["state"] == "declined":
            code = payment["code"]
            shown |= {"code": code, "reason": cards.REASONS.get(code, code)}
        if payment["method"] == "page":
            shown["url"] = f"{self.address}/page/{payment['token']}?language={payment['language']}"
        return shown

    # ---- for customers

    def _page(
        self, handler: Callable[[Request, dict[str, str]], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if self.switchboard.up_in_s:
                return requests.error(503, "down", "the acquirer is down")
            try:
                form: dict[str, str] = {}
                if request.method == "POST":
                    written = (await requests.body_of(request)).decode("ascii", "replace")
                    fields = parse_qs(written, max_num_fields=20)
                    form = {name: values[0] for name, values in fields.items()}
                return await handler(request, form)
            except (requests.Declined, ValueError) as error:
                return requests.error(400, "malformed", str(error))

        return endpoint

    async def _pay(self, request: Request, form: dict[str, str]) -> Response:
        token = request.path_params["token"]
        page = Page(request.query_params.get("language", ""), request.url.path)
        payment = payments.of_token(self.reader, token)
        if payment is None:
            return requests.page(404, page.missing())
        if request.method == "GET" or payment["state"] != "pending":
            return requests.page(200, page.payment(payment))
        now = time.time()
        if form.get("act") == "cancel":
            after = await self.commit.write(lambda db: payments.cancel(db, token, now))
        elif problem := _problem(form, now):
            return requests.page(422, page.payment(payment, problem))
        else:
            number = cards.cleaned(form["number"])
            after = await self.commit.write(lambda db: payments.pay(db, token, number, now))
        assert after is not None
        self.notices.ring()
        if after["state"] == "pending":
            return requests.page(422, page.payment(after, after["code"]))
        return _onward(after["return_to"], f"{request.url.path}?{request.url.query}")

    async def _bind(self, request: Request, form: dict[str, str]) -> Response:
        token, now = request.path_params["token"], time.time()
        page = Page(request.query_params.get("language", ""), request.url.path)
        binding = payments.binding_of(self.reader, token, now)
        if binding is None:
            return requests.page(404, page.missing())
        if request.method == "GET" or binding["used"]:
            return requests.page(200, page.binding(binding))
        if form.get("act") == "cancel":
            return _onward(binding["return_to"], f"{request.url.path}?{request.url.query}")
        if problem := _problem(form, now):
            return requests.page(422, page.binding(binding, problem))
        number = cards.cleaned(form["number"])
        after = await self.commit.write(lambda db: payments.use_binding(db, token, number, now))
        if after is None:
            return requests.page(404, page.missing())
        if not after["used"]:
            return requests.page(422, page.binding(binding, after["code"]))
        return _onward(binding["return_to"], f"{request.url.path}?{request.url.query}")

    async def _css(self, request: Request) -> Response:
        return Response(CSS, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    async def _health(self, request: Request) -> Response:
        if self.switchboard.up_in_s:
            return requests.error(503, "down", "the acquirer is down")
        return requests.answer(200, {"status": "ok"})


def _problem(form: dict[str, str], now: float) -> str:
    """What is wrong with a card as it was typed; empty: nothing."""
    if not cards.valid(cards.cleaned(form.get("number", ""))):
        return "wrong_number"
    expiry = _EXPIRY.fullmatch(form.get("expiry", ""))
    today = time.gmtime(now)
    if expiry is None:
        return "wrong_expiry"
    month, year = int(expiry[1]), 2000 + int(expiry[2])
    return "wrong_expiry" if (year, month) < (today.tm_year, today.tm_mon) else ""


def _onward(return_to: str, here: str) -> Response:
    """Back to where the customer came from, or to the page that tells what came of it."""
    return RedirectResponse(return_to if web_address(return_to) else here, 303)
