"""Write a commission policy: plans, rules and their terms in one form, rows added as one goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.commission import operations, queries
from qudao.domain.commission.types import (
    PolicyId,
    PolicyInvalid,
    PolicyState,
    PolicyUnknown,
    VersionRecord,
)
from qudao.domain.party import queries as party
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import Market, Ownership
from qudao.fronts.backoffice import policy_sheet
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.looks import look
from qudao.fronts.backoffice.policy_sheet import PlanSheet, RuleSheet, Sheet
from qudao.fronts.backoffice.term_fields import Faults, draw
from qudao.fronts.design.templatetags.design import named
from qudao.journeys import policies
from qudao.kernel.money import Rounding
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS, add_to
from qudao.platform.backoffice.values import Facts, Link, Section, Several
from qudao.platform.backoffice.words import word
from qudao.platform.commands.context import Context

NODE_CODE = 12
"""Digits of a node code; numbers of outlets are shorter."""
PROVINCE = "province"
"""Instead of the code of a branch."""
CHANGEABLE = frozenset({PolicyState.DRAFT, PolicyState.EFFECTIVE, PolicyState.WITHDRAWN})
CONFIGURABLE = frozenset({PolicyState.APPROVED, PolicyState.CONFIGURED})


def new(desk: Desk) -> HttpResponse:
    """A policy that is not there yet; `branch` says whose."""
    asked = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    code = typed(asked.get("branch"), 32)
    choices = _owners(desk)
    owner = "" if code == PROVINCE else code
    if not code or owner not in dict(choices):
        return desk.page("policy_choose", owners=choices)
    return _write(desk, None, Sheet(plans=[PlanSheet()]), owner=owner)


def edit(desk: Desk, policy: UUID) -> HttpResponse:
    """The draft of a policy; of one that is effective, its next version."""
    record = found(desk, policy)
    if record.state not in CHANGEABLE:
        return HttpResponseRedirect(_address(policy))
    return _write(desk, record, policy_sheet.of_draft(record.draft), owner=record.branch_code or "")


def configure(desk: Desk, policy: UUID) -> HttpResponse:
    """What was approved, as rules: changed only where it must be."""
    record = found(desk, policy)
    if record.state not in CONFIGURABLE or not desk.can("commission.configure_policy"):
        return HttpResponseRedirect(_address(policy))
    sheet = policy_sheet.of_draft(record.draft)
    if record.configured is not None:
        sheet.plans = policy_sheet.sheets_of(record.configured)
    return _write(desk, record, sheet, owner=record.branch_code or "", configuring=True)


def found(desk: Desk, policy: UUID) -> VersionRecord:
    """
    Return the newest version of a policy.

    :raises Http404: if there is none in the viewer's area.
    """
    try:
        return queries.version(desk.ctx, PolicyId(policy))
    except PolicyUnknown as error:
        raise Http404 from error


def _write(
    desk: Desk,
    record: VersionRecord | None,
    sheet: Sheet,
    *,
    owner: str,
    configuring: bool = False,
) -> HttpResponse:
    faults: Faults = {}
    said: list[str] = []
    focus, status, refused = "", 200, ""
    data = desk.request.POST
    edition = record.edition if record and record.state is PolicyState.DRAFT else 0
    if desk.request.method == "POST":
        carried = {name: data.getlist(name) for name in data}
        sent = policy_sheet.sent(carried)
        sheet = sent if not configuring else _with_plans(sheet, sent)
        order = typed(data.get("do"), 60)
        text = typed(data.get("edition"), 9)
        edition = int(text) if text.isascii() and text.isdigit() else 0
        if order not in ("save", "look"):
            focus = policy_sheet.arranged(sheet, order, typed(data.get(f"{order[4:]}.scheme"), 40))
        else:
            _number_outlets(desk, sheet)
            draft = policy_sheet.draft_of(sheet, faults)
            if draft is None:
                refused, status = _("Look at the fields that are marked."), 422
            elif order == "look":
                problems = queries.problems(desk.ctx, draft, record.policy if record else None)
                said = policy_sheet.place_problems(sheet, problems, faults)
                if not problems:
                    messages.info(desk.request, _("Nothing is wrong with it."))
            else:
                ctx = desk.keyed(typed(data.get("request_key")) or f"office:{uuid4()}")
                try:
                    return _saved(desk, ctx, record, draft, owner, edition, configuring)
                except PolicyInvalid as refusal:
                    said = policy_sheet.place_problems(sheet, refusal.problems, faults)
                    refused, status = _("Look at the fields that are marked."), 422
                except Refusal as refusal:
                    refused, status = word(refusal), STATUS[refusal.kind]
    return desk.page(
        "policy_edit",
        status=status,
        record=record,
        sheet=sheet,
        plans=_plans(desk, sheet, faults, focus, fixed=bool(owner)),
        faults=faults,
        said=said,
        refused=refused,
        owner=owner,
        edition=edition,
        configuring=configuring,
        branches=[] if owner else _branches(desk, sheet.branches),
        schemes=[(one.code, named(one)) for one in queries.forms().values()],
        request_key=f"office:{uuid4()}",
    )


def _number_outlets(desk: Desk, sheet: Sheet) -> None:
    """Put numbers in the place of the node codes by which people know outlets."""
    typed_codes = [policy_sheet.split(plan.lists.get("outlets", "")) for plan in sheet.plans]
    codes = {one for found in typed_codes for one in found if len(one) == NODE_CODE}
    known = saleschannel.numbers_of(desk.ctx, node_codes=codes) if codes else {}
    for plan, found in zip(sheet.plans, typed_codes, strict=True):
        plan.lists["outlets"] = ", ".join(str(known.get(one, one)) for one in found)


def _with_plans(sheet: Sheet, sent: Sheet) -> Sheet:
    """Of what was approved, the support centre changes the plans alone."""
    sheet.plans = sent.plans
    return sheet


def _saved(
    desk: Desk,
    ctx: Context,
    record: VersionRecord | None,
    draft: Any,
    owner: str,
    edition: int,
    configuring: bool,
) -> HttpResponse:
    if configuring and record is not None:
        differences = policies.configure(ctx, policy=record.policy, plans=draft.plans)
        messages.success(
            desk.request,
            _("Configured; in %(n)s places otherwise than approved.") % {"n": len(differences)}
            if differences
            else _("Configured exactly as it was approved."),
        )
        return HttpResponseRedirect(_address(record.policy))
    if record is None:
        branch = party.organization_by_code(desk.ctx, owner) if owner else None
        stored = operations.draft_policy(ctx, branch=branch.id if branch else None, draft=draft)
    else:
        stored = operations.change_policy(ctx, policy=record.policy, draft=draft, edition=edition)
    messages.success(desk.request, _("The draft is stored. Nobody is paid by it."))
    against = sorted({one.policy for one in stored.findings if one.stands_against})
    if against:
        messages.warning(
            desk.request,
            _("It overlaps with %(policies)s: see below.") % {"policies": ", ".join(against)},
        )
    return HttpResponseRedirect(_address(stored.policy))


def _address(policy: UUID) -> str:
    return reverse("admin:commission_policy_change", args=[policy])


# ------------------------------------------------------------------ what the form offers


def _owners(desk: Desk) -> list[tuple[str, str]]:
    """Whose policies the viewer may write: the province's ("") and branches'."""
    rows = party.organizations(desk.ctx, PageRequest(MAX_LIMIT), kinds=["branch"]).items
    whole = any(path.count(".") < 2 for path in desk.ctx.scope.paths)
    province = [("", _("The province"))] if whole else []
    return [*province, *((row.code, named(row)) for row in rows)]


def _branches(desk: Desk, ticked: Iterable[str]) -> list[tuple[str, str, bool]]:
    rows = party.organizations(desk.ctx, PageRequest(MAX_LIMIT), kinds=["branch"]).items
    chosen = set(ticked)
    return [(row.code, named(row), row.code in chosen) for row in rows]


def _plans(
    desk: Desk, sheet: Sheet, faults: Faults, focus: str, *, fixed: bool
) -> list[dict[str, Any]]:
    offered: dict[str, list[tuple[str, str]]] = {
        "kinds": [(one.code, named(one)) for one in saleschannel.kinds()],
        "ownership": [(one.value, look("ownership", one).text) for one in Ownership],
        "markets": [(one.value, look("market", one).text) for one in Market],
        "stars": [(str(n), str(n) if n else _("none")) for n in range(6)],
        "tiers": [(str(n), str(n)) for n in range(1, 5)],
    }
    if not fixed:
        offered = {"branches": [one[:2] for one in _branches(desk, ())], **offered}
    labels = {
        "branches": _("Branches"),
        "kinds": _("Kinds of channel"),
        "ownership": _("Ownership"),
        "markets": _("Markets"),
        "stars": _("Stars"),
        "tiers": _("Tiers"),
    }
    return [
        {
            "at": f"p{n}",
            "sheet": plan,
            "faults": {
                name: faults.get(f"p{n}.{name}", "")
                for name in ("name_zh", "name_en", "districts", "outlets")
            },
            "focused": focus == f"p{n}",
            "sets": [
                {
                    "name": f"p{n}.{name}",
                    "label": labels[name],
                    "fault": faults.get(f"p{n}.{name}", ""),
                    "options": [
                        (code, shown, code in plan.sets.get(name, ())) for code, shown in options
                    ],
                    "ticked": [shown for code, shown in options if code in plan.sets.get(name, ())],
                }
                for name, options in offered.items()
            ],
            "rules": [
                _rule(rule, f"p{n}.r{m}", faults, focus) for m, rule in enumerate(plan.rules)
            ],
        }
        for n, plan in enumerate(sheet.plans)
    ]


def _rule(rule: RuleSheet, at: str, faults: Faults, focus: str) -> dict[str, Any]:
    businesses = [(one.code, named(one)) for one in catalog.businesses().values()]
    return {
        "at": at,
        "sheet": rule,
        "scheme": look("scheme", rule.scheme).text,
        "fields": draw(rule.asked, rule.terms, f"{at}.t", faults, businesses),
        "faults": {name: faults.get(f"{at}.{name}", "") for name in ("code", "name_zh", "name_en")},
        "roundings": [(one.value, look("rounding", one).text) for one in Rounding],
        "focus": focus if focus.startswith(f"{at}.") or focus == at else "",
    }


def _ways_on(ctx: Context, key: UUID) -> Iterable[Section]:
    """What one can do with a policy on pages of its own."""
    record = queries.version(ctx, PolicyId(key))
    ways = []
    if record.state in CHANGEABLE and operations.change_policy.name in ctx.grants:
        text = _("Change the draft") if record.state is PolicyState.DRAFT else _("Next version")
        ways.append(Link(reverse("admin:policy_edit", args=[key]), text))
    if record.state in CONFIGURABLE and operations.configure_policy.name in ctx.grants:
        ways.append(Link(reverse("admin:policy_configure", args=[key]), _("Configure by hand")))
    if record.state is PolicyState.CONFIGURED and operations.verify_policy.name in ctx.grants:
        ways.append(Link(reverse("admin:policy_verify", args=[key]), _("Verify on test cases")))
    ways.append(Link(reverse("admin:policy_cases", args=[key]), _("Kept test cases")))
    ways.append(Link(reverse("admin:policy_trials", args=[key]), _("What-if and red team")))
    yield Facts(
        pgettext_lazy("policy", "What one can do"),
        [(pgettext_lazy("policy", "Pages"), Several(ways))],
    )


add_to("commission.policy", sections=_ways_on)

pages.register("policy_new")(
    Page(
        code="policy_new",
        title=gettext_lazy("Write a policy"),
        group="commission",
        position=2,
        icon="pencil",
        permissions=frozenset({"commission.read", "commission.draft_policy", "party.read"}),
        views=(("commission/policies/new/", new, "policy_new"),),
    )
)
pages.register("policy_edit")(
    Page(
        code="policy_edit",
        title=gettext_lazy("Commission policy"),
        group="",
        position=0,
        icon="pencil",
        permissions=frozenset({"commission.read", "party.read"}),
        views=(
            ("commission/policies/<uuid:policy>/edit/", edit, "policy_edit"),
            ("commission/policies/<uuid:policy>/configure/", configure, "policy_configure"),
        ),
    )
)
