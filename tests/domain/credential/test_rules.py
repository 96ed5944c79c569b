"""Pure rules: weak passwords, what a proof is good for, and for how long."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.credential import rules
from qudao.domain.credential.types import (
    ANYBODY,
    Caller,
    CodePurpose,
    Level,
    Need,
    Policy,
    StepUpNeeded,
    Way,
    demand,
    may,
)
from qudao.platform.commands.codec import decode, encode
from tests.province import NOON

LINE, OTHER = "13800138000", "13900139000"
POLICY = Policy()
DIGITS = st.text(st.sampled_from("0123456789"), min_size=6, max_size=6)


def proved(
    way: Way,
    purpose: str = "",
    *,
    at: datetime = NOON,
    line: str = LINE,
    policy: Policy = POLICY,
) -> Caller:
    return rules.proof(line, way, at, policy, rules.good_for(way, purpose))


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("27419a", "digits"),
        ("二七四一九六", "digits"),
        ("", "digits"),
        ("27419", "length"),
        ("2741963", "length"),
        ("777777", "same"),
        ("123456", "run"),
        ("987654", "run"),
        ("890123", "run"),
        ("210987", "run"),
        ("272727", "pattern"),
        ("274274", "pattern"),
        ("277222", "pattern"),
        ("138001", "number"),
        ("138000", "number"),
        ("000831", "number"),
        ("147258", "common"),
        ("900101", "personal"),
        ("274196", None),
        ("801364", None),
    ],
)
def test_weak_ones_are_told_apart(password: str, weakness: str | None) -> None:
    assert rules.weakness(password, LINE, POLICY, ["410102199001011234"]) == weakness


def test_longer_ones_are_asked_for_where_the_policy_says_so() -> None:
    longer = replace(POLICY, password_digits=8)
    assert rules.weakness("274196", LINE, longer) == "length"
    assert rules.weakness("27419638", LINE, longer) is None
    assert rules.weakness("27412741", LINE, longer) == "pattern"
    assert rules.weakness("14725899", LINE, longer) == "common"


@given(DIGITS)
def test_most_passwords_are_no_weak_ones_and_weak_ones_say_why(password: str) -> None:
    found = rules.weakness(password, LINE, POLICY)
    assert found in {None, "same", "run", "pattern", "number", "common"}
    if found is None:
        assert len(set(password)) > 2 and password not in LINE


def test_nearly_all_passwords_may_be_chosen() -> None:
    weak = sum(
        rules.weakness(f"{number:06d}", LINE, POLICY) is not None for number in range(0, 10**6, 7)
    )
    assert 0 < weak < 10**6 / 7 / 100


@pytest.mark.parametrize("text", ["２７４１９６", " 274 196 ", "274\u3000196", "274196\n"])
def test_full_width_digits_and_spaces_do_not_matter(text: str) -> None:
    assert rules.clean_digits(text) == "274196"


@pytest.mark.parametrize(
    ("way", "purpose", "money", "data"),
    [
        (Way.NETWORK, "", False, False),
        (Way.CODE, CodePurpose.LOGIN, False, False),
        (Way.CODE, CodePurpose.MONEY, True, False),
        (Way.CODE, CodePurpose.DATA, False, True),
        (Way.CODE, CodePurpose.RESET, False, False),
        (Way.PASSWORD, "", True, True),
        (Way.DOCUMENT, "", True, True),
    ],
)
def test_what_a_way_is_good_for(way: Way, purpose: str, money: bool, data: bool) -> None:
    caller = proved(way, purpose)
    assert may(caller, Need.NOTHING, NOON) and may(caller, Need.NUMBER, NOON)
    assert may(caller, Need.MONEY, NOON) is money
    assert may(caller, Need.DATA, NOON) is data
    assert caller.level(NOON) == (Level.PROVED if money or data else Level.NUMBER)


def test_levels_are_ordered_and_age() -> None:
    assert Level.ANONYMOUS < Level.NUMBER < Level.PROVED
    caller = proved(Way.PASSWORD, policy=replace(POLICY, money_min=5))
    last = timedelta(microseconds=1)
    five, ten, twelve_h = timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=12)
    assert may(caller, Need.MONEY, NOON + five - last)
    assert not may(caller, Need.MONEY, NOON + five)
    assert may(caller, Need.DATA, NOON + ten - last)
    assert not may(caller, Need.DATA, NOON + ten)
    assert caller.level(NOON + ten - last) == Level.PROVED
    assert caller.level(NOON + ten) == Level.NUMBER
    assert caller.level(NOON + twelve_h - last) == Level.NUMBER
    assert caller.level(NOON + twelve_h) == Level.ANONYMOUS
    assert not may(caller, Need.NUMBER, NOON + twelve_h)


def test_nobody_may_nothing_that_needs_something() -> None:
    assert ANYBODY.level(NOON) == Level.ANONYMOUS
    assert may(ANYBODY, Need.NOTHING, NOON)
    for need in (Need.NUMBER, Need.MONEY, Need.DATA):
        assert not may(ANYBODY, need, NOON)
        with pytest.raises(StepUpNeeded) as refused:
            demand(ANYBODY, need, NOON)
        assert refused.value.need == need


def test_a_proof_without_a_number_proves_nothing() -> None:
    later = NOON + timedelta(hours=1)
    assert not may(Caller(money_until=later, known_until=later), Need.MONEY, NOON)
    assert not may(Caller(msisdn=LINE, money_until=later), Need.MONEY, NOON)


def test_a_step_up_keeps_what_was_proved_of_the_same_line_only() -> None:
    first = proved(Way.CODE, CodePurpose.DATA)
    minute = NOON + timedelta(minutes=1)
    second = proved(Way.CODE, CodePurpose.MONEY, at=minute)
    both = first.and_also(second)
    assert (both.data_until, both.money_until) == (first.data_until, second.money_until)
    assert (both.way, both.identified_at, both.known_until) == (
        Way.CODE,
        minute,
        second.known_until,
    )
    network = proved(Way.NETWORK, at=minute)
    assert may(first.and_also(network), Need.DATA, minute)
    other = proved(Way.NETWORK, at=minute, line=OTHER)
    assert first.and_also(other) == other
    assert not may(first.and_also(other), Need.DATA, minute)


def test_every_rule_has_limits_and_the_first_ones_are_within() -> None:
    assert set(rules.LIMITS) == {one.name for one in fields(Policy)}
    assert rules.out_of_range(POLICY) is None
    for name, (least, most) in rules.LIMITS.items():
        assert rules.out_of_range(replace(POLICY, **{name: least - 1})) == (name, least, most)
        assert rules.out_of_range(replace(POLICY, **{name: most + 1})) == (name, least, most)
        assert rules.out_of_range(replace(POLICY, **{name: most})) is None


PROOFS = st.builds(
    lambda way, purpose, minutes: proved(way, purpose, at=NOON + timedelta(minutes=minutes)),
    st.sampled_from([way for way in Way if way is not Way.NONE]),
    st.sampled_from(list(CodePurpose)),
    st.integers(0, 900),
)


@given(st.lists(PROOFS, min_size=1, max_size=5), st.integers(0, 1800))
def test_what_any_proof_allows_all_of_them_together_allow(
    proofs: list[Caller], minutes: int
) -> None:
    at = NOON + timedelta(minutes=minutes)
    together = ANYBODY
    for one in proofs:
        together = together.and_also(one)
    for need in Need:
        assert may(together, need, at) == any(may(one, need, at) for one in proofs)
    assert together.level(at) == max(one.level(at) for one in proofs)


@given(PROOFS)
def test_a_front_may_keep_a_caller_as_json(caller: Caller) -> None:
    kept = json.dumps(encode(caller))
    assert decode(json.loads(kept), Caller) == caller
    assert decode(encode(ANYBODY), Caller) == ANYBODY
