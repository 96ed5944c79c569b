"""What a snapshot answers: pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.catalog.queries import businesses
from qudao.domain.catalog.rules import (
    CatalogSnapshot,
    Span,
    Version,
    eligibility,
    stored_eligibility,
)
from qudao.domain.catalog.types import (
    Amount,
    AmountOutOfRange,
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

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = START + 10 * DAY
KIND, BRANCH = "agency_point", "000.41.4101"
OUTLET = f"{BRANCH}.410102.410102200012"


def version(number: int = 1, price: int | None = None, **more: object) -> Version:
    terms = Version(
        id=VersionId(UUID(int=number)),
        number=number,
        name_zh="空中充值",
        name_en="Air top-up",
        description_zh="",
        description_en="",
        price=price,
        minimum=None if price is not None else 100,
        maximum=None if price is not None else 100_000,
        step=1 if price is not None else 100,
        chips=(1_000, 5_000),
        boss_product_code="",
        eligibility=Eligibility(),
        attributes={},
    )
    return replace(terms, **more)


def catalog(**more: object) -> CatalogSnapshot:
    parts: dict[str, object] = {
        "revision": 1,
        "businesses": dict(businesses()),
        "offerings": {"TOPUP": "top_up", "PACK": "add_on"},
        "versions": {
            "TOPUP": [Span(START, None, version())],
            "PACK": [Span(START, None, version(2, price=500))],
        },
        "shelf": {code: {"": [Span(START, None, True)]} for code in ("TOPUP", "PACK")},
        "discounts": {("top_up", KIND): [Span(START, None, 8_000)]},
        "fits": {},
    }
    return CatalogSnapshot(**{**parts, **more})  # type: ignore[arg-type]


def ask(snapshot: CatalogSnapshot, at: datetime = NOW, **more: object) -> Offer:
    return snapshot.offer("TOPUP", KIND, "city", OUTLET, at, **more)  # type: ignore[arg-type]


def test_a_top_up_of_100_debits_99_point_2() -> None:
    offer = ask(catalog())
    assert offer.discount_ppm == 8_000
    assert offer.debit(Money(10_000)) == Money(9_920)


@given(st.integers(1, 10**9), st.integers(0, 1_000_000))
def test_the_debit_is_the_face_less_the_discount_rounded_half_up(face: int, ppm: int) -> None:
    offer = ask(catalog(discounts={("top_up", KIND): [Span(START, None, ppm)]}))
    debit = offer.debit(Money(face)).minor
    assert 0 <= debit <= face
    spared = face - debit
    # spared is the whole number nearest to face × ppm / 1,000,000, the higher one of two
    assert 2 * face * ppm - 1_000_000 < 2 * spared * 1_000_000 <= 2 * face * ppm + 1_000_000


def test_unknown_unfit_expired_and_off_shelf_are_told_apart() -> None:
    with pytest.raises(OfferingUnknown):
        catalog().offer("NONE", KIND, "city", OUTLET, NOW)
    unfit = catalog(fits={("top_up", KIND, "city"): FitLevel.UNFIT})
    with pytest.raises(UnfitForChannel):
        ask(unfit)
    assert unfit.offer("TOPUP", KIND, "rural", OUTLET, NOW).fit is FitLevel.CAPABLE
    with pytest.raises(VersionExpired):
        ask(catalog(), START - DAY)
    ended = catalog(versions={"TOPUP": [Span(START, NOW, version())]})
    assert ask(ended, NOW - timedelta(microseconds=1)).number == 1
    with pytest.raises(VersionExpired):
        ask(ended, NOW)
    with pytest.raises(NotOnShelf):
        ask(catalog(shelf={}))


def test_a_branch_decides_over_all_branches_and_only_for_itself() -> None:
    off = {"": [Span(START, None, True)], BRANCH: [Span(NOW, NOW + DAY, False)]}
    snapshot = catalog(shelf={"TOPUP": off})
    assert ask(snapshot, NOW - DAY)
    with pytest.raises(NotOnShelf):
        ask(snapshot, NOW)
    assert ask(snapshot, NOW + DAY)
    assert snapshot.offer("TOPUP", KIND, "city", "000.41.4102.410202.x", NOW)
    only_here = {BRANCH: [Span(START, None, True)]}
    snapshot = catalog(shelf={"TOPUP": only_here})
    assert ask(snapshot)
    with pytest.raises(NotOnShelf):
        snapshot.offer("TOPUP", KIND, "city", "000.41.4102", NOW)


def test_an_answer_that_is_remembered_ends_with_the_first_thing_that_changes() -> None:
    new = version(7)
    snapshot = catalog(
        versions={"TOPUP": [Span(START, NOW, version()), Span(NOW, None, new)]},
        discounts={
            ("top_up", KIND): [Span(START, None, 8_000)],
            ("TOPUP", KIND): [Span(NOW + DAY, NOW + 2 * DAY, 10_000)],
        },
    )
    moments = [NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY]
    expected = [(1, 8_000), (7, 8_000), (7, 10_000), (7, 8_000)]
    for _ in range(2):
        assert [(o.number, o.discount_ppm) for o in (ask(snapshot, at) for at in moments)] == (
            expected
        )
    backwards = [ask(snapshot, at) for at in reversed(moments)]
    assert [(o.number, o.discount_ppm) for o in reversed(backwards)] == expected


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_memory_never_changes_an_answer(days: list[int]) -> None:
    parts = {
        "shelf": {"TOPUP": {"": [Span(START + 3 * DAY, START + 20 * DAY, True)]}},
        "versions": {
            "TOPUP": [
                Span(START + n * 5 * DAY, START + (n + 1) * 5 * DAY, version(n + 1))
                for n in range(6)
            ]
        },
        "discounts": {("top_up", KIND): [Span(START + 8 * DAY, START + 9 * DAY, 1)]},
    }

    def answer(snapshot: CatalogSnapshot, day: int) -> object:
        try:
            return ask(snapshot, START + day * DAY)
        except (NotOnShelf, VersionExpired) as refusal:
            return refusal.code

    remembering = catalog(**parts)
    for day in days:
        assert answer(remembering, day) == answer(catalog(**parts), day)


@pytest.mark.parametrize("fen", [100, 5_000, 100_000])
def test_an_open_amount_within_the_range_is_taken(fen: int) -> None:
    assert ask(catalog(), amount=Money(fen)).code == "TOPUP"


@pytest.mark.parametrize("fen", [-100, 0, 99, 101, 5_050, 100_100])
def test_an_open_amount_outside_it_or_between_steps_is_not(fen: int) -> None:
    with pytest.raises(AmountOutOfRange) as caught:
        ask(catalog(), amount=Money(fen))
    assert (caught.value.minimum, caught.value.maximum) == (Money(100), Money(100_000))


def test_a_price_is_taken_exactly() -> None:
    offer = catalog().offer("PACK", KIND, "city", OUTLET, NOW)
    offer.admit(Money(500))
    for fen in (499, 501, 0):
        with pytest.raises(AmountOutOfRange):
            offer.admit(Money(fen))


def test_customers_and_markets_may_be_restricted() -> None:
    terms = Eligibility(
        states=frozenset({"active"}), plans=frozenset({"GT58"}), markets=frozenset({"rural"})
    )
    assert eligibility(stored_eligibility(terms)) == terms
    assert stored_eligibility(Eligibility()) == {}
    snapshot = catalog(versions={"TOPUP": [Span(START, None, version(eligibility=terms))]})
    with pytest.raises(NotEligible) as caught:
        ask(snapshot)
    assert caught.value.because == "market"

    def rural(state: str, plan: str) -> Offer:
        return snapshot.offer("TOPUP", KIND, "rural", OUTLET, NOW, state=state, plan=plan)

    assert rural("active", "GT58")
    for state, plan, because in [("suspended", "GT58", "state"), ("active", "X", "plan")]:
        with pytest.raises(NotEligible) as caught:
            rural(state, plan)
        assert caught.value.because == because


def test_offers_come_best_first_and_leave_out_what_may_not_be_sold() -> None:
    fits = {("add_on", KIND, "city"): FitLevel.BEST, ("top_up", KIND, "city"): FitLevel.FIT}
    snapshot = catalog(fits=fits)
    assert [o.code for o in snapshot.offers(KIND, "city", OUTLET, NOW)] == ["PACK", "TOPUP"]
    # in the country nothing is said: both are capable, and the business's own place decides
    assert [o.code for o in snapshot.offers(KIND, "rural", OUTLET, NOW)] == ["TOPUP", "PACK"]
    only = snapshot.offers(KIND, "city", OUTLET, NOW, business="top_up")
    assert [o.code for o in only] == ["TOPUP"]
    without = catalog(fits={("add_on", KIND, "city"): FitLevel.UNFIT})
    assert [o.code for o in without.offers(KIND, "city", OUTLET, NOW)] == ["TOPUP"]
    assert "add_on" not in [b.code for b in without.businesses(KIND, "city")]


def test_the_businesses_of_this_platform() -> None:
    assert {code: b.amount for code, b in businesses().items()} == {
        "bill_payment": Amount.DUE,
        "top_up": Amount.OPEN,
        "plan_change": Amount.PRICED,
        "add_on": Amount.PRICED,
        "account_opening": Amount.OPEN,
        "sim_swap": Amount.PRICED,
        "number_change": Amount.OPEN,
        "cancellation": Amount.PRICED,
        "suspend": Amount.PRICED,
        "resume": Amount.PRICED,
        "add_on_cancel": Amount.PRICED,
        "recharge_card": Amount.PRICED,
        "card_recharge": Amount.PRICED,
        "goods": Amount.OPEN,
        "own_goods": Amount.OPEN,
        "goods_purchase": Amount.OPEN,
        "contract_handset": Amount.OPEN,
    }
    for code, business in businesses().items():
        assert business.code == code and business.name_zh and business.name_en
    assert len({b.position for b in businesses().values()}) == len(businesses())
