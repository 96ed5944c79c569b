"""The clients count what a server answers, keep to their rate, and see what breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from qudao.site.bench.wire import Answer, Asked, Wire

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def answer(status: str, body: bytes = b"{}", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body


async def ask(
    replies: Callable[[int], list[bytes]], connections: int, rate: float, seconds: float, most: int
) -> tuple[Wire, list[Answer]]:
    """Let a server give its replies, each in parts, by the number of the request."""
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                served += 1
                for part in replies(served):
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
                if not replies(served):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = 0

    def make() -> Asked | None:
        nonlocal made
        made += 1
        return Asked("ask", REQUEST) if made <= most else None

    answers: list[Answer] = []
    wire = Wire(port, connections, rate, make, lambda asked, answer: answers.append(answer))
    await wire.open()
    await wire.run(seconds)
    server.close()
    return wire, answers


def test_each_connection_asks_again_when_it_is_answered() -> None:
    wire, answers = asyncio.run(ask(lambda n: [answer("201 Created")], 4, 0, 30, 50))
    assert wire.counts.statuses == {("ask", 201): 50}
    assert len(wire.counts.latencies["ask", 201]) == 50
    assert {one.body for one in answers} == {b"{}"}


def test_an_answer_may_come_in_parts() -> None:
    whole = answer("503 Service Unavailable", b"x" * 300, "retry-after: 7\r\n")
    parts = [whole[:9], whole[9:60], whole[60:200], whole[200:]]
    wire, answers = asyncio.run(ask(lambda n: parts, 2, 0, 30, 10))
    assert wire.counts.statuses == {("ask", 503): 10}
    assert {one.retry_after for one in answers} == {7}
    assert {len(one.body) for one in answers} == {300}


def test_requests_leave_at_their_rate_and_no_faster() -> None:
    wire, answers = asyncio.run(ask(lambda n: [answer("200 OK")], 8, 100, 1, 10_000))
    assert 0 < len(answers) <= 101
    assert sum(wire.counts.statuses.values()) == len(answers)


def test_what_breaks_is_counted_and_the_others_go_on() -> None:
    replies = {3: list[bytes]()}
    wire, answers = asyncio.run(
        ask(lambda n: replies.get(n, [answer("201 Created")]), 2, 0, 30, 20)
    )
    assert wire.counts.statuses == {("ask", 201): 19, ("ask", 0): 1}
