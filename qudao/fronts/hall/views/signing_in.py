"""Signing in: by a one-time code, or by the service password; and out."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qudao.domain.credential.types import CodePurpose, CodeTooSoon, Need
from qudao.fronts import wording
from qudao.fronts.hall.door import STATUS, Visit, at_hall, posted
from qudao.fronts.hall.visitor import Pending
from qudao.journeys import callers
from qudao.journeys.dialogue import reading
from qudao.journeys.proving import PURPOSES
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal


def demand(visit: Visit, need: Need) -> HttpResponse | None:
    """Send whoever has not proved enough for a page to prove it, and back; None: they have."""
    if visit.may(need):
        return None
    query = urlencode({"need": need.value, "next": visit.request.get_full_path()})
    return visit.go(f"{visit.url('sign_in')}?{query}")


@require_safe
@at_hall
def begin(visit: Visit) -> HttpResponse:
    need = _need(visit)
    if visit.may(need):
        return visit.go(visit.next())
    return _form(visit, number=visit.msisdn)


@at_hall
@posted("sign_in")
def send(visit: Visit) -> HttpResponse:
    """Send the code."""
    number, purpose = _number(visit), PURPOSES[_need(visit)]
    try:
        sent = callers.send_code(
            visit.ours(),
            msisdn=number,
            purpose=purpose,
            address=visit.address,
            language=visit.language,
        )
        pending = Pending(number, purpose, sent.again_at, sent.expires_at)
    except CodeTooSoon as refusal:
        before = visit.visitor.known.pending
        if before is None or (before.msisdn, before.purpose) != (number, purpose):
            return _form(visit, number=number, refusal=refusal)
        pending = before  # the one that was sent a moment ago is still good
    except Refusal as refusal:
        return _form(visit, number=number, refusal=refusal)
    visit.visitor.note(pending=pending, by="code")
    return redirect(f"{visit.url('sign_in_code')}?{_query(visit)}")


@require_http_methods(["GET", "HEAD", "POST"])
@at_hall
def code(visit: Visit) -> HttpResponse:
    """The code, please."""
    pending = visit.visitor.known.pending
    if pending is None or pending.purpose is CodePurpose.RESET:
        return visit.go(f"{visit.url('sign_in')}?{_query(visit)}")
    if visit.request.method != "POST":
        return _code_form(visit, pending)
    try:
        caller = callers.identify_by_code(
            visit.ours(),
            msisdn=pending.msisdn,
            purpose=pending.purpose,
            code=_digits(visit, "code"),
            address=visit.address,
            known=visit.visitor.caller,
        )
    except Refusal as refusal:
        return _code_form(visit, pending, refusal)
    visit.visitor.adopt(caller)
    return visit.load(visit.next())


@at_hall
@posted("sign_in")
def password(visit: Visit) -> HttpResponse:
    """The number and its service password."""
    number = _number(visit)
    try:
        caller = callers.identify_by_password(
            visit.ours(),
            msisdn=number,
            password=_digits(visit, "password"),
            address=visit.address,
            known=visit.visitor.caller,
        )
    except Refusal as refusal:
        return _form(visit, number=number, by="password", refusal=refusal)
    visit.visitor.note(by="password")
    visit.visitor.adopt(caller)
    return visit.load(visit.next())


@at_hall
@posted("home")
def leave(visit: Visit) -> HttpResponse:
    """Sign out."""
    visit.visitor.leave()
    return visit.load(visit.url("home"))


def _form(
    visit: Visit, *, number: str, by: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    need = _need(visit)
    by = by or visit.request.GET.get("by") or visit.visitor.known.by
    return visit.page(
        "sign_in",
        status=200 if refusal is None else STATUS[refusal.kind],
        by="password" if by == "password" else "code",
        number=number,
        need=need.value,
        stronger=need is not Need.NUMBER,
        next=visit.next(),
        problem="" if refusal is None else wording.word(refusal),
    )


def _code_form(visit: Visit, pending: Pending, refusal: Refusal | None = None) -> HttpResponse:
    return visit.page(
        "sign_in_code",
        status=200 if refusal is None else STATUS[refusal.kind],
        pending=pending,
        need=_need(visit).value,
        next=visit.next(),
        wait_s=max(0, int((pending.again_at - visit.at).total_seconds())),
        problem="" if refusal is None else wording.word(refusal),
        title=_("Enter the code"),
    )


def _need(visit: Visit) -> Need:
    wanted = visit.request.POST.get("need") or visit.request.GET.get("need")
    return Need.DATA if wanted == Need.DATA else Need.NUMBER


def _number(visit: Visit) -> str:
    """The number of who has signed in; of anybody else what was typed."""
    return visit.msisdn or "".join(reading.clean(visit.request.POST.get("number", "")).split())


def _digits(visit: Visit, name: str) -> Secret:
    return Secret("".join(reading.clean(visit.request.POST.get(name, "")).split()))


def _query(visit: Visit) -> str:
    return urlencode({"need": _need(visit).value, "next": visit.next()})
