"""
Pages: XML read into nodes, and looked over before anything is done.

What VoiceXML does not know at all, or we do not, is kept as a node that throws
`error.unsupported.<element>` when the call comes to it, so that a page that never gets there works.
What stands in the wrong place, or lacks what it needs, makes the page one that is not taken.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from qudao.fronts.voice.vxml.trouble import Thrown, bad_page

log = logging.getLogger(__name__)

LARGEST: Final = 256 * 1024
"""Octets of a page."""
MOST_NODES: Final = 5_000
DEEPEST: Final = 50

CATCHING: Final = frozenset({"catch", "error", "help", "noinput", "nomatch"})
DIALOGS: Final = frozenset({"form", "menu"})
ITEMS: Final = frozenset({"block", "field", "transfer"})
_SPOKEN: Final = frozenset(
    {"audio", "break", "value", "say-as", "p", "s", "emphasis", "prosody", "sub", "voice", "desc"}
)
_DONE: Final = frozenset(
    [
        "assign",
        "audio",
        "clear",
        "disconnect",
        "exit",
        "goto",
        "if",
        "log",
        "prompt",
        "reprompt",
        "submit",
        "throw",
        "value",
        "var",
    ]
)
_RULES: Final = frozenset({"item", "one-of", "ruleref", "tag", "example"})
_TEXT: Final = "#text"

_INSIDE: Final[dict[str, frozenset[str]]] = {
    "vxml": CATCHING | DIALOGS | {"meta", "metadata", "property", "var"},
    "form": CATCHING | ITEMS | {"property", "var", "filled"},
    "menu": CATCHING | {"property", "prompt", "audio", "value", "choice", _TEXT},
    "field": CATCHING
    | {"property", "prompt", "audio", "value", "grammar", "option", "filled", _TEXT},
    "transfer": CATCHING | {"property", "prompt", "audio", "value", "filled", _TEXT},
    "choice": frozenset({_TEXT}),
    "option": frozenset({_TEXT}),
    "block": _DONE | {_TEXT},
    "filled": _DONE | {_TEXT},
    "if": _DONE | {_TEXT, "elseif", "else"},
    "log": frozenset({_TEXT, "value"}),
    "prompt": _SPOKEN | {_TEXT},
    "grammar": frozenset({"rule", "meta", "metadata", "tag"}),
    "rule": _RULES | {_TEXT},
    "one-of": frozenset({"item"}),
    "item": _RULES | {_TEXT},
    "tag": frozenset({_TEXT}),
    "example": frozenset({_TEXT}),
    **{name: _DONE | {_TEXT} for name in CATCHING},
    **{name: _SPOKEN | {_TEXT} for name in _SPOKEN - {"break", "value"}},
}
"""Element → what may stand in it; what is not here stands empty."""

_FETCHING: Final = "fetchhint fetchtimeout maxage maxstale fetchaudio"
_ATTRIBUTES: Final[dict[str, str]] = {
    "vxml": "version xml:lang",
    "meta": "name content http-equiv",
    "property": "name value",
    "form": "id scope",
    "menu": "id scope dtmf accept",
    "field": "name expr cond type modal slot",
    "transfer": "name expr cond dest destexpr bridge type connecttimeout maxtime aai",
    "block": "name expr cond",
    "choice": f"dtmf accept next expr event eventexpr message {_FETCHING}",
    "option": "dtmf accept value",
    "filled": "mode namelist",
    "if": "cond",
    "elseif": "cond",
    "else": "",
    "assign": "name expr",
    "clear": "namelist",
    "disconnect": "namelist",
    "exit": "expr namelist",
    "goto": f"next expr nextitem expritem {_FETCHING}",
    "submit": f"next expr namelist method enctype {_FETCHING}",
    "throw": "event eventexpr message messageexpr",
    "var": "name expr",
    "log": "label expr",
    "reprompt": "",
    "prompt": "bargein bargeintype cond count timeout xml:lang",
    "audio": f"src expr {_FETCHING}",
    "break": "time strength size",
    "value": "expr",
    "say-as": "interpret-as format detail type",
    "p": "xml:lang",
    "s": "xml:lang",
    "emphasis": "level",
    "prosody": "pitch contour range rate duration volume",
    "sub": "alias",
    "voice": "xml:lang gender age variant name",
    "desc": "xml:lang",
    "grammar": f"mode version root type xml:lang tag-format src weight scope {_FETCHING}",
    "rule": "id scope",
    "item": "repeat repeat-prob weight",
    "ruleref": "uri special",
    "catch": "event count cond",
    **{name: "count cond" for name in CATCHING - {"catch"}},
}
_NEEDED: Final = {
    "assign": ("name", "expr"),
    "if": ("cond",),
    "elseif": ("cond",),
    "property": ("name", "value"),
    "rule": ("id",),
    "value": ("expr",),
    "var": ("name",),
}


@dataclass
class Node:
    """An element: its name, what it is given, what stands in it, and its line in the page."""

    name: str
    given: dict[str, str]
    line: int
    inside: list[Node | str] = field(default_factory=list)

    @property
    def known(self) -> bool:
        return self.name in _KNOWN

    def all(self, *names: str) -> Iterator[Node]:
        """The elements of these names that stand directly in it."""
        return (one for one in self.inside if isinstance(one, Node) and one.name in names)

    def text(self) -> str:
        """All that is text in it, at any depth, with single spaces."""
        parts = [one if isinstance(one, str) else one.text() for one in self.inside]
        return " ".join(" ".join(parts).split())

    def where(self) -> str:
        return f"<{self.name}> in line {self.line}"


_KNOWN: Final = frozenset(_ATTRIBUTES) | frozenset(_INSIDE) | {"metadata"}


@dataclass(frozen=True)
class Page:
    """A page that may be run: its address, its `<vxml>`, and its dialogs by name in their order."""

    url: str
    root: Node
    dialogs: dict[str, Node]
    """A dialog without an id has `#` and its place as its name."""

    @property
    def language(self) -> str:
        return self.root.given.get("xml:lang", "")


def read_page(url: str, content: bytes) -> Page:
    """
    Read a page.

    :raises Thrown: `error.badfetch` with what is wrong and in which line
    """
    root = _Reader().read(content)
    if root.name != "vxml":
        raise bad_page(f"the page is a <{root.name}>, not a <vxml>")
    if root.given.get("version") not in {"2.0", "2.1"}:
        raise bad_page(f"version {root.given.get('version', '')!r} of VoiceXML, not 2.0 or 2.1")
    for trouble in _unknown(root):
        log.warning("%s: %s", url, trouble)
    dialogs: dict[str, Node] = {}
    for place, dialog in enumerate(root.all(*DIALOGS)):
        name = dialog.given.get("id", f"#{place}")
        if name in dialogs:
            raise bad_page(f"two dialogs are called {name!r}")
        dialogs[name] = dialog
    if not dialogs:
        raise bad_page("the page has no <form> and no <menu>")
    return Page(url, root, dialogs)


class _Reader:
    """
    Expat, which knows lines and can be stopped; without a document type there are no entities.
    """

    def __init__(self) -> None:
        self._open: list[Node] = []
        self._root: Node | None = None
        self._count = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, content: bytes) -> Node:
        if len(content) > LARGEST:
            raise bad_page(f"the page has {len(content)} octets; {LARGEST} may be")
        try:
            self._parser.Parse(content, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise bad_page(f"the page is no XML: {error}") from error
        assert self._root is not None
        return self._root

    def _doctype(self, *_: object) -> None:
        raise bad_page("the page has a document type; leave it out")

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_NODES:
            raise bad_page(f"the page has more than {MOST_NODES} elements")
        if len(self._open) >= DEEPEST:
            raise bad_page(f"the page is deeper than {DEEPEST} elements")
        kept = {key: value for key, value in given.items() if key == "xml:lang" or ":" not in key}
        kept.pop("xmlns", None)
        node = Node(name, kept, self._parser.CurrentLineNumber)
        if self._open:
            _fits(self._open[-1], node)
            self._open[-1].inside.append(node)
        else:
            self._root = node
        _whole(node)
        self._open.append(node)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, content: str) -> None:
        node = self._open[-1]
        if not content.strip():
            return
        if node.known and node.name != "metadata" and _TEXT not in _INSIDE.get(node.name, ()):
            raise bad_page(f"text in {node.where()}, where none may stand")
        node.inside.append(content)


def _fits(owner: Node, node: Node) -> None:
    if (
        owner.known
        and node.known
        and owner.name != "metadata"
        and node.name not in _INSIDE.get(owner.name, ())
    ):
        raise bad_page(f"{node.where()} stands in <{owner.name}>, where it may not")


def _whole(node: Node) -> None:
    if node.name not in _ATTRIBUTES:
        return
    for key in node.given:
        if key not in _ATTRIBUTES[node.name].split():
            raise bad_page(f"{node.where()} has {key!r}, which we do not know")
    for key in _NEEDED.get(node.name, ()):
        if key not in node.given:
            raise bad_page(f"{node.where()} lacks {key!r}")


def _unknown(node: Node) -> Iterator[str]:
    for one in node.inside:
        if isinstance(one, Node):
            if not one.known:
                yield f"{one.where()} is not supported: it throws error.unsupported.{one.name}"
            else:
                yield from _unknown(one)


def unsupported(node: Node) -> Thrown:
    """What is thrown when the call comes to an element that we do not know."""
    return Thrown(f"error.unsupported.{node.name}", node.where())
