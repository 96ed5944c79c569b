"""Somebody before a kiosk of the small province."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from qudao.domain.credential import operations as credential
from qudao.fronts.kiosk.visit import KEY
from qudao.kernel.personal import Secret
from tests.boss_process import BossProcess
from tests.fronts.kiosk.pages import Fetch, Pages
from tests.kiosk_process import KioskProcess
from tests.kiosks import Terminal
from tests.province import Province

PASSWORD = "270519"


@dataclass
class Stand(Pages):
    province: Province = field(kw_only=True)
    boss: BossProcess = field(kw_only=True)
    devices: KioskProcess = field(kw_only=True)
    kiosk: Terminal = field(kw_only=True)
    client: Client = field(kw_only=True)

    @property
    def notes(self) -> dict[str, int]:
        """Yuan by where they are: `escrow`, `box`, `tray`."""
        return self.devices.notes(self.kiosk.node)

    @property
    def slips(self) -> list[str]:
        return list(self.devices.state(self.kiosk.node)["printed"])

    @property
    def visit(self) -> dict[str, Any] | None:
        """What the session keeps of the visit."""
        kept: dict[str, Any] | None = self.client.session.get(KEY)
        return kept

    def wait(self, by: timedelta) -> None:
        """As if the last touch had been so long ago."""
        session = self.client.session
        touched = datetime.fromisoformat(session[KEY]["touched_at"])
        session[KEY] = {**session[KEY], "touched_at": (touched - by).isoformat()}
        session.save()

    def customer(self) -> str:
        """The number of an active line, with the service password `PASSWORD`."""
        msisdn = self.boss.fresh().msisdn
        credential.set_password(self.province.system(), msisdn=msisdn, password=Secret(PASSWORD))
        return msisdn


def fetching(client: Client) -> Fetch:
    """Django's test client as a browser."""

    def fetch(method: str, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        send = client.get if method == "GET" else client.post
        response = send(path, dict(fields), follow=True)
        return response.status_code, response.content.decode()

    return fetch
