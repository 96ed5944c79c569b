"""Numbers: look for free ones, hold one, let it go."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query as FromQuery
from ninja import Router, Status

from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers_of
from qudao.domain.resource.types import Held, HoldId, NumberSearch, Reserve
from qudao.fronts.api import forms, schemas
from qudao.fronts.api.asker import RequestKey, ctx_of, outlet_of
from qudao.fronts.api.interface import answers
from qudao.kernel.money import Money

router = Router(tags=["numbers"])


@router.get(
    "/numbers",
    response=answers({200: forms.NumbersOut}, 404),
    operation_id="searchNumbers",
    summary=_("Free numbers of the outlet's branch"),
    description=_(
        "Each search begins anywhere among those that fit, so that two who look for the same are "
        "not shown the same. Nothing is held by looking."
    ),
)
def search_numbers(request: HttpRequest, query: FromQuery[forms.NumbersQuery]) -> forms.NumbersOut:
    page = numbers_of.search(
        ctx_of(request),
        outlet=outlet_of(request, query.outlet),
        search=NumberSearch(
            suffix=query.suffix or "",
            anywhere=query.anywhere or "",
            starts=query.starts or "",
            pattern=query.pattern or "",
            grade=query.grade or "",
            without4=query.without4 == "true",
            price_min=_money(query.price_min_fen),
            price_max=_money(query.price_max_fen),
        ),
        after=query.after,
        limit=query.limit,
    )
    return forms.NumbersOut(
        items=[
            forms.NumberOut(
                number=one.number,
                pattern=one.pattern,
                grade=one.grade,
                price_fen=one.price.minor,
                monthly_floor_fen=one.monthly_floor.minor,
            )
            for one in page.items
        ],
        after=page.after,
    )


@router.get(
    "/holds",
    response=answers({200: forms.HoldsOut}),
    operation_id="listHolds",
    summary=_("What the outlet holds now"),
)
def list_holds(request: HttpRequest, query: FromQuery[schemas.OutletQuery]) -> forms.HoldsOut:
    held = numbers_of.holds(ctx_of(request), outlet=outlet_of(request, query.outlet))
    return forms.HoldsOut(items=[hold_out(one) for one in held])


@router.post(
    "/holds",
    response=answers({201: forms.HoldOut}, 404, 409, 413, 415, 503),
    operation_id="holdNumber",
    summary=_("Hold a number for a customer"),
    description=_("For half an hour unless told otherwise; an outlet holds 20 at most."),
)
def hold_number(
    request: HttpRequest, response: HttpResponse, body: forms.HoldIn, key: RequestKey
) -> Status[forms.HoldOut]:
    response["Location"] = "/api/v1/holds"
    wanted = Reserve(outlet_of(request, body.outlet), body.number, body.minutes)
    return Status(201, hold_out(resource.reserve.one(ctx_of(request, key), wanted)))


@router.delete(
    "/holds/{uuid:hold}",
    response=answers({204: None}, 404, 409, 503),
    operation_id="releaseNumber",
    summary=_("Let a number go"),
)
def release_number(request: HttpRequest, hold: UUID, key: RequestKey) -> HttpResponse:
    resource.release(ctx_of(request, key), hold=HoldId(hold))
    return HttpResponse(status=204)


def hold_out(held: Held) -> forms.HoldOut:
    return forms.HoldOut(
        hold=held.hold,
        number=held.number,
        until=held.until,
        pattern=held.pattern,
        grade=held.grade,
        price_fen=held.price.minor,
        monthly_floor_fen=held.monthly_floor.minor,
    )


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money(fen)
