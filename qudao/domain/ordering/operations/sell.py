"""
The sale: the hottest write of the system, and the only way to sell.

Prices and rules are taken from what this process knows; then one SQL function, in one transaction,
verifies that it is still so, checks request keys and balances, and writes orders, postings and
journal rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from django.db import IntegrityError, OperationalError, connection

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.queries import CatalogSnapshot
from qudao.domain.catalog.types import Offer
from qudao.domain.ordering.types import NotAMobileNumber, OrderId, Sale, Sold, receipt_number
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.domain.saleschannel.types import SellingPoint
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import (
    AuthorityChanged,
    Busy,
    KeyReused,
    passing,
    waited_too_long,
)
from qudao.platform.commands.set_command import Claim, set_command
from qudao.platform.tables import arrays, prepared

SaleClaim = Claim[Sale]
Answer = Sold | Refusal

_ATTEMPTS = 4
"""How often a set may fail."""
_LOOKS = 16
"""How often what a set was priced with may have changed: an outlet may be suspended and resumed
several times while many wait for its wallet."""


@dataclass(eq=False)
class BalanceTooLow(Refusal, kind=Kind.CONFLICT):
    """The wallet cannot pay for the sale."""

    price: Money
    available: Money


@dataclass(eq=False)
class DayLimitReached(Refusal, kind=Kind.CONFLICT):
    """The outlet would sell more today than it may."""

    left: Money


@dataclass(eq=False)
class WalletIsFrozen(Refusal, kind=Kind.FORBIDDEN):
    """Nothing may leave the outlet's wallet."""


@dataclass(eq=False)
class SoldOtherwise(Refusal, kind=Kind.INVALID):
    """The business moves things besides money: it has a way of its own to be sold."""

    business: str


@dataclass(eq=False)
class WalletMissing(Refusal, kind=Kind.CONFLICT):
    """The outlet has not been given a wallet."""


class _Priced(NamedTuple):
    """A claim that passed the rules, with what it costs."""

    place: int
    claim: SaleClaim
    point: SellingPoint
    offer: Offer
    debit: Money
    order: UUID


_Wanted = list[tuple[int, SaleClaim, UUID]]
"""Requests with their places in the set, and the ids of the orders that they make."""


@set_command("ordering.sell")
def sell(claims: Sequence[SaleClaim]) -> Sequence[Answer]:
    """
    Sell, many at a time: take each price from its outlet's wallet and write the order.

    The order goes to the BOSS afterwards. One statement writes the whole set, each request as if
    it had come alone, in the order of the set. Prices and rules are those that this process knows;
    the statement verifies that outlet, account and catalogue are still as they were, and what
    would be refused is looked up afresh before it is. A set that fails is halved until it is known
    which request is to blame, so that one bad request never hurts its neighbours. Requests whose
    context is not patient are answered `Busy` where others hold the wallet; the rest are done.

    Refusals, each for its own request: OutletUnknown (not in the actor's scope), OutletNotActive,
    ContractNotValid, BusinessNotAllowed, OutletShut, SaleAboveLimit, those of
    `CatalogSnapshot.offer`, SoldOtherwise, NotAMobileNumber, BalanceTooLow, DayLimitReached,
    WalletIsFrozen, WalletMissing, KeyReused, AuthorityChanged, Busy.
    """
    answers: list[Answer | None] = [None] * len(claims)
    for (day, patient), alike in _alike(claims).items():
        _sell(day, patient, alike, answers)
    assert None not in answers, "each request gets an answer"
    return cast("list[Answer]", answers)


def _alike(claims: Sequence[SaleClaim]) -> dict[tuple[date, bool], _Wanted]:
    """Part the requests into sets of one business day each, that wait for others or do not."""
    sets: dict[tuple[date, bool], _Wanted] = {}
    for place, claim in enumerate(claims):
        ctx = claim.ctx
        order = claim.request.order or new_id(ctx.at)
        sets.setdefault((business_date(ctx.at), ctx.patient), []).append((place, claim, order))
    return sets


