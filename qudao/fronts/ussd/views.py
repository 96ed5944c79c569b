"""
The door for gateways that call us: a form in, `CON …` or `END …` out.

`POST /ussd/<gateway>` with `sessionId`, `phoneNumber` and `text`: all that was typed in the
session, joined by `*`, as Africa's Talking and others have it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from qudao.fronts.ussd import gateways, hall, sessions
from qudao.fronts.ussd.gateways import CallerData
from qudao.fronts.ussd.hall import Said, Shown
from qudao.fronts.ussd.measures import STEPS
from qudao.fronts.web.limits import over_limit
from qudao.fronts.web.machines import too_many_strangers, vouched
from qudao.kernel.numbers import national_msisdn
from qudao.platform.identity.personal import blind_index
from qudao.platform.smpp.ussd import STANDARD, Profile

LARGEST: Final = 4_096
"""Octets of a request."""
LONGEST: Final = {"sessionId": 200, "phoneNumber": 32, "text": 1_500}
"""Characters of its fields."""
STEPS_PER_MINUTE: Final = 60
"""Of one phone: nobody types so fast."""


@csrf_exempt
@require_POST
def screen(request: HttpRequest, gateway: str) -> HttpResponse:
    """Answer one step of a session."""
    known = gateways.gateways().get(gateway)
    if not vouched(request, None if known is None else known.secret) or known is None:
        if too_many_strangers(request, "ussd"):
            return _plain("Too many requests\n", 429)
        response = _plain("The gateway's secret is wanted\n", 401)
        response["WWW-Authenticate"] = 'Bearer realm="ussd"'
        return response
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return _plain(f"A request has {LARGEST} octets at most\n", 413)
    if request.encoding not in (None, "utf-8", "UTF-8"):
        return _plain("Write UTF-8\n", 415)
    given = {name: request.POST.get(name, "") for name in LONGEST}
    if not given["sessionId"] or not given["phoneNumber"]:
        return _plain("sessionId and phoneNumber are wanted\n", 400)
    if wrong := [name for name, most in LONGEST.items() if len(given[name]) > most]:
        return _plain(f"{wrong[0]} has {LONGEST[wrong[0]]} characters at most\n", 400)
    shown = _step(gateway, known, given)
    STEPS.labels("last" if shown.ends else "menu").inc()
    return _plain(f"{'END' if shown.ends else 'CON'} {shown.text}", 200)


def _step(gateway: str, known: CallerData, given: dict[str, str]) -> Shown:
    number = national_msisdn(given["phoneNumber"])
    if number is None:
        return hall.strange(known.language)
    if over_limit("ussd", blind_index(number, "web_rate.key").hex()[:32], STEPS_PER_MINUTE):
        with translation.override(known.language):
            return Shown(_("That was too fast. Dial again in a minute."), True)
    at = datetime.now(UTC)
    typed = sessions.typed(gateway, given["sessionId"], number, given["text"], at)
    said = Said(
        number,
        typed.text,
        typed.begins,
        id=typed.id,
        profile=_profile(known.octets),
        language=known.language,
    )
    return hall.alone(said, at)


def _profile(octets: int) -> Profile:
    return STANDARD if octets == STANDARD.octets else Profile("http", octets=octets)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
