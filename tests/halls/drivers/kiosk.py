"""The kiosk, driven by its pages: what is free by touch and keypad, what costs by card or notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

import httpx
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.party.types import OrganizationId
from qudao.journeys import proving
from qudao.journeys.dialogue.saying import said
from qudao.journeys.menu.item import Kind, items
from tests.fronts.kiosk.pages import Pages
from tests.halls.driver import MOST_SCREENS, Driver, Shown, World, asked, folder_of
from tests.kiosk_process import KioskProcess
from tests.kiosks import Terminal, devices_of, terminal

KINDS = ("done", "refused", "closed")


class Kiosk:
    """Customers who come to one kiosk, one after the other."""

    front = "kiosk"
    not_asked = frozenset({Kind.TEXT})
    """In Chinese: its keyboard has Latin letters."""

    def __init__(self, url: str, devices: KioskProcess, terminal: Terminal) -> None:
        self._devices, self._terminal = devices, terminal
        self._client = httpx.Client(
            base_url=url, follow_redirects=True, trust_env=False, timeout=60
        )
        self._pages = Pages(self._fetch)
        self._pages.admit(terminal.token)

    def use(
        self,
        item: str,
        answers: Mapping[str, str],
        *,
        msisdn: str,
        password: str,
        language: str = "zh-hans",
    ) -> Shown:
        pages = self._pages
        pages.get("/kiosk/")
        # As from the idle page, which ends what was left of the customer before.
        pages.forge("/kiosk/begin/", language=language)
        with translation.override(language):
            self._find(said(items[item].name))
            known = {proving.PASSWORD.code: password, **answers}
            for _screen in range(MOST_SCREENS):
                kind = self._kind()
                if kind in KINDS:
                    return Shown(pages.text, kind)
                if kind == "confirm":
                    self._confirm(answers)
                    continue
                if pages.heading == said(proving.NUMBER.prompt):
                    pages.type(msisdn)
                    continue
                code = asked(item, pages.heading, language)
                assert code in known, f"{item} asks for {code}: {pages.text}"
                if code == "means":
                    pages.touch(known[code])
                elif pages.typed:
                    pages.type(known[code])
                else:
                    self._find(known[code])
        raise AssertionError(f"{item} does not end: {pages.text}")

    def close(self) -> None:
        self._client.close()

    def _confirm(self, answers: Mapping[str, str]) -> None:
        """Confirm; where it costs something, put a card or a note in first."""
        if 'id="card"' in self._pages.page:
            self._devices.card(self._terminal.node)
        elif 'id="notes"' in self._pages.page:
            self._devices.put_in(self._terminal.node, int(answers["amount"]))
        else:
            self._pages.touch(_("Yes, do it"))
            return
        self._pages.get("/kiosk/talk/")
        self._pages.touch(_("Confirm and pay"))

    def _find(self, words: str) -> None:
        """Touch something of a list, on whatever page it is."""
        for _page in range(MOST_SCREENS):
            shown = self._pages.offers(words) or self._pages.offers(folder_of(words) or words)
            if shown or not self._pages.offers(_("More")):
                break
            self._pages.touch(_("More"))
        self._pages.touch(words)

    def _kind(self) -> str:
        found = self._pages.page.partition('<div class="k-step k-')[2].partition('"')[0]
        assert found, self._pages.text
        return found

    def _fetch(self, method: str, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        response = self._client.request(method, path, data=dict(fields) or None)
        return response.status_code, response.text


@contextmanager
def drive(world: World) -> Iterator[Driver]:
    process = KioskProcess(world.folder / "devices")
    try:
        with devices_of(process):
            outlet = OrganizationId(UUID(world.outlets["kiosk"]))
            kiosk = Kiosk(world.url, process, terminal(world.province, outlet))
            yield kiosk
            kiosk.close()
    finally:
        process.close()
