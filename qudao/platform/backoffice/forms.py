"""Forms of acts, and the fields that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qudao.kernel.money import PPM, Money
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.values import Text
from qudao.platform.commands.context import Context

LONGEST_REASON = 500
LONGEST_NUMBER = 18


class ActForm(forms.Form):
    """
    What a person fills in before an operation is called.

    The request key is chosen when the form is shown: sent twice, it is done once.
    """

    request_key = forms.CharField(max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, ctx: Context, row: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.ctx, self.row = ctx, row
        self.initial.setdefault("request_key", f"office:{uuid4()}")
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values from `self.ctx` and `self.row`."""

    def offer(self, field: str, choices: Iterable[tuple[str, Text]]) -> None:
        """Set the choices of a field, or the proposals of a `CodeField`."""
        found = list(choices)
        target: Any = self.fields[field]
        if isinstance(target, CodeField):
            target.widget.proposals = found
        else:
            target.choices = found


class ReasonForm(ActForm):
    """Just a reason."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=2,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The journal keeps it."),
    )


class MoneyField(forms.Field):
    """An amount in yuan."""

    default_error_messages = {
        "invalid": _("Enter an amount in yuan, with at most two decimals."),
        "range": _("This amount is out of range."),
    }

    def __init__(self, *, signed: bool = False, zero: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.signed, self.zero = signed, zero
        mode = "text" if signed else "decimal"
        self.widget.attrs |= {
            "inputmode": mode,
            "autocomplete": "off",
            "class": "q-num",
            "maxlength": LONGEST_NUMBER,
        }

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        if len(text) > LONGEST_NUMBER:
            raise ValidationError(self.error_messages["range"], code="range")
        try:
            amount = Money.parse(text.lstrip("¥￥").replace("−", "-").replace("，", ","))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        low = amount < Money.zero() if self.zero else amount <= Money.zero()
        if (low and not self.signed) or abs(amount.minor) > 10**14:
            raise ValidationError(self.error_messages["range"], code="range")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Money) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class RateField(forms.Field):
    """A rate, entered in per cent with at most four decimals, kept in parts per million."""

    default_error_messages = {"invalid": _("Enter a rate in per cent, from 0 to 100.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs |= {
            "inputmode": "decimal",
            "autocomplete": "off",
            "class": "q-num",
            "maxlength": LONGEST_NUMBER,
        }

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()[:LONGEST_NUMBER].rstrip("%％ ")
        if not text:
            return None
        whole, _point, fraction = text.partition(".")
        digits = f"{whole}{fraction:0<4}"
        if not digits.isascii() or not digits.isdigit() or len(fraction) > 4:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if int(digits) > PPM:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(digits)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return f"{value // 10_000}.{value % 10_000:04d}".rstrip("0").rstrip(".")


class MomentField(forms.DateTimeField):
    """An instant, entered on the market's clock."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(
            widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options
        )

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        for pattern in self.input_formats:
            try:
                local = datetime.strptime(value.strip(), str(pattern))
            except ValueError:
                continue
            return local.replace(tzinfo=MARKET_ZONE).astimezone(UTC)
        raise ValidationError(self.error_messages["invalid"], code="invalid")

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(MARKET_ZONE) if isinstance(value, datetime) else value


class DayField(forms.DateField):
    """A business date."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d"],
            **options,
        )


class MobileField(forms.CharField):
    """A mobile number; blanks do not matter."""

    default_error_messages = {"invalid": _("Enter the eleven digits of a mobile number.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=16, **options)
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off", "class": "q-num"}

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").replace(" ", "").removeprefix("+86")
        if text and not valid_msisdn(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return text


class Proposals(forms.TextInput):
    """A text box with a list of proposals: reachable by keyboard, and works without script."""

    template_name = "backoffice/proposals.html"
    proposals: Iterable[tuple[str, Text]] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        listed = f"{context['widget']['attrs'].get('id', name)}_list"
        context["widget"]["attrs"] |= {"list": listed, "autocomplete": "off"}
        context["widget"] |= {"list": listed, "proposals": self.proposals}
        return context


class CodeField(forms.CharField):
    """
    The code of something that is looked up: `find(ctx, code)` returns it, or None.

    The form calls `resolve` in its `clean`, because finding needs the actor's scope.
    """

    widget = Proposals
    default_error_messages = {"unknown": _("There is none with this code in your area.")}

    def __init__(self, find: Callable[[Context, str], Any], **options: Any) -> None:
        options.setdefault("max_length", 64)
        super().__init__(**options)
        self.find = find


class CodeForm(ActForm):
    """A form with `CodeField`s: its cleaned data hold what was found."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field, CodeField) and data.get(name):
                code = data[name].split(" ")[0]
                found = field.find(self.ctx, code)
                if found is None:
                    self.add_error(name, ValidationError(field.error_messages["unknown"]))
                data[name] = found
            elif isinstance(field, CodeField):
                data[name] = None
        return data


def point_out(form: Any, refusal: Refusal) -> None:
    """Mark the field that a refusal names, where the form has it."""
    name = getattr(refusal, "field", None)
    if isinstance(name, str) and name in form.fields:
        form.add_error(name, _("Look at this field."))


def chosen(field: forms.Field, value: Any) -> Any:
    """Return what a field's value is called where the field offers choices; else the value."""
    choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
    return dict(choices).get(str(value), value)
