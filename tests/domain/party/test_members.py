"""Who may act where: admission, history, suspension, and who may decide on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from qudao.domain.party import operations as party
from qudao.domain.party import queries
from qudao.domain.party.models import Individual, Membership
from qudao.domain.party.types import Admitted, MembershipId, OrganizationId
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.scope import Scope
from qudao.platform.commands.command import NotPermitted
from qudao.platform.identity import operations as identity
from qudao.platform.identity.models import User
from qudao.platform.identity.types import UserId
from tests.domain.party.conftest import NOON, acting, system

Tree = dict[str, OrganizationId]
OUTLET = "000.41.4101.410102.A00001"


def admit(tree: Tree, username: str, role: str, code: str, at: datetime = NOON) -> Admitted:
    return party.admit_member(
        system(at),
        organization=tree[code],
        role=role,
        username=username,
        name=Personal("张小三"),
        phone=None,
    )


def test_an_owner_admits_a_clerk_who_must_change_the_password(tree: Tree) -> None:
    admitted = party.admit_member(
        acting("outlet_owner", OUTLET),
        organization=tree["A00001"],
        role="outlet_clerk",
        username="Li.Hua",
        name=Personal("李华"),
        phone=Personal("138 1234 5678"),
        employee_number="E7",
    )
    user = User.objects.get(id=admitted.user)
    assert (user.username, user.phone, user.must_change_password) == ("li.hua", "13812345678", True)
    assert admitted.password is not None
    assert check_password(str.__str__(admitted.password), user.password)
    row = queries.member(acting("outlet_owner", OUTLET), admitted.membership)
    assert row is not None
    assert (row.name_masked, row.phone_masked, row.role) == ("李*", "138****5678", "outlet_clerk")
    held = queries.authority(admitted.user, NOON)
    assert held.scope == Scope.of([OUTLET])
    assert "ordering.sell" in held.grants
    assert "party.admit_member" not in held.grants


def test_the_same_request_admits_once(tree: Tree) -> None:
    def once() -> Admitted:
        return party.admit_member(
            acting("outlet_owner", OUTLET, key="admit-1"),
            organization=tree["A00001"],
            role="outlet_clerk",
            username="once",
            name=Personal("李华"),
        )

    first, second = once(), once()
    assert (first.membership, first.user) == (second.membership, second.user)
    assert second.password is not None and str.__str__(second.password) == "•••"
    assert User.objects.filter(username="once").count() == 1


@pytest.mark.parametrize(
    ("role", "code", "refusal"),
    [
        ("outlet_owner", "A00001", party.RoleNotAppointable),
        ("province_administrator", "A00001", party.RoleNotAtLevel),
        ("nonsense", "A00001", party.UnknownRole),
        ("outlet_clerk", "A00002", party.OrganizationNotFound),
        ("outlet_clerk", "410102", party.OrganizationNotFound),
        ("system", "A00001", party.RoleNotAtLevel),
    ],
)
def test_an_owner_gives_only_what_is_theirs_to_give(
    tree: Tree, role: str, code: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        party.admit_member(
            acting("outlet_owner", OUTLET),
            organization=tree[code],
            role=role,
            username="intruder",
            name=Personal("李华"),
        )
    assert not User.objects.exists()
    assert not Individual.objects.unscoped("test").exists()


def test_a_clerk_admits_nobody(tree: Tree) -> None:
    with pytest.raises(NotPermitted):
        party.admit_member(
            acting("outlet_clerk", OUTLET),
            organization=tree["A00001"],
            role="outlet_clerk",
            username="friend",
            name=Personal("李华"),
        )


def test_half_done_admissions_leave_nothing(tree: Tree) -> None:
    """The account is opened first; when the person's document is refused, it is gone again."""
    with pytest.raises(party.InvalidDocument):
        party.admit_member(
            system(),
            organization=tree["A00001"],
            role="outlet_clerk",
            username="half",
            name=Personal("李华"),
            document=Personal("410101199003071233"),
        )
    assert not User.objects.filter(username="half").exists()


