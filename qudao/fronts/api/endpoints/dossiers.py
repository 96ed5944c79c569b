"""
Dossiers: an account opened, a SIM swapped, a number changed, a line ended, step by step.

The dossier keeps what was said, so steps come in any order, and a lost connection loses nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Path, Router, Status

from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import (
    DossierClosed,
    DossierId,
    DossierRecord,
    DossierState,
    PersonDraft,
    Purpose,
    Role,
)
from qudao.domain.ordering.types import OrderId
from qudao.domain.resource.types import HoldId
from qudao.domain.saleschannel import queries as outlets
from qudao.fronts.api import forms, schemas, shapes
from qudao.fronts.api.asker import Prefer, RequestKey, ctx_of, outlet_of
from qudao.fronts.api.interface import answers, most_bytes
from qudao.fronts.api.outcome import waited
from qudao.fronts.receipts.contract import contract as paper_of
from qudao.fronts.receipts.contract import facts_of, parts_of
from qudao.fronts.receipts.typed import signature_of
from qudao.journeys import contracts
from qudao.journeys import dossiers as journey
from qudao.journeys.opening import PriceChanged, Quote
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import KeyReused
from qudao.platform.commands.context import Context
from qudao.platform.vault.pictures import PictureUnreadable

router = Router(tags=["dossiers"])

_PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png")
        },
    }
}
_PDF: dict[str, Any] = {
    "responses": {
        200: {
            "description": "OK",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@dataclass(eq=False)
class NotSigned(Refusal, kind=Kind.INVALID):
    """An opening is submitted with the customer's signature: drawn, or typed with consent."""


@dataclass(eq=False)
class NothingToSign(Refusal, kind=Kind.CONFLICT):
    """Only the contract of an opening is signed."""

    purpose: str


@router.post(
    "/dossiers",
    response=answers({201: forms.DossierOut}, 404, 409, 413, 415, 503),
    operation_id="beginDossier",
    summary=_("Begin an opening, a SIM swap, a change of number, a cancellation"),
    description=_(
        "What is left alone for two hours is given up by itself. For a line that there is, the "
        "operator is asked whether it is in a state for it."
    ),
)
def begin(
    request: HttpRequest, response: HttpResponse, body: forms.DossierIn, key: RequestKey
) -> Status[forms.DossierOut]:
    ctx = ctx_of(request, key)
    dossier = journey.begin(
        ctx,
        outlet=outlet_of(request, body.outlet),
        purpose=body.purpose,
        msisdn=body.msisdn or "",
    )
    response["Location"] = f"/api/v1/dossiers/{dossier}"
    return Status(201, _out(ctx, dossier))


@router.get(
    "/dossiers/{uuid:dossier}",
    response=answers({200: forms.DossierOut}, 404),
    operation_id="getDossier",
    summary=_("A dossier as it stands, and what it still needs"),
)
def one(request: HttpRequest, dossier: UUID) -> forms.DossierOut:
    return _out(ctx_of(request), DossierId(dossier))


@router.delete(
    "/dossiers/{uuid:dossier}",
    response=answers({204: None}, 404, 409, 503),
    operation_id="abandonDossier",
    summary=_("Give it up"),
    description=_("Number and card are free again, pictures are deleted."),
)
def abandon(request: HttpRequest, dossier: UUID, key: RequestKey) -> HttpResponse:
    ctx = ctx_of(request, key)
    record = customers.dossier(ctx, dossier=DossierId(dossier))
    if record.order is not None:
        raise DossierClosed(record.state)
    journey.leave(ctx, record=record)
    return HttpResponse(status=204)


@router.put(
    "/dossiers/{uuid:dossier}/persons/{role}",
    response=answers({200: forms.IdentifiedOut}, 404, 409, 413, 415, 503),
    operation_id="identifyPerson",
    summary=_("Identify the customer, an agent, a guardian"),
    description=_("By their document, as it is written there. Another person takes the place."),
)
def identify(
    request: HttpRequest, dossier: UUID, role: Role, body: forms.PersonIn, key: RequestKey
) -> forms.IdentifiedOut:
    found = customer.identify(
        ctx_of(request, key), dossier=DossierId(dossier), role=role, person=_person(body)
    )
    return forms.IdentifiedOut(
        lines_used=found.lines_used,
        lines_left=found.lines_left,
        known_before=found.known_before,
        minor=found.minor,
        same_phone=found.same_phone,
        similar=found.similar,
    )


