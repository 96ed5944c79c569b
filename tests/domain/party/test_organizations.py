"""The tree of organizations: what stands where, who may change it, and that paths stay true."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.party import operations as party
from qudao.domain.party import queries
from qudao.domain.party.models import Organization
from qudao.domain.party.types import OrganizationId, OrganizationKind
from qudao.kernel.page import PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from tests.domain.party.conftest import acting, system

Tree = dict[str, OrganizationId]


def paths() -> dict[str, str]:
    rows = Organization.objects.unscoped("test")
    return {str(row.code): str(row.path) for row in rows}


def assert_paths_true() -> None:
    """Every path is the parent's path and the own code."""
    rows = {row.id: row for row in Organization.objects.unscoped("test")}
    for row in rows.values():
        above = "" if row.parent_id is None else f"{rows[row.parent_id].path}."
        assert row.path == f"{above}{row.code}"


def test_paths_are_the_codes_from_the_group_down(tree: Tree) -> None:
    assert paths()["A00001"] == "000.41.4101.410102.A00001"
    assert_paths_true()


def create(
    ctx: Context, kind: OrganizationKind, code: str, parent: OrganizationId | None
) -> object:
    return party.create_organization(
        ctx, kind=kind, code=code, name_zh="某处", name_en="Somewhere", parent=parent
    )


def test_what_cannot_stand_there_is_refused(tree: Tree) -> None:
    before = paths()
    with pytest.raises(party.WrongLevel):
        create(system(), OrganizationKind.COUNTY, "X1", tree["41"])
    with pytest.raises(party.WrongLevel):
        create(system(), OrganizationKind.PROVINCE, "X1", tree["A00001"])
    with pytest.raises(party.InvalidCode):
        create(system(), OrganizationKind.GROUP, "001", None)
    with pytest.raises(party.DuplicateCode):
        create(system(), OrganizationKind.OUTLET, "A00001", tree["410305"])
    for code in ("", "a1", "A.1", "A 1", "Ä1", "A" * 33, "%", "A_1"):
        with pytest.raises(party.InvalidCode):
            create(system(), OrganizationKind.OUTLET, code, tree["410102"])
    with pytest.raises(party.InvalidName):
        party.create_organization(
            system(),
            kind=OrganizationKind.OUTLET,
            code="X1",
            name_zh="  ",
            name_en="x",
            parent=tree["410102"],
        )
    assert paths() == before


def test_a_foreign_place_does_not_exist(tree: Tree) -> None:
    zhengzhou = acting("branch_supervisor", "000.41.4101")
    with pytest.raises(party.OrganizationNotFound):
        create(zhengzhou, OrganizationKind.OUTLET, "X1", tree["410305"])
    with pytest.raises(party.OrganizationNotFound):
        party.rename_organization(
            acting("branch_supervisor", "000.41.4101"),
            organization=tree["4103"],
            name_zh="x",
            name_en="x",
        )
    province = acting("province_administrator", "000.41")
    with pytest.raises(party.OrganizationNotFound):
        party.move_organization(province, organization=tree["41"], parent=tree["41"])
    assert queries.organization(acting("auditor", "000.41.4101"), tree["4103"]) is None
    assert queries.ancestors(acting("auditor", "000.41.4101"), tree["A00003"]) == ()
    codes = {
        row.code
        for row in queries.organizations(acting("auditor", "000.41.4101"), PageRequest()).items
    }
    assert codes == {"4101", "410102", "410105", "A00001", "A00002"}


def test_a_prefix_of_a_code_is_no_ancestor(tree: Tree) -> None:
    """`4101` is the start of the text `410102`, and must not cover a sibling of that name."""
    assert not Scope.of(["000.41.41"]).covers("000.41.4101")
    found = queries.organizations(acting("auditor", "000.4"), PageRequest())
    assert found.items == ()


def test_without_a_scope_nothing_is_listed(tree: Tree) -> None:
    ctx = acting("auditor", "000.41")
    nowhere = Context(ctx.actor, ctx.channel, ctx.at, "k", ctx.grants, Scope())
    assert queries.organizations(nowhere, PageRequest()).items == ()
    assert queries.organizations(nowhere, PageRequest()).total == 0
    assert queries.members(nowhere, PageRequest()).items == ()


def test_a_move_takes_the_subtree_along(tree: Tree) -> None:
    party.move_organization(system(), organization=tree["410102"], parent=tree["4103"])
    assert paths()["410102"] == "000.41.4103.410102"
    assert paths()["A00001"] == "000.41.4103.410102.A00001"
    assert paths()["410105"] == "000.41.4101.410105"
    assert_paths_true()
    entry = JournalEntry.objects.latest("id")
    assert entry.events == [
        [
            "party.OrganizationMoved",
            {
                "organization": str(tree["410102"]),
                "old_path": "000.41.4101.410102",
                "new_path": "000.41.4103.410102",
            },
        ]
    ]


def test_nothing_moves_where_it_cannot_stand(tree: Tree) -> None:
    before = paths()
    with pytest.raises(party.WrongLevel):
        party.move_organization(system(), organization=tree["A00001"], parent=tree["41"])
    with pytest.raises(party.WrongLevel):
        party.move_organization(system(), organization=tree["000"], parent=tree["41"])
    with pytest.raises((party.InsideItself, party.WrongLevel)):
        party.move_organization(system(), organization=tree["4101"], parent=tree["410102"])
    assert paths() == before


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(["4101", "4103", "410102", "410105", "410305", "A00001", "A00003"]),
            st.sampled_from(["000", "41", "4101", "4103", "410102", "410105", "410305", "A00002"]),
        ),
        max_size=8,
    )
)
def test_whatever_is_moved_paths_stay_true(tree: Tree, moves: list[tuple[str, str]]) -> None:
    for what, where in moves:
        before = paths()
        try:
            party.move_organization(system(), organization=tree[what], parent=tree[where])
        except (party.WrongLevel, party.InsideItself):
            assert paths() == before
        assert_paths_true()
    assert len(set(paths().values())) == len(paths())


@pytest.mark.django_db(transaction=True)
def test_moves_and_additions_at_the_same_moment(tree: Tree) -> None:
    """Outlets are added under a county while it moves to and fro: every path is true at the end."""
    problems: list[BaseException] = []

    def add(number: int) -> None:
        try:
            for step in range(5):
                create(system(), OrganizationKind.OUTLET, f"N{number}-{step}", tree["410102"])
        except BaseException as error:
            problems.append(error)
        finally:
            connections.close_all()

    def move() -> None:
        try:
            for step in range(6):
                target = tree["4103"] if step % 2 == 0 else tree["4101"]
                party.move_organization(system(), organization=tree["410102"], parent=target)
        except BaseException as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(3)]
    threads += [threading.Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert_paths_true()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM party_organization WHERE code LIKE 'N%%'")
        assert cursor.fetchone() == (15,)
