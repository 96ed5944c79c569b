"""Back-office screens: wallets with their statements and closings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.party.types import OrganizationId
from qudao.domain.wallet import operations, queries
from qudao.domain.wallet.models import DailyClosing, Wallet
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ActForm, DayField, MoneyField, ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, add_to, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Ref,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import Context

LINES = 100
"""Lines of a statement on a wallet's page."""


class LimitForm(ActForm):
    limit = MoneyField(label=_("Credit limit (yuan)"))

    def prepare(self) -> None:
        self.initial["limit"] = Money(-self.row.account.floor)


class LowForm(ActForm):
    amount = MoneyField(label=_("Warn when less is available (yuan)"))

    def prepare(self) -> None:
        self.initial["amount"] = Money(self.row.low_balance)


class AdjustForm(ReasonForm):
    amount = MoneyField(
        label=_("Amount (yuan)"),
        signed=True,
        help_text=_("Positive: into the wallet. With a minus sign: out of it."),
    )
    field_order = ["request_key", "amount", "reason"]


class CloseDayForm(ActForm):
    day = DayField(label=_("Business day"))


def _id(row: Wallet) -> OrganizationId:
    return OrganizationId(row.outlet_id)


def _name(row: Any) -> Names:
    return Names(row.outlet.name_zh, row.outlet.name_en)


def _state(row: Wallet) -> Coded:
    if row.account.frozen:
        return Coded("wallet_state", "frozen")
    low = row.account.balance - row.account.floor < row.low_balance
    return Coded("wallet_state", "low" if low else "usable")


@screen(Wallet)
class WalletScreen(Screen):
    """The prepaid wallets of the outlets."""

    read = "wallet.read"
    title = _("Wallets")
    one = _("Wallet")
    menu = Place("money", 1, "wallet")
    search_help = _("Part of an outlet's name, or the beginning of its node code")
    list_select_related = ("outlet", "account")
    ordering = ("outlet__path",)
    columns = (
        Column(_("Outlet"), _name, "outlet__name_zh"),
        Column(_("Node code"), lambda row: Mono(row.outlet.code), "outlet__code"),
        Column(_("State"), _state),
        Column(_("Balance"), lambda row: Money(row.account.balance), "account__balance"),
        Column(_("Credit limit"), lambda row: Money(-row.account.floor), "account__floor"),
        Column(_("Warns below"), lambda row: Money(row.low_balance), "low_balance"),
    )
    list_filter = (
        by_flag(_("Low"), "low", Q(account__balance__lt=F("low_balance") + F("account__floor"))),
        by_flag(_("Frozen"), "frozen", Q(account__frozen=True)),
        by_flag(_("On credit"), "credit", Q(account__balance__lt=0)),
        by_place(_("Place"), "outlet__path", parts),
    )
    acts = (
        Act(
            "freeze",
            _("Freeze"),
            "wallet.freeze",
            lambda ctx, row, data: operations.freeze(ctx, outlet=_id(row), reason=data["reason"]),
            form=ReasonForm,
            when=lambda row: not row.account.frozen,
            lead=_("Nothing leaves the wallet any more; money still comes in."),
            icon="snowflake",
            tone="danger",
        ),
        Act(
            "unfreeze",
            _("Unfreeze"),
            "wallet.unfreeze",
            lambda ctx, row, data: operations.unfreeze(ctx, outlet=_id(row)),
            when=lambda row: row.account.frozen,
            lead=_("The wallet pays for sales again."),
            icon="player-play",
        ),
        Act(
            "credit",
            _("Set the credit limit"),
            "wallet.set_credit_limit",
            lambda ctx, row, data: operations.set_credit_limit(
                ctx, outlet=_id(row), limit=data["limit"]
            ),
            form=LimitForm,
            lead=_("How far the wallet may fall below zero. A high one needs a second person."),
            icon="credit-card",
        ),
        Act(
            "low",
            _("Set the warning"),
            "wallet.set_low_balance",
            lambda ctx, row, data: operations.set_low_balance(
                ctx, outlet=_id(row), amount=data["amount"]
            ),
            form=LowForm,
            icon="bell",
        ),
        Act(
            "adjust",
            _("Correct a wallet"),
            "wallet.adjust",
            lambda ctx, row, data: operations.adjust(
                ctx, outlet=_id(row), amount=data["amount"], reason=data["reason"]
            ),
            form=AdjustForm,
            lead=_("A correction by hand. It is always parked for a second person."),
            icon="arrows-exchange",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Wallet]:
        return Wallet.objects.within(ctx.scope).select_related("outlet", "account")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(outlet__name_zh__icontains=text)
            | Q(outlet__name_en__icontains=text)
            | Q(outlet__code__startswith=text)
        )

    def heading(self, row: Any) -> Cell:
        return _name(row)

    def state(self, row: Any) -> Cell:
        return _state(row)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        held = queries.wallet(ctx, outlet=_id(row))
        yield Facts(
            _("At a glance"),
            [
                (_("Balance"), held.balance),
                (_("Available"), held.available),
                (_("Credit limit"), held.credit_limit),
                (_("Taken today"), held.spent_today),
                (_("Warns below"), held.low_balance),
                (pgettext_lazy("wallet", "Opened"), row.opened_at),
                (
                    _("See also"),
                    Several([Ref("saleschannel.outlet", row.pk, Mono(row.outlet.code))]),
                ),
            ],
        )
        lines = queries.statement(ctx, outlet=_id(row), page=PageRequest(LINES))
        yield Table(
            _("Statement, newest first"),
            (_("Time"), _("Kind"), _("What happened"), _("Amount"), _("Balance after"), _("For")),
            [
                (
                    line.at,
                    Coded("posting", line.kind),
                    Coded("phase", str(line.phase)),
                    line.amount,
                    line.balance,
                    _for(line.kind, line.cause),
                )
                for line in lines.items
            ],
            note=_rest(lines.total),
        )
        closings = queries.closings(ctx, outlet=_id(row), page=PageRequest(31))
        yield Table(
            _("Daily closings"),
            (
                _("Business day"),
                _("Opening"),
                _("Paid in"),
                _("Sold"),
                _("Returned"),
                _("Corrected"),
                _("Closing"),
                _("Lines"),
            ),
            [
                (
                    day.business_date,
                    day.opening,
                    day.paid_in,
                    day.sold,
                    day.returned,
                    day.adjusted,
                    day.closing,
                    day.lines,
                )
                for day in closings.items
            ],
            empty=_("No day was closed yet."),
        )
        yield trail(ctx, row.pk)


