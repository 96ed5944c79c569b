"""Refusals of the devices in kiosks."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "terminal.device_fails": _(
        "This does not work just now (%(part)s). Try again in a moment, or choose another way."
    ),
}
