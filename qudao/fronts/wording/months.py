"""Refusals of taking months out of the tables, and of bringing them back."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "months.month_unknown": _(
        "There is no month %(month)s to do this with. `qudao months list` shows all there are."
    ),
    "months.month_too_recent": _(
        "%(month)s stays until %(until)s: requests of it may still be repeated, and get their "
        "answer."
    ),
    "months.older_month_first": _("Take out %(oldest)s first, then %(month)s."),
    "months.newer_month_first": _("Bring back %(newest)s first, then %(month)s."),
    "months.orders_open": _(
        "Orders of %(month)s are not decided: %(orders)s. Wait for the operator's system, or "
        "settle them by hand."
    ),
    "months.postings_pending": _(
        "Money of %(month)s is still in flight: %(postings)s postings. Run `qudao check`; they "
        "end with their orders."
    ),
    "months.relays_behind": _(
        "These have not read the journal of %(month)s to its end: %(relays)s. Let the worker run "
        "until they have."
    ),
    "months.squash_behind": _(
        "Something of %(month)s was posted within the last two days, on %(accounts)s accounts. "
        "Try again the day after tomorrow."
    ),
    "months.days_not_closed": _(
        "%(wallets)s wallets have no closing of %(day)s, when something of %(month)s was posted. "
        "Let the worker close the days, or close them in the back office."
    ),
    "tables.tables_in_use": _(
        "Long-running statements held the tables at each of %(tries)s tries. Nothing was changed: "
        "try again when no report is being made."
    ),
}
