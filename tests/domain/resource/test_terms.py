"""What numbers cost: patterns, grades, prices by branch, and previews of a change."""

from datetime import timedelta

import pytest

from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.resource import data, operations, queries, rules
from qudao.domain.resource.models import Grade, GradePrice, Pattern
from qudao.domain.resource.types import (
    BranchNeeded,
    GradeInvalid,
    GradeUnknown,
    PatternUnknown,
    PriceBackdated,
    ProvinceNeeded,
)
from qudao.kernel.money import Money
from tests.domain.resource.conftest import LUOYANG, ZHENGZHOU, Numbers
from tests.province import NOON

DAY = timedelta(days=1)
ABAB = f"{ZHENGZHOU}6868"
"""Of grade `second`."""


def cost(numbers: Numbers, number: str = ABAB, days: int = 0) -> tuple[int, int]:
    record = queries.number(numbers.system(NOON + days * DAY), msisdn=number)
    return record.price.minor // 100, record.monthly_floor.minor // 100


def test_what_ships_is_loaded_once_and_never_overwritten(numbers: Numbers) -> None:
    assert [row.code for row in queries.grades(numbers.clerk())] == [
        grade.code for grade in data.grades()
    ]
    assert Pattern.objects.count() == len(rules.ordered())
    operations.set_pattern(numbers.system(), pattern="aa", grade="ordinary")
    operations.set_grade_price(
        numbers.system(), grade="second", price=Money(1), monthly_floor=Money(0)
    )
    assert operations.load_reference(numbers.system()) == 0
    assert Pattern.objects.get(code="aa").grade_id == "ordinary"
    assert cost(numbers) == (0, 0)
    assert Grade.objects.count() == 5


