"""Ports for programs that have to be told one."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from itertools import count
from random import SystemRandom
from typing import Final

FIRST: Final = 20_000
ROW: Final = 8
ROWS: Final = 1_250
"""
Below the ports that systems give to connections of their own accord: one of those that was free may
be some connection's before the program listens there.
"""

_turn = count(SystemRandom().randrange(ROWS))


def free_port(row: int = 1) -> int:
    """Return a port that is free, as are those that follow in a row; each time another one."""
    assert 1 <= row <= ROW
    while True:
        first = FIRST + next(_turn) % ROWS * ROW
        with ExitStack() as probes:
            try:
                for port in range(first, first + row):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
