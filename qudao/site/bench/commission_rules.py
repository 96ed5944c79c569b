"""Rules over all families of schemes, as a province might have them in one month."""

from __future__ import annotations

from typing import Any, Final

from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import Rule, Selector, Unit

_SOCIAL: Final = Selector(ownership=("social",))
_EVERYBODY: Final = Selector()

_RULES: Final[tuple[tuple[str, str, Selector, dict[str, Any]], ...]] = (
    ("top_up", "percentage", _EVERYBODY, {"businesses": ["top_up"], "rate_ppm": 8_000}),
    ("payment", "percentage", _SOCIAL, {"businesses": ["bill_payment"], "rate_ppm": 10_000}),
    (
        "card_sale",
        "percentage",
        _SOCIAL,
        {
            "businesses": ["contract_handset"],
            "rate_ppm": 15_000,
            "stars": [
                {"star": 4, "coefficient_ppm": 1_100_000},
                {"star": 5, "coefficient_ppm": 1_200_000},
            ],
        },
    ),
    (
        "service",
        "transaction",
        _EVERYBODY,
        {
            "fees": [
                {"business": "plan_change", "fee": 100},
                {"business": "sim_swap", "fee": 50},
            ]
        },
    ),
    (
        "opening",
        "transaction",
        _SOCIAL,
        {
            "fees": [{"business": "account_opening", "fee": 500}],
            "stars": [
                {"star": star, "coefficient_ppm": 800_000 + 100_000 * star} for star in range(1, 6)
            ],
            "districts": [{"district": "410102", "coefficient_ppm": 1_200_000}],
        },
    ),
    (
        "goods",
        "goods",
        _EVERYBODY,
        {
            "businesses": ["goods"],
            "bands": [
                {"least": 0, "below": 10_000, "fee": 200},
                {"least": 10_000, "below": 100_000, "fee": 1_000},
                {"least": 100_000, "below": None, "fee": 3_000},
            ],
        },
    ),
    (
        "opening_ladder",
        "ladder",
        _SOCIAL,
        {
            "businesses": ["account_opening"],
            "bands": [
                {"least": 0, "below": 5, "fee": 0},
                {"least": 5, "below": 20, "fee": 500},
                {"least": 20, "below": None, "fee": 1_000},
            ],
        },
    ),
    (
        "add_on_ladder",
        "ladder",
        _EVERYBODY,
        {
            "businesses": ["add_on"],
            "reach": "whole",
            "bands": [
                {"least": 0, "below": 20, "rate_ppm": 20_000},
                {"least": 20, "below": 100, "rate_ppm": 30_000},
                {"least": 100, "below": None, "rate_ppm": 40_000},
            ],
        },
    ),
    (
        "card_turnover",
        "turnover",
        _EVERYBODY,
        {
            "businesses": ["recharge_card"],
            "bands": [
                {"least": 0, "below": 100_000, "rate_ppm": 5_000},
                {"least": 100_000, "below": 1_000_000, "rate_ppm": 7_500},
                {"least": 1_000_000, "below": None, "rate_ppm": 10_000},
            ],
        },
    ),
    (
        "card_use_turnover",
        "turnover",
        _EVERYBODY,
        {
            "businesses": ["card_recharge"],
            "reach": "whole",
            "bands": [
                {"least": 0, "below": 100_000, "rate_ppm": 1_000},
                {"least": 100_000, "below": None, "rate_ppm": 2_000},
            ],
        },
    ),
    (
        "steady",
        "continuous",
        _SOCIAL,
        {"businesses": ["plan_change"], "months": 1, "number": 10, "fee": 30},
    ),
    ("activation", "activation", _EVERYBODY, {"fee": 2_000}),
    (
        "months_3_and_6",
        "instalments",
        _EVERYBODY,
        {
            "ages": [3, 6],
            "bands": [
                {"least": 0, "below": 1_000, "fee": 0},
                {"least": 1_000, "below": 2_000, "fee": 1_000},
                {"least": 2_000, "below": 5_000, "fee": 1_500},
                {"least": 5_000, "below": None, "fee": 2_000},
            ],
        },
    ),
    (
        "month_4",
        "instalments",
        _SOCIAL,
        {
            "ages": [4],
            "bands": [{"least": 0, "below": None, "fee": 1_000}],
            "gate": {"voice_s": 600, "data_kb": 30_720},
            "active": [1, 2, 3],
        },
    ),
    (
        "revenue_high",
        "revenue",
        Selector(ownership=("social",), tiers=(1, 2)),
        {
            "first_age": 1,
            "last_age": 18,
            "bands": [
                {"least": 0, "below": 1_000, "rate_ppm": 60_000},
                {"least": 1_000, "below": 2_000, "rate_ppm": 80_000},
                {"least": 2_000, "below": 5_000, "rate_ppm": 120_000},
                {"least": 5_000, "below": 8_000, "rate_ppm": 160_000},
                {"least": 8_000, "below": None, "rate_ppm": 200_000},
            ],
        },
    ),
    (
        "revenue_low",
        "revenue",
        Selector(ownership=("social",), tiers=(3, 4)),
        {
            "first_age": 1,
            "last_age": 18,
            "bands": [
                {"least": 0, "below": 1_000, "rate_ppm": 60_000},
                {"least": 1_000, "below": 2_000, "rate_ppm": 80_000},
                {"least": 2_000, "below": 5_000, "rate_ppm": 100_000},
                {"least": 5_000, "below": 8_000, "rate_ppm": 120_000},
                {"least": 8_000, "below": None, "rate_ppm": 160_000},
            ],
        },
    ),
    (
        "quality",
        "multiplier",
        _SOCIAL,
        {
            "of": ["activation", "months_3_and_6"],
            "bands": [
                {"least": 0, "below": 700_000, "coefficient_ppm": 800_000},
                {"least": 700_000, "below": 900_000, "coefficient_ppm": 1_000_000},
                {"least": 900_000, "below": None, "coefficient_ppm": 1_100_000},
            ],
        },
    ),
    ("rent", "subsidy", Selector(kinds=("franchise_store",), stars=(4, 5)), {"sum": 100_000}),
    (
        "clerks",
        "points",
        _EVERYBODY,
        {
            "points": [
                {"business": "account_opening", "points": 20},
                {"business": "goods", "points": 10},
                {"business": "add_on", "points": 3},
                {"business": "plan_change", "points": 2},
            ]
        },
    ),
    (
        "activation_pool",
        "pool",
        Selector(kinds=("agency_point",)),
        {
            "of": ["activation"],
            "now_ppm": 400_000,
            "later": [
                {"months": 3, "share_ppm": 300_000},
                {"months": 11, "share_ppm": 300_000},
            ],
            "breaches": ["suspected_lines"],
        },
    ),
    ("top_up_cap", "cap", Selector(kinds=("agency_point",)), {"of": ["top_up"], "most": 100_000}),
    (
        "minimum",
        "guarantee",
        Selector(kinds=("agency_point",), markets=("rural",)),
        {"of": ["top_up", "top_up_cap", "payment", "opening"], "least": 80_000},
    ),
    (
        "penalty",
        "penalty",
        _SOCIAL,
        {
            "of": ["activation"],
            "steps": [{"kind": "missing_documents", "fine": 20_000, "share_ppm": 500_000}],
        },
    ),
    (
        "claw_back",
        "clawback",
        _SOCIAL,
        {"of": ["activation", "months_3_and_6"], "months": 3, "more_than": 5},
    ),
    (
        "guided",
        "shared",
        Selector(ownership=("electronic",)),
        {"businesses": ["add_on"], "rate_ppm": 30_000},
    ),
)


def rules() -> tuple[Rule, ...]:
    """Return the rules, numbered from 1."""
    return tuple(
        Rule(
            number=number,
            code=code,
            scheme=scheme,
            terms=read_terms(scheme, terms),
            selector=selector,
            unit=Unit.POINT if scheme == "points" else Unit.FEN,
        )
        for number, (code, scheme, selector, terms) in enumerate(_RULES, 1)
    )