def test_a_branch_price_goes_before_that_of_all(numbers: Numbers) -> None:
    zhengzhou = numbers.branch("4101")
    assert cost(numbers) == (800, 88)
    operations.set_grade_price(
        numbers.system(),
        grade="second",
        branch=zhengzhou,
        price=Money(900_00),
        monthly_floor=Money(99_00),
        valid_from=NOON + 2 * DAY,
        valid_until=NOON + 4 * DAY,
    )
    operations.set_grade_price(
        numbers.system(NOON + DAY),
        grade="second",
        price=Money(700_00),
        monthly_floor=Money(77_00),
    )
    assert [cost(numbers, days=day) for day in range(6)] == [
        (800, 88),
        (700, 77),
        (900, 99),
        (900, 99),
        (700, 77),
        (700, 77),
    ]
    assert cost(numbers, f"{LUOYANG}6868", days=3) == (700, 77)
    later = numbers.system(NOON + 3 * DAY)
    at_outlet = queries.grades(later, outlet=numbers.province.agent)
    of_branch = queries.grades(later, branch=zhengzhou)
    assert at_outlet == of_branch != queries.grades(later)
    assert next(row for row in at_outlet if row.code == "second").price == Money(900_00)
    operations.end_grade_price(later, grade="second", branch=zhengzhou)
    assert cost(numbers, days=3) == (700, 77)
    history = queries.price_history(later, grade="second")
    assert [(row.branch, row.price.minor // 100) for row in history] == [
        (zhengzhou, 900),
        (None, 700),
        (None, 800),
    ]
    held = numbers.hold(ABAB, at=NOON + DAY)
    assert held.price == Money(700_00)


def test_a_price_for_a_while_gives_way_to_the_old_one(numbers: Numbers) -> None:
    operations.set_grade_price(
        numbers.system(),
        grade="second",
        price=Money(1_00),
        monthly_floor=Money(0),
        valid_until=NOON + DAY,
    )
    assert [cost(numbers, days=day) for day in (0, 1)] == [(1, 0), (800, 88)]
    assert GradePrice.objects.filter(grade="second").count() == 3


def test_what_is_off_costs_what_plain_numbers_do(numbers: Numbers) -> None:
    operations.set_pattern(numbers.system(), pattern="abab", on=False)
    assert cost(numbers) == (0, 0)
    operations.set_pattern(numbers.system(), pattern="plain", grade="third")
    assert cost(numbers) == (200, 38)
    operations.set_pattern(numbers.system(), pattern="abab", on=True, grade="premium")
    assert cost(numbers) == (5_000, 388)


def test_what_is_refused(numbers: Numbers) -> None:
    system, marketing = numbers.system, numbers.marketing
    of_branch = numbers.province.context("marketing", numbers.branch("4101"))
    some = {"price": Money(1), "monthly_floor": Money(1)}
    names = {"name_zh": "超级", "name_en": "Super", "position": 0}
    with pytest.raises(PatternUnknown):
        operations.set_pattern(marketing(), pattern="zzz", grade="first")
    with pytest.raises(GradeUnknown):
        operations.set_pattern(marketing(), pattern="aa", grade="zzz")
    with pytest.raises(GradeInvalid):
        operations.set_pattern(marketing(), pattern="plain", on=False)
    for refused in (
        lambda: operations.set_pattern(of_branch, pattern="aa", grade="first"),
        lambda: operations.set_grade(of_branch, code="super", **names, **some),
        lambda: operations.set_grade_price(of_branch, grade="first", **some),
    ):
        with pytest.raises(ProvinceNeeded):
            refused()
    for code in ("", "Super", "a b", "超级", "x" * 33):
        with pytest.raises(GradeInvalid):
            operations.set_grade(marketing(), code=code, **names, **some)
    with pytest.raises(GradeInvalid):
        operations.set_grade(marketing(), code="super", **names)
    with pytest.raises(GradeInvalid):
        operations.set_grade(marketing(), code="first", **names, **some)
    with pytest.raises(GradeInvalid):
        operations.set_grade_price(
            marketing(), grade="first", price=Money(-1), monthly_floor=Money(0)
        )
    with pytest.raises(GradeUnknown):
        operations.set_grade_price(marketing(), grade="zzz", **some)
    with pytest.raises(PriceBackdated):
        operations.set_grade_price(marketing(), grade="first", valid_from=NOON - DAY, **some)
    with pytest.raises(PriceBackdated):
        operations.set_grade_price(marketing(), grade="first", valid_until=NOON, **some)
    with pytest.raises(OrganizationNotFound):
        operations.set_grade_price(of_branch, grade="first", branch=numbers.branch("4103"), **some)
    with pytest.raises(BranchNeeded):
        operations.set_grade_price(system(), grade="first", branch=numbers.branch("41"), **some)
    operations.set_grade_price(of_branch, grade="first", branch=numbers.branch("4101"), **some)
    operations.set_grade(marketing(), code="super", **names, **some)
    assert queries.grades(marketing())[0].code == "super"


def test_a_preview_says_what_the_change_then_does(numbers: Numbers) -> None:
    operations.adopt(numbers.system(), numbers=[ABAB])
    operations.count(numbers.system())
    free = sum(rules.pattern_of(f"{ZHENGZHOU}{n:04d}") == "abab" for n in range(10_000)) - 1
    shifts = queries.preview_pattern(numbers.marketing(), pattern="abab", grade="first")
    assert [(one.code, one.was, one.becomes, one.numbers) for one in shifts] == [
        ("4101", "second", "first", free),
        ("4103", "second", "first", shifts[1].numbers),
    ]
    assert (shifts[0].old_price, shifts[0].new_price) == (Money(800_00), Money(2000_00))
    assert queries.preview_pattern(numbers.marketing(), pattern="abab", grade="second") == ()
    (off, *_) = queries.preview_pattern(numbers.marketing(), pattern="abab", on=False)
    assert (off.becomes, off.new_price, off.numbers) == ("ordinary", Money(0), free)
    of_branch = numbers.province.context("marketing", numbers.branch("4101"))
    assert len(queries.preview_pattern(of_branch, pattern="abab", grade="first")) == 1
    for refused in (PatternUnknown, GradeUnknown):
        with pytest.raises(refused):
            queries.preview_pattern(
                numbers.marketing(),
                pattern="zzz" if refused is PatternUnknown else "aa",
                grade="zzz",
            )


def test_a_preview_of_a_price_counts_the_grade_where_it_would_hold(numbers: Numbers) -> None:
    operations.count(numbers.system())
    new = {"price": Money(500_00), "monthly_floor": Money(50_00)}
    both = queries.preview_price(numbers.marketing(), grade="second", **new)
    assert [one.code for one in both] == ["4101", "4103"]
    zhengzhou = numbers.branch("4101")
    one = queries.preview_price(numbers.marketing(), grade="second", branch=zhengzhou, **new)
    assert one == both[:1] and one[0].new_price == Money(500_00)
    operations.set_grade_price(numbers.system(), grade="second", branch=zhengzhou, **new)
    rest = queries.preview_price(numbers.marketing(), grade="second", **new)
    assert [one.code for one in rest] == ["4103"]
    with pytest.raises(GradeUnknown):
        queries.preview_price(numbers.marketing(), grade="zzz", **new)


def test_lists_count_what_lies_in_the_own_branch(numbers: Numbers) -> None:
    numbers.hold(ABAB)
    assert queries.pools(numbers.keeper())[0].counted_at is None
    assert operations.count(numbers.system()) > 20
    (pool,) = queries.pools(numbers.keeper())
    assert (pool.code, pool.area_code, pool.segments) == ("4101", "0371", 1)
    assert pool.counts == {"free": 9_999, "reserved": 1} and pool.counted_at == NOON
    found = {row.code: row for row in queries.patterns(numbers.keeper())}
    assert list(found) == [rule.code for rule in rules.ordered()]
    assert found["abab"].numbers == found["abab"].free + 1
    assert sum(row.numbers for row in found.values()) == 10_000
    assert found["aaaa"].on and found["aaaa"].registered and found["aaaa"].examples
    everywhere = queries.figures(numbers.marketing())
    assert sum(row.count for row in everywhere) == 20_000
    assert {row.branch for row in queries.figures(numbers.keeper())} == {numbers.branch("4101")}