@router.delete(
    "/dossiers/{uuid:dossier}/persons/{role}",
    response=answers({204: None}, 404, 409, 503),
    operation_id="dismissPerson",
    summary=_("Take a person out, with the pictures of their document"),
)
def dismiss(request: HttpRequest, dossier: UUID, role: Role, key: RequestKey) -> HttpResponse:
    customer.dismiss(ctx_of(request, key), dossier=DossierId(dossier), role=role)
    return HttpResponse(status=204)


@router.put(
    "/dossiers/{uuid:dossier}/pictures/{kind}",
    response=answers({200: forms.DossierOut}, 404, 409, 413, 503),
    operation_id="addPicture",
    summary=_("Put a picture in: JPEG or PNG, 2 MiB at most"),
    description=_(
        "The body is the picture itself. Kinds: `front`, `back`, `portrait`; `agent_front`, "
        "`agent_back`, `authorization`; `guardian_front`, `guardian_back`, `kinship`. It takes "
        "the place of one of the same kind, and is kept encrypted."
    ),
    openapi_extra=_PICTURE,
)
def add_picture(
    request: HttpRequest,
    dossier: UUID,
    kind: Annotated[forms.PictureKind, Path()],
    key: RequestKey,
) -> forms.DossierOut:
    if len(request.body) > most_bytes(request.path):
        raise RequestDataTooBig
    ctx = ctx_of(request, key)
    customer.add_picture(ctx, dossier=DossierId(dossier), kind=kind, content=request.body)
    return _out(ctx, DossierId(dossier))


@router.put(
    "/dossiers/{uuid:dossier}/choices",
    response=answers({200: forms.DossierOut}, 404, 409, 413, 415, 503),
    operation_id="choose",
    summary=_("Choose number, SIM card, plan, add-ons, prepayment"),
    description=_("A signature that was given before is void once something else is chosen."),
)
def choose(
    request: HttpRequest, dossier: UUID, body: forms.ChoicesIn, key: RequestKey
) -> forms.DossierOut:
    ctx = ctx_of(request, key)
    record = customers.dossier(ctx, dossier=DossierId(dossier))
    if body.hold is not None:
        journey.take_number(ctx.part("number"), record=record, hold=HoldId(body.hold))
        record = customers.dossier(ctx, dossier=record.id)
    choices: dict[str, Any] = {}
    if body.sim is not None:
        choices["sim"] = journey.take_sim(ctx, record=record, serial=body.sim)
    if body.plan is not None:
        choices["plan"] = body.plan
    if body.add_ons is not None:
        choices["add_ons"] = list(body.add_ons)
    if body.prepay_fen is not None:
        choices["prepay"] = body.prepay_fen
    if choices:
        customer.choose(ctx, dossier=record.id, choices=choices)
    return _out(ctx, record.id)


@router.get(
    "/dossiers/{uuid:dossier}/quote",
    response=answers({200: forms.QuoteOut}, 404, 409),
    operation_id="getQuote",
    summary=_("What it costs, line by line"),
)
def quote(request: HttpRequest, dossier: UUID) -> forms.QuoteOut:
    ctx = ctx_of(request)
    record = customers.dossier(ctx, dossier=DossierId(dossier))
    if record.purpose != Purpose.ACCOUNT_OPENING:
        has = journey.held(ctx, record=record)
        total = journey.price(ctx, record=record)
        return forms.QuoteOut(
            number=has.number if has is not None else record.number,
            sim=record.choices.get("sim", ""),
            plan="",
            parts=[],
            total_fen=total.minor,
        )
    found = journey.quote(ctx, record=record)
    return forms.QuoteOut(
        number=found.number,
        sim=found.sim.serial,
        plan=found.plan.code,
        parts=[
            forms.PartOut(label=part.label, note=part.note, amount_fen=part.amount.minor)
            for part in parts_of(found)
        ],
        total_fen=found.total.minor,
    )


