"""Numbers at the counter: found while one types, held, let go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import MOST_HOLDS, HoldId, Reserve
from qudao.domain.saleschannel import operations as saleschannel
from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.things import Counter


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def _shown(response: object) -> list[str]:
    return [one.record.number for one in response.context["found"]]  # type: ignore[attr-defined]


def test_by_the_last_digits(counter: Counter) -> None:
    page = counter.get("numbers", digits="88", where="suffix")
    assert page.status_code == 200
    assert _shown(page) and all(number.endswith("88") for number in _shown(page))
    assert "<mark>88</mark>" in page.content.decode()


def test_anywhere_and_at_the_beginning(counter: Counter) -> None:
    anywhere = counter.get("numbers_found", digits="371 1", where="anywhere")
    assert all("3711" in number[3:] for number in _shown(anywhere))
    starts = counter.get("numbers_found", digits="13403711", where="starts")
    assert _shown(starts) and all(number.startswith("13403711") for number in _shown(starts))


def test_by_grade_pattern_and_without_four(counter: Counter) -> None:
    page = counter.get("numbers_found", grade="second")
    assert _shown(page) and all(one.record.grade == "second" for one in page.context["found"])
    assert "prepayment ¥" in page.content.decode()
    assert "plan from ¥" in page.content.decode()
    pattern = counter.get("numbers_found", pattern="abab")
    assert all(number[-4:-2] == number[-2:] for number in _shown(pattern))
    counter.get("numbers_found", without4="on")
    cheap = counter.get("numbers_found", price_max="0")
    assert all(one.record.price.minor == 0 for one in cheap.context["found"])


def test_the_next_page_shows_others(counter: Counter) -> None:
    first = counter.get("numbers_found", digits="8")
    after = first.context["after"]
    second = counter.get("numbers_found", digits="8", after=after)
    assert not set(_shown(first)) & set(_shown(second))
    assert f"after={after}" in first.content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"digits": "88", "where": "anywhere"}, "Type at least 3 digits to look anywhere."),
        ({"digits": "123456789", "where": "suffix"}, "At most 8 digits can be looked for here."),
        ({"digits": "abc"}, "Only digits: 0 to 9."),
        ({"price_min": "x"}, "Enter an amount in yuan"),
        ({"digits": "99999999"}, "No such number is free"),
    ],
)
def test_searches_that_find_nothing_say_why(
    counter: Counter, query: dict[str, str], words: str
) -> None:
    page = counter.get("numbers_found", **query)
    assert page.status_code == 200
    assert words in page.content.decode()


def test_held_shown_with_its_time_and_let_go(counter: Counter) -> None:
    number = counter.number()
    assert counter.post("number_hold", number=number).url == "/numbers/"
    (held,) = counter.held()
    assert held.number == number
    page = counter.get("number_holds")
    text = page.content.decode()
    left = int(text.split('data-countdown="')[1].split('"')[0])
    assert 29 * 60 < left <= 30 * 60
    assert "Open an account" in text
    gone = counter.post("number_release", held.hold)
    assert gone.status_code == 302
    assert counter.held() == ()


def test_a_number_that_somebody_else_holds(counter: Counter) -> None:
    number = counter.number()
    hall = counter.shop.province.hall
    resource.reserve.one(counter.shop.province.system(datetime.now(UTC)), Reserve(hall, number))
    answer = counter.post("number_hold", number=number)
    page = counter.client.get(answer.url)
    assert f"{number} is" in page.content.decode() or "taken" in page.content.decode()
    assert counter.held() == ()


def test_a_double_click_holds_once(counter: Counter) -> None:
    number = counter.number()
    for _n in range(2):
        counter.post("number_hold", number=number, request_key="twice")
    assert len(counter.held()) == 1


def test_no_more_than_twenty(counter: Counter) -> None:
    page = counter.get("numbers_found", digits="1")
    wanted = _shown(page) + _shown(counter.get("numbers_found", digits="2"))
    for number in wanted[:MOST_HOLDS]:
        counter.post("number_hold", number=number)
    answer = counter.post("number_hold", number=wanted[MOST_HOLDS])
    assert "20" in counter.client.get(answer.url).content.decode()
    assert len(counter.held()) == MOST_HOLDS


def test_a_hold_that_is_over_or_was_let_go_elsewhere(counter: Counter) -> None:
    counter.post("number_hold", number=counter.number())
    (held,) = counter.held()
    late = datetime.now(UTC) + timedelta(minutes=31)
    resource.expire(counter.shop.province.system(late))
    answer = counter.post("number_release", held.hold)
    assert answer.status_code == 302
    assert counter.client.get(answer.url).status_code == 200


def test_holds_of_another_outlet_are_not_ours(counter: Counter) -> None:
    far = counter.shop.province.far
    system = counter.shop.province.system(datetime.now(UTC))
    page = numbers.search(system, outlet=far, search=_any())
    theirs = resource.reserve.one(
        counter.shop.province.system(datetime.now(UTC)), Reserve(far, page.items[0].number)
    )
    assert theirs.number not in counter.get("numbers").content.decode()
    counter.post("number_release", theirs.hold)
    still = numbers.held(counter.shop.province.system(datetime.now(UTC)), hold=HoldId(theirs.hold))
    assert still.number == theirs.number


def test_a_suspended_outlet_holds_nothing(counter: Counter) -> None:
    number = counter.number()
    saleschannel.suspend(
        counter.shop.province.system(datetime.now(UTC)), outlet=counter.shop.outlet, reason="x y"
    )
    counter.post("number_hold", number=number)
    assert counter.held() == ()


def test_the_way_back_is_one_of_ours(counter: Counter) -> None:
    answer = counter.post("number_hold", number=counter.number(), next="//evil.example/")
    assert answer.url == "/numbers/"
    answer = counter.post("number_hold", number=counter.number(), next="https://evil.example/")
    assert answer.url == "/numbers/"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens(shop: Shop, language: str) -> None:
    counter = Counter(shop, language)
    for page in (
        "numbers",
        "numbers_found",
        "number_holds",
        "opening",
        "cards",
        "card_use",
        "goods",
    ):
        assert counter.get(page).status_code == 200, page
    for business in ("sim_swap", "number_change", "cancellation"):
        assert counter.get("line", business).status_code == 200
    assert counter.get("line", "lottery").status_code == 404
    home = counter.client.get("/").content.decode()
    assert "/opening/" in home and "/numbers/" in home


def _any():  # type: ignore[no-untyped-def]
    from qudao.domain.resource.types import NumberSearch

    return NumberSearch()
