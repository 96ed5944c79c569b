"""Open a dossier, note what was chosen, give it up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from qudao.domain.customer import rules
from qudao.domain.customer.models import Dossier
from qudao.domain.customer.operations.drafts import (
    LEFT_AFTER,
    _draft,
    _drop_pictures,
    _unsign,
)
from qudao.domain.customer.types import DossierId, DossierState, Purpose
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.ids import new_id
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class PurposeUnknown(Refusal, kind=Kind.INVALID):
    """Customers are not identified for this business."""

    business: str


@dataclass(eq=False)
class NumberInvalid(Refusal, kind=Kind.INVALID):
    """A mobile number has 11 digits and begins with 13 to 19."""

    number: str


@command("customer.open_dossier")
def open_dossier(
    ctx: Context, *, outlet: OrganizationId, purpose: str, number: str = ""
) -> DossierId:
    """
    Begin to gather what a business with a customer needs; `purpose` is its code.

    `number` is the line that it is about, so that its owner can be told from others when they
    identify themselves; an opening has none yet.

    :raises PurposeUnknown: if customers are not identified for it.
    :raises NumberInvalid: if the number is no mobile number.
    :raises OutletUnknown: if the outlet is not in the actor's scope.
    """
    if purpose not in set(Purpose):
        raise PurposeUnknown(purpose)
    if number and not valid_msisdn(number):
        raise NumberInvalid(number)
    place = saleschannel.outlet(ctx, outlet=outlet)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('customer_agreement_serial')")
        (serial,) = cursor.fetchone()
    row = Dossier.objects.create(
        id=new_id(ctx.at),
        outlet_id=place.outlet,
        actor=ctx.actor,
        purpose=purpose,
        number=number,
        agreement=rules.agreement_number(business_date(ctx.at), serial),
        state=DossierState.DRAFT,
        opened_at=ctx.at,
        expires_at=ctx.at + LEFT_AFTER,
    )
    record_subject(row.id)
    return DossierId(row.id)


@command("customer.choose", subject="dossier")
def choose(ctx: Context, *, dossier: DossierId, choices: dict[str, Any]) -> None:
    """
    Note what was chosen so far, over what was noted under the same names; nothing personal.

    What was signed before the choice changed is void: it has to be signed again.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    """
    row = _draft(ctx, dossier)
    before, row.choices = row.choices, {**row.choices, **choices}
    if row.choices != before:
        _unsign([row.id])
    row.save(update_fields=["choices", "expires_at"])


@command("customer.abandon", subject="dossier")
def abandon(ctx: Context, *, dossier: DossierId) -> None:
    """
    Give a draft up: its pictures and who was not known before are forgotten.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    """
    _give_up(ctx, [_draft(ctx, dossier)])


@command("customer.expire")
def expire(ctx: Context, *, most: int = 500) -> int:
    """Give up the drafts that were left, at most so many at once; return how many."""
    rows = Dossier.objects.unscoped("drafts that were left, wherever they are")
    left = rows.filter(state=DossierState.DRAFT, expires_at__lte=ctx.at).order_by("expires_at")
    found = list(left.select_for_update(skip_locked=True)[:most])
    _give_up(ctx, found)
    return len(found)


def _give_up(ctx: Context, drafts: Iterable[Dossier]) -> None:
    rows = list(drafts)
    ids = [row.id for row in rows]
    persons = [
        one for row in rows for one in (row.customer_id, row.agent_id, row.guardian_id) if one
    ]
    _drop_pictures(ids)
    _unsign(ids)
    Dossier.objects.unscoped("found within scope, or left").filter(id__in=ids).update(
        state=DossierState.ABANDONED, settled_at=ctx.at, customer=None, agent=None, guardian=None
    )
    _forget(persons)


def _forget(persons: list[UUID]) -> None:
    """
    Delete the persons of whom nothing else is kept: no line, no other dossier.

    Locked first: who identifies one of them meanwhile waits, and then makes a row of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM customer_customer WHERE id = ANY(%s) ORDER BY id"
            " FOR UPDATE SKIP LOCKED",
            [persons],
        )
        locked = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """
            DELETE FROM customer_customer customer
            WHERE id = ANY(%s)
              AND NOT EXISTS (SELECT FROM customer_line line WHERE line.customer_id = customer.id)
              AND NOT EXISTS (SELECT FROM customer_dossier one WHERE one.customer_id = customer.id)
              AND NOT EXISTS (SELECT FROM customer_dossier one WHERE one.agent_id = customer.id)
              AND NOT EXISTS (SELECT FROM customer_dossier one WHERE one.guardian_id = customer.id)
            """,
            [locked],
        )
