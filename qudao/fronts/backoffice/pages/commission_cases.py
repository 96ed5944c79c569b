"""Verify a configured policy: test cases are entered, tried out, and kept with what came out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.commission import queries
from qudao.domain.commission.types import (
    GUIDED,
    Case,
    CaseFact,
    CaseInvalid,
    CaseLine,
    PolicyState,
    Rule,
    TermKind,
    VersionRecord,
    terms_of,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.fronts.backoffice import case_sheet
from qudao.fronts.backoffice.case_sheet import CaseSheet, RowSheet
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.looks import look
from qudao.fronts.backoffice.pages.commission_policies import found
from qudao.fronts.backoffice.term_fields import Faults
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.wording.commission_terms import CASE_PROBLEMS
from qudao.journeys import policies
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word


def verify(desk: Desk, policy: UUID) -> HttpResponse:
    """The form of the cases. Trying them out stores nothing."""
    record = found(desk, policy)
    if record.state is not PolicyState.CONFIGURED:
        return HttpResponseRedirect(reverse("admin:commission_policy_change", args=[policy]))
    data = desk.request.POST
    fresh = _fresh(record)
    sheets = [fresh]
    faults: Faults = {}
    refused, status = "", 200
    results: list[dict[str, Any]] = []
    if desk.request.method == "POST":
        sheets = case_sheet.sent({name: data.getlist(name) for name in data})
        order = typed(data.get("do"), 40)
        if order not in ("try", "verify"):
            case_sheet.arranged(sheets, order, fresh)
        else:
            cases = case_sheet.cases_of(sheets, faults)
            if faults:
                refused, status = _("Look at the fields that are marked."), 422
            else:
                try:
                    if order == "verify":
                        return _verified(desk, record, cases)
                    queries.check_cases(cases)
                except CaseInvalid as refusal:
                    refused, status = word(refusal), 422
                    _point_out(refusal, cases, faults)
                except Refusal as refusal:
                    refused, status = word(refusal), STATUS[refusal.kind]
                if order == "try" and status == 200 or refused and status != 422:
                    results = _tried(record, cases)
    return desk.page(
        "policy_verify",
        status=status,
        record=record,
        task=policies.task_of(desk.ctx, policy=record.policy, element="verify")
        if desk.can("processes.read")
        else None,
        deviations=queries.deviations(record),
        cases=[
            {"at": f"c{n}", "sheet": one,
             "rows": [(place, row, f"c{n}.{place}") for place, row in enumerate(one.rows)],
             "result": results[n] if n < len(results) else None}
            for n, one in enumerate(sheets)
        ],
        faults=faults,
        refused=refused,
        verdicts=_verdicts(record),
        facts=[(one.value, look("case_fact", one).text) for one in CaseFact],
        kinds=[(one.code, named(one)) for one in saleschannel.kinds()],
        businesses=[(one.code, named(one)) for one in catalog.businesses().values()],
        branches=[
            (one.code, named(one)) for one in saleschannel.divisions() if one.kind == "branch"
        ],
        request_key=f"office:{uuid4()}",
    )  # fmt: skip


def _verified(desk: Desk, record: VersionRecord, cases: tuple[Case, ...]) -> HttpResponse:
    key = typed(desk.request.POST.get("request_key")) or f"office:{uuid4()}"
    remark = typed(desk.request.POST.get("remark"), 500)
    policies.verify(desk.keyed(key), policy=record.policy, cases=cases, remark=remark)
    messages.success(desk.request, _("Verified: every case pays what was expected."))
    return HttpResponseRedirect(reverse("admin:commission_policy_change", args=[record.policy]))


def _fresh(record: VersionRecord) -> CaseSheet:
    """A case with one row, in the policy's first month, where it holds."""
    first = record.draft.valid_from
    branch = record.branch_code or next(iter(record.draft.branches), "4101")
    day = first.isoformat()
    return CaseSheet(month=f"{first:%Y-%m}", branch=branch, rows=[RowSheet(day=day)])


def _point_out(refusal: CaseInvalid, cases: Sequence[Case], faults: Faults) -> None:
    """Mark the row of which something cannot be."""
    for n, case in enumerate(cases):
        if case.name[:100] == refusal.case and refusal.row:
            faults.setdefault(
                f"c{n}.{refusal.row - 1}.what", str(CASE_PROBLEMS[refusal.case_problem])
            )
            return


def configured_rules(record: VersionRecord) -> tuple[Rule, ...]:
    """Return the rules of a version as they are configured."""
    return queries.rules_drafted(
        record.configured or (),
        record.draft.branches,
        record.draft.valid_from,
        record.draft.valid_until,
        1,
    )


def _verdicts(record: VersionRecord) -> list[str]:
    """Return the kinds of verdicts that the rules ask for."""
    kinds = (
        {GUIDED: None} if any(one.scheme == "shared" for one in configured_rules(record)) else {}
    )
    for rule in configured_rules(record):
        kinds |= dict.fromkeys(_named(rule.terms))
    return list(kinds)


def _named(terms: Any) -> Iterator[str]:
    record: type = terms.__class__
    for term in terms_of(record):
        value = getattr(terms, term.name)
        match term.kind:
            case TermKind.VERDICT if value:
                yield value
            case TermKind.VERDICTS:
                yield from value
            case TermKind.ROWS:
                for row in value:
                    yield from _named(row)


def _tried(record: VersionRecord, cases: Sequence[Case]) -> list[dict[str, Any]]:
    made = configured_rules(record)
    return [result_of(case, queries.evaluate(case, made)) for case in cases]


def result_of(case: Case, lines: Sequence[CaseLine]) -> dict[str, Any]:
    """Return what came out of a case by row, and whether it was expected."""
    sums = queries.earned(lines)
    return {
        "rows": [
            (Money(sums[n]), sums[n] == row.expected.minor) for n, row in enumerate(case.rows, 1)
        ],
        "for_outlet": Money(sums[0]),
        "for_outlet_right": sums[0] == case.for_outlet.minor,
        "lines": lines,
    }  # fmt: skip


pages.register("policy_verify")(
    Page(
        code="policy_verify",
        title=gettext_lazy("Verify on test cases"),
        group="",
        position=0,
        icon="eye",
        permissions=frozenset({"commission.read", "commission.verify_policy"}),
        views=(("commission/policies/<uuid:policy>/verify/", verify, "policy_verify"),),
    )
)
