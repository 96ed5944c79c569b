"""Back-office screen: orders with their whole history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import operations, queries
from qudao.domain.ordering.models import Order
from qudao.domain.ordering.types import (
    REVERSIBLE,
    OrderId,
    OrderState,
    stored_details,
)
from qudao.kernel.money import Money
from qudao.kernel.numbers import receipt_number, valid_msisdn
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import steps
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Number,
    Person,
    Ref,
    Section,
    Table,
)
from qudao.platform.commands.context import Context

STATES = [state.value for state in OrderState]
OPEN = ["acknowledged", "inProgress", "pending"]
CHANNELS = ["portal", "api", "backoffice"]


def _outlet(row: Order) -> Names:
    return Names(row.outlet.name_zh, row.outlet.name_en)


def _number(row: Order) -> str:
    return receipt_number(row.business_date, row.hold_id) if row.hold_id else ""


def _reversible(row: Order) -> bool:
    return (
        row.state == OrderState.COMPLETED and row.business in REVERSIBLE and row.reverses_id is None
    )


@screen(Order)
class OrderScreen(Screen):
    """Sales and reversals. The list begins with the latest."""

    read = "ordering.read"
    title = _("Orders")
    one = _("Order")
    menu = Place("sales", 1, "receipt")
    search_help = _("Receipt number, customer's number, or an outlet's node code")
    list_select_related = ("outlet", "version__offering")
    ordering = ("-id",)
    columns = (
        Column(_("Receipt"), lambda row: Mono(_number(row)) if row.hold_id else _("Reversal")),
        Column(_("Time"), lambda row: row.ordered_at, "id"),
        Column(_("Outlet"), _outlet),
        Column(_("Offering"), lambda row: Names(row.version.name_zh, row.version.name_en)),
        Column(_("Customer's number"), lambda row: Number(row.msisdn)),
        Column(_("Face value"), lambda row: Money(row.amount)),
        Column(_("From wallet"), lambda row: Money(row.debit)),
        Column(_("State"), lambda row: Coded("order_state", row.state)),
    )
    list_filter = (
        by_code(_("State"), "state", STATES, field="order_state"),
        by_flag(_("Open"), "open", Q(state__in=OPEN)),
        by_code(_("Business"), "business", lambda: list(catalog.businesses())),
        by_code(_("Channel"), "channel", CHANNELS),
        by_place(_("Place"), "outlet__path", parts),
        by_flag(_("Reversals"), "reversal", Q(reverses__isnull=False)),
        by_days(_("Business day"), "business_date", is_date=True),
    )
    acts = (
        Act(
            "reverse",
            pgettext_lazy("order", "Take back"),
            "ordering.reverse",
            lambda ctx, row, data: operations.reverse(
                ctx, order=OrderId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=_reversible,
            lead=_(
                "The BOSS is asked to take it back, on the day of the sale only. When it agrees, "
                "the wallet gets back exactly what it paid. A high amount needs a second person."
            ),
            icon="arrow-back-up",
            tone="danger",
            done=_("Asked for. This page shows what the BOSS says."),
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Order]:
        rows = Order.objects.within(ctx.scope)
        return rows.select_related("outlet", "version__offering")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        bare = text.replace(" ", "").replace("-", "")
        if valid_msisdn(bare):
            return rows.filter(msisdn=bare)
        sold = queries.order_of_receipt(bare) if bare.isascii() and bare.isdigit() else None
        if sold is not None:
            return rows.filter(Q(pk=sold) | Q(reverses=sold))
        # An outlet's node code, or the order's own id as the journal and the BOSS know it.
        wanted = Q(outlet__code=bare) | Q(boss_reference=text)
        if len(bare) == 32:
            try:
                wanted |= Q(pk=self.opts.pk.to_python(bare))
            except ValueError:
                return rows.none()
        return rows.filter(wanted)

    def heading(self, row: Any) -> Cell:
        return Mono(_number(row)) if row.hold_id else _("Reversal")

    def state(self, row: Any) -> Cell:
        return Coded("order_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Business"), Coded("business", row.business)),
                (_("Offering"), Names(row.version.name_zh, row.version.name_en)),
                (
                    _("Version"),
                    Ref("catalog.offering", row.version.offering_id, row.version.number),
                ),
                (_("Customer's number"), Number(row.msisdn)),
                (_("Face value"), Money(row.amount)),
                (_("From wallet"), Money(row.debit)),
                (_("Outlet"), Ref("saleschannel.outlet", row.outlet_id, _outlet(row))),
                (_("Sold by"), Person(row.actor)),
                (_("Channel"), Coded("channel", row.channel)),
                (_("Sold at"), row.ordered_at),
                (_("Business day"), row.business_date),
                (_("Times printed"), row.prints),
            ],
        )
        yield Facts(
            _("In the BOSS"),
            [
                (_("Decided at"), row.settled_at),
                (pgettext_lazy("BOSS", "Reference"), Mono(row.boss_reference)),
                (_("Refusal"), Coded("boss_refusal", row.refusal_code)),
                (_("In the BOSS's words"), row.refusal_reason),
                (_("Attempts"), row.attempts),
                (_("Problem"), row.problem),
                (_("Our number"), Mono(str(row.pk))),
            ],
        )
        if row.details:
            yield self._parts(row.details)
        if row.reverses_id is not None:
            sale = self.rows(ctx).filter(pk=row.reverses_id).first()
            shown = None if sale is None else Ref("ordering.order", sale.pk, Mono(_number(sale)))
            yield Facts(_("Takes back"), [(_("Order"), shown), (_("Reason"), row.reversal_reason)])
        yield from self._reversals(ctx, row)
        yield self._postings(ctx, row)
        yield steps(queries.order_history(ctx, order=OrderId(row.pk)))

    def _parts(self, details: dict[str, Any]) -> Section:
        parts = stored_details(details).items
        return Table(
            _("Parts"),
            (
                pgettext_lazy("part of an order", "What"),
                pgettext_lazy("thing", "Name"),
                _("Code"),
                _("Quantity"),
                _("Amount"),
            ),
            [
                (
                    Coded("item_kind", part.kind),
                    Names(part.name_zh, part.name_en) if part.name_zh else None,
                    Mono(part.code),
                    part.quantity,
                    part.amount,
                )
                for part in parts
            ],
        )

    def _reversals(self, ctx: Context, row: Order) -> Iterable[Section]:
        found = list(self.rows(ctx).filter(reverses=row).order_by("id"))
        if found:
            yield Table(
                _("Reversals"),
                (_("Asked for"), _("By"), _("Reason"), _("State"), _("Refusal")),
                [
                    (
                        Ref("ordering.order", one.pk, one.ordered_at),
                        Person(one.actor),
                        one.reversal_reason,
                        Coded("order_state", one.state),
                        Coded("boss_refusal", one.refusal_code),
                    )
                    for one in found
                ],
            )

    def _postings(self, ctx: Context, row: Order) -> Section:
        shown = self.rows(ctx).filter(Q(pk=row.pk) | Q(reverses=row)).order_by("id")
        found = shown.select_related(
            *(f"{posting}__{end}" for posting in ("hold", "post") for end in ("source", "target"))
        )
        postings = [one for order in found for one in (order.hold, order.post) if one is not None]
        return Table(
            _("Postings"),
            (
                _("Serial number"),
                _("Time"),
                _("What happened"),
                pgettext_lazy("posting", "From"),
                pgettext_lazy("posting", "To"),
                _("Amount"),
            ),
            [
                (
                    Mono(str(posting.pk)),
                    posting.at,
                    Coded("phase", posting.phase),
                    Coded("account_kind", posting.source.kind),
                    Coded("account_kind", posting.target.kind),
                    Money(posting.amount),
                )
                for posting in postings
            ],
        )
