"""Node codes, states, opening hours and who may sell: pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import rules
from qudao.domain.saleschannel.types import (
    BusinessNotAllowed,
    ContractNotValid,
    OutletNotActive,
    OutletRecord,
    OutletShut,
    OutletState,
    SaleAboveLimit,
)
from qudao.kernel.money import Money

MONDAY_NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""2026-03-02 12:00 in the market."""
HOURS = {"mon": [["08:30", "12:00"], ["14:00", "24:00"]], "sun": []}
OUTLET = OutletRecord(
    outlet=OrganizationId(UUID(int=1)),
    code="410102200012",
    name_zh="店",
    name_en="Shop",
    path="000.41.4101.410102.410102200012",
    kind="agency_point",
    kind_name_zh="特约代理点",
    kind_name_en="Agency point",
    ownership="social",
    node_code="410102200012",
    market="city",
    address="",
    longitude=None,
    latitude=None,
    star=None,
    tier=1,
    owner=None,
    contract_number="C1",
    contract_from=MONDAY_NOON - timedelta(days=1),
    contract_until=MONDAY_NOON + timedelta(days=1),
    deposit=Money(0),
    state="active",
    state_reason="",
    state_since=MONDAY_NOON,
    opening_hours={},
    hours_enforced=False,
    businesses=None,
    sale_limit=None,
    day_limit=None,
)


@given(
    st.sampled_from(["410102", "4101", "41"]),
    st.sampled_from(sorted(rules.OWNERSHIP_DIGIT)),
    st.integers(1, rules.LAST_SEQUENCE),
    st.integers(0, 11),
    st.integers(1, 9),
)
def test_a_node_code_shows_a_wrong_digit(
    division: str, ownership: str, sequence: int, place: int, off: int
) -> None:
    prefix = rules.node_prefix(division, ownership)
    code = rules.node_code(prefix, sequence)
    assert len(code) == rules.NODE_CODE_LENGTH
    assert rules.node_code_ok(code, prefix)
    wrong = f"{code[:place]}{(int(code[place]) + off) % 10}{code[place + 1 :]}"
    assert not rules.node_code_ok(wrong, prefix)


def test_a_node_code_as_it_is_documented() -> None:
    assert rules.node_prefix("410102", "social") == "4101022"
    assert rules.node_code("4101022", 17) == "410102200178"
    assert rules.node_prefix("4101", "own") == "4101001"


@pytest.mark.parametrize("code", ["", "410102200175", "41010220017４", "410103200173", "abc"])
def test_a_node_code_of_another_place_or_form_is_refused(code: str) -> None:
    assert not rules.node_code_ok(code, "4101022")


def test_transitions_are_exactly_these() -> None:
    pairs = {
        (verb, before, after)
        for verb, moves in rules.TRANSITIONS.items()
        for before, after in moves.items()
    }
    assert pairs == {
        ("activate", "draft", "active"),
        ("suspend", "active", "suspended"),
        ("resume", "suspended", "active"),
        ("close", "draft", "closed"),
        ("close", "active", "closed"),
        ("close", "suspended", "closed"),
    }


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ({}, None),
        (HOURS, None),
        ({"mon": [["08:00", "08:00"]]}, "order"),
        ({"mon": [["18:00", "08:00"]]}, "order"),
        ({"mon": [["08:00", "12:00"], ["11:59", "13:00"]]}, "overlap"),
        ({"mon": [["08:00", "12:00"], ["12:00", "13:00"]]}, None),
        ({"mon": [["8:00", "12:00"]]}, "time"),
        ({"mon": [["08:00", "25:00"]]}, "time"),
        ({"mon": [["08:00"]]}, "time"),
        ({"monday": [["08:00", "12:00"]]}, "weekday"),
    ],
)
def test_opening_hours_are_checked(hours: dict[str, list[list[str]]], problem: str | None) -> None:
    assert rules.opening_hours_problem(hours) == problem


@pytest.mark.parametrize(
    ("shift", "open_"),
    [
        (timedelta(0), False),  # 12:00, the first span has just ended
        (timedelta(minutes=-1), True),
        (timedelta(hours=2), True),
        (timedelta(hours=-4), False),
        (timedelta(hours=11, minutes=59), True),
        (timedelta(hours=12), False),  # Tuesday has no hours
    ],
)
def test_opening_hours_are_the_markets(shift: timedelta, open_: bool) -> None:
    assert rules.is_open(HOURS, MONDAY_NOON + shift) is open_


def test_an_active_outlet_within_its_contract_sells() -> None:
    assert rules.may_sell(OUTLET, "top_up", MONDAY_NOON) is None


@pytest.mark.parametrize("state", [s for s in OutletState if s != OutletState.ACTIVE])
def test_an_outlet_that_is_not_active_does_not(state: str) -> None:
    refusal = rules.may_sell(replace(OUTLET, state=state), "top_up", MONDAY_NOON)
    assert isinstance(refusal, OutletNotActive)
    assert refusal.state == state


def test_a_contract_is_half_open() -> None:
    assert OUTLET.contract_from and OUTLET.contract_until
    second = timedelta(seconds=1)
    assert rules.may_sell(OUTLET, "top_up", OUTLET.contract_from) is None
    assert rules.may_sell(OUTLET, "top_up", OUTLET.contract_until - second) is None
    for at in (OUTLET.contract_until, OUTLET.contract_from - second):
        assert isinstance(rules.may_sell(OUTLET, "top_up", at), ContractNotValid)


def test_businesses_and_hours_and_limits() -> None:
    narrow = replace(OUTLET, businesses=["bill_payment"])
    assert rules.may_sell(narrow, "bill_payment", MONDAY_NOON) is None
    assert isinstance(rules.may_sell(narrow, "top_up", MONDAY_NOON), BusinessNotAllowed)
    informed = replace(OUTLET, opening_hours=HOURS)
    assert rules.may_sell(informed, "top_up", MONDAY_NOON) is None
    kept = replace(informed, hours_enforced=True)
    assert isinstance(rules.may_sell(kept, "top_up", MONDAY_NOON), OutletShut)
    small = replace(OUTLET, sale_limit=Money(10_000))
    assert rules.above_sale_limit(small, Money(10_000)) is None
    assert isinstance(rules.above_sale_limit(small, Money(10_001)), SaleAboveLimit)
