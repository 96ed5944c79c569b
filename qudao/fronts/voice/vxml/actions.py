"""Executable content (VoiceXML 2.1, section 5.3), and the way to the next page."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import urldefrag, urljoin

from qudao.fronts.voice.vxml.documents import Node, Page, read_page, unsupported
from qudao.fronts.voice.vxml.expressions import text, truth
from qudao.fronts.voice.vxml.prompts import seconds, spoken
from qudao.fronts.voice.vxml.scopes import Scope
from qudao.fronts.voice.vxml.state import Go, Leave, Machine, Run, ToItem
from qudao.fronts.voice.vxml.steps import End, Failed, Fetch, Fetched
from qudao.fronts.voice.vxml.trouble import Thrown, TooLong, bad_expression, bad_page

log = logging.getLogger(__name__)


class Actions(Machine):
    """Does what stands in blocks, handlers and filled."""

    def _do_inside(self, owner: Node) -> Run[None]:
        """Do what stands in a block or filled, with variables of its own."""
        around = self._scope
        self._scope = Scope("", around)
        yield from self._do(owner.inside)
        self._scope = around

    def _do(self, parts: Iterable[Node | str]) -> Run[None]:
        for part in parts:
            self._count()
            if isinstance(part, str) or part.name in {"prompt", "audio", "value"}:
                if isinstance(part, str) or part.name != "prompt" or self._holds(part):
                    self._say(part)
            elif part.name == "if":
                yield from self._do(self._branch(part))
            else:
                yield from self._do_one(part)

    def _do_one(self, node: Node) -> Run[None]:
        match node.name:
            case "var":
                self._scope.declare(node.given["name"], self._value(node.given.get("expr")))
            case "assign":
                self._scope.assign(node.given["name"], self._value(node.given["expr"]))
            case "clear":
                self._clear(node.given.get("namelist", "").split())
            case "reprompt":
                self._reprompt = True
            case "log":
                label, told = node.given.get("label", ""), spoken(node, self._scope)
                value = text(self._value(node.given.get("expr")))
                log.info("%s %s %s", label, told, value)
            case "throw":
                event = self._attribute(node, "event", "eventexpr")
                if not event:
                    raise bad_expression(f"{node.where()} names no event")
                raise Thrown(event, self._attribute(node, "message", "messageexpr"))
            case "goto":
                item = self._attribute(node, "nextitem", "expritem")
                if item:
                    raise ToItem(item)
                yield from self._go(node, self._attribute(node, "next", "expr"))
            case "submit":
                yield from self._submit(node)
            case "exit":
                raise Leave(End("exit"))
            case "disconnect":
                raise Leave(End("disconnect"))
            case _:
                raise unsupported(node)

    def _branch(self, node: Node) -> list[Node | str]:
        """What stands in the branch of an `<if>` whose condition holds."""
        holds = truth(self._value(node.given["cond"]))
        chosen: list[Node | str] = []
        for part in node.inside:
            if isinstance(part, Node) and part.name in {"elseif", "else"}:
                if holds:
                    break
                holds = part.name == "else" or truth(self._value(part.given["cond"]))
            elif holds:
                chosen.append(part)
        return chosen

    def _clear(self, names: list[str]) -> None:
        for name in names or list(self._items):
            self._scope.assign(name, None)
            if name in self._items:
                self._items[name].prompts = 1
                self._items[name].events.clear()

    def _get(self, fetch: Fetch, base: str) -> Run[tuple[Page, str]]:
        """A page and the name of the dialog to begin with."""
        url, dialog = urldefrag(urljoin(base, fetch.url))
        self._pages += 1
        if self._pages > self._limits.pages:
            raise TooLong(f"{self._limits.pages} pages in a call")
        timeout_s = fetch.timeout_s
        if timeout_s is None:
            timeout_s = seconds(self._property("fetchtimeout"))
        answer = yield Fetch(url, fetch.method, fetch.fields, timeout_s)
        match answer:
            case Fetched(url=came_from, content=content):
                page = read_page(came_from, content)
                return page, self._named(page, dialog)
            case Failed(status=status, why=why):
                event = f"error.badfetch.http.{status}" if status else "error.badfetch"
                raise Thrown(event, f"{url}: {why}")
            case _:
                raise TypeError(f"{answer!r} is no answer to a Fetch")

    def _named(self, page: Page, dialog: str) -> str:
        if not dialog:
            return next(iter(page.dialogs))
        if dialog not in page.dialogs:
            raise bad_page(f"{page.url} has no dialog {dialog!r}")
        return dialog

    def _go(self, node: Node, where: str) -> Run[NoReturn]:
        """On to the dialog or page that a goto, choice or submit names."""
        assert self._page is not None
        if not where:
            raise bad_expression(f"{node.where()} leads nowhere")
        if where.startswith("#"):
            raise Go(None, self._named(self._page, where[1:]))
        page, dialog = yield from self._get(
            Fetch(where, timeout_s=self._patience(node)), self._page.url
        )
        raise Go(page, dialog)

    def _submit(self, node: Node) -> Run[NoReturn]:
        assert self._page is not None
        where = self._attribute(node, "next", "expr")
        if not where:
            raise bad_expression(f"{node.where()} leads nowhere")
        method = node.given.get("method", "get").upper()
        if method not in {"GET", "POST"}:
            raise bad_page(f"{node.where()}: method {method!r}")
        if node.given.get("enctype", "application/x-www-form-urlencoded") != (
            "application/x-www-form-urlencoded"
        ):
            raise Thrown("error.unsupported.enctype", node.where())
        names = node.given.get("namelist")
        if names is None:
            inputs = [one for one in self._items.values() if one.node.name == "field"]
            wanted = [one.name for one in inputs if "name" in one.node.given]
        else:
            wanted = names.split()
        fields = tuple((name, self._sent(name)) for name in wanted)
        fetch = Fetch(where, method, fields, self._patience(node))
        page, dialog = yield from self._get(fetch, self._page.url)
        raise Go(page, dialog)

    def _sent(self, name: str) -> str:
        value = self._value(name)
        if isinstance(value, dict):
            raise bad_expression(f"{name} is an object and cannot be sent")
        return text(value)

    def _patience(self, node: Node) -> float | None:
        timeout = node.given.get("fetchtimeout")
        return seconds(timeout) if timeout else None
