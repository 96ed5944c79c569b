"""Captures as a network analyser reads them: octets of a TCP connection, written without one."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable
from pathlib import Path

RAW_IP = 101
"""Link type: each packet begins with its IP header."""


def write(path: Path, sent: Iterable[tuple[int, int, bytes]]) -> None:
    """
    A pcap file of one packet for each (source port, destination port, octets).

    Octets that belong to one PDU may be spread over several packets of one direction.
    """
    following: dict[tuple[int, int], int] = {}
    packets = []
    for source, destination, octets in sent:
        sequence = following.get((source, destination), 1)
        acknowledged = following.get((destination, source), 1)
        following[source, destination] = sequence + len(octets)
        tcp = struct.pack(
            ">HHIIBBHHH", source, destination, sequence, acknowledged, 0x50, 0x18, 65_535, 0, 0
        )
        length = 20 + len(tcp) + len(octets)
        address = bytes([127, 0, 0, 1])
        ip = struct.pack(">BBHHHBBH", 0x45, 0, length, 0, 0, 64, 6, 0) + address + address
        packets.append(ip + tcp + octets)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, RAW_IP))
        for at, packet in enumerate(packets):
            file.write(struct.pack("<IIII", at, 0, len(packet), len(packet)) + packet)


class Relay:
    """Hands on what goes to a port of this machine and back, and keeps it for `write`."""

    def __init__(self, port: int, known_as: int) -> None:
        self.sent: list[tuple[int, int, bytes]] = []
        """Source, destination and octets; the other side's port is said to be `known_as`."""
        self._to, self._known_as = port, known_as
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._welcome, daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those that there are last as long as their ends want."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _welcome(self) -> None:
        while True:
            try:
                here, address = self._listener.accept()
            except OSError:
                return  # it is closed
            there = socket.create_connection(("127.0.0.1", self._to))
            for source, target, ports in (
                (here, there, (address[1], self._known_as)),
                (there, here, (self._known_as, address[1])),
            ):
                threading.Thread(
                    target=self._hand_on, args=(source, target, ports), daemon=True
                ).start()

    def _hand_on(
        self, source: socket.socket, target: socket.socket, ports: tuple[int, int]
    ) -> None:
        while octets := source.recv(16_384):
            self.sent.append((*ports, octets))
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
