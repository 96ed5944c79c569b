"""An outlet's stamp: another one after every change of what a sale looks at, and only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations, queries
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.saleschannel.types import Contract, Market, OutletChange
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from tests.province import NOON, Province


def stamp(outlet: OrganizationId) -> int:
    return queries.selling_points_now([outlet])[outlet].stamp


def _change(changes: OutletChange) -> Callable[[Province], None]:
    return lambda p: operations.change(p.system(), outlet=p.agent, changes=changes)


def _close(province: Province) -> None:
    operations.close(province.system(), outlet=province.agent, reason="gone")


def _suspend(province: Province) -> None:
    operations.suspend(province.system(), outlet=province.agent, reason="checked")


SEEN: dict[str, Callable[[Province], None]] = {
    "suspend": _suspend,
    "close": _close,
    "kind": _change(OutletChange(kind="sales_hall")),
    "market": _change(OutletChange(market=Market.RURAL)),
    "hours": _change(OutletChange(opening_hours={"mon": [["09:00", "10:00"]]})),
    "hours enforced": _change(OutletChange(hours_enforced=True)),
    "sale limit": lambda p: operations.set_limits(
        p.system(), outlet=p.agent, sale_limit=Money(1_00), day_limit=None
    ),
    "day limit": lambda p: operations.set_limits(
        p.system(), outlet=p.agent, sale_limit=None, day_limit=Money(1_00)
    ),
    "businesses": lambda p: operations.set_businesses(
        p.system(), outlet=p.agent, businesses=["top_up"]
    ),
    "contract": lambda p: operations.sign_contract(
        p.system(),
        outlet=p.agent,
        contract=Contract("C-2", Period(NOON, NOON + timedelta(days=9))),
    ),
    "move": lambda p: operations.move(p.system(), outlet=p.agent, place=p.organizations["410305"]),
    "move of its county": lambda p: party.move_organization(
        p.system(), organization=p.organizations["410102"], parent=p.organizations["4103"]
    ),
}

UNSEEN: dict[str, Callable[[Province], None]] = {
    "names": _change(OutletChange(name_zh="新名", name_en="New name")),
    "address": _change(OutletChange(address="2 Low Street")),
    "star": _change(OutletChange(star=5)),
    "name of its county": lambda p: party.rename_organization(
        p.system(), organization=p.organizations["410102"], name_zh="中原", name_en="Zhongyuan"
    ),
    "move of another county": lambda p: party.move_organization(
        p.system(), organization=p.organizations["410305"], parent=p.organizations["4101"]
    ),
    "another outlet": lambda p: operations.suspend(p.system(), outlet=p.hall, reason="checked"),
}


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN)
def test_a_change_that_a_sale_sees_gives_the_next_stamp(
    province: Province, change: Callable[[Province], None]
) -> None:
    agent, hall, far = (stamp(o) for o in (province.agent, province.hall, province.far))
    change(province)
    assert stamp(province.agent) > agent
    assert stamp(province.far) == far
    moved = stamp(province.hall) > hall
    assert moved == (change is SEEN["move of its county"])


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_any_other_change_leaves_the_stamp(
    province: Province, change: Callable[[Province], None]
) -> None:
    before = stamp(province.agent)
    change(province)
    assert stamp(province.agent) == before


def test_no_stamp_comes_twice(province: Province) -> None:
    """Not when a change is rolled back, taken back, or an old row is saved over a new one."""
    rows, seen = Outlet.objects.unscoped("test"), [stamp(province.agent)]
    old = rows.get(organization=province.agent)
    with transaction.atomic():
        _suspend(province)
        seen.append(stamp(province.agent))
        transaction.set_rollback(True)
    assert stamp(province.agent) == seen[0]
    for _ in range(2):
        _suspend(province)
        seen.append(stamp(province.agent))
        operations.resume(province.system(), outlet=province.agent)
        seen.append(stamp(province.agent))
    old.save()
    seen.append(stamp(province.agent))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM saleschannel_outlet WHERE organization_id = %s RETURNING *)"
            " SELECT to_jsonb(gone) FROM gone",
            [province.agent],
        )
        (row,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO saleschannel_outlet"
            " SELECT * FROM jsonb_populate_record(NULL::saleschannel_outlet, %s)",
            [row],
        )
    seen.append(stamp(province.agent))
    assert seen == sorted(set(seen))


def test_points_are_kept_until_they_are_forgotten(province: Province) -> None:
    queries.forget()
    both = [province.agent, province.hall]
    assert queries.selling_points(both) == queries.selling_points_now(both)
    known = queries.selling_points([province.agent])[province.agent]
    _suspend(province)
    with connection.execute_wrapper(_no_statement):
        assert queries.selling_points(both)[province.agent] is known
    queries.forget([province.agent])
    again = queries.selling_points([province.agent])[province.agent]
    assert (again.state, again.stamp > known.stamp) == ("suspended", True)
    nobody = province.organizations["41"]
    assert queries.selling_points([nobody]) == {}


def _no_statement(execute: object, sql: str, *_: object) -> None:
    raise AssertionError(sql)
