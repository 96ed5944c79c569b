"""Commission: earned so far, statements, a line down to its transaction, disputes, points."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.commission.operations import disputes as dispute_operations
from qudao.domain.commission.operations import payouts as payout_operations
from qudao.domain.commission.operations import points as point_operations
from qudao.domain.commission.queries import payouts
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.queries.effective import rules_by_number
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import (
    DisputeId,
    LineKey,
    LineRecord,
    Payee,
    StatementRecord,
    Way,
)
from qudao.domain.party import queries as party
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import local_month, money, named
from qudao.fronts.portal import commission_rows as rows
from qudao.fronts.portal.commission_forms import DisputeForm, PayoutForm
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.paging import page_request
from qudao.fronts.receipts import statements as paper
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date, month_of
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal

MONTHS = 12
SETTLED = frozenset({"approved", "posted", "closed"})


@require_GET
@at_desk
def now(desk: Desk) -> HttpResponse:
    """What the month has earned so far, and the statements of the months before."""
    desk.ctx.require(queries.READ)
    month = month_of(business_date(desk.ctx.at))
    earned = queries.earned_by_month(desk.ctx, outlet=desk.id, months=MONTHS)
    statements = queries.statements(desk.ctx, outlet=desk.id, page=page_request(desk.request, 12))
    return desk.page(
        "commission/now",
        "commission",
        part="now",
        month=month,
        months=[local_month(one) for one, _amount in earned],
        series=[{"name": _("Commission"), "values": [amount.minor for _one, amount in earned]}],
        page=statements,
        **_statement(desk, month),
    )


@require_GET
@at_desk
def statement(desk: Desk, month: str) -> HttpResponse:
    """A month: what each rule paid, corrections, clerks, and the lines."""
    found = _of(desk, month)
    rule = desk.request.GET.get("rule", "")
    chosen = int(rule) if rule.isascii() and rule.isdigit() and len(rule) < 10 else None
    lines = queries.lines(found, page_request(desk.request), rule=chosen)
    return desk.page(
        "commission/statement",
        "commission",
        part="statement",
        month=found.month,
        rule_shown=chosen,
        lines=rows.told(lines.items),
        page=lines,
        disputes=payouts.disputes(
            desk.ctx, outlet=desk.id, statement=found.id, page=PageRequest(20)
        ),
        **_parts(desk, found),
    )


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def statement_file(desk: Desk, month: str, kind: str) -> HttpResponse:
    """All lines of a month as CSV or XLSX, or its sums as PDF."""
    found = _of(desk, month)
    name = f"commission-{desk.outlet.node_code}-{found.month:%Y-%m}"
    if kind == "pdf":
        parts = _parts(desk, found)
        content = paper.pdf(
            paper.Statement(
                place=named(desk.outlet),
                code=desk.outlet.node_code,
                month=local_month(found.month),
                is_draft=found.settlement_state not in SETTLED,
                rows=tuple(
                    (
                        row["policy"],
                        row["name"],
                        str(row["lines"]),
                        row["amount"] if row["is_points"] else money(row["amount"]),
                    )
                    for row in parts["rows"]
                ),
                sums=tuple((label, money(amount)) for label, amount in rows.sums(found)),
                paid=money(found.net),
            )
        )
        answer = HttpResponse(content, content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
        return answer
    if kind not in exports.FORMATS:
        raise Http404
    columns = [
        _("Policy"),
        _("Rule"),
        _("Business date"),
        _("Business"),
        _("Order"),
        _("Base (fen)"),
        _("Slice"),
        _("Rate (ppm)"),
        _("Coefficient (ppm)"),
        _("Amount"),
        _("Points"),
        _("Fact"),
        _("Corrects the month"),
    ]
    return exports.whole(kind, name, _("Commission"), columns, rows.file_rows(found))


@require_GET
@at_desk
def line(desk: Desk, month: str, rule: int, fact: str, slice: int) -> HttpResponse:
    """Why a line is what it is: the sale, the base, the slice, the rate, the policy."""
    found = _of(desk, month)
    key = _key(rule, fact, slice)
    return _line(desk, found, queries.lines_at(found, key))


@require_http_methods(["POST"])
@limited("portal.set", per_minute=60)
@at_desk
def dispute(desk: Desk, month: str, rule: int, fact: str, slice: int) -> HttpResponse:
    """Say that a line is wrong."""
    found = _of(desk, month)
    key = _key(rule, fact, slice)
    form = DisputeForm(desk.request.POST)
    refusal, status = "", 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            dispute_operations.dispute_line(
                desk.keyed(data["request_key"]), statement=found.id, line=key, claim=data["claim"]
            )
        except Refusal as refused:
            refusal, status = wording.word(refused), STATUS[refused.kind]
        else:
            messages.success(desk.request, _("The branch has got it, and answers you here."))
            return HttpResponseRedirect(reverse("portal:commission_disputes"))
    lines = queries.lines_at(found, key)
    return _line(desk, found, lines, form=form, refusal=refusal, status=status)


@require_GET
@at_desk
def disputes(desk: Desk) -> HttpResponse:
    """What was disputed, and what was answered."""
    page = payouts.disputes(desk.ctx, outlet=desk.id, page=page_request(desk.request))
    rules = rules_by_number({one.rule for one in page.items})
    return desk.page(
        "commission/disputes",
        "commission",
        part="disputes",
        page=page,
        rows=[(one, rows.rule_name(rules.get(one.rule), one.rule)) for one in page.items],
        may_dispute=desk.can("commission.withdraw_dispute"),
        request_key=str(uuid4()),
    )


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def withdraw(desk: Desk, dispute: UUID) -> HttpResponse:
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    found = payouts.dispute(desk.ctx, dispute=DisputeId(dispute))
    if found.outlet != desk.id:
        raise Http404
    dispute_operations.withdraw_dispute(desk.keyed(key), dispute=found.id)
    messages.success(desk.request, _("The dispute is withdrawn."))
    return HttpResponseRedirect(reverse("portal:commission_disputes"))


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def payout(desk: Desk) -> HttpResponse:
    """Where the commission goes."""
    terms = payouts.payout_terms(desk.ctx, outlet=desk.id)
    refusal, status = "", 200
    if desk.request.method == "POST":
        form, status = PayoutForm(desk.request.POST), 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                payout_operations.set_payout_terms(
                    desk.keyed(data["request_key"]),
                    outlet=desk.id,
                    way=Way(data["way"]),
                    payee=Payee(data["payee"]),
                    name=Personal(data["name"]),
                    number=Personal(data["number"]),
                    bank_code=data["bank_code"],
                )
            except Refusal as refused:
                refusal, status = wording.word(refused), STATUS[refused.kind]
                field = getattr(refused, "field", "")
                if field in form.fields:
                    form.add_error(field, _("Look at this field."))
            else:
                messages.success(desk.request, _("It holds from the next computation on."))
                return HttpResponseRedirect(reverse("portal:commission_payout"))
    else:
        form = PayoutForm(
            initial={
                "request_key": str(uuid4()),
                "way": terms.way,
                "payee": terms.payee,
                "name": terms.account_name,
                "bank_code": terms.bank_code,
            }
        )
    return desk.page(
        "commission/payout",
        "commission",
        part="payout",
        form=form,
        terms=terms,
        refusal=refusal,
        status=status,
        may_set=desk.can(payout_operations.set_payout_terms.name),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def points(desk: Desk) -> HttpResponse:
    """One's own points, and what they can be had for."""
    refusal, status = "", 200
    if desk.request.method == "POST":
        sent = desk.request.POST
        try:
            point_operations.redeem_points(
                desk.keyed(sent.get("request_key", "")[:100] or str(uuid4())),
                outlet=desk.id,
                reward=sent.get("reward", "")[:40],
            )
        except Refusal as refused:
            refusal, status = wording.word(refused), STATUS[refused.kind]
        else:
            messages.success(desk.request, _("It is yours: the branch hands it over."))
            return HttpResponseRedirect(reverse("portal:commission_points"))
    return desk.page(
        "commission/points",
        "commission",
        part="points",
        own=payouts.own_points(desk.ctx),
        may_redeem=desk.can(point_operations.redeem_points.name),
        refusal=refusal,
        status=status,
        request_key=str(uuid4()),
    )


