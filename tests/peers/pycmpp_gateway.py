"""
A gateway (ISMG) of CMPP 2.0 with `pycmpp`, whose mobiles say what the lines of its input tell it:
{"from": "13…", "text": "YE"}, or {"from": "13…", "hex": "…"}, or {"octets": "…"}, which are none.

What comes is read by pycmpp: the proof of who connects, and every CMPP_SUBMIT. It is made for SPs,
so what only a gateway says is written here, from the specification. It is GPL: a process of its
own, and nothing of ours imports it.
"""

import itertools
import json
import os
import select
import socket
import struct
import sys
from collections import defaultdict
from typing import Any

from pycmpp import cmpp_defines as codes  # type: ignore[import-untyped]
from pycmpp.request import SubmitRequestInstance  # type: ignore[import-untyped]
from pycmpp.utils import decode_headers, get_md5_digest  # type: ignore[import-untyped]

SAID = json.loads(sys.argv[1])
NAME, SECRET, CODE = (SAID[one].encode() for one in ("name", "password", "code"))
ANSWER = 0x80000000
VERSION = 0x20
REFUSED_VERSION, REFUSED_PROOF = 4, 3


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


class Gateway:
    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self._buffer = b""
        self._ids = itertools.count(1)
        self._parts: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def take(self) -> bool:
        """Read what came and answer it; say whether the connection lasts."""
        octets = self.line.recv(65_536)
        self._buffer += octets
        while len(self._buffer) >= 12 and len(self._buffer) >= decode_headers(self._buffer)[0]:
            length, command, sequence = decode_headers(self._buffer)
            frame, self._buffer = self._buffer[:length], self._buffer[length:]
            self._answer(command, sequence, frame)
        return bool(octets)

    def _answer(self, command: int, sequence: int, frame: bytes) -> None:
        if command == codes.CMPP_CONNECT_REQ:
            self._send(command | ANSWER, sequence, self._connected(frame[12:]))
        elif command == codes.CMPP_SUBMIT_REQ:
            self._send(command | ANSWER, sequence, struct.pack(">QB", next(self._ids), 0))
            self._heard(SubmitRequestInstance().resolve(frame))
        elif command == codes.CMPP_ACTIVE_TEST_REQ:
            self._send(command | ANSWER, sequence, b"\0")
        elif command == codes.CMPP_TERMINATE_REQ:
            self._send(command | ANSWER, sequence, b"")
            tell("unbound")
        elif command == codes.CMPP_DELIVER_RESP:
            tell("taken", status=frame[20])

    def _connected(self, body: bytes) -> bytes:
        name, proof, version, stamp = struct.unpack(">6s16sBI", body)
        told = get_md5_digest(name + bytes(9) + SECRET + b"%010d" % stamp)
        status = REFUSED_PROOF if (name, proof) != (NAME, told) else 0
        if version > VERSION:
            status = REFUSED_VERSION
        if not status:
            tell("bound", system_id=name.decode())
        return struct.pack(
            ">B16sB", status, get_md5_digest(bytes([status]) + proof + SECRET), VERSION
        )

    def _heard(self, submit: dict[str, Any]) -> None:
        mobile = submit["dest_terminal_id"].rstrip("\0")
        parts = self._parts[mobile]
        parts[submit["pk_number"]] = submit["msg_content"]
        if len(parts) == submit["pk_total"]:
            tell(
                "answer",
                to=mobile,
                text="".join(parts[each] for each in sorted(parts)),
                **{"from": submit["src_id"].rstrip("\0")},
            )
            parts.clear()

    def say(self, act: dict[str, Any]) -> None:
        if "octets" in act:
            self.line.sendall(bytes.fromhex(act["octets"]))
            return
        content = bytes.fromhex(act["hex"]) if "hex" in act else act["text"].encode("utf-16-be")
        body = struct.pack(
            f">Q21s10sBBB21sBB{len(content)}s8s",
            next(self._ids),
            *(CODE, b"HALL", 0, 0, 8, act["from"].encode(), 0),
            *(len(content), content, b""),
        )
        self._send(codes.CMPP_DELIVER_REQ, next(self._ids), body)

    def _send(self, command: int, sequence: int, body: bytes) -> None:
        self.line.sendall(struct.pack(">III", 12 + len(body), command, sequence) + body)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    tell("listening", port=listener.getsockname()[1])
    gateway: Gateway | None = None
    # Lines are read from the descriptor: what a file object keeps back, nobody would wait for.
    told = b""
    while True:
        waiting = [listener, 0, *([gateway.line] if gateway else [])]
        for one in select.select(waiting, [], [])[0]:
            if one is listener:
                gateway = Gateway(listener.accept()[0])
            elif one == 0:
                if not (octets := os.read(0, 65_536)):
                    return
                *lines, told = (told + octets).split(b"\n")
                for line in lines:
                    assert gateway is not None
                    gateway.say(json.loads(line))
            elif gateway is not None and not gateway.take():
                tell("closed")
                gateway = None


main()
