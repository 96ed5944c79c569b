"""
The sale: the hottest write of the system, and the only way to sell.

Prices and rules are looked up for the whole set, then one SQL function checks request keys and
balances and writes orders, postings and journal rows in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

import msgspec
from django.db import IntegrityError, OperationalError, connection

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.ordering.types import NotAMobileNumber, OrderId, Sale, Sold, receipt_number
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.domain.saleschannel.types import OutletNotActive, SellingPoint
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import (
    Busy,
    KeyReused,
    passing,
    waited_too_long,
)
from qudao.platform.commands.set_command import Claim, set_command
from qudao.platform.tables import arrays

SaleClaim = Claim[Sale]
Answer = Sold | Refusal

_ATTEMPTS = 4


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


@dataclass(frozen=True, slots=True)
class _Priced:
    """A claim that passed the rules, with what it costs."""

    place: int
    claim: SaleClaim
    point: SellingPoint
    offer: Offer
    debit: int
    """fen"""
    order: UUID
    day: date


@set_command("ordering.sell")
def sell(claims: Sequence[SaleClaim]) -> Sequence[Answer]:
    """
    Sell, many at a time: take each price from its outlet's wallet and write the order.

    The order goes to the BOSS afterwards. One statement looks up the outlets, one writes the
    whole set, each request as if it had come alone, in the order of the set. A set that fails is
    halved until it is known which request is to blame, so that one bad request never hurts its
    neighbours. Requests whose context is not patient are answered `Busy` where others hold the
    wallet; the rest are done.

    Refusals, each for its own request: OutletUnknown (not in the actor's scope), OutletNotActive,
    ContractNotValid, BusinessNotAllowed, OutletShut, SaleAboveLimit, those of
    `CatalogSnapshot.offer`, SoldOtherwise, NotAMobileNumber, BalanceTooLow, DayLimitReached,
    WalletIsFrozen, WalletMissing, KeyReused, Busy.
    """
    answers: list[Answer | None] = [None] * len(claims)
    _sell(list(enumerate(claims)), answers)
    assert not any(answer is None for answer in answers), "each request gets an answer"
    return cast("list[Answer]", answers)


def _sell(wanted: list[tuple[int, SaleClaim]], answers: list[Answer | None]) -> None:
    for alike in _alike(wanted):
        _sell_alike(alike, answers)


def _alike(wanted: list[tuple[int, SaleClaim]]) -> list[list[tuple[int, SaleClaim]]]:
    """Part the requests into sets of one business day each, patient ones or others."""
    sets: dict[tuple[date, bool], list[tuple[int, SaleClaim]]] = {}
    for one in wanted:
        ctx = one[1].ctx
        sets.setdefault((business_date(ctx.at), ctx.patient), []).append(one)
    return list(sets.values())


def _sell_alike(wanted: list[tuple[int, SaleClaim]], answers: list[Answer | None]) -> None:
    for _ in range(_ATTEMPTS):
        revision = catalog.revision()
        try:
            if _done(wanted, answers, revision):
                return
        except (IntegrityError, OperationalError) as error:
            if connection.in_atomic_block or not passing(error):
                raise
            if len(wanted) > 1:
                middle = len(wanted) // 2
                _sell_alike(wanted[:middle], answers)
                _sell_alike(wanted[middle:], answers)
                return
            if waited_too_long(error):
                break
    for place, _claim in wanted:
        answers[place] = Busy()


def _done(wanted: list[tuple[int, SaleClaim]], answers: list[Answer | None], revision: int) -> bool:
    """Do a set; say whether it was done, or prices have changed."""
    priced = _price(wanted, answers, revision)
    if len(priced) < len(wanted):
        _look_for_replays([one for one in wanted if answers[one[0]] is not None], answers)
    if not priced:
        return True
    for place, outcome, posting, left_over, mark, answer in _write(priced, revision):
        if place == 0:
            return False
        one = priced[place - 1]
        answers[one.place] = _answer(one, outcome, posting, left_over, mark, answer)
    return True


def _price(
    wanted: list[tuple[int, SaleClaim]], answers: list[Answer | None], revision: int
) -> list[_Priced]:
    points = outlets.selling_points_now({claim.request.outlet for _, claim in wanted})
    snapshot = catalog.snapshot(revision)
    priced = []
    for place, claim in wanted:
        ctx, sale = claim.ctx, claim.request
        point = points.get(sale.outlet)
        try:
            if point is None or not ctx.scope.covers(point.path):
                raise OutletUnknown(str(sale.outlet))
            offer = snapshot.offer(
                sale.offering, point.kind, point.market, point.path, ctx.at, amount=sale.amount
            )
            business = catalog.businesses()[offer.business]
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
        else:
            debit = offer.debit(sale.amount).minor
            order, day = sale.order or new_id(ctx.at), business_date(ctx.at)
            priced.append(_Priced(place, claim, point, offer, debit, order, day))
    return priced


def _look_for_replays(refused: list[tuple[int, SaleClaim]], answers: list[Answer | None]) -> None:
    """
    Answer what was sold under the same key before: a repetition gets the first answer although
    the outlet has shut, or the offer has ended, since.
    """
    actors = arrays.uuids(claim.ctx.actor for _, claim in refused)
    keys = arrays.texts(claim.ctx.request_key for _, claim in refused)
    with connection.cursor() as cursor:
        cursor.execute(_REPLAYS, [actors, keys])
        for nth, mark, answer in cursor.fetchall():
            place, claim = refused[nth - 1]
            answers[place] = _replayed(claim, bytes(mark), answer)


_REPLAYS = """
SELECT r.nth, j.fingerprint, j.answer::text
FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS r(actor, key, nth)
JOIN commands_journal j ON j.actor = r.actor AND j.request_key = r.key
"""


_Row = tuple[int, str, int | None, int | None, bytes | None, str | None]


def _write(priced: list[_Priced], revision: int) -> list[_Row]:
    contexts = [one.claim.ctx for one in priced]
    sales = [one.claim.request for one in priced]
    columns = [
        arrays.uuids(ctx.actor for ctx in contexts),
        arrays.texts(ctx.channel for ctx in contexts),
        arrays.texts(ctx.request_key for ctx in contexts),
        arrays.octets(one.claim.mark for one in priced),
        arrays.texts(one.claim.arguments.decode() for one in priced),
        arrays.uuids(one.order for one in priced),
        arrays.uuids(sale.outlet for sale in sales),
        arrays.texts(one.offer.business for one in priced),
        arrays.uuids(one.offer.version for one in priced),
        arrays.texts(sale.msisdn for sale in sales),
        arrays.numbers(sale.amount.minor for sale in sales),
        arrays.numbers(one.debit for one in priced),
        arrays.numbers(
            one.point.day_limit.minor if one.point.day_limit else None for one in priced
        ),
        arrays.texts(_details(sale) for sale in sales),
        arrays.times(ctx.at for ctx in contexts),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SELL, [revision, priced[0].day, contexts[0].patient, *columns])
        return cursor.fetchall()  # type: ignore[no-any-return]


_SELL = """
SELECT place, outcome, posting, left_over, mark, answer
FROM ordering_sell(
    %s, %s, %s, %s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::uuid[],
    %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::text[], %s::timestamptz[])
"""


def _details(sale: Sale) -> str:
    return "" if sale.details is None else msgspec.json.encode(sale.details).decode()


def _answer(
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
                receipt_number(one.day, posting),
                one.claim.request.amount,
                Money(one.debit),
                Money(left_over or 0),
            )
        case "replay":
            assert mark is not None and answer is not None
            return _replayed(one.claim, bytes(mark), answer)
        case "insufficient":
            return BalanceTooLow(Money(one.debit), Money(left_over or 0))
        case "day_limit":
            return DayLimitReached(Money(left_over or 0))
        case "frozen":
            return WalletIsFrozen()
        case "missing":
            return WalletMissing()
        case "inactive":
            return OutletNotActive("suspended")
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
