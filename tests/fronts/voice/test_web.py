"""Pages from a web server: cookies, forms, redirects, limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from qudao.fronts.voice.vxml.documents import LARGEST
from qudao.fronts.voice.vxml.steps import Failed, Fetch, Fetched
from qudao.fronts.voice.web import Servers, Web, origin_of
from tests.fronts.voice.hall import hall


def got(origins: Sequence[str], *fetches: Fetch) -> list[Fetched | Failed]:
    """What came of these, in one call."""

    async def run() -> list[Fetched | Failed]:
        servers = Servers(origins)
        web = Web(servers, "en")
        answers = [await web.page(fetch) for fetch in fetches]
        await servers.close()
        return answers

    return asyncio.run(run())


def test_fields_and_cookies() -> None:
    with hall({"/a": b"A", "/b": b"B"}) as pages:
        first, second = got(
            [pages.url],
            Fetch(f"{pages.url}/a?caller=139", fields=(("x", "1 &2"),)),
            Fetch(f"{pages.url}/b?q=1", "POST", (("x", "余额"), ("y", ""))),
        )
    assert (first, second) == (
        Fetched(f"{pages.url}/a?caller=139&x=1+%262", b"A"),
        Fetched(f"{pages.url}/b?q=1", b"B"),
    )
    assert pages.requests[0].fields == {"caller": "139", "x": "1 &2"}
    assert pages.requests[1].fields == {"x": "余额"}
    assert pages.requests[1].cookie == "call=139"


def test_two_calls_do_not_share_cookies() -> None:
    with hall({"/a": b"A"}) as pages:
        got([pages.url], Fetch(f"{pages.url}/a?caller=1"))
        got([pages.url], Fetch(f"{pages.url}/a"))
    assert [request.cookie for request in pages.requests] == ["", ""]


def test_what_cannot_be_had() -> None:
    with hall({"/large": b"x" * (LARGEST + 1)}) as pages:
        large, none, elsewhere, file, nonsense = got(
            [pages.url],
            Fetch(f"{pages.url}/large"),
            Fetch(f"{pages.url}/none"),
            Fetch("http://127.0.0.1:9/"),
            Fetch("file:///etc/passwd"),
            Fetch("http://[::1"),
        )
    assert large == Failed(0, f"more than {LARGEST} octets")
    assert isinstance(none, Failed) and none.status == 404
    assert elsewhere == Failed(0, "http://127.0.0.1:9 is none of our servers")
    assert isinstance(file, Failed) and file.status == 0
    assert isinstance(nonsense, Failed) and nonsense.status == 0


def test_a_server_that_does_not_answer() -> None:
    async def run() -> Fetched | Failed:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        servers = Servers([url])
        answer = await Web(servers).page(Fetch(url, timeout_s=0.2))
        await servers.close()
        server.close()
        return answer

    assert asyncio.run(run()) == Failed(0, "no answer within 0.2 s")


def test_a_redirect_leads_to_our_servers_only() -> None:
    async def run() -> list[Fetched | Failed]:
        async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:1/x\r\n")
            writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(moved, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        servers = Servers([url])
        answer = await Web(servers).page(Fetch(url))
        await servers.close()
        server.close()
        return [answer]

    assert asyncio.run(run()) == [Failed(0, "http://127.0.0.2:1 is none of our servers")]


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://", "http://x:99999/"])
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(ValueError):
        origin_of(url)
