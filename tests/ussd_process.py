"""
`qudao ussd` as a process of its own, for tests.

    with ussd_process(environment, tmp_path, [link_to(smsc)]) as hall: ...

It sees what is committed: tests that use it need `committed_province`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.smsc_process import SmscProcess

START_S: Final = 60


def link_to(smsc: SmscProcess, **more: Any) -> dict[str, Any]:
    """A link to the simulated gateway."""
    return {
        "name": "centre",
        "host": smsc.host,
        "port": smsc.port,
        "system_id": "qudao",
        "password": "qudao",
        "profile": {"also": {"32": "over"}},
        **more,
    }


@contextmanager
def ussd_process(
    environment: Mapping[str, str], folder: Path, links: Sequence[Mapping[str, Any]]
) -> Iterator[subprocess.Popen[str]]:
    """The hall with these links, until the end of the block; it must end well."""
    log = folder / "ussd.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "qudao.site.cli", "ussd"],
            env={"PATH": os.environ["PATH"], **environment, "QUDAO_USSD_LINKS": json.dumps(links)},
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    assert process.stdout is not None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "the USSD hall does not start"
        assert process.stdout.readline().startswith("ussd: "), log.read_text()
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(START_S) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