@router.get(
    "/dossiers/{uuid:dossier}/contract",
    response=answers({200: str}, 404, 409),
    operation_id="getContract",
    summary=_("The contract of an opening as it will be signed, a PDF"),
    description=_("In both languages, yours first: for the customer to read before they sign."),
    openapi_extra=_PDF,
)
def contract(request: HttpRequest, dossier: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    record = customers.dossier(ctx, dossier=DossierId(dossier))
    return _pdf(_paper(ctx, record, _quoted(ctx, record)), record.agreement)


@router.post(
    "/dossiers/{uuid:dossier}/submission",
    response=answers({201: schemas.SoldOut}, 404, 409, 413, 415, 503),
    operation_id="submitDossier",
    summary=_("Do it: sign, pay from the wallet, give it to the operator"),
    description=_(
        "With the total that the customer was shown, and for an opening their signature. Repeat it "
        "with the same key when no answer reached you. A `failed` order frees number and card."
    ),
)
def submit(
    request: HttpRequest,
    response: HttpResponse,
    dossier: UUID,
    body: forms.SubmissionIn,
    key: RequestKey,
    prefer: Prefer = "",
) -> Status[schemas.SoldOut]:
    ctx = ctx_of(request, key)
    record = customers.dossier(ctx, dossier=DossierId(dossier))
    total = Money(body.total_fen)
    if record.purpose == Purpose.ACCOUNT_OPENING and record.state == DossierState.DRAFT:
        _sign(ctx, record, total, _signature(body))
    try:
        sold = journey.submit(ctx, record=record, total=total)
    except Refusal as refusal:
        # Only the request that closed it is answered again; others need not know how it went on.
        if record.state == DossierState.DRAFT or isinstance(refusal, KeyReused):
            raise
        raise DossierClosed(record.state) from None
    return Status(201, shapes.sold_out(sold, waited(response, ctx, sold.order, prefer)))


@router.post(
    "/orders/{uuid:order}/contract",
    response=answers({200: str}, 404, 409, 503),
    operation_id="fetchContract",
    summary=_("The signed contract of an opening, a PDF"),
    description=_("For who gathered it, within a day; every look is recorded."),
    openapi_extra=_PDF,
)
def signed_contract(request: HttpRequest, order: UUID, key: RequestKey) -> HttpResponse:
    ctx = ctx_of(request, key)
    return _pdf(contracts.contract_of(ctx, order=OrderId(order)), str(order))


def _sign(ctx: Context, record: DossierRecord, total: Money, signature: bytes) -> None:
    quote = _quoted(ctx, record)
    if quote.total != total:
        raise PriceChanged(quote.total)
    paper = _paper(ctx, record, quote, signature)
    # A key for this contract in this state of the dossier: after a refusal, and a change, the
    # same request is signed anew.
    mark = hashlib.blake2b(paper + record.expires_at.isoformat().encode(), digest_size=8)
    customer.sign(
        ctx.part(f"sign-{mark.hexdigest()}"),
        dossier=record.id,
        signature=signature,
        contract=paper,
    )


def _quoted(ctx: Context, record: DossierRecord) -> Quote:
    if record.purpose != Purpose.ACCOUNT_OPENING:
        raise NothingToSign(record.purpose)
    if record.state != DossierState.DRAFT:
        raise DossierClosed(record.state)
    if record.customer is None:
        raise customer.DossierIncomplete((Role.CUSTOMER,))
    return journey.quote(ctx, record=record)


def _paper(ctx: Context, record: DossierRecord, quote: Quote, signature: bytes = b"") -> bytes:
    place = outlets.outlet(ctx, outlet=record.outlet)
    return paper_of(facts_of(ctx, outlet=place, record=record, quote=quote, signature=signature))


def _signature(body: forms.SubmissionIn) -> bytes:
    if body.signature is not None:
        try:
            return base64.b64decode(body.signature)
        except binascii.Error as error:
            raise PictureUnreadable from error
    if body.typed_name is not None:
        return signature_of(body.typed_name)
    raise NotSigned


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def _person(body: forms.PersonIn) -> PersonDraft:
    return PersonDraft(
        kind=body.kind,
        number=Personal(body.number),
        name=Personal(body.name),
        valid_until=body.valid_until,
        birth_date=Personal(body.birth_date.isoformat() if body.birth_date else ""),
        country=body.country,
        address=Personal(body.address),
        phone=Personal(body.phone),
    )


def _out(ctx: Context, dossier: DossierId) -> forms.DossierOut:
    return shapes.dossier_out(customers.dossier(ctx, dossier=dossier))