def _statement(desk: Desk, month: date) -> dict[str, Any]:
    """The parts of the month that is running, or nothing of it yet."""
    found = queries.statement_of(desk.ctx, outlet=desk.id, month=month)
    return {"statement": None} if found is None else _parts(desk, found)


def _of(desk: Desk, text: str) -> StatementRecord:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None
    found = queries.statement_of(desk.ctx, outlet=desk.id, month=month)
    if found is None:
        raise Http404
    return found


def _parts(desk: Desk, found: StatementRecord) -> dict[str, Any]:
    """What a statement consists of."""
    sums = queries.sums(found)
    rules = rules_by_number({one.rule for one in sums})
    by_rule = [
        {
            "rule": one.rule,
            "name": rows.rule_name(rules.get(one.rule), one.rule),
            "policy": rows.policy_name(rules.get(one.rule)),
            "lines": one.lines,
            "is_points": one.unit == Unit.POINT,
            "amount": one.amount if one.unit == Unit.POINT else Money(one.amount),
        }
        for one in sums
    ]
    clerks = queries.clerks(found)
    names = party.names_of_users(desk.ctx, [one.clerk for one in clerks if one.clerk])
    return {
        "statement": found,
        "settled": found.settlement_state in SETTLED,
        "rows": by_rule,
        "sums": rows.sums(found),
        "clerks": [(names.get(one.clerk, "") if one.clerk else "", one) for one in clerks],
        "adjustments": payouts.adjustments(desk.ctx, outlet=desk.id, month=found.month),
    }


def _line(
    desk: Desk,
    found: StatementRecord,
    lines: tuple[LineRecord, ...],
    *,
    form: DisputeForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    line = lines[0]
    rule = rules_by_number([line.rule]).get(line.rule)
    sales, is_points = queries.facts(lines), rows.is_points(rule)
    total = sum(one.amount for one in lines)
    asked = payouts.disputes(desk.ctx, statement=found.id, page=PageRequest(200))
    of_line = [one for one in asked.items if (one.rule, one.fact, one.slice) == line.key.parts]
    may = desk.can(dispute_operations.dispute_line.name) and found.settlement_state in SETTLED
    return desk.page(
        "commission/line",
        "commission",
        part="statement",
        status=status,
        month=found.month,
        statement=found,
        line=line,
        rule=rule,
        name=rows.rule_name(rule, line.rule),
        policy=rows.policy_name(rule),
        sale=sales.get(line.fact),
        origin=sales.get(line.origin) if line.origin != line.fact else None,
        is_points=is_points,
        parts=[rows.computed(one, sales, is_points=is_points) for one in lines],
        total=total if is_points else Money(total),
        disputes=of_line,
        form=form or DisputeForm(initial={"request_key": str(uuid4())}),
        may_dispute=may and not any(one.state == "open" for one in of_line),
        refusal=refusal,
    )


def _key(rule: int, fact: str, slice: int) -> LineKey:
    """:raises Http404: if it can be no line's."""
    digits = fact.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19 or rule >= 1 << 31:
        raise Http404
    if slice >= 1 << 15 or int(digits) >= 1 << 63:
        raise Http404
    return LineKey(rule, int(fact), slice)
