"""Refusals of baskets of goods."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "goods.basket_wrong": _(
        "A basket has 1 to %(most)s lines, each of something else. Put the same goods "
        "into one line."
    ),
    "goods.not_goods": _(
        "%(item)s is not sold here: SIM cards go with an account, recharge cards and "
        "handsets with a contract have pages of their own."
    ),
    "goods.basket_price_changed": _(
        "The price has changed: it is %(total)s now. Look at it again with the customer."
    ),
    "goods.not_a_contract": _(
        "%(offering)s is no contract for a handset. Choose one from the list."
    ),
}
