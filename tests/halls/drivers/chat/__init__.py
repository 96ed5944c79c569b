"""A toy chat bot over TCP, a line of JSON for each message: a seventh hall in one folder."""

from __future__ import annotations

import itertools
import json
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
from django.db import connections

from tests.halls.driver import Shown, World, walk
from tests.halls.drivers.chat import front


class _Bot(socketserver.StreamRequestHandler):
    """One chat: as many messages as there are lines."""

    def handle(self) -> None:
        try:
            for line in self.rfile:
                screen = front.answer(msgspec.json.decode(line, type=front.Chat))
                told = {"kind": screen.kind, "text": screen.text}
                self.wfile.write(json.dumps(told).encode() + b"\n")
        finally:
            connections.close_all()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


class Customer:
    """Somebody with a chat program."""

    front = "chat"

    def __init__(self, address: tuple[str, int]) -> None:
        self._ids = itertools.count()
        self._socket = socket.create_connection(address, timeout=30)
        self._file = self._socket.makefile("rwb")
        self._kind = ""

    def use(
        self,
        item: str,
        answers: Mapping[str, str],
        *,
        msisdn: str,
        password: str,
        language: str = "zh-hans",
    ) -> Shown:
        def send(text: str) -> str:
            chat = {"id": f"{next(self._ids)}", "number": msisdn, "text": text}
            self._file.write(json.dumps(chat).encode() + b"\n")
            self._file.flush()
            told = json.loads(self._file.readline())
            self._kind = told["kind"]
            return str(told["text"])

        send("YY 1" if language == "zh-hans" else "YY 2")
        shown = walk(send, item, answers, msisdn=msisdn, password=password, language=language)
        return Shown(shown.text, self._kind)

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def drive(world: World) -> Iterator[Customer]:
    with _Server(("127.0.0.1", 0), _Bot) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        customer = Customer(server.server_address[:2])  # type: ignore[arg-type]
        try:
            yield customer
        finally:
            customer.close()
            server.shutdown()
            thread.join()
