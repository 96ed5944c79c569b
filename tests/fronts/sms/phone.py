"""A phone that reads what it is answered."""

from __future__ import annotations

from typing import Any

from tests.sms_process import NUMBER
from tests.smsc_process import SmscProcess


class Phone:
    def __init__(self, smsc: SmscProcess, msisdn: str) -> None:
        self.smsc, self.msisdn = smsc, msisdn
        self.read = max((one["number"] for one in smsc.received(msisdn, wait_s=0)), default=0)

    def says(self, text: str, **more: Any) -> str:
        """Send a message; the text of the answer."""
        self.smsc.text(self.msisdn, NUMBER, text, **more)
        return self.reads()

    def reads(self, wait_s: float = 10) -> str:
        """The next message."""
        found = self.smsc.received(self.msisdn, self.read, wait_s)
        assert found, f"no message to {self.msisdn}"
        self.read = found[0]["number"]
        return str(found[0]["text"])
