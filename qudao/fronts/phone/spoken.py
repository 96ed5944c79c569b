"""Written words as they are read out: amounts, dates and numbers in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_FOUND: Final = re.compile(
    r"(?P<money>-?¥[\d,]+\.\d\d)(?P<monthly>/(?:月|month))?"
    r"|(?P<date>\d{4}-\d\d-\d\d)(?: (?P<time>\d\d:\d\d))?"
    r"|(?<![\d.])(?P<digits>\d{5,})(?![\d.])",
    re.ASCII,
)
_SIGNS: Final = str.maketrans({"/": " ", "|": " ", "_": " ", "·": " ", "\n": " "})


@dataclass(frozen=True, slots=True)
class Said:
    """Something that is said."""

    words: str
    digits: bool = False
    """Digit by digit, as of a telephone number."""
    recording: str = ""
    """The name of the recording that says it, if there is one."""


def parts(text: str, language: str) -> Iterator[Said]:
    """Return how a text is read out: words, and numbers that are read digit by digit."""
    english, done, words = language == "en", 0, ""
    for found in _FOUND.finditer(text):
        words += text[done : found.start()]
        done = found.end()
        if found["digits"]:
            if words.strip():
                yield Said(_plain(words))
            words = ""
            yield Said(found["digits"], digits=True)
        elif found["money"]:
            amount = money(found["money"], english=english)
            if found["monthly"]:
                amount = f"{amount} a month" if english else f"每月{amount}"
            words += f" {amount} "
        else:
            words += f" {date(found['date'], found['time'], english=english)} "
    words += text[done:]
    if words.strip():
        yield Said(_plain(words))


def money(text: str, *, english: bool) -> str:
    """`¥1,012.50` → 1012元5角, or 1012 yuan and 50 fen."""
    minus = text.startswith("-")
    yuan, fen = (int(one) for one in text.lstrip("-¥").replace(",", "").split("."))
    if english:
        spoken = [f"{yuan} yuan"] if yuan or not fen else []
        spoken += [f"{fen} fen"] if fen else []
        return ("minus " if minus else "") + " and ".join(spoken)
    jiao, rest = divmod(fen, 10)
    spoken = [f"{yuan}元"] if yuan or not fen else []
    spoken += [f"{jiao}角"] if jiao else ["零"] if yuan and rest else []
    spoken += [f"{rest}分"] if rest else []
    return ("负" if minus else "") + "".join(spoken)


def date(day: str, time: str | None, *, english: bool) -> str:
    """`2026-11-02 14:05` → 2026年11月2日14点5分, or 2 November 2026, 14:05."""
    year, month, number = (int(one) for one in day.split("-"))
    if english:
        name = MONTHS[month - 1] if 1 <= month <= 12 else str(month)
        return f"{number} {name} {year}" + (f", {time}" if time else "")
    spoken = f"{year}年{month}月{number}日"
    if time:
        hour, minute = (int(one) for one in time.split(":"))
        spoken += f"{hour}点" + (f"{minute}分" if minute else "整")
    return spoken


def _plain(words: str) -> str:
    return " ".join(words.translate(_SIGNS).split())
