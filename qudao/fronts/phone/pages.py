"""
VoiceXML 2.1 of a screen: a page with one question, or a last one.

Words of others stand in pages as text only, so nothing of them is ever read as markup or as an
expression.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as XML
from xml.etree.ElementTree import Element, SubElement

from django.utils import translation

from qudao.fronts.phone import keys, script
from qudao.fronts.phone.keys import Digits, Pad
from qudao.fronts.phone.spoken import Said
from qudao.journeys.dialogue.types import Screen, ScreenKind
from qudao.journeys.menu.item import Kind

NAMESPACE: Final = "http://www.w3.org/2001/vxml"
VOICES: Final = {"zh-hans": "zh-CN", "en": "en-US"}
FETCH: Final = "30s"
"""A payment may take so long."""
QUESTIONS: Final = 3
"""How often a question is put to somebody who presses nothing, or nothing that makes sense."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a page needs besides its screen."""

    next: str
    """Where answers go."""
    talk: str = ""
    """Goes with them: whose they are."""
    before: str = ""
    """The item of the screen before."""
    recordings: str = ""
    """Address of the recordings."""
    recorded: frozenset[str] = field(default_factory=frozenset)
    """Names of the recordings that there are, in the page's language."""
    agents: str = ""
    """Where a caller is put through to, now; empty: is not."""
    welcome: bool = False
    """The call begins."""
    other: bool = False
    """The other language is offered."""


def of_screen(screen: Screen, around: Around) -> bytes:
    """Return the page of a screen."""
    with translation.override(screen.language):
        page = _Page(screen.language, around)
        told = [*([script.phrase("welcome")] if around.welcome else [])]
        told += script.lines(screen, around.before)
        if around.agents and not screen.goes_on:
            page.transfer(told, around.agents)
        elif screen.kind is ScreenKind.CLOSED:
            page.end(told)
        else:
            page.ask(screen, told)
        return page.octets()


def of_phrases(language: str, around: Around, *names: str) -> bytes:
    """Return a last page that says phrases of `script`."""
    with translation.override(language):
        page = _Page(language, around)
        page.end([script.phrase(name) for name in names])
        return page.octets()


