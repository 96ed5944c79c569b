"""Refusals of wallets."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "wallet.amount_not_positive": _("The amount %(amount)s is not possible here. Enter another."),
    "wallet.day_not_over": _("%(day)s is not over yet. Close it after midnight."),
    "wallet.deposit_short": _(
        "The outlet's deposit is %(held)s: no more can be kept back. Enter a smaller amount."
    ),
    "wallet.money_spent": _(
        "The wallet does not hold the money any more: it holds %(balance)s. "
        "Let the outlet pay in again, or correct the wallet by hand."
    ),
    "wallet.pay_in_not_found": _("Nothing was paid into this wallet for it (%(cause)s)."),
    "wallet.reason_missing": _("Give a reason."),
    "wallet.reference_missing": _("Enter the bank's number of the transfer."),
    "wallet.wallet_not_found": _(
        "There is no wallet of this outlet where you may look (%(outlet)s)."
    ),
    "wallet.wallet_overdrawn": _(
        "The outlet has drawn on credit: its balance is %(balance)s. Let it pay that in first."
    ),
}
