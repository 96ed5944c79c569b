"""
Who stands before a browser: kept in a session of its own, which has nothing to do with accounts.

A visitor without anything to remember has no session and no cookie. Whoever proves more gets the
session under another name; it ends half an hour after the last page, and what was proved ends as
the rules of identification say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token

from qudao.domain.credential.types import ANYBODY, Caller, CodePurpose
from qudao.platform.commands import codec
from qudao.platform.identity.personal import Unreadable, key_ring

COOKIE: Final = "qudao_hall"
IDLE: Final = timedelta(minutes=30)
FRESH: Final = timedelta(minutes=5)
"""The end of a session is moved so often at most: a page that only shows writes nothing else."""
MOST: Final = 12
"""Dialogues and orders that are remembered."""
_NAME: Final = "hall"


@dataclass(frozen=True, slots=True)
class Pending:
    """A one-time code is on its way."""

    msisdn: str
    purpose: CodePurpose
    again_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a visitor."""

    caller: Caller = ANYBODY
    dialogues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Ids of this browser's dialogues, and answers of a link that have not been asked for yet."""
    orders: tuple[str, ...] = ()
    """Made here: their receipts are shown without further proof."""
    by: str = "code"
    """How the visitor would rather prove who they are: `code` or `password`."""
    number: str = ""
    """Typed in a dialogue to prove who it is, so that it need not be typed twice."""
    pending: Pending | None = None
    seen_at: datetime | None = None


class Visitor:
    """A browser at a hall; `keep` writes what has changed."""

    def __init__(self, request: HttpRequest, at: datetime) -> None:
        self._request, self._at = request, at
        self._store = _store(request.COOKIES.get(COOKIE))
        kept = self._store.get(_NAME) if self._store.session_key else None
        self.known = _read(kept)
        if self._store.session_key and kept is None:
            self._store = _store(None)  # expired, or of somebody who works here
        self._changed = self._ended = False

    @property
    def caller(self) -> Caller:
        return self.known.caller

    @property
    def key(self) -> str | None:
        """The session's name; None for a visitor of whom nothing is remembered."""
        return self._store.session_key if self.known != Known() else None

    def note(self, **changes: Any) -> None:
        """Remember something else."""
        self.known, self._changed = replace(self.known, **changes), True

    def take(self, dialogue: UUID, answers: Mapping[str, str] | None = None) -> None:
        """Remember a dialogue as this browser's, with answers that wait until they are asked."""
        others = {one: rest for one, rest in self.known.dialogues.items() if one != str(dialogue)}
        self.note(dialogues=dict([*others.items(), (str(dialogue), answers or {})][-MOST:]))

    def drop(self, dialogue: UUID) -> None:
        self.note(
            dialogues={k: v for k, v in self.known.dialogues.items() if k != str(dialogue)},
        )

    def bought(self, order: UUID) -> None:
        if str(order) not in self.known.orders:
            self.note(orders=(*self.known.orders, str(order))[-MOST:])

    def adopt(self, caller: Caller, dialogue: UUID | None = None) -> None:
        """
        Remember who it has proved to be; the session gets another name, forms another token.

        Another line is another visitor: only the dialogue in which it was proved goes on.
        """
        if caller.msisdn != self.caller.msisdn:
            kept = {k: v for k, v in self.known.dialogues.items() if k == str(dialogue)}
            orders = self.known.orders if self.caller.msisdn is None else ()
            self.note(dialogues=kept, orders=orders)
        self.note(caller=caller, pending=None, number="")
        if self._store.session_key:
            self._store.cycle_key()
        rotate_token(self._request)

    def leave(self) -> None:
        """Sign out: nothing is remembered."""
        self._store.flush()
        self.known, self._changed, self._ended = Known(), False, True
        rotate_token(self._request)

    def keep(self, response: HttpResponse) -> None:
        """Write what has changed, and tell the browser the session's name."""
        if self._ended:
            response.delete_cookie(COOKIE, samesite="Lax")
            return
        seen = self.known.seen_at
        stale = self.known != Known() and (seen is None or self._at - seen > FRESH)
        if not self._changed and not stale:
            return
        self._store[_NAME] = _sealed(replace(self.known, seen_at=self._at))
        self._store.set_expiry(IDLE)
        self._store.save()
        response.set_cookie(
            COOKIE,
            str(self._store.session_key),
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def _store(key: str | None) -> SessionBase:
    engine = import_module(settings.SESSION_ENGINE)
    store: SessionBase = engine.SessionStore(key)
    return store


def _sealed(known: Known) -> str:
    """What is kept is personal: numbers, and what customers have written."""
    plain = msgspec.json.encode(codec.encode(known, masked=False)).decode()
    return key_ring().encrypt(plain, COOKIE).hex()


def _read(kept: Any) -> Known:
    """What an earlier release has kept otherwise is forgotten."""
    if not isinstance(kept, str):
        return Known()
    try:
        plain = key_ring().decrypt(bytes.fromhex(kept), COOKIE)
        known: Known = codec.decode(msgspec.json.decode(plain), Known)
    except (msgspec.ValidationError, Unreadable, ValueError):
        return Known()
    return known
