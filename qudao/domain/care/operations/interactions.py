"""Write down contacts: the hot write of the halls."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import msgspec

from qudao.domain.care.types import LANGUAGES, Contact, Direction, InteractionId, PlaceUnknown
from qudao.kernel.ids import new_id
from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import MASK
from qudao.platform.commands.command import Busy, KeyReused
from qudao.platform.commands.set_command import Claim, set_command
from qudao.platform.identity.personal import key_ring
from qudao.platform.tables import arrays, prepared

LONGEST: Final = timedelta(days=1)
"""A contact that lasted longer is a mistake."""
LONGEST_CODE: Final = 64

_KEYS_KNOWN: Final = timedelta(days=3)
"""A request key is looked for so long before its day, and a day after it: clocks differ."""
_LOOKS: Final = 3
_MSISDN: Final = "care_interaction.msisdn"
_CALLER: Final = re.compile(r"\+?\d{3,20}", re.ASCII)

Answer = InteractionId | Refusal


@dataclass(eq=False)
class ContactInvalid(Refusal, kind=Kind.INVALID):
    """One of the contact's fields cannot be so."""

    field: str


class _Place(NamedTuple):
    path: str
    home: str


class _Row(NamedTuple):
    """A contact that may be written."""

    place: int
    claim: Claim[Contact]
    id: UUID
    period: date
    home: str


@set_command("care.record_interactions")
def record_interactions(claims: Sequence[Claim[Contact]]) -> Sequence[Answer]:
    """
    Write down contacts, many at a time, in two statements; return the interaction of each.

    The journal keeps each without the telephone number; the relay counts them by the hour. A
    repeated request gets the first one's answer.

    Refusals, each for its own request: PlaceUnknown (not in the actor's scope), ContactInvalid,
    KeyReused, Busy (others write the same keys, again and again).
    """
    answers: list[Answer | None] = [None] * len(claims)
    places = _places({claim.request.place for claim in claims})
    rows = []
    for nth, claim in enumerate(claims):
        place = places.get(claim.request.place)
        if place is None or not claim.ctx.scope.covers(place.path):
            answers[nth] = PlaceUnknown(claim.request.place)
            continue
        wrong = _wrong(claim.request)
        if wrong:
            answers[nth] = ContactInvalid(wrong)
            continue
        at = claim.ctx.at
        rows.append(_Row(nth, claim, new_id(at), month_of(business_date(at)), place.home))
    for _ in range(_LOOKS):
        if rows:
            rows = _write(rows, answers)
    for row in rows:
        answers[row.place] = Busy()
    assert None not in answers, "each request gets an answer"
    return cast("list[Answer]", answers)


def _wrong(contact: Contact) -> str:
    """Return the name of the first field that cannot be so; empty when all can."""
    for name in ("item", "outcome", "reason"):
        if len(getattr(contact, name)) > LONGEST_CODE:
            return name
    if not contact.outcome:
        return "outcome"
    if contact.direction not in set(Direction):
        return "direction"
    if contact.language not in LANGUAGES:
        return "language"
    if contact.msisdn and not _CALLER.fullmatch(contact.msisdn):
        return "msisdn"
    if contact.started_at.tzinfo is None:
        return "started_at"
    if contact.ended_at.tzinfo is None:
        return "ended_at"
    lasted = contact.ended_at - contact.started_at
    return "" if timedelta(0) <= lasted <= LONGEST else "ended_at"


def _places(wanted: Collection[UUID]) -> Mapping[UUID, _Place]:
    rows = prepared.fetch(_PLACES, [arrays.uuids(wanted)])
    return {row[0]: _Place(row[1], row[2]) for row in rows}


_PLACES = """
SELECT p.id, p.path, coalesce((
    SELECT h.code FROM party_organization h
    WHERE h.code = ANY(string_to_array(p.path, '.')) AND h.kind IN ('branch', 'province')
    ORDER BY length(h.path) DESC LIMIT 1), '')
FROM party_organization p WHERE p.id = ANY(%s::uuid[])
"""


def _write(rows: Sequence[_Row], answers: list[Answer | None]) -> list[_Row]:
    """Write a set; return what must be looked at again."""
    again = []
    for nth, verdict, mark, answer in prepared.fetch(_RECORD, _columns(rows)):
        row = rows[nth - 1]
        match verdict:
            case "recorded":
                answers[row.place] = InteractionId(row.id)
            case "known":
                answers[row.place] = _replayed(row.claim, bytes(mark), answer)
            case "again":
                again.append(row)
    return again


def _columns(rows: Sequence[_Row]) -> list[str]:
    ring = key_ring()
    claims = [row.claim for row in rows]
    contexts = [claim.ctx for claim in claims]
    contacts = [claim.request for claim in claims]
    days = [business_date(ctx.at) for ctx in contexts]
    return [
        month_of(min(days) - _KEYS_KNOWN).isoformat(),
        month_of(max(days) + timedelta(days=1)).isoformat(),
        arrays.uuids(row.id for row in rows),
        arrays.times(ctx.at for ctx in contexts),
        arrays.times(row.period for row in rows),
        arrays.texts(row.home for row in rows),
        arrays.uuids(contact.place for contact in contacts),
        arrays.uuids(ctx.actor for ctx in contexts),
        arrays.texts(ctx.channel for ctx in contexts),
        arrays.texts(ctx.request_key for ctx in contexts),
        arrays.octets(claim.mark for claim in claims),
        arrays.texts(_journalled(contact) for contact in contacts),
        arrays.texts(contact.direction for contact in contacts),
        arrays.texts(contact.reason for contact in contacts),
        arrays.texts(contact.item for contact in contacts),
        arrays.texts(contact.outcome for contact in contacts),
        arrays.texts(contact.language for contact in contacts),
        arrays.octets(
            ring.encrypt(contact.msisdn, _MSISDN) if contact.msisdn else b"" for contact in contacts
        ),
        arrays.octets(
            ring.hash(contact.msisdn, _MSISDN) if contact.msisdn else b"" for contact in contacts
        ),
        arrays.texts("" if one.order is None else str(one.order) for one in contacts),
        arrays.times(contact.started_at for contact in contacts),
        arrays.times(contact.ended_at for contact in contacts),
    ]


def _journalled(contact: Contact) -> str:
    """The request as the journal keeps it: whose number it was is in the contact alone."""
    shown = replace(contact, msisdn=MASK) if contact.msisdn else contact
    return msgspec.json.encode(shown).decode()


_RECORD = """
SELECT nth, verdict, mark, answer FROM care_record(
    %s::date, %s::date, %s::uuid[], %s::timestamptz[], %s::date[], %s::text[], %s::uuid[],
    %s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::text[], %s::timestamptz[],
    %s::timestamptz[])
"""


def _replayed(claim: Claim[Contact], mark: bytes, answer: Any) -> Answer:
    if mark != claim.mark:
        return KeyReused(claim.ctx.request_key)
    return InteractionId(UUID(msgspec.json.decode(answer)))
