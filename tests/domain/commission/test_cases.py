"""Whatever a policy may pay by, a supervisor can verify it: also what it takes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries
from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.types import (
    Case,
    CaseFact,
    CaseFails,
    CaseInvalid,
    CaseRow,
    PolicyState,
    RuleDraft,
    Unit,
)
from qudao.kernel.money import Money
from tests.domain.commission.policies import FIRST, Offices, draft, fee
from tests.fingerprint import nothing_changes
from tests.province import Province

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)


def sale(day: date = MARCH, amount: int = 100_00, expected: int = 0, **more: Any) -> CaseRow:
    row = CaseRow(CaseFact.SALE, day, "top_up", Money(amount), expected=Money(expected))
    return replace(row, **more)


def line(opened: date = MARCH, collected: int = 50_00, expected: int = 0, **more: Any) -> CaseRow:
    row = CaseRow(CaseFact.LINE, opened, amount=Money(collected), calls=9)
    return replace(row, expected=Money(expected), **more)


def back(of: int, expected: int, day: date = MARCH, **more: Any) -> CaseRow:
    return CaseRow(CaseFact.REVERSAL, day, of=of, expected=Money(expected), **more)


def verdict(kind: str, day: date = MARCH, **more: Any) -> CaseRow:
    return CaseRow(CaseFact.VERDICT, day, verdict=kind, **more)


def case(*rows: CaseRow, month: date = MARCH, for_outlet: int = 0, **more: Any) -> Case:
    more = {"kind": "agency_point", "star": 5, **more}
    return Case("by hand", month, "4101", rows=rows, for_outlet=Money(for_outlet), **more)


def rule(scheme: str, code: str = "", **terms: Any) -> RuleDraft:
    made = replace(fee(code or scheme), scheme=scheme, terms=terms)
    return replace(made, unit=Unit.POINT) if scheme == "points" else made


ANY = {"least": 0, "below": None}
ACTIVATION = rule("activation", fee=20_00, gate={"calls": 1})
TOP_UP = ["top_up"]

VERIFIED: dict[str, tuple[tuple[RuleDraft, ...], Case]] = {
    # 1 % of 100
    "percentage": ((fee(rate_ppm=10_000),), case(sale(expected=1_00))),
    "transaction": (
        (rule("transaction", fees=[{"business": "top_up", "fee": 50}]),),
        case(sale(expected=1_50, times=3)),
    ),
    # the first two of five earn nothing, the others 2 each
    "ladder": (
        (
            rule(
                "ladder",
                businesses=TOP_UP,
                bands=[{"least": 0, "below": 2}, {"least": 2, "below": None, "fee": 2_00}],
            ),
        ),
        case(sale(times=2), sale(times=3, expected=6_00)),
    ),
    # 150 above 50, at 10 %
    "turnover": (
        (
            rule(
                "turnover",
                businesses=TOP_UP,
                bands=[
                    {"least": 0, "below": 50_00},
                    {"least": 50_00, "below": None, "rate_ppm": 100_000},
                ],
            ),
        ),
        case(sale(times=2, expected=15_00)),
    ),
    # two in January, two in February, two in March: 5 for each of March
    "continuous": (
        (rule("continuous", businesses=TOP_UP, months=3, number=2, fee=5_00),),
        case(sale(JANUARY, times=2), sale(FEBRUARY, times=2), sale(times=2, expected=10_00)),
    ),
    "goods": (
        (rule("goods", businesses=TOP_UP, bands=[{**ANY, "fee": 30_00}]),),
        case(sale(amount=999_00, expected=30_00)),
    ),
    "points": (
        (fee(), rule("points", points=[{"business": "top_up", "points": 7}])),
        case(sale(expected=80)),
    ),
    "subsidy": ((rule("subsidy", sum=800_00),), case(sale(), for_outlet=800_00)),
    "activation": ((ACTIVATION,), case(line(expected=60_00, times=3), line(calls=0))),
    # kept alive in January and February, it is paid in March
    "instalments": (
        (
            rule(
                "instalments",
                ages=[2],
                active=[0, 1],
                gate={"calls": 1},
                bands=[{**ANY, "fee": 30_00}],
            ),
        ),
        case(
            line(JANUARY, line=1, back=2),
            line(JANUARY, line=1, back=1),
            line(JANUARY, line=1, expected=30_00),
            line(JANUARY, line=2, back=2),
            line(JANUARY, line=2, back=1, calls=0),
            line(JANUARY, line=2),
        ),
    ),
    "revenue": (
        (
            rule(
                "revenue",
                first_age=0,
                last_age=12,
                bands=[{**ANY, "rate_ppm": 60_000}],
                gate={"calls": 1},
            ),
        ),
        case(line(FEBRUARY, expected=3_00)),
    ),
    "cap": (
        (ACTIVATION, rule("cap", of=["activation"], most=30_00)),
        case(line(expected=20_00), line(expected=10_00)),
    ),
    "guarantee": (
        (ACTIVATION, rule("guarantee", of=["activation"], least=100_00)),
        case(line(expected=20_00), for_outlet=80_00),
    ),
    # half of the lines of age 1 were let go: half as much
    "multiplier": (
        (
            ACTIVATION,
            rule(
                "multiplier",
                of=["activation"],
                bands=[
                    {"least": 0, "below": 800_000, "coefficient_ppm": 500_000},
                    {"least": 800_000, "below": None, "coefficient_ppm": 1_000_000},
                ],
                first_age=1,
                last_age=1,
            ),
        ),
        case(line(expected=10_00), line(FEBRUARY), line(FEBRUARY, active=False)),
    ),
    # of 20 in January 12 were withheld, and come back in March; of 20 in March 12 are withheld
    "pool": (
        (
            ACTIVATION,
            rule(
                "pool",
                of=["activation"],
                now_ppm=400_000,
                later=[{"months": 2, "share_ppm": 600_000}],
                breaches=["suspected_lines"],
            ),
        ),
        case(
            line(JANUARY, line=1, back=2),
            line(JANUARY, line=1, expected=12_00),
            line(expected=8_00),
        ),
    ),
    # one fine of 200, and half of 20 is withheld
    "penalty": (
        (
            ACTIVATION,
            rule(
                "penalty",
                of=["activation"],
                steps=[{"kind": "missing_documents", "fine": 200_00, "share_ppm": 500_000}],
            ),
        ),
        case(
            line(expected=10_00),
            verdict("missing_documents", share_ppm=100_000),
            verdict("something_else"),
            for_outlet=-200_00,
        ),
    ),
    # of eleven lines one is borne: of the three that are suspected, two lose what January paid
    "clawback": (
        (ACTIVATION, rule("clawback", of=["activation"], more_than=2, months=2)),
        case(
            line(JANUARY, line=1, back=2, times=3),
            line(JANUARY, line=1, expected=-40_00, times=3, calls=0),
            line(JANUARY, line=2, back=2, times=7),
            line(JANUARY, line=2, times=7),
            line(expected=20_00),
            verdict("suspected_lines", of=2, times=3),
        ),
    ),
    # 3 % of 100: half of it for the e-channel, half for the outlet that guided the customer
    "shared": (
        (rule("shared", businesses=TOP_UP, rate_ppm=30_000),),
        case(
            sale(expected=3_00),
            sale(expected=1_50),
            verdict("guided", of=2, expected=Money(1_50)),
        ),
    ),
}


@pytest.fixture
def offices(province: Province) -> Offices:
    return Offices(province)


@pytest.mark.parametrize("scheme", sorted(schemes))
def test_a_policy_of_every_scheme_can_be_verified(offices: Offices, scheme: str) -> None:
    rules, tried = VERIFIED[scheme]
    policy = offices.carry(offices.drafted(draft(*rules, first=FIRST)), "configured")
    commission.verify_policy(offices.supervisor(), policy=policy, cases=(tried,))
    assert queries.version(offices.supervisor(), policy).state is PolicyState.VERIFIED
    ((kept, lines),) = queries.cases(offices.supervisor(), policy, 1)
    assert kept == tried
    assert {one.code for one in rules} == {one.rule for one in lines}


def test_what_is_taken_back_earns_nothing_and_gives_back_what_it_earned(offices: Offices) -> None:
    # 0.8 % of 100 for each sale, 20 for each line: one of two of February comes back with its line
    tried = case(
        sale(),
        back(1, 0),
        sale(FEBRUARY, times=2),
        back(3, -20_80),
        line(FEBRUARY, back=1, of=3, line=1, times=2),
        line(FEBRUARY, of=3, line=1, times=2),
    )
    policy = offices.carry(offices.drafted(draft(fee(), ACTIVATION)), "configured")
    shown = case(sale(expected=80), line(expected=20_00))
    commission.verify_policy(offices.supervisor(), policy=policy, cases=(tried, shown))
    (_tried, lines), _shown = queries.cases(offices.supervisor(), policy, 1)
    assert [(one.rule, one.row, one.base, one.amount) for one in lines] == [
        *(("topup", 4, -100_00, -80), ("activation", 4, -20_00, -20_00)),
    ]


def test_nothing_is_earned_before_the_policy_begins(offices: Offices) -> None:
    policy = offices.drafted(draft(ACTIVATION, first=MARCH))
    made = queries.rules_drafted(draft(ACTIVATION).plans, ("4101",), MARCH, None, 1)
    assert policy and queries.evaluate(case(line(FEBRUARY), month=FEBRUARY), made) == ()
    assert queries.evaluate(case(line()), made)[0].amount == 20_00
    elsewhere = replace(case(line()), branch="4103")
    assert queries.evaluate(elsewhere, made) == ()


@pytest.mark.parametrize(
    ("rows", "row", "problem"),
    [
        ((), 0, "no_rows"),
        ((sale(business="moon_dust"),), 1, "business_unknown"),
        ((sale(date(2027, 4, 1)),), 1, "day_outside"),
        ((sale(times=0),), 1, "times_outside"),
        ((sale(times=3_000), sale(times=3_000)), 0, "too_many_facts"),
        ((sale(amount=-1),), 1, "negative"),
        ((sale(), back(0, 0)), 2, "reversed_unknown"),
        ((sale(), back(9, 0)), 2, "reversed_unknown"),
        ((line(), back(1, 0)), 2, "reversed_unknown"),
        ((sale(), back(1, 0, FEBRUARY)), 2, "reversed_outside"),
        ((sale(), back(1, 0, date(2027, 4, 1))), 2, "reversed_outside"),
        ((sale(), back(1, 0), back(1, 0)), 3, "reversed_twice"),
        ((sale(), back(1, 0, times=2)), 2, "named_fewer"),
        ((line(of=7),), 1, "opening_unknown"),
        ((line(line=1), line(line=1)), 2, "line_twice"),
        ((line(FEBRUARY, line=1, back=1), line(line=1)), 2, "line_differs"),
        ((sale(), verdict("")), 2, "verdict_unnamed"),
        ((sale(), verdict("suspected_lines", share_ppm=1_000_001)), 2, "share_outside"),
        ((sale(), verdict("suspected_lines", of=5)), 2, "verdict_of_unknown"),
        ((sale(), verdict("suspected_lines", date(2027, 4, 1))), 2, "found_outside"),
        ((line(), verdict("guided", of=1)), 2, "guided_no_sale"),
    ],
)
def test_a_case_that_cannot_be_is_refused(
    offices: Offices, rows: tuple[CaseRow, ...], row: int, problem: str
) -> None:
    with pytest.raises(CaseInvalid) as refused:
        queries.check_cases((case(*rows),))
    assert (refused.value.row, refused.value.case_problem) == (row, problem)


def test_what_comes_out_otherwise_is_refused_with_its_row(offices: Offices) -> None:
    policy = offices.carry(offices.drafted(), "configured")
    wrong = case(sale(FEBRUARY), back(1, -79))
    with pytest.raises(CaseFails) as fails, nothing_changes():
        commission.verify_policy(offices.supervisor(), policy=policy, cases=(wrong,))
    assert (fails.value.row, fails.value.computed) == (2, Money(-80))
