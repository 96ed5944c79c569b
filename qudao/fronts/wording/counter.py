"""Refusals of the counter."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "counter.too_many_listeners": _(
        "Too many streams are open here already (at most %(most)s). Close one, or come back later."
    ),
    "counter.last_event_unknown": _(
        "`Last-Event-ID` names no event. Send the id of the last event that you got, or none."
    ),
}
