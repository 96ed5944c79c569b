"""Setting a service password, the first one or another, by a code to the line."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qudao.domain.credential.types import CodePurpose, CodeTooSoon, Need
from qudao.fronts import wording
from qudao.fronts.hall.door import STATUS, Visit, at_hall
from qudao.fronts.hall.views.signing_in import demand
from qudao.fronts.hall.visitor import Pending
from qudao.journeys import callers
from qudao.journeys.dialogue import reading
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@at_hall
def begin(visit: Visit) -> HttpResponse:
    """Say what a service password is good for; send the code."""
    elsewhere = demand(visit, Need.NUMBER)
    if elsewhere is not None:
        return elsewhere
    if visit.request.method != "POST":
        return visit.page("password", section="me")
    try:
        sent = callers.send_code(
            visit.ours(),
            msisdn=visit.msisdn,
            purpose=CodePurpose.RESET,
            address=visit.address,
            language=visit.language,
        )
    except CodeTooSoon as refusal:
        pending = visit.visitor.known.pending
        if pending is None or pending.purpose is not CodePurpose.RESET:
            return _refused(visit, "password", refusal)
    except Refusal as refusal:
        return _refused(visit, "password", refusal)
    else:
        pending = Pending(visit.msisdn, CodePurpose.RESET, sent.again_at, sent.expires_at)
        visit.visitor.note(pending=pending)
    return redirect(visit.url("password_set"))


@require_http_methods(["GET", "HEAD", "POST"])
@at_hall
def choose(visit: Visit) -> HttpResponse:
    """The code, and the new service password twice."""
    pending = visit.visitor.known.pending
    if pending is None or pending.purpose is not CodePurpose.RESET or not visit.msisdn:
        return visit.go(visit.url("password"))
    if visit.request.method != "POST":
        return visit.page("password_set", section="me")
    chosen, repeated = _digits(visit, "new"), _digits(visit, "repeated")
    if chosen != repeated:
        words = _("The two service passwords differ. Type the same digits twice.")
        return visit.page("password_set", status=422, section="me", problem=words)
    try:
        caller = callers.reset_password(
            visit.ours(),
            msisdn=pending.msisdn,
            code=_digits(visit, "code"),
            password=chosen,
            address=visit.address,
            language=visit.language,
        )
    except Refusal as refusal:
        return _refused(visit, "password_set", refusal)
    visit.visitor.adopt(visit.visitor.caller.and_also(caller))
    messages.success(visit.request, _("Your service password is set."))
    return visit.load(visit.url("me"))


def _refused(visit: Visit, template: str, refusal: Refusal) -> HttpResponse:
    words = wording.word(refusal)
    return visit.page(template, status=STATUS[refusal.kind], section="me", problem=words)


def _digits(visit: Visit, name: str) -> Secret:
    return Secret("".join(reading.clean(visit.request.POST.get(name, "")).split()))
