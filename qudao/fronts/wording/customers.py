"""Refusals of what is looked up of customers."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "customers.no_such_bill": _(
        "There is no bill for %(month)s. Choose one of the months that are listed."
    ),
}
