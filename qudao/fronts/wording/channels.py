"""Refusals of what is asked for channels."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "channels.last_day_past": _(
        "The last day of business cannot be %(last_day)s: that day is over. Choose today or a "
        "later day; to stop the sales at once, have the outlet suspended."
    ),
    "channels.not_in_service": _(
        "This outlet neither changes nor leaves: its state is %(state)s. Choose one that was "
        "opened and is not closed."
    ),
    "channels.nothing_changed": _(
        "All of it is so already. Write over what shall become different."
    ),
    "channels.reason_missing": _("Give a reason, of at most %(longest)s characters."),
}
