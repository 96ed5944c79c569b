"""
Keep messages until they are answered, in one statement for many.

This is no business of anybody's, as a step of a dialogue is none: what a message *does* is a
command, under a request key made of its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from qudao.platform.identity.personal import blind_index, key_ring
from qudao.platform.shortmessages.types import Address, Part
from qudao.platform.smpp.texts import Segment
from qudao.platform.tables import arrays, prepared

ANSWERED: Final = timedelta(seconds=60)
"""So long it is remembered that a message was answered."""
WORTH: Final = timedelta(minutes=15)
"""An answer that comes later helps nobody."""

_PLACE: Final = "sms_inbound.content"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message, or a part of one, as it is kept."""

    id: UUID
    link: str
    digest: bytes
    part: Part
    taken_at: datetime
    again: UUID | None = None
    """The id of the first one, if it came before."""


class _Content(msgspec.Struct, array_like=True):
    sender: tuple[str, int, int]
    recipient: tuple[str, int, int]
    coding: str
    octets: bytes
    number: int
    total: int
    reference: int
    tag: str
    again: UUID | None


def digest_of(link: str, part: Part) -> bytes:
    """Return a keyed hash of what came; of the centre's own number, where it has one."""
    segment = part.segment
    what = part.id or (
        f"{part.sender.number} {part.recipient.number} {part.coding} {segment.number}"
        f" {segment.total} {segment.reference} {segment.octets.hex()}"
    )
    return blind_index(f"{link} {what}", "sms_inbound.digest")


def keep(new: Sequence[Kept], done: Sequence[UUID], at: datetime) -> None:
    """Keep messages, and erase what those said that are answered; one statement, one commit."""
    prepared.run(
        _KEEP,
        [
            at.isoformat(),
            arrays.uuids(done),
            arrays.uuids(one.id for one in new),
            arrays.texts(one.link for one in new),
            arrays.octets(one.digest for one in new),
            arrays.octets(key_ring().seal(_written(one), _PLACE) for one in new),
            arrays.times(one.taken_at for one in new),
        ],
    )


def recall(link: str, at: datetime) -> tuple[list[Kept], list[tuple[UUID, bytes]]]:
    """
    Return what a process before this one has left: messages without an answer, in the order in
    which they came, and ids and digests of those that had one.
    """
    rows = prepared.fetch(_RECALL, [link, (at - WORTH).isoformat()])
    left, answered = [], []
    for id, digest, content, taken_at, done_at in rows:
        if done_at is None and content is not None:
            left.append(_read(id, link, bytes(digest), bytes(content), taken_at))
        else:
            answered.append((id, bytes(digest)))
    return left, answered


def sweep(at: datetime) -> int:
    """Delete what nobody asks for any more; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, [at - ANSWERED, at - WORTH])
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class State:
    """How a link is."""

    name: str
    up: bool
    reason: str
    waiting: int


def hold(name: str) -> bool:
    """
    Say whether a link is ours: of all processes that ask, the first one whose connection lives.

    To be asked again and again on one connection; with its end the link is another's.
    """
    return bool(prepared.fetch(_HOLD, [name])[0][0])


def say(states: Sequence[State], at: datetime) -> None:
    """Write down how links are."""
    prepared.run(
        _SAY,
        [
            at.isoformat(),
            arrays.texts(one.name for one in states),
            arrays.numbers(int(one.up) for one in states),
            arrays.texts(one.reason[:200] for one in states),
            arrays.numbers(one.waiting for one in states),
        ],
    )


def states() -> Mapping[str, tuple[State, datetime]]:
    """Return how each link was when its process last said so."""
    rows = prepared.fetch("SELECT name, up, reason, waiting, at FROM sms_link ORDER BY name", [])
    return {row[0]: (State(*row[:4]), row[4]) for row in rows}


_KEEP = """
WITH done AS (
    UPDATE sms_inbound SET done_at = %s::timestamptz, content = NULL WHERE id = ANY(%s::uuid[])
)
INSERT INTO sms_inbound (id, link, digest, content, taken_at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::bytea[], %s::timestamptz[])
"""

_RECALL = """
SELECT id, digest, content, taken_at, done_at FROM sms_inbound
WHERE link = %s::text AND taken_at > %s::timestamptz ORDER BY taken_at, id
"""

_SWEEP = "DELETE FROM sms_inbound WHERE done_at <= %s OR taken_at <= %s"

_HOLD = "SELECT pg_try_advisory_lock(hashtext('sms link'), hashtext(%s::text))"

_SAY = """
INSERT INTO sms_link (name, up, reason, waiting, at)
SELECT name, up <> 0, reason, waiting, %s::timestamptz
FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[]) AS n(name, up, reason, waiting)
ON CONFLICT (name) DO UPDATE SET up = excluded.up, reason = excluded.reason,
    waiting = excluded.waiting, at = excluded.at
"""


def _written(kept: Kept) -> bytes:
    part, segment = kept.part, kept.part.segment
    return msgspec.json.encode(
        _Content(
            (part.sender.number, part.sender.ton, part.sender.npi),
            (part.recipient.number, part.recipient.ton, part.recipient.npi),
            part.coding,
            segment.octets,
            segment.number,
            segment.total,
            segment.reference,
            part.tag,
            kept.again,
        )
    )


def _read(id: Any, link: str, digest: bytes, content: bytes, taken_at: datetime) -> Kept:
    found = msgspec.json.decode(key_ring().unseal(content, _PLACE), type=_Content)
    part = Part(
        Address(*found.sender),
        Address(*found.recipient),
        found.coding,
        Segment(found.octets, found.number, found.total, found.reference),
        tag=found.tag,
    )
    return Kept(id, link, digest, part, taken_at, found.again)
