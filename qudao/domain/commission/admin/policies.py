"""The policies: how far each has come, what it pays, and what is to be decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.commission import operations, queries
from qudao.domain.commission.admin.terms import terms_text
from qudao.domain.commission.models import Policy, PolicyVersion
from qudao.domain.commission.types import (
    Approval,
    Finding,
    Plan,
    PolicyKind,
    PolicyState,
    Rejection,
    VersionRecord,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_code
from qudao.platform.backoffice.forms import ActForm, ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    History,
    Mono,
    Names,
    Person,
    Section,
    Several,
    Step,
    Table,
)
from qudao.platform.commands.context import Context

REJECTED_FROM: Final = {
    PolicyState.PROPOSED: Rejection.MARKETING,
    PolicyState.ENDORSED: Rejection.FINANCE,
    PolicyState.APPROVED: Rejection.CONFIGURATION,
    PolicyState.CONFIGURED: Rejection.VERIFICATION,
}
NEEDED: Final = {
    Rejection.MARKETING: "commission.decide_marketing",
    Rejection.FINANCE: "commission.decide_finance",
    Rejection.CONFIGURATION: "commission.configure_policy",
    Rejection.VERIFICATION: "commission.verify_policy",
}
WAITING: Final = frozenset(REJECTED_FROM)


class RemarkForm(ActForm):
    remark = forms.CharField(
        label=_("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


def whose(row: Any) -> Cell:
    """Return whose policy it is."""
    if row.branch is None:
        return pgettext_lazy("policy", "The province")
    return Names(row.branch.name_zh, row.branch.name_en)


def _until(row: Any) -> Cell:
    return None if row.valid_until is None else row.valid_until - timedelta(days=1)


def _may_reject(grants: frozenset[str], row: Any) -> bool:
    step = REJECTED_FROM.get(PolicyState(row.state))
    return step is not None and NEEDED[step] in grants


@screen(Policy)
class PolicyScreen(Screen):
    """Every policy with its newest version."""

    read = "commission.read"
    title = _("Commission policies")
    one = _("Commission policy")
    lead = _(
        "A branch or the province proposes, marketing and finance approve, the support centre "
        "configures, the supervisor verifies; only then it earns."
    )
    menu = Place("commission", 1, "percentage")
    list_select_related = ("branch",)
    ordering = ("-created_at",)
    columns = (
        Column(_("Code"), lambda row: Mono(row.code), "code"),
        Column(pgettext_lazy("policy", "Name"), lambda row: Names(row.name_zh, row.name_en)),
        Column(pgettext_lazy("policy", "Whose"), whose),
        Column(_("Kind"), lambda row: Coded("policy_kind", row.kind), "kind"),
        Column(_("State"), lambda row: Coded("policy_state", row.state), "state"),
        Column(_("Version"), lambda row: row.number),
        Column(_("First day"), lambda row: row.valid_from, "valid_from"),
        Column(pgettext_lazy("policy", "Last day"), _until),
        Column(
            _("Budget of a month"), lambda row: None if row.budget is None else Money(row.budget)
        ),
    )
    list_filter = (
        by_code(_("State"), "state", list(PolicyState), field="policy_state"),
        by_code(_("Kind"), "kind", list(PolicyKind), field="policy_kind"),
    )
    search_help = _("Code or name")
    acts = (
        Act(
            "propose",
            _("Propose"),
            "commission.propose_policy",
            lambda ctx, row, data: operations.propose_policy(
                ctx, policy=row.pk, remark=data["remark"]
            ),
            form=RemarkForm,
            # a branch submits its policies to the process: the journeys add that
            when=lambda row: row.state == PolicyState.DRAFT and row.branch_id is None,
            lead=_("Marketing decides first, then finance. Nobody can change it meanwhile."),
            icon="send",
            preview=True,
        ),
        Act(
            "approve-marketing",
            _("Approve for marketing"),
            "commission.approve_policy",
            lambda ctx, row, data: operations.approve_policy(
                ctx, policy=row.pk, step=Approval.MARKETING, remark=data["remark"]
            ),
            form=RemarkForm,
            when=lambda row: row.state == PolicyState.PROPOSED,
            more=frozenset({"commission.decide_marketing"}),
            icon="check",
        ),
        Act(
            "approve-finance",
            _("Approve for finance"),
            "commission.approve_policy",
            lambda ctx, row, data: operations.approve_policy(
                ctx, policy=row.pk, step=Approval.FINANCE, remark=data["remark"]
            ),
            form=RemarkForm,
            when=lambda row: row.state == PolicyState.ENDORSED,
            more=frozenset({"commission.decide_finance"}),
            icon="check",
        ),
        Act(
            "configure",
            _("Configure as approved"),
            "commission.configure_policy",
            lambda ctx, row, data: operations.configure_policy(
                ctx, policy=row.pk, remark=data["remark"]
            ),
            form=RemarkForm,
            when=lambda row: row.state in {PolicyState.APPROVED, PolicyState.CONFIGURED},
            lead=_("Makes the rules exactly as they were approved. The supervisor verifies them."),
            icon="settings",
        ),
        Act(
            "effective",
            _("Make effective"),
            "commission.make_policy_effective",
            lambda ctx, row, data: operations.make_policy_effective(
                ctx, policy=row.pk, remark=data["remark"]
            ),
            form=RemarkForm,
            when=lambda row: row.state == PolicyState.VERIFIED,
            lead=_("From its first day on it earns. What it says can then never be changed."),
            icon="player-play",
            preview=True,
        ),
        Act(
            "reject",
            _("Reject"),
            "commission.reject_policy",
            lambda ctx, row, data: operations.reject_policy(
                ctx,
                policy=row.pk,
                step=REJECTED_FROM.get(PolicyState(row.state), Rejection.MARKETING),
                reason=data["reason"],
            ),
            form=ReasonForm,
            when=lambda row: row.state in WAITING,
            grants=_may_reject,
            lead=_("It goes back with your reason."),
            icon="arrow-back-up",
            tone="danger",
        ),
        Act(
            "withdraw",
            pgettext_lazy("policy", "Withdraw"),
            "commission.withdraw_policy",
            lambda ctx, row, data: operations.withdraw_policy(
                ctx, policy=row.pk, reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.state != PolicyState.WITHDRAWN or row.earns,
            lead=_(
                "It earns nothing from today on; what was earned until yesterday stays. Of an "
                "effective one a second person has to approve. A process about its next version "
                "ends with it."
            ),
            icon="ban",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        newest = PolicyVersion.objects.filter(policy=OuterRef("pk")).order_by("-number")
        return queries.within_scope(ctx).annotate(
            **{
                name: Subquery(newest.values(name)[:1])
                for name in ("state", "number", "valid_from", "valid_until", "budget")
            },
            newest_edition=Subquery(newest.values("edition")[:1]),
            earns=Exists(
                newest.filter(
                    Q(effective_until__isnull=True) | Q(effective_until__gt=business_date(ctx.at)),
                    state=PolicyState.EFFECTIVE,
                )
            ),
        )

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(code__startswith=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        )

    def heading(self, row: Any) -> Cell:
        return Several([Mono(row.code), Names(row.name_zh, row.name_en)])

    def state(self, row: Any) -> Cell:
        return Coded("policy_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        record = queries.version(ctx, row.pk)
        yield _at_a_glance(row, record)
        plans = record.draft.plans if record.configured is None else record.configured
        for plan in plans:
            yield from _plan(plan)
        if record.configured is not None:
            yield _differences(record)
        yield _overlaps(record)
        versions = queries.versions(ctx, row.pk)
        yield Table(
            _("Versions"),
            (_("Version"), _("State"), _("Effective from"), _("Effective until"), _("Author")),
            [
                (
                    one.number,
                    Coded("policy_state", one.state),
                    one.effective_from,
                    one.effective_until and one.effective_until - timedelta(days=1),
                    Person(one.author),
                )
                for one in versions
            ],
        )
        yield History(
            _("Decisions"),
            [
                Step(
                    one.at,
                    Coded("policy_step", one.step),
                    Several([Person(one.by), _("approved by"), Person(one.approved_by)])
                    if one.approved_by
                    else Person(one.by),
                    one.remark or None,
                    ((_("Version"), one.number), (_("Edition"), one.edition)),
                )
                for one in queries.steps(ctx, row.pk)
            ],
        )
        yield trail(ctx, row.pk)


def _at_a_glance(row: Any, record: VersionRecord) -> Facts:
    draft = record.draft
    return Facts(
        _("At a glance"),
        [
            (pgettext_lazy("policy", "Whose"), whose(row)),
            (_("Kind"), Coded("policy_kind", row.kind)),
            (_("Version"), record.number),
            (_("First day"), draft.valid_from),
            (pgettext_lazy("policy", "Last day"), _until(draft) or _("Until further notice")),
            (_("Budget of a month"), draft.budget or _("No limit")),
            (_("Branches"), _places(draft.branches) or _("All branches")),
            (_("On top of"), ", ".join(draft.on_top_of) or None),
            (_("Author"), Person(record.author)),
            (_("Configured by"), Person(record.configured_by) if record.configured_by else None),
            (_("Purpose"), draft.purpose or None),
        ],
    )


def _plan(plan: Plan) -> Iterator[Section]:
    english = Names(plan.name_zh, plan.name_en)
    one = plan.selector
    yield Facts(
        pgettext_lazy("policy", "Plan"),
        [
            (pgettext_lazy("policy", "Name"), english),
            (_("Branches"), _places(one.branches)),
            (_("Districts"), _places(one.districts)),
            (_("Kinds of channel"), _each("channel_kind", one.kinds)),
            (_("Ownership"), _each("ownership", one.ownership)),
            (_("Markets"), _each("market", one.markets)),
            (_("Stars"), ", ".join(map(str, one.stars)) or None),
            (_("Tiers"), ", ".join(map(str, one.tiers)) or None),
            (_("Named outlets"), len(one.outlets) or None),
        ],
    )
    yield Table(
        pgettext_lazy("policy", "Rules"),
        (
            _("Code"),
            pgettext_lazy("policy", "Name"),
            _("Scheme"),
            pgettext_lazy("policy", "Terms"),
            _("Rounding"),
            _("Unit"),
        ),
        [
            (
                Mono(rule.code),
                Names(rule.name_zh, rule.name_en),
                Coded("scheme", rule.scheme),
                terms_text(rule),
                Coded("rounding", rule.rounding),
                Coded("commission_unit", rule.unit),
            )
            for rule in plan.rules
        ],
    )


def _places(codes: Iterable[str]) -> Cell:
    known = {one.code: Names(one.name_zh, one.name_en) for one in saleschannel.divisions()}
    found = [known.get(code, code) for code in codes]
    return Several(found) if found else None


def _each(field: str, codes: Iterable[str]) -> Cell:
    found = [Coded(field, code) for code in codes]
    return Several(found) if found else None


def _differences(record: VersionRecord) -> Table:
    return Table(
        _("Configured otherwise than approved"),
        (
            pgettext_lazy("policy", "Rule"),
            pgettext_lazy("finding", "Where"),
            _("Approved"),
            _("Configured"),
        ),
        [
            (Mono(one.rule), Mono(one.where), one.before, one.after)
            for one in queries.deviations(record)
        ],
        empty=_("Nothing: it was configured exactly as it was approved."),
    )


def _overlaps(record: VersionRecord) -> Table:
    def row(one: Finding) -> tuple[Cell, ...]:
        return (
            Mono(one.rule),
            Mono(one.policy),
            Mono(one.other_rule),
            Coded("scheme", one.scheme),
            Coded("overlap", "against" if one.stands_against else "meant"),
        )

    return Table(
        _("Pays the same as other policies"),
        (
            pgettext_lazy("policy", "Rule"),
            pgettext_lazy("policy", "Other policy"),
            pgettext_lazy("policy", "Its rule"),
            _("Scheme"),
            _("State"),
        ),
        [row(one) for one in queries.findings(record.code, record.draft)],
        empty=_("Nothing overlaps."),
    )
