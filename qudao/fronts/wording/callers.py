"""Refusals at the comparison of documents."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "callers.another_document": _(
        "The line %(number)s was opened with another document. Ask for the owner's, and compare "
        "all its characters."
    ),
    "callers.owner_unknown": _(
        "Whose line %(number)s is, is not known here, so no document can prove it. Set the service "
        "password by a one-time code to the line, or identify the owner at a SIM swap first."
    ),
}
