"""Kannel, an SMS gateway: its two processes, bound as an application, and the web that it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qudao.site.bench.ports import free_port
from simulators.listener import Listener
from tests.peers.programs import need_debian
from tests.peers.scenario import CODE, NAME, PASSWORD, PHONE

CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = secret
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-file = {folder}/bearerbox.log
log-level = 0
dlr-storage = internal
store-type = file
store-location = {folder}/store

group = smsc
smsc = smpp
smsc-id = qudao
host = 127.0.0.1
port = {port}
transceiver-mode = true
smsc-username = {name}
smsc-password = {password}
system-type = ""
interface-version = 34
enquire-link-interval = 2
reconnect-delay = 1

group = smpp-tlv
name = op
tag = 0x0501
type = octetstring
length = 1

group = smpp-tlv
name = session
tag = 0x1383
type = octetstring
length = 2

group = smpp-tlv
name = reference
tag = 0x0204
type = integer
length = 2

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = {folder}/smsbox.log
log-level = 0

group = sendsms-user
username = qudao
password = secret
concatenation = true
max-messages = 10

group = sms-service
keyword = default
get-url = "{web}/mo?from=%p&to=%P&text=%b&coding=%c&meta=%D"
accepted-smsc = qudao
catch-all = true
max-messages = 0
omit-empty = true
"""


@dataclass
class Kannel:
    """Its two processes, and what they tell the web."""

    send_url: str
    web: str
    told: dict[str, asyncio.Queue[dict[str, str]]] = field(default_factory=dict)

    async def send(
        self, text: str | bytes, *, sender: str = CODE, to: str = PHONE, **more: str
    ) -> None:
        """Send a message in UCS-2 by its HTTP interface: a text, or octets as they are."""
        parameters = {"username": "qudao", "password": "secret", "coding": "2"}
        parameters |= {"from": sender, "to": to}
        if isinstance(text, str):
            parameters["charset"] = "UTF-8"
        named = {name.replace("_", "-"): value for name, value in more.items()}
        query = urlencode({**parameters, "text": text, **named})
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.get(f"{self.send_url}?{query}")
        assert response.status_code == 202, response.text


def read(query: bytes) -> dict[str, str]:
    """The parameters of a URL of its making: its text is octets as they came, in UCS-2 or not."""
    pairs = (pair.partition(b"=") for pair in query.split(b"&"))
    found = {name.decode(): unquote_to_bytes(value.replace(b"+", b" ")) for name, _, value in pairs}
    wide = found.get("coding") == b"2"
    return {
        name: value.decode("utf-16-be" if wide and name == "text" else "utf-8")
        for name, value in found.items()
    }


async def until_answered(url: str) -> None:
    """Return when smsbox answers: it listens a moment before it does, and hangs up until then."""
    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                await client.get(url)  # nobody's message: refused
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def kannel(folder: Path, port: int) -> AsyncIterator[Kannel]:
    need_debian("kannel", "/usr/sbin/bearerbox", "/usr/sbin/smsbox")
    told: dict[str, asyncio.Queue[dict[str, str]]] = {"mo": asyncio.Queue(), "dlr": asyncio.Queue()}

    async def hear(request: Request) -> Response:
        told[request.path_params["what"]].put_nowait(read(request.scope["query_string"]))
        return Response()

    web = Listener(Starlette(routes=[Route("/{what}", hear)]), "127.0.0.1", 0)
    await web.open()
    admin, box, send = (free_port() for _ in range(3))
    configuration = folder / "kannel.conf"
    configuration.write_text(
        CONFIGURATION.format(
            admin=admin,
            box=box,
            send=send,
            port=port,
            folder=folder,
            name=NAME,
            password=PASSWORD,
            web=web.url,
        )
    )
    processes = []
    try:
        for program in ("bearerbox", "smsbox"):
            processes.append(
                await asyncio.create_subprocess_exec(
                    f"/usr/sbin/{program}",
                    str(configuration),
                    cwd=folder,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
            )
            # smsbox ends at once when bearerbox does not listen yet
            while program == "bearerbox":
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", box)
                    writer.close()
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
        url = f"http://127.0.0.1:{send}/cgi-bin/sendsms"
        await until_answered(url)
        yield Kannel(url, web.url, told)
    finally:
        for process in reversed(processes):
            if process.returncode is None:
                process.terminate()
        for process in processes:
            await process.wait()
        await web.close()
