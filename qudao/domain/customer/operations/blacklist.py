"""Put documents onto the blacklist, and take them off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from qudao.domain.customer import queries
from qudao.domain.customer.models import BlacklistEntry
from qudao.domain.customer.operations.drafts import _demand_reason
from qudao.domain.customer.types import BlacklistId
from qudao.kernel.ids import new_id
from qudao.kernel.period import business_date
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class PeriodInvalid(Refusal, kind=Kind.INVALID):
    """An entry ends on or after the day on which it begins, and not in the past."""


@dataclass(eq=False)
class BlacklistEntryUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such entry, or it was lifted before."""

    entry: UUID


@command("customer.blacklist")
def blacklist(
    ctx: Context,
    *,
    kind: str,
    number: Personal,
    country: str = "",
    reason: str,
    since: date | None = None,
    until: date | None = None,
) -> BlacklistId:
    """
    Do nothing any more for who identifies with a document: from a day on (without one, from
    today), through the last day `until` (without one, for good). Lines that they have go on.

    :raises DocumentKindUnknown: if such documents are not accepted.
    :raises DocumentNumberInvalid: if the number is impossible.
    :raises CountryMissing: if the kind needs a country and this is none.
    :raises ReasonTooShort: if no reason is given.
    :raises PeriodInvalid: if it ends before it begins, or has ended.
    """
    found, read = queries.read_number(kind, str.__str__(number))
    today = business_date(ctx.at)
    begins = since or today
    if until is not None and until < max(begins, today):
        raise PeriodInvalid
    row = BlacklistEntry.objects.create(
        id=new_id(ctx.at),
        document_kind=kind,
        document=read.number,
        document_hash=queries.hash_of(found, read, country),
        reason=_demand_reason(reason)[:500],
        since=begins,
        until=until,
        added_at=ctx.at,
        added_by=ctx.actor,
    )
    record_subject(row.id)
    return BlacklistId(row.id)


@command("customer.unblacklist", subject="entry")
def unblacklist(ctx: Context, *, entry: BlacklistId, reason: str) -> None:
    """
    Lift an entry of the blacklist.

    :raises BlacklistEntryUnknown: if there is none, or it was lifted before.
    :raises ReasonTooShort: if no reason is given.
    """
    reason = _demand_reason(reason)
    lifted = BlacklistEntry.objects.filter(id=entry, lifted_at__isnull=True).update(
        lifted_at=ctx.at, lifted_by=ctx.actor, lift_reason=reason[:500]
    )
    if not lifted:
        raise BlacklistEntryUnknown(entry)
