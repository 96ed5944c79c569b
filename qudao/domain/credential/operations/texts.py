"""What lines are told by short message, in the language of who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.credential.types import CodePurpose
from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.personal import Secret

_CODES: Final[Mapping[str, Promise]] = {
    CodePurpose.LOGIN: gettext_lazy(
        "Qudao: %(code)s is your code for signing in. It is valid for %(minutes)s minutes. Give it "
        "to nobody, not even to us."
    ),
    CodePurpose.MONEY: gettext_lazy(
        "Qudao: %(code)s is your code for a payment or an order. It is valid for %(minutes)s "
        "minutes. Give it to nobody, not even to us."
    ),
    CodePurpose.DATA: gettext_lazy(
        "Qudao: %(code)s is your code for seeing your data. It is valid for %(minutes)s minutes. "
        "Give it to nobody, not even to us."
    ),
    CodePurpose.RESET: gettext_lazy(
        "Qudao: %(code)s is your code for setting a service password. It is valid for %(minutes)s "
        "minutes. Give it to nobody, not even to us."
    ),
}


def _code_text(purpose: CodePurpose, code: str, life_s: int, language: str) -> Secret:
    with translation.override(language or settings.LANGUAGE_CODE):
        words = {"code": code, "minutes": max(1, life_s // 60)}
        return Secret(str(_CODES[purpose]) % words)


def _set_text(at: datetime, language: str) -> Secret:
    with translation.override(language or settings.LANGUAGE_CODE):
        return Secret(
            _(
                "Qudao: the service password of your line was set on %(date)s at %(time)s. If that "
                "was not you, have it reset at a hall, or by a code, at once."
            )
            % {
                "date": at.astimezone(MARKET_ZONE).strftime("%Y-%m-%d"),
                "time": at.astimezone(MARKET_ZONE).strftime("%H:%M"),
            }
        )
