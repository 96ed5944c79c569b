"""
How a hall is driven as its customers drive it: at its protocol, and nowhere else.

Each hall has a module `tests/halls/drivers/<front>.py` with one function

    @contextmanager
    def drive(world: World) -> Iterator[Driver]: ...

that brings up what the hall needs besides the world (its process, a simulator), and ends it. The
equality suite finds the modules by their folder. A driver whose customers send text and read text
needs `walk` and a function that sends and receives.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.journeys import proving
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.types import LANGUAGES
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import GROUPS, Input, Kind, items
from tests.acquirer_process import AcquirerProcess
from tests.boss_process import BossProcess
from tests.province import Province

CONFIRM: Final = "confirm"
"""What `asked` says of the question whether it shall be done."""
MOST_SCREENS: Final = 40
"""A dialogue that has not ended by then goes in circles."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the customer has before them when the item has ended."""

    text: str
    """All of it, in the dialogue's language: of several pages one below the other."""
    kind: str = ""
    """`done`, `refused` or `closed`, where the protocol tells; empty where only the words do."""


class Driver(Protocol):
    """A customer of one hall; `not_asked` may say what kinds of answers it does not want."""

    front: str
    """Its code."""

    def use(
        self,
        item: str,
        answers: Mapping[str, str],
        *,
        msisdn: str,
        password: str,
        language: str = "zh-hans",
    ) -> Shown:
        """
        Do an item from nothing to its end, as a customer with this line does: come in, be
        identified, find the item, answer, confirm, and read to the last page.

        `answers` are by the code of the input, as one would type them; of a choice, what it is
        called on the screen or how that begins; `means` is how it is paid, where that is asked.
        What is not asked here is passed over. The service password is keyed in wherever a proof is
        asked for.

        :raises AssertionError: if something is asked that there is no answer to.
        """


@dataclass
class World:
    """What all halls are driven in: committed, with an outlet for each hall."""

    province: Province
    boss: BossProcess
    acquirer: AcquirerProcess
    url: str
    """Of a running web server with all pages: `http://127.0.0.1:…`, no slash at its end."""
    environment: Mapping[str, str]
    """For processes: it puts them on this database, this BOSS and this acquirer."""
    folder: Path
    """For logs and the like; empty."""
    msisdn: str = ""
    """An active line with a bound card and an add-on, whose service password is `password`."""
    resting: str = ""
    """A line that its customer has suspended; its password is the same."""
    add_on: str = ""
    """What the add-on is called."""
    password: str = "270519"
    pins: list[str] = field(default_factory=list)
    """Of recharge cards that were sold and not used."""
    outlets: dict[str, str] = field(default_factory=dict)
    """Kind of channel → the id of its outlet."""


class Module(Protocol):
    """A module of `tests/halls/drivers`."""

    def drive(self, world: World) -> AbstractContextManager[Driver]: ...


def drivers() -> dict[str, Callable[[World], AbstractContextManager[Driver]]]:
    """Return how each hall is driven, by front code."""
    folder = Path(__file__).with_name("drivers")
    names = sorted(one.name for one in pkgutil.iter_modules([str(folder)]))
    return {one: importlib.import_module(f"tests.halls.drivers.{one}").drive for one in names}


def folder_of(name: str) -> str:
    """Return the standard menu's folder with the item that is called so; empty if it is in none."""
    for item in items.values():
        for nth, language in enumerate(LANGUAGES):
            with translation.override(language):
                if said(item.name) == name:
                    return GROUPS[item.group][nth] if item.group in GROUPS else ""
    return ""


def asked(item: str, text: str, language: str = "zh-hans") -> str:
    """
    Return the code of the input that a screen's text asks for: of the item, or of what proves who
    calls; `CONFIRM` where it shall be confirmed, `means` where one chooses how to pay. Empty: none.
    """
    with translation.override(language):
        prompts = {said(one.prompt): one.code for one in (*items[item].inputs, *_ALSO)}
        prompts[_("Shall this be done?")] = CONFIRM
        squeezed = _squeezed(text)
        found = [prompt for prompt in prompts if _squeezed(prompt) in squeezed]
        return prompts[max(found, key=len)] if found else ""


def question(item: str, code: str) -> Input:
    """Return an input of an item, of what proves who calls, or of the way to pay."""
    return next(one for one in (*items[item].inputs, *_ALSO) if one.code == code)


def key_of(text: str, wanted: str) -> str:
    """Return what one sends for a choice that a text lists (`3 Luoyang`); empty if it does not."""
    listed = [line.strip().partition(" ") for line in text.splitlines()]
    exact = [key for key, _space, label in listed if label == wanted]
    begun = [key for key, _space, label in listed if label.startswith(wanted)]
    return next(iter((*exact, *begun)), "")


def walk(
    send: Callable[[str], str],
    item: str,
    answers: Mapping[str, str],
    *,
    msisdn: str,
    password: str,
    language: str = "zh-hans",
) -> Shown:
    """
    Do an item over anything in which text is sent and comes back, from the item's keyword on.

    `send` sends one message and returns the whole screen that answers it.
    """
    shown = send(items[item].keywords[0])
    for _screen in range(MOST_SCREENS):
        pages, code = [shown], asked(item, shown, language)
        while not code and (more := _more(pages[-1], language)):
            pages.append(send(more))
            code = asked(item, pages[-1], language)
        shown = pages[-1]
        if not code:
            return Shown("\n".join(pages))
        shown = send(_answer(send, shown, item, code, answers, msisdn, password, language))
    raise AssertionError(f"{item} does not end: {shown}")


def _answer(
    send: Callable[[str], str],
    shown: str,
    item: str,
    code: str,
    answers: Mapping[str, str],
    msisdn: str,
    password: str,
    language: str,
) -> str:
    with translation.override(language):
        if code == CONFIRM:
            # On a small screen the way to say yes may stand on the next page.
            return _listed(send, shown, _("Yes"), language)
    given = {proving.NUMBER.code: msisdn, proving.PASSWORD.code: password, **answers}
    assert code in given, f"{item} asks for {code}: {shown}"
    chosen = question(item, code).kind is Kind.CHOICE
    return _listed(send, shown, given[code], language) if chosen else given[code]


def _listed(send: Callable[[str], str], shown: str, wanted: str, language: str) -> str:
    """The key of a choice, on whatever page it is."""
    for _page in range(MOST_SCREENS):
        if key := key_of(shown, wanted):
            return key
        more = _more(shown, language)
        assert more, f"no {wanted} in {shown}"
        shown = send(more)
    raise AssertionError(f"no {wanted} on any page: {shown}")


def _more(text: str, language: str) -> str:
    with translation.override(language):
        return key_of(text, _("More"))


def _squeezed(text: str) -> str:
    return "".join(text.split())


_ALSO: Final = (proving.NUMBER, proving.PASSWORD, proving.CODE, parts.MEANS)