def _sell(day: date, patient: bool, wanted: _Wanted, answers: list[Answer | None]) -> None:
    failed = 0
    for _ in range(_LOOKS):
        try:
            wanted = _try(day, patient, wanted, answers)
        except (IntegrityError, OperationalError) as error:
            failed += 1
            if connection.in_atomic_block or not passing(error):
                raise
            if waited_too_long(error):
                patient = False  # whom they waited for they need not wait for again
            elif len(wanted) > 1:
                middle = len(wanted) // 2
                _sell(day, patient, wanted[:middle], answers)
                _sell(day, patient, wanted[middle:], answers)
                return
            if failed == _ATTEMPTS:
                break
        if not wanted:
            return
    for place, *_ in wanted:
        answers[place] = Busy()


def _try(day: date, patient: bool, wanted: _Wanted, answers: list[Answer | None]) -> _Wanted:
    """Do a set; return what must be done again, for what it was priced with has changed."""
    catalogue = catalog.kept_snapshot()
    points = outlets.selling_points({claim.request.outlet for _, claim, _ in wanted})
    priced, refused = _price(wanted, points, catalogue, answers)
    if refused:
        # What was known may be old: nobody is refused for that.
        current = catalog.snapshot()
        if current.revision != catalogue.revision:
            catalogue = current
            priced, refused = _price(wanted, points, catalogue, answers)
        points = outlets.selling_points_now({claim.request.outlet for _, claim, _ in refused})
        more, refused = _price(refused, points, catalogue, answers)
        priced = sorted([*priced, *more], key=_place)
        if refused:
            _look_for_replays(refused, answers)
    if not priced:
        return []
    again: _Wanted = []
    for place, outcome, posting, left_over, mark, answer in _write(
        catalogue.revision, day, patient, priced
    ):
        if outcome == "stale":
            catalog.forget()
            return [(one.place, one.claim, one.order) for one in priced]
        one = priced[place - 1]
        if outcome == "outlet":
            outlets.forget([one.point.outlet])
            again.append((one.place, one.claim, one.order))
        else:
            answers[one.place] = _answer(day, one, outcome, posting, left_over, mark, answer)
    return again


def _place(one: _Priced) -> int:
    return one.place


def _price(
    wanted: _Wanted,
    points: Mapping[OrganizationId, SellingPoint],
    catalogue: CatalogSnapshot,
    answers: list[Answer | None],
) -> tuple[list[_Priced], _Wanted]:
    """Return the requests that pass the rules, and those that do not, with why as the answer."""
    priced: list[_Priced] = []
    refused: _Wanted = []
    businesses = catalog.businesses()
    for place, claim, order in wanted:
        ctx, sale = claim.ctx, claim.request
        point = points.get(sale.outlet)
        try:
            if point is None or not ctx.scope.covers(point.path):
                raise OutletUnknown(str(sale.outlet))
            offer = catalogue.offer(
                sale.offering, point.kind, point.market, point.path, ctx.at, amount=sale.amount
            )
            business = businesses[offer.business]
            if business.journey != (sale.details is not None):
                raise SoldOtherwise(offer.business)
            if not valid_msisdn(sale.msisdn) and (business.line or sale.msisdn):
                raise NotAMobileNumber(sale.msisdn)
            refusal = outlets.may_sell(point, offer.business, ctx.at) or outlets.above_sale_limit(
                point, sale.amount
            )
            if refusal is not None:
                raise refusal
        except Refusal as refusal:
            answers[place] = refusal
            refused.append((place, claim, order))
        else:
            debit = offer.debit(sale.amount)
            priced.append(_Priced(place, claim, point, offer, debit, order))
    return priced, refused


