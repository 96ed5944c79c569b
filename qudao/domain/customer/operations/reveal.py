"""Show what is masked, for a reason that the journal keeps."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.customer import queries
from qudao.domain.customer.events import FileRevealed, PersonalDataRevealed
from qudao.domain.customer.models import Dossier
from qudao.domain.customer.operations.drafts import _demand_reason
from qudao.domain.customer.queries.customers import visible
from qudao.domain.customer.types import (
    CustomerId,
    CustomerUnknown,
    DossierId,
    DossierUnknown,
    PersonalField,
    Revealed,
)
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context
from qudao.platform.vault.types import FileId


@dataclass(eq=False)
class NotKnown(Refusal, kind=Kind.NOT_FOUND):
    """This is not known of the customer."""

    field: PersonalField


@command("customer.reveal", subject="customer")
def reveal(ctx: Context, *, customer: CustomerId, field: PersonalField, reason: str) -> Revealed:
    """
    Show one piece of personal data unmasked; the journal keeps who saw what, and why.

    :raises CustomerUnknown: if there is none in the actor's scope.
    :raises ReasonTooShort: if no reason is given.
    :raises NotKnown: if it is not known.
    """
    reason = _demand_reason(reason)
    row = visible(ctx.scope).filter(id=customer).first()
    if row is None:
        raise CustomerUnknown(customer)
    value = getattr(row, field.value)
    if not value:
        raise NotKnown(field)
    announce(PersonalDataRevealed(customer, field, reason))
    return Revealed(customer, field, Personal(value))


@command("customer.reveal_file", subject="dossier")
def reveal_file(ctx: Context, *, dossier: DossierId, kind: str, reason: str) -> FileId:
    """
    Let a picture, the `signature` or the `contract` of a dossier be seen; the journal keeps who
    saw it, and why. Its content is what `queries.revealed_file` returns.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises ReasonTooShort: if no reason is given.
    :raises FileNotFound: if it holds none of this kind.
    """
    reason = _demand_reason(reason)
    row = Dossier.objects.within(ctx.scope).filter(id=dossier).first()
    if row is None:
        raise DossierUnknown(dossier)
    file = queries.file_in(row, kind)
    announce(FileRevealed(dossier, kind, reason))
    return file
