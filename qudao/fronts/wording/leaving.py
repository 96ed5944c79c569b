"""Refusals of outlets that leave."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "leaving.commission_not_settled": _(
        "The commission of some month is still to be settled. Come back once it is paid, and tick "
        "that all of it is."
    ),
    "leaving.commission_open": _(
        "Commission of this outlet is not settled: %(amount)s is unpaid, and %(disputes)s disputes "
        "are open. Pay and answer them first."
    ),
    "leaving.deliveries_open": _(
        "%(count)s deliveries or requisitions of this outlet are under way. Receive or cancel them "
        "first."
    ),
    "leaving.goods_left": _(
        "%(quantity)s articles still lie at this outlet, or are missing there. Have them returned, "
        "or settle the difference, first."
    ),
    "leaving.money_left": _(
        "Money is left: the wallet holds %(balance)s, the deposit is %(deposit)s. Pay both out "
        "first."
    ),
    "leaving.orders_open": _(
        "%(count)s sales (%(amount)s) of this outlet are not decided on yet. Wait for the BOSS, or "
        "settle them by hand."
    ),
}
