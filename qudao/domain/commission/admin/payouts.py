"""Back-office screens: disputes, adjustments, files for the bank, rewards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.commission.admin.settlements import month_name, named, per_cent
from qudao.domain.commission.models.payouts import Payout
from qudao.domain.commission.models.settlements import Adjustment, Dispute
from qudao.domain.commission.operations import disputes, payouts
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.queries.effective import rules_by_number
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import (
    DisputeId,
    FactRecord,
    LineKey,
    LineNotFound,
    PayoutId,
    StatementId,
)
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_place
from qudao.platform.backoffice.forms import ActForm, MoneyField
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

SHOWN = 200


class AnswerForm(ActForm):
    accepted = forms.ChoiceField(
        label=_("Decision"), choices=[("yes", _("The agent is right")), ("no", _("It stays"))]
    )
    correction = MoneyField(
        label=_("Correction (yuan)"),
        signed=True,
        required=False,
        help_text=_("Counted in the next month. A second person approves it."),
    )
    answer = forms.CharField(
        label=_("Answer to the agent"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class BankAnswerForm(ActForm):
    file = forms.FileField(label=_("The bank's answer (pain.002)"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 8 << 20:
            raise forms.ValidationError(_("The file is larger than 8 MB."))
        return file


def _answer(ctx: Context, row: Any, data: Any) -> Any:
    return disputes.answer_dispute(
        ctx,
        dispute=DisputeId(row.pk),
        accepted=data["accepted"] == "yes",
        answer=data["answer"],
        correction=data["correction"] or Money.zero(),
    )


@screen(Dispute)
class DisputeScreen(Screen):
    """What agents say is wrong, and what was answered."""

    read = "commission.read"
    title = _("Commission disputes")
    one = _("Dispute")
    menu = Place("commission", 4, "mail")
    search_help = _("Part of an outlet's name, or the beginning of its node code")
    list_select_related = ("outlet", "statement__settlement")
    ordering = ("state", "due_on", "id")
    columns = (
        Column(_("Opened"), lambda row: row.opened_at, "opened_at"),
        Column(_("Month"), lambda row: month_name(row.statement.settlement.month)),
        Column(_("Outlet"), lambda row: named(row.outlet), "outlet__name_zh"),
        Column(_("State"), lambda row: Coded("dispute_state", row.state), "state"),
        Column(_("Amount"), lambda row: Money(row.amount), "amount"),
        Column(_("Answer by"), lambda row: row.due_on, "due_on"),
        Column(_("Correction"), lambda row: Money(row.correction), "correction"),
    )
    list_filter = (
        by_code(
            _("State"),
            "state",
            ["open", "accepted", "declined", "withdrawn"],
            field="dispute_state",
        ),
        by_days(_("Answer by"), "due_on", is_date=True),
        by_place(_("Place"), "outlet__path", parts),
    )
    acts = (
        Act(
            "answer",
            pgettext_lazy("commission", "Answer"),
            "commission.answer_dispute",
            _answer,
            form=AnswerForm,
            when=lambda row: row.state == "open",
            lead=_("The agent sees the answer. A correction is counted in the next month."),
            icon="send",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Dispute]:
        return Dispute.objects.within(ctx.scope).select_related("outlet", "statement__settlement")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queries.searched(rows, text)

    def heading(self, row: Any) -> Cell:
        return named(row.outlet)

    def state(self, row: Any) -> Cell:
        return Coded("dispute_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        rule = rules_by_number([row.rule]).get(row.rule)
        yield Facts(
            _("At a glance"),
            [
                (
                    pgettext_lazy("commission", "Statement"),
                    Ref(
                        "commission.statement",
                        row.statement_id,
                        f"{row.statement.settlement.month:%Y-%m}",
                    ),
                ),
                (_("Rule"), None if rule is None else Names(rule.name_zh, rule.name_en)),
                (_("Amount"), Money(row.amount)),
                (_("What is said"), row.claim),
                (_("Opened"), row.opened_at),
                (_("By"), Person(row.opened_by)),
                (_("Answer by"), row.due_on),
                (pgettext_lazy("commission", "Answer"), row.answer or None),
                (_("Answered"), row.answered_at),
                (_("Answered by"), Person(row.answered_by)),
                (_("Correction"), Money(row.correction)),
            ],
        )
        yield from self._lines(ctx, row)
        yield trail(ctx, row.pk)

    @staticmethod
    def _lines(ctx: Context, row: Any) -> Iterable[Facts]:
        """The line in question, down to the sale; and what was taken back at the same place."""
        title = _("The line")
        statement = queries.statement(ctx, statement=StatementId(row.statement_id))
        try:
            lines = queries.lines_at(statement, LineKey(row.rule, row.fact, row.slice))
        except LineNotFound:
            yield Facts(title, [(_("Fact"), Mono(str(row.fact)))])
            return
        rule = rules_by_number([row.rule]).get(row.rule)
        in_points = rule is not None and rule.unit == Unit.POINT
        sales = queries.facts(lines)
        for line in lines:
            sale = sales.get(line.fact)
            yield Facts(
                title,
                [
                    (_("Corrects"), month_name(line.of_month) if line.of_month else None),
                    # else it counts something, such as lines or tens of yuan
                    (
                        _("Base"),
                        Money(line.base) if sale and _is_of(sale, line.base) else line.base,
                    ),
                    (_("Slice"), line.slice),
                    (_("Rate"), per_cent(line.rate_ppm)),
                    (_("Coefficient"), per_cent(line.coefficient_ppm)),
                    (_("Amount"), line.amount if in_points else Money(line.amount)),
                    (_("Business day"), sale.day if sale else None),
                    (_("Business"), Coded("business", sale.business) if sale else None),
                    (_("Face value"), sale.amount if sale else None),
                    (
                        _("Order"),
                        Ref("ordering.order", sale.order, str(_("Order")))
                        if sale and sale.order
                        else None,
                    ),
                ],
            )


def _is_of(sale: FactRecord, base: int) -> bool:
    """Say whether a base is what the sale moved."""
    return abs(base) in {sale.amount.minor, sale.debit.minor}


@screen(Adjustment)
class AdjustmentScreen(Screen):
    """Corrections of settled months: each counts in a later one, and names what it corrects."""

    read = "commission.read"
    title = _("Commission adjustments")
    one = _("Adjustment")
    menu = Place("commission", 5, "arrows-exchange")
    search_help = _("Part of an outlet's name, or the beginning of its node code")
    has_pages = False
    list_select_related = ("outlet",)
    ordering = ("-made_at", "id")
    columns = (
        Column(_("Made"), lambda row: row.made_at, "made_at"),
        Column(_("Outlet"), lambda row: named(row.outlet), "outlet__name_zh"),
        Column(_("Corrects"), lambda row: month_name(row.corrects), "corrects"),
        Column(_("Counts in"), lambda row: month_name(row.month), "month"),
        Column(_("Amount"), lambda row: Money(row.amount), "amount"),
        Column(_("Comes from"), lambda row: Coded("adjustment_source", row.source), "source"),
        Column(_("Reason"), lambda row: row.reason),
        Column(_("By"), lambda row: Person(row.made_by)),
    )
    list_filter = (by_place(_("Place"), "outlet__path", parts),)

    def rows(self, ctx: Context) -> QuerySet[Adjustment]:
        return Adjustment.objects.within(ctx.scope).select_related("outlet")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queries.searched(rows, text)


@screen(Payout)
class PayoutScreen(Screen):
    """Files for the bank, and what the bank answered."""

    read = "commission.read"
    title = _("Payout files")
    one = _("Payout file")
    menu = Place("commission", 6, "building-bank")
    list_select_related = ("branch", "settlement")
    ordering = ("-made_at", "id")
    columns = (
        Column(pgettext_lazy("payout", "Number"), lambda row: Mono(row.number), "number"),
        Column(_("Month"), lambda row: month_name(row.settlement.month)),
        Column(_("Branch"), lambda row: named(row.branch)),
        Column(_("State"), lambda row: Coded("payout_state", row.state), "state"),
        Column(_("Payments"), lambda row: row.items, "items"),
        Column(_("Total"), lambda row: Money(row.total), "total"),
        Column(_("Made"), lambda row: row.made_at, "made_at"),
        Column(_("Answered"), lambda row: row.answered_at, "answered_at"),
    )
    list_filter = (
        by_code(_("State"), "state", ["made", "answered"], field="payout_state"),
        by_place(_("Place"), "branch__path", parts),
    )
    acts = (
        Act(
            "answer",
            _("Take in the bank's answer"),
            "commission.take_answer",
            lambda ctx, row, data: payouts.take_answer(
                ctx, payout=PayoutId(row.pk), content=data["file"].read()
            ),
            form=BankAnswerForm,
            when=lambda row: row.state == "made",
            lead=_(
                "A status report (pain.002). What was paid leaves the books; what was rejected "
                "waits for the next file."
            ),
            icon="download",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Payout]:
        rows = Payout.objects.within(ctx.scope).defer("content")
        return rows.select_related("branch", "settlement")

    def heading(self, row: Any) -> Cell:
        return Mono(row.number)

    def state(self, row: Any) -> Cell:
        return Coded("payout_state", row.state)

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
                (_("Branch"), named(row.branch)),
                (_("Payments"), row.items),
                (_("Total"), Money(row.total)),
                (_("Made"), row.made_at),
                (_("By"), Person(row.made_by)),
                (_("Answered"), row.answered_at),
                (_("Answered by"), Person(row.answered_by)),
            ],
        )
        items = row.lines.select_related("statement__outlet").order_by("id")
        yield Table(
            pgettext_lazy("payout", "Payments"),
            (
                pgettext_lazy("payout", "Reference"),
                _("Outlet"),
                _("Amount"),
                _("State"),
                _("Reason"),
            ),
            [
                (
                    Mono(one.reference),
                    Ref("commission.statement", one.statement_id, named(one.statement.outlet)),
                    Money(one.amount),
                    Coded("payment_item_state", one.state),
                    one.reason or None,
                )
                for one in items[:SHOWN]
            ],
        )
        yield trail(ctx, row.pk)
