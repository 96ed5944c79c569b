"""What allauth asks this installation."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from qudao.fronts import wording
from qudao.fronts.signin.lockout import locked_out
from qudao.fronts.signin.phones import PhoneField, phone_in
from qudao.fronts.web.actor import asking
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.identity.models import User
from qudao.platform.identity.operations import set_password
from qudao.platform.identity.personal import key_ring
from qudao.platform.identity.roles import system_context
from qudao.platform.messaging.operations import send

CODE_LIFETIME_S = 300

_WRONG = gettext_lazy("The user name or the password is not right.")
_SECRET_PLACE = "mfa_authenticator.data"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up, phones of our accounts, codes through messaging, passwords through commands."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _WRONG,
        "phone_password_mismatch": _WRONG,
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Wait a minute, then try again."
        ),
        "incorrect_code": gettext_lazy("The code is not right."),
        "incorrect_password": gettext_lazy("The password is not right."),
        "enter_current_password": gettext_lazy("The current password is not right."),
        "rate_limited": gettext_lazy("Too many attempts. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Keep a locked account closed to one-time codes as it is to passwords."""
        credentials = {"username": user.username}
        if not AxesProxyHandler.is_allowed(request, credentials):
            return locked_out(request, None, credentials)
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def set_password(self, user: User, password: str) -> None:
        """Change the signed-in person's own password; the session goes on, others end."""
        assert context.request.user.pk == user.pk
        try:
            set_password(asking(context.request).ctx_for(), password=Secret(password))
        except Refusal as refusal:
            raise ValidationError(wording.word(refusal)) from refusal
        user.refresh_from_db(fields=["password", "must_change_password", "password_at"])

    # phones

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        kwargs.pop("label", None)
        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> User | None:
        digits = phone_in(phone)
        return None if digits is None else User.objects.filter(phone=digits).first()

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Whoever admitted a member has vouched for the number."""
        return None if user.phone is None else (user.phone, True)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        raise PermissionDenied("phones are changed by those who admit members")

    def set_phone_verified(self, user: User, phone: str) -> None:
        """A number that has received a code needs no further mark."""

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Queue the code; to a closed account none is sent, and nobody learns the difference."""
        if not user.is_active:
            return
        with override(user.language or settings.LANGUAGE_CODE):
            text = _("Your Qudao sign-in code is %(code)s. It is valid for 5 minutes.") % {
                "code": code
            }
        send(
            system_context(datetime.now(UTC), f"sign-in:{uuid4()}", "signin"),
            recipient=Personal(user.phone or ""),
            kind="sign_in_code",
            text=Secret(text),
            lifetime_s=CODE_LIFETIME_S,
        )

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """There are no mail addresses."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are encrypted like personal data."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(key_ring().encrypt(text, _SECRET_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().decrypt(base64.b64decode(encrypted_text), _SECRET_PLACE)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """There are no mail addresses."""
