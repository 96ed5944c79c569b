"""`POST /api/v1/sales` over ASGI."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from ninja import Schema
from ninja.responses import NinjaJSONEncoder
from starlette.requests import Request
from starlette.responses import Response

from qudao.domain.ordering.types import Sold
from qudao.fronts.api import documents, shapes
from qudao.fronts.counter.answers import json_response, response, sold_body
from qudao.fronts.counter.asker import asker, context_of
from qudao.fronts.counter.desk import Desk
from qudao.fronts.counter.reading import body_of, check_length, headers_of
from qudao.fronts.counter.sale import wish_of
from qudao.fronts.counter.tickets import Answer, Full, Late, Ticket, Unknown, Unsure
from qudao.kernel.refusals import Refusal

RETRY_S: Final = 1
"""After a full queue."""


async def sell(request: Request) -> Response:
    """Sell: put the sale into the queue, and wait for its answer."""
    desk: Desk = request.app.state.desk
    trial = b"x-dry-run" in dict(request.scope["headers"])
    who = await asker(request, fresh=trial)
    headers = headers_of(request.scope["headers"])
    check_length(headers)
    wish = wish_of(headers, await body_of(request))
    sale = wish.sale(who.seat)
    if wish.trial:
        tried = await desk.try_out(context_of(who.seat, wish.key, dry_run=True), sale)
        return json_response(
            {
                "amount_fen": tried.amount.minor,
                "debit_fen": tried.debit.minor,
                "balance_fen": tried.balance.minor,
            }
        )
    future: asyncio.Future[Answer] = desk.loop.create_future()
    came_s = desk.loop.time()
    deadline_s = desk.deadline_s(came_s, wish.within_s)
    ticket = Ticket(who.seat, who.secret, wish.key, sale, came_s, deadline_s, future.set_result)
    if not desk.batches.submit(ticket):
        return response(documents.overloaded(RETRY_S))
    waits = desk.loop.create_task(_gone(request, desk, ticket, future))
    try:
        answer = await future
    finally:
        waits.cancel()
    if wish.wait_s is None or not isinstance(answer, Sold):
        return answer_of(answer)
    record = await desk.waiting.settled(answer.order, wish.wait_s)
    if record is None:
        return answer_of(answer)
    return sold_response(shapes.sold_out(answer, record), wish.wait_s)


def sold_response(content: Schema, wait_s: int) -> Response:
    """Return the response to a sale that was waited for."""
    document = content.model_dump()
    headers = {
        "Location": f"/api/v1/orders/{document['order']}",
        "Preference-Applied": f"wait={wait_s}",
    }
    body = json.dumps(document, cls=NinjaJSONEncoder).encode()
    return Response(body, 201, headers, media_type="application/json")


async def _gone(
    request: Request, desk: Desk, ticket: Ticket, future: asyncio.Future[Answer]
) -> None:
    """When the client goes away before the sale has begun, let it not begin."""
    while (await request.receive())["type"] != "http.disconnect":
        continue
    desk.batches.leave(ticket)
    if not future.done():
        future.set_result(Late())


def answer_of(answer: Answer) -> Response:
    """Return the response to a sale."""
    if isinstance(answer, Sold):
        return json_response(
            sold_body(answer).encode(), 201, {"Location": f"/api/v1/orders/{answer.order}"}
        )
    return response(document_of_answer(answer))


def document_of_answer(answer: Answer) -> documents.Document:
    """Return the problem document of a sale that was not made."""
    match answer:
        case Refusal():
            return documents.refused(answer)
        case Unsure():
            return documents.database_away()
        case Late():
            return documents.too_late()
        case Full():
            return documents.overloaded(RETRY_S)
        case Unknown():
            return documents.unauthenticated()
    return documents.internal_error()
