"""
A configuration as a JSON document: for tables, and for files that people read and carry.

    {"format": "qudao/front-menu/1", "front": "ussd",
     "greeting": {"zh": "…", "en": "…"}, "advertising": …, "closed": …,
     "hours": {"mon": [["08:00", "20:00"]]},
     "entries": [{"item": "balance", "digit": "1", "keywords": [], "label": …, "off": …},
                 {"label": …, "digit": "2", "entries": […]}]}

What is empty may be left out; what is not known is refused.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from qudao.domain.echannel.types import (
    Content,
    DocumentOfAnotherFront,
    DocumentUnreadable,
    Entry,
    Pair,
)

FORMAT: Final = "qudao/front-menu/1"
LARGEST: Final = 256 * 1024


class _Texts(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    zh: str = ""
    en: str = ""


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    item: str = ""
    label: _Texts = msgspec.field(default_factory=_Texts)
    digit: str = ""
    keywords: list[str] = msgspec.field(default_factory=list)
    off: _Texts = msgspec.field(default_factory=_Texts)
    entries: list[_Entry] = msgspec.field(default_factory=list)


class _Content(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    greeting: _Texts = msgspec.field(default_factory=_Texts)
    advertising: _Texts = msgspec.field(default_factory=_Texts)
    hours: dict[str, list[list[str]]] = msgspec.field(default_factory=dict)
    closed: _Texts = msgspec.field(default_factory=_Texts)
    entries: list[_Entry] = msgspec.field(default_factory=list)


class _File(_Content, kw_only=True, forbid_unknown_fields=True):
    format: str
    front: str


def stored(content: Content) -> dict[str, Any]:
    """Return a configuration as the table holds it."""
    return msgspec.to_builtins(_out(content))  # type: ignore[no-any-return]


def content_of(document: Any) -> Content:
    """Return the configuration that a table holds."""
    return _in(msgspec.convert(document, _Content))


def write_document(content: Content, front: str) -> str:
    """Return a configuration as a file."""
    made = {"format": FORMAT, "front": front, **stored(content)}
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def read_document(data: bytes, front: str) -> Content:
    """
    Return the configuration that a file holds.

    :raises DocumentUnreadable: if it is no such file.
    :raises DocumentOfAnotherFront: if it was written for another front.
    """
    if len(data) > LARGEST:
        raise DocumentUnreadable(f"more than {LARGEST} octets")
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_File)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DocumentUnreadable(str(error)[:200]) from error
    if found.format != FORMAT:
        raise DocumentUnreadable(f"format is not {FORMAT}")
    if found.front != front:
        raise DocumentOfAnotherFront(found.front[:32])
    return _in(found)


def _out(content: Content) -> _Content:
    return _Content(
        greeting=_Texts(*content.greeting),
        advertising=_Texts(*content.advertising),
        hours=content.hours,
        closed=_Texts(*content.closed),
        entries=[_entry_out(one) for one in content.entries],
    )


def _entry_out(entry: Entry) -> _Entry:
    return _Entry(
        item=entry.item,
        label=_Texts(*entry.label),
        digit=entry.digit,
        keywords=list(entry.keywords),
        off=_Texts(*entry.off),
        entries=[_entry_out(one) for one in entry.entries],
    )


def _in(found: _Content) -> Content:
    return Content(
        entries=tuple(_entry_in(one) for one in found.entries),
        greeting=_pair(found.greeting),
        advertising=_pair(found.advertising),
        hours=found.hours,
        closed=_pair(found.closed),
    )


def _entry_in(found: _Entry) -> Entry:
    return Entry(
        item=found.item,
        label=_pair(found.label),
        digit=found.digit,
        keywords=tuple(found.keywords),
        off=_pair(found.off),
        entries=tuple(_entry_in(one) for one in found.entries),
    )


def _pair(texts: _Texts) -> Pair:
    return Pair(texts.zh, texts.en)
