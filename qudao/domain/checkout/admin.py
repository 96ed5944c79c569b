"""Back-office screen: customers' payments at the halls. Numbers are masked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.checkout import operations
from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.checkout.types import BY_HAND, CheckoutId, PaymentState
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Names, Ref, Section
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_phone

MEANS: Final = ["bound", "page", "card", "cash"]
STATES: Final = [str(state) for state in PaymentState]


def _masked(number: str) -> Cell:
    return Mono(mask_phone(number)) if number else None


def _state(row: Any) -> Cell:
    return Coded("payment_state", "unsure" if row.unsure else row.state)


def _order(row: Any) -> Cell:
    return None if row.order is None else Ref("ordering.order", row.order, str(row.order)[-12:])


@screen(CustomerPayment)
class CustomerPaymentScreen(Screen):
    """What customers paid at the halls, and what is not settled."""

    read = "checkout.read"
    title = _("Customers' payments")
    one = _("Customer's payment")
    lead = _(
        "What customers pay at the electronic halls. What is not settled is carried on by itself. "
        "What is owed to a customer, or was sold and is not paid, needs a person. Numbers are "
        "masked."
    )
    menu = Place("money", 6, "credit-card")
    list_select_related = ("hall",)
    ordering = ("-opened_at", "-id")
    search_help = _("A whole number, or the acquirer's reference")
    columns = (
        Column(_("Begun"), lambda row: row.opened_at, "opened_at"),
        Column(_("Hall"), lambda row: Names(row.hall.name_zh, row.hall.name_en)),
        Column(_("State"), _state, "state"),
        Column(_("Way of paying"), lambda row: Coded("means", row.means)),
        Column(_("Amount"), lambda row: Money(row.amount), "amount"),
        Column(pgettext_lazy("payment", "What"), lambda row: row.what),
        Column(_("Customer's number"), lambda row: _masked(row.payer)),
        Column(pgettext_lazy("payment", "For"), lambda row: _masked(row.line)),
        Column(_("Order"), _order),
    )
    list_filter = (
        by_flag(_("Not settled"), "open", Q(next_at__isnull=False)),
        by_flag(_("Needs a person"), "by_hand", Q(state__in=BY_HAND)),
        by_code(_("State"), "state", STATES, field="payment_state"),
        by_code(_("Way of paying"), "means", MEANS, field="means"),
        by_place(_("Place"), "hall__path", parts),
        by_days(_("Date"), "opened_at"),
    )

    acts = (
        Act(
            "settle_by_hand",
            _("Settled by hand"),
            "checkout.settle_by_hand",
            lambda ctx, row, data: operations.settle_by_hand(
                ctx, payment=CheckoutId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.state in BY_HAND,
            lead=_(
                "The customer has got the money back, or has paid what was sold. Say how: by which "
                "transfer, at which hall."
            ),
            icon="user-check",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[CustomerPayment]:
        return CustomerPayment.objects.within(ctx.scope).select_related("hall")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        word = "".join(text.split()).removeprefix("+86")
        return rows.filter(Q(payer=word) | Q(line=word) | Q(reference=word))

    def heading(self, row: Any) -> Cell:
        return Money(row.amount)

    def state(self, row: Any) -> Cell:
        return _state(row)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("State"), Coded("payment_state", row.state)),
                (_("Known for sure"), not row.unsure),
                (_("Hall"), Names(row.hall.name_zh, row.hall.name_en)),
                (_("Channel"), Coded("channel", row.channel)),
                (_("Way of paying"), Coded("means", row.means)),
                (_("Amount"), Money(row.amount)),
                (pgettext_lazy("payment", "What"), row.what),
                (_("Customer's number"), _masked(row.payer)),
                (pgettext_lazy("payment", "For"), _masked(row.line)),
                (_("Order"), _order(row)),
                (_("Reference of who holds the money"), Mono(row.reference)),
                (_("Why it came to nothing"), Mono(row.code) if row.code else None),
                (_("Problem of the last step"), row.problem),
                (_("Tries of the step"), row.attempts),
                (_("Begun"), row.opened_at),
                (_("Changed"), row.changed_at),
                (_("Looked at again"), row.next_at),
            ],
        )
        yield trail(ctx, row.pk)
