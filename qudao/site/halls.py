"""What `qudao run` starts for the halls: the networks and the acquirer, and who speaks to them."""

from __future__ import annotations

import importlib.util
import json
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qudao.site import paths
from qudao.site.ports import check_port
from qudao.site.supervision import Child

SHORT_CODE: Final = "10086"
PLATFORM: Final = "voice"
"""Our own voice gateway, as the phone hall knows it."""
CUSTOMERS: Final = "customers.txt"
KIOSKS: Final = "kiosks.txt"
BOUND: Final = 500_00
"""Fen that the card of a demo customer is good for, at each start."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Seven in a row."""

    first: int

    @property
    def acquirer(self) -> int:
        return self.first

    @property
    def centre(self) -> int:
        """Of the short-message centre, which is the USSD gateway too."""
        return self.first + 2

    @property
    def phone(self) -> int:
        """For SIP."""
        return self.first + 4

    @property
    def devices(self) -> int:
        """Of the devices in kiosks."""
        return self.first + 5

    @staticmethod
    def back_door(port: int) -> int:
        return port + 1


@dataclass(frozen=True, slots=True)
class Halls:
    """The halls of one machine."""

    ports: Ports
    web: str
    """Address of our own web server, a slash at its end."""
    data: Path
    given: Mapping[str, str]
    """The environment: what somebody else's centre or acquirer is named in is not simulated."""

    def check(self) -> None:
        """:raises Trouble: if a port is taken."""
        for ours, port in (
            (self.acquirer_is_ours, self.ports.acquirer),
            (self.centre_is_ours, self.ports.centre),
            (self.devices_are_ours, self.ports.devices),
        ):
            if ours:
                check_port("127.0.0.1", port, "--halls-port")
                check_port("127.0.0.1", self.ports.back_door(port), "--halls-port")

    @property
    def devices_are_ours(self) -> bool:
        return "QUDAO_KIOSK_DEVICES_URL" not in self.given

    @property
    def acquirer_is_ours(self) -> bool:
        return "QUDAO_ACQUIRER_URL" not in self.given

    @property
    def centre_is_ours(self) -> bool:
        return not {"QUDAO_SMS_LINKS", "QUDAO_USSD_LINKS"} & set(self.given)

    @property
    def platform_is_ours(self) -> bool:
        """Whether our own voice gateway reads the phone hall's pages."""
        return "QUDAO_PHONE_GATEWAYS" not in self.given

    def environment(self) -> dict[str, str]:
        """What all processes are told of the halls."""
        told = {}
        if self.acquirer_is_ours:
            told["QUDAO_ACQUIRER_URL"] = f"http://127.0.0.1:{self.ports.acquirer}"
        if not {"QUDAO_PAYMENT_RETURN_URL", "QUDAO_HOSTS"} & set(self.given):
            told["QUDAO_PAYMENT_RETURN_URL"] = f"{self.web}payments/{{payment}}"
        if self.devices_are_ours:
            told["QUDAO_KIOSK_DEVICES_URL"] = f"http://127.0.0.1:{self.ports.devices}/{{kiosk}}"
            told["QUDAO_KIOSK_DEVICES_TOKEN"] = self._secret("kiosk-devices-secret")
        if self.centre_is_ours:
            to = {"host": "127.0.0.1", "port": self.ports.centre, "password": self._password()}
            told["QUDAO_SMS_LINKS"] = json.dumps(
                [
                    {
                        **to,
                        "protocol": "smpp",
                        "name": "centre",
                        "system_id": "sms",
                        "number": SHORT_CODE,
                    }
                ]
            )
            told["QUDAO_USSD_LINKS"] = json.dumps(
                [
                    {
                        "name": "centre",
                        "system_id": "ussd",
                        **to,
                        "profile": {"also": {"32": "over"}},
                    }
                ]
            )
        if self.platform_is_ours:
            told["QUDAO_PHONE_GATEWAYS"] = json.dumps({PLATFORM: {"secret": self._voice_secret()}})
        return told

    def simulators(self, environment: Mapping[str, str]) -> Iterator[Child]:
        """The networks that nobody else has named."""
        logs = self.data / "log"
        if self.acquirer_is_ours:
            secret = {"QUDAO_ACQUIRER_SECRET": paths.acquirer_secret(self.data)}
            yield Child(
                "acquirer simulator",
                _python(
                    *("-m", "simulators.acquirer", "--port", str(self.ports.acquirer)),
                    *("--data", str(self.data / "acquirer")),
                    *("--notices", f"{self.web}payments/notices"),
                ),
                {**environment, **secret},
                logs / "acquirer.log",
            )
        if self.centre_is_ours:
            yield Child(
                "short-message centre",
                _python(
                    *("-m", "simulators.smsc", "--port", str(self.ports.centre)),
                    *("--accounts", str(self._accounts())),
                ),
                environment,
                logs / "smsc.log",
            )

        if self.devices_are_ours:
            yield Child(
                "kiosk devices",
                _python(
                    *("-m", "simulators.kiosk", "--port", str(self.ports.devices)),
                    *("--data", str(self.data / "kiosk")),
                ),
                environment,
                logs / "kiosk.log",
            )

    def processes(self, environment: Mapping[str, str]) -> Iterator[Child]:
        """The halls that are processes of their own."""
        logs = self.data / "log"
        for name, what in (("sms", "SMS hall"), ("ussd", "USSD hall")):
            if environment.get(f"QUDAO_{name.upper()}_LINKS"):
                command = _python("-m", "qudao.site.cli", name)
                yield Child(what, command, environment, logs / f"{name}.log", 10.0)
        if self.no_phone is None:
            yield Child(
                "phone hall",
                _python(
                    *("-m", "qudao.site.cli", "voice", "--vxml", f"{self.web}vxml/{PLATFORM}"),
                    *("--port", str(self.ports.phone)),
                ),
                {**environment, "QUDAO_VOICE_SECRET": self._voice_secret()},
                logs / "voice.log",
            )

    @property
    def no_phone(self) -> str | None:
        """Why nobody can call; None: one can."""
        if not self.platform_is_ours:
            return "QUDAO_PHONE_GATEWAYS names the voice platforms that take calls"
        if importlib.util.find_spec("aiosipua") is None:
            return "it needs pip install 'qudao[voice]'"
        from qudao.fronts.voice.speech import missing

        programs = missing()
        return f"it needs apt-get install {' '.join(programs)}" if programs else None

    def bind_cards(self) -> None:
        """Bind cards to the lines of the demo's customers, at the simulated acquirer."""
        if not self.acquirer_is_ours:
            return
        door = f"http://127.0.0.1:{self.ports.back_door(self.ports.acquirer)}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for line in self.customers():
            request = urllib.request.Request(
                f"{door}/cards/{line.split()[0]}",
                json.dumps({"limit": BOUND}).encode(),
                {"Content-Type": "application/json"},
                method="PUT",
            )
            opener.open(request, timeout=10).close()

    def customers(self) -> list[str]:
        """The demo's customers: number, service password, what is special."""
        return self._lines(CUSTOMERS)

    def _lines(self, name: str) -> list[str]:
        file = self.data / name
        if not file.exists():
            return []
        return [line for line in file.read_text("utf-8").splitlines() if line]

    def told(self) -> list[str]:
        """Where the halls are, for whoever has started them."""
        lines = [
            f"  Web hall        {self.web}hall/",
            f"  Mobile hall     {self.web}m/",
            f"  Kiosk           {self.web}kiosk/",
        ]
        if self.centre_is_ours:
            back = f"http://127.0.0.1:{self.ports.back_door(self.ports.centre)}"
            lines += [
                f"  SMS and USSD    {SHORT_CODE} and *100#, phones simulated at {back}/",
            ]
        if self.no_phone is None:
            lines += [f"  Phone hall      sip:{SHORT_CODE}@127.0.0.1:{self.ports.phone}"]
        else:
            lines += [f"  Phone hall      not started: {self.no_phone}"]
        if self.devices_are_ours:
            back = f"http://127.0.0.1:{self.ports.back_door(self.ports.devices)}"
            lines += [f"  Kiosk devices   {back}/"]
        if self.acquirer_is_ours:
            back = f"http://127.0.0.1:{self.ports.back_door(self.ports.acquirer)}"
            lines += [f"  Acquirer        {back}/audit"]
        return lines

    def sign_ins(self) -> list[str]:
        """With what the demo's halls can be tried."""
        told = []
        for what, name in (
            ("Customers: number, service password, each with a bound card", CUSTOMERS),
            ("Kiosks: node code, the token that its browser asks for", KIOSKS),
        ):
            if lines := self._lines(name):
                told += [f"  {what} (kept in {self.data / name}):"]
                told += [f"    {line}" for line in lines]
                told += [""]
        return told

    def _secret(self, name: str) -> str:
        """A secret of this installation, made once."""
        return paths.secret_file(self.data / name, lambda: secrets.token_urlsafe(24))

    def _password(self) -> str:
        # SMPP 3.4 has room for eight characters.
        return paths.secret_file(self.data / "smsc-password", lambda: secrets.token_hex(4))

    def _voice_secret(self) -> str:
        return self._secret("voice-secret")

    def _accounts(self) -> Path:
        """Who may bind to the simulated centre."""
        file = self.data / "smsc-accounts.json"
        accounts = [
            {"system_id": "sms", "password": self._password()},
            {"system_id": "ussd", "password": self._password(), "ussd": ["*", "#"]},
        ]
        file.touch(mode=0o600)
        file.write_text(json.dumps(accounts), "utf-8")
        return file


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
