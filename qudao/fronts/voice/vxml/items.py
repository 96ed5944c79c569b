"""The items of a form: questions, transfers, and what follows when one is filled."""

from __future__ import annotations

from qudao.fronts.voice.vxml.actions import Actions
from qudao.fronts.voice.vxml.documents import Node, unsupported
from qudao.fronts.voice.vxml.expressions import Value
from qudao.fronts.voice.vxml.grammars import (
    Grammar,
    builtin,
    keys_of,
    numbered,
    of_node,
    of_words,
)
from qudao.fronts.voice.vxml.prompts import seconds
from qudao.fronts.voice.vxml.state import Run, Visit, counted
from qudao.fronts.voice.vxml.steps import Ask, Moved, NotMoved, Pressed, Quiet, Transfer
from qudao.fronts.voice.vxml.trouble import Thrown, TooLong, bad_expression, bad_page


class Items(Actions):
    """Visits an item."""

    def _do_item(self, visit: Visit) -> Run[None]:
        node = visit.node
        if node.name == "block":
            self._scope.variables[visit.name] = True
            yield from self._do_inside(node)
        elif node.name in {"field", "menu"}:
            yield from self._do_question(visit)
        elif node.name == "transfer":
            yield from self._do_transfer(visit)
        else:
            raise unsupported(node)

    def _do_question(self, visit: Visit) -> Run[None]:
        node = visit.node
        timeout = self._prompt_item(visit)
        choices: list[Node] = []
        if node.name == "menu":
            words, choices = _menu(node)
            grammars: tuple[Grammar, ...] = (of_words(words),)
        else:
            grammars = _grammars(node)
        closing = self._property("termchar")
        answer = yield Ask(
            self._take(),
            grammars,
            seconds(timeout or self._property("timeout")),
            seconds(self._property("interdigittimeout")),
            seconds(self._property("termtimeout")),
            closing if len(closing) == 1 else "",
        )
        match answer:
            case Pressed(keys=keys):
                self._steps = self._quiet = 0
            case Quiet():
                self._quiet += 1
                if self._quiet >= self._limits.quiet:
                    raise TooLong(f"{self._quiet} questions without an answer")
                raise Thrown("noinput")
            case _:
                raise self._hung_up(answer)
        heard = next((one for one in (g.heard(keys) for g in grammars) if one.whole), None)
        result: dict[str, Value] = {"utterance": keys, "inputmode": "dtmf", "confidence": 1}
        self._application.variables["lastresult$"] = result
        if heard is None:
            raise Thrown("nomatch", keys)
        if choices:
            yield from self._chosen(choices[int(str(heard.meaning))])
            return
        value = keys if heard.meaning is None else heard.meaning
        self._scope.variables[visit.name] = value
        self._scope.variables[f"{visit.name}$"] = {**result, "interpretation": value}
        yield from self._do_filled(visit)

    def _chosen(self, choice: Node) -> Run[None]:
        self._scope.variables["menu"] = True
        event = self._attribute(choice, "event", "eventexpr")
        if event:
            self._scope.variables["menu"] = None
            raise Thrown(event, choice.given.get("message", ""))
        yield from self._go(choice, self._attribute(choice, "next", "expr"))

    def _do_transfer(self, visit: Visit) -> Run[None]:
        node = visit.node
        if node.given.get("bridge") == "true" or node.given.get("type", "blind") != "blind":
            raise Thrown("error.unsupported.transfer", f"{node.where()}: only blind ones are known")
        self._prompt_item(visit)
        to = self._attribute(node, "dest", "destexpr")
        if not to:
            raise bad_expression(f"{node.where()} has no destination")
        yield from self._flush()
        answer = yield Transfer(to)
        match answer:
            case Moved():
                self._gone = True
                raise Thrown("connection.disconnect.transfer", to)
            case NotMoved(event=event, why=why):
                self._scope.variables[visit.name] = "unknown"
                raise Thrown(event, why)
            case _:
                raise self._hung_up(answer)

    def _do_filled(self, visit: Visit) -> Run[None]:
        """What is done because this item was filled: its own, then the form's."""
        for node in visit.node.all("filled"):
            yield from self._do_inside(node)
        assert self._form is not None
        inputs = {one.name for one in self._items.values() if one.node.name != "block"}
        for node in self._form.all("filled"):
            wanted = set(node.given.get("namelist", "").split()) or inputs
            values = self._scope.variables
            if node.given.get("mode", "all") == "any":
                ready = visit.name in wanted
            else:
                ready = visit.name in wanted and all(
                    values.get(name) is not None for name in wanted
                )
            if ready:
                yield from self._do_inside(node)

    def _prompt_item(self, visit: Visit) -> str:
        """Put what an item says into the line; gives the timeout that its last prompt wants."""
        if not self._reprompt:
            return ""
        found: list[tuple[int, Node | str]] = []
        for one in visit.node.inside:
            if isinstance(one, str) or one.name in {"audio", "value"}:
                found.append((1, one))
            elif one.name == "prompt" and self._holds(one):
                found.append((counted(one), one))
        count = max((count for count, _ in found if count <= visit.prompts), default=0)
        visit.prompts += 1
        timeout = ""
        for its_count, one in found:
            if its_count == count:
                self._say(one)
                if isinstance(one, Node):
                    timeout = one.given.get("timeout", "")
        return timeout


def _menu(node: Node) -> tuple[list[tuple[str, str | bool | None]], list[Node]]:
    """The keys of a menu, each meaning the place of its choice, and the choices."""
    choices = list(node.all("choice"))
    own = [keys_of(choice.given.get("dtmf", "")) for choice in choices]
    free = numbered(own) if node.given.get("dtmf") == "true" else iter(())
    words: list[tuple[str, str | bool | None]] = []
    for place, keys in enumerate(own):
        keys = keys or next(free, "")
        if not keys:
            continue  # without a key it could only be spoken
        words.append((keys, str(place)))
    if not words:
        raise bad_page(f"{node.where()} has no choice that can be pressed")
    return words, choices


def _grammars(node: Node) -> tuple[Grammar, ...]:
    """What may be pressed in a field."""
    grammars = [of_node(grammar) for grammar in node.all("grammar")]
    if "type" in node.given:
        grammars.append(builtin(node.given["type"]))
    options = [one for one in node.all("option") if one.given.get("dtmf")]
    if options:
        grammars.append(
            of_words(
                (keys_of(one.given["dtmf"]), one.given.get("value", one.text())) for one in options
            )
        )
    if not grammars:
        raise bad_page(f"{node.where()} has no grammar of keys")
    return tuple(grammars)
