"""Refusals of wallets."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "wallet.amount_not_positive": _("The amount %(amount)s is not possible here. Enter another."),
    "wallet.day_not_over": _("%(day)s is not over yet. Close it after midnight."),
    "wallet.reason_missing": _("Give a reason."),
    "wallet.wallet_not_found": _(
        "There is no wallet of this outlet where you may look (%(outlet)s)."
    ),
}
