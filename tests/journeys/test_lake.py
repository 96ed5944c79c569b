"""What is sold and taken back reaches the lake, and ties to the orders and the ledger."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import OrderId, Sale
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.models import Outlet, Stretch
from qudao.domain.saleschannel.types import OutletChange
from qudao.journeys import lake as journey
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.lake.dataset import branch_of, day_of
from qudao.platform.lake.store import Lake, open_lake
from tests.province import NOON, Province, assert_sound

pytestmark = pytest.mark.django_db

TODAY = business_date(NOON)
MONTH = TODAY.replace(day=1)
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = open_lake(tmp_path / "lake", "duckdb://?threads=1&memory=512MiB")
    yield made
    made.engine.close()


def sold(province: Province, fen: int, *, at=NOON) -> OrderId:  # type: ignore[no-untyped-def]
    ctx = province.clerk(at=at)
    (done,) = sell([(ctx, Sale(province.agent, "TOPUP", "13803710001", Money(fen)))])
    assert not isinstance(done, Exception), done
    return done.order


@pytest.fixture
def three(province: Province) -> list[OrderId]:
    """Three completed top-ups of 100, 50 and 30 yuan."""
    province.pay_in(province.agent, Money(1_000_00))
    orders = [sold(province, fen) for fen in (100_00, 50_00, 30_00)]
    province.dispatch()
    province.complete(orders)
    return orders


def number_of(outlet: OrganizationId) -> int:
    return Outlet.objects.unscoped("the test looks at it").get(organization_id=outlet).number


def export(province: Province, lake: Lake, *, at=TOMORROW, **more):  # type: ignore[no-untyped-def]
    return journey.export(province.system(at), lake, first=MONTH, last=business_date(at), **more)


def rows(lake: Lake, name: str) -> list[dict[str, object]]:
    return lake.engine.arrow(lake.read(name)).to_pylist()  # type: ignore[no-any-return]


def test_a_day_of_sales_reaches_the_lake(
    province: Province, lake: Lake, three: list[OrderId]
) -> None:
    export(province, lake)

    found = rows(lake, "sales")
    number = number_of(province.agent)
    assert sorted(row["order"] for row in found) == sorted(map(str, three))  # type: ignore[type-var]
    assert {(row["outlet"], row["branch"], row["day"]) for row in found} == {
        (number, "4101", TODAY)
    }
    assert {row["amount"] for row in found} == {100_00, 50_00, 30_00}
    assert all(row["clerk"] for row in found)
    assert {(day_of(row["fact"]), branch_of(row["fact"])) for row in found} == {(TODAY, "4101")}  # type: ignore[arg-type]
    assert journey.untied(lake, first=MONTH, last=TODAY) == []
    assert_sound()


def test_nothing_is_written_twice(province: Province, lake: Lake, three: list[OrderId]) -> None:
    assert {one.dataset for one in export(province, lake)} == {"sales", "outlets"}
    assert export(province, lake) == []


def test_a_late_sale_makes_a_version_in_which_the_others_keep_their_numbers(
    province: Province, lake: Lake, three: list[OrderId]
) -> None:
    late = sold(province, 20_00)
    export(province, lake)
    before = {row["order"]: row["fact"] for row in rows(lake, "sales")}
    assert set(before) == {str(order) for order in three}
    pinned = lake.pin(MONTH)

    province.dispatch()
    province.complete([late])
    (problem,) = journey.untied(lake, first=MONTH, last=TODAY)
    assert "3 rows of 18000 fen" in problem
    (written,) = export(province, lake)

    assert (written.number, written.supersedes, written.rows) == (2, 1, 4)
    after = {row["order"]: row["fact"] for row in rows(lake, "sales")}
    assert {order: after[order] for order in before} == before
    assert after[str(late)] > max(before.values())  # type: ignore[type-var]
    assert lake.engine.arrow(lake.read("sales", versions=pinned)).num_rows == 3
    assert journey.untied(lake, first=MONTH, last=TODAY) == []


@pytest.mark.parametrize("exported", [None, 29])
def test_what_completed_late_while_nothing_was_exported_is_found(
    province: Province, lake: Lake, three: list[OrderId], exported: int | None
) -> None:
    late = sold(province, 20_00)
    if exported:
        export(province, lake, at=NOON + timedelta(days=exported))
    known = rows(lake, "sales")
    done = NOON + timedelta(days=50)
    province.dispatch()
    province.complete([late], at=done)
    first = business_date(done).replace(day=1)
    options: dict[str, Any] = {"first": first, "last": business_date(done)}
    said: list[str] = []
    journey.export(province.system(done), lake, **options, say=said.append)
    assert "1 orders completed after more than 30 days, and were not noted" in said
    found = [row for row in rows(lake, "sales") if row not in known]
    assert [(row["order"], row["day"]) for row in found] == [(str(late), business_date(done))]
    assert journey.untied(lake, **options) == []
    assert journey.export(province.system(done), lake, **options) == []


def test_an_order_that_completes_after_months_reaches_the_lake(
    province: Province, lake: Lake, three: list[OrderId]
) -> None:
    late, never = sold(province, 20_00), sold(province, 10_00)
    said: list[str] = []
    for days in (29, 40, 41):
        export(province, lake, at=NOON + timedelta(days=days), say=said.append)
    assert [text for text in said if "open" in text] == [
        "2 more orders are open for 30 days: they come when they complete"
    ]
    done = NOON + timedelta(days=75)
    province.dispatch()
    province.complete([late], at=done)

    first = business_date(done).replace(day=1)
    options = {"first": first, "last": business_date(done)}
    journey.export(province.system(done), lake, **options)
    found = {row["order"]: row["day"] for row in rows(lake, "sales")}
    assert found[str(late)] == business_date(done)
    assert str(never) not in found and len(found) == 4
    assert journey.untied(lake, **options) == []
    assert journey.export(province.system(done + timedelta(days=1)), lake, **options) == []


def test_a_reversal_names_the_sale_by_its_number(
    province: Province, lake: Lake, three: list[OrderId]
) -> None:
    supervisor = province.context("outlet_owner", province.agent)
    taken = ordering.reverse(supervisor, order=three[2], reason="wrong number")
    province.dispatch()
    province.complete([taken])

    export(province, lake)

    facts = {row["order"]: row["fact"] for row in rows(lake, "sales")}
    (reversal,) = rows(lake, "reversals")
    assert reversal["fact"] == facts[str(three[2])]
    assert (reversal["amount"], reversal["reason"]) == (30_00, "wrong number")
    assert len(facts) == 3, "what was sold stays sold; it is taken back by another row"
    assert journey.untied(lake, first=MONTH, last=TODAY) == []


def test_an_outlet_is_what_it_was_noted_last_on_a_day(province: Province, lake: Lake) -> None:
    outlet = province.agent

    def star(number: int, days: int, hours: int = 0) -> None:
        at = NOON + timedelta(days=days, hours=hours)
        saleschannel.change(
            province.system(at), outlet=outlet, changes=OutletChange(star=number, tier=2)
        )
        saleschannel.note_attributes(province.system(at))

    saleschannel.note_attributes(province.system())
    star(4, days=3)
    star(5, days=3, hours=1)  # the same day: it counts for all of it
    star(5, days=4)
    later = NOON + timedelta(days=5)
    export(province, lake, at=later)

    number = number_of(outlet)
    stretches = [row for row in rows(lake, "outlets") if row["outlet"] == number]
    assert [(row["from_day"], row["until_day"], row["star"]) for row in stretches] == [
        (stretches[0]["from_day"], TODAY + timedelta(days=3), stretches[0]["star"]),
        (TODAY + timedelta(days=3), date(2026, 12, 1), 5),
    ]
    assert stretches[0]["star"] != 5
    assert Stretch.objects.filter(outlet_id=outlet).count() == 2


def test_an_outlet_that_moves_leaves_its_sales_where_they_were(
    province: Province, lake: Lake, three: list[OrderId]
) -> None:
    export(province, lake)
    moved = NOON + timedelta(days=2)
    saleschannel.move(
        province.system(moved), outlet=province.agent, place=province.organizations["410305"]
    )
    export(province, lake, at=moved)

    assert {row["branch"] for row in rows(lake, "sales")} == {"4101"}
    number = number_of(province.agent)
    branches = {
        row["branch"]: (row["from_day"], row["until_day"])
        for row in rows(lake, "outlets")
        if row["outlet"] == number
    }
    assert branches["4101"][1] == branches["4103"][0] == business_date(moved)


def test_a_number_is_given_once(province: Province) -> None:
    row = Outlet.objects.unscoped("the test looks at it").get(organization_id=province.agent)
    number, row.number = row.number, row.number + 1000
    row.save()
    assert number_of(province.agent) == number
