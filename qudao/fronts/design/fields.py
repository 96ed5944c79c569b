"""Form fields of what is scanned, photographed and signed."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Collection
from io import BytesIO
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from PIL import Image, ImageOps, UnidentifiedImageError

PICTURE_BYTES = 8 * 2**20
PICTURE_PIXELS = 40_000_000
SIGNATURE_BYTES = 400_000
LONGEST_SIDE = 1600


def tidy(code: str) -> str:
    """A scanned or typed code without spaces and hyphens, in capitals."""
    return "".join(code.split()).replace("-", "").upper()


class CodeField(forms.CharField):
    """One code: an ICCID, an IMEI, a serial. Drawn by `{% scan_one %}`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={
                    "autocomplete": "off",
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                    "class": "q-mono",
                }
            ),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


class CodesField(forms.CharField):
    """
    Many codes, one a line: a tuple, in the order of scanning. Drawn by `{% scanner %}`.

    A code that stands there twice is a mistake that somebody should look at, so it is refused.
    """

    def __init__(self, *, most: int = 200, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("max_length", most * 42)
        kwargs.setdefault(
            "widget",
            forms.Textarea(
                attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off", "class": "q-mono"}
            ),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        lines = text.replace(",", "\n").replace(";", "\n").splitlines()
        return tuple(code for code in map(tidy, lines) if code)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (tuple, list)) else value

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Collection[str]) -> None:
        if len(value) > self.most:
            raise forms.ValidationError(
                ngettext_lazy(
                    "At most %(most)d code at once.", "At most %(most)d codes at once.", "most"
                ),
                code="most",
                params={"most": self.most},
            )
        twice = [code for code, times in Counter(value).items() if times > 1]
        if twice:
            raise forms.ValidationError(
                _("%(code)s stands there twice. Remove one."),
                code="twice",
                params={"code": twice[0]},
            )


class PictureField(forms.FileField):
    """
    A picture as JPEG bytes, its longest side at most 1600 px, without what the camera wrote into
    the file (place, time). Drawn by `{% picture %}`.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": "image/*"}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file: UploadedFile | None = super().clean(data, initial)
        if not file:
            return None
        if (file.size or 0) > PICTURE_BYTES:
            raise forms.ValidationError(
                _("The picture is too large. Take it again, or choose one below 8 MB."),
                code="large",
            )
        try:
            return _scaled(file.read())
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
            raise forms.ValidationError(
                _("That file is no picture that can be read. Choose a JPEG or PNG."), code="picture"
            ) from error


def _scaled(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
        if image.width * image.height > PICTURE_PIXELS:
            raise ValueError("more pixels than a camera takes")
        turned: Image.Image = _upright(image).convert("RGB")
        turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        target = BytesIO()
        turned.save(target, "JPEG", quality=85)
        return target.getvalue()


def _upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(image)


class SignatureField(forms.CharField):
    """A drawn signature: a `data:` address of a PNG becomes its bytes; empty becomes b""."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.HiddenInput)
        kwargs.setdefault("max_length", SIGNATURE_BYTES)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        if not text:
            return b""
        wrong = forms.ValidationError(_("The signature did not arrive. Sign again."), code="image")
        head, _comma, body = text.partition(",")
        if head != "data:image/png;base64":
            raise wrong
        try:
            content = base64.b64decode(body, validate=True)
            with Image.open(BytesIO(content), formats=("PNG",)) as image:
                if image.width * image.height > 4_000_000:
                    raise wrong
                image.load()
                drawn = image.convert("L").getextrema() != (255, 255)
        except (binascii.Error, UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
            raise wrong from error
        return content if drawn else b""

    def run_validators(self, value: Any) -> None:
        """The length is checked by `clean`, before the text becomes bytes."""

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > SIGNATURE_BYTES:
            raise forms.ValidationError(_("The signature did not arrive. Sign again."), code="size")
        return super().clean(value)

    def prepare_value(self, value: Any) -> Any:
        """Who has to send a form again signs again."""
        return ""
