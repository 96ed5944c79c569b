"""The test cases on which a policy was verified, computed again by what is configured now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.commission import queries
from qudao.domain.commission.types import Case, CaseRow, Rule, VersionRecord
from qudao.domain.saleschannel import queries as saleschannel
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.looks import look
from qudao.fronts.backoffice.pages.commission_cases import configured_rules, result_of
from qudao.fronts.backoffice.pages.commission_policies import found
from qudao.fronts.backoffice.templatetags.policies import fact_values, right_text
from qudao.fronts.design.templatetags.design import local_month, named
from qudao.fronts.web import exports
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.words import word


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of a kept case, and what it earns now; without a fact: the outlet as such."""

    place: int
    fact: CaseRow | None
    expected: Money
    now: Money | None
    right: bool


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A kept case, computed again."""

    case: Case
    branch: str
    kind: str
    rows: tuple[KeptRow, ...]
    result: dict[str, Any] | None
    """None: it cannot be computed any more; `why` says the reason."""
    why: str

    @property
    def agrees(self) -> bool:
        return all(row.right for row in self.rows)


def kept(desk: Desk, policy: UUID) -> HttpResponse:
    """The cases of a version: of the newest that has any, unless the address names another."""
    newest = found(desk, policy)
    numbers = _numbers(desk, newest)
    asked = typed(desk.request.GET.get("version"), 4)
    number = int(asked) if asked.isascii() and asked.isdigit() else numbers[0] if numbers else None
    if number is not None and number not in numbers:
        raise Http404
    record = newest if number is None else queries.version(desk.ctx, newest.policy, number)
    cases = _kept(desk, record)
    return desk.page(
        "policy_cases",
        record=record,
        numbers=numbers,
        cases=cases,
        differing=sum(not one.agrees for one in cases),
    )


def file(desk: Desk, policy: UUID, number: int, kind: str) -> HttpResponse:
    """The same as a sheet: one line for each row, and one for the outlet as such."""
    newest = found(desk, policy)
    if kind not in exports.FORMATS or number not in _numbers(desk, newest):
        raise Http404
    record = queries.version(desk.ctx, newest.policy, number)
    columns = [
        pgettext("test case", "Case"),
        _("Month"),
        _("Branch"),
        _("Kind of channel"),
        _("Market"),
        _("Star"),
        _("Tier"),
        _("District"),
        _("Row"),
        pgettext("test case", "Fact"),
        pgettext("test case", "What it says"),
        _("How many such"),
        _("Expected"),
        _("Computed now"),
        pgettext("test case", "Result"),
    ]
    rows = (
        (
            *(one.case.name, local_month(one.case.month), one.branch, one.kind),
            look("market", one.case.market).text,
            *(one.case.star, one.case.tier, one.case.district),
            *_cells(row),
            right_text(row.right) if one.result else one.why,
        )
        for one in _kept(desk, record)
        for row in one.rows
    )
    return exports.table(
        kind, f"cases-{record.code}-v{number}", _("Kept test cases"), columns, rows
    )


def _cells(row: KeptRow) -> tuple[exports.Cell, ...]:
    if row.fact is None:
        return (None, _("The outlet as such"), None, None, row.expected, row.now)
    fact = str(look("case_fact", row.fact.what).text)
    said = "; ".join(f"{label}: {value}" for label, value in fact_values(row.fact))
    return (row.place, fact, said, row.fact.times, row.expected, row.now)


def _numbers(desk: Desk, newest: VersionRecord) -> list[int]:
    """Return which versions have kept cases, newest first."""
    every = range(newest.number, 0, -1)
    return [number for number in every if queries.cases(desk.ctx, newest.policy, number)]


def _kept(desk: Desk, record: VersionRecord) -> list[KeptCase]:
    rules = configured_rules(record)
    branches = {one.code: named(one) for one in saleschannel.divisions() if one.kind == "branch"}
    kinds = {one.code: named(one) for one in saleschannel.kinds()}
    made = []
    for case, _lines in queries.cases(desk.ctx, record.policy, record.number):
        result, why = _computed(case, rules)
        made.append(
            KeptCase(
                case,
                branches.get(case.branch, case.branch),
                kinds.get(case.kind, case.kind),
                tuple(_rows(case, result)),
                result,
                why,
            )
        )
    return made


def _computed(case: Case, rules: tuple[Rule, ...]) -> tuple[dict[str, Any] | None, str]:
    """Return what a case earns; or why it cannot be computed: what it names may be gone by now."""
    try:
        queries.check_cases([case])
        return result_of(case, queries.evaluate(case, rules)), ""
    except Refusal as refusal:
        return None, word(refusal)


def _rows(case: Case, result: dict[str, Any] | None) -> Iterator[KeptRow]:
    for place, fact in enumerate(case.rows, 1):
        now, right = result["rows"][place - 1] if result else (None, False)
        yield KeptRow(place, fact, fact.expected, now, right)
    now, right = (result["for_outlet"], result["for_outlet_right"]) if result else (None, False)
    if case.for_outlet.minor or (now is not None and now.minor):
        yield KeptRow(0, None, case.for_outlet, now, right)


pages.register("policy_cases")(
    Page(
        code="policy_cases",
        title=gettext_lazy("Kept test cases"),
        group="",
        position=0,
        icon="list-details",
        permissions=frozenset({"commission.read"}),
        views=(
            ("commission/policies/<uuid:policy>/cases/", kept, "policy_cases"),
            (
                "commission/policies/<uuid:policy>/cases/<int:number>/<slug:kind>/",
                file,
                "policy_cases_file",
            ),
        ),
    )
)
