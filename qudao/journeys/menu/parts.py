"""What several items ask, check and tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import NotEligible, Offer, OfferingUnknown
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.ports import Subscriber
from qudao.domain.ordering.types import Sale
from qudao.journeys import customers, paying
from qudao.journeys.menu.item import (
    Call,
    Fact,
    Input,
    Kind,
    Option,
    Outcome,
    Pair,
    Pays,
    Quote,
    Text,
)
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.scope import EVERYWHERE
from qudao.platform.commands.context import Context

LINE_STATES: dict[str, Text] = {
    "active": pgettext_lazy("line state", "active"),
    "suspended": pgettext_lazy("line state", "suspended"),
    "terminated": pgettext_lazy("line state", "terminated"),
}


def _mobile(call: Call, value: str) -> Promise | None:
    return None if valid_msisdn(value) else _("This is no mobile number.")


def _own_number(call: Call) -> Sequence[Option]:
    return [Option(call.own, call.own)] if call.own else []


OWN_LINE = Input(
    code="msisdn",
    kind=Kind.DIGITS,
    prompt=_("Customer's mobile number"),
    help=_("A mobile number has 11 digits and begins with 13 to 19."),
    shortest=11,
    longest=11,
    given=lambda call: call.own,
    check=_mobile,
)
"""The line of the customer who asks; who works at an outlet says whose."""

ANY_LINE = replace(
    OWN_LINE,
    prompt=_("For which mobile number?"),
    given=None,
    choices=_own_number,
    usual=lambda call: call.own,
)
"""A line that is asked for; the customer's own is proposed, and meant where none is said."""


PAYS: dict[Pays, Text] = {
    Pays.WALLET: _("from the outlet's wallet"),
    Pays.BOUND: _("by the card bound to your line"),
    Pays.PAGE: _("on the payment page"),
    Pays.CARD: _("by card, here"),
    Pays.CASH: _("in cash, here"),
}

MEANS = Input(
    code="means",
    kind=Kind.CHOICE,
    prompt=_("How would you like to pay?"),
    help=_("Choose one of the list."),
    choices=lambda call: [Option(one, PAYS[one]) for one in call.ways],
)
"""Asked by dialogues where there is more than one way; no item asks it itself."""

ALL_WAYS = frozenset(Pays)
"""However somebody can pay."""
WITHOUT_CASH = ALL_WAYS - {Pays.CASH}
"""Of what has a price of its own: a unit that takes notes gives no change."""


def language() -> str:
    """Return the code of the language in which the dialogue goes on, as care knows it."""
    return "en" if (get_language() or "").startswith("en") else "zh-hans"


def everywhere(call: Call) -> Context:
    """
    Return the context of what a customer does that belongs to no one outlet: an appointment at any
    shop, a complaint that was made through another hall.
    """
    return replace(call.ctx, scope=EVERYWHERE)


def look_up(call: Call, *, due: bool = False) -> customers.Customer:
    """
    Return the customer of the line that was answered; journalled.

    :raises Refusal: those of `customers.look_up`.
    """
    return customers.look_up(call.ctx, msisdn=call.text("msisdn"), due=due)


def line_facts(subscriber: Subscriber) -> tuple[Fact, ...]:
    """Return what any question about a line tells first."""
    return (
        line_fact(subscriber.msisdn),
        Fact("state", _("State"), LINE_STATES.get(subscriber.state, subscriber.state)),
    )


def line_fact(msisdn: str) -> Fact:
    return Fact("msisdn", _("Mobile number"), msisdn)


def offers(call: Call, business: str) -> tuple[Offer, ...]:
    """Return what of a business may be sold here now, best fit first."""
    place = call.where
    return catalog.recent_snapshot().offers(
        place.kind, place.market, place.path, call.ctx.at, business=business
    )


def offer(call: Call, business: str, code: str = "") -> Offer:
    """
    Return one offer of a business, the first without a code.

    :raises OfferingUnknown: if it is not on offer here now.
    """
    for one in offers(call, business):
        if code in ("", one.code):
            return one
    raise OfferingUnknown(code or business)


def offer_name(one: Offer) -> Pair:
    return one.name_zh, one.name_en


def add_on_names(call: Call, codes: Sequence[str]) -> dict[str, Pair]:
    """
    Return what add-ons of the BOSS's codes are called: as they are sold here, else as anywhere,
    a handset's contract for example; what the catalogue does not know by its code.
    """
    known = offers(call, "add_on") if codes and call.place else ()
    here = {one.boss_product_code or one.code: offer_name(one) for one in known}
    snapshot = catalog.recent_snapshot()
    return {code: here.get(code) or snapshot.name(code, call.ctx.at) for code in codes}


def monthly_fee(one: Offer) -> Money | None:
    """Return what a plan costs a month: the operator bills it, it is not paid here."""
    fee = one.attributes.get("monthly_fee")
    return Money(fee) if isinstance(fee, int) and not one.price else None


