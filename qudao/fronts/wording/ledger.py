"""Refusals of the ledger."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "ledger.account_frozen": _("The account is frozen: nothing may leave it (%(account)s)."),
    "ledger.account_not_found": _("There is no such account (%(account)s)."),
    "ledger.floor_above_balance": _(
        "More of the credit is in use than the new limit allows: the balance is %(balance)s. "
        "Let the outlet pay in first."
    ),
    "ledger.insufficient_funds": _(
        "There is not enough in the account: %(available)s available (%(account)s)."
    ),
}
