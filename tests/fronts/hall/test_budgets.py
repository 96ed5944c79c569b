"""How many statements a page costs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from tests.fronts.hall.stand import Browser, Customers


class Budget(Protocol):
    def __call__(self, num: int, *, info: str) -> AbstractContextManager[object]: ...


def test_pages_cost_few_statements(hall: Customers, django_assert_max_num_queries: Budget) -> None:
    browser, line = Browser(), hall.line(password=True)
    browser.get()
    with django_assert_max_num_queries(3, info="limit, outlet; the menu's revision each second"):
        browser.client.get("/hall/")
    browser.sign_in(line)
    browser.get()
    with django_assert_max_num_queries(5, info="besides: the session, what waits elsewhere"):
        browser.client.get("/hall/")
    browser.begin("outlets")
    form, sent = browser.seen.press(words="Zhengzhou")
    with django_assert_max_num_queries(6, info="besides: the dialogue read, and written"):
        browser.client.post(form.action, sent, headers={"HX-Request": "true"})
