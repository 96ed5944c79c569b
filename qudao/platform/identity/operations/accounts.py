"""Open, close and change accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import SYSTEM, Context
from qudao.platform.identity import rules
from qudao.platform.identity.models import User
from qudao.platform.identity.reach import reaches
from qudao.platform.identity.types import UserId

LANGUAGES: Final = ("zh-hans", "en")


@dataclass(eq=False)
class AccountNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such account, or it is not within reach: the two look alike."""

    account: UUID


@dataclass(eq=False)
class OwnAccount(Refusal, kind=Kind.FORBIDDEN):
    """Nobody does this to the own account."""


@dataclass(eq=False)
class InvalidUsername(Refusal, kind=Kind.INVALID):
    username: str


@dataclass(eq=False)
class UsernameTaken(Refusal, kind=Kind.CONFLICT):
    username: str


@dataclass(eq=False)
class InvalidPhone(Refusal, kind=Kind.INVALID):
    """It is no mobile number of eleven digits."""


@dataclass(eq=False)
class PhoneTaken(Refusal, kind=Kind.CONFLICT):
    """Another account signs in with this number."""


@dataclass(eq=False)
class WeakPassword(Refusal, kind=Kind.INVALID):
    problems: tuple[str, ...]
    """Codes of Django's validators: `password_too_short`, `password_too_common`, …"""


@dataclass(eq=False)
class WrongPassword(Refusal, kind=Kind.INVALID):
    """The current password was not right."""


@dataclass(eq=False)
class SamePassword(Refusal, kind=Kind.INVALID):
    """The new password is the old one."""


@dataclass(eq=False)
class InvalidLanguage(Refusal, kind=Kind.INVALID):
    language: str


@command("identity.create_user")
def create_user(
    ctx: Context,
    *,
    username: str,
    password: Secret | None = None,
    phone: Personal | None = None,
    must_change_password: bool = True,
    language: str = "",
) -> UserId:
    """
    Open an account; without a password it can sign in by one-time code, or by token, only.

    The account can do nothing before it has a membership. Without a language the platform speaks
    the browser's.

    :raises InvalidUsername: if it is not 3 to 64 of a–z, 0–9, dot, dash, beginning with a letter.
    :raises UsernameTaken: if there is such an account.
    :raises InvalidPhone: if it is no mobile number.
    :raises PhoneTaken: if another account has it.
    :raises WeakPassword: if a validator rejects the password.
    :raises InvalidLanguage: if the language is not among those of the platform.
    """
    username = username.strip().lower()
    if not rules.valid_username(username):
        raise InvalidUsername(username)
    if language and language not in LANGUAGES:
        raise InvalidLanguage(language)
    number = _valid_phone(phone)
    user = User(
        id=new_id(ctx.at),
        username=username,
        phone=number,
        must_change_password=must_change_password and password is not None,
        language=language,
        created_at=ctx.at,
        password_at=ctx.at,
    )
    if password is not None:
        _validate(password, user)
    user.password = make_password(None if password is None else str.__str__(password))
    if User.objects.filter(username=username).exists():
        raise UsernameTaken(username)
    if number is not None and User.objects.filter(phone=number).exists():
        raise PhoneTaken
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:  # somebody else was first, between the look and the insert
        if "phone" in str(error):
            raise PhoneTaken from error
        raise UsernameTaken(username) from error
    record_subject(user.id)
    return UserId(user.id)


@command("identity.set_password")
def set_password(ctx: Context, *, password: Secret, current: Secret | None = None) -> None:
    """
    Change the actor's own password, and so end the actor's other sessions.

    :raises WrongPassword: if the current password is given and is not right.
    :raises SamePassword: if the new password is the old one.
    :raises WeakPassword: if a validator rejects the password.
    """
    user = _own(ctx)
    if current is not None and not check_password(str.__str__(current), user.password):
        raise WrongPassword
    if check_password(str.__str__(password), user.password):
        raise SamePassword
    _validate(password, user)
    user.password = make_password(str.__str__(password))
    user.must_change_password = False
    user.password_at = ctx.at
    user.save(update_fields=["password", "must_change_password", "password_at"])
    record_subject(user.id)


