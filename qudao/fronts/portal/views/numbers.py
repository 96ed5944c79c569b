"""Numbers: find one among all that are free, hold it for a time, let it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers_of
from qudao.domain.resource.types import (
    MOST_HOLDS,
    GradeRecord,
    Held,
    HoldId,
    NumberRecord,
    NumberSearch,
    PatternRecord,
    Reserve,
)
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named, number
from qudao.fronts.portal.desk import Desk, at_desk
from qudao.fronts.portal.number_forms import HoldForm, KeyForm, NumberSearchForm
from qudao.fronts.portal.views import dossiers
from qudao.fronts.web.limits import limited
from qudao.kernel.refusals import Refusal

ROWS = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A free number as the picker shows it."""

    record: NumberRecord
    grade: GradeRecord | None
    pattern: PatternRecord | None
    marked: frozenset[int]
    """Places of the digits that were looked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A number that the outlet holds."""

    held: Held
    grade: GradeRecord | None
    release_key: str


@require_GET
@at_desk
def numbers(desk: Desk) -> HttpResponse:
    """The picker alone: what is held here may be sold later."""
    desk.ctx.require("resource.reserve")
    return desk.page("numbers/page", "numbers", **picker(desk), **kept(desk))


@require_GET
@limited("portal.numbers", per_minute=600)
@at_desk
def found(desk: Desk) -> HttpResponse:
    """The results alone, as one types."""
    desk.ctx.require("resource.reserve")
    return desk.page("numbers/found", "numbers", **picker(desk))


@require_GET
@at_desk
def holds(desk: Desk) -> HttpResponse:
    """What the outlet holds, alone: it refreshes by itself."""
    return desk.page("numbers/holds", "numbers", **kept(desk))


@require_POST
@limited("portal.hold", per_minute=60)
@at_desk
def hold(desk: Desk) -> HttpResponse:
    """Hold a number; with a dossier it becomes that dossier's."""
    form = HoldForm(desk.request.POST)
    if not form.is_valid():
        return redirect("portal:numbers")
    values = form.cleaned_data
    dossier: UUID | None = values["dossier"]
    back = _back(desk)
    try:
        held = resource.reserve.one(
            desk.keyed(values["request_key"]), Reserve(desk.id, values["number"])
        )
    except Refusal as refusal:
        messages.error(desk.request, wording.word(refusal))
        return redirect(back)
    if dossier is not None:
        return dossiers.take_number(desk, dossier, held, values["request_key"])
    messages.success(
        desk.request,
        _("%(number)s is held for you until the time runs out.") % {"number": number(held.number)},
    )
    return redirect(back)


@require_POST
@limited("portal.hold", per_minute=60)
@at_desk
def release(desk: Desk, hold: UUID) -> HttpResponse:
    form = KeyForm(desk.request.POST)
    if not form.is_valid():
        raise Http404
    try:
        resource.release(desk.keyed(form.cleaned_data["request_key"]), hold=HoldId(hold))
    except Refusal as refusal:
        messages.error(desk.request, wording.word(refusal))
    return redirect(_back(desk))


def picker(desk: Desk, dossier: UUID | None = None) -> dict[str, Any]:
    """What the picker shows: its form, the numbers found, where the next ones are."""
    grades = {grade.code: grade for grade in numbers_of.grades(desk.ctx, outlet=desk.id)}
    patterns = {one.code: one for one in numbers_of.patterns(desk.ctx) if one.on}
    parameters = desk.request.GET
    if dossier is None and parameters.get("dossier"):
        dossier = _uuid(parameters["dossier"])
    form = NumberSearchForm(
        {"where": "suffix", **parameters.dict()},
        grades=[
            (one.code, named(one)) for one in sorted(grades.values(), key=lambda one: one.position)
        ],
        patterns=[(one.code, named(one)) for one in patterns.values() if one.registered],
    )
    values: dict[str, Any] = {
        "search_form": form,
        "for_dossier": dossier or "",
        "found": [],
        "after": "",
    }
    if not form.is_valid():
        return values
    search = form.search()
    values["hint"] = form.hint
    try:
        page = numbers_of.search(
            desk.ctx,
            outlet=desk.id,
            search=search,
            after=parameters.get("after") or None,
            limit=ROWS,
        )
    except Refusal as refusal:
        values["search_refusal"] = wording.word(refusal)
        return values
    values["found"] = [
        Found(one, grades.get(one.grade), patterns.get(one.pattern), _marked(one.number, search))
        for one in page.items
    ]
    values["after"] = page.after or ""
    values["going_on"] = bool(parameters.get("after"))
    values["hold_key"] = str(uuid4())
    return values


def kept(desk: Desk) -> dict[str, Any]:
    """What the outlet holds, with the time left, and what may be done with it."""
    grades = {grade.code: grade for grade in numbers_of.grades(desk.ctx, outlet=desk.id)}
    return {
        "holds": [
            Kept(held, grades.get(held.grade), str(uuid4()))
            for held in numbers_of.holds(desk.ctx, outlet=desk.id)
        ],
        "most_holds": MOST_HOLDS,
        "can_open": desk.goes("account_opening"),
    }


def _marked(digits: str, search: NumberSearch) -> frozenset[int]:
    if search.suffix:
        return frozenset(range(len(digits) - len(search.suffix), len(digits)))
    if search.starts:
        return frozenset(range(len(search.starts)))
    if search.anywhere:
        first = digits.find(search.anywhere, 3)
        return frozenset(range(first, first + len(search.anywhere)) if first >= 0 else ())
    return frozenset()


def _back(desk: Desk) -> str:
    """The page of ours that a form came from."""
    target = desk.request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/"):
        return target
    return reverse("portal:numbers")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
