"""The USSD hall, driven by a phone of a simulated gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.halls.driver import Driver, Shown, World, walk
from tests.smsc_process import SmscProcess
from tests.ussd_process import link_to, ussd_process

LANGUAGE = {"zh-hans": "YY 1", "en": "YY 2"}


class _Phone:
    front = "ussd"

    def __init__(self, smsc: SmscProcess) -> None:
        self._smsc = smsc

    def use(
        self,
        item: str,
        answers: Mapping[str, str],
        *,
        msisdn: str,
        password: str,
        language: str = "zh-hans",
    ) -> Shown:
        state = ""

        def send(text: str) -> str:
            nonlocal state
            if state != "menu":
                assert self._smsc.ussd(msisdn, dial="*100#")["state"] == "menu"
            screen = self._smsc.ussd(msisdn, answer=text)
            state = screen["state"]
            assert state in ("menu", "final"), screen
            return str(screen["text"])

        send(LANGUAGE[language])
        shown = walk(send, item, answers, msisdn=msisdn, password=password, language=language)
        if state == "menu":
            self._smsc.ussd(msisdn, hang_up=True)
        return shown


@contextmanager
def drive(world: World) -> Iterator[Driver]:
    """A gateway of its own, and `qudao ussd` bound to it."""
    smsc = SmscProcess()
    try:
        with ussd_process(world.environment, world.folder, [link_to(smsc)]):
            smsc.sessions(bound=1)
            yield _Phone(smsc)
            assert smsc.problems == []
    finally:
        smsc.close()
