"""An application at its plainest: a blocking socket that says what a test tells it to."""

from __future__ import annotations

import itertools
import socket
from typing import Any

from simulators.smsc.pdus import HEADER, RESPONSE, Command, Parameters, Pdu, decode, encode

WAIT_S = 30


class Application:
    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=WAIT_S)
        self._sequences = itertools.count(1)
        self.deliveries: list[Pdu] = []
        """What came while something else was waited for."""

    def close(self) -> None:
        self.socket.close()

    def write(self, command: int, parameters: Parameters | None = None, **body: Any) -> int:
        """Send a request; its sequence number."""
        sequence = next(self._sequences)
        self.socket.sendall(encode(Pdu(command, sequence, 0, body, parameters or [])))
        return sequence

    def read(self) -> Pdu:
        """
        The next PDU.

        :raises EOFError: if the centre ended the connection, in the middle of a PDU or not.
        """
        header = self._exactly(4)
        return decode(header + self._exactly(int.from_bytes(header, "big") - 4))

    def _exactly(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            try:
                more = self.socket.recv(count - len(octets))
            except ConnectionResetError:
                more = b""
            if not more:
                raise EOFError(octets)
            octets += more
        return octets

    def ask(self, command: int, parameters: Parameters | None = None, **body: Any) -> Pdu:
        """Send a request and wait for its answer; deliveries meanwhile are kept."""
        sequence = self.write(command, parameters, **body)
        while True:
            pdu = self.read()
            if pdu.sequence == sequence and pdu.command & RESPONSE:
                return pdu
            self.deliveries.append(pdu)

    def bind(
        self, command: int = Command.BIND_TRANSCEIVER, name: str = "qudao", password: str = "qudao"
    ) -> int:
        """The status of the answer."""
        return self.ask(command, system_id=name, password=password, interface_version=0x34).status

    def submit(
        self, to: str, octets: bytes, parameters: Parameters | None = None, **body: Any
    ) -> Pdu:
        return self.ask(
            Command.SUBMIT_SM,
            parameters,
            source_addr="10086",
            destination_addr=to,
            short_message=octets,
            **body,
        )

    def delivery(self, status: int = 0) -> Pdu:
        """The next `deliver_sm`, answered with this status."""
        pdu = self.deliveries.pop(0) if self.deliveries else self.read()
        assert pdu.command == Command.DELIVER_SM
        self.respond(pdu, status)
        return pdu

    def respond(self, pdu: Pdu, status: int = 0) -> None:
        self.socket.sendall(
            HEADER.pack(17 if not status else 16, pdu.command | RESPONSE, status, pdu.sequence)
            + (b"" if status else b"\0")
        )
