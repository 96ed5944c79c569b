"""`python -m simulators.smsc`: run the centre until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import signal
import sys
from pathlib import Path
from typing import TypeVar

import msgspec
import uvloop

from simulators.listener import Listener
from simulators.smsc import admin
from simulators.smsc.centre import Centre
from simulators.smsc.faults import Faults
from simulators.smsc.outbox import Account
from simulators.smsc.session import Session
from simulators.smsc.ussd import Gateway

ACCOUNTS = "QUDAO_SMSC_ACCOUNTS"
_T = TypeVar("_T")


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit status. `arguments` default to the command line's."""
    options = _parser().parse_args(arguments)
    try:
        written = options.accounts.read_text(encoding="utf-8") if options.accounts else "[{}]"
        accounts = _read("accounts", written, list[Account])
        gateway = _read("--ussd", options.ussd, Gateway)
        faults = _read("--faults", options.faults, Faults)
        if not accounts:
            raise ValueError("accounts: the file names none")
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        uvloop.run(_serve(options, Centre(accounts, gateway, faults, options.window)))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            print(f"The short-message centre cannot run: {error}.", file=sys.stderr)
            return 1
        print(
            f"Port {options.port} or {options.admin_port} is in use:"
            " end what uses it, or choose others with --port and --admin-port.",
            file=sys.stderr,
        )
        return 1
    return 0


def _read(what: str, written: str, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(written.encode(), type=kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"{what}: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qudao smsc",
        description="A simulator of a short-message centre and USSD gateway: SMPP 3.4.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=2775, help="its port, 0: any (%(default)s)")
    parser.add_argument(
        "--admin-port",
        type=int,
        default=None,
        help="port of the back door (/mobile, /faults, …), on 127.0.0.1 (--port + 1)",
    )
    parser.add_argument(
        "--accounts",
        type=Path,
        default=os.environ.get(ACCOUNTS),
        help=f"JSON file of who may bind, see docs/smsc.md (${ACCOUNTS}, or qudao with qudao)",
    )
    parser.add_argument(
        "--ussd", default="{}", help="how the USSD gateway speaks, as JSON: see docs/smsc.md"
    )
    parser.add_argument(
        "--window", type=int, default=50, help="unanswered deliver_sm a session (%(default)s)"
    )
    parser.add_argument(
        "--enquire-s", type=float, default=30.0, help="idle time before enquire_link (%(default)s)"
    )
    parser.add_argument(
        "--faults", default="{}", help="faults to start with, as JSON: see docs/smsc.md"
    )
    return parser


async def _serve(options: argparse.Namespace, centre: Centre) -> None:
    if options.admin_port is None:
        options.admin_port = options.port + 1 if options.port else 0
    sessions: set[Session] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Session(centre, sessions, options.enquire_s),
        options.host,
        options.port,
        backlog=128,
    )
    host, port = server.sockets[0].getsockname()[:2]
    url = f"smpp://{f'[{host}]' if ':' in host else host}:{port}"
    doors = admin.application(centre, sessions, url)
    back_door = Listener(doors, "127.0.0.1", options.admin_port)
    await back_door.open()
    print(json.dumps({"url": url, "admin": back_door.url}), flush=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()
    for session in list(sessions):
        session.close()
    await back_door.close()


if __name__ == "__main__":
    sys.exit(main())