def _look_for_replays(refused: _Wanted, answers: list[Answer | None]) -> None:
    """
    Answer what was sold under the same key before: a repetition gets the first answer although
    the outlet has shut, or the offer has ended, since.
    """
    actors = arrays.uuids(claim.ctx.actor for _, claim, _ in refused)
    keys = arrays.texts(claim.ctx.request_key for _, claim, _ in refused)
    with connection.cursor() as cursor:
        cursor.execute(_REPLAYS, [actors, keys])
        for nth, mark, answer in cursor.fetchall():
            place, claim, _ = refused[nth - 1]
            answers[place] = _replayed(claim, bytes(mark), answer)


_REPLAYS = """
SELECT r.nth, j.fingerprint, j.answer::text
FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS r(actor, key, nth)
JOIN commands_journal j ON j.actor = r.actor AND j.request_key = r.key
"""


_Row = tuple[int, str, int | None, int | None, bytes | None, str | None]


def _write(revision: int, day: date, patient: bool, priced: list[_Priced]) -> list[_Row]:
    claims = [one.claim for one in priced]
    contexts = [claim.ctx for claim in claims]
    sales = [claim.request for claim in claims]
    points = [one.point for one in priced]
    offers = [one.offer for one in priced]
    return prepared.fetch(
        _SELL,
        [
            str(revision),
            day.isoformat(),
            "true" if patient else "false",
            arrays.uuids(ctx.actor for ctx in contexts),
            arrays.numbers(ctx.stamp for ctx in contexts),
            arrays.texts(ctx.channel for ctx in contexts),
            arrays.texts(ctx.request_key for ctx in contexts),
            arrays.octets(claim.mark for claim in claims),
            arrays.texts(claim.arguments.decode() for claim in claims),
            arrays.uuids(one.order for one in priced),
            arrays.uuids(sale.outlet for sale in sales),
            arrays.numbers(point.stamp for point in points),
            arrays.texts(offer.business for offer in offers),
            arrays.uuids(offer.version for offer in offers),
            arrays.texts(sale.msisdn for sale in sales),
            arrays.numbers(sale.amount.minor for sale in sales),
            arrays.numbers(one.debit.minor for one in priced),
            arrays.numbers(
                None if point.day_limit is None else point.day_limit.minor for point in points
            ),
            arrays.texts(_details(sale) for sale in sales),
            arrays.times(ctx.at for ctx in contexts),
        ],
    )


_SELL = """
SELECT place, outcome, posting, left_over, mark, answer
FROM ordering_sell(
    %s::bigint, %s::date, %s::boolean, %s::uuid[], %s::bigint[], %s::text[], %s::text[],
    %s::bytea[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::uuid[],
    %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])
"""


def _details(sale: Sale) -> str:
    return "" if sale.details is None else msgspec.json.encode(sale.details).decode()


def _answer(
    day: date,
    one: _Priced,
    outcome: str,
    posting: int | None,
    left_over: int | None,
    mark: bytes | None,
    answer: str | None,
) -> Answer:
    match outcome:
        case "sold":
            assert posting is not None
            return Sold(
                OrderId(one.order),
                receipt_number(day, posting),
                one.claim.request.amount,
                one.debit,
                Money(left_over or 0),
            )
        case "replay":
            assert mark is not None and answer is not None
            return _replayed(one.claim, bytes(mark), answer)
        case "insufficient":
            return BalanceTooLow(one.debit, Money(left_over or 0))
        case "day_limit":
            return DayLimitReached(Money(left_over or 0))
        case "frozen":
            return WalletIsFrozen()
        case "missing":
            return WalletMissing()
        case "authority":
            return AuthorityChanged()
        case "busy":
            return Busy()
    raise AssertionError(outcome)


def _replayed(claim: SaleClaim, mark: bytes, answer: str) -> Answer:
    """Return what the same request was answered before."""
    if mark != claim.mark:
        return KeyReused(claim.ctx.request_key)
    facts: dict[str, Any] = msgspec.json.decode(answer)
    return Sold(
        OrderId(UUID(facts["order"])),
        receipt_number(date.fromisoformat(facts["day"]), facts["posting"]),
        Money(facts["amount"]),
        Money(facts["debit"]),
        Money(facts["balance"]),
    )
