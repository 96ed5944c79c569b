"""
The gateway's side (ISMG): lets SPs connect that know their secret, and hands on what they send.

It is for tests, for demonstrations without a gateway, and for gateways that stand behind us.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from qudao.platform.cmpp import proof
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.patience import Patience
from qudao.platform.cmpp.pdu import Cancel, Connect, ConnectResp, Query, Status, Submit
from qudao.platform.cmpp.session import Handler, Session
from qudao.platform.cmpp.wire import Malformed, ProtocolError, decode, encode, read_message

logger = logging.getLogger(__name__)

MOST_SESSIONS: Final = 256
MOST_STRANGERS: Final = 64
"""Connections at once of whom it is not known yet who it is; more are closed."""


class Gateway:
    """
    Listens until it is stopped. `sessions` are those of SPs that are connected; `Session.peer` is
    the SP_Id of each. `secret_of` returns None for an SP that it does not know.
    """

    def __init__(
        self,
        secret_of: Callable[[str], bytes | None],
        handler: Handler,
        *,
        highest: Version = Version.V30,
        patience: Patience | None = None,
        connected: Callable[[Session], None] | None = None,
    ) -> None:
        self.sessions: set[Session] = set()
        self._secret_of, self._handler, self._highest = secret_of, handler, highest
        self._patience = patience or Patience()
        self._connected = connected
        self._server: asyncio.Server | None = None
        self._strangers: set[asyncio.Task[None]] = set()
        """Connections of whom it is not known yet who it is."""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._welcome, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take nobody in any more, end all sessions in order, return when they have ended."""
        if self._server is not None:
            self._server.close()
        for stranger in self._strangers:
            stranger.cancel()
        await asyncio.gather(*(session.terminate() for session in set(self.sessions)))

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = None
        me = asyncio.current_task()
        assert me is not None
        self._strangers.add(me)
        try:
            if len(self._strangers) <= MOST_STRANGERS:
                async with asyncio.timeout(self._patience.connect_s):
                    found = await self._examine(reader, writer)
        except (ProtocolError, OSError, asyncio.IncompleteReadError) as error:
            logger.warning("Somebody did not connect: %r", error)
        finally:
            self._strangers.discard(me)
            if found is None:
                writer.close()
        if found is None:
            return
        sp_id, version = found
        session = Session(
            reader,
            writer,
            self._handler,
            accepts=(Submit, Query, Cancel),
            version=version,
            peer=sp_id,
            patience=self._patience,
        )
        self.sessions.add(session)
        try:
            if self._connected is not None:
                self._connected(session)
            await session.wait()
        finally:
            self.sessions.discard(session)

    async def _examine(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, Version] | None:
        """Answer CMPP_CONNECT; returns who it is and how it will speak, None if it may not."""
        try:
            sequence, request = decode(await read_message(reader), self._highest)
        except Malformed as error:
            if error.command == Connect.COMMAND:
                refusal = ConnectResp(status=Status.STRUCTURE, version=self._highest)
                await _say(writer, refusal, error.sequence, self._highest)
            raise
        if not isinstance(request, Connect):
            raise ProtocolError(f"{type(request).__name__} before CMPP_CONNECT")
        secret = self._secret_of(request.source_addr)
        status = self._status(request, secret)
        # Whoever asks for more than there is gets the answer in the highest form there is.
        version = Version.V30 if request.version >= Version.V30 else Version.V20
        version = min(version, self._highest)
        response = proof.answer(request, secret or b"", status, self._highest)
        await _say(writer, response, sequence, version)
        if status != Status.CONNECTED:
            logger.warning("SP %r may not connect: %s", request.source_addr, status.name)
            return None
        return request.source_addr, version

    def _status(self, request: Connect, secret: bytes | None) -> Status:
        if request.version >> 4 > self._highest >> 4:
            return Status.VERSION
        if secret is None:
            return Status.SOURCE
        if not proof.proves(request, secret):
            return Status.PROOF
        if len(self.sessions) >= MOST_SESSIONS:
            return Status.OTHER
        return Status.CONNECTED


async def _say(
    writer: asyncio.StreamWriter, response: ConnectResp, sequence: int, version: Version
) -> None:
    writer.write(encode(response, sequence, version))
    await writer.drain()
