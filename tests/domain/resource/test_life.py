"""The life of a number: bound, active, cancelled, resting, free; packs, loading, regrading."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.resource import data, operations, queries, rules
from qudao.domain.resource.models import Number, Segment
from qudao.domain.resource.types import (
    BranchNeeded,
    NumberElsewhere,
    NumberState,
    NumberStateWrong,
    NumberTaken,
    NumberUnknown,
    PrefixElsewhere,
    PrefixUnknown,
    SegmentLoaded,
    SegmentUnknown,
)
from qudao.kernel.page import PageRequest
from qudao.platform.commands.context import NotPermitted
from tests.domain.resource.conftest import LUOYANG, ZHENGZHOU, Numbers
from tests.province import NOON

ONE, OTHER = f"{ZHENGZHOU}6688", f"{ZHENGZHOU}0571"
ORDER, SECOND = UUID(int=77), UUID(int=78)
DAY = timedelta(days=1)


def state(numbers: Numbers, number: str = ONE) -> str:
    return queries.number(numbers.system(), msisdn=number).state


def bind(numbers: Numbers, number: str = ONE, order: UUID = ORDER) -> None:
    held = numbers.hold(number)
    operations.bind(numbers.system(), hold=held.hold, order=order)


def test_a_number_lives_rests_and_comes_back(numbers: Numbers) -> None:
    bind(numbers)
    assert operations.activate(numbers.system(), orders=[ORDER, SECOND]) == 1
    assert queries.number(numbers.clerk(), msisdn=ONE).cause == ORDER
    assert operations.retire(numbers.system(NOON + DAY), numbers=[ONE]) == 1
    assert operations.rest(numbers.system(NOON + DAY), before=NOON + DAY) == 0
    assert operations.rest(numbers.system(NOON + 2 * DAY), before=NOON + 2 * DAY) == 1
    assert operations.expire(numbers.system(NOON + 91 * DAY)) == 0
    assert operations.expire(numbers.system(NOON + 92 * DAY)) == 1
    steps = queries.history(numbers.clerk(), msisdn=ONE)
    lives = ["reserved", "bound", "active", "cancelled", "resting", "free"]
    assert [step.state for step in steps] == lives
    assert [step.was for step in steps] == ["free", *lives[:-1]]
    assert [step.cause for step in steps] == [None, ORDER, ORDER, ORDER, None, None]
    assert numbers.hold(ONE, at=NOON + 92 * DAY).number == ONE
    assert queries.unsound() == []


def test_a_failed_order_frees_its_number(numbers: Numbers) -> None:
    bind(numbers)
    paid = numbers.hold(OTHER)
    operations.pay(numbers.system(), hold=paid.hold, order=SECOND)
    assert operations.give_back(numbers.system(), orders=[ORDER, SECOND]) == 2
    assert operations.give_back(numbers.system(), orders=[ORDER, SECOND]) == 0
    assert (state(numbers), state(numbers, OTHER)) == ("free", "free")
    assert operations.activate(numbers.system(), orders=[ORDER, SECOND]) == 0


def test_what_was_paid_is_bound_to_the_order_that_paid(numbers: Numbers) -> None:
    held = numbers.hold(ONE)
    paid = operations.pay(numbers.system(), hold=held.hold, order=ORDER)
    assert paid.until == NOON + 7 * DAY
    with pytest.raises(NumberStateWrong):
        operations.bind(numbers.system(), hold=held.hold, order=SECOND)
    with pytest.raises(NumberStateWrong):
        operations.release(numbers.clerk(), hold=held.hold)
    bound = operations.bind(numbers.system(NOON + 6 * DAY), hold=held.hold, order=ORDER)
    assert (bound.number, bound.until) == (ONE, NOON + 6 * DAY)
    record = queries.number_of_order(numbers.system(), order=ORDER)
    assert record is not None and (record.number, record.holder) == (ONE, numbers.province.agent)
    assert queries.number_of_order(numbers.system(), order=SECOND) is None


def test_packs_are_sold_with_their_number_or_keep_it(numbers: Numbers) -> None:
    zhengzhou = numbers.branch("4101")
    assert operations.pack(numbers.system(), numbers=[ONE, OTHER], branch=zhengzhou) == 2
    assert queries.number(numbers.clerk(), msisdn=ONE).packed
    with pytest.raises(NumberTaken):
        numbers.hold(ONE)
    with pytest.raises(NumberElsewhere):
        stranger = numbers.province.context(
            "outlet_clerk", numbers.province.far, more=["resource.bind_packed"]
        )
        operations.bind_packed(stranger, number=ONE, order=ORDER)
    seller = numbers.province.context(
        "outlet_clerk", numbers.province.agent, more=["resource.bind_packed"]
    )
    operations.bind_packed(seller, number=ONE, order=ORDER)
    with pytest.raises(NumberStateWrong):
        operations.bind_packed(numbers.system(), number=ONE, order=SECOND)
    with pytest.raises(NumberStateWrong):
        operations.unpack(numbers.system(), numbers=[OTHER, ONE])
    with pytest.raises(NumberUnknown):
        operations.bind_packed(numbers.system(), number="13999999999", order=ORDER)
    assert operations.give_back(numbers.system(), orders=[ORDER]) == 1
    record = queries.number(numbers.clerk(), msisdn=ONE)
    assert (record.state, record.packed, record.cause) == ("bound", True, None)
    operations.bind_packed(numbers.system(), number=ONE, order=SECOND)
    assert operations.activate(numbers.system(), orders=[SECOND]) == 1
    assert not queries.number(numbers.clerk(), msisdn=ONE).packed
    assert operations.unpack(numbers.system(), numbers=[OTHER]) == 1
    assert state(numbers, OTHER) == "free"
    assert queries.unsound() == []


def test_a_pack_is_made_of_free_numbers_of_the_branch_all_or_none(numbers: Numbers) -> None:
    zhengzhou = numbers.branch("4101")
    numbers.hold(OTHER)
    for wrong, refusal in (
        (OTHER, NumberTaken),
        (f"{LUOYANG}0001", NumberElsewhere),
        ("13999999999", NumberUnknown),
        ("abc", NumberUnknown),
    ):
        with pytest.raises(refusal):
            operations.pack(numbers.system(), numbers=[ONE, wrong], branch=zhengzhou)
        assert state(numbers) == "free"


def test_lines_of_the_boss_are_adopted_and_retired(numbers: Numbers) -> None:
    unknown, foreign = f"{ZHENGZHOU}0000"[:7] + "0001", "17012345678"
    numbers.hold(OTHER)
    wanted = [ONE, unknown, OTHER, foreign, "x"]
    assert operations.adopt(numbers.system(), numbers=wanted) == 2
    assert (state(numbers), state(numbers, OTHER)) == ("active", "reserved")
    # Half of a segment is loaded: the rest of it is ours all the same.
    half = "1380371"
    operations.load_numbers(
        numbers.system(), branch=numbers.branch("4101"), numbers=[f"{half}0001"]
    )
    assert operations.adopt(numbers.system(), numbers=[f"{half}8888"]) == 1
    assert operations.retire(numbers.system(), numbers=[f"{half}9999", ONE, foreign]) == 2
    assert state(numbers, f"{half}9999") == "cancelled"
    assert queries.number(numbers.system(), msisdn=f"{half}8888").pattern == "aaaa"
    with pytest.raises(NumberUnknown):
        queries.number(numbers.system(), msisdn=foreign)
    assert queries.unsound() == []


def test_states_say_what_they_must(numbers: Numbers) -> None:
    rows = Number.objects.unscoped("one").filter(number=int(ONE))
    for wrong in (
        {"state": "reserved"},
        {"state": "paid", "until": NOON},
        {"state": "bound"},
        {"state": "resting"},
        {"state": "free", "hold": UUID(int=1)},
        {"state": "active", "packed": True},
        {"state": "lost"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    assert set(rules.TRANSITIONS) == set(NumberState)


def test_loading_takes_real_prefixes_of_the_own_city(numbers: Numbers) -> None:
    zhengzhou = numbers.branch("4101")

    def load(*prefixes: str) -> int:
        return operations.load_segments(numbers.keeper(), branch=zhengzhou, prefixes=prefixes)

    for wrong, refusal in (
        ("1303711", PrefixUnknown),
        ("1349000", PrefixUnknown),
        ("138371", PrefixUnknown),
        ("138371a", PrefixUnknown),
        (LUOYANG, PrefixElsewhere),
        (next(data.prefixes("4113")), PrefixElsewhere),
        (ZHENGZHOU, SegmentLoaded),
    ):
        with pytest.raises(refusal):
            load("1380371", wrong)
        assert not Segment.objects.unscoped("test").filter(prefix=1380371).exists()
    assert load("1380371") == 10_000
    listed = queries.segments(numbers.keeper(), page=PageRequest())
    assert [row.prefix for row in listed.items] == ["1380371", ZHENGZHOU]
    assert listed.items[0].hlr == "HLR-4101" and listed.items[0].area_code == "0371"
    assert listed.items[0].counts == {"free": 10_000} and listed.items[0].graded
    with pytest.raises(OrganizationNotFound):
        operations.load_segments(
            numbers.keeper(), branch=numbers.branch("4103"), prefixes=["1390379"]
        )
    with pytest.raises(BranchNeeded):
        operations.load_segments(
            numbers.system(), branch=numbers.branch("410102"), prefixes=["1390371"]
        )
    with pytest.raises(NotPermitted):
        operations.load_segments(numbers.clerk(), branch=zhengzhou, prefixes=["1390371"])


def test_single_numbers_fill_a_segment_and_a_segment_fills_up(numbers: Numbers) -> None:
    zhengzhou = numbers.branch("4101")
    some = [f"1380371{n:04d}" for n in range(100)]
    problems = queries.number_problems(
        numbers.keeper(),
        branch=zhengzhou,
        numbers=[*some, ONE, "1380371", "17012345678", f"{LUOYANG}0001", "13803799999"],
    )
    assert problems == {
        ONE: "exists",
        "1380371": "not_a_number",
        "17012345678": "prefix_unknown",
        f"{LUOYANG}0001": "prefix_elsewhere",
        "13803799999": "prefix_elsewhere",
    }
    assert operations.load_numbers(numbers.keeper(), branch=zhengzhou, numbers=[*some, ONE]) == 100
    assert operations.load_numbers(numbers.keeper(), branch=zhengzhou, numbers=some) == 0
    for wrong in ("17012345678", "x", "1380371"):
        with pytest.raises(PrefixUnknown):
            operations.load_numbers(numbers.keeper(), branch=zhengzhou, numbers=[wrong])
    assert not Segment.objects.unscoped("test").get(prefix=1380371).whole
    filled = operations.load_segments(numbers.keeper(), branch=zhengzhou, prefixes=["1380371"])
    assert filled == 9_900
    with pytest.raises(SegmentLoaded):
        operations.load_segments(numbers.keeper(), branch=zhengzhou, prefixes=["1380371"])
    assert queries.unsound() == []


def test_new_rules_grade_anew(numbers: Numbers) -> None:
    number = f"{ZHENGZHOU}8888"
    assert operations.regrade_stale(numbers.system()) == 0
    operations.set_pattern(numbers.system(), pattern="aaaa", on=False)
    operations.set_pattern(numbers.system(), pattern="aaaaa", on=False)
    record = queries.number(numbers.clerk(), msisdn=number)
    assert (record.pattern, record.grade) == ("aaaa", "ordinary")
    with pytest.raises(SegmentUnknown):
        operations.regrade(numbers.keeper(), prefix=LUOYANG)
    with pytest.raises(SegmentUnknown):
        operations.regrade(numbers.keeper(), prefix="abc")
    assert not queries.segments(numbers.keeper(), page=PageRequest()).items[0].graded
    assert operations.regrade(numbers.keeper(), prefix=ZHENGZHOU) == 10
    record = queries.number(numbers.clerk(), msisdn=number)
    assert (record.pattern, record.grade) == ("aaa", "second")
    assert operations.regrade_stale(numbers.system()) == 1
    assert operations.regrade_stale(numbers.system()) == 0
    operations.set_pattern(numbers.system(), pattern="aaaa", on=True)
    assert operations.regrade_stale(numbers.system()) == 2
    assert queries.number(numbers.clerk(), msisdn=number).pattern == "aaaa"
