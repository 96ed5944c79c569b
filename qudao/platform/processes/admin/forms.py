"""The fields of a task as a form, and what was entered as JSON again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.kernel.money import Money
from qudao.platform.backoffice.forms import ActForm, DayField, MoneyField
from qudao.platform.commands.codec import Json
from qudao.platform.processes import queries
from qudao.platform.processes.operations.notes import LONGEST_COMMENT
from qudao.platform.processes.types import Field, TaskId, Upload, Words

FEW: Final = 4
"""So many choices are shown side by side; more of them in a list."""
YES_NO: Final = (("yes", _("Yes")), ("no", _("No")))


def english() -> bool:
    """Say whether the viewer reads English."""
    return (get_language() or "").startswith("en")


def said(words: Words) -> str:
    """Return a name in the viewer's language."""
    return words.say(english())


_YES_NO: Final = {"true": "yes", "false": "no"}


class FilesInput(forms.ClearableFileInput):
    """Takes several files; the browser scales pictures down before it sends them."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        found = [super(FilesField, self).clean(one, initial) for one in given if one or not data]
        return [one for one in found if one]


class PositionInput(forms.TextInput):
    """Latitude and longitude: typed, or where the device is."""

    template_name = "backoffice/position.html"


class TaskForm(ActForm):
    """What a task asks for, as its process says."""

    asked: tuple[Field, ...] = ()

    def prepare(self) -> None:
        self.asked = queries.fields(self.ctx, task=TaskId(self.row.pk))
        for field in self.asked:
            self.fields[field.code] = _made(field)

    @property
    def conditional(self) -> frozenset[str]:
        """Fields whose help says when they are needed: they are not marked as optional."""
        return frozenset(field.code for field in self.asked if field.required_when)

    @property
    def has_position(self) -> bool:
        """Whether the page needs the script that asks where the device is."""
        return any(field.kind == "position" for field in self.asked)

    def entered(self) -> dict[str, Any]:
        """Return what was entered, as the command takes it."""
        data: dict[str, Json] = {}
        uploads: list[Upload] = []
        for field in self.asked:
            value = self.cleaned_data.get(field.code)
            if field.kind in ("photos", "files"):
                uploads += [Upload(field.code, one.name, one.read()) for one in value or ()]
            else:
                data[field.code] = _json(field, value)
        return {"data": data, "files": tuple(uploads)}

    def clean(self) -> dict[str, Any]:
        data = dict(super().clean() or self.cleaned_data)
        data["form"] = self
        return data


def _json(field: Field, value: Any) -> Json:
    match value:
        case None | "":
            return None
        case Money():
            return value.minor
        case "yes" | "no" if field.kind == "boolean":
            return value == "yes"
        case int() | str():
            return value
    return value.isoformat()


def _made(field: Field) -> forms.Field:
    given: dict[str, Any] = {
        "label": said(field.words),
        "help_text": said(field.help),
        "required": field.required and field.required_when is None,
        "initial": field.default,
    }
    match field.kind:
        case "text":
            area = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=field.longest, widget=area, **given)
        case "long":
            return forms.IntegerField(min_value=field.least, max_value=field.most, **given)
        case "money":
            given["initial"] = None if field.default is None else Money(int(field.default))
            return MoneyField(**given)
        case "date":
            return DayField(**given)
        case "boolean":
            given["initial"] = _YES_NO.get(str(field.default).lower())
            return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **given)
        case "enum":
            choices = [(one.code, said(one.words)) for one in field.choices]
            if len(choices) <= FEW:
                return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **given)
            return forms.ChoiceField(choices=[("", "—"), *choices], **given)
        case "position":
            given["help_text"] = given["help_text"] or _("Latitude and longitude, in degrees.")
            return forms.CharField(max_length=40, widget=PositionInput, **given)
        case "photos" | "files":
            pictures = "image/jpeg,image/png"
            accept = pictures if field.kind == "photos" else f"{pictures},application/pdf"
            widget = FilesInput(attrs={"accept": accept, "data-scale": "1600", "multiple": True})
            given["help_text"] = given["help_text"] or _("At most %(most)s, each up to 5 MB.") % {
                "most": field.longest
            }
            return FilesField(widget=widget, **{**given, "initial": None})
    return forms.CharField(max_length=field.longest, **given)


class CommentForm(ActForm):
    text = forms.CharField(
        label=_("Comment"),
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("All who may see the process read it."),
    )


class AttachForm(ActForm):
    file = forms.FileField(
        label=_("File"),
        help_text=_("A JPEG or PNG picture, or a PDF file, of at most 5 MB."),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,application/pdf", "data-scale": "1600"}
        ),
    )
    text = forms.CharField(label=_("Comment"), max_length=LONGEST_COMMENT, required=False)


class DelegateForm(ActForm):
    to = forms.TypedChoiceField(label=_("To whom"), coerce=str)
    remark = forms.CharField(
        label=_("Remark"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def prepare(self) -> None:
        found = queries.colleagues(self.ctx, task=TaskId(self.row.pk))
        names = queries.names_of(found)
        self.offer("to", [(str(user), names.get(user, str(user))) for user in found])


class VersionForm(ActForm):
    version = forms.TypedChoiceField(label=_("Version"), coerce=int)

    def prepare(self) -> None:
        others = queries.other_versions(self.row.process, self.row.version.number)
        self.offer("version", [(str(one), str(one)) for one in reversed(others)])


def content_of(data: Mapping[str, Any]) -> bytes:
    """Return what an uploaded file holds."""
    content: bytes = data["file"].read()
    return content
