"""Each page on a desk and on a phone, in both languages: it opens, it is accessible, it is calm."""

from __future__ import annotations

import pytest

from tests.browser.conftest import SHOTS, Day, by_turns

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "sell": "/sell/",
    "orders": "/orders/",
    "wallet": "/wallet/",
    "pay-ins": "/wallet/pay-ins/",
    "closings": "/wallet/closings/",
    "warning": "/wallet/warning/",
    "day": "/reports/",
    "month": "/reports/month/",
    "clerks": "/clerks/",
    "clerk-new": "/clerks/new/",
    "account": "/account/",
    "more": "/more/",
    "password": "/accounts/password/change/",
    "sessions": "/accounts/sessions/",
    "two-step": "/accounts/2fa/",
    "missing": "/nothing/here/",
}
SIGNED_OUT = {"login": "/accounts/login/", "code": "/accounts/login/code/"}


LOOKS = [("zh-hans", False, False), ("en", True, True)]
"""Language, phone, dark."""
if SHOTS:
    LOOKS += [("en", False, True), ("zh-hans", True, False)]


def test_every_page(past: Day) -> None:
    for look, (language, phone, dark) in enumerate(LOOKS):
        desk = past.sign_in("owner", language=language, phone=phone, dark=dark)
        where = f"{'phone' if phone else 'desk'}-{language[:2]}-{'dark' if dark else 'light'}"
        for nth, (name, path) in enumerate(PAGES.items()):
            if not by_turns(look, nth):
                continue
            desk.page.goto(path)
            desk.settle()
            desk.shot(f"{where}-{name}")
            desk.accessible()
            wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} px too wide on a {where}"
        desk.page.goto("/account/")
        desk.page.locator("form[action$='/logout/'] button").click()
        desk.page.wait_for_url("**/accounts/login/**")
        for name, path in SIGNED_OUT.items():
            desk.page.goto(path)
            desk.shot(f"{where}-{name}")
            desk.accessible()
        desk.calm()
        desk.context.close()
