"""Outlets for the two halls, customers before them, and the short messages that they get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from qudao.domain.credential import operations as credential
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Contract, Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.kernel.period import Period
from qudao.kernel.personal import Secret
from tests.acquirer_process import AcquirerProcess
from tests.boss_process import BossProcess
from tests.domain.credential.line import code_in, told
from tests.fronts.hall.reader import Form, Seen, read
from tests.province import Province

SERVICE_PASSWORD = Secret("270519")
HALLS = {
    "web": ("web_hall", "网上营业厅", "Web hall"),
    "mobile": ("mobile_hall", "掌上营业厅", "Mobile hall"),
}


def open_halls(province: Province) -> dict[str, OrganizationId]:
    """Open an outlet for the web hall and one for the mobile hall; by front code."""
    at = datetime.now(UTC)
    opened = {}
    for front, (kind, chinese, english) in HALLS.items():
        opened[front] = saleschannel.open_outlet(
            province.system(at),
            place=province.organizations["410102"],
            draft=OutletDraft(
                name_zh=chinese,
                name_en=english,
                kind=kind,
                market=Market.CITY,
                address="",
                contract=Contract(f"C-{front}", Period(at - timedelta(days=1))),
            ),
        )
        wallet.open(province.system(at), outlet=opened[front])
        saleschannel.activate(province.system(at), outlet=opened[front])
    return opened


@dataclass
class Customers:
    """Who comes to the halls."""

    province: Province
    boss: BossProcess
    acquirer: AcquirerProcess | None = None

    def line(self, *, password: bool = False) -> str:
        """The number of an active line, with a service password if wanted."""
        msisdn = self.boss.fresh().msisdn
        if password:
            ours = self.province.system(datetime.now(UTC))
            credential.set_password(ours, msisdn=msisdn, password=SERVICE_PASSWORD)
        if self.acquirer is not None:
            self.acquirer.bind(msisdn)
        return msisdn


def code() -> str:
    """The one-time code that was sent last."""
    return str.__str__(code_in(told()[-1]))


class Browser:
    """A customer's browser without script, at one of the two halls."""

    def __init__(self, root: str = "/hall/", language: str = "en") -> None:
        self.root, self.client = root, Client(enforce_csrf_checks=True)
        self.client.cookies["qudao_language"] = language
        self.seen, self.status, self.path = Seen(), 0, ""

    def get(self, path: str = "", **query: str) -> Seen:
        return self._see(self.client.get(self._at(path), query, follow=True))

    def send(self, what: tuple[Form, dict[str, str]]) -> Seen:
        form, sent = what
        return self._see(self.client.post(form.action or self.path, sent, follow=True))

    def press(self, words: str = "", value: str = "") -> Seen:
        return self.send(self.seen.press(words=words, value=value))

    def type(self, text: str, name: str = "text") -> Seen:
        return self.send(self.seen.fill(text, name))

    def begin(self, item: str) -> Seen:
        self.get()
        return self.press(value=item)

    def sign_in(self, msisdn: str) -> Seen:
        """By the service password, which proves all there is."""
        form = self.get("sign-in/?by=password").form("sign-in/password/")
        known = {"number": msisdn, "password": str.__str__(SERVICE_PASSWORD)}
        return self.send((form, {**form.fields, **known}))

    def _at(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.root}{path}"

    def _see(self, response: Any) -> Seen:
        self.response, self.status = response, response.status_code
        chain = getattr(response, "redirect_chain", None)
        self.path = chain[-1][0] if chain else response.request["PATH_INFO"]
        self.seen = read(response.content.decode(errors="replace"))
        return self.seen
