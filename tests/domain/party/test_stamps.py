"""An account's stamp: another one after every change of what it may do, and only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import update_last_login
from django.db import transaction

from qudao.domain.party import operations as party
from qudao.domain.party import queries
from qudao.domain.party.models import Membership
from qudao.domain.party.types import Standing
from qudao.domain.saleschannel import operations as saleschannel
from qudao.kernel.personal import Personal, Secret
from qudao.platform.identity import operations as identity
from qudao.platform.identity import tokens
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.types import UserId
from tests.province import NOON, Province

LATER = NOON + timedelta(hours=1)


def stamp(province: Province, name: str) -> int:
    return User.objects.get(id=province.people[name].user).stamp


def token_of(province: Province) -> ApiToken:
    return ApiToken.objects.get(user=province.people["clerk"].user)


SEEN: dict[str, Callable[[Province], object]] = {
    "account closed": lambda p: identity.deactivate(p.system(), user=p.people["clerk"].user),
    "membership suspended": lambda p: party.suspend_member(
        p.system(), membership=p.people["clerk"].membership, reason="left"
    ),
    "membership ended": lambda p: party.end_membership(
        p.system(LATER), membership=p.people["clerk"].membership, reason="left"
    ),
    "role": lambda p: party.change_role(
        p.system(LATER), membership=p.people["clerk"].membership, role="outlet_owner"
    ),
    "another membership": lambda p: party.add_membership(
        p.system(), user=p.people["clerk"].user, organization=p.hall, role="hall_clerk"
    ),
    "membership deleted": lambda p: (
        Membership.objects.unscoped("test").filter(id=p.people["clerk"].membership).delete()
    ),
    "token revoked": lambda p: identity.revoke_token(p.system(), token=token_of(p).id),
    "token replaced": lambda p: identity.rotate_token(p.system(), token=token_of(p).id),
    "token deleted": lambda p: token_of(p).delete(),
    "outlet moved": lambda p: saleschannel.move(
        p.system(), outlet=p.agent, place=p.organizations["410305"]
    ),
    "county moved": lambda p: party.move_organization(
        p.system(), organization=p.organizations["410102"], parent=p.organizations["4103"]
    ),
}

UNSEEN: dict[str, Callable[[Province], object]] = {
    "signed in": lambda p: update_last_login(None, User.objects.get(id=p.people["clerk"].user)),
    "password": lambda p: identity.reset_password(p.system(), user=p.people["clerk"].user),
    "phone": lambda p: identity.set_phone(
        p.system(), user=p.people["clerk"].user, phone=Personal("13800138000")
    ),
    "new token": lambda p: identity.issue_token(
        p.system(), user=p.people["clerk"].user, name="another"
    ),
    "token used": lambda p: ApiToken.objects.update(last_used_at=LATER),
    "outlet suspended": lambda p: saleschannel.suspend(
        p.system(), outlet=p.agent, reason="checked"
    ),
    "place renamed": lambda p: party.rename_organization(
        p.system(), organization=p.agent, name_zh="新名", name_en="New"
    ),
    "another's membership": lambda p: party.suspend_member(
        p.system(), membership=p.people["owner"].membership, reason="left"
    ),
}


@pytest.fixture
def secret(province: Province) -> Secret:
    user = province.people["clerk"].user
    return identity.issue_token(province.system(), user=user, name="till").secret


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN)
def test_a_change_of_what_it_may_do_gives_the_next_stamp(
    province: Province, secret: Secret, change: Callable[[Province], object]
) -> None:
    clerk, other = stamp(province, "clerk"), stamp(province, "farclerk")
    change(province)
    assert stamp(province, "clerk") > clerk
    assert stamp(province, "farclerk") == other


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_any_other_change_leaves_the_stamp(
    province: Province, secret: Secret, change: Callable[[Province], object]
) -> None:
    before = stamp(province, "clerk")
    change(province)
    assert stamp(province, "clerk") == before


def test_no_stamp_comes_twice(province: Province) -> None:
    """Not when a change is rolled back, taken back, or an old row is saved over a new one."""
    user, seen = province.people["clerk"].user, [stamp(province, "clerk")]
    old = User.objects.get(id=user)
    with transaction.atomic():
        identity.deactivate(province.system(), user=user)
        seen.append(stamp(province, "clerk"))
        transaction.set_rollback(True)
    assert stamp(province, "clerk") == seen[0]
    for _ in range(2):
        identity.deactivate(province.system(), user=user)
        seen.append(stamp(province, "clerk"))
        identity.activate(province.system(), user=user)
        seen.append(stamp(province, "clerk"))
    old.save()
    seen.append(stamp(province, "clerk"))
    assert seen == sorted(set(seen))


def test_a_stamp_belongs_to_what_was_read_with_it(province: Province) -> None:
    user = province.people["clerk"].user
    (standing,) = queries.standings([(user, None)], LATER)
    assert isinstance(standing, Standing)
    assert standing.authority == queries.authority(user, LATER)
    assert standing.stamp == stamp(province, "clerk")
    assert (standing.since, standing.until) == (NOON - timedelta(days=60), None)


def test_an_authority_holds_until_a_membership_begins_or_ends(province: Province) -> None:
    person = province.people["clerk"]
    first = NOON - timedelta(days=60)
    rows = Membership.objects.unscoped("test")
    rows.filter(id=person.membership).update(ended_at=LATER)
    party.add_membership(
        province.system(LATER + timedelta(hours=1)),
        user=person.user,
        organization=province.hall,
        role="hall_clerk",
    )
    turns = [None, first, LATER, LATER + timedelta(hours=1), None]
    places = [None, province.agent, None, province.hall]
    for place, since, until in zip(places, turns, turns[1:], strict=False):
        moment = since or first - timedelta(days=1)
        (standing,) = queries.standings([(person.user, None)], moment)
        assert standing is not None
        acting = standing.authority.acting
        assert (None if acting is None else acting.organization) == place
        assert (standing.since, standing.until) == (since, until)


def test_many_are_read_each_as_it_would_be_alone(province: Province) -> None:
    asked = [(one.user, None) for one in province.people.values()]
    asked += [(province.people["clerk"].user, place) for place in (province.agent, province.hall)]
    asked += [(UserId(province.agent), None)]
    identity.deactivate(province.system(), user=province.people["owner"].user)
    found = queries.standings(asked, NOON)
    for (user, place), standing in zip(asked, found, strict=True):
        alone = queries.authority(user, NOON, organization=place)
        if standing is None:
            assert user in (province.people["owner"].user, province.agent)
            assert alone.acting is None
        else:
            assert standing.authority == alone
    assert queries.standings([], NOON) == []


def test_live_tokens_are_those_that_authenticate(province: Province) -> None:
    ctx, clerk, owner = (
        province.system(),
        province.people["clerk"].user,
        province.people["owner"].user,
    )

    def issue(user: UserId, **more: object) -> str:
        made = identity.issue_token(province.system(), user=user, name="till", **more)
        return str.__str__(made.secret)

    good = [issue(clerk), issue(clerk, organization=province.agent), issue(clerk, expires_at=LATER)]
    bad = [issue(owner), issue(clerk), issue(clerk, expires_at=NOON + timedelta(seconds=1))]
    identity.deactivate(ctx, user=owner)
    revoked = ApiToken.objects.get(prefix=bad[1].split("_")[1])
    identity.revoke_token(province.system(), token=revoked.id)
    bad += ["", "nonsense", good[0][:-1] + ("A" if good[0][-1] != "A" else "B")]
    at = NOON + timedelta(seconds=2)
    found = tokens.live_tokens(good + bad, at)
    assert list(found) == good
    for secret in good + bad:
        alone = tokens.authenticate(secret, at)
        assert (None if alone is None else alone[0]) == (
            found[secret].bearer if secret in found else None
        )
    assert {token.stamp for token in found.values()} == {stamp(province, "clerk")}
    assert [token.expires_at for token in found.values()] == [None, None, LATER]


def test_the_last_use_of_many_tokens_is_noted_to_five_minutes(
    province: Province, secret: Secret
) -> None:
    def used_after(minutes: int) -> object:
        at = NOON + timedelta(minutes=minutes)
        assert len(tokens.live_tokens([str.__str__(secret)], at)) == 1
        return (token_of(province).last_used_at - NOON).total_seconds() / 60  # type: ignore[operator]

    assert [used_after(minutes) for minutes in (0, 4, 5, 9, 11)] == [0, 0, 5, 5, 11]
