"""Back-office screens: cash drawers, payments received, bank statements and their lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.payment import operations, queries
from qudao.domain.payment.models import BankLine, BankStatement, Count, Drawer, PaymentReceived
from qudao.domain.payment.types import DrawerId, LineId, PaymentArchived, PaymentId
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import MoneyField, ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Person,
    Ref,
    Section,
    Table,
)
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_name
from qudao.platform.tables.scoped import within

METHODS = ["cash", "card", "bank_transfer"]
LINE_STATES = ["waiting", "booked", "set_aside"]
SHOWN = 200
"""Lines on one page."""


def _money(fen: int | None) -> Cell:
    return None if fen is None else Money(fen)


def _named(row: Any) -> Cell:
    return None if row is None else Names(row.name_zh, row.name_en)


def _difference(row: Drawer) -> Cell:
    if row.counted is None or row.expected is None:
        return None
    return Money(row.counted - row.expected)


class CloseForm(ReasonForm):
    counted = MoneyField(label=_("Counted in the drawer (yuan)"))
    field_order = ["request_key", "counted", "reason"]


@screen(Drawer)
class DrawerScreen(Screen):
    """Sessions at the cash drawers of the halls."""

    read = "payment.read"
    title = _("Cash drawers")
    one = _("Session at a cash drawer")
    menu = Place("money", 4, "cash")
    list_select_related = ("hall",)
    ordering = ("-opened_at", "id")
    columns = (
        Column(_("Open since"), lambda row: row.opened_at, "opened_at"),
        Column(_("Hall"), lambda row: _named(row.hall)),
        Column(pgettext_lazy("drawer", "Clerk"), lambda row: Person(row.clerk)),
        Column(_("State"), lambda row: Coded("drawer_state", row.state), "state"),
        Column(_("Float"), lambda row: Money(row.opening_float)),
        Column(pgettext_lazy("drawer", "Expected"), lambda row: _money(row.expected)),
        Column(_("Counted"), lambda row: _money(row.counted)),
        Column(_("Difference"), _difference),
        Column(_("Closed"), lambda row: row.closed_at, "closed_at"),
    )
    list_filter = (
        by_code(_("State"), "state", ["open", "closed"], field="drawer_state"),
        by_flag(
            _("With a difference"),
            "difference",
            Q(counted__isnull=False) & ~Q(counted=F("expected")),
        ),
        by_place(_("Place"), "hall__path", parts),
        by_days(_("Date"), "opened_at"),
    )
    acts = (
        Act(
            "close",
            _("Close for its clerk"),
            "payment.close_drawer_of_another",
            lambda ctx, row, data: operations.close_drawer_of_another(
                ctx, drawer=DrawerId(row.pk), counted=data["counted"], remark=data["reason"]
            ),
            form=CloseForm,
            when=lambda row: row.state == "open",
            lead=_("For a clerk who has left without counting. The difference is booked."),
            icon="lock",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Drawer]:
        return Drawer.objects.within(ctx.scope).select_related("hall")

    def heading(self, row: Any) -> Cell:
        return _named(row.hall)

    def state(self, row: Any) -> Cell:
        return Coded("drawer_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Hall"), Ref("saleschannel.outlet", row.hall_id, _named(row.hall))),
                (pgettext_lazy("drawer", "Clerk"), Person(row.clerk)),
                (_("Open since"), row.opened_at),
                (_("Float"), Money(row.opening_float)),
                (_("Closed"), row.closed_at),
                (pgettext_lazy("drawer", "Closed by"), Person(row.closed_by)),
                (pgettext_lazy("drawer", "Expected"), _money(row.expected)),
                (_("Counted"), _money(row.counted)),
                (_("Difference"), _difference(row)),
                (_("Remark"), row.remark),
            ],
        )
        counts = Count.objects.filter(drawer=row).order_by("at")
        yield Table(
            _("Counts in between"),
            (_("Time"), pgettext_lazy("drawer", "Expected"), _("Counted")),
            [(one.at, Money(one.expected), Money(one.counted)) for one in counts],
        )
        taken = PaymentReceived.objects.unscoped("cash of a drawer in scope").filter(drawer=row)
        yield Table(
            _("Cash taken"),
            (_("Time"), _("Outlet"), _("Amount"), _("Taken back")),
            [
                (one.received_at, _named(one.outlet), Money(one.amount), one.taken_back_at)
                for one in taken.select_related("outlet").order_by("received_at")[:SHOWN]
            ],
        )
        yield trail(ctx, row.pk)


@screen(PaymentReceived)
class PaymentScreen(Screen):
    """What outlets have paid in, at halls and by bank transfer."""

    read = "payment.read"
    title = _("Pay-ins")
    one = _("Pay-in")
    menu = Place("money", 2, "building-bank")
    search_help = _("Receipt, reference, part of an outlet's name, or its node code's beginning")
    list_select_related = ("outlet", "hall")
    ordering = ("-received_at", "-id")
    columns = (
        Column(_("Time"), lambda row: row.received_at, "received_at"),
        Column(_("Outlet"), lambda row: _named(row.outlet)),
        Column(_("How"), lambda row: Coded("method", row.method), "method"),
        Column(_("Amount"), lambda row: Money(row.amount), "amount"),
        Column(_("Hall"), lambda row: _named(row.hall)),
        Column(_("Taken by"), lambda row: Person(row.clerk)),
        Column(pgettext_lazy("pay-in", "Reference"), lambda row: Mono(row.reference)),
        Column(_("Taken back"), lambda row: row.taken_back_at),
    )
    list_filter = (
        by_flag(_("Taken back"), "taken_back", Q(taken_back_at__isnull=False)),
        by_code(_("How"), "method", METHODS),
        by_place(_("Place"), "outlet__path", parts),
        by_days(_("Business day"), "business_date", is_date=True),
    )

    def rows(self, ctx: Context) -> QuerySet[PaymentReceived]:
        rows = PaymentReceived.objects.unscoped("where it was taken counts as from whom it came")
        if not ctx.scope.paths:
            return rows.none()
        mine = within("outlet__path", ctx.scope) | within("hall__path", ctx.scope)
        return rows.filter(mine).select_related("outlet", "hall", "drawer")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(reference=text)
            | Q(pk=queries.payment_of_receipt(text))
            | Q(outlet__name_zh__icontains=text)
            | Q(outlet__name_en__icontains=text)
            | Q(outlet__code__startswith=text)
        )

    def heading(self, row: Any) -> Cell:
        return Money(row.amount)

    def state(self, row: Any) -> Cell:
        return Coded("method", row.method)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Amount"), Money(row.amount)),
                (_("How"), Coded("method", row.method)),
                (_("Outlet"), Ref("wallet.wallet", row.outlet_id, _named(row.outlet))),
                (_("Time"), row.received_at),
                (_("Business day"), row.business_date),
                (_("Receipt"), _receipt(row)),
                (_("Receipt printed"), row.prints),
                (_("Hall"), _named(row.hall)),
                (_("Cash drawer"), _drawer(row)),
                (_("Taken by"), Person(row.clerk)),
                (pgettext_lazy("pay-in", "Reference"), Mono(row.reference)),
                (_("Taken back"), row.taken_back_at),
                (_("Taken back by"), Person(row.taken_back_by)),
                (_("Reason"), row.taken_back_reason),
            ],
        )
        yield trail(ctx, row.pk)


@screen(BankStatement)
class StatementScreen(Screen):
    """Imported bank statements."""

    read = "payment.read"
    title = _("Bank statements")
    one = _("Bank statement")
    menu = Place("money", 3, "file-invoice")
    list_select_related = ("branch",)
    ordering = ("-imported_at", "-id")
    columns = (
        Column(_("Imported"), lambda row: row.imported_at, "imported_at"),
        Column(_("Branch"), lambda row: _named(row.branch)),
        Column(_("File"), lambda row: row.file_name),
        Column(_("Account"), lambda row: Mono(row.account)),
        Column(_("Lines"), lambda row: row.lines, "lines"),
        Column(_("Waiting"), lambda row: row.waiting),
        Column(_("Total"), lambda row: Money(row.total), "total"),
        Column(_("Imported by"), lambda row: Person(row.imported_by)),
    )
    list_filter = (
        by_place(_("Place"), "branch__path", parts),
        by_days(_("Date"), "imported_at"),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        waiting = (
            BankLine.objects.within(ctx.scope)
            .filter(statement=OuterRef("pk"), state="waiting")
            .order_by()
            .values("statement")
            .annotate(n=CountOf("id"))
            .values("n")
        )
        rows = BankStatement.objects.within(ctx.scope).select_related("branch")
        return rows.annotate(waiting=Coalesce(Subquery(waiting), 0))

    def heading(self, row: Any) -> Cell:
        return str(row.file_name)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Branch"), _named(row.branch)),
                (_("Account"), Mono(row.account)),
                (_("Format"), row.format),
                (_("Imported"), row.imported_at),
                (_("Imported by"), Person(row.imported_by)),
                (_("Lines"), row.lines),
                (_("Total"), Money(row.total)),
            ],
        )
        lines = BankLine.objects.within(ctx.scope).filter(statement=row).order_by("row")
        yield Table(
            pgettext_lazy("list", "Lines"),
            (_("Row"), _("Date"), _("Amount"), _("Text"), _("State"), _("Outlet")),
            [
                (
                    Ref("payment.bankline", line.pk, line.row),
                    line.booked_on,
                    Money(line.amount),
                    line.remittance,
                    Coded("bank_line_state", line.state),
                    _named(line.outlet),
                )
                for line in lines.select_related("outlet")[:SHOWN]
            ],
        )
        yield trail(ctx, row.pk)


@screen(BankLine)
class LineScreen(Screen):
    """Credits on bank statements; the waiting ones are somebody's work."""

    read = "payment.read"
    title = _("Bank lines")
    one = _("Line of a bank statement")
    menu = Place("money", 3, "list-details")
    search_help = _("Reference, or part of the payer's text")
    list_select_related = ("outlet", "branch")
    ordering = ("-booked_on", "id")
    columns = (
        Column(_("Date"), lambda row: row.booked_on, "booked_on"),
        Column(_("Amount"), lambda row: Money(row.amount), "amount"),
        Column(_("State"), lambda row: Coded("bank_line_state", row.state), "state"),
        Column(_("Text"), lambda row: row.remittance),
        Column(_("Payer"), lambda row: mask_name(row.payer)),
        Column(pgettext_lazy("pay-in", "Reference"), lambda row: Mono(row.reference)),
        Column(_("Outlet"), lambda row: _named(row.outlet)),
    )
    list_filter = (
        by_code(_("State"), "state", LINE_STATES, field="bank_line_state"),
        by_place(_("Place"), "branch__path", parts),
        by_days(_("Date"), "booked_on", is_date=True),
    )
    acts = (
        Act(
            "set-aside",
            _("Set aside"),
            "payment.set_aside_line",
            lambda ctx, row, data: operations.set_aside_line(
                ctx, line=LineId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.state == "waiting",
            lead=_("It is no outlet's pay-in. Nothing is booked."),
            icon="x",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[BankLine]:
        return BankLine.objects.within(ctx.scope).select_related("outlet", "branch")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(Q(reference=text) | Q(remittance__icontains=text))

    def heading(self, row: Any) -> Cell:
        return Money(row.amount)

    def state(self, row: Any) -> Cell:
        return Coded("bank_line_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Amount"), Money(row.amount)),
                (_("Date"), row.booked_on),
                (_("Text"), row.remittance),
                (_("Payer"), mask_name(row.payer)),
                (pgettext_lazy("pay-in", "Reference"), Mono(row.reference)),
                (_("Bank statement"), Ref("payment.bankstatement", row.statement_id, row.row)),
                (_("Branch"), _named(row.branch)),
                (_("Outlet"), _named(row.outlet)),
                (_("Decided at"), row.decided_at),
                (_("Decided by"), Person(row.decided_by)),
                (_("Remark"), row.remark),
            ],
        )
        yield trail(ctx, row.pk)


def _drawer(row: PaymentReceived) -> Cell:
    if row.drawer_id is None:
        return None
    return Ref("payment.drawer", row.drawer_id, str(_("Session at a cash drawer")))


def _receipt(row: PaymentReceived) -> Cell:
    try:
        return Mono(queries.number_of(PaymentId(row.pk), row.business_date))
    except PaymentArchived:
        return str(_("In the archive"))
