"""Refusals of dossiers that are gathered step by step."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "dossiers.choices_missing": _("Not chosen yet: %(missing)s. Choose it first."),
}
