"""What the supervisors need of the operating system's processes."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dies_with_us(deathly: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the child gets this signal when the thread that starts it is gone.

    Linux only; elsewhere the next start finds and ends what was left behind.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, deathly.value, 0, 0, 0)
            if os.getppid() != parent:  # we were gone before the call
                os._exit(1)

    return before_exec


def processes_in(folder: Path) -> Iterator[int]:
    """The ids of running processes whose working directory is this folder (Linux only)."""
    wanted = str(folder.resolve())
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == wanted:
                yield int(entry.name)
        except OSError:
            continue  # ended meanwhile, or somebody else's


def send(pid: int, what: signal.Signals) -> None:
    """Sends a signal to a process that may have ended already."""
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return


def kill_group(leader: int) -> None:
    """Kills what is left of a process group; its leader may be gone already."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
