"""Back-office screens: settlements and their statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.commission.models.settlements import Settlement, Statement
from qudao.domain.commission.operations import disputes, settlements
from qudao.domain.commission.queries import payouts as more
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.queries.effective import rules_by_number
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import SettlementId, StatementId
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_flag, by_place
from qudao.platform.backoffice.forms import ActForm, DayField, MoneyField, ReasonForm
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

STATES = ["draft", "computed", "checked", "approved", "posted", "closed"]
STATEMENT_STATES = ["open", "carried", "payable", "sent", "paid"]
LINES = 100
"""Lines that a statement's page shows; its files have all of them."""


class MonthForm(ActForm):
    month = DayField(
        label=_("A day of the month"), help_text=_("Any day of the month to be settled.")
    )


class AdjustForm(ReasonForm):
    amount = MoneyField(
        label=_("Amount (yuan)"),
        signed=True,
        help_text=_("Positive: to the outlet. With a minus sign: back from it."),
    )
    field_order = ["request_key", "amount", "reason"]


def _id(row: Settlement) -> SettlementId:
    return SettlementId(row.pk)


def month_name(month: Any) -> Cell:
    return Mono(f"{month:%Y-%m}")


def named(row: Any) -> Names:
    return Names(row.name_zh, row.name_en)


def _open(ctx: Context, _row: Any, data: Any) -> Any:
    """The province of the actor settles; who sees several settles the first."""
    found = party.organizations(ctx, PageRequest(1), kinds=["province"]).items
    wanted = found[0].id if found else OrganizationId(ctx.actor)
    return settlements.open_settlement(ctx, province=wanted, month=data["month"])