def test_suspension_acts_at_once_and_is_undone(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    owner = lambda: acting("outlet_owner", OUTLET)  # noqa: E731
    party.suspend_member(owner(), membership=clerk.membership, reason="missing cash")
    held = queries.authority(clerk.user, NOON)
    assert (held.acting, held.grants, held.scope) == (None, frozenset(), Scope())
    with pytest.raises(party.AlreadySuspended):
        party.suspend_member(owner(), membership=clerk.membership, reason="again")
    party.resume_member(owner(), membership=clerk.membership)
    assert "ordering.sell" in queries.authority(clerk.user, NOON).grants
    with pytest.raises(party.NotSuspended):
        party.resume_member(owner(), membership=clerk.membership)


def test_a_closed_account_may_do_nothing(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    identity.deactivate(acting("outlet_owner", OUTLET), user=clerk.user)
    assert queries.authority(clerk.user, NOON).memberships == ()


def test_history_is_kept_and_half_open(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001", at=NOON)
    day = timedelta(days=1)
    promoted = party.change_role(
        system(NOON + day), membership=clerk.membership, role="outlet_owner"
    )
    party.end_membership(system(NOON + 2 * day), membership=promoted, reason="moved away")

    def role(at: datetime) -> str | None:
        held = queries.authority(clerk.user, at).acting
        return None if held is None else held.role

    moment = timedelta(microseconds=1)
    assert role(NOON - moment) is None
    assert role(NOON) == "outlet_clerk"
    assert role(NOON + day - moment) == "outlet_clerk"
    assert role(NOON + day) == "outlet_owner"
    assert role(NOON + 2 * day - moment) == "outlet_owner"
    assert role(NOON + 2 * day) is None
    listed = queries.members(system(), PageRequest(), queries.MemberFilter(user=clerk.user)).items
    assert [row.role for row in listed] == ["outlet_owner", "outlet_clerk"]
    with pytest.raises(party.MembershipIsOver):
        party.suspend_member(system(NOON + 3 * day), membership=promoted, reason="late")


def test_the_same_role_twice_at_one_place_is_refused(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    with pytest.raises(party.PeriodOverlaps):
        party.add_membership(
            system(), user=clerk.user, organization=tree["A00001"], role="outlet_clerk"
        )
    elsewhere = party.add_membership(
        system(), user=clerk.user, organization=tree["A00002"], role="outlet_clerk"
    )
    assert {one.membership for one in queries.authority(clerk.user, NOON).memberships} == {
        clerk.membership,
        elsewhere,
    }


def test_the_database_itself_forbids_overlaps(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(
            id=UUID(int=5),
            user_id=clerk.user,
            organization_id=tree["A00001"],
            role="outlet_clerk",
            started_at=NOON + timedelta(days=9),
        )


def test_several_memberships_are_acted_in_one_at_a_time(tree: Tree) -> None:
    boss = admit(tree, "boss", "outlet_owner", "A00001")
    second = party.add_membership(
        system(), user=boss.user, organization=tree["A00003"], role="outlet_clerk"
    )
    first = queries.authority(boss.user, NOON)
    assert first.scope == Scope.of([OUTLET])
    other = queries.authority(boss.user, NOON, acting=second)
    assert other.scope == Scope.of(["000.41.4103.410305.A00003"])
    assert "party.admit_member" not in other.grants
    nobody = queries.authority(boss.user, NOON, acting=MembershipId(UUID(int=1)))
    assert nobody.acting == first.acting
    bound = queries.authority(boss.user, NOON, organization=tree["A00003"])
    assert [one.membership for one in bound.memberships] == [second]
    assert queries.authority(boss.user, NOON, organization=tree["A00002"]).grants == frozenset()


def test_authority_is_one_statement(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    with CaptureQueriesContext(connection) as seen:
        queries.authority(clerk.user, NOON)
    assert len(seen) == 1


def test_a_move_takes_the_members_scope_along(tree: Tree) -> None:
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    party.move_organization(system(), organization=tree["A00001"], parent=tree["410305"])
    assert queries.authority(clerk.user, NOON).scope == Scope.of(["000.41.4103.410305.A00001"])


def test_nobody_changes_the_own_membership(tree: Tree) -> None:
    owner = admit(tree, "owner", "outlet_owner", "A00001")
    mine = lambda: acting("branch_supervisor", "000.41.4101", actor=owner.user)  # noqa: E731
    with pytest.raises(party.OwnMembership):
        party.suspend_member(mine(), membership=owner.membership, reason="self")
    with pytest.raises(party.OwnMembership):
        party.add_membership(
            mine(), user=owner.user, organization=tree["A00002"], role="outlet_owner"
        )


def test_members_of_others_do_not_exist(tree: Tree) -> None:
    far = admit(tree, "far", "outlet_clerk", "A00003")
    here = lambda: acting("branch_supervisor", "000.41.4101")  # noqa: E731
    for refused in (
        lambda: party.suspend_member(here(), membership=far.membership, reason="xx"),
        lambda: party.end_membership(here(), membership=far.membership, reason="xx"),
        lambda: party.change_role(here(), membership=far.membership, role="outlet_owner"),
        lambda: party.add_membership(
            here(), user=far.user, organization=tree["A00001"], role="outlet_clerk"
        ),
    ):
        with pytest.raises(party.MembershipNotFound):
            refused()
    assert queries.member(here(), far.membership) is None
    with pytest.raises(identity.AccountNotFound):
        identity.reset_password(here(), user=far.user)


def test_an_owner_cannot_reset_who_stands_above(tree: Tree) -> None:
    """A supervisor who also helps out as a clerk is out of the outlet owner's reach."""
    both = admit(tree, "both", "branch_supervisor", "4101")
    party.add_membership(system(), user=both.user, organization=tree["A00001"], role="outlet_clerk")
    with pytest.raises(identity.AccountNotFound):
        identity.reset_password(acting("outlet_owner", OUTLET), user=both.user)
    with pytest.raises(identity.AccountNotFound):
        identity.set_phone(
            acting("outlet_owner", OUTLET), user=both.user, phone=Personal("13900000000")
        )
    clerk = admit(tree, "clerk", "outlet_clerk", "A00001")
    assert identity.reset_password(acting("outlet_owner", OUTLET), user=clerk.user)
    other = admit(tree, "other", "outlet_owner", "A00001")
    with pytest.raises(identity.AccountNotFound):
        identity.reset_password(acting("outlet_owner", OUTLET), user=other.user)


def test_somebody_without_membership_is_nobodys(tree: Tree) -> None:
    user = identity.create_user(system(), username="loner")
    assert queries.authority(UserId(user), NOON).grants == frozenset()
    with pytest.raises(identity.AccountNotFound):
        identity.deactivate(acting("province_administrator", "000.41"), user=user)
