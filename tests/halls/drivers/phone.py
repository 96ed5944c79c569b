"""The phone hall, driven by a caller who hears its pages and presses keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import httpx
from django.db import connection
from django.test.utils import override_settings
from django.utils import translation

from qudao.journeys import proving
from qudao.journeys.dialogue.saying import said
from qudao.journeys.menu.item import Kind, items
from tests.fronts.phone.caller import SECRET, Telephone
from tests.halls.driver import CONFIRM, MOST_SCREENS, Driver, Shown, World, asked, question

CONFIRMS: Final = {"zh-hans": "确认", "en": "To confirm"}
_YUAN: Final = re.compile(r"(\d+)(?:元零?(?:(\d)角)?(?:(\d)分)?| yuan(?: and (\d+) fen)?)")
_DAY: Final = re.compile(r"(\d{4})年(\d+)月(\d+)日(?:(\d+)点(?:(\d+)分|整))?")


class _Caller:
    front = "phone"

    def __init__(self, web: httpx.Client) -> None:
        self._web = web

    def use(
        self,
        item: str,
        answers: Mapping[str, str],
        *,
        msisdn: str,
        password: str,
        language: str = "zh-hans",
    ) -> Shown:
        with connection.cursor() as cursor:  # nobody calls as often as this
            cursor.execute("DELETE FROM web_rate WHERE name = 'phone'")
        call = Telephone(self._get, f"/vxml/voice?caller={msisdn}&language={language}")
        with translation.override(language):
            name = said(items[item].name)
        heard = call.choose(name)
        given = {proving.NUMBER.code: msisdn, proving.PASSWORD.code: password, **answers}
        for _screen in range(MOST_SCREENS):
            code = asked(item, heard, language)
            if not code:
                told = [heard]
                while "#" in call.offered():
                    told.append(call.press("#"))
                call.hang_up()
                return Shown(written(" ".join(told)))
            if code == CONFIRM:
                heard = call.choose(CONFIRMS[language])
            elif question(item, code).kind is Kind.CHOICE:
                heard = call.choose(given[code])
            else:
                heard = call.press(f"{given[code].replace('.', '*')}#")
        raise AssertionError(f"{item} does not end: {heard}")

    def _get(self, method: str, url: str, fields: dict[str, str]) -> tuple[int, bytes]:
        path = httpx.URL(url).raw_path.decode()
        answer = self._web.request(method, path, data=fields if method == "POST" else None)
        return answer.status_code, answer.content


def written(spoken: str) -> str:
    """Return what was read out as it is written."""

    def money(found: re.Match[str]) -> str:
        yuan, jiao, fen, whole = found.groups()
        behind = int(whole) if whole else int(jiao or 0) * 10 + int(fen or 0)
        return f"¥{int(yuan):,}.{behind:02d}"

    def day(found: re.Match[str]) -> str:
        year, month, number, hour, minute = (int(one or 0) for one in found.groups())
        time = f" {hour:02d}:{minute:02d}" if found[4] else ""
        return f"{year}-{month:02d}-{number:02d}{time}"

    return _DAY.sub(day, _YUAN.sub(money, spoken))


@contextmanager
def drive(world: World) -> Iterator[Driver]:
    """The pages of the world's web server; the voice platform is our own interpreter."""
    gateways = json.dumps({"voice": {"secret": SECRET}})
    headers = {"Authorization": f"Bearer {SECRET}"}
    with (
        override_settings(PHONE_GATEWAYS=gateways),
        httpx.Client(base_url=world.url, headers=headers, trust_env=False, timeout=30) as web,
    ):
        yield _Caller(web)
