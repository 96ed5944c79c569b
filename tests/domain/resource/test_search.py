"""Searching: what is found is what a look through all numbers finds."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.resource import operations, queries, rules
from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import NumberRecord, NumberSearch, SearchInvalid
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.kernel.money import Money
from qudao.platform.commands.context import NotPermitted
from tests.domain.resource.conftest import LUOYANG, ZHENGZHOU, Numbers

SECOND = "1523712"
EXTRA = [f"1390381{n:04d}" for n in range(0, 10_000, 37)]
"""Single numbers that were loaded one by one."""


def everything(
    numbers: Numbers, search: NumberSearch, limit: int = 200
) -> tuple[NumberRecord, ...]:
    """Page through all that is found."""
    found: list[NumberRecord] = []
    after = None
    while True:
        page = queries.search(
            numbers.clerk(),
            outlet=numbers.province.agent,
            search=search,
            after=after,
            limit=limit,
        )
        found += page.items
        after = page.after
        if after is None:
            return tuple(found)
        assert len(page.items) == limit


def fits(
    search: NumberSearch, number: str, prices: dict[str, Money], grades: dict[str, str]
) -> bool:
    pattern = rules.pattern_of(number)
    price = prices[grades[pattern]]
    return (
        number.endswith(search.suffix)
        and search.anywhere in number[-8:]
        and number.startswith(search.starts)
        and search.pattern in ("", pattern)
        and search.grade in ("", grades[pattern])
        and not (search.without4 and "4" in number)
        and (search.price_min is None or price >= search.price_min)
        and (search.price_max is None or price <= search.price_max)
    )


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    some = st.text("0123456789", min_size=least, max_size=most)
    real = st.sampled_from([ZHENGZHOU, SECOND, "1390381"]).flatmap(
        lambda prefix: st.integers(0, 9999).map(lambda n: f"{prefix}{n:04d}")
    )
    part = st.tuples(real, st.integers(0, 8), st.integers(least, most)).map(
        lambda made: made[0][3:][made[1] :][: made[2]]
    )
    return st.one_of(some, part.filter(lambda text: len(text) >= least))


SEARCHES = st.builds(
    NumberSearch,
    suffix=st.one_of(st.just(""), digits(1, 4)),
    anywhere=st.one_of(st.just(""), digits(3, 6)),
    starts=st.one_of(
        st.just(""), st.sampled_from(["1", "138", "15", "1383711", "13837116", "139", "1999"])
    ),
    pattern=st.one_of(st.just(""), st.sampled_from(sorted(patterns))),
    grade=st.one_of(st.just(""), st.sampled_from(["premium", "second", "third", "ordinary"])),
    without4=st.booleans(),
    price_min=st.one_of(st.none(), st.sampled_from([Money(0), Money(200_00), Money(800_00)])),
    price_max=st.one_of(st.none(), st.sampled_from([Money(800_00), Money(2000_00)])),
)


def test_what_is_found_is_what_fits(numbers: Numbers) -> None:
    zhengzhou = numbers.branch("4101")
    operations.load_segments(numbers.system(), branch=zhengzhou, prefixes=[SECOND])
    operations.load_numbers(numbers.system(), branch=zhengzhou, numbers=EXTRA)
    gone = [f"{ZHENGZHOU}{n:04d}" for n in range(0, 10_000, 11)]
    operations.adopt(numbers.system(), numbers=gone)
    prices = {row.code: row.price for row in queries.grades(numbers.clerk())}
    grades = {row.code: row.grade for row in queries.patterns(numbers.system())}
    free = sorted(
        {f"{prefix}{n:04d}" for prefix in (ZHENGZHOU, SECOND) for n in range(10_000)} - set(gone)
        | set(EXTRA)
    )

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(search=SEARCHES)
    def check(search: NumberSearch) -> None:
        found = everything(numbers, search)
        expected = [number for number in free if fits(search, number, prices, grades)]
        assert sorted(one.number for one in found) == expected
        for one in found[:20]:
            assert one.pattern == rules.pattern_of(one.number)
            assert one.grade == grades[one.pattern] and one.price == prices[one.grade]
            assert one.without4 is ("4" not in one.number)
            assert one.state == "free" and one.branch == zhengzhou

    check()


def test_pages_go_on_where_they_ended_and_end(numbers: Numbers) -> None:
    for search in (
        NumberSearch(suffix="8"),
        NumberSearch(anywhere="118"),
        NumberSearch(pattern="aabb"),
        NumberSearch(grade="second"),
    ):
        small = everything(numbers, search, limit=7)
        assert len({one.number for one in small}) == len(small) > 7
        assert {one.number for one in small} == {one.number for one in everything(numbers, search)}


def test_two_who_search_alike_do_not_see_the_same(numbers: Numbers) -> None:
    search = NumberSearch(suffix="8")
    seen = [
        queries.search(numbers.clerk(), outlet=numbers.province.agent, search=search, limit=5)
        for _ in range(20)
    ]
    assert len({page.items[0].number for page in seen}) > 10


def test_an_outlet_sees_free_numbers_of_its_own_branch_only(numbers: Numbers) -> None:
    agent, far = numbers.province.agent, numbers.province.far
    page = queries.search(numbers.far_clerk(), outlet=far, search=NumberSearch(), limit=200)
    assert {one.number[:7] for one in page.items} == {LUOYANG}
    with pytest.raises(OutletUnknown):
        queries.search(numbers.far_clerk(), outlet=agent, search=NumberSearch())
    with pytest.raises(NotPermitted):
        ctx = replace(numbers.clerk(), grants=frozenset())
        queries.search(ctx, outlet=agent, search=NumberSearch())
    held = numbers.hold(f"{ZHENGZHOU}6688")
    search = NumberSearch(suffix="6688")
    assert everything(numbers, search) == ()
    operations.release(numbers.clerk(), hold=held.hold)
    assert [one.number for one in everything(numbers, search)] == [held.number]


@pytest.mark.parametrize(
    ("field", "search"),
    [
        ("suffix", NumberSearch(suffix="8a")),
        ("suffix", NumberSearch(suffix="123456789")),
        ("suffix", NumberSearch(suffix="８")),
        ("anywhere", NumberSearch(anywhere="12")),
        ("anywhere", NumberSearch(anywhere="1234567")),
        ("starts", NumberSearch(starts="138371166881")),
        ("pattern", NumberSearch(pattern="zzz")),
        ("grade", NumberSearch(grade="zzz")),
        ("price_max", NumberSearch(price_min=Money(2), price_max=Money(1))),
    ],
)
def test_a_search_without_sense_is_refused(
    numbers: Numbers, field: str, search: NumberSearch
) -> None:
    with pytest.raises(SearchInvalid) as refused:
        queries.search(numbers.clerk(), outlet=numbers.province.agent, search=search)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "1.2",
        "9.9.9.9.9",
        "1.1.1.1.99999999999",
        "1.1.1.1.-1",
        "0.99999999999.0.1.1",
        "0.80000001.0.99999999999.1",
        "0.80000001.1.99999999999.1",
    ],
)
def test_a_strange_cursor_begins_anew(numbers: Numbers, after: str) -> None:
    page = queries.search(
        numbers.clerk(), outlet=numbers.province.agent, search=NumberSearch(suffix="8"), after=after
    )
    assert len(page.items) == 20


@pytest.mark.parametrize(
    ("search", "statements"),
    [
        (NumberSearch(), 2),
        (NumberSearch(suffix="88", without4=True), 2),
        (NumberSearch(anywhere="888"), 2),
        (NumberSearch(pattern="aa"), 2),
        (NumberSearch(grade="second"), 3),
        (NumberSearch(starts="1383"), 3),
    ],
)
def test_a_search_costs_few_statements(
    numbers: Numbers, search: NumberSearch, statements: int
) -> None:
    with CaptureQueriesContext(connection) as caught:
        queries.search(numbers.clerk(), outlet=numbers.province.agent, search=search)
    assert len(caught) == statements