class _Page:
    def __init__(self, language: str, around: Around) -> None:
        self._language, self._around = language, around
        self._root = Element(
            "vxml", {"version": "2.1", "xmlns": NAMESPACE, "xml:lang": VOICES[language]}
        )
        trouble = SubElement(self._root, "catch", {"event": "error"})
        self._say(trouble, [script.phrase("disturbed")])
        SubElement(trouble, "disconnect")
        self._form = SubElement(self._root, "form", {"id": "hall"})

    def octets(self) -> bytes:
        return bytes(XML.tostring(self._root, encoding="UTF-8", xml_declaration=True))

    def end(self, told: Iterable[Said]) -> None:
        """Say it, and hang up."""
        block = SubElement(self._form, "block")
        self._say(block, told)
        SubElement(block, "disconnect")

    def ask(self, screen: Screen, told: Iterable[Said]) -> None:
        """Say it, and wait for keys."""
        around = self._around
        pad = keys.pad(screen, *([script.OTHER_KEY] if around.other else []))
        self._var("talk", around.talk)
        answer = SubElement(self._form, "field", {"name": "answer"})
        for name, value in (
            ("termchar", "#" if pad.ends_by_hash else ""),
            ("timeout", "7s"),
            ("interdigittimeout", "2s" if pad.digits is None else "3s"),
            # Whoever presses the hash behind a row that is full has not answered what comes next.
            ("termtimeout", "0s" if pad.digits is None or not pad.ends_by_hash else "1s"),
        ):
            SubElement(answer, "property", {"name": name, "value": value})
        _grammar(answer, pad)
        prompt = self._say(answer, [*told, *script.choices(screen, pad)])
        if around.other:
            other = script.OTHER[self._language]
            sentence = SubElement(prompt, "s", {"xml:lang": VOICES[other]})
            self._word(sentence, script.other_language(self._language), recorded=False)
        last = 2 if not screen.goes_on else QUESTIONS
        self._again(answer, "noinput", last, "no-input")
        self._again(answer, "nomatch", QUESTIONS, "no-match", screen)
        self._submit(SubElement(answer, "filled"))

    def transfer(self, told: Iterable[Said], to: str) -> None:
        """Say it, and put the caller through; if that cannot be, go on."""
        self._var("talk", self._around.talk)
        self._var("answer", "0")
        self._say(SubElement(self._form, "block"), told)
        transfer = SubElement(self._form, "transfer", {"name": "person", "type": "blind"})
        transfer.set("dest", to)
        self._say(transfer, [script.phrase("transfer")])
        failed = SubElement(
            transfer, "catch", {"event": "error.connection error.unsupported error.noauthorization"}
        )
        self._say(failed, [script.phrase("no-transfer")])
        self._submit(failed)

    def _again(
        self, answer: Element, event: str, last: int, name: str, screen: Screen | None = None
    ) -> None:
        """What is done when nothing is pressed, or something else than can be."""
        first = SubElement(answer, event)
        told = [script.phrase(name)]
        if screen is not None and screen.wanted is not None:
            told += [Said(screen.wanted.help)]
            if screen.wanted.kind is Kind.MONEY:
                told += [script.phrase("amounts")]
        self._say(first, told)
        SubElement(first, "reprompt")
        enough = SubElement(answer, event, {"count": str(last)})
        self._say(enough, [script.phrase("goodbye")])
        SubElement(enough, "disconnect")

    def _submit(self, where: Element) -> None:
        given = {"next": self._around.next, "method": "post", "namelist": "talk answer"}
        SubElement(where, "submit", {**given, "fetchtimeout": FETCH})

    def _var(self, name: str, value: str) -> None:
        assert not set(value) & set("'\\\n"), name
        SubElement(self._form, "var", {"name": name, "expr": f"'{value}'"})

    def _say(self, where: Element, told: Iterable[Said]) -> Element:
        prompt = SubElement(where, "prompt")
        for one in told:
            self._word(prompt, one)
        return prompt

    def _word(self, where: Element, one: Said, *, recorded: bool = True) -> None:
        if one.digits:
            where = SubElement(where, "say-as", {"interpret-as": "digits"})
        elif recorded and one.recording in self._around.recorded:
            source = f"{self._around.recordings}/{one.recording}.wav"
            where = SubElement(where, "audio", {"src": source})
        _add(where, one.words)


def _add(where: Element, words: str) -> None:
    """Put words behind what stands in an element already."""
    last = where[-1] if len(where) else None
    if last is None:
        where.text = f"{where.text} {words}" if where.text else words
    else:
        last.tail = f"{last.tail} {words}" if last.tail else words


def _grammar(answer: Element, pad: Pad) -> None:
    """A grammar of keys (SRGS 1.0) in the page."""
    grammar = SubElement(answer, "grammar", {"mode": "dtmf", "version": "1.0", "root": "keys"})
    rule = SubElement(grammar, "rule", {"id": "keys", "scope": "public"})
    ways = SubElement(rule, "one-of")
    for row in pad.rows:
        SubElement(ways, "item").text = " ".join(row)
    if pad.digits is not None:
        _digits(SubElement(ways, "item"), pad.digits, closed=not pad.ends_by_hash)
        digit = SubElement(SubElement(grammar, "rule", {"id": "digit"}), "one-of")
        for number in range(10):
            SubElement(digit, "item").text = str(number)


def _digits(way: Element, digits: Digits, *, closed: bool) -> None:
    """A row of digits; `closed`: the hash is a key like others, and may stand behind it."""

    def row(where: Element, least: int, most: int) -> None:
        item = SubElement(where, "item", {"repeat": f"{least}-{most}"})
        SubElement(item, "ruleref", {"uri": "#digit"})

    row(way, digits.least, digits.most)
    if digits.point:
        behind = SubElement(way, "item", {"repeat": "0-1"})
        behind.text = "*"
        row(behind, 1, 2)
    if closed:
        SubElement(way, "item", {"repeat": "0-1"}).text = "#"
