"""Read and write dialogues, a statement each, however many they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from qudao.platform.dialogues.types import Kept
from qudao.platform.identity.personal import blind_index, key_ring
from qudao.platform.tables import arrays, prepared

_PLACE: Final = "dialogues_dialogue.state"
MOST_OF_CALLER: Final = 16
"""Dialogues of one caller that are looked at, the youngest first."""


def caller_index(who: str) -> bytes:
    """Return the keyed hash by which the dialogues of a number, or of an actor, are found."""
    return blind_index(who, "dialogues_dialogue.caller")


def find(id: UUID) -> Kept | None:
    """Return a dialogue, expired or not; None if there is none."""
    rows = prepared.fetch(_FIND, [str(id)])
    return _kept(rows[0]) if rows else None


def of_caller(caller: bytes) -> tuple[Kept, ...]:
    """Return a caller's dialogues on all fronts, expired or not, the youngest first."""
    return of_callers([caller])[caller]


def of_callers(callers: Collection[bytes]) -> dict[bytes, tuple[Kept, ...]]:
    """Return what `of_caller` does for each of many callers, in one statement."""
    found: dict[bytes, list[Kept]] = {caller: [] for caller in callers}
    if found:
        for row in prepared.fetch(_OF_CALLERS, [arrays.octets(found), str(MOST_OF_CALLER)]):
            kept = _kept(row)
            assert kept.caller is not None
            found[kept.caller].append(kept)
    return {caller: tuple(kept) for caller, kept in found.items()}


def begin(new: Kept, *, instead_of: Kept | None = None) -> bool:
    """
    Keep a new dialogue; where its caller has one at a time, in the place of the one known.

    Returns False, and changes nothing, if the caller has another one than `instead_of` by now.
    """
    return new.id in begin_all([(new, instead_of)])


def begin_all(wanted: Sequence[tuple[Kept, Kept | None]]) -> set[UUID]:
    """
    Do what `begin` does for many, in one statement; return the ids of those that were kept.

    No two may be of one caller on one front where a caller has one at a time.
    """
    if not wanted:
        return set()
    new = [one for one, _known in wanted]
    known = [one for _new, one in wanted if one is not None]
    rows = prepared.fetch(
        _BEGIN,
        [
            arrays.uuids(one.id for one in new),
            arrays.texts(one.front for one in new),
            arrays.texts("" if one.caller is None else one.caller.hex() for one in new),
            arrays.texts("" if one.sole else str(one.id) for one in new),
            arrays.octets(_sealed(one.state) for one in new),
            arrays.times(one.changed_at for one in new),
            arrays.times(one.expires_at for one in new),
            arrays.uuids(one.id for one in known),
            arrays.numbers(one.version for one in known),
        ],
    )
    return {row[0] for row in rows}


def put(new: Kept) -> None:
    """Keep something of a known caller, whatever was in its place."""
    assert new.caller is not None and new.sole
    prepared.fetch(
        _PUT,
        [
            str(new.id),
            new.front,
            new.caller.hex(),
            "\\x" + _sealed(new.state).hex(),
            new.changed_at.isoformat(),
            new.expires_at.isoformat(),
        ],
    )


@dataclass(frozen=True, slots=True)
class Next:
    """The next version of a dialogue."""

    known: Kept
    state: str
    caller: bytes | None
    """Who is known now; a caller who was known before stays."""
    at: datetime
    expires_at: datetime


def replace(next: Next) -> bool:
    """
    Write the next version of a dialogue; False, and nothing is written, if `known` is not the
    present one.
    """
    return next.known.id in replace_all([next])


def replace_all(wanted: Sequence[Next]) -> set[UUID]:
    """Do what `replace` does for many dialogues, in one statement; return the ids of those that
    were written. No two may be of one dialogue."""
    if not wanted:
        return set()
    rows = prepared.fetch(
        _REPLACE,
        [
            arrays.uuids(one.known.id for one in wanted),
            arrays.numbers(one.known.version for one in wanted),
            arrays.texts("" if one.caller is None else one.caller.hex() for one in wanted),
            arrays.octets(_sealed(one.state) for one in wanted),
            arrays.times(one.at for one in wanted),
            arrays.times(one.expires_at for one in wanted),
        ],
    )
    return {row[0] for row in rows}


def move(
    known: Kept, *, front: str, sole: bool, state: str, at: datetime, expires_at: datetime
) -> bool:
    """
    Take a dialogue over to another front, in the place of the one that its caller has there.

    False, and nothing is written, if `known` is not the present version of it.
    """
    lane = "" if sole else str(known.id)
    rows = prepared.fetch(
        _MOVE,
        [
            str(known.id),
            str(known.version),
            front,
            lane,
            "\\x" + _sealed(state).hex(),
            at.isoformat(),
            expires_at.isoformat(),
        ],
    )
    return bool(rows)


