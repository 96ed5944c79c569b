"""Refusals of contacts, complaints, appointments and calls for an agent."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "care.agent_request_unknown": _(
        "There is no such request for a person where you may look (%(request)s). Go back to the "
        "list."
    ),
    "care.anothers_talk": _(
        "Somebody else talks with this customer. Take the next one of the list."
    ),
    "care.appointment_exists": _(
        "There is an appointment for this already: %(starts_at)s. Move it, or cancel it first."
    ),
    "care.appointment_not_yet": _(
        "The appointment is on another day: %(starts_at)s. Move it if the customer is here now."
    ),
    "care.appointment_over": _(
        "This appointment %(appointment_state)s: it cannot be changed any more. Book another one."
    ),
    "care.appointment_unknown": _(
        "There is no such appointment where you may look (%(appointment)s). Go back to the list."
    ),
    "care.category_unknown": _(
        "Complaints are not about this (%(category)s). Choose one of the list."
    ),
    "care.complaint_not_so": _(
        "This cannot be done now: the complaint %(complaint_state)s. Look at it again."
    ),
    "care.complaint_unknown": _(
        "There is no complaint %(complaint)s of this line. Compare all digits of the complaint's "
        "number and of the telephone number."
    ),
    "care.contact_invalid": _("The contact cannot be so: look at its field %(field)s."),
    "care.desk_out_of_range": _(
        "Give 0 to %(most_seats)s seats, and %(shortest)s to %(longest)s minutes."
    ),
    "care.language_unknown": _(
        "Customers are talked with in Chinese or English, not in %(language)s. Choose one of them."
    ),
    "care.no_appointments": _(
        "This outlet takes no appointments. Choose another one, or go there without."
    ),
    "care.no_such_slot": _(
        "No appointment begins at %(starts_at)s: the outlet is shut, the time is past, or more "
        "than 14 days ahead. Choose one of the times that are offered."
    ),
    "care.nobody_waits": _("Nobody waits for a person in your area. Look again in a while."),
    "care.number_not_known": _("No number is known here (%(subject)s). Look at another row."),
    "care.place_unknown": _(
        "There is no such place where you may look (%(place)s). Choose a branch or an outlet of "
        "your area."
    ),
    "care.purpose_unknown": _(
        "No appointment is needed for this (%(business)s). Choose another business."
    ),
    "care.request_not_so": _(
        "This cannot be done now: the customer %(request_state)s. Take another one of the list."
    ),
    "care.slot_taken": _("%(starts_at)s is taken. Choose another time."),
    "care.somebody_elses": _(
        "Somebody else works on this complaint. Ask them, or let somebody release it."
    ),
    "care.too_late_to_reopen": _(
        "The complaint was answered more than %(days)s days ago. Make a new one."
    ),
    "care.too_many_complaints": _(
        "%(most)s complaints of this line are open already. Wait for an answer, or withdraw one."
    ),
    "care.why_missing": _("Give a reason of at least two characters: the journal keeps it."),
    "care.words_missing": _("Write something: 2 to %(longest)s characters."),
}