@screen(DailyClosing)
class ClosingScreen(Screen):
    """What each wallet did on each business day."""

    read = "wallet.read"
    title = _("Daily closings")
    one = _("Daily closing")
    lead = _("Opening, plus paid in, less sold, plus returned and corrected, is the closing.")
    menu = Place("money", 5, "calendar")
    search_help = _("Part of an outlet's name, or the beginning of its node code")
    has_pages = False
    list_select_related = ("outlet",)
    ordering = ("-business_date", "id")
    columns = (
        Column(_("Business day"), lambda row: row.business_date, "business_date"),
        Column(_("Outlet"), lambda row: Ref("wallet.wallet", row.outlet_id, _name(row))),
        Column(_("Opening"), lambda row: Money(row.opening), "opening"),
        Column(_("Paid in"), lambda row: Money(row.paid_in), "paid_in"),
        Column(_("Sold"), lambda row: Money(row.sold), "sold"),
        Column(_("Returned"), lambda row: Money(row.returned), "returned"),
        Column(_("Corrected"), lambda row: Money(row.adjusted), "adjusted"),
        Column(_("Closing"), lambda row: Money(row.closing), "closing"),
        Column(_("Lines"), lambda row: row.lines, "lines"),
    )
    list_filter = (
        by_days(_("Business day"), "business_date", is_date=True),
        by_place(_("Place"), "outlet__path", parts),
    )
    list_acts = (
        Act(
            "close",
            _("Close a day"),
            "wallet.close_day",
            lambda ctx, row, data: operations.close_day(ctx, day=data["day"]),
            form=CloseDayForm,
            lead=_("Writes the closings that are missing; the night job does it by itself."),
            icon="lock",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[DailyClosing]:
        return DailyClosing.objects.within(ctx.scope).select_related("outlet")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(outlet__name_zh__icontains=text)
            | Q(outlet__name_en__icontains=text)
            | Q(outlet__code__startswith=text)
        )


def _for(kind: str, cause: Any) -> Cell:
    match kind:
        case "pay_in":
            return Ref("payment.paymentreceived", cause, str(_("Pay-in")))
        case "adjustment" | "carried" | "pay_out":
            return None
    return Ref("ordering.order", cause, str(_("Order")))


def _rest(total: int) -> Any:
    if total <= LINES:
        return ""
    return _("The latest %(shown)d of %(total)d lines.") % {"shown": LINES, "total": total}


def _on_outlet(ctx: Context, key: Any) -> Iterable[Section]:
    if "wallet.read" not in ctx.grants:
        return
    try:
        held = queries.wallet(ctx, outlet=OrganizationId(key))
    except queries.WalletNotFound:
        yield Facts(_("Wallet"), [(_("State"), _("It has none yet, and cannot sell."))])
        return
    yield Facts(
        _("Wallet"),
        [
            (_("Balance"), Ref("wallet.wallet", key, held.balance)),
            (_("Available"), held.available),
            (_("Taken today"), held.spent_today),
        ],
    )


def _has_none(row: Any) -> bool:
    rows = Wallet.objects.unscoped("does the outlet of the page have one?")
    return not rows.filter(outlet_id=row.pk).exists()


add_to(
    "saleschannel.outlet",
    acts=[
        Act(
            "wallet",
            _("Open a wallet"),
            "wallet.open",
            lambda ctx, row, data: operations.open(ctx, outlet=OrganizationId(row.pk)),
            when=lambda row: row.state != "closed" and _has_none(row),
            lead=_("With nothing in it. The outlet sells on what it pays in."),
            icon="wallet",
        )
    ],
    sections=_on_outlet,
)
