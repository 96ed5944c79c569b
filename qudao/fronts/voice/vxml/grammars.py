"""
What keys may be pressed: builtin grammars, choices of a menu, and SRGS grammars of keys.

All become one thing, a net of places joined by keys, walked as keys come: `Grammar.heard` tells
whether what was pressed is whole, whether more may follow, and what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from qudao.fronts.voice.vxml.documents import Node, unsupported
from qudao.fronts.voice.vxml.trouble import Thrown, bad_page

KEYS: Final = "0123456789*#ABCD"
LARGEST: Final = 4_000
"""Places of a net."""
MOST_KEYS: Final = 64
_DEEPEST: Final = 20
_REPEAT: Final = re.compile(r"(\d{1,3})(?:(-)(\d{1,3})?)?")


@dataclass(frozen=True, slots=True)
class Heard:
    """What keys are to a grammar."""

    whole: bool
    """They are what it wants."""
    open: bool
    """More keys may follow."""
    meaning: str | bool | None = None
    """Of whole keys: what the grammar says that they mean; None: the keys themselves."""


@dataclass
class Grammar:
    """A net: from each place, keys or nothing lead to others."""

    _ways: list[list[tuple[str, str | bool | None, int]]] = field(default_factory=list)
    """Place → (keys that lead on, or empty; what it means from here on; where to)."""
    _first: int = 0
    _last: int = 0

    def heard(self, keys: str) -> Heard:
        """Walk the net with these keys."""
        here = self._along({self._first: None})
        for key in keys:
            after: dict[int, str | bool | None] = {}
            for place, meaning in here.items():
                for wanted, means, to in self._ways[place]:
                    if key in wanted:
                        after.setdefault(to, meaning if means is None else means)
            here = self._along(after)
        return Heard(
            self._last in here,
            any(wanted for place in here for wanted, _, _ in self._ways[place]),
            here.get(self._last),
        )

    def _along(self, here: dict[int, str | bool | None]) -> dict[int, str | bool | None]:
        """These places, and those that lead on from them without a key."""
        waiting = list(here)
        while waiting:
            place = waiting.pop()
            for wanted, means, to in self._ways[place]:
                if not wanted and to not in here:
                    here[to] = here[place] if means is None else means
                    waiting.append(to)
        return here

    def _place(self) -> int:
        if len(self._ways) >= LARGEST:
            raise bad_page(f"a grammar of more than {LARGEST} places")
        self._ways.append([])
        return len(self._ways) - 1

    def _join(self, one: int, other: int, keys: str = "", means: str | bool | None = None) -> None:
        self._ways[one].append((keys, means, other))


def of_words(words: Iterable[tuple[str, str | bool | None]]) -> Grammar:
    """A grammar of given key sequences, each with its meaning (None: the keys themselves)."""
    net = Grammar()
    net._first, net._last = net._place(), net._place()
    for keys, meaning in words:
        here = net._first
        for key in keys:
            there = net._place()
            net._join(here, there, key)
            here = there
        net._join(here, net._last, "", meaning)
    return net


def of_digits(least: int, most: int) -> Grammar:
    """From so many to so many digits."""
    net = Grammar()
    net._last = net._place()
    here = net._first = net._place()
    for count in range(most + 1):
        if count >= least:
            net._join(here, net._last)
        if count < most:
            there = net._place()
            net._join(here, there, "0123456789")
            here = there
    return net


def builtin(kind: str) -> Grammar:
    """
    `digits`, `digits?length=4`, `digits?minlength=3;maxlength=9`, `number`, `phone`, `boolean`,
    `boolean?y=1;n=2` (VoiceXML 2.1, appendix P).

    :raises Thrown: `error.unsupported.builtin` or `error.badfetch`
    """
    name, _, rest = kind.partition("?")
    given = dict(part.partition("=")[::2] for part in rest.split(";") if part)
    if name == "boolean":
        yes, no = given.pop("y", "1"), given.pop("n", "2")
        if given or not _pressable(yes) or not _pressable(no) or yes == no:
            raise bad_page(f"{kind!r} is no grammar")
        return of_words([(yes, True), (no, False)])
    if name not in {"digits", "number", "phone"}:
        raise Thrown("error.unsupported.builtin", f"the grammar {name!r}")
    if not all(value.isascii() and value.isdigit() for value in given.values()):
        raise bad_page(f"{kind!r} is no grammar")
    numbers = {key: int(value) for key, value in given.items()}
    exact = numbers.pop("length", None)
    least = numbers.pop("minlength", 1) if exact is None else exact
    most = numbers.pop("maxlength", max(least, MOST_KEYS)) if exact is None else exact
    if numbers or not 1 <= least <= most <= MOST_KEYS:
        raise bad_page(f"{kind!r} is no grammar")
    return of_digits(least, most)


def of_node(node: Node) -> Grammar:
    """
    The grammar of a `<grammar>`: an address `builtin:dtmf/…`, or SRGS 1.0 in the page.

    :raises Thrown: `error.badfetch` or `error.unsupported.…`
    """
    source = node.given.get("src", "")
    if source:
        if not source.startswith("builtin:dtmf/"):
            raise Thrown("error.unsupported.grammar", f"{node.where()} at {source!r}")
        return builtin(source.removeprefix("builtin:dtmf/"))
    if node.given.get("mode") != "dtmf":
        raise Thrown("error.unsupported.grammar", f"{node.where()}: its mode is not dtmf")
    rules = {rule.given["id"]: rule for rule in node.all("rule")}
    root = rules.get(node.given.get("root", next(iter(rules), "")))
    if root is None:
        raise bad_page(f"{node.where()} has no root rule")
    tags = node.given.get("tag-format", "semantics/1.0-literals")
    return _Builder(rules, tags == "semantics/1.0-literals").build(root)


class _Builder:
    """Makes a net of SRGS rules."""

    def __init__(self, rules: dict[str, Node], literal: bool) -> None:
        self._rules, self._literal = rules, literal
        self._net = Grammar()

    def build(self, root: Node) -> Grammar:
        self._net._first = self._net._place()
        self._net._last = self._row(root, self._net._first, 0)
        return self._net

    def _row(self, owner: Node, here: int, depth: int) -> int:
        """What stands in a rule or an item, one after the other; the place after it."""
        if depth > _DEEPEST:
            raise bad_page(f"{owner.where()}: rules that lead to each other without end")
        for part in owner.inside:
            if isinstance(part, str):
                for token in part.split():
                    here = self._token(owner, here, token)
            elif part.name == "item":
                here = self._item(part, here, depth)
            elif part.name == "one-of":
                here = self._one_of(part, here, depth)
            elif part.name == "ruleref":
                here = self._row(self._referred(part), here, depth + 1)
            elif part.name == "tag":
                here = self._tag(part, here)
            elif part.name != "example":
                raise unsupported(part)
        return here

    def _token(self, owner: Node, here: int, token: str) -> int:
        for key in token.strip('"'):
            if key not in KEYS:
                raise bad_page(f"{owner.where()}: {token!r} cannot be pressed")
            there = self._net._place()
            self._net._join(here, there, key)
            here = there
        return here

    def _one_of(self, node: Node, here: int, depth: int) -> int:
        after = self._net._place()
        for item in node.all("item"):
            start = self._net._place()
            self._net._join(here, start)
            self._net._join(self._item(item, start, depth), after)
        return after

    def _item(self, node: Node, here: int, depth: int) -> int:
        found = _REPEAT.fullmatch(node.given.get("repeat", "1"))
        least = int(found[1]) if found else 0
        most = least if found and not found[2] else int(found[3] or 0) if found else 0
        endless = bool(found and found[2] and not found[3])
        if not found or (not endless and most < least):
            raise bad_page(f"{node.where()}: repeat {node.given['repeat']!r}")
        for _ in range(least):
            here = self._row(node, here, depth + 1)
        if endless:
            start = self._net._place()
            self._net._join(here, start)
            self._net._join(self._row(node, start, depth + 1), start)
            return start
        ends = [here]
        for _ in range(most - least):
            here = self._row(node, here, depth + 1)
            ends.append(here)
        after = self._net._place()
        for end in ends:
            self._net._join(end, after)
        return after

    def _tag(self, node: Node, here: int) -> int:
        if not self._literal:
            raise Thrown("error.unsupported.format", f"{node.where()}: tags that are not literals")
        after = self._net._place()
        self._net._join(here, after, "", node.text())
        return after

    def _referred(self, node: Node) -> Node:
        address = node.given.get("uri", "")
        rule = self._rules.get(address.removeprefix("#"))
        if not address.startswith("#"):
            raise Thrown("error.unsupported.grammar", f"{node.where()} to {address!r}")
        if rule is None:
            raise bad_page(f"{node.where()}: there is no rule {address}")
        return rule


def best(grammars: Iterable[Grammar], keys: str) -> Heard:
    """What keys are to several grammars: the first that has them whole gives the meaning."""
    answers = [grammar.heard(keys) for grammar in grammars]
    whole = next((answer for answer in answers if answer.whole), None)
    return Heard(
        whole is not None,
        any(answer.open for answer in answers),
        whole.meaning if whole else None,
    )


def keys_of(text: str) -> str:
    """The keys of a `dtmf` attribute, in which spaces are allowed; empty: none."""
    keys = "".join(text.split())
    if keys and not _pressable(keys):
        raise bad_page(f"dtmf {text!r} cannot be pressed")
    return keys


def _pressable(keys: str) -> bool:
    return 0 < len(keys) <= MOST_KEYS and all(key in KEYS for key in keys)


def numbered(taken: Iterable[str]) -> Iterator[str]:
    """The keys 1 to 9 that are not taken, for `<menu dtmf="true">`."""
    used = set(taken)
    return (key for key in "123456789" if key not in used)
