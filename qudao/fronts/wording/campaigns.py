"""Refusals of campaigns."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "campaigns.campaign_over": _(
        "This campaign (%(campaign)s) does not run for your line just now. Look at the others."
    ),
}
