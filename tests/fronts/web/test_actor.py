"""From a request to the context of an operation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId
from qudao.fronts.web.actor import asking, authenticate_token, equip
from qudao.kernel.personal import Personal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as identity
from qudao.platform.identity.roles import SELF_SERVICE
from tests.domain.party.conftest import system, tree

__all__ = ["tree"]

PAST = datetime.now(UTC) - timedelta(days=3)
OUTLET = "000.41.4101.410102.A00001"


def asked(rf: RequestFactory, secret: str, path: str = "/api/v1/orders") -> HttpRequest:
    request = rf.get(path, headers={"Authorization": f"Bearer {secret}"})
    request.user = AnonymousUser()
    equip(request)
    return request


@pytest.fixture
def program(tree: dict[str, OrganizationId]) -> party.Admitted:
    return party.admit_member(
        system(PAST),
        organization=tree["A00001"],
        role="api_client",
        username="program",
        name=Personal("接口"),
    )


def test_a_token_acts_as_its_account(rf: RequestFactory, program: party.Admitted) -> None:
    issued = identity.issue_token(system(PAST), user=program.user, name="x")
    request = asked(rf, str.__str__(issued.secret))
    user = authenticate_token(request)
    assert user is not None and user.pk == program.user
    ctx: Context = asking(request).ctx_for("k-1")
    assert (ctx.actor, ctx.channel, ctx.request_key) == (program.user, "api", "k-1")
    assert ctx.scope == Scope.of([OUTLET])
    assert "ordering.sell" in ctx.grants
    assert not SELF_SERVICE & ctx.grants
    assert ctx.at.tzinfo is not None


def test_a_token_is_bound_to_its_organization(
    rf: RequestFactory, program: party.Admitted, tree: dict[str, OrganizationId]
) -> None:
    issued = identity.issue_token(
        system(PAST), user=program.user, name="x", organization=tree["A00003"]
    )
    request = asked(rf, str.__str__(issued.secret))
    assert authenticate_token(request) is not None
    assert asking(request).ctx_for().grants == frozenset()
    party.add_membership(
        system(PAST), user=program.user, organization=tree["A00003"], role="api_client"
    )
    request = asked(rf, str.__str__(issued.secret))
    authenticate_token(request)
    assert asking(request).ctx_for().scope == Scope.of(["000.41.4103.410305.A00003"])


def test_a_suspension_acts_at_the_next_request(rf: RequestFactory, program: party.Admitted) -> None:
    issued = identity.issue_token(system(PAST), user=program.user, name="x")
    party.suspend_member(system(PAST), membership=program.membership, reason="audit")
    request = asked(rf, str.__str__(issued.secret))
    assert authenticate_token(request) is not None
    assert asking(request).ctx_for().grants == frozenset()
    identity.deactivate(system(PAST), user=program.user)
    assert authenticate_token(asked(rf, str.__str__(issued.secret))) is None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic abc", "bearer \x00", "Bearer 令牌"]
)
def test_without_a_good_token_nobody_asks(rf: RequestFactory, db: None, header: str) -> None:
    request = rf.get("/api/v1/orders", headers={"Authorization": header})
    request.user = AnonymousUser()
    equip(request)
    assert authenticate_token(request) is None
    assert asking(request).ctx_for().grants == frozenset()


@pytest.mark.parametrize(
    ("path", "channel"), [("/", "portal"), ("/office/x/", "backoffice"), ("/api/v1/x", "api")]
)
def test_the_channel_is_the_front(rf: RequestFactory, db: None, path: str, channel: str) -> None:
    request = asked(rf, "x", path)
    assert asking(request).ctx_for().channel == channel
    assert asking(request).ctx_for().request_key != asking(request).ctx_for().request_key
