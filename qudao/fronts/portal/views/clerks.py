"""The outlet's people: the owner admits, suspends, resumes, and gives new passwords."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.party import operations as party_operations
from qudao.domain.party import queries as party
from qudao.domain.party.types import MemberRow, MembershipId
from qudao.fronts import wording
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import ClerkForm, ReasonForm
from qudao.fronts.web.limits import limited
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.identity import operations as identity_operations

CLERK = "outlet_clerk"


@dataclass(frozen=True, slots=True)
class Clerk:
    """A member of the outlet, and what the owner may do about it."""

    row: MemberRow
    state: str
    is_self: bool
    manageable: bool
    reset_key: str

    @property
    def dialog(self) -> str:
        return str(self.row.membership)


@require_GET
@at_desk
def clerks(desk: Desk) -> HttpResponse:
    found = party.members(
        desk.ctx, PageRequest(limit=200), party.MemberFilter(organization=desk.id)
    )
    people = [_clerk(desk, row) for row in found.items]
    people.sort(key=lambda one: (one.state == "ended", one.row.role != "outlet_owner"))
    return desk.page("clerks", "clerks", people=people)


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def admit(desk: Desk) -> HttpResponse:
    """Give a new clerk an account; the temporary password is shown once."""
    desk.ctx.require("party.admit_member")
    if desk.request.method == "GET":
        form = ClerkForm(initial={"request_key": str(uuid4())})
        return desk.page("clerk_new", "clerks", form=form)
    form = ClerkForm(desk.request.POST)
    if not form.is_valid():
        return desk.page("clerk_new", "clerks", form=form, status=422)
    values = form.cleaned_data
    try:
        admitted = party_operations.admit_member(
            desk.keyed(values["request_key"]),
            organization=desk.id,
            role=CLERK,
            username=values["username"],
            name=Personal(values["name"]),
            phone=Personal(values["phone"]) if values["phone"] else None,
            employee_number=values["employee_number"],
        )
    except Refusal as refusal:
        return desk.page(
            "clerk_new",
            "clerks",
            form=form,
            refusal=wording.word(refusal),
            status=STATUS[refusal.kind],
        )
    return _show_password(desk, values["username"], admitted.password)


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def suspend(desk: Desk, membership: UUID) -> HttpResponse:
    row = _member(desk, membership)
    refusal, status = "", 200
    if desk.request.method == "POST":
        form = ReasonForm(desk.request.POST)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                party_operations.suspend_member(
                    desk.keyed(values["request_key"]),
                    membership=row.membership,
                    reason=values["reason"],
                )
            except Refusal as refused:
                refusal, status = wording.word(refused), STATUS[refused.kind]
            else:
                messages.success(
                    desk.request,
                    _("%(name)s cannot sell any more, from now on.") % {"name": row.username},
                )
                return HttpResponseRedirect(reverse("portal:clerks"))
    else:
        form = ReasonForm(initial={"request_key": str(uuid4())})
    return desk.page("clerk_suspend", "clerks", form=form, row=row, refusal=refusal, status=status)


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def resume(desk: Desk, membership: UUID) -> HttpResponse:
    row = _member(desk, membership)
    party_operations.resume_member(desk.keyed(_key(desk)), membership=row.membership)
    messages.success(desk.request, _("%(name)s may sell again.") % {"name": row.username})
    return HttpResponseRedirect(reverse("portal:clerks"))


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def reset_password(desk: Desk, membership: UUID) -> HttpResponse:
    row = _member(desk, membership)
    password = identity_operations.reset_password(desk.keyed(_key(desk)), user=row.user)
    return _show_password(desk, row.username, password)


def _show_password(desk: Desk, username: str, password: str | None) -> HttpResponse:
    return desk.page("clerk_password", "clerks", username=username, password=password)


def _key(desk: Desk) -> str:
    return desk.request.POST.get("request_key", "")[:100] or str(uuid4())


def _member(desk: Desk, membership: UUID) -> MemberRow:
    row = party.member(desk.ctx, MembershipId(membership))
    if row is None or row.organization != desk.id:
        raise Http404
    return row


def _clerk(desk: Desk, row: MemberRow) -> Clerk:
    over = row.ended_at is not None and row.ended_at <= desk.ctx.at
    own = row.user == desk.ctx.actor
    return Clerk(
        row,
        "ended" if over else row.state,
        own,
        not over and not own and row.role == CLERK and desk.can("party.suspend_member"),
        str(uuid4()),
    )