@command("identity.reset_password", subject="user")
def reset_password(ctx: Context, *, user: UserId) -> Secret:
    """
    Give somebody a temporary password, to be changed at the next sign-in; end their sessions.

    :raises AccountNotFound: if the account is not within reach.
    :raises OwnAccount: if it is the actor's own.
    """
    row = _reached(ctx, user)
    password = rules.temporary_password()
    row.password = make_password(str.__str__(password))
    row.must_change_password = True
    row.password_at = ctx.at
    row.save(update_fields=["password", "must_change_password", "password_at"])
    for session in UserSession.objects.filter(user=row):
        session.end()
    return password


@command("identity.deactivate", subject="user")
def deactivate(ctx: Context, *, user: UserId) -> None:
    """
    Close an account: it cannot sign in, its sessions end and its tokens stop, at once.

    :raises AccountNotFound: if the account is not within reach.
    :raises OwnAccount: if it is the actor's own.
    """
    row = _reached(ctx, user)
    row.is_active = False
    row.save(update_fields=["is_active"])
    for session in UserSession.objects.filter(user=row):
        session.end()


@command("identity.activate", subject="user")
def activate(ctx: Context, *, user: UserId) -> None:
    """
    Open a closed account again.

    :raises AccountNotFound: if the account is not within reach.
    :raises OwnAccount: if it is the actor's own.
    """
    row = _reached(ctx, user)
    row.is_active = True
    row.save(update_fields=["is_active"])


@command("identity.set_language")
def set_language(ctx: Context, *, language: str) -> None:
    """
    Choose the language in which the platform speaks to the actor.

    :raises InvalidLanguage: if the language is not among those of the platform.
    """
    if language not in LANGUAGES:
        raise InvalidLanguage(language)
    user = _own(ctx)
    user.language = language
    user.save(update_fields=["language"])
    record_subject(user.id)


@command("identity.set_phone", subject="user")
def set_phone(ctx: Context, *, user: UserId, phone: Personal | None) -> None:
    """
    Change, or take away, the phone number with which somebody else signs in.

    :raises AccountNotFound: if the account is not within reach.
    :raises OwnAccount: if it is the actor's own: who holds a session must not gain the account.
    :raises InvalidPhone: if it is no mobile number.
    :raises PhoneTaken: if another account has it.
    """
    row = _reached(ctx, user)
    row.phone = _valid_phone(phone)
    if row.phone is not None and User.objects.filter(phone=row.phone).exclude(id=user).exists():
        raise PhoneTaken
    try:
        with transaction.atomic():
            row.save(update_fields=["phone"])
    except IntegrityError as error:
        raise PhoneTaken from error


def _own(ctx: Context) -> User:
    user = User.objects.select_for_update().filter(id=ctx.actor, is_active=True).first()
    if user is None:
        raise AccountNotFound(ctx.actor)
    return user


def _reached(ctx: Context, user: UserId) -> User:
    if user == ctx.actor:
        raise OwnAccount
    row = User.objects.select_for_update().filter(id=user).first()
    if row is None or not reaches(ctx, user):
        raise AccountNotFound(user)
    return row


def _own_or_reached(ctx: Context, user: UserId) -> User:
    return _own(ctx) if user == ctx.actor and user != SYSTEM else _reached(ctx, user)


def _valid_phone(phone: Personal | None) -> str | None:
    if phone is None:
        return None
    number = str.__str__(phone).strip().replace(" ", "").removeprefix("+86")
    if not rules.valid_phone(number):
        raise InvalidPhone
    return number


def _validate(password: Secret, user: User) -> None:
    try:
        validate_password(str.__str__(password), user)
    except ValidationError as error:
        raise WeakPassword(tuple(e.code or "invalid" for e in error.error_list)) from error
