"""Accounts and tokens: what is accepted, what is refused, what stops working when."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.hashers import check_password

from qudao.kernel.personal import Personal, Secret
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity import operations as identity
from qudao.platform.identity import queries
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.roles import SELF_SERVICE, system_context
from qudao.platform.identity.tokens import authenticate
from qudao.platform.identity.types import IssuedToken, TokenId, UserId
from tests.domain.party.conftest import NOON

pytestmark = pytest.mark.django_db
_keys = itertools.count()
PASSWORD = Secret("correct-horse-battery")


def system(minutes: float = 0, key: str | None = None) -> Context:
    return system_context(NOON + timedelta(minutes=minutes), key or f"identity-{next(_keys)}")


def own(user: UserId, *more: str) -> Context:
    return Context(
        user, "portal", NOON, f"identity-{next(_keys)}", SELF_SERVICE | set(more), Scope()
    )


def opened(username: str = "lihua", phone: str | None = None) -> UserId:
    return identity.create_user(
        system(),
        username=username,
        password=PASSWORD,
        phone=None if phone is None else Personal(phone),
    )


def test_an_account_is_opened_and_its_password_is_nowhere() -> None:
    user = User.objects.get(id=opened("Li.Hua", "+86 138 0013 8000"))
    assert (user.username, user.phone, user.must_change_password) == (
        "li.hua",
        "13800138000",
        True,
    )
    entry = JournalEntry.objects.get(command="identity.create_user")
    assert entry.subject == user.id
    assert (entry.arguments["password"], entry.arguments["phone"]) == ("•••", "•••")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"username": "ab"}, identity.InvalidUsername),
        ({"username": "13800138000"}, identity.InvalidUsername),
        ({"username": "张三"}, identity.InvalidUsername),
        ({"username": "a" * 65}, identity.InvalidUsername),
        ({"username": "a b c"}, identity.InvalidUsername),
        ({"username": "TAKEN"}, identity.UsernameTaken),
        ({"phone": Personal("12345")}, identity.InvalidPhone),
        ({"phone": Personal("13800138000")}, identity.PhoneTaken),
        ({"password": Secret("short")}, identity.WeakPassword),
        ({"password": Secret("12345678901")}, identity.WeakPassword),
        ({"password": Secret("password1")}, identity.WeakPassword),
        ({"password": Secret("somebody1")}, identity.WeakPassword),
        ({"language": "tlh"}, identity.InvalidLanguage),
    ],
)
def test_bad_accounts_are_refused(changes: dict[str, object], refusal: type[Exception]) -> None:
    opened("taken", "13800138000")
    before = list(User.objects.order_by("id").values())
    values = {"username": "somebody", "password": PASSWORD, **changes}
    with pytest.raises(refusal):
        identity.create_user(system(), **values)  # type: ignore[arg-type]
    assert list(User.objects.order_by("id").values()) == before


def test_the_own_password() -> None:
    user = opened()
    with pytest.raises(identity.WrongPassword):
        identity.set_password(own(user), password=Secret("another-one-9"), current=Secret("wrong"))
    with pytest.raises(identity.SamePassword):
        identity.set_password(own(user), password=PASSWORD)
    identity.set_password(own(user), password=Secret("another-one-9"), current=PASSWORD)
    row = User.objects.get(id=user)
    assert check_password("another-one-9", row.password) and not row.must_change_password


def test_a_reset_gives_a_temporary_password_and_only_others() -> None:
    user = opened()
    identity.set_password(own(user), password=Secret("another-one-9"))
    temporary = identity.reset_password(system(), user=user)
    row = User.objects.get(id=user)
    assert check_password(str.__str__(temporary), row.password) and row.must_change_password
    with pytest.raises(identity.OwnAccount):
        identity.reset_password(own(user, "identity.reset_password"), user=user)
    with pytest.raises(identity.AccountNotFound):
        identity.reset_password(system(), user=UserId(UUID(int=9)))
    with pytest.raises(identity.AccountNotFound):
        identity.reset_password(own(opened("other"), "identity.reset_password"), user=user)


def test_a_token_speaks_for_its_account_and_is_stored_as_a_hash() -> None:
    user = opened()
    issued = identity.issue_token(system(), user=user, name="till", organization=UUID(int=4))
    found = authenticate(str.__str__(issued.secret), NOON)
    assert found is not None
    bearer, row = found
    assert (bearer.token, bearer.user, bearer.organization) == (issued.token, user, UUID(int=4))
    assert row.id == user
    stored = ApiToken.objects.get()
    assert str.__str__(issued.secret).encode() not in bytes(stored.secret_hash)
    assert len(bytes(stored.secret_hash)) == 32
    assert str.__str__(issued.secret) not in str(list(JournalEntry.objects.values()))


@pytest.mark.parametrize("wrong", ["", "x", "qd_aaaaaaaa_" + "A" * 43, "张三", "qd_\x00_"])
def test_what_is_no_token_speaks_for_nobody(wrong: str) -> None:
    identity.issue_token(system(), user=opened(), name="till")
    assert authenticate(wrong, NOON) is None


def test_the_prefix_alone_is_not_enough() -> None:
    issued = identity.issue_token(system(), user=opened(), name="till")
    secret = str.__str__(issued.secret)
    assert authenticate(secret[:-1] + ("a" if secret[-1] != "a" else "b"), NOON) is None


def secret_of(issued: IssuedToken) -> str:
    return str.__str__(issued.secret)


def test_an_expired_or_revoked_token_or_one_of_a_closed_account_is_dead() -> None:
    user = opened()
    hour = NOON + timedelta(hours=1)
    short = identity.issue_token(system(), user=user, name="short", expires_at=hour)
    moment = timedelta(microseconds=1)
    assert authenticate(secret_of(short), hour - moment) is not None
    assert authenticate(secret_of(short), hour) is None
    second = identity.issue_token(system(), user=user, name="second")
    identity.revoke_token(system(), token=second.token)
    identity.revoke_token(system(), token=second.token)
    assert authenticate(secret_of(second), NOON) is None
    third = identity.issue_token(system(), user=user, name="third")
    identity.deactivate(system(), user=user)
    assert authenticate(secret_of(third), NOON) is None
    identity.activate(system(), user=user)
    assert authenticate(secret_of(third), NOON) is not None
    with pytest.raises(identity.InvalidExpiry):
        identity.issue_token(system(), user=user, name="late", expires_at=NOON)


def test_rotation_with_an_overlap() -> None:
    old = identity.issue_token(system(), user=opened(), name="till")
    new = identity.rotate_token(system(minutes=10), token=old.token, overlap_s=600)
    during, after = NOON + timedelta(minutes=19), NOON + timedelta(minutes=20)
    assert authenticate(secret_of(old), during) is not None
    assert authenticate(secret_of(old), after) is None
    assert authenticate(secret_of(new), after) is not None
    with pytest.raises(identity.TokenNotLive):
        identity.rotate_token(system(minutes=11), token=old.token)
    newest = identity.rotate_token(system(minutes=12), token=new.token, overlap_s=0)
    assert authenticate(secret_of(new), NOON + timedelta(minutes=12)) is None
    assert authenticate(secret_of(newest), NOON + timedelta(minutes=12)) is not None
    for overlap_s in (-1, 31 * 24 * 3600):
        with pytest.raises(identity.InvalidExpiry):
            identity.rotate_token(system(), token=newest.token, overlap_s=overlap_s)


def test_the_same_request_issues_one_token_and_hides_its_secret_then() -> None:
    user = opened()
    first = identity.issue_token(system(key="issue"), user=user, name="till")
    again = identity.issue_token(system(key="issue"), user=user, name="till")
    assert again.token == first.token and str.__str__(again.secret) == "•••"
    assert ApiToken.objects.count() == 1


def test_tokens_of_others_do_not_exist() -> None:
    issued = identity.issue_token(system(), user=opened(), name="till")
    stranger = opened("stranger")
    for refused in (identity.revoke_token, identity.rotate_token):
        with pytest.raises(identity.TokenNotFound):
            refused(own(stranger, refused.name), token=issued.token)  # type: ignore[operator]
    with pytest.raises(identity.TokenNotFound):
        identity.revoke_token(system(), token=TokenId(UUID(int=3)))
    assert queries.tokens(own(stranger, "identity.read"), UserId(opened("third"))) == ()
    assert authenticate(secret_of(issued), NOON) is not None


def test_no_more_tokens_than_allowed() -> None:
    user = opened()
    for n in range(identity.MAX_TOKENS):
        identity.issue_token(system(), user=user, name=str(n))
    with pytest.raises(identity.TooManyTokens):
        identity.issue_token(system(), user=user, name="one more")


def test_the_last_use_is_known_coarsely() -> None:
    issued = identity.issue_token(system(), user=opened(), name="till")

    def used_at_minute(minute: int) -> object:
        authenticate(secret_of(issued), NOON + timedelta(minutes=minute))
        return ApiToken.objects.get().last_used_at

    assert used_at_minute(1) == NOON + timedelta(minutes=1)
    assert used_at_minute(5) == NOON + timedelta(minutes=1)
    assert used_at_minute(6) == NOON + timedelta(minutes=6)


def test_languages_and_phones() -> None:
    user, other = opened(), opened("other", "13900139000")
    identity.set_language(own(user), language="en")
    assert User.objects.get(id=user).language == "en"
    with pytest.raises(identity.InvalidLanguage):
        identity.set_language(own(user), language="xx")
    identity.set_phone(system(), user=user, phone=Personal("13800138000"))
    with pytest.raises(identity.PhoneTaken):
        identity.set_phone(system(), user=other, phone=Personal("13800138000"))
    with pytest.raises(identity.OwnAccount):
        identity.set_phone(own(user, "identity.set_phone"), user=user, phone=None)
    identity.set_phone(system(), user=user, phone=None)
    assert User.objects.get(id=user).phone is None
