"""The web as a call sees it: pages and recordings of our own servers, with cookies for the call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import httpx

from qudao.fronts.voice.speech import NoSound, Speech
from qudao.fronts.voice.vxml.documents import LARGEST
from qudao.fronts.voice.vxml.steps import Failed, Fetch, Fetched

LARGEST_SOUND: Final = 4 * 1024 * 1024
"""Octets of a recording: four minutes at 8 kHz and 16 bits."""
MOST_PATIENCE_S: Final = 30.0
_MOST_REDIRECTS: Final = 5


class NotAllowed(httpx.HTTPError):
    """An address that is not of our servers."""


class Servers:
    """
    The servers that pages and recordings may come from, and the connections to them.

    :param origins: `http://host:port` of each; pages cannot lead a call anywhere else
    :param page: an address of the server that is told the secret, and no other is
    """

    def __init__(
        self,
        origins: Iterable[str],
        *,
        connections: int = 100,
        page: str = "",
        secret: str = "",
    ) -> None:
        self.origins = frozenset(origin_of(origin) for origin in origins)
        self.home = origin_of(page) if page else ""
        self.secret = secret
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self.transport = httpx.AsyncHTTPTransport(limits=limits)

    async def close(self) -> None:
        await self.transport.aclose()


class Web:
    """The web for one call."""

    def __init__(self, servers: Servers, language: str = "") -> None:
        self._servers = servers
        headers = {
            "User-Agent": "qudao-voice",
            "Accept": "application/voicexml+xml, audio/wav, */*",
        }
        if language:
            headers["Accept-Language"] = language
        self._client = httpx.AsyncClient(
            transport=servers.transport,
            headers=headers,
            trust_env=False,
            timeout=MOST_PATIENCE_S,  # a page's own is shorter, and holds for all of it
            follow_redirects=True,
            max_redirects=_MOST_REDIRECTS,
            event_hooks={"request": [self._check]},
        )

    async def page(self, fetch: Fetch) -> Fetched | Failed:
        """Get a page."""
        timeout_s = min(fetch.timeout_s or MOST_PATIENCE_S, MOST_PATIENCE_S)
        try:
            async with asyncio.timeout(timeout_s):
                url, content = await self._got(fetch, LARGEST)
        except TimeoutError:
            return Failed(0, f"no answer within {timeout_s:g} s")
        except httpx.HTTPStatusError as error:
            return Failed(error.response.status_code, str(error).splitlines()[0])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Failed(0, str(error) or type(error).__name__)
        return Fetched(url, content)

    async def sound(self, url: str, speech: Speech) -> bytes:
        """
        A recording.

        :raises NoSound: if it cannot be had
        """
        try:
            async with asyncio.timeout(MOST_PATIENCE_S):
                _, content = await self._got(Fetch(url), LARGEST_SOUND)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
            raise NoSound(f"{url}: {str(error) or type(error).__name__}") from error
        return await speech.of_recording((url, hash(content), len(content)), content)

    async def _got(self, fetch: Fetch, most: int) -> tuple[str, bytes]:
        fields = dict[str, str | list[str]]()
        for name, value in fetch.fields:
            fields[name] = value
        url = httpx.URL(fetch.url)
        if fetch.method == "POST":
            request = self._client.build_request("POST", url, data=fields)
        else:
            request = self._client.build_request("GET", url.copy_merge_params(fields))
        response = await self._client.send(request, stream=True)
        try:
            response.raise_for_status()
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > most:
                    raise ValueError(f"more than {most} octets")
            return str(response.url), bytes(content)
        finally:
            await response.aclose()

    async def _check(self, request: httpx.Request) -> None:
        """Before each request, also of a redirect."""
        origin = origin_of(str(request.url))
        if origin not in self._servers.origins:
            raise NotAllowed(f"{origin} is none of our servers")
        if self._servers.secret and origin == self._servers.home:
            request.headers["Authorization"] = f"Bearer {self._servers.secret}"


def origin_of(url: str) -> str:
    """
    Scheme, host and port of an address.

    :raises ValueError: if it is not one of the web
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is no address of the web")
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port}"