def expired(at: datetime, *, most: int = 5_000) -> tuple[Kept, ...]:
    """Return dialogues that have expired, the oldest first."""
    rows = prepared.fetch(_EXPIRED, [at.isoformat(), str(most)])
    return tuple(map(_kept, rows))


def drop(gone: Sequence[Kept]) -> int:
    """Delete dialogues that have not changed since they were read, in one set; returns how many."""
    with connection.cursor() as cursor:
        ids, versions = [one.id for one in gone], [one.version for one in gone]
        cursor.execute(_DROP, [arrays.uuids(ids), arrays.numbers(versions)])
        return int(cursor.rowcount)


_COLUMNS = "id, front, caller, lane, state, version, changed_at, expires_at"

_FIND = f"SELECT {_COLUMNS} FROM dialogues_dialogue WHERE id = %s::uuid"

_OF_CALLERS = f"""
SELECT d.* FROM unnest(%s::bytea[]) AS c(caller) CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM dialogues_dialogue WHERE caller = c.caller
    ORDER BY changed_at DESC, id LIMIT %s::int) d
"""

# Rows are locked in the order of their callers by all statements that take many.
_BEGIN = """
INSERT INTO dialogues_dialogue AS d
    (id, front, caller, lane, state, version, changed_at, expires_at)
SELECT n.id, n.front, decode(nullif(n.caller, ''), 'hex'), n.lane, n.state, 0, n.at, n.until
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::timestamptz[],
            %s::timestamptz[]) AS n(id, front, caller, lane, state, at, until)
ORDER BY n.caller, n.front
ON CONFLICT (caller, front, lane) DO UPDATE
SET id = excluded.id, state = excluded.state, version = excluded.version,
    changed_at = excluded.changed_at, expires_at = excluded.expires_at
WHERE (d.id, d.version) IN (SELECT * FROM unnest(%s::uuid[], %s::int[]))
RETURNING id
"""

_PUT = """
INSERT INTO dialogues_dialogue AS d
    (id, front, caller, lane, state, version, changed_at, expires_at)
VALUES (%s::uuid, %s::text, decode(%s, 'hex'), '', %s::bytea, 0, %s::timestamptz,
        %s::timestamptz)
ON CONFLICT (caller, front, lane) DO UPDATE
SET state = excluded.state, version = d.version + 1, changed_at = excluded.changed_at,
    expires_at = excluded.expires_at
RETURNING id
"""

_REPLACE = """
WITH n AS (
    SELECT * FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::bytea[], %s::timestamptz[],
                         %s::timestamptz[]) AS n(id, version, caller, state, at, until)
), locked AS (
    SELECT d.id FROM dialogues_dialogue d JOIN n ON n.id = d.id AND n.version = d.version
    ORDER BY d.caller, d.front FOR UPDATE OF d
)
UPDATE dialogues_dialogue d
SET state = n.state, caller = coalesce(d.caller, decode(nullif(n.caller, ''), 'hex')),
    version = d.version + 1, changed_at = n.at, expires_at = n.until
FROM n JOIN locked ON locked.id = n.id
WHERE d.id = n.id
RETURNING d.id
"""

# Whatever else stands in the new place goes first: two would not fit there.
_MOVE = """
WITH it AS (
    SELECT id, caller FROM dialogues_dialogue WHERE id = %s::uuid AND version = %s::int FOR UPDATE
), wanted AS (
    SELECT %s::text AS front, %s::text AS lane, %s::bytea AS state, %s::timestamptz AS at,
           %s::timestamptz AS until
), gone AS (
    DELETE FROM dialogues_dialogue d USING it, wanted w
    WHERE d.caller = it.caller AND d.front = w.front AND d.lane = w.lane AND d.id <> it.id
    RETURNING d.id
)
UPDATE dialogues_dialogue d
SET front = w.front, lane = w.lane, state = w.state, version = d.version + 1,
    changed_at = w.at, expires_at = w.until
FROM it, wanted w
WHERE d.id = it.id AND (SELECT count(*) FROM gone) >= 0
RETURNING d.id
"""

_EXPIRED = f"""
SELECT {_COLUMNS} FROM dialogues_dialogue WHERE expires_at <= %s::timestamptz
ORDER BY id LIMIT %s::int
"""

_DROP = """
DELETE FROM dialogues_dialogue WHERE id = ANY(ARRAY(
    SELECT d.id FROM dialogues_dialogue d
    JOIN unnest(%s::uuid[], %s::int[]) AS n(id, version) ON n.id = d.id AND n.version = d.version
    ORDER BY d.caller, d.front FOR UPDATE OF d SKIP LOCKED))
"""


def _kept(row: Any) -> Kept:
    id, front, caller, lane, state, version, changed_at, expires_at = row
    return Kept(
        id,
        front,
        None if caller is None else bytes(caller),
        not lane,
        key_ring().decrypt(bytes(state), _PLACE),
        version,
        changed_at,
        expires_at,
    )


def _sealed(state: str) -> bytes:
    return key_ring().encrypt(state, _PLACE)
