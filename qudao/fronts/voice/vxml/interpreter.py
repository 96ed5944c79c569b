"""
The form interpretation algorithm (VoiceXML 2.1, appendix C), over pages that follow each other.
"""

from __future__ import annotations

import logging
from typing import NoReturn

from qudao.fronts.voice.vxml.documents import CATCHING, ITEMS, Node, Page
from qudao.fronts.voice.vxml.items import Items
from qudao.fronts.voice.vxml.scopes import Scope
from qudao.fronts.voice.vxml.state import HANGUP, Go, Leave, Run, ToItem, Visit, counted
from qudao.fronts.voice.vxml.steps import End, Fetch, HungUp, Say
from qudao.fronts.voice.vxml.trouble import Thrown, TooLong, bad_page

log = logging.getLogger(__name__)


class Interpreter(Items):
    """One call's way through pages."""

    def run(self, url: str) -> Run[End]:
        """Do the page at an address, and what follows, until the call is over."""
        try:
            page, dialog = yield from self._get(Fetch(url), url)
        except Thrown as thrown:
            log.warning("%s: %s", url, thrown)
            return End("error", thrown.event)
        try:
            while True:
                try:
                    yield from self._dialog(page, dialog)
                except Go as going:
                    page, dialog = going.page or page, going.dialog
        except Leave as leaving:
            if leaving.end.why != "hangup" and self._said and not self._gone:
                answer = yield Say(self._take())
                if isinstance(answer, HungUp):
                    return End("hangup")
            return leaving.end
        except TooLong as limit:
            log.warning("%s: %s", self._where(), limit)
            return End("limit", str(limit))

    def _dialog(self, page: Page, name: str) -> Run[NoReturn]:
        """Do one dialog, until something leads away from it."""
        fresh = page is not self._page
        form = page.dialogs[name]
        self._page, self._form = page, form
        self._visit = around = Visit("", form)
        self._items = {}
        chosen: Visit | None = None
        waiting: Thrown | None = None
        try:
            if fresh:
                self._document = self._scope = Scope("document", self._application)
                self._declare(page.root)
            self._scope = Scope("dialog", self._document)
            self._prepare(form)
        except Thrown as thrown:
            waiting = thrown
        dialog_scope = self._scope
        self._reprompt = True
        while True:
            self._scope = dialog_scope
            try:
                if waiting is not None:
                    event, waiting = waiting, None
                    yield from self._caught(event)
                    self._scope = dialog_scope
                    if self._visit is around and event.event.startswith("error."):
                        raise Leave(End("error", event.event))  # it could not even be begun
                self._count()
                self._visit = visit = chosen or self._next() or around
                chosen = None
                if visit is around:
                    raise Leave(End("exit"))
                yield from self._do_item(visit)
                self._reprompt = True
            except Thrown as thrown:
                waiting = thrown
            except ToItem as going:
                if going.name in self._items:
                    chosen = self._items[going.name]
                    self._reprompt = True
                else:
                    waiting = bad_page(f"there is no item {going.name!r} in this form")

    def _declare(self, owner: Node) -> None:
        """Make the variables that stand directly in a page, form or handler."""
        for node in owner.all("var"):
            self._count()
            self._scope.declare(node.given["name"], self._value(node.given.get("expr")))

    def _prepare(self, form: Node) -> None:
        """Make the variables of a form in the order in which they stand, and its items."""
        if form.name == "menu":
            self._items["menu"] = Visit("menu", form)
            self._scope.variables["menu"] = None
            return
        for place, node in enumerate(one for one in form.inside if isinstance(one, Node)):
            self._count()
            if node.name == "var":
                self._scope.declare(node.given["name"], self._value(node.given.get("expr")))
            elif node.name in ITEMS or not node.known:
                name = node.given.get("name", f"_{place}")
                if name in self._items:
                    raise bad_page(f"two items are called {name!r}")
                self._items[name] = Visit(name, node)
                self._scope.declare(name, self._value(node.given.get("expr")))

    def _next(self) -> Visit | None:
        """The first item that is not filled and whose condition holds."""
        for name, visit in self._items.items():
            if self._scope.variables.get(name) is None and self._holds(visit.node):
                return visit
        return None

    def _caught(self, thrown: Thrown) -> Run[None]:
        """Do what the page says to an event, or what is done when it says nothing."""
        assert self._visit is not None and self._form is not None and self._page is not None
        self._count()
        names = _prefixes(thrown.event)
        for name in names:
            self._visit.events[name] = self._visit.events.get(name, 0) + 1
        self._reprompt = False
        scope = self._scope = Scope("", self._scope)
        scope.variables |= {"_event": thrown.event, "_message": thrown.message}
        handler = self._handler(names)
        if thrown.event.startswith("error."):
            log.warning("%s: %s", self._where(), thrown)
        if handler is not None:
            yield from self._do(handler.inside)
        elif thrown.event in {"noinput", "nomatch", "help"}:
            self._reprompt = True
        elif thrown.event.startswith("connection.disconnect."):
            raise Leave(End("hangup" if thrown.event == HANGUP else "transfer"))
        elif thrown.event != "cancel":
            raise Leave(End("exit" if thrown.event == "exit" else "error", thrown.event))
        if self._gone:
            raise Leave(End("transfer" if thrown.event.endswith(".transfer") else "hangup"))

    def _handler(self, names: list[str]) -> Node | None:
        """The catch that fits best: the highest count that is reached, then the innermost."""
        assert self._visit is not None and self._form is not None and self._page is not None
        owners = [self._visit.node, self._form, self._page.root]
        if self._visit.node is self._form:
            owners.pop(0)
        fitting: list[tuple[int, Node]] = []
        for owner in owners:
            for node in owner.all(*CATCHING):
                wanted = node.given.get("event", "") if node.name == "catch" else node.name
                events = wanted.split() or [""]
                if set(events) & set(names):
                    reached = max(self._visit.events[one] for one in events if one in names)
                    count = counted(node)
                    if count <= reached and self._holds(node):
                        fitting.append((count, node))
        best = max((count for count, _ in fitting), default=0)
        return next((node for count, node in fitting if count == best), None)


def _prefixes(event: str) -> list[str]:
    """`error.badfetch.http` → itself, `error.badfetch`, `error` and the empty name."""
    parts = event.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)] + [""]
