"""A kiosk's pages, read as a browser without script reads them, over any client."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.halls.driver import folder_of

Fetch = Callable[[str, str, Mapping[str, str]], tuple[int, str]]
"""Method, path, fields → status and page; redirects are followed."""

_FORM = re.compile(r"<form\b[^>]*action=\"([^\"]+)\"[^>]*>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_BUTTON = re.compile(r"<button\b([^>]*)>(.*?)</button>", re.DOTALL)
_ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"")


@dataclass
class Pages:
    """A browser's window."""

    fetch: Fetch
    page: str = ""
    status: int = 200

    def get(self, path: str) -> str:
        self.status, self.page = self.fetch("GET", path, {})
        return self.page

    def post(self, path: str, /, **fields: str) -> str:
        self.status, self.page = self.fetch("POST", path, fields)
        return self.page

    def admit(self, token: str) -> None:
        """Make this browser the kiosk that a token speaks for."""
        self.get("/kiosk/register/")
        (form,) = (inside for path, inside in _FORM.findall(self.page) if 'id="token"' in inside)
        self.post("/kiosk/register/", **{**_fields(form), "token": token})

    def begin(self, language: str = "English") -> str:
        self.get("/kiosk/")
        return self.touch(language)

    def touch(self, words: str) -> str:
        """Touch the button whose words these are, or begin so; of an item, in its folder."""
        if not self.offers(words) and (folder := folder_of(words)):
            self.touch(folder)
        found = [one for one in self.buttons if one[1] == words]
        found = found or [one for one in self.buttons if one[1].startswith(words)]
        assert found, f"no {words!r} among {[one[1] for one in self.buttons]}\n{self.text}"
        path, _words, fields = found[0]
        return self.post(path, **fields)

    def offers(self, words: str) -> bool:
        """Whether there is such a button."""
        return any(one[1].startswith(words) for one in self.buttons)

    def type(self, text: str) -> str:
        """Key an answer in, and go on."""
        forms = [one for one in _FORM.findall(self.page) if 'id="answer"' in one[1]]
        assert len(forms) == 1, self.text
        path, inside = forms[0]
        return self.post(path, **{**_fields(inside), "text": text})

    def forge(self, path: str, /, **fields: str) -> str:
        """Send something that no button sends, with the page's own token against forgeries."""
        token = self.buttons[0][2]["csrfmiddlewaretoken"]
        return self.post(path, csrfmiddlewaretoken=token, **fields)

    @property
    def typed(self) -> bool:
        """Whether an answer can be keyed in."""
        return 'id="answer"' in self.page

    @property
    def buttons(self) -> list[tuple[str, str, dict[str, str]]]:
        """Every button of a form: where it goes, its words, what it sends."""
        found = []
        for path, inside in _FORM.findall(self.page):
            for attributes, words in _BUTTON.findall(inside):
                own = dict(_ATTRIBUTE.findall(attributes))
                if own.get("type") == "button":
                    continue
                sent = {own["name"]: html.unescape(own.get("value", ""))} if "name" in own else {}
                found.append((path, _plain(words), _fields(inside) | sent))
        return found

    @property
    def text(self) -> str:
        """The page's words."""
        hidden = r"<dialog.*?</dialog>|<head>.*?</head>"
        return _plain(re.sub(hidden, "", self.page, flags=re.DOTALL))

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.page, re.DOTALL)
        return _plain(found[1]) if found else ""


def _fields(inside: str) -> dict[str, str]:
    own = (dict(_ATTRIBUTE.findall(one)) for one in _INPUT.findall(inside))
    return {one["name"]: html.unescape(one.get("value", "")) for one in own if "name" in one}


def _plain(text: str) -> str:
    bare = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(bare).split())