@screen(Settlement)
class SettlementScreen(Screen):
    """A month's commission, from draft to closed."""

    read = "commission.read"
    title = _("Settlements")
    one = _("Settlement")
    lead = _("Computed, checked, approved by another person, posted, closed: one for each month.")
    menu = Place("commission", 2, "report-money")
    list_select_related = ("province",)
    ordering = ("-month", "id")
    columns = (
        Column(_("Month"), lambda row: month_name(row.month), "month"),
        Column(_("State"), lambda row: Coded("settlement_state", row.state), "state"),
        Column(_("Worker"), lambda row: Coded("settlement_running", row.running)),
        Column(_("Statements"), lambda row: row.statements, "statements"),
        Column(pgettext_lazy("commission", "Lines"), lambda row: row.lines, "lines"),
        Column(_("Earned"), lambda row: Money(row.earned), "earned"),
        Column(_("Adjusted"), lambda row: Money(row.adjusted), "adjusted"),
        Column(_("Tax"), lambda row: Money(row.tax), "tax"),
        Column(_("Net to pay"), lambda row: Money(row.net), "net"),
        Column(_("Computed"), lambda row: row.computed_at, "computed_at"),
    )
    list_filter = (by_code(_("State"), "state", STATES, field="settlement_state"),)
    list_acts = (
        Act(
            "open",
            _("Open a month"),
            "commission.open_settlement",
            _open,
            form=MonthForm,
            lead=_("Makes the draft of a month's settlement, if there is none."),
            icon="plus",
            goes_to=lambda settlement: settlement,
        ),
    )
    acts = (
        Act(
            "approve",
            _("Approve"),
            "commission.approve_settlement",
            lambda ctx, row, data: settlements.approve_settlement(ctx, settlement=_id(row)),
            when=lambda row: row.state == "checked" and not row.running,
            lead=_(
                "Lets the month be posted. Who computed or checked it cannot; and no policy may "
                "have cost more than its budget."
            ),
            icon="circle-check",
        ),
        Act(
            "send-back",
            pgettext_lazy("settlement", "Send back"),
            "commission.send_back_settlement",
            lambda ctx, row, data: settlements.send_back_settlement(
                ctx, settlement=_id(row), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.state in {"computed", "checked"} and not row.running,
            lead=_("The month is a draft again; it is mended and computed anew."),
            icon="arrow-back-up",
            tone="danger",
        ),
        Act(
            "close",
            _("Close"),
            "commission.close_settlement",
            lambda ctx, row, data: settlements.close_settlement(ctx, settlement=_id(row)),
            when=lambda row: row.state == "posted" and not row.running,
            lead=_(
                "Looks once more whether lines, statements, postings and payouts agree. From then "
                "on only adjustments of later months correct it."
            ),
            icon="lock",
        ),
    )

    def open_to(self, ctx: Context) -> bool:
        # months are the province's: a branch has its outlets' statements
        return super().open_to(ctx) and any(path.count(".") < 2 for path in ctx.scope.paths)

    def rows(self, ctx: Context) -> QuerySet[Settlement]:
        return Settlement.objects.within(ctx.scope).select_related("province")

    def heading(self, row: Any) -> Cell:
        return f"{row.month:%Y-%m}"

    def state(self, row: Any) -> Cell:
        return Coded("settlement_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Province"), named(row.province)),
                (_("Worker"), Coded("settlement_running", row.running)),
                (_("Stopped because of"), Coded("settlement_problem", row.problem)),
                (_("Sent back because of"), row.remark or None),
                (_("Statements"), row.statements),
                (pgettext_lazy("commission", "Lines"), row.lines),
                (_("Earned"), Money(row.earned)),
                (_("Adjusted"), Money(row.adjusted)),
                (_("Owed from before"), Money(row.brought)),
                (_("Owed into the next month"), Money(row.carried)),
                (_("Tax"), Money(row.tax)),
                (_("Net to pay"), Money(row.net)),
                (_("Points"), row.points),
            ],
        )
        yield Facts(
            _("Who did what"),
            [
                (_("Computed"), row.computed_at),
                (_("Computed by"), Person(row.computed_by)),
                (_("Checked"), row.checked_at),
                (_("Checked by"), Person(row.checked_by)),
                (_("Approved"), row.approved_at),
                (_("Approved by"), Person(row.approved_by)),
                (_("Posted"), row.posted_at),
                (_("Closed"), row.closed_at),
            ],
        )
        yield Table(
            _("What the check has found"),
            (
                _("Check"),
                _("Weight"),
                pgettext_lazy("finding", "Where"),
                _("Expected"),
                pgettext_lazy("check", "Found"),
            ),
            [
                (
                    Coded("settlement_check", one["check"]),
                    Coded("settlement_fault", "fault" if one["fault"] else "look"),
                    Mono(one["what"]),
                    _figure(one, "expected"),
                    _figure(one, "found"),
                )
                for one in row.findings
            ],
            empty=_("Nothing.") if row.checked_at else _("It was not checked yet."),
        )
        yield trail(ctx, row.pk)


def _figure(finding: dict[str, Any], name: str) -> Cell:
    value = int(finding[name])
    return Money(value) if finding["check"] == "deviation" and finding["what"] else value