def priced_name(one: Offer) -> Pair:
    """Return what an offer is called in a list, with what it costs."""
    fee, price = monthly_fee(one), one.price
    if fee is not None:
        return f"{one.name_zh} ¥{fee}/月", f"{one.name_en} ¥{fee}/month"
    if price:
        return f"{one.name_zh} ¥{price}", f"{one.name_en} ¥{price}"
    return offer_name(one)


def offer_choice(business: str, prompt: Text, nothing: Text) -> Input:
    """
    Return the question which offering of a business it shall be: one that is for the line that was
    answered, and that it does not have.

    Its choices refuse with NotEligible where the line may have none of what is left.
    """

    def choices(call: Call) -> Sequence[Option]:
        line = look_up(call).subscriber
        found, declined = [], None
        for one in offers(call, business):
            if one.had_by(plan=line.plan_code, add_ons=line.add_ons):
                continue
            try:
                one.admit_customer(state=line.state, plan=line.plan_code)
            except NotEligible as refusal:
                declined = refusal
            else:
                found.append(Option(one.code, priced_name(one)))
        if declined is not None and not found:
            raise declined
        return found

    return Input(
        code="offering",
        kind=Kind.CHOICE,
        prompt=prompt,
        help=_("Choose one of the list."),
        choices=choices,
        nothing=nothing,
    )


def amount(business: str, prompt: Text) -> Input:
    """Return the question for an amount within the range of a business's offering."""

    def check(call: Call, value: Money) -> None:
        offer(call, business).admit(value)

    def proposed(call: Call) -> Sequence[Option]:
        return [Option(plain(chip), chip) for chip in offer(call, business).chips]

    return Input(
        code="amount",
        kind=Kind.MONEY,
        prompt=prompt,
        help=_("An amount in yuan, such as 50."),
        least=1,
        choices=proposed,
        check=check,
    )


def plain(money: Money) -> str:
    """Return an amount as one types it: `50`, `12.50`."""
    return str(money).removesuffix(".00")


def quote(call: Call, one: Offer, price: Money, *more: Fact) -> Quote:
    """
    Return what a sale to the line that was answered is to be confirmed by.

    The line is looked up, and the sale is tried out.

    :raises NotEligible: if the offer is not for this customer.
    :raises Refusal: those of `customers.look_up` and of `ordering.sell`.
    """
    subscriber = look_up(call).subscriber
    one.admit_customer(state=subscriber.state, plan=subscriber.plan_code)
    return chosen_quote(call, one, price, *more)


def chosen_quote(call: Call, one: Offer, price: Money, *more: Fact) -> Quote:
    """
    Return what the sale of an `offer_choice` is to be confirmed by: the line was looked up for it.

    :raises Refusal: those of `ordering.sell`.
    """
    sale = Sale(call.where.outlet, one.code, call.text("msisdn"), price)
    if Pays.WALLET in call.ways:
        sell.one(replace(call.ctx.part("trial"), dry_run=True), sale)
    else:
        paying.try_out(call.ctx, sale)
    return Quote((line_fact(sale.msisdn), *more), price, one.code)


def sold(call: Call) -> Outcome:
    """
    Sell what was quoted and confirmed, at the price that was confirmed and paid as was chosen.

    :raises Refusal: those of `ordering.sell`, of `paying.pay_and_sell` and `paying.begin_page`.
    """
    assert call.price is not None and call.terms
    sale = Sale(call.where.outlet, call.terms, call.text("msisdn"), call.price)
    payer, what = call.caller.msisdn or "", _offering_name(call)
    language = get_language() or "zh-hans"
    if call.means is Pays.PAGE:
        page = paying.begin_page(call.ctx, sale=sale, payer=payer, what=what, language=language)
        to_pay = Fact("to_pay", _("To pay"), sale.amount)
        return Outcome((line_fact(sale.msisdn), to_pay), pay_at=page.url)
    if call.means is None or call.means is Pays.WALLET:
        done = sell.one(call.ctx, sale)
    else:
        done = paying.pay_and_sell(
            call.ctx,
            sale=sale,
            means=call.means,
            payer=payer,
            what=what,
            token=call.token,
            language=language,
        )
    facts = (
        line_fact(sale.msisdn),
        Fact("paid", _("Paid"), done.amount),
        Fact("receipt", _("Receipt number"), done.number),
    )
    return Outcome(facts, order=done.order)


def _offering_name(call: Call) -> str:
    """Return what is sold, in the dialogue's language; the code where it is not sold any more."""
    chinese, english = catalog.kept_snapshot().name(call.terms, call.ctx.at)
    return english if (get_language() or "").startswith("en") else chinese


RECEIPT = ("msisdn", "paid", "receipt")
"""The facts of a sale's outcome."""
