"""A wire to another server that can be cut: a TCP proxy on a loopback port."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self


class Wire:
    """
    Carries bytes to and from one address, until it is cut.

    `cut()` resets what is connected and whoever comes; `swallow()` lets connections stand and come,
    and carries nothing; `mend()` carries again (what was swallowed is lost with its connection).
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._state = "whole"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._carry, "127.0.0.1", 0), self._loop
        ).result(10)
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        async def end() -> None:
            self._server.close()
            self._reset()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        self._turn("cut")

    def swallow(self) -> None:
        self._turn("swallows")

    def mend(self) -> None:
        self._turn("whole")

    def _turn(self, state: str) -> None:
        async def turn() -> None:
            was, self._state = self._state, state
            if state == "cut" or was == "swallows":
                self._reset()

        asyncio.run_coroutine_threadsafe(turn(), self._loop).result(10)

    def _reset(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._open.add(back)
        if self._state == "cut":
            self._reset()
            return
        try:
            far, forth = await asyncio.open_connection(*self._target)
        except OSError:
            back.transport.abort()
            return
        self._open.add(forth)
        try:
            await asyncio.gather(self._pump(near, forth), self._pump(far, back))
        finally:
            self._open -= {back, forth}

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if self._state == "whole":
                    sink.write(data)
                    await sink.drain()
        except OSError:
            pass  # it was cut: that is what it is for
        finally:
            sink.close()
