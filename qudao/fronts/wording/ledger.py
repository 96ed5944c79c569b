"""Refusals of the ledger."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "ledger.account_frozen": _("The account is frozen: nothing may leave it (%(account)s)."),
    "ledger.account_not_found": _("There is no such account (%(account)s)."),
    "ledger.amount_negative": _("The amount is below zero: %(amount)s. Enter it without a sign."),
    "ledger.posting_not_found": _("The account has got no such posting (%(posting)s)."),
    "ledger.posting_taken_back": _("This posting was taken back already (%(posting)s)."),
    "ledger.same_account": _("Source and target are the same account. Choose two."),
    "ledger.floor_above_zero": _(
        "An account may be let fall below zero, not be kept above it: %(floor)s."
    ),
    "ledger.floor_above_balance": _(
        "More of the credit is in use than the new limit allows: the balance is %(balance)s. "
        "Let the outlet pay in first."
    ),
    "ledger.insufficient_funds": _(
        "There is not enough in the account: %(available)s available (%(account)s)."
    ),
}
