"""Who I am, my wallet, my figures."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _
from ninja import Query as FromQuery
from ninja import Router

from qudao.domain.ordering import queries as orders
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.wallet import queries as wallets
from qudao.fronts.api import problems, schemas, shapes
from qudao.fronts.api.asker import ctx_of, outlet_of, own_outlet, rows_of
from qudao.fronts.api.interface import answers
from qudao.fronts.web.actor import asking
from qudao.kernel.period import business_date

router = Router()


@router.get(
    "/me",
    response=answers({200: schemas.MeOut}),
    operation_id="getMe",
    tags=["account"],
    summary=_("For whom the token speaks, and what it may do"),
)
def me(request: HttpRequest) -> schemas.MeOut:
    ctx = asking(request).ctx_for()
    acting = asking(request).authority.acting
    own = own_outlet(request)
    outlet = None if own is None else outlets.outlet(ctx, outlet=own)
    return schemas.MeOut(
        user=ctx.actor,
        username=request.user.get_username(),
        role=None if acting is None else acting.role,
        organization=None if acting is None else acting.organization,
        organization_kind=None if acting is None else acting.organization_kind,
        outlet=None if outlet is None else shapes.outlet_out(outlet),
        grants=sorted(ctx.grants),
        requests_per_minute=settings.API_REQUESTS_PER_MINUTE,
    )


@router.get(
    "/wallet",
    response=answers({200: schemas.WalletOut}, 404),
    operation_id="getWallet",
    tags=["wallet"],
    summary=_("The outlet's wallet as it stands"),
)
def wallet(request: HttpRequest, query: FromQuery[schemas.OutletQuery]) -> schemas.WalletOut:
    found = wallets.wallet(ctx_of(request), outlet=outlet_of(request, query.outlet))
    return shapes.wallet_out(found)


@router.get(
    "/wallet/statement",
    response=answers({200: schemas.StatementOut}, 404),
    operation_id="getStatement",
    tags=["wallet"],
    summary=_("Every movement of the wallet with its balance after it, newest first"),
)
def statement(
    request: HttpRequest, query: FromQuery[schemas.StatementQuery]
) -> schemas.StatementOut:
    page = wallets.statement(
        ctx_of(request),
        outlet=outlet_of(request, query.outlet),
        page=rows_of(query),
        first=query.first,
        last=query.last,
        kind=query.kind or "",
    )
    return schemas.StatementOut(
        items=[shapes.line_out(line) for line in page.items],
        total=page.total,
        limit=query.limit,
        offset=query.offset,
    )


@router.get(
    "/wallet/closings",
    response=answers({200: schemas.ClosingsOut}),
    operation_id="getClosings",
    tags=["wallet"],
    summary=_("The wallet's daily closings, newest first"),
)
def closings(request: HttpRequest, query: FromQuery[schemas.ClosingsQuery]) -> schemas.ClosingsOut:
    page = wallets.closings(
        ctx_of(request), outlet=outlet_of(request, query.outlet), page=rows_of(query)
    )
    return schemas.ClosingsOut(
        items=[shapes.closing_out(closing) for closing in page.items],
        total=page.total,
        limit=query.limit,
        offset=query.offset,
    )


@router.get(
    "/reports/daily",
    response=answers({200: schemas.DailyOut}),
    operation_id="getDailyReport",
    tags=["reports"],
    summary=_("Sales by business day and business"),
    description=_(
        "Without days today's. Of the named outlet, or of all in the token's scope. The figures "
        "follow the sales within a second or two; at most 92 days at once."
    ),
)
def daily(request: HttpRequest, query: FromQuery[schemas.DailyQuery]) -> schemas.DailyOut:
    ctx = ctx_of(request)
    today = business_date(ctx.at)
    first = query.first or query.last or today
    last = query.last or max(first, today)
    if last - first >= timedelta(days=schemas.MOST_DAYS):
        raise problems.TooManyDays(schemas.MOST_DAYS)
    figures = orders.figures(ctx, first=first, last=last, by="day", outlet=query.outlet)
    return schemas.DailyOut(
        first=first, last=last, items=[shapes.figure_out(figure) for figure in figures]
    )
