"""Accounts and the tokens of programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Func, Q, Value

ENTER_BACK_OFFICE = "office.enter"
"""The permission that opens the back office."""


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    """
    An account: somebody who can sign in.

    Rights are not here: a front binds the grants of the membership that the person acts in for the
    time of one request, so that a suspension acts at once.
    """

    id = models.UUIDField(primary_key=True)
    username = models.CharField(max_length=64, unique=True, help_text="lower case")
    phone = models.CharField(
        max_length=11, unique=True, null=True, help_text="mobile number that gets one-time codes"
    )
    must_change_password = models.BooleanField(
        default=False, help_text="the password was given by somebody else"
    )
    language = models.CharField(
        max_length=16, default="", blank=True, help_text="chosen; empty: as the browser says"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    password_at = models.DateTimeField(help_text="when the password was last changed")
    number = models.IntegerField(
        unique=True,
        editable=False,
        db_default=Func(Value("identity_user_number"), function="nextval"),
        help_text="what the lake calls it; given by the database, never changed",
    )
    stamp = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="grows with every change of what the account may do",
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    _grants: Callable[[], frozenset[str]] | None = None

    class Meta:
        db_table = "identity_user"
        constraints = [
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z][a-z0-9._-]{2,63}$"), name="user_username"
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^1[3-9][0-9]{9}$"),
                name="user_phone",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def bind_grants(self, grants: Callable[[], frozenset[str]]) -> None:
        """Say, for this request, where to ask what the person may do."""
        self._grants = grants

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Say whether the membership in which the person acts grants a command or permission."""
        return self.is_active and self._grants is not None and perm in self._grants()

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def is_staff(self) -> bool:
        """Django's name for who may enter the back office."""
        return self.has_perm(ENTER_BACK_OFFICE)

    @property
    def is_superuser(self) -> bool:
        """Nobody stands above the roles."""
        return False

    def get_full_name(self) -> str:
        return self.username

    def get_short_name(self) -> str:
        return self.username


class ApiToken(models.Model):
    """A secret with which a program or a terminal acts in an account's name."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.TextField(help_text="what it is used for")
    prefix = models.CharField(max_length=12, unique=True, help_text="its public part")
    secret_hash = models.BinaryField(max_length=32, help_text="SHA-256 of 256 random bits")
    organization = models.UUIDField(null=True, help_text="acts at this organization only")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="to five minutes")
    revoked_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "identity_api_token"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="api_token_expiry",
            ),
            models.CheckConstraint(
                condition=~Q(replaced_by=F("id")), name="api_token_replaced_by_another"
            ),
        ]
        indexes = [models.Index(fields=["user", "created_at"], name="api_token_user")]
