"""
The SMS hall as a process of its own, for tests.

    with sms_process(environment, tmp_path, [smpp_link(smsc)]) as hall: ...

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

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from tests.province import Province
from tests.smsc_process import SmscProcess

NUMBER: Final = "10086"
START_S: Final = 60


def smpp_link(smsc: SmscProcess, **more: Any) -> dict[str, Any]:
    """A link to the simulated centre."""
    return {
        "protocol": "smpp",
        "name": "centre",
        "host": smsc.host,
        "port": smsc.port,
        "system_id": "qudao",
        "password": "qudao",
        "number": NUMBER,
        **more,
    }


def open_hall(province: Province, kind: str = "sms_hall") -> OrganizationId:
    """The outlet that stands for an electronic hall, with a wallet."""
    outlet = saleschannel.open_outlet(
        province.system(),
        place=province.organizations["4101"],
        draft=OutletDraft(
            name_zh="短信营业厅",
            name_en="SMS hall",
            kind=kind,
            market=Market.CITY,
            address="1 High Street",
        ),
    )
    wallet.open(province.system(), outlet=outlet)
    saleschannel.activate(province.system(), outlet=outlet)
    return outlet


class SmsProcess:
    """`qudao sms` with links that stay the same over restarts."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, links: Sequence[Mapping[str, Any]]
    ) -> None:
        self.log = folder / "sms.log"
        self._environment = {
            "QUDAO_LOG_LEVEL": "WARNING",
            "QUDAO_SMS_ANSWERERS": "2",
            **environment,
            "QUDAO_SMS_LINKS": json.dumps(links),
            "PATH": os.environ["PATH"],
        }
        self._links = [str(link["name"]) for link in links]
        self._process: subprocess.Popen[bytes]
        self.start()

    @classmethod
    def beside(cls, other: SmsProcess) -> SmsProcess:
        """Another process with the same links, which waits for the first one's end."""
        made = cls.__new__(cls)
        made.log, made._environment, made._links = other.log, other._environment, other._links
        made.start(connected=False)
        return made

    def start(self, *, connected: bool = True) -> None:
        """Start it, and return when all links are connected."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "qudao.site.cli", "sms"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
            )
        if connected:
            self.connected()

    def connected(self) -> None:
        """Wait until it has said that all links are connected."""
        assert self._process.stdout is not None
        told = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while told.count(b"connected: ") < len(self._links):
                assert selector.select(START_S), self.said
                more = os.read(self._process.stdout.fileno(), 4096)
                assert more, self.said
                told += more

    @property
    def said(self) -> str:
        """What it has logged."""
        return self.log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill9(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def answerers(self) -> set[int]:
        """The processes that answer."""
        (nursery,) = _children(self._process.pid)
        return set(_children(nursery))

    def kill9_answerers(self) -> None:
        """End the processes that answer as a power cut would."""
        children = self.answerers()
        assert len(children) == 2, self.said
        for child in children:
            os.kill(child, signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self.running:
            self._process.send_signal(number)
        code = self._process.wait(START_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def sms_process(
    environment: Mapping[str, str], folder: Path, links: Sequence[Mapping[str, Any]]
) -> Iterator[SmsProcess]:
    """The hall, connected, until the block ends."""
    process = SmsProcess(environment, folder, links)
    try:
        yield process
    finally:
        process.stop()
