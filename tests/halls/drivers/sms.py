"""The SMS hall, driven by a phone of a simulated centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.halls.driver import Driver, Shown, World, walk
from tests.sms_process import NUMBER, smpp_link, sms_process
from tests.smsc_process import SmscProcess

LANGUAGE = {"zh-hans": "YY 1", "en": "YY 2"}


class _Phone:
    front = "sms"

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
        read = max((one["number"] for one in self._smsc.received(msisdn, wait_s=0)), default=0)

        def send(text: str) -> str:
            nonlocal read
            self._smsc.text(msisdn, NUMBER, text)
            found = self._smsc.received(msisdn, read)
            assert found, f"no answer to {text}"
            read = found[0]["number"]
            return str(found[0]["text"])

        send(LANGUAGE[language])
        return walk(send, item, answers, msisdn=msisdn, password=password, language=language)


@contextmanager
def drive(world: World) -> Iterator[Driver]:
    """A centre of its own, and `qudao sms` bound to it."""
    smsc = SmscProcess()
    environment = {**world.environment, "QUDAO_SMS_MESSAGES_PER_MINUTE": "0"}
    try:
        with sms_process(environment, world.folder, [smpp_link(smsc)]):
            yield _Phone(smsc)
    finally:
        smsc.close()