@screen(Statement)
class StatementScreen(Screen):
    """What each outlet has earned in each month."""

    read = "commission.read"
    title = _("Commission statements")
    one = _("Commission statement")
    menu = Place("commission", 3, "file-invoice")
    search_help = _("Part of an outlet's name, or the beginning of its node code")
    list_select_related = ("settlement", "outlet", "branch")
    ordering = ("-settlement__month", "outlet__path")
    columns = (
        Column(_("Month"), lambda row: month_name(row.settlement.month), "settlement__month"),
        Column(_("Outlet"), lambda row: named(row.outlet), "outlet__name_zh"),
        Column(_("Node code"), lambda row: Mono(row.outlet.code), "outlet__code"),
        Column(_("State"), lambda row: Coded("statement_state", row.state), "state"),
        Column(_("Earned"), lambda row: Money(row.earned), "earned"),
        Column(_("Adjusted"), lambda row: Money(row.adjusted), "adjusted"),
        Column(_("Tax"), lambda row: Money(row.tax), "tax"),
        Column(_("Net to pay"), lambda row: Money(row.net), "net"),
        Column(_("Owed"), lambda row: Money(row.carried), "carried"),
        Column(_("Points"), lambda row: row.points, "points"),
    )
    list_filter = (
        by_code(_("State"), "state", STATEMENT_STATES, field="statement_state"),
        by_flag(_("Owing"), "owing", Q(carried__lt=0)),
        by_place(_("Place"), "outlet__path", parts),
    )
    acts = (
        Act(
            "adjust",
            _("Adjust"),
            "commission.adjust",
            lambda ctx, row, data: disputes.adjust(
                ctx, statement=StatementId(row.pk), amount=data["amount"], reason=data["reason"]
            ),
            form=AdjustForm,
            when=lambda row: row.settlement.state in {"approved", "posted", "closed"},
            lead=_(
                "Corrects a settled month in the first one that is not approved yet. It is always "
                "parked for a second person."
            ),
            icon="arrows-exchange",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Statement]:
        rows = Statement.objects.within(ctx.scope)
        return rows.select_related("settlement", "outlet", "branch")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queries.searched(rows, text)

    def heading(self, row: Any) -> Cell:
        return named(row.outlet)

    def state(self, row: Any) -> Cell:
        return Coded("statement_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (
                    _("Month"),
                    Ref(
                        "commission.settlement", row.settlement_id, f"{row.settlement.month:%Y-%m}"
                    ),
                ),
                (_("Outlet"), Ref("saleschannel.outlet", row.outlet_id, named(row.outlet))),
                (_("Branch"), named(row.branch)),
                (_("Earned"), Money(row.earned)),
                (_("Adjusted"), Money(row.adjusted)),
                (_("Owed from before"), Money(row.brought)),
                (_("Tax"), Money(row.tax)),
                (_("Net to pay"), Money(row.net)),
                (_("Owed into the next month"), Money(row.carried)),
                (_("Points"), row.points),
                (_("Paid to"), Coded("payout_way", row.way)),
                (_("Payee"), Coded("payee", row.payee)),
            ],
        )
        record = queries.statement(ctx, statement=StatementId(row.pk))
        sums = queries.sums(record)
        rules = rules_by_number({one.rule for one in sums})
        yield Table(
            _("By rule"),
            (_("Policy"), _("Rule"), pgettext_lazy("commission", "Lines"), _("Amount")),
            [
                (
                    _policy(rules.get(one.rule)),
                    _rule(rules.get(one.rule), one.rule),
                    one.lines,
                    one.amount if one.unit == Unit.POINT else Money(one.amount),
                )
                for one in sums
            ],
        )
        lines = queries.lines(record, PageRequest(LINES))
        yield Table(
            pgettext_lazy("commission", "Lines"),
            (_("Rule"), _("Fact"), _("Base"), _("Slice"), _("Rate"), _("Coefficient"), _("Amount")),
            [
                (
                    _rule(rules.get(one.rule), one.rule),
                    Mono(str(one.fact)),
                    one.base,
                    one.slice,
                    per_cent(one.rate_ppm),
                    per_cent(one.coefficient_ppm),
                    one.amount,
                )
                for one in lines.items
            ],
            note=_("The first %(shown)d of %(total)d lines; amounts in fen, or points.")
            % {"shown": len(lines.items), "total": lines.total},
        )
        disputed = more.disputes(ctx, statement=StatementId(row.pk), page=PageRequest(50))
        yield Table(
            _("Disputes"),
            (_("Opened"), _("State"), _("Amount"), _("What is said")),
            [
                (
                    Ref("commission.dispute", one.id, f"{one.opened_at:%Y-%m-%d}"),
                    Coded("dispute_state", one.state),
                    one.amount,
                    one.claim,
                )
                for one in disputed.items
            ],
            empty=_("None."),
        )
        yield trail(ctx, row.pk)


def per_cent(ppm: int) -> Mono:
    """A rate may be many times one: it is written as a percentage."""
    return Mono(f"{ppm // 10_000}.{ppm % 10_000:04d}".rstrip("0").rstrip(".") + " %")


def _rule(rule: Any, number: int) -> Cell:
    return Mono(str(number)) if rule is None else Names(rule.name_zh, rule.name_en)


def _policy(rule: Any) -> Cell:
    return None if rule is None else Names(rule.policy_zh, rule.policy_en)
