"""Put pictures, the signature and the contract into a dossier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qudao.domain.customer import queries, rules
from qudao.domain.customer.models import Agreement, Picture
from qudao.domain.customer.operations.drafts import _draft, _drop_pictures, _unsign
from qudao.domain.customer.operations.lines import DossierIncomplete
from qudao.domain.customer.types import CONTRACT, SIGNATURE, DossierId
from qudao.kernel.ids import new_id
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.vault import files
from qudao.platform.vault.pictures import PictureUnreadable, clean, has_ink

LARGEST_SIGNATURE: Final = 512 << 10
"""Octets."""


@dataclass(eq=False)
class PictureKindUnknown(Refusal, kind=Kind.INVALID):
    """Nothing of this sort is photographed for a dossier."""

    picture: str


@dataclass(eq=False)
class SignatureBlank(Refusal, kind=Kind.INVALID):
    """Nothing was drawn."""


@dataclass(eq=False)
class ContractUnreadable(Refusal, kind=Kind.INVALID):
    """The contract is no whole PDF, or too large."""


@command("customer.add_picture", subject="dossier")
def add_picture(ctx: Context, *, dossier: DossierId, kind: str, content: bytes) -> None:
    """
    Store a picture, encrypted, in the place of one of the same kind.

    Kinds: `front` and `back` of the customer's document, `portrait`; `agent_front`, `agent_back`,
    `authorization`; `guardian_front`, `guardian_back`, `kinship`.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    :raises PictureKindUnknown: if the kind is none.
    :raises PictureTooLarge: if it has more than 2 MiB.
    :raises PictureUnreadable: if it is no whole JPEG or PNG.
    """
    if kind not in rules.picture_kinds(queries.document_kinds()):
        raise PictureKindUnknown(kind)
    picture = clean(content)
    row = _draft(ctx, dossier)
    _drop_pictures([row.id], [kind])
    Picture.objects.create(
        id=new_id(ctx.at),
        dossier=row,
        kind=kind,
        file_id=files.put(picture.content, purpose=f"customer.{kind}", at=ctx.at),
        media_type=picture.media_type,
        added_at=ctx.at,
        added_by=ctx.actor,
    )
    row.save(update_fields=["expires_at"])


@command("customer.sign", subject="dossier")
def sign(ctx: Context, *, dossier: DossierId, signature: bytes, contract: bytes) -> None:
    """
    Store the contract (PDF) and the signature (PNG) that was drawn under it.

    All else must be there: what changes afterwards makes the signature void.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    :raises DossierIncomplete: if something else is missing.
    :raises PictureTooLarge: if the signature has more than 512 KiB.
    :raises PictureUnreadable: if it is no PNG.
    :raises SignatureBlank: if nothing was drawn.
    :raises ContractUnreadable: if the contract is no PDF.
    """
    drawn = clean(signature, most=LARGEST_SIGNATURE, smallest_side=20)
    if drawn.media_type != "image/png":
        raise PictureUnreadable
    if not has_ink(drawn):
        raise SignatureBlank
    if not contract.startswith(b"%PDF-") or b"%%EOF" not in contract[-1024:]:
        raise ContractUnreadable
    if len(contract) > files.LARGEST:
        raise ContractUnreadable
    row = _draft(ctx, dossier)
    needed = set(queries.missing_in(row, business_date(ctx.at))) - {SIGNATURE}
    if needed:
        raise DossierIncomplete(tuple(sorted(needed)))
    _unsign([row.id])
    Agreement.objects.create(
        id=new_id(ctx.at),
        dossier=row,
        contract_id=files.put(contract, purpose=f"customer.{CONTRACT}", at=ctx.at),
        signature_id=files.put(drawn.content, purpose=f"customer.{SIGNATURE}", at=ctx.at),
        signed_at=ctx.at,
    )
    row.save(update_fields=["expires_at"])
