"""A browser without script: reads a page's forms, and fills them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    """Of inputs, by name: what stands in them."""
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and words of each."""

    def button(self, words: str = "", value: str = "") -> dict[str, str] | None:
        """What a form sends by the button that says this, or sends it; None: there is none."""
        for name, own, said in self.buttons:
            if (value and own == value) or (words and said.startswith(words)):
                return {**self.fields, name: own}
        return None


@dataclass
class Seen:
    """A page as one sees it."""

    text: str = ""
    """Of the main part, squeezed."""
    forms: list[Form] = field(default_factory=list)
    kind: str = ""
    """Of a dialogue's page: the screen's kind."""
    links: list[str] = field(default_factory=list)
    """Where they lead."""

    @property
    def asked(self) -> str:
        """The code of what is asked; empty where nothing is."""
        return next((one.fields["asked"] for one in self.forms if one.fields.get("asked")), "")

    def form(self, action: str) -> Form:
        return next(one for one in self.forms if action in one.action)

    def press(self, *, words: str = "", value: str = "") -> tuple[Form, dict[str, str]]:
        """The form in which a button is, and what it sends."""
        for form in self.forms:
            if (sent := form.button(words, value)) is not None:
                return form, sent
        raise AssertionError(f"no button {words or value}: {self.text}")

    def fill(self, text: str, name: str = "text") -> tuple[Form, dict[str, str]]:
        """The form in which one types, and what it sends."""
        for form in self.forms:
            if name in form.fields:
                return form, {**form.fields, name: text}
        raise AssertionError(f"nothing to type {name} into: {self.text}")


def read(page: str) -> Seen:
    """Read a page."""
    reader = _Reader()
    reader.feed(page)
    reader.seen.text = " ".join(" ".join(reader.words).split())
    return reader.seen


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen, self.words = Seen(), list[str]()
        self._main = False
        self._form: Form | None = None
        self._button: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attributes}
        self._main |= tag == "main"
        self.seen.kind = own.get("data-kind", self.seen.kind)
        if self._main and tag == "a" and "href" in own:
            self.seen.links.append(own["href"])
        if tag == "form":
            self._form = Form(own.get("action", ""))
            self.seen.forms.append(self._form)
        elif self._form is not None and tag in ("input", "textarea") and "name" in own:
            self._form.fields[own["name"]] = own.get("value", "")
        elif self._form is not None and tag == "button":
            self._button = []
            self._form.buttons.append((own.get("name", ""), own.get("value", ""), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._main = False
        elif tag == "form":
            self._form = None
        elif tag == "button" and self._button is not None:
            if self._form is not None:
                name, value, _said = self._form.buttons[-1]
                said = " ".join(" ".join(self._button).split())
                self._form.buttons[-1] = name, value, said
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._main:
            self.words.append(data)
        if self._button is not None:
            self._button.append(data)
