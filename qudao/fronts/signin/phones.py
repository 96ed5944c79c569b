"""A mobile number as people type it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qudao.kernel.numbers import valid_msisdn

_SPACES = re.compile(r"[\s\-()]+")


def phone_in(text: str) -> str | None:
    """Return the eleven digits of a mobile number, however it is typed; None if it is none."""
    digits = _SPACES.sub("", text).removeprefix("+86").removeprefix("0086")
    return digits if valid_msisdn(digits) else None


class PhoneField(forms.CharField):
    """A field for a mobile number; its value is eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        widget = forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "autofocus": True}
        )
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text and not self.required:
            return ""
        phone = phone_in(text)
        if phone is None:
            raise ValidationError(_("A mobile number has 11 digits and begins with 13 to 19."))
        return phone
