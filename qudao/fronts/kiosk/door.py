"""Who may see these pages: a kiosk that was admitted, and the customer who stands before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation

from qudao.fronts.kiosk import steps, visit
from qudao.fronts.kiosk.hall import Kiosk, kiosk_of
from qudao.fronts.kiosk.visit import Visit
from qudao.fronts.web.limits import over_limit
from qudao.journeys.dialogue.types import DialogueUnknown
from qudao.platform.commands.command import Busy

P = ParamSpec("P")

TOUCHES_PER_MINUTE: Final = 180
"""Of one kiosk: more than two fingers can do."""

View = Callable[Concatenate[HttpRequest, Kiosk, P], HttpResponse]
VisitView = Callable[Concatenate[HttpRequest, Kiosk, Visit, P], HttpResponse]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponse]


def at_kiosk(view: View[P]) -> Plain[P]:
    """Give a view the kiosk that asks; any other browser is sent to where kiosks are admitted."""

    @wraps(view)
    def run(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        kiosk = kiosk_of(request)
        if kiosk is None:
            if (known := visit.read(request)) is not None:
                steps.cut_off(known)
                visit.forget(request)
            response: HttpResponse = elsewhere(request, "kiosk:register")
        elif request.method == "POST" and (wait_s := _too_often(kiosk)):
            response = render(request, "429.html", {"wait_s": wait_s}, status=429)
            response["Retry-After"] = str(wait_s)
        else:
            response = view(request, kiosk, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return run


def in_visit(view: VisitView[P]) -> Plain[P]:
    """Give a view the visit that is under way; where there is none, the idle page comes."""

    @at_kiosk
    @wraps(view)
    def run(
        request: HttpRequest, kiosk: Kiosk, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        known = visit.read(request)
        if known is not None and known.over(kiosk.at):
            leave(request, kiosk, known, left=True)
            known = None
        if known is None:
            return elsewhere(request, "kiosk:idle")
        with translation.override(known.language):
            request.LANGUAGE_CODE = known.language
            try:
                return view(request, kiosk, known, *args, **kwargs)
            except DialogueUnknown:
                leave(request, kiosk, known, left=True)
                return elsewhere(request, "kiosk:idle")
            except Busy:
                return elsewhere(request, "kiosk:talk")

    return run


def leave(request: HttpRequest, kiosk: Kiosk, known: Visit, *, left: bool = False) -> None:
    """End a visit, and forget it whatever happens."""
    try:
        steps.end(kiosk, known, left=left)
    except (DialogueUnknown, Busy):
        pass  # it is over already
    finally:
        visit.forget(request)


def elsewhere(request: HttpRequest, name: str) -> HttpResponse:
    """Send the browser to another page, also when it is htmx that asks."""
    response = redirect(name)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
    return response


def _too_often(kiosk: Kiosk) -> int:
    return over_limit("kiosk", kiosk.node, TOUCHES_PER_MINUTE)
