"""What every pattern of numbers must be, whoever adds it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qudao.domain.resource import data, rules
from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule

RULES = [pytest.param(rule, id=code) for code, rule in patterns.items()]
GRADES = {grade.code for grade in data.grades()}
NUMBERS = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize("rule", RULES)
def test_its_examples_belong_to_it_and_its_counter_examples_do_not(rule: PatternRule) -> None:
    assert rule.examples
    for number in rule.examples:
        assert len(number) == 11 and rule.matches(number), number
        assert rules.pattern_of(number) == rule.code, number
    assert rule.counter_examples or rule.code == rules.PLAIN
    for number in rule.counter_examples:
        assert len(number) == 11 and rules.pattern_of(number) != rule.code, number


@pytest.mark.parametrize("rule", RULES)
def test_it_says_what_it_is(rule: PatternRule) -> None:
    assert rule.code == rule.code.lower() and rule.code.isidentifier()
    assert rule.name_zh and rule.name_en and rule.description_zh and rule.description_en
    assert rule.grade in GRADES
    assert 1 <= rule.reach <= 8


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None)
@given(number=NUMBERS, other=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_it_looks_no_farther_than_it_says(rule: PatternRule, number: str, other: str) -> None:
    mixed = other[: -rule.reach] + number[-rule.reach :]
    assert rule.matches(number) is rule.matches(number) is rule.matches(mixed)


def test_no_two_are_asked_at_the_same_time() -> None:
    asked = [rule.priority for rule in rules.ordered()]
    assert asked == sorted(set(asked))
    assert rules.ordered()[-1].code == rules.PLAIN
    assert len(asked) <= rules.NONE


@settings(deadline=None)
@given(number=NUMBERS)
def test_every_number_belongs_to_exactly_one(number: str) -> None:
    first = next(rule for rule in rules.ordered() if rule.matches(number))
    assert rules.pattern_of(number) == first.code


@settings(max_examples=50, deadline=None)
@given(
    prefix=st.from_regex(r"1[3-9][0-9]{5}", fullmatch=True),
    off=st.sets(st.sampled_from(sorted(set(patterns) - {rules.PLAIN})), max_size=5),
)
def test_a_segment_is_graded_as_each_of_its_numbers_is(prefix: str, off: set[str]) -> None:
    places = rules.grade_segment(prefix, frozenset(off))
    assert len(places) == rules.PER_SEGMENT
    chance = random.Random(prefix)
    for _ in range(200):
        ending = chance.randrange(rules.PER_SEGMENT)
        number = f"{prefix}{ending:04d}"
        assert rules.ordered()[places[ending]].code == rules.pattern_of(number, frozenset(off))


@pytest.mark.parametrize("prefix", ["1381111", "1388888", "1381234", "1985201", "1502012"])
def test_whole_segments_are_graded_as_each_of_their_numbers_is(prefix: str) -> None:
    places = rules.grade_segment(prefix, frozenset())
    assert [rules.ordered()[place].code for place in places] == [
        rules.pattern_of(f"{prefix}{ending:04d}") for ending in range(rules.PER_SEGMENT)
    ]
