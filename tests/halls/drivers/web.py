"""The web hall, driven as a browser without script drives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from urllib.parse import urljoin

import httpx
from django.test.utils import override_settings

from tests.acquirer_process import PAYS
from tests.fronts.hall.reader import Form, Seen, read
from tests.halls.driver import MOST_SCREENS, Driver, Shown, World


class Browser:
    """A customer at the pages of a hall: `/hall/` or `/m/`."""

    def __init__(self, front: str, world: World, root: str) -> None:
        self.front = front
        self._url, self._root = world.url, root
        self._acquirer = world.acquirer.url

    def use(
        self,
        item: str,
        answers: Mapping[str, str],
        *,
        msisdn: str,
        password: str,
        language: str = "zh-hans",
    ) -> Shown:
        with self._signed_in(msisdn, password, language) as (client, seen):
            return self._finish(client, _send(client, seen.press(value=item)), item, answers)

    def go_on(self, item: str, answers: Mapping[str, str], *, msisdn: str, password: str) -> Shown:
        """Finish an item that the customer has begun on another front."""
        with self._signed_in(msisdn, password, "zh-hans") as (client, seen):
            form = seen.form("resume/")
            ((name, value, _said),) = form.buttons
            seen = _post(client, form, form.fields | {name: value})
            return self._finish(client, seen, item, answers)

    @contextmanager
    def _signed_in(
        self, msisdn: str, password: str, language: str
    ) -> Iterator[tuple[httpx.Client, Seen]]:
        """A browser of somebody's own, and the start page."""
        cookies = {"qudao_language": language}
        with httpx.Client(
            base_url=self._url, cookies=cookies, follow_redirects=True, trust_env=False, timeout=60
        ) as client:
            seen = _get(client, f"{self._root}sign-in/?by=password")
            form = seen.form("sign-in/password/")
            known = {**form.fields, "number": msisdn, "password": password}
            seen = _post(client, form, known)
            assert seen.text, "signing in goes to the start page"
            yield client, seen

    def _finish(
        self, client: httpx.Client, seen: Seen, item: str, answers: Mapping[str, str]
    ) -> Shown:
        for _screen in range(MOST_SCREENS):
            if seen.kind == "confirm":
                seen = _send(client, seen.press(value=":yes"))
            elif seen.kind == "question":
                seen = _send(client, _answered(seen, item, answers))
            else:
                seen = self._paid(client, seen)
                return Shown(seen.text, seen.kind)
        raise AssertionError(f"{item} does not end: {seen.text}")

    def _paid(self, client: httpx.Client, seen: Seen) -> Seen:
        """What the customer sees who pays on the acquirer's page, if it is to be paid there."""
        page = next((one for one in seen.links if one.startswith(self._acquirer)), "")
        if not page:
            return seen
        (form,) = _get(client, page).forms
        card = {"number": PAYS, "expiry": "09/30", "act": "pay"}
        back = _post(client, replace(form, action=urljoin(page, form.action)), form.fields | card)
        check = back.form("/check")  # what script does by itself
        return _post(client, check, check.fields)


def _answered(seen: Seen, item: str, answers: Mapping[str, str]) -> tuple[Form, dict[str, str]]:
    assert seen.asked in answers, f"{item} asks for {seen.asked}: {seen.text}"
    answer = answers[seen.asked]
    typed = any("text" in form.fields for form in seen.forms)
    return seen.fill(answer) if typed else seen.press(words=answer)


def _get(client: httpx.Client, path: str) -> Seen:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return read(response.text)


def _post(client: httpx.Client, form: Form, sent: Mapping[str, str]) -> Seen:
    response = client.post(form.action, data=dict(sent))
    assert response.status_code == 200, response.text
    return read(response.text)


def _send(client: httpx.Client, what: tuple[Form, dict[str, str]]) -> Seen:
    return _post(client, *what)


@contextmanager
def browser(front: str, world: World, root: str) -> Iterator[Browser]:
    """A customer of this hall, who comes back to it from the page of payment."""
    with override_settings(PAYMENT_RETURN_URL=f"{world.url}/payments/{{payment}}"):
        yield Browser(front, world, root)


def drive(world: World) -> AbstractContextManager[Driver]:
    return browser("web", world, "/hall/")
