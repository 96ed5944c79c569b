"""The customers: deterministic, plausible, on Henan's numbers."""

from collections import Counter
from itertools import islice

from qudao.kernel.numbers import valid_msisdn
from simulators.boss.catalogue import catalogue
from simulators.boss.people import BRANCHES, PREFIXES, people, person

PEOPLE = list(people(1, 5_000))


def test_they_depend_on_seed_and_position_alone() -> None:
    assert list(people(1, 50)) == PEOPLE[:50] == list(islice(people(1, 1_000_000), 50))
    assert person(1, 4_321) == PEOPLE[4_321]
    assert [one.msisdn for one in people(2, 50)] != [one.msisdn for one in PEOPLE[:50]]


def test_numbers_are_valid_and_never_shared() -> None:
    assert all(valid_msisdn(one.msisdn) and one.msisdn[:3] in PREFIXES for one in PEOPLE)
    assert len({one.msisdn for one in PEOPLE}) == len(PEOPLE)


def test_every_branch_has_its_share() -> None:
    assert len(BRANCHES) == 18 and sum(BRANCHES.values()) == 100
    counts = Counter(one.branch for one in PEOPLE)
    assert counts == {branch: 50 * share for branch, share in BRANCHES.items()}


def test_their_products_exist_and_their_money_is_whole() -> None:
    plans = {plan.code: plan for plan in catalogue().plans}
    groups = {add_on.code: add_on.exclusive_group for add_on in catalogue().add_ons}
    for one in PEOPLE:
        assert one.payment in plans[one.plan].payment
        exclusive = [groups[code] for code in one.add_ons if groups[code]]
        assert len(exclusive) == len(set(exclusive))
        assert one.balance >= 0
        assert all(0 <= bill.open <= bill.amount for bill in one.bills)
        if one.payment == "prepaid":
            assert not one.bills


def test_there_is_something_of_everything() -> None:
    assert {one.plan for one in PEOPLE} == {plan.code for plan in catalogue().plans}
    assert {one.state for one in PEOPLE} == {"active", "suspended", "terminated"}
    assert {one.market for one in PEOPLE} == {"city", "rural"}
    assert {one.payment for one in PEOPLE} == {"prepaid", "postpaid"}
    assert any(bill.open for one in PEOPLE for bill in one.bills)


def test_codes_are_unique_and_named_in_both_languages() -> None:
    products = (*catalogue().plans, *catalogue().add_ons)
    assert len({product.code for product in products}) == len(products)
    for product in products:
        assert product.name_en.isascii() and not product.name_zh.isascii()
        assert product.description_en.isascii() and not product.description_zh.isascii()
