"""Pure rules of the catalogue: the snapshot that answers what an outlet may sell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from qudao.domain.catalog.types import (
    Business,
    Eligibility,
    FitLevel,
    NotEligible,
    NotOnShelf,
    Offer,
    OfferingUnknown,
    UnfitForChannel,
    VersionExpired,
    VersionId,
)
from qudao.kernel.money import Money

FIT_ORDER: Final = {FitLevel.BEST: 0, FitLevel.FIT: 1, FitLevel.CAPABLE: 2}

MEMO_LIMIT: Final = 50_000
"""Answers that one snapshot remembers before it forgets them all."""

BRANCH_DEPTH: Final = 3
"""Codes in the path of a branch: group, province, branch."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, with what is true in it."""

    start: datetime
    end: datetime | None
    what: Any

    def contains(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Version:
    """A version as the snapshot holds it."""

    id: VersionId
    number: int
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    price: int | None
    minimum: int | None
    maximum: int | None
    step: int
    chips: tuple[int, ...]
    boss_product_code: str
    eligibility: Eligibility
    attributes: dict[str, Any]


def eligibility(stored: Mapping[str, Sequence[str]]) -> Eligibility:
    """Return the terms that a version's `eligibility` column states."""
    return Eligibility(**{name: frozenset(values) for name, values in stored.items()})


def stored_eligibility(terms: Eligibility) -> dict[str, list[str]]:
    """Return the terms as the column holds them: only what restricts, sorted."""
    named = {"states": terms.states, "plans": terms.plans, "markets": terms.markets}
    return {name: sorted(values) for name, values in named.items() if values is not None}


class CatalogSnapshot:
    """
    The whole catalogue at one revision. Immutable; shared by all threads of a process.

    Answers are remembered with the stretch of time for which they hold, so that asking again
    costs a look into a dictionary.
    """

    def __init__(
        self,
        *,
        revision: int,
        businesses: Mapping[str, Business],
        offerings: Mapping[str, str],
        versions: Mapping[str, Sequence[Span]],
        shelf: Mapping[str, Mapping[str, Sequence[Span]]],
        discounts: Mapping[tuple[str, str], Sequence[Span]],
        fits: Mapping[tuple[str, str, str], FitLevel],
    ) -> None:
        """
        `offerings`: code → business. `versions`: code → spans of `Version`. `shelf`: code →
        branch path ("" for all) → spans of bool. `discounts`: (offering code or business, kind
        of channel) → spans of ppm. `fits`: (business, kind, market) → level; absent is capable.
        """
        self.revision = revision
        self._businesses = businesses
        self._offerings = offerings
        self._versions = versions
        self._shelf = shelf
        self._discounts = discounts
        self._fits = fits
        self._memo: dict[tuple[str, str, str, str], tuple[datetime, datetime | None, Offer]] = {}

    def fit(self, business: str, channel_kind: str, market: str) -> FitLevel:
        """Return a cell of the fit matrix; what nobody set is capable."""
        return self._fits.get((business, channel_kind, market), FitLevel.CAPABLE)

    def businesses(self, channel_kind: str, market: str) -> tuple[Business, ...]:
        """Return the businesses that a kind of channel may offer in a market, best fit first."""
        levels = {code: self.fit(code, channel_kind, market) for code in self._businesses}
        return tuple(
            sorted(
                (b for b in self._businesses.values() if levels[b.code] is not FitLevel.UNFIT),
                key=lambda b: (FIT_ORDER[levels[b.code]], b.position),
            )
        )

    def business(self, code: str) -> str | None:
        """Return the business of an offering, sold now or not; None: there is none of this code."""
        return self._offerings.get(code)

    def name(self, code: str, at: datetime) -> tuple[str, str]:
        """Return what an offering is called at a moment, Chinese and English; else its code."""
        version: Version | None = _now(self._versions.get(code, ()), at)
        return (code, code) if version is None else (version.name_zh, version.name_en)

    def offer(
        self,
        code: str,
        channel_kind: str,
        market: str,
        path: str,
        at: datetime,
        *,
        amount: Money | None = None,
        state: str | None = None,
        plan: str | None = None,
    ) -> Offer:
        """
        Return an offering as an outlet may sell it now.

        `path` is the outlet's or its branch's place in the organization. With an `amount` the
        face value is checked, with `state` and `plan` the customer's line.

        :raises OfferingUnknown: if there is no offering of this code.
        :raises UnfitForChannel: if the kind of channel may not offer the business.
        :raises VersionExpired: if no version is valid at `at`.
        :raises NotOnShelf: if it is off the shelf in the branch.
        :raises AmountOutOfRange: if the amount is not one that it takes.
        :raises NotEligible: if it is not for this market, or not for this customer.
        """
        branch = ".".join(path.split(".", BRANCH_DEPTH)[:BRANCH_DEPTH])
        key = (code, channel_kind, market, branch)
        known = self._memo.get(key)
        if known is not None and known[0] <= at and (known[1] is None or at < known[1]):
            offer = known[2]
        else:
            start, end, offer = self._resolve(code, channel_kind, market, branch, at)
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            self._memo[key] = (start, end, offer)
        if amount is not None:
            offer.admit(amount)
        if state is not None:
            offer.admit_customer(state=state, plan=plan or "")
        return offer

    def offers(
        self,
        channel_kind: str,
        market: str,
        path: str,
        at: datetime,
        *,
        business: str | None = None,
    ) -> tuple[Offer, ...]:
        """Return all that an outlet may sell now: best fit first, then fit, then capable."""
        found = []
        for code, its_business in self._offerings.items():
            if business is not None and its_business != business:
                continue
            if self.fit(its_business, channel_kind, market) is FitLevel.UNFIT:
                continue
            try:
                found.append(self.offer(code, channel_kind, market, path, at))
            except (VersionExpired, NotOnShelf, NotEligible):
                continue
        return tuple(
            sorted(
                found,
                key=lambda o: (FIT_ORDER[o.fit], self._businesses[o.business].position),
            )
        )

    def _resolve(
        self, code: str, channel_kind: str, market: str, branch: str, at: datetime
    ) -> tuple[datetime, datetime | None, Offer]:
        business = self._offerings.get(code)
        if business is None:
            raise OfferingUnknown(code)
        level = self.fit(business, channel_kind, market)
        if level is FitLevel.UNFIT:
            raise UnfitForChannel(business, channel_kind, market)
        versions = self._versions.get(code, ())
        version: Version | None = _now(versions, at)
        if version is None:
            raise VersionExpired(code)
        shelf = self._shelf.get(code, {})
        local, general = shelf.get(branch, ()), shelf.get("", ())
        on_shelf = _now(local, at)
        if on_shelf is None:
            on_shelf = _now(general, at)
        if not on_shelf:
            raise NotOnShelf(code)
        markets = version.eligibility.markets
        if markets is not None and market not in markets:
            raise NotEligible(code, "market")
        own = self._discounts.get((code, channel_kind), ())
        whole = self._discounts.get((business, channel_kind), ())
        rate = _now(own, at)
        if rate is None:
            rate = _now(whole, at)
        start, end = _steady(at, (*versions, *local, *general, *own, *whole))
        offer = Offer(
            code=code,
            version=version.id,
            number=version.number,
            business=business,
            name_zh=version.name_zh,
            name_en=version.name_en,
            description_zh=version.description_zh,
            description_en=version.description_en,
            price=_money(version.price),
            minimum=_money(version.minimum),
            maximum=_money(version.maximum),
            step=Money(version.step),
            chips=tuple(Money(chip) for chip in version.chips),
            boss_product_code=version.boss_product_code,
            discount_ppm=rate or 0,
            fit=level,
            eligibility=version.eligibility,
            attributes=version.attributes,
        )
        return start, end, offer


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money(fen)


def _now(spans: Iterable[Span], at: datetime) -> Any:
    return next((span.what for span in spans if span.contains(at)), None)


def _steady(at: datetime, spans: Iterable[Span]) -> tuple[datetime, datetime | None]:
    """Return the stretch around an instant in which none of the spans begins or ends."""
    edges = [edge for span in spans for edge in (span.start, span.end) if edge is not None]
    return max(edge for edge in edges if edge <= at), min(
        (e for e in edges if e > at), default=None
    )
