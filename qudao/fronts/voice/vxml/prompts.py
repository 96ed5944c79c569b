"""Prompts: what an element says with the variables as they are now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from qudao.fronts.voice.vxml.documents import Node, unsupported
from qudao.fronts.voice.vxml.expressions import text
from qudao.fronts.voice.vxml.scopes import Scope
from qudao.fronts.voice.vxml.steps import Audio, Part, Pause, Prompt, Text
from qudao.fronts.voice.vxml.trouble import bad_page

_TIME: Final = re.compile(r"\+?(\d{1,6}(?:\.\d{1,3})?)(ms|s)")
_STRENGTHS: Final = {
    "none": 0,
    "x-weak": 100,
    "weak": 250,
    "medium": 500,
    "strong": 1000,
    "x-strong": 2000,
}
LONGEST_PAUSE_MS: Final = 10_000


def seconds(time: str) -> float:
    """
    A time designation (`5s`, `300ms`) in seconds.

    :raises Thrown: `error.badfetch` if it is none
    """
    found = _TIME.fullmatch(time.strip())
    if found is None:
        raise bad_page(f"{time!r} is no time: write 5s or 300ms")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def prompt_of(part: Node | str, base: str, language: str, scope: Scope, bargein: str) -> Prompt:
    """
    What a `<prompt>`, or text, `<audio>` or `<value>` outside one, says.

    :raises Thrown: `error.semantic`, `error.badfetch` or `error.unsupported.…`
    """
    if isinstance(part, str) or part.name != "prompt":
        return Prompt(_merged(_part(part, base, language, scope)), bargein == "true")
    language = part.given.get("xml:lang", language)
    parts = [one for inner in part.inside for one in _part(inner, base, language, scope)]
    return Prompt(_merged(iter(parts)), part.given.get("bargein", bargein) == "true")


def spoken(node: Node, scope: Scope) -> str:
    """The text of an element with the values that stand in it."""
    parts = (one for inner in node.inside for one in _part(inner, "", "", scope))
    return " ".join(part.words for part in parts if isinstance(part, Text))


def _part(part: Node | str, base: str, language: str, scope: Scope) -> Iterator[Part]:
    if isinstance(part, str):
        words = " ".join(part.split())
        if words:
            yield Text(words, language)
        return
    match part.name:
        case "value":
            words = text(scope.evaluate(part.given["expr"]))
            if words:
                yield Text(words, language)
        case "break":
            yield Pause(_pause(part))
        case "audio":
            yield _audio(part, base, language, scope)
        case "sub":
            yield Text(part.given.get("alias", part.text()), language)
        case "say-as":
            kind = part.given.get("interpret-as", part.given.get("type", ""))
            for one in _inside(part, base, language, scope):
                if isinstance(one, Text) and kind in {"digits", "characters", "telephone", "phone"}:
                    # a voice reads 1 0 0 as three digits, and 100 as a number
                    yield Text(" ".join("".join(one.words.split())), language)
                else:
                    yield one
        case "desc":
            return
        case "p" | "s" | "emphasis" | "prosody" | "voice":
            yield from _inside(part, base, part.given.get("xml:lang", language), scope)
        case _:
            raise unsupported(part)


def _inside(node: Node, base: str, language: str, scope: Scope) -> Iterator[Part]:
    for inner in node.inside:
        yield from _part(inner, base, language, scope)


def _audio(node: Node, base: str, language: str, scope: Scope) -> Audio:
    source = node.given.get("src", "")
    if not source and "expr" in node.given:
        source = text(scope.evaluate(node.given["expr"]))
    if not source:
        raise bad_page(f"{node.where()} has no src")
    return Audio(urljoin(base, source), _merged(_inside(node, base, language, scope)))


def _pause(node: Node) -> int:
    if "time" in node.given:
        return min(round(seconds(node.given["time"]) * 1000), LONGEST_PAUSE_MS)
    strength = node.given.get("strength", node.given.get("size", "medium"))
    if strength not in _STRENGTHS:
        raise bad_page(f"{node.where()}: strength {strength!r}")
    return _STRENGTHS[strength]


def _merged(parts: Iterator[Part]) -> tuple[Part, ...]:
    """Neighbouring words of one language as one text: a voice makes one sentence of them."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Text) and isinstance(last, Text) and part.language == last.language:
            merged[-1] = Text(f"{last.words} {part.words}", part.language)
        else:
            merged.append(part)
    return tuple(merged)
