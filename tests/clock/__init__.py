"""
Clocks of other processes that a test sets, as an administrator or a time server would.

`shim.c` stands before the C library and shifts the time of day; the clock that only goes forward
(monotonic), by which programs wait, goes on as it does when a real clock is set.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Final

COMPILER: Final = shutil.which("cc")


class Clock:
    """A clock for the processes that are started with its `environment`."""

    def __init__(self, folder: Path) -> None:
        assert COMPILER is not None, "needs a C compiler"
        self._offset, library = folder / "clock", folder / "clock.so"
        self._offset.write_bytes(bytes(8))
        source = Path(__file__).with_name("shim.c")
        build = [COMPILER, "-O1", "-shared", "-fPIC", "-o", str(library), str(source)]
        subprocess.run(build, check=True)
        self.environment = {"LD_PRELOAD": str(library), "QUDAO_TEST_CLOCK": str(self._offset)}

    def set(self, offset: timedelta) -> None:
        """Set it, from now on, to so much before or after the real time."""
        with self._offset.open("r+b") as file, mmap.mmap(file.fileno(), 8) as page:
            page[:] = struct.pack("=q", int(offset.total_seconds()))
