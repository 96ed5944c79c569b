"""
A process from which others are forked, now and later.

What has threads and connections to the database cannot fork: the child would keep locks that
nobody opens any more. So whoever will need processes later forks this one before it opens
anything; it opens nothing itself, and forks when it is told to.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Final, NoReturn

_LONGEST: Final = 32
_log = logging.getLogger(__name__)


class Nursery:
    """Its processes are given one end of a pipe, and end when that does; it ends with its owner."""

    def __init__(self, run: Callable[[socket.socket], NoReturn]) -> None:
        assert threading.active_count() == 1, "of what a thread holds, a fork keeps it for ever"
        self._lock = threading.Lock()
        self._pipe, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sys.stdout.flush()
        sys.stderr.flush()
        if not os.fork():
            self._pipe.close()
            _fork_when_told(theirs, run)
        theirs.close()

    def fork(self) -> tuple[int, socket.socket]:
        """
        Return a new process and the pipe to it. For threads, too.

        :raises OSError: if there can be none.
        """
        with self._lock:
            self._pipe.send(b"fork")
            said, ends, _flags, _from = socket.recv_fds(self._pipe, _LONGEST, 1)
        if not ends:
            raise OSError("no process can be forked any more")
        return int(said), socket.socket(fileno=ends[0])


def _fork_when_told(pipe: socket.socket, run: Callable[[socket.socket], NoReturn]) -> NoReturn:
    # Its owner ends in order, whoever is told to: then the pipe ends. Children are not waited for.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    code = 1
    try:
        while pipe.recv(_LONGEST):
            ours, theirs = socket.socketpair()
            child = os.fork()
            if not child:
                # An end that is kept open here would never end.
                pipe.close()
                ours.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                run(theirs)
            theirs.close()
            socket.send_fds(pipe, [str(child).encode()], [ours.fileno()])
            ours.close()
        code = 0
    except BaseException:
        _log.exception("no processes can be forked any more")
    finally:
        # What the owner left in this process is the owner's: its exit handlers, its buffers.
        os._exit(code)
